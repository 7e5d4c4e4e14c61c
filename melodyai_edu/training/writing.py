"""What models write by themselves: drawn, counted, and compared with what was asked for.

Conventions
-----------
A figure with an interval is (mean, low, high): Wilson's interval of a share, else pieces resampled.
A share of what was asked for is (hits, number, low, high). No rule holds a network. An n-gram knows
neither bar lines nor an end, so both are given to it, and nothing else.

Contents
--------
condition_of, without_genre, write_with_network, write_with_ngram, writing, habits, Judges
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.constraints import compile_rules
from melodyai_edu.decoding import Sampler, draw_piece
from melodyai_edu.decoding.free import FreePiece, draw_free
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.control import Share, control_table
from melodyai_edu.evaluation.copying import CopyIndex
from melodyai_edu.evaluation.genre_classifier import GenreClassifier
from melodyai_edu.evaluation.intervals import bootstrap, wilson
from melodyai_edu.evaluation.statistics import compare, longest_one_note_run
from melodyai_edu.io.corpus import Tune
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.score import Key, Score
from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens, decode, encode

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = [
    "Judges",
    "condition_of",
    "habits",
    "without_genre",
    "write_with_network",
    "write_with_ngram",
    "writing",
]

_LOOP_BARS, _LOOP_NOTES = 2.0, 4
_HABITS = ("one-note loops", "windows copied", "longest copied run")


def condition_of(tune: Tune) -> Condition:
    """Ask for a piece like a tune: its genre, meter, mode, tonic and length.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    condition : Condition
    """
    score = tune.melody_score
    return Condition(
        genre=tune.genre,
        meter=score.meter,
        mode=score.key.mode,
        tonic=encode(score).tonic_pitch,
        bars=score.bar_count - bool(score.pickup),
    )


def write_with_network(
    network: Network, conditions: Sequence[Condition], seed: int
) -> list[FreePiece]:
    """Draw a piece for each condition, without any rule.

    Parameters
    ----------
    network : Network
    conditions : sequence of Condition
    seed : int
        Of the first piece; the next has the next.

    Returns
    -------
    pieces : list of FreePiece
    """
    return draw_free(network, conditions, [seed + number for number in range(len(conditions))])


def write_with_ngram(
    fitted: Callable[[Condition], MelodyNGram], tunes: Sequence[Tune], seed: int
) -> list[FreePiece]:
    """Draw a piece like each tune; bar lines and the end are given.

    Parameters
    ----------
    fitted : callable
        Gives the n-gram for a condition's meter.
    tunes : sequence of Tune
    seed : int

    Returns
    -------
    pieces : list of FreePiece
    """
    found = []
    for number, tune in enumerate(tunes):
        condition, key = condition_of(tune), tune.melody_score.key
        head = VOCABULARY.ids(_head(condition))
        prediction = fitted(condition).start()
        for token_id in head:
            prediction.observe(token_id)
        automaton = compile_rules(
            (),
            length=condition.bars,
            key=key.name,
            meter=str(condition.meter and condition.meter.name),
        )
        random = np.random.default_rng(seed + number)
        drawn = tuple(draw_piece(prediction, automaton, Sampler(), random))
        found.append(FreePiece(condition, drawn, True, _score(head, drawn, key, condition)))
    return found


def _head(condition: Condition) -> tuple[str, ...]:
    return tuple(
        conditioning_tokens(
            genre=condition.genre,
            meter=condition.meter,
            mode=condition.mode,
            bars=condition.bars,
        )
    )


def _score(
    head: Sequence[int], drawn: Sequence[int], key: Key, condition: Condition
) -> Score | None:
    score = decode(Encoding((*head, *drawn), key, int(condition.tonic or 60)))
    return score if score.parts[0].notes else None


def writing(
    found: Sequence[FreePiece], real: Sequence[Score], index: CopyIndex, *, is_free: bool = True
) -> dict[str, Any]:
    """Count what pieces are like.

    Parameters
    ----------
    found : sequence of FreePiece
    real : sequence of Score
        Real tunes to compare with.
    index : CopyIndex
        Of the tunes that were learned.
    is_free : bool, default True
        Whether the model filled its bars and ended by itself.

    Returns
    -------
    figures : dict
        Shares with Wilson intervals, means with those of pieces resampled, None where there is
        nothing to say.
    """
    scores = [piece.score for piece in found if piece.score is not None]
    return {
        "music": _share(piece.score is not None for piece in found),
        "ended": _share(piece.has_ended for piece in found) if is_free else None,
        "bars filled": bootstrap([piece.filled_bars for piece in found]) if is_free else None,
        **habits(scores, index),
        "statistics": compare(scores, real) if len(scores) > 1 else {},
    }


def _share(answers: Any) -> tuple[float, float, float]:
    told = [bool(answer) for answer in answers]
    return (sum(told) / len(told), *wilson(sum(told), len(told)))


def habits(scores: Sequence[Score], index: CopyIndex) -> dict[str, Any]:
    """Count one-note loops, and how much stands in the training tunes.

    Parameters
    ----------
    scores : sequence of Score
    index : CopyIndex
        Of the training tunes.

    Returns
    -------
    figures : dict
        Each (mean, low, high); None of no music.
    """
    if not scores:
        return dict.fromkeys(_HABITS)
    loops = [longest_one_note_run(score) for score in scores]
    melodies = [score.parts[0].melody() for score in scores]
    figures = (
        _share(notes >= _LOOP_NOTES and bars > _LOOP_BARS for notes, bars in loops),
        bootstrap([index.window_share(melody) for melody in melodies]),
        bootstrap([index.longest_run(melody)[0] for melody in melodies]),
    )
    return dict(zip(_HABITS, figures, strict=True))


@dataclass(frozen=True)
class Judges:
    """Says how often a piece is what was asked for.

    Parameters
    ----------
    listener : GenreClassifier or None
        None where the tunes have too few genres to learn.
    named_real : dict of str to list of str
        What the listener named held-out tunes of each genre.
    """

    listener: GenreClassifier | None
    named_real: dict[str, list[str]]

    @classmethod
    def of(cls, train: Sequence[Tune], held_out: Sequence[Tune]) -> Judges:
        """Let a listener learn genres from tunes, and try it on others.

        It hears no meter: that was asked for as well, and would give the genre away.
        """
        try:
            listener = GenreClassifier(has_meter=False).fit(train)
        except ParameterError:
            return cls(None, {})
        return cls(listener, listener.name_tunes(held_out))

    def control(
        self, found: Sequence[FreePiece], unasked: Sequence[FreePiece] | None = None
    ) -> dict[str, Any]:
        """Compare pieces with what was asked for.

        Parameters
        ----------
        found : sequence of FreePiece
        unasked : sequence of FreePiece, optional
            The same wishes without a genre; None of a model that hears no genre.

        Returns
        -------
        control : dict
            ``length`` and ``meter``: shares of pieces that have them as asked; ``genre``: for each
            genre and for all of them together the shares that the listener names so, of pieces
            asked to be it, of real tunes of it, and of pieces without a wish.
        """
        return {
            "length": _counted(_has_length(piece) for piece in found),
            "meter": _counted(piece.filled_bars == 1 for piece in found),
            "genre": self._genres(found, unasked or ()),
        }

    def _genres(self, found: Sequence[FreePiece], unasked: Sequence[FreePiece]) -> dict[str, Any]:
        if self.listener is None:
            return {}
        named: dict[str, list[str]] = {genre: [] for genre in self.listener.genres}
        known = [p for p in found if p.condition.genre in named]
        for piece, name in zip(known, self._name(known), strict=True):
            named[str(piece.condition.genre)].append(name)
        rows = control_table(
            {genre: names for genre, names in named.items() if names},
            self.named_real,
            self._name(unasked),
        )
        table = {row.value: [_triple(s) for s in (row.got, row.real, row.unasked)] for row in rows}
        whole = [
            Share(sum(share.hits for share in shares), sum(share.number for share in shares))
            for shares in ([row.got for row in rows], [row.real for row in rows])
        ]
        return {"all": [*map(_triple, whole), None], **table} if rows else {}

    def _name(self, pieces: Sequence[FreePiece]) -> list[str]:
        """Name the genre of each piece; what is no music has none."""
        assert self.listener is not None
        scores = [piece.score for piece in pieces if piece.score is not None]
        names = iter(self.listener.name(scores) if scores else ())
        return [next(names) if piece.score is not None else "no music" for piece in pieces]


def without_genre(conditions: Sequence[Condition]) -> list[Condition]:
    """Give the same wishes, but for the genre.

    Parameters
    ----------
    conditions : sequence of Condition

    Returns
    -------
    conditions : list of Condition
    """
    return [replace(condition, genre=None) for condition in conditions]


def _has_length(piece: FreePiece) -> bool:
    score = piece.score
    return score is not None and score.bar_count - bool(score.pickup) == piece.condition.bars


def _counted(answers: Any) -> tuple[float, float, float, float]:
    told = [bool(answer) for answer in answers]
    return _triple(Share(sum(told), len(told)))


def _triple(share: Share) -> tuple[float, float, float, float]:
    return (share.hits, share.number, *share.interval)
