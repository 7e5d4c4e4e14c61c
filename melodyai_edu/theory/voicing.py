"""Voicing: how four voices stand in one chord.

Conventions
-----------
A voicing is a sequence of four MIDI pitches: soprano, alto, tenor, bass.

Contents
--------
VOICES, VOICE_RANGES, Voicing, check_voicing, in_range, has_crossing, is_spaced, doubled,
is_complete
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from melodyai_edu.errors import ParameterError
from melodyai_edu.theory.harmony import Harmony

__all__ = [
    "VOICES",
    "VOICE_RANGES",
    "Voicing",
    "check_voicing",
    "doubled",
    "has_crossing",
    "in_range",
    "is_complete",
    "is_spaced",
]

VOICES = ("soprano", "alto", "tenor", "bass")

#: Lowest and highest pitch of each voice [MIDI]: C4-A5, F3-D5, C3-A4, E2-D4. Kostka, Payne & Almén
#: (2018), Tonal Harmony, chapter 5, each a tone or so wider, as Bach uses them.
VOICE_RANGES = ((60, 81), (53, 74), (48, 69), (40, 62))

#: Widest gaps under soprano, alto and tenor [semitones]. Kostka et al. (2018), chapter 5.
_SPACING = (12, 12, 24)

Voicing = Sequence[int]


def check_voicing(voicing: Voicing) -> None:
    """Refuse what is no voicing.

    Parameters
    ----------
    voicing : sequence of int [shape=(4,), MIDI]

    Raises
    ------
    ParameterError
        If there are not four pitches.

    Examples
    --------
    >>> check_voicing((72, 67, 64, 48))
    """
    if len(voicing) != len(VOICES):
        raise ParameterError(
            f"voicing={tuple(voicing)!r} must have four pitches: {', '.join(VOICES)}"
        )


def in_range(voicing: Voicing) -> bool:
    """Say whether every voice stays in its range.

    Parameters
    ----------
    voicing : sequence of int [shape=(4,), MIDI]
        Soprano, alto, tenor, bass.

    Returns
    -------
    in_range : bool

    Raises
    ------
    ParameterError
        If there are not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5; see ``VOICE_RANGES``.

    Examples
    --------
    >>> in_range((72, 67, 64, 48)), in_range((72, 67, 64, 36))
    (True, False)
    """
    check_voicing(voicing)
    ranges = zip(voicing, VOICE_RANGES, strict=True)
    return all(low <= pitch <= high for pitch, (low, high) in ranges)


def has_crossing(voicing: Voicing) -> bool:
    """Say whether a voice lies above the one over it.

    Parameters
    ----------
    voicing : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    has_crossing : bool
        Two voices on one pitch do not cross.

    Raises
    ------
    ParameterError
        If there are not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> has_crossing((72, 67, 69, 48)), has_crossing((72, 67, 67, 48))
    (True, False)
    """
    check_voicing(voicing)
    return any(upper < lower for upper, lower in pairwise(voicing))


def is_spaced(voicing: Voicing) -> bool:
    """Say whether the upper voices are at most an octave apart, tenor and bass two octaves.

    Parameters
    ----------
    voicing : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    is_spaced : bool

    Raises
    ------
    ParameterError
        If there are not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> is_spaced((72, 67, 64, 48)), is_spaced((79, 64, 60, 48))
    (True, False)
    """
    check_voicing(voicing)
    gaps = zip(pairwise(voicing), _SPACING, strict=True)
    return all(upper - lower <= widest for (upper, lower), widest in gaps)


def doubled(voicing: Voicing) -> tuple[int, ...]:
    """List the pitch classes that more than one voice has.

    Parameters
    ----------
    voicing : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    pitch_classes : tuple of int [0-11]

    Raises
    ------
    ParameterError
        If there are not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5: doubling.

    Examples
    --------
    >>> doubled((72, 67, 64, 48))
    (0,)
    """
    check_voicing(voicing)
    counts = Counter(pitch % 12 for pitch in voicing)
    return tuple(sorted(pitch_class for pitch_class, count in counts.items() if count > 1))


def is_complete(voicing: Voicing, harmony: Harmony) -> bool:
    """Say whether every pitch class of the chord sounds.

    Parameters
    ----------
    voicing : sequence of int [shape=(4,), MIDI]
    harmony : Harmony

    Returns
    -------
    is_complete : bool

    Raises
    ------
    ParameterError
        If there are not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> from melodyai_edu.theory.harmony import parse_chord_symbol
    >>> is_complete((72, 67, 64, 48), parse_chord_symbol("C"))
    True
    >>> is_complete((72, 64, 60, 48), parse_chord_symbol("C"))
    False
    """
    check_voicing(voicing)
    return set(harmony.pitch_classes) <= {pitch % 12 for pitch in voicing}
