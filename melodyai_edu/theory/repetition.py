"""Repetition: how alike bars are, what returns, and where phrases end.

Conventions
-----------
A pickup is the length of an incomplete first bar [ticks]; it is left out where bars are compared.
Bars count from 0.

Contents
--------
bar_similarity, find_repeated_bars, repetition_share, boundary_strengths, find_phrases
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from melodyai_edu.score import Melody, Meter
from melodyai_edu.theory.groove import bar_positions, onset_density

__all__ = [
    "bar_similarity",
    "boundary_strengths",
    "find_phrases",
    "find_repeated_bars",
    "repetition_share",
]

_SILENCE, _HELD = -1, 128  # a held note is its pitch and this much

#: Weights of pitch, of time between onsets and of rests. Cambouropoulos (2001).
_WEIGHTS = (0.25, 0.5, 0.25)
#: Standard deviations of a boundary above the mean. Pearce, Müllensiefen & Wiggins (2010).
_PEAK = 1.28


def _bar_rows(melody: Melody, meter: Meter, pickup: int) -> np.ndarray:
    """Give what sounds at each tick of each whole bar [shape=(bars, bar_duration), int]."""
    bar = meter.bar_duration
    count = len(onset_density(melody, meter, pickup))
    sounding = np.full(count * bar, _SILENCE)
    bars, positions = bar_positions(melody, meter, pickup)
    for onset, note in zip(bars * bar + positions, melody, strict=True):
        sounding[onset : onset + note.duration] = note.pitch + _HELD
        sounding[onset] = note.pitch
    return sounding.reshape(count, bar)[bool(pickup) :]


def bar_similarity(melody: Melody, meter: Meter, pickup: int = 0) -> np.ndarray:
    """Say how alike every two bars are.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]

    Returns
    -------
    similarity : np.ndarray [shape=(bars, bars), float in [0, 1]]
        The share of the ticks at which both have the same: the same pitch begins, or goes on, or
        both are silent.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    Foote (1999), Visualizing music and audio using self-similarity, ACM Multimedia.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 48), (64, 48), (60, 48), (65, 48)])
    >>> bar_similarity(melody, Meter(4, 4)).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    rows = _bar_rows(melody, meter, pickup)
    similarity: np.ndarray = (rows[:, None] == rows[None]).mean(axis=2)
    return similarity


def find_repeated_bars(melody: Melody, meter: Meter, pickup: int = 0) -> tuple[int | None, ...]:
    """Find for each bar the first one in which the same sounds, tick by tick.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]

    Returns
    -------
    earlier : tuple of int or None
        The number of the earlier bar; ``None`` for a bar that is new.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter III: exact repetition.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 96), (62, 96), (60, 96), (62, 96)])
    >>> find_repeated_bars(melody, Meter(4, 4))
    (None, None, 0, 1)
    """
    seen: dict[bytes, int] = {}
    rows = [row.tobytes() for row in _bar_rows(melody, meter, pickup)]
    firsts = [seen.setdefault(row, number) for number, row in enumerate(rows)]
    return tuple(first if first < number else None for number, first in enumerate(firsts))


def repetition_share(melody: Melody, meter: Meter, pickup: int = 0) -> float:
    """Give the share of the bars that repeat an earlier one note for note.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    pickup : int, default 0 [ticks]

    Returns
    -------
    share : float [0-1]

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter III: exact repetition.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 96), (62, 96), (60, 96), (62, 96)])
    >>> repetition_share(melody, Meter(4, 4))
    0.5
    """
    earlier = find_repeated_bars(melody, meter, pickup)
    return sum(bar is not None for bar in earlier) / max(len(earlier), 1)


def boundary_strengths(melody: Melody) -> np.ndarray:
    """Say how strongly each step from note to note is felt as a break.

    Large intervals, long times between onsets and rests stand out against their neighbours.

    Parameters
    ----------
    melody : Melody

    Returns
    -------
    strengths : np.ndarray [shape=(notes - 1,), float in [0, 1]]
        ``strengths[i]`` is the break between the notes ``i`` and ``i + 1``.

    References
    ----------
    Cambouropoulos (2001), The Local Boundary Detection Model (LBDM) and its application in the
    study of expressive timing, ICMC.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 24), (62, 24), (64, 48), (None, 24), (62, 24), (60, 24)])
    >>> int(boundary_strengths(melody).argmax())
    2
    """
    between = np.diff(melody.onsets)
    rests = between - melody.durations[:-1]
    profiles = (np.abs(melody.intervals), between, rests)
    total = np.zeros(len(between))
    for profile, weight in zip(profiles, _WEIGHTS, strict=True):
        strengths = profile * _changes(profile)
        total += weight * strengths / max(strengths.max(initial=0), 1e-12)
    return total


def _changes(profile: np.ndarray) -> np.ndarray:
    """Give the degree of change on both sides of each value."""
    first, second = profile[:-1], profile[1:]
    change = np.abs(first - second) / np.maximum(first + second, 1)
    both: np.ndarray = np.append(change, 0.0) + np.append(0.0, change)
    return both[: len(profile)]


def find_phrases(melody: Melody) -> tuple[tuple[int, int], ...]:
    """Cut a melody where breaks are strong.

    Parameters
    ----------
    melody : Melody

    Returns
    -------
    phrases : tuple of (int, int)
        The first note of each phrase and the one after its last, from 0.

    References
    ----------
    Cambouropoulos (2001): the breaks. Pearce, Müllensiefen & Wiggins (2010), Music Perception
    27(5), 365-389: which of them are peaks.

    Examples
    --------
    >>> phrase = [(60, 24), (62, 24), (64, 24), (60, 24), (62, 48), (None, 48)]
    >>> find_phrases(Melody.from_events(phrase * 2))
    ((0, 5), (5, 10))
    """
    strengths = boundary_strengths(melody)
    if not len(strengths):
        return ((0, len(melody)),) if len(melody) else ()
    least = strengths.mean() + _PEAK * strengths.std()
    around = np.concatenate(([0.0], strengths, [0.0]))
    is_peak = (strengths > around[:-2]) & (strengths >= around[2:]) & (strengths > least)
    cuts = [0, *(np.flatnonzero(is_peak) + 1).tolist(), len(melody)]
    return tuple(pairwise(cuts))
