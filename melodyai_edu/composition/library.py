"""The tunes that the composer learns from, and what can be asked of them.

Conventions
-----------
Only the training side of the shipped corpora is used. A genre, meter or mode is *offered* if enough
tunes have it. Everything here depends on nothing but the corpora and is computed once a process.

Contents
--------
CORPORA, train_tunes, held_out_tunes, train_index, human_copying; offered_genres, offered_meters,
offered_modes, usual_key, usual_tempo; nearest_tunes, mode_distance, genre_distance, completed
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.copying import CopyIndex, HumanCopying
from melodyai_edu.score import SCALES, Key, Meter, Score

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = [
    "CORPORA",
    "completed",
    "genre_distance",
    "held_out_tunes",
    "human_copying",
    "mode_distance",
    "nearest_tunes",
    "offered_genres",
    "offered_meters",
    "offered_modes",
    "train_index",
    "train_tunes",
    "usual_key",
    "usual_tempo",
]

#: The corpora that come with the package.
CORPORA = ("oneill", "ryan", "airds", "chorales")

#: The fewest training tunes of a genre, of a genre's meter, and of a mode, that can be asked for.
_FEWEST_OF_GENRE, _FEWEST_OF_METER, _FEWEST_OF_MODE = 15, 10, 40

#: Usual tempos [beats a minute, a beat as in `Meter`]: the middle of what dance musicians
#: and hymnals commonly print; nothing is derived from them.
_TEMPOS = {
    "air": 72,
    "chorale": 72,
    "clog": 80,
    "hornpipe": 80,
    "jig": 112,
    "march": 96,
    "minuet": 110,
    "polka": 116,
    "reel": 100,
    "slip jig": 112,
    "slide": 120,
    "strathspey": 120,
    "waltz": 132,
}
_OTHER_TEMPO = 100


@cache
def _tunes() -> tuple[Tune, ...]:
    from melodyai_edu.io.corpus import load

    return tuple(tune for name in CORPORA for tune in load(name))


@cache
def train_tunes() -> tuple[Tune, ...]:
    """Give every training tune of the shipped corpora.

    Returns
    -------
    tunes : tuple of Tune
    """
    return tuple(tune for tune in _tunes() if tune.split == "train")


@cache
def held_out_tunes() -> tuple[Tune, ...]:
    """Give every tune of the shipped corpora that nothing is learned from.

    Returns
    -------
    tunes : tuple of Tune
        The valid and test splits.
    """
    return tuple(tune for tune in _tunes() if tune.split != "train")


@cache
def train_index() -> CopyIndex:
    """Index every run of notes in the training tunes; takes a moment, once."""
    return CopyIndex(train_tunes())


@cache
def human_copying(genre: str | None = None) -> HumanCopying:
    """Measure how much held-out human tunes share with the training tunes.

    Parameters
    ----------
    genre : str, optional
        All genres together when left out, or where too few tunes have it.
    """
    return HumanCopying.of(held_out_tunes(), train_index(), genre)


@cache
def _census() -> Counter[tuple[str, str, str]]:
    """Count the training tunes of each genre, meter and mode."""
    return Counter(
        (tune.genre or "unknown", tune.meter.name, tune.key.mode) for tune in train_tunes()
    )


def _frequent(place: int, fewest: int, genre: str | None = None) -> tuple[str, ...]:
    """List the values at one place of the census, the commonest first."""
    totals: Counter[str] = Counter()
    for entry, number in _census().items():
        if genre in (None, entry[0]):
            totals[entry[place]] += number
    ordered = sorted(totals, key=lambda value: (-totals[value], value))
    return tuple(value for value in ordered if totals[value] >= fewest) or tuple(ordered[:1])


@cache
def offered_genres() -> tuple[str, ...]:
    """List the genres that can be composed, the commonest first."""
    return tuple(genre for genre in _frequent(0, _FEWEST_OF_GENRE) if genre != "unknown")


@cache
def offered_meters(genre: str | None = None) -> tuple[str, ...]:
    """List the meters of a genre, or of all together, the commonest first.

    Parameters
    ----------
    genre : str, optional
    """
    return _frequent(1, _FEWEST_OF_METER, genre)


@cache
def offered_modes() -> tuple[str, ...]:
    """List the modes that can be composed, the commonest first."""
    return _frequent(2, _FEWEST_OF_MODE)


@cache
def usual_key(genre: str | None, meter: str) -> str:
    """Give the commonest key of a genre's tunes in a meter.

    Parameters
    ----------
    genre : str or None
        None: of all genres.
    meter : str
    """
    keys = Counter(
        tune.key.name
        for tune in train_tunes()
        if genre in (None, tune.genre) and tune.meter.name == meter
    )
    offered = {name: n for name, n in keys.items() if Key.parse(name).mode in offered_modes()}
    return max(sorted(offered), key=lambda name: offered[name], default="C major")


def usual_tempo(genre: str | None, meter: str) -> float:
    """Give a genre's usual tempo [quarter notes a minute] in a meter.

    Parameters
    ----------
    genre : str or None
    meter : str

    Examples
    --------
    >>> usual_tempo("jig", "6/8")
    168.0
    """
    beat = Meter.parse(meter).beat_durations[0]
    tempo = _TEMPOS.get(genre or "", _OTHER_TEMPO)
    if beat < 24:  # a beat of an eighth is half as long as people count it
        tempo *= 2
    return min(max(tempo * beat / 24, 40.0), 300.0)


Item = TypeVar("Item")


def nearest_tunes(
    genre: str | None, meter: str, mode: str, notes: int, distance: Callable[[Tune], int]
) -> list[Tune]:
    """Collect tunes in one meter, the nearest first, until there is enough to learn from.

    Parameters
    ----------
    genre, meter, mode : str
        Named in the error only.
    notes : int
        What is enough; all tunes of one distance are taken together.
    distance : function of a tune
        0 is nearest.

    Returns
    -------
    tunes : list of Tune

    Raises
    ------
    ParameterError
        If no tune has the meter.
    """
    ranked: dict[int, list[Tune]] = {}
    for tune in train_tunes():
        if tune.meter.name == meter:
            ranked.setdefault(distance(tune), []).append(tune)
    if not ranked:
        raise ParameterError(
            f"meter={meter!r} (genre={genre!r}, mode={mode!r}) must be one of: "
            f"{', '.join(offered_meters())}"
        )
    found: list[Tune] = []
    for rank in sorted(ranked):
        found += ranked[rank]
        if sum(len(tune.melody) for tune in found) >= notes:
            break
    return found


def mode_distance(genre: str | None, mode: str) -> Callable[[Tune], int]:
    """Rank tunes for their pitches: genre and mode, then genre, then mode, then what is left.

    Within each, a mode with the same third comes before one with the other third.
    """

    def distance(tune: Tune) -> int:
        is_other_genre = genre is not None and tune.genre != genre
        third = SCALES[tune.key.mode][2] != SCALES[mode][2]
        return (0 if tune.key.mode == mode else 1 + 2 * third) + 2 * is_other_genre

    return distance


def genre_distance(genre: str | None) -> Callable[[Tune], int]:
    """Rank tunes for their rhythm and form: the genre, then all others."""
    return lambda tune: int(genre is not None and tune.genre != genre)


def completed(score: Score) -> Score:
    """Let the last note ring to the end of its bar.

    A tune with a pickup ends short by as much, so that a repeat fits. Pieces of ours end whole;
    the composer must hear tunes that do.

    Parameters
    ----------
    score : Score
        Of one part.

    Returns
    -------
    score : Score

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Score.of_melody(Melody.from_events([(67, 24), (60, 96), (60, 72)]), pickup=24)
    >>> completed(tune).duration
    216
    """
    part = score.parts[0]
    if not part.notes:
        return score
    last = part.notes[-1]
    bar = score.bar_onsets()[-1]
    end = bar + score.meter_at(bar).bar_duration
    if not bar <= last.onset < end or last.end == end:
        return score
    longer = replace(last, duration=end - last.onset, ties=())
    return replace(score, parts=(replace(part, notes=(*part.notes[:-1], longer)),), duration=end)
