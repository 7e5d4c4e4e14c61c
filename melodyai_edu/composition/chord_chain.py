"""From counts to a chain of chords under a melody.

Conventions
-----------
The states of the chain are the chords of a table. All weights are natural logarithms. A note of the
melody counts by the square root of its length in beats, so that a long one counts more and does not
drown the others.

Contents
--------
melody_weights, shares, stay_chances, counted_moves, counted_start, loudness, sung_as
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from melodyai_edu.composition.chord_counts import SUNG, ChordCounts, kind_of, spot_of
from melodyai_edu.constraints.chord_places import ChordPlace
from melodyai_edu.constraints.chords import ChordTable

__all__ = [
    "counted_moves",
    "counted_start",
    "loudness",
    "melody_weights",
    "shares",
    "stay_chances",
    "sung_as",
]

#: So many imagined cases follow what is known of fewer circumstances. Of 3, 6, 12 and 24 the best
#: on validation chorales (3.23, 3.18, 3.14, 3.11 bits per chord).
_PRIOR = 24.0
#: A chord that was never met has this share of what is known of nothing.
_NEVER = 0.02
#: How much a note of a beat counts against what was counted of chords. At 0.5 the best chords of
#: dances hardly ever change, at 3 they follow every passing note; of 0.5, 1, 1.5 and 2.5 it finds
#: Bach's root most often on validation chorales (54.0, 55.7, 56.1, 55.0%).
_LOUD = 1.5
#: So much of what is sung may be anything: chords that were read from voices have every voice in
#: them, so that notes outside the chord were never met on their beats.
_ANYTHING = 0.03


def shares(counts: np.ndarray, prior: np.ndarray, weight: float = _PRIOR) -> np.ndarray:
    """Turn counts along the last axis into probabilities, drawn towards a prior."""
    total = counts.sum(axis=-1, keepdims=True) + weight
    found: np.ndarray = (counts + weight * prior) / total
    return found


def loudness(place: ChordPlace, duration: int) -> float:
    """Say how much a note counts [square root of beats, times a constant]."""
    beat = place.meter.bar_duration / len(place.meter.beat_onsets)
    return _LOUD * float(np.sqrt(duration / beat))


def sung_as(table: ChordTable) -> np.ndarray:
    """Say what each pitch class is to each chord [shape=(C, 12), int], among ``SUNG``."""
    in_scale = np.isin(np.arange(12), table.key.scale.pitch_classes)
    others = np.where(in_scale, SUNG.index("scale"), SUNG.index("outside"))
    found: np.ndarray = np.where(table.members >= 0, table.members, others[None, :]).astype(int)
    return np.asarray(np.minimum(found, len(SUNG) - 1))


def melody_weights(places: Sequence[ChordPlace], table: ChordTable, fits: np.ndarray) -> np.ndarray:
    """Weigh each chord under what the melody sings at each place.

    Parameters
    ----------
    places : sequence of ChordPlace
    table : ChordTable
    fits : np.ndarray [shape=(3, 6), float]
        Shares or counts of ``SUNG``, by strength.

    Returns
    -------
    weights : np.ndarray [shape=(T, C), float, natural logarithm]
    """
    logs = _sung_logs(table, fits)
    found = np.zeros((len(places), len(table)))
    for row, place in zip(found, places, strict=True):
        for note in place.sung:
            row += loudness(place, note.duration) * logs[note.strength, :, note.pitch % 12]
    return found


def _sung_logs(table: ChordTable, fits: np.ndarray) -> np.ndarray:
    """Give each pitch class over each chord [shape=(3, C, 12), float, natural logarithm].

    The share of a class such as *scale* is divided among the pitch classes that are it.
    """
    classes = sung_as(table)
    sizes = (classes[:, :, None] == np.arange(len(SUNG))).sum(axis=1)  # [C, 6]
    known = fits / fits.sum(axis=1, keepdims=True)
    known = (1 - _ANYTHING) * known + _ANYTHING / len(SUNG)
    chances = np.where(sizes[None] > 0, known[:, None, :], 0.0)
    chances = chances / chances.sum(axis=2, keepdims=True) / np.maximum(sizes, 1)[None]
    rows = np.arange(len(table))[:, None]
    found: np.ndarray = np.log(np.maximum(chances[:, rows, classes], 1e-6))
    return found


def _usual(own: ChordCounts, family: ChordCounts) -> np.ndarray:
    """Give how usual each chord is in its family and then in its mode [shape=(C,), float]."""
    even = np.full(len(own.names), _NEVER / len(own.names))
    everywhere = shares(family.follow.sum(axis=(0, 1)), even / even.sum())
    return shares(own.follow.sum(axis=(0, 1)), everywhere) if own is not family else everywhere


def counted_start(own: ChordCounts, family: ChordCounts) -> np.ndarray:
    """Weigh each chord as the first [shape=(C,), float, natural logarithm]."""
    first = shares(family.start, _usual(own, family))
    return np.asarray(np.log(shares(own.start, first) if own is not family else first))


def _follows(own: ChordCounts, family: ChordCounts) -> np.ndarray:
    """Give the chance of each other chord after a chord [shape=(kinds, C, C), float].

    Drawn towards what follows at any place, that towards the family's, that towards how usual the
    chord is.
    """
    usual = np.tile(_usual(own, family), (len(own.names), 1))
    np.fill_diagonal(usual, 0.0)
    usual /= usual.sum(axis=1, keepdims=True)
    anywhere = shares(family.follow.sum(axis=0), usual)
    if own is not family:
        anywhere = shares(own.follow.sum(axis=0), anywhere)
    return shares(own.follow, anywhere)


def _odds(pairs: np.ndarray) -> np.ndarray:
    """Give the log odds of changing, from counts of staying and changing in the last axis."""
    found: np.ndarray = np.log((pairs[..., 1] + 0.5) / (pairs[..., 0] + 0.5))
    return found


def stay_chances(own: ChordCounts, where: Sequence[str] = ()) -> np.ndarray:
    """Give the log odds that a chord changes at each spot [shape=(spots,), float].

    Parameters
    ----------
    own : ChordCounts
    where : sequence of str
        A genre and a meter: the first that was counted is what the odds are drawn from.
    """
    usual = shares(own.stay, np.array([0.5, 0.5]))
    for name in where:
        if name in own.stay_where:
            return _odds(30 * shares(own.stay_where[name], usual))
    return _odds(30 * usual)


def counted_moves(
    places: Sequence[ChordPlace],
    counted: str,
    own: ChordCounts,
    family: ChordCounts,
    where: Sequence[str] = (),
) -> list[np.ndarray]:
    """Weigh each chord after each of the place before.

    Parameters
    ----------
    places : sequence of ChordPlace
    counted : str
        ``"chorale"`` or ``"folk"``.
    own, family : ChordCounts
        Among the same chords, from `read_counts`.
    where : sequence of str
        As in `stay_chances`.

    Returns
    -------
    moves : list of np.ndarray [shape=(C, C), float, natural logarithm]
        One for each place but the first.
    """
    bars, size = places[-1].bar + 1, len(own.names)
    follows, spots = _follows(own, family), stay_chances(own, where)
    # Some chords stay longer than others at the same place.
    mine = _odds(own.stay_chord + 4 * shares(own.stay_chord.sum(axis=1), np.full(2, 0.5))[:, None])
    by_chord = mine - _odds(own.stay_chord.sum(axis=1))[:, None]
    tables: dict[tuple[int, int], np.ndarray] = {}
    found = []
    for place in places[1:]:
        at = spot_of(counted, place, bars), kind_of(counted, place, bars)
        if at not in tables:
            change = 1 / (1 + np.exp(-(spots[at[0]] + by_chord[at[1]])))
            table = change[:, None] * follows[at[1]]
            table[np.arange(size), np.arange(size)] = 1 - change
            tables[at] = np.log(np.maximum(table, 1e-9))
        found.append(tables[at])
    return found
