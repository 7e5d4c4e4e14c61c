"""Melody: key, degrees, leaps, contour and cadence of one voice.

Conventions
-----------
Pitches are MIDI numbers. Rests are passed over: the note before
is the last that sounded. A leap is named by its size in semitones.

Contents
--------
find_key, scale_degrees, leading_tones, find_leaps, find_unrecovered_leaps, contour_word,
cadence_word; is_augmented is that of `melodyai_edu.theory.interval`
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.estimate import key_of_durations
from melodyai_edu.score import SCALES, Key, Melody
from melodyai_edu.theory.interval import is_augmented

__all__ = [
    "cadence_word",
    "contour_word",
    "find_key",
    "find_leaps",
    "find_unrecovered_leaps",
    "is_augmented",
    "leading_tones",
    "scale_degrees",
]

_LARGEST_STEP = 2  # semitones
_LARGE_LEAP = 7  # semitones; Fux (1725): what is larger than a fifth must be made good

#: Degrees from which a melody closes on the tonic, and on which it pauses. Caplin (1998), Classical
#: Form, chapter 4: over a dominant chord.
_OPEN_DEGREES = (2, 5)


def find_key(melody: Melody) -> Key:
    """Give the major or minor key that fits the notes' durations best.

    Parameters
    ----------
    melody : Melody

    Returns
    -------
    key : Key
        C major where no key fits better than another.

    References
    ----------
    Krumhansl (1990), Cognitive Foundations of Musical Pitch, chapter 4, with the profiles of
    Krumhansl & Kessler (1982).

    Examples
    --------
    >>> find_key(Melody.from_events([(67, 24), (71, 24), (74, 24), (72, 12), (66, 12)])).name
    'G major'
    """
    durations = np.bincount(melody.pitches % 12, weights=melody.durations, minlength=12)
    return key_of_durations(durations)


def scale_degrees(melody: Melody, key: Key) -> tuple[int | None, ...]:
    """Give the scale degree of each note.

    Parameters
    ----------
    melody : Melody
    key : Key

    Returns
    -------
    scale_degrees : tuple of int or None [1-7]
        ``None`` for notes outside the key's scale.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 1: scale degrees.

    Examples
    --------
    >>> scale_degrees(Melody.from_events([(62, 24), (66, 24), (69, 24), (68, 24)]), Key("D"))
    (1, 3, 5, None)
    """
    return tuple(key.scale.degree(note.pitch) for note in melody)


def leading_tones(key: Key) -> tuple[int, ...]:
    """List the pitch classes that stand for the seventh degree in a cadence.

    Parameters
    ----------
    key : Key

    Returns
    -------
    pitch_classes : tuple of int [0-11]
        The mode's own seventh degree, and in modes with a minor third also the raised one.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 4.

    Examples
    --------
    >>> leading_tones(Key("C")), leading_tones(Key("A", "minor"))
    ((11,), (7, 8))
    """
    tonic = key.tonic_pitch_class
    own = (tonic + SCALES[key.mode][6]) % 12
    raised = (tonic - 1) % 12
    return (own, raised) if key.is_minor and own != raised else (own,)


def find_leaps(melody: Melody, smallest: int = _LARGE_LEAP) -> tuple[int, ...]:
    """List the notes from which the melody leaps.

    Parameters
    ----------
    melody : Melody
    smallest : int, default 7 [semitones]
        What counts as a leap.

    Returns
    -------
    indices : tuple of int [from 0]
        The leap goes from this note to the next.

    Raises
    ------
    ParameterError
        If ``smallest`` is not above 2: one and two semitones are steps.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5: steps and leaps in a melody.

    Examples
    --------
    >>> find_leaps(Melody.from_events([(60, 24), (67, 24), (65, 24), (72, 24)]))
    (0, 2)
    """
    if smallest <= _LARGEST_STEP:
        raise ParameterError(f"smallest={smallest} must be 3 semitones or more, 1 and 2 are steps")
    return tuple(np.flatnonzero(np.abs(melody.intervals) >= smallest).tolist())


def find_unrecovered_leaps(melody: Melody, smallest: int = _LARGE_LEAP) -> tuple[int, ...]:
    """List the leaps after which the melody does not step back.

    After a leap the next note moves one or two semitones the other way; the last note is not
    reached by a leap.

    Parameters
    ----------
    melody : Melody
    smallest : int, default 7 [semitones]

    Returns
    -------
    indices : tuple of int [from 0]
        The leap goes from this note to the next.

    Raises
    ------
    ParameterError
        If ``smallest`` is not above 2.

    References
    ----------
    Fux (1725), Gradus ad Parnassum. Meyer (1956), Emotion and Meaning in Music: gap fill.

    Examples
    --------
    >>> find_unrecovered_leaps(Melody.from_events([(60, 24), (67, 24), (65, 24), (72, 24)]))
    (2,)
    """
    intervals = melody.intervals.tolist()
    return tuple(
        index
        for index in find_leaps(melody, smallest)
        if index + 1 == len(intervals)
        or not 1 <= -np.sign(intervals[index]) * intervals[index + 1] <= _LARGEST_STEP
    )


def contour_word(pitches: Sequence[int | None]) -> str | None:
    """Name the shape of a line: level, rising, falling, arch or valley.

    Parameters
    ----------
    pitches : sequence of int or None [MIDI]
        One pitch for each bar, such as its first note; ``None`` for a bar without.

    Returns
    -------
    word : str or None
        Neighbours may be equal. An arch does not fall through the first half of the bars (the
        larger one of an odd number) and does not rise from there on; a valley is the reverse.
        The first word that fits; ``None`` if none does.

    References
    ----------
    Huron (1996), Computing in Musicology 10, 3-23: the melodic arch.

    Examples
    --------
    >>> [contour_word(line) for line in ([60, 64, 67], [60, 64, 62, 60], [60, 64, 60, 64])]
    ['rising', 'arch', None]
    """
    half = -(-len(pitches) // 2)
    known = [(bar, pitch) for bar, pitch in enumerate(pitches) if pitch is not None]
    moves = [(bar < half, pitch - before) for (_, before), (bar, pitch) in pairwise(known)]
    shapes = {"level": None, "rising": (1, 1), "falling": (-1, -1), "arch": (1, -1)}
    for word, signs in {**shapes, "valley": (-1, 1)}.items():
        if signs is None:
            fits = all(move == 0 for _, move in moves)
        else:
            first, second = signs
            fits = all(move * (first if early else second) >= 0 for early, move in moves)
        if fits:
            return word
    return None


def cadence_word(melody: Melody, bar_end: int, key: Key) -> str | None:
    """Name the cadence that a melody makes at the end of a bar: full or half.

    Parameters
    ----------
    melody : Melody
    bar_end : int [ticks]
        Where the bar ends.
    key : Key

    Returns
    -------
    word : str or None
        ``"full"``: a note on the first degree ends with the bar, and the note before it is on the
        second, fifth or seventh degree. ``"half"``: a note on one of these ends with the bar. In
        modes with a minor third the raised seventh degree counts too.

    References
    ----------
    Caplin (1998), Classical Form, chapter 4; Kostka, Payne & Almén (2018), Tonal Harmony,
    chapter 10.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 24), (62, 24), (67, 48), (64, 24), (71, 24), (72, 48)])
    >>> cadence_word(melody, 96, Key("C")), cadence_word(melody, 192, Key("C"))
    ('half', 'full')
    """
    ends = [note.end for note in melody]
    if bar_end not in ends:
        return None
    index = ends.index(bar_end)
    last = melody.notes[index]
    if last.pitch_class == key.tonic_pitch_class:
        is_full = index > 0 and _is_open(melody.notes[index - 1].pitch, key)
        return "full" if is_full else None
    return "half" if _is_open(last.pitch, key) else None


def _is_open(pitch: int, key: Key) -> bool:
    return key.scale.degree(pitch) in _OPEN_DEGREES or pitch % 12 in leading_tones(key)
