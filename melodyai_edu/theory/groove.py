"""Groove: how onsets are spread over bars and beats.

Conventions
-----------
Positions are ticks in a bar. A pickup is the length of an incomplete first bar [ticks]; its notes
count for the positions that they have in a whole bar. Bars count the pickup as the first.

Contents
--------
bar_positions, onset_density, onset_shares, groove_similarity, swing_ratio, swing
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import TICKS_PER_QUARTER, Melody, Meter

__all__ = [
    "bar_positions",
    "groove_similarity",
    "onset_density",
    "onset_shares",
    "swing",
    "swing_ratio",
]

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

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 2: bars and beats.

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

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 2: bars. The rest is counting.

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


def swing(
    melody: Melody,
    meter: Meter,
    ratio: float,
    pickup: int = 0,
    pair: int = TICKS_PER_QUARTER,
) -> Melody:
    """Play pairs of equal notes long and short, as dancers' fiddlers do with what is printed even.

    A pair that is divided otherwise than in halves stays as it is written.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    ratio : float
        First note to second: 1 is as written, 2 triplet swing, 3 a dotted rhythm. The middle moves
        to the nearest tick, so not every ratio is met exactly.
    pickup : int, default 0 [ticks]
    pair : int, default 24 [ticks]
        How long two notes are together: eighths unless you say so.

    Returns
    -------
    melody : Melody
        Of the same length, with the same pitches.

    Raises
    ------
    ParameterError
        If the ratio is not from 1 to 3, a beat is not made of pairs, or a pair has no middle.

    References
    ----------
    Friberg & Sundström (2002), Music Perception 19(3), 333-349: swing ratios from 1 to 3.5.

    Examples
    --------
    >>> even = Melody.from_events([(60, 12), (62, 12), (64, 24)])
    >>> swing(even, Meter(4, 4), 2).durations.tolist()
    [16, 8, 24]
    """
    if not 1 <= ratio <= 3:
        raise ParameterError(f"ratio={ratio} must be from 1 (as written) to 3 (dotted)")
    if pair < 2 or pair % 2 or any(beat % pair for beat in meter.beat_durations):
        raise ParameterError(
            f"pair={pair} must be even and divide the beats of {meter.numerator}/"
            f"{meter.denominator}, {meter.beat_durations[0]} ticks: give a shorter pair, or leave "
            "beats of three notes as they are"
        )
    bar = meter.bar_duration
    bar_positions(melody, meter, pickup)  # refuses a pickup that is none
    begin = (bar - pickup) % pair
    swung = _middles(melody, begin, pair)
    shift = round(pair * ratio / (1 + ratio)) - pair // 2

    def moved(tick: int) -> int:
        return tick + shift if tick in swung else tick

    notes = [
        replace(note, onset=moved(note.onset), duration=moved(note.end) - moved(note.onset))
        for note in melody
    ]
    return Melody(tuple(notes), moved(melody.duration))


def _middles(melody: Melody, begin: int, pair: int) -> frozenset[int]:
    """Give the middle [ticks] of each pair inside which nothing begins or ends but there."""
    edges = {tick for note in melody for tick in (note.onset, note.end)}
    inside: dict[int, set[int]] = {}
    for tick in edges:
        number, place = divmod(tick + begin, pair)
        if place:
            inside.setdefault(number, set()).add(tick)
    halves = ((number * pair - begin + pair // 2, ticks) for number, ticks in inside.items())
    return frozenset(middle for middle, ticks in halves if ticks == {middle})
