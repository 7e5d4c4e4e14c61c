"""Melody: intervals as a musician names them.

Conventions
-----------
Pitches are MIDI numbers, spelled as their key spells them.

Contents
--------
is_augmented
"""

from __future__ import annotations

from melodyai_edu.score import Key, Pitch

__all__ = ["is_augmented"]

_LETTERS = "CDEFGAB"
#: Semitones of the perfect and major intervals, from unison to seventh.
_LARGEST_USUAL = (0, 2, 4, 5, 7, 9, 11)
_TRITONE = 6


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
    low, high = (Pitch(pitch, key.spell(pitch)) for pitch in sorted((first, second)))
    if high.midi - low.midi == _TRITONE:
        return True
    steps = _place(high) - _place(low)
    if steps <= 0:
        return False
    octaves, step = divmod(steps, 7)
    return high.midi - low.midi > 12 * octaves + _LARGEST_USUAL[step]


def _place(pitch: Pitch) -> int:
    """Count the letters from C0."""
    return 7 * pitch.octave + _LETTERS.index(pitch.step)
