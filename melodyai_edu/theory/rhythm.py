"""Rhythm: which places of a bar are strong, and what runs against them.

Conventions
-----------
Positions and durations are ticks in a bar. A level is higher the stronger the place.

Contents
--------
metric_strength, beat_text, strong_beats, is_syncopated, syncopation
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Melody, Meter

__all__ = ["beat_text", "is_syncopated", "metric_strength", "strong_beats", "syncopation"]

#: Levels of bar line, middle beat and other beats; divisions of a beat lie below.
_BAR_LINE, _MIDDLE, _BEAT = 6, 5, 4
_WEAKEST = -1


@lru_cache(maxsize=128)
def metric_strength(meter: Meter) -> np.ndarray:
    """Say how strong each tick of a bar is.

    The bar line is strongest, then the middle beat of an even number of four or more equal
    beats, then the other beats; a beat divides into three where it has three units, and from
    there on into two.

    Parameters
    ----------
    meter : Meter

    Returns
    -------
    levels : np.ndarray [shape=(bar_duration,), int]
        6 for the bar line, 5 for a middle beat, 4 for a beat, and less for each division. Cannot
        be written to.

    References
    ----------
    Lerdahl & Jackendoff (1983), A Generative Theory of Tonal Music, chapter 4.

    Examples
    --------
    >>> metric_strength(Meter(4, 4))[::12].tolist()
    [6, 3, 4, 3, 5, 3, 4, 3]
    """
    levels = np.full(meter.bar_duration, _WEAKEST)
    for onset, duration, units in zip(
        meter.beat_onsets, meter.beat_durations, meter.groups, strict=True
    ):
        _divide(levels, onset, duration, _BEAT, 3 if units == 3 else 2)
    for onset in strong_beats(meter):
        levels[onset] = _MIDDLE
    levels[0] = _BAR_LINE
    levels.setflags(write=False)
    return levels


def _divide(levels: np.ndarray, onset: int, duration: int, level: int, parts: int) -> None:
    levels[onset] = max(levels[onset], level)
    if duration % parts or duration // parts < 3:
        return
    for part in range(parts):
        _divide(levels, onset + part * duration // parts, duration // parts, level - 1, 2)


def beat_text(meter: Meter, position: int) -> str:
    """Write a position in a bar as a beat, counted from 1.

    Parameters
    ----------
    meter : Meter
    position : int [ticks]

    Returns
    -------
    beat : str

    Examples
    --------
    >>> beat_text(Meter(4, 4), 24), beat_text(Meter(6, 8), 48)
    ('2', '2.33')
    """
    onsets = meter.beat_onsets
    beat = max(number for number, onset in enumerate(onsets) if onset <= position)
    fraction = (position - onsets[beat]) / meter.beat_durations[beat]
    return f"{beat + 1 + fraction:.2f}".rstrip("0").rstrip(".")


def strong_beats(meter: Meter) -> tuple[int, ...]:
    """List where the strong beats of a bar begin: the first, and the middle one of an even number.

    Parameters
    ----------
    meter : Meter

    Returns
    -------
    onsets : tuple of int [ticks]

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 2.

    Examples
    --------
    >>> strong_beats(Meter(4, 4)), strong_beats(Meter(3, 4)), strong_beats(Meter(12, 8))
    ((0, 48), (0,), (0, 72))
    """
    beats = len(meter.groups)
    if beats >= 4 and beats % 2 == 0 and len(set(meter.groups)) == 1:
        return (0, meter.bar_duration // 2)
    return (0,)


def is_syncopated(meter: Meter, position: int, duration: int) -> bool:
    """Say whether a note begins on a weaker place and sounds on through a stronger one.

    Parameters
    ----------
    meter : Meter
    position, duration : int [ticks]
        Within one bar.

    Returns
    -------
    is_syncopated : bool

    Raises
    ------
    ParameterError
        If the note begins outside the bar, or is not at least a tick long.

    References
    ----------
    Longuet-Higgins & Lee (1984), Music Perception 1(4), 424-441.

    Examples
    --------
    >>> is_syncopated(Meter(4, 4), 12, 24), is_syncopated(Meter(4, 4), 0, 96)
    (True, False)
    """
    levels = metric_strength(meter)
    if not 0 <= position < meter.bar_duration or duration < 1:
        raise ParameterError(
            f"position={position}, duration={duration} must begin in the bar, from 0 to "
            f"{meter.bar_duration - 1} ticks (a position, not an onset), and last a tick or more"
        )
    inside = levels[position + 1 : position + duration]
    return bool(inside.size and inside.max() > levels[position])


def syncopation(melody: Melody, meter: Meter, pickup: int = 0) -> np.ndarray:
    """Measure how strongly each note is syncopated.

    A note is syncopated if a metrically stronger place passes, held or silent, before the next
    note begins. Its strength is how many levels the strongest such place lies above its own, where
    bar line, beats and each division of a beat are one level each.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]
        Length of an incomplete first bar.

    Returns
    -------
    strengths : np.ndarray [shape=(notes,), int, levels]
        0 for notes that are not syncopated. The sum is the measure for the whole melody.

    References
    ----------
    Longuet-Higgins & Lee (1984), Music Perception 1(4), 424-441. Fitch & Rosenfeld (2007), Music
    Perception 25(1), 43-58: the sum as a measure. Where several strong places pass, theirs counts
    once, by the strongest.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 12), (62, 24), (64, 24), (65, 36)])
    >>> syncopation(melody, Meter(4, 4)).tolist()
    [0, 1, 2, 1]
    """
    levels = np.unique(metric_strength(meter), return_inverse=True)[1]
    places = np.resize(np.roll(levels, pickup), melody.duration + 1)
    strengths = [
        places[onset + 1 : end].max(initial=places[onset]) - places[onset]
        for onset, end in pairwise([*melody.onsets, melody.duration])
    ]
    return np.array(strengths, dtype=int)
