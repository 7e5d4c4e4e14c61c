"""How well pieces are liked: by genre, by mood, by model, over time; and what was done with them.

Conventions
-----------
A liking runs from 0 to 1: stars are spread over it (one star is 0, five are 1), a thumb down is 0
and one up is 1. Of one rater and one piece the last stars or thumb counts. Intervals are 95%,
over ratings, where there are at least three.

Contents
--------
Group, Acceptance, acceptance_of
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.rating import ACTIONS, STARS, Rating

__all__ = ["Acceptance", "Group", "acceptance_of"]

#: From so many ratings on an interval is given.
_ENOUGH = 3
#: Ratings that span more days than this are put together by month.
_DAYS = 31


class Group(NamedTuple):
    """Ratings that belong together.

    Parameters
    ----------
    name : str
    liking : float [0 to 1]
        The mean.
    low, high : float [0 to 1]
        Its interval; the mean itself where there are too few.
    number : int
        How many ratings.
    """

    name: str
    liking: float
    low: float
    high: float
    number: int


@dataclass(frozen=True)
class Acceptance:
    """What a store of ratings says, in figures.

    Parameters
    ----------
    ratings, raters, pieces : int
        How many of each there are.
    by_genre, by_mood, by_model : tuple of Group
        The largest first.
    over_time : tuple of Group
        The earliest first; by day, or by month where there are many days.
    done : dict of str to int
        With how many pieces each of ``ACTIONS`` was done.
    won : dict of str to (int, int)
        Of each model how many comparisons with another model it won, and of how many.
    """

    ratings: int
    raters: int
    pieces: int
    by_genre: tuple[Group, ...]
    by_mood: tuple[Group, ...]
    by_model: tuple[Group, ...]
    over_time: tuple[Group, ...]
    done: dict[str, int]
    won: dict[str, tuple[int, int]]

    def share(self, action: str) -> float:
        """Give the share of pieces with which something was done; 0 where there are none."""
        return self.done[action] / self.pieces if self.pieces else 0.0


def acceptance_of(ratings: Sequence[Rating]) -> Acceptance:
    """Count how well pieces are liked.

    Parameters
    ----------
    ratings : sequence of Rating
        In the order in which they were made.

    Returns
    -------
    acceptance : Acceptance

    Examples
    --------
    >>> piece = RatedPiece({"genre": "jig"}, (2, 150, 200), "D major", 62, "ngram", (), "0" * 64)
    >>> ratings = [Rating("stars", 4, piece, "owl"), Rating("action", "kept", piece, "owl")]
    >>> found = acceptance_of(ratings)
    >>> found.by_genre[0].liking, found.share("kept")
    (0.75, 1.0)
    """
    last = {(r.rater, r.piece.notes_sha256): r for r in ratings if r.kind in ("stars", "thumb")}
    judged = sorted(last.values(), key=lambda rating: rating.time)
    met = {piece.notes_sha256 for r in ratings for piece in (r.piece, r.other) if piece}
    done = {
        action: len({r.piece.notes_sha256 for r in ratings if r.value == action})
        for action in ACTIONS
    }
    return Acceptance(
        len(ratings),
        len({rating.rater for rating in ratings}),
        len(met),
        _groups(judged, lambda rating: rating.piece.genre or "all genres"),
        _groups(judged, lambda rating: _mood(rating.piece)),
        _groups(judged, lambda rating: rating.piece.model),
        tuple(sorted(_groups(judged, _moment(judged)))),
        done,
        _won(ratings),
    )


def _liking(rating: Rating) -> float:
    value = float(rating.value or 0)
    return (value - STARS[0]) / (STARS[-1] - STARS[0]) if rating.kind == "stars" else value > 0


def _groups(ratings: Iterable[Rating], name: Callable[[Rating], str]) -> tuple[Group, ...]:
    """Put ratings together by name, the largest group first."""
    likings: dict[str, list[float]] = defaultdict(list)
    for rating in ratings:
        likings[name(rating)].append(_liking(rating))
    groups = [_group(each, values) for each, values in likings.items()]
    return tuple(sorted(groups, key=lambda group: (-group.number, group.name)))


def _group(name: str, values: list[float]) -> Group:
    mean = sum(values) / len(values)
    if len(values) < _ENOUGH:
        return Group(name, mean, mean, mean, len(values))
    from melodyai_edu.evaluation.intervals import bootstrap

    return Group(name, *bootstrap(values), len(values))


def _mood(piece: RatedPiece) -> str:
    """Name the mood that was asked for; a place in the plane has the nearest name."""
    from melodyai_edu.features.mood import nearest_mood, parse_mood

    asked = piece.request.get("mood")
    if asked is None:
        return "no mood"
    try:
        return nearest_mood(parse_mood(tuple(asked) if isinstance(asked, list) else asked))
    except (ParameterError, TypeError, ValueError):
        return "another mood"


def _moment(ratings: Sequence[Rating]) -> Callable[[Rating], str]:
    """Name the day of a rating, or its month where there are many days."""
    days = {rating.time[:10] for rating in ratings}
    length = len("2026-11-03") if len(days) <= _DAYS else len("2026-11")
    return lambda rating: rating.time[:length]


def _won(ratings: Iterable[Rating]) -> dict[str, tuple[int, int]]:
    """Count comparisons between pieces of two models."""
    wins: Counter[str] = Counter()
    games: Counter[str] = Counter()
    for rating in ratings:
        if rating.other is not None and rating.other.model != rating.piece.model:
            wins[rating.piece.model] += 1
            games.update((rating.piece.model, rating.other.model))
    return {model: (wins[model], games[model]) for model in sorted(games)}
