"""Intervals: their names as a key spells them, and which are augmented.

Conventions
-----------
Pitches are MIDI numbers, spelled as their key spells them. An interval is named as music21 names
it: quality (P, M, m, A, d) and number, ``"m3"``.

Contents
--------
interval_name, interval_names, is_augmented
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from melodyai_edu.score import Key, Melody, Pitch

__all__ = ["interval_name", "interval_names", "is_augmented"]

_LETTERS = "CDEFGAB"
#: Semitones of the perfect and major intervals, from unison to seventh. Kostka, Payne & Almén
#: (2018), Tonal Harmony, chapter 1.
_LARGEST_USUAL = (0, 2, 4, 5, 7, 9, 11)
_PERFECT = (0, 3, 4)  # steps of unison, fourth, fifth
_TRITONE = 6


def interval_name(key: Key, first: int, second: int) -> str:
    """Name the interval between two pitches, as their key spells them.

    Parameters
    ----------
    key : Key
    first, second : int [MIDI]

    Returns
    -------
    name : str
        A letter for the quality (P, M, m, A, d; doubled AA, dd) and the number: ``"m3"``,
        ``"A4"``, ``"P8"``, ``"M10"``. The direction is not told.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 1.

    Examples
    --------
    >>> interval_name(Key("A", "minor"), 65, 68), interval_name(Key("C"), 72, 60)
    ('A2', 'P8')
    """
    low, high = _spelled(key, first, second)
    steps = _place(high) - _place(low)
    if steps < 0:
        low, high, steps = high, low, -steps
    octaves, step = divmod(steps, 7)
    excess = high.midi - low.midi - 12 * octaves - _LARGEST_USUAL[step]
    usual = ("P",) if step in _PERFECT else ("M", "m")
    if -len(usual) < excess <= 0:
        return f"{usual[-excess]}{steps + 1}"
    sign = "A" * excess if excess > 0 else "d" * (-excess - len(usual) + 1)
    return f"{sign}{steps + 1}"


def interval_names(melody: Melody, key: Key) -> tuple[str, ...]:
    """Name the interval from each note to the next, with its direction.

    Parameters
    ----------
    melody : Melody
    key : Key

    Returns
    -------
    names : tuple of str
        ``"+m3"`` rises, ``"-M2"`` falls, ``"P1"`` repeats.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 1: names of intervals.

    Examples
    --------
    >>> interval_names(Melody.from_events([(60, 24), (64, 24), (62, 24), (62, 24)]), Key("C"))
    ('+M3', '-M2', 'P1')
    """
    return tuple(
        {-1: "-", 0: "", 1: "+"}[int(np.sign(after.pitch - before.pitch))]
        + interval_name(key, before.pitch, after.pitch)
        for before, after in pairwise(melody)
    )


def is_augmented(key: Key, first: int, second: int) -> bool:
    """Say whether the step from one pitch to another is augmented, or a tritone.

    Parameters
    ----------
    key : Key
        Spells the pitches.
    first, second : int [MIDI]

    Returns
    -------
    is_augmented : bool
        False for the chromatic semitone, which is no leap.

    References
    ----------
    Fux (1725), Gradus ad Parnassum: augmented and diminished leaps are not sung.

    Examples
    --------
    >>> is_augmented(Key("A", "minor"), 65, 68), is_augmented(Key("C"), 60, 65)
    (True, False)
    """
    name = interval_name(key, first, second)
    is_tritone = abs(second - first) == _TRITONE
    return is_tritone or (name.startswith("A") and name != "A1")


def _spelled(key: Key, first: int, second: int) -> tuple[Pitch, Pitch]:
    """Spell two pitches, the lower first."""
    low, high = sorted((first, second))
    return Pitch(low, key.spell(low)), Pitch(high, key.spell(high))


def _place(pitch: Pitch) -> int:
    """Count the letters from C0."""
    return 7 * pitch.octave + _LETTERS.index(pitch.step)
