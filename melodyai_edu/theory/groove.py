"""Groove: how onsets are spread over bars and beats.

Conventions
-----------
Positions are ticks in a bar. A pickup is the length of an incomplete first bar [ticks]; its notes
count for the positions that they have in a whole bar. Bars count the pickup as the first.

Contents
--------
bar_positions, onset_density, onset_shares, groove_similarity, swing_ratio
"""

from __future__ import annotations

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import TICKS_PER_QUARTER, Melody, Meter

__all__ = ["bar_positions", "groove_similarity", "onset_density", "onset_shares", "swing_ratio"]

_GRID = TICKS_PER_QUARTER // 4  # sixteenths


def bar_positions(melody: Melody, meter: Meter, pickup: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Give the bar of each note and the position in it.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]

    Returns
    -------
    bars : np.ndarray [shape=(notes,), int, from 0]
    positions : np.ndarray [shape=(notes,), int, ticks]

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 12), (62, 48), (64, 48)])
    >>> bars, positions = bar_positions(melody, Meter(4, 4), pickup=12)
    >>> bars.tolist(), positions.tolist()
    ([0, 1, 1], [84, 0, 48])
    """
    bar = meter.bar_duration
    if not 0 <= pickup < bar:
        raise ParameterError(f"pickup={pickup} must be shorter than a bar, {bar} ticks")
    shifted = melody.onsets + (bar - pickup if pickup else 0)
    return shifted // bar, shifted % bar


def onset_density(melody: Melody, meter: Meter, pickup: int = 0) -> np.ndarray:
    """Count the notes that begin in each bar.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]

    Returns
    -------
    counts : np.ndarray [shape=(bars,), int]
        The pickup first, if there is one.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 24), (62, 24), (64, 48), (None, 48), (65, 48)])
    >>> onset_density(melody, Meter(4, 4)).tolist()
    [3, 1]
    """
    bars, _ = bar_positions(melody, meter, pickup)
    whole = -(-(melody.duration - pickup) // meter.bar_duration)
    return np.bincount(bars, minlength=whole + bool(pickup))


def onset_shares(melody: Melody, meter: Meter, pickup: int = 0) -> np.ndarray:
    """Give the share of the onsets at each position of the bar.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]

    Returns
    -------
    shares : np.ndarray [shape=(bar_duration,), float]
        They add up to 1, or are all 0 without a note.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    Palmer & Krumhansl (1990), Journal of Experimental Psychology: Human Perception and
    Performance 16(4), 728-741: onsets by metric position.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 24), (62, 24), (64, 48), (65, 96)])
    >>> onset_shares(melody, Meter(4, 4))[[0, 24, 48, 72]].tolist()
    [0.5, 0.25, 0.25, 0.0]
    """
    _, positions = bar_positions(melody, meter, pickup)
    counts = np.bincount(positions, minlength=meter.bar_duration)
    return counts / max(len(melody), 1)


def groove_similarity(melody: Melody, meter: Meter, pickup: int = 0) -> float:
    """Say how alike the rhythms of the bars are.

    Every two whole bars are compared, sixteenth by sixteenth: does a note begin in both or in
    neither?

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]
        It is left out of the comparison.

    Returns
    -------
    similarity : float [0-1]
        The mean share of sixteenths that agree; 1 with fewer than two bars.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    Wu & Yang (2020), The Jazz Transformer on the front line, ISMIR: grooving pattern similarity,
    here on a grid of sixteenths.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 48), (62, 48), (64, 48), (65, 48), (67, 96)])
    >>> round(groove_similarity(melody, Meter(4, 4)), 3)
    0.958
    """
    bars, positions = bar_positions(melody, meter, pickup)
    grid = np.zeros((len(onset_density(melody, meter, pickup)), -(-meter.bar_duration // _GRID)))
    grid[bars, positions // _GRID] = 1
    whole = grid[bool(pickup) :]
    if len(whole) < 2:
        return 1.0
    first, second = np.triu_indices(len(whole), k=1)
    return float((whole[first] == whole[second]).mean())


def swing_ratio(melody: Melody, meter: Meter, pickup: int = 0) -> float | None:
    """Measure how long the first note of a divided beat is against the second.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]

    Returns
    -------
    ratio : float or None
        The median over beats that hold two notes, the first on the beat: 1 is straight, 2 is
        triplet swing, 3 a dotted rhythm. ``None`` if there is no such beat.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    Friberg & Sundström (2002), Music Perception 19(3), 333-349: swing ratios from 1 to 3.5.

    Examples
    --------
    >>> swung = Melody.from_events([(60, 16), (62, 8)] * 4)
    >>> swing_ratio(swung, Meter(4, 4))
    2.0
    """
    bars, positions = bar_positions(melody, meter, pickup)
    ratios = []
    for beat, duration in zip(meter.beat_onsets, meter.beat_durations, strict=True):
        inside = (positions >= beat) & (positions < beat + duration)
        for bar in np.unique(bars[inside]):
            places = positions[inside & (bars == bar)] - beat
            if len(places) == 2 and places[0] == 0:
                ratios.append(places[1] / (duration - places[1]))
    return float(np.median(ratios)) if ratios else None
