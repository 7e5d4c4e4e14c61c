"""What voices of a chorale may do on an eighth: where to go, how to stand, how to move together.

Conventions
-----------
Four pitches are soprano, alto, tenor, bass; widths are in semitones.

Contents
--------
STEP_WIDTH, figures_from, hidden_octaves, is_in_range, is_well_spaced, may_move, scale_of
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from melodyai_edu.score import SCALES, Key
from melodyai_edu.theory.voicing import VOICE_RANGES

__all__ = [
    "STEP_WIDTH",
    "figures_from",
    "hidden_octaves",
    "is_in_range",
    "is_well_spaced",
    "may_move",
    "scale_of",
]

#: The widest step [semitones].
STEP_WIDTH = 2
_LEAP_WIDTH, _TRITONE = 7, 6
_PERFECT = (0, 7)


def scale_of(key: Key) -> frozenset[int]:
    """Give the pitch classes of a key; in minor the raised sixth and seventh too.

    Parameters
    ----------
    key : Key

    Returns
    -------
    scale : frozenset of int [0..11]

    Examples
    --------
    >>> sorted(scale_of(Key.parse("A minor")))
    [0, 2, 4, 5, 6, 7, 8, 9, 11]
    """
    steps = {*SCALES[key.mode], *((9, 11) if SCALES[key.mode][2] == 3 else ())}
    return frozenset((step + key.tonic_pitch_class) % 12 for step in steps)


def figures_from(old: int, classes: np.ndarray, scale: frozenset[int]) -> set[int]:
    """Give steps in the scale, and leaps to other notes of the chord.

    Parameters
    ----------
    old : int [MIDI]
    classes : np.ndarray [shape=(12,), bool]
        Which pitch classes the chord has.
    scale : frozenset of int [0..11]

    Returns
    -------
    pitches : set of int [MIDI]
        No leap is wider than a fifth, and none is a tritone.

    Examples
    --------
    >>> c_major = np.isin(np.arange(12), (0, 4, 7))
    >>> sorted(figures_from(60, c_major, scale_of(Key.parse("C major"))))
    [55, 59, 62, 64, 67]
    """
    steps = {old + width for width in range(-STEP_WIDTH, STEP_WIDTH + 1) if width}
    leaps = {old + width for width in range(-_LEAP_WIDTH, _LEAP_WIDTH + 1)} - steps - {old}
    leaps -= {old - _TRITONE, old + _TRITONE}
    in_chord = {pitch for pitch in steps | leaps if classes[pitch % 12]}
    return in_chord | {pitch for pitch in steps if pitch % 12 in scale}


def is_in_range(four: Sequence[int]) -> bool:
    """Say whether alto, tenor and bass can sing their pitches.

    Parameters
    ----------
    four : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    is_in_range : bool

    Examples
    --------
    >>> is_in_range([72, 67, 64, 48]), is_in_range([72, 67, 64, 30])
    (True, False)
    """
    voices = zip(four[1:], VOICE_RANGES[1:], strict=True)
    return all(low <= pitch <= high for pitch, (low, high) in voices)


def is_well_spaced(four: Sequence[int]) -> bool:
    """Say whether no voices cross, the upper three within octaves, the bass within two.

    Parameters
    ----------
    four : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    is_well_spaced : bool

    Examples
    --------
    >>> is_well_spaced([72, 67, 64, 48]), is_well_spaced([72, 59, 55, 48])
    (True, False)
    """
    gaps = [upper - lower for upper, lower in pairwise(four)]
    return min(gaps) >= 0 and gaps[0] <= 12 and gaps[1] <= 12 and gaps[2] <= 24


def may_move(old: Sequence[int] | np.ndarray, new: np.ndarray) -> np.ndarray:
    """Say where no voice passes a neighbour, and no two go in parallel or to a hidden fifth.

    Parameters
    ----------
    old : sequence of int [shape=(4,), MIDI]
    new : np.ndarray [shape=(M, 4), int, MIDI]

    Returns
    -------
    legal : np.ndarray [shape=(M,), bool]

    Examples
    --------
    >>> may_move([72, 67, 64, 48], np.array([[72, 69, 65, 53], [74, 69, 66, 50]])).tolist()
    [True, False]
    """
    legal = np.ones(len(new), bool)
    moved = new != np.asarray(old)
    for upper, lower in pairwise(range(4)):
        legal &= ~((new[:, lower] > old[upper]) & moved[:, lower])
        legal &= ~((new[:, upper] < old[lower]) & moved[:, upper])
    for one, other in combinations(range(4), 2):
        gap = np.abs(new[:, one] - new[:, other]) % 12
        before = abs(old[one] - old[other]) % 12
        if before in _PERFECT:
            legal &= ~(moved[:, one] & moved[:, other] & (gap == before))
    soprano, bass = new[:, 0] - old[0], new[:, 3] - old[3]
    is_hidden = (np.abs(soprano) > STEP_WIDTH) & (soprano * bass > 0)
    outer = (new[:, 0] - new[:, 3]) % 12
    is_perfect = (outer == _PERFECT[0]) | (outer == _PERFECT[1])
    found: np.ndarray = legal & ~(is_hidden & is_perfect)
    return found


def hidden_octaves(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Count the octaves reached in one direction while the upper voice leaps.

    Parameters
    ----------
    old, new : np.ndarray [shape=(..., 4), int]
        Pitches, or cells of the grid: only distances matter.

    Returns
    -------
    octaves : np.ndarray [shape=(...), int]
    """
    found = np.zeros(np.broadcast_shapes(old.shape, new.shape)[:-1], int)
    motion = new - old
    for upper, lower in combinations(range(4), 2):
        is_one_way = motion[..., upper] * motion[..., lower] > 0
        is_leap = np.abs(motion[..., upper]) > STEP_WIDTH
        is_octave = (new[..., upper] - new[..., lower]) % 12 == 0
        found += is_one_way & is_leap & is_octave
    return found
