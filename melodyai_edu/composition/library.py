"""The tunes that the composer learns from, and what can be asked of them.

Conventions
-----------
Only the training side of a corpus is learned from: of those that come with the package, all
together, or of one that is named. A genre, meter or mode is *offered* if enough tunes have it.
Everything here depends on nothing but the corpora and is computed once a process.

Contents
--------
CORPORA, train_tunes, held_out_tunes, train_index, human_copying; offered_genres, offered_meters,
offered_modes, usual_key, usual_tempo; nearest_tunes, mode_distance, genre_distance
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.copying import CopyIndex, HumanCopying
from melodyai_edu.score import SCALES, Meter

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = [
    "CORPORA",
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

#: The fewest training tunes of a genre, of a genre's meter, and of a mode, that can be asked for of
#: the package's corpora. Of a corpus that is named, one is enough: its owner knows what is in it.
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

_FAR = 100  # a distance over which a style takes nothing


@cache
def _tunes(corpus: str | None) -> tuple[Tune, ...]:
    from melodyai_edu.io.corpus import load

    names = CORPORA if corpus is None else (corpus,)
    return tuple(tune for name in names for tune in load(name))


@cache
def train_tunes(corpus: str | None = None) -> tuple[Tune, ...]:
    """Give the tunes that are learned from.

    Parameters
    ----------
    corpus : str, optional
        The package's own when left out, here and in every function below.

    Returns
    -------
    tunes : tuple of Tune

    Raises
    ------
    ParameterError
        If there is no such corpus, or no note in it.
    """
    tunes = tuple(tune for tune in _tunes(corpus) if tune.note_count)
    if not tunes:
        raise ParameterError(f"corpus={corpus!r} has no tune to learn from: add some")
    # In a corpus of very few tunes all may be held out; then none is.
    return tuple(tune for tune in tunes if tune.split == "train") or tunes


@cache
def held_out_tunes(corpus: str | None = None) -> tuple[Tune, ...]:
    """Give the tunes that nothing is learned from.

    Returns
    -------
    tunes : tuple of Tune
    """
    learned = {tune.name for tune in train_tunes(corpus)}
    return tuple(t for t in _tunes(corpus) if t.name not in learned and t.note_count)


@cache
def train_index(corpus: str | None = None) -> CopyIndex:
    """Index every run of notes in the training tunes; takes a moment, once."""
    return CopyIndex(train_tunes(corpus))


@cache
def human_copying(genre: str | None = None, corpus: str | None = None) -> HumanCopying | None:
    """Measure how much held-out human tunes share with the training tunes.

    Parameters
    ----------
    genre : str, optional
        All genres together when left out, or where too few tunes have it.
    corpus : str, optional
        The package's own when left out.

    Returns
    -------
    human : HumanCopying or None
        None if no tune is held out.
    """
    tunes = held_out_tunes(corpus)
    return HumanCopying.of(tunes, train_index(corpus), genre) if tunes else None


@cache
def _census(corpus: str | None) -> Counter[tuple[str, str, str]]:
    """Count the training tunes of each genre, meter and mode."""
    return Counter(
        (tune.genre or "unknown", tune.meter.name, tune.key.mode) for tune in train_tunes(corpus)
    )


def _frequent(
    corpus: str | None, place: int, fewest: int, genre: str | None = None
) -> tuple[str, ...]:
    """List the values at one place of the census, the commonest first."""
    totals: Counter[str] = Counter()
    for entry, number in _census(corpus).items():
        if genre in (None, entry[0]):
            totals[entry[place]] += number
    ordered = sorted(totals, key=lambda value: (-totals[value], value))
    if corpus is not None:
        return tuple(ordered)
    return tuple(value for value in ordered if totals[value] >= fewest) or tuple(ordered[:1])


@cache
def offered_genres(corpus: str | None = None) -> tuple[str, ...]:
    """List the genres that can be composed, the commonest first."""
    return tuple(g for g in _frequent(corpus, 0, _FEWEST_OF_GENRE) if g != "unknown")


@cache
def offered_meters(genre: str | None = None, corpus: str | None = None) -> tuple[str, ...]:
    """List the meters of a genre, or of all together, the commonest first.

    Parameters
    ----------
    genre : str, optional
    corpus : str, optional
        The package's own when left out.
    """
    return _frequent(corpus, 1, _FEWEST_OF_METER, genre)


@cache
def offered_modes(corpus: str | None = None) -> tuple[str, ...]:
    """List the modes that can be composed, the commonest first."""
    return _frequent(corpus, 2, _FEWEST_OF_MODE)


@cache
def usual_key(
    genre: str | None,
    meter: str,
    corpus: str | None = None,
    modes: tuple[str, ...] | None = None,
) -> str:
    """Give the commonest key of a genre's tunes in a meter.

    Parameters
    ----------
    genre : str or None
        None: of all genres.
    meter : str
    corpus : str, optional
        The package's own when left out.
    modes : tuple of str, optional
        The key has one of these; all that are offered when left out.
    """
    modes = modes or offered_modes(corpus)
    keys = Counter(
        tune.key.name
        for tune in train_tunes(corpus)
        if genre in (None, tune.genre) and tune.meter.name == meter and tune.key.mode in modes
    )
    return max(sorted(keys), key=lambda name: keys[name], default=f"C {modes[0]}")


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


def nearest_tunes(
    meter: Meter, notes: int, distance: Callable[[Tune], int], corpus: str | None = None
) -> list[Tune]:
    """Collect tunes in one meter, the nearest first, until there is enough to learn from.

    Parameters
    ----------
    meter : Meter
    notes : int
        What is enough; all tunes of one distance are taken together.
    distance : function of a tune
        0 is nearest; what is far is taken only if there is nothing else.
    corpus : str, optional
        The package's own when left out.

    Returns
    -------
    tunes : list of Tune
        Empty if none has the meter.
    """
    ranked: dict[int, list[Tune]] = {}
    for tune in train_tunes(corpus):
        if tune.meter == meter:
            ranked.setdefault(distance(tune), []).append(tune)
    found: list[Tune] = []
    for rank in sorted(ranked):
        if found and (rank >= _FAR or sum(len(tune.melody) for tune in found) >= notes):
            break
        found += ranked[rank]
    return found


def mode_distance(genre: str | None, mode: str) -> Callable[[Tune], int]:
    """Rank tunes for their pitches: genre and mode, then genre, then mode, then what is left.

    Within each, a mode with the same third comes before one with the other third.
    """

    def distance(tune: Tune) -> int:
        third = SCALES[tune.key.mode][2] != SCALES[mode][2]
        other_mode = 0 if tune.key.mode == mode else 1 + 2 * third
        return other_mode + 2 * genre_distance(genre)(tune)

    return distance


def genre_distance(genre: str | None) -> Callable[[Tune], int]:
    """Rank tunes for their rhythm and form: the genre, then all others.

    Chorales and tunes for dancing are far from each other.
    """

    def distance(tune: Tune) -> int:
        if (tune.genre == "chorale") != (genre == "chorale"):
            return _FAR
        return int(genre is not None and tune.genre != genre)

    return distance
