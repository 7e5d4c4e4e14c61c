"""Pitches and their spelling: F#4 and Gb4 sound the same and are two values.

Conventions
-----------
A *pitch* is a MIDI integer from 0 to 127, 60 is middle C (C4). A *spelling* is a letter with
up to two accidentals, ``"F#"`` or ``"Bb"``. A *pitch name* is a spelling with its octave,
``"F#4"``. The octave belongs to the letter, so B#3 sounds like C4.

Contents
--------
Pitch, pitch_class_of, spell_on_fifths, fifths_of, LETTERS
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from melodyai_edu.errors import ParameterError

__all__ = [
    "LETTERS",
    "Pitch",
    "fifths_of",
    "pitch_class_of",
    "spell_on_fifths",
]

#: Semitones of the seven letters above C.
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

_ACCIDENTALS = {"": 0, "#": 1, "##": 2, "b": -1, "bb": -2}
_ACCIDENTAL_TEXT = {value: text for text, value in _ACCIDENTALS.items()}
_LINE_OF_FIFTHS = "FCGDAEB"  # neighbours are a fifth apart; C stands at 0
_PITCH_NAME = re.compile(r"([A-G])(##|bb|#|b|)(-?\d{1,2})")
_SPELLING = re.compile(r"([A-G])(##|bb|#|b|)")


def _split_spelling(spelling: str) -> tuple[str, int]:
    match = _SPELLING.fullmatch(spelling)
    if match is None:
        raise ParameterError(
            f"spelling={spelling!r} must be a letter A-G with '#', '##', 'b', 'bb' or nothing"
        )
    return match[1], _ACCIDENTALS[match[2]]


def pitch_class_of(spelling: str) -> int:
    """Give the pitch class of a spelling.

    Parameters
    ----------
    spelling : str
        A letter A-G with ``#``, ``##``, ``b``, ``bb`` or nothing behind it.

    Returns
    -------
    pitch_class : int [0-11, C is 0]

    Raises
    ------
    ParameterError
        If the text is no spelling.

    Examples
    --------
    >>> pitch_class_of("Bb")
    10
    """
    letter, alter = _split_spelling(spelling)
    return (LETTERS[letter] + alter) % 12


def fifths_of(spelling: str) -> int:
    """Give a spelling's place on the line of fifths, where C is 0, G is 1 and F is -1.

    Parameters
    ----------
    spelling : str
        A letter A-G with accidentals.

    Returns
    -------
    fifths : int [steps of a fifth, -15 to 19]

    Raises
    ------
    ParameterError
        If the text is no spelling.

    Examples
    --------
    >>> fifths_of("D"), fifths_of("Bb"), fifths_of("F#")
    (2, -2, 6)
    """
    letter, alter = _split_spelling(spelling)
    return _LINE_OF_FIFTHS.index(letter) - 1 + 7 * alter


def spell_on_fifths(pitch_class: int, centre: int = 2) -> str:
    """Spell a pitch class with the name that lies nearest to a point on the line of fifths.

    With the default centre the twelve names run from Eb to G#, the usual choice in C major.

    Parameters
    ----------
    pitch_class : int [0-11, C is 0]
    centre : int [steps of a fifth from C]
        Two steps sharp of a major key's tonic keeps that key's seven names and raises
        accidentals the way tonal music does.

    Returns
    -------
    spelling : str

    Raises
    ------
    ParameterError
        If ``pitch_class`` is outside 0-11, or ``centre`` is so far out that triple
        accidentals would be needed.

    References
    ----------
    Temperley (2001), The Cognition of Basic Musical Structures, chapter 5: pitches are spelled
    compactly on the line of fifths.

    Examples
    --------
    >>> spell_on_fifths(6), spell_on_fifths(6, centre=-3)
    ('F#', 'Gb')
    """
    if not 0 <= pitch_class <= 11:
        raise ParameterError(f"pitch_class={pitch_class} must be from 0 (C) to 11 (B)")
    place = pitch_class * 7 % 12  # one of the names; the others lie twelve fifths away
    place += 12 * round((centre - place) / 12)
    alter, letter = divmod(place + 1, 7)
    if abs(alter) > 2:
        raise ParameterError(f"centre={centre} must be from -9 to 13: it needs {alter} accidentals")
    return _LINE_OF_FIFTHS[letter] + _ACCIDENTAL_TEXT[alter]


@dataclass(frozen=True, slots=True)
class Pitch:
    """A pitch together with the name it is written by.

    Parameters
    ----------
    midi : int [MIDI, 0-127]
    spelling : str
        Must name the same pitch class as ``midi``.

    Raises
    ------
    ParameterError
        If ``midi`` is out of range or ``spelling`` names another pitch class.

    Examples
    --------
    >>> Pitch.parse("F#4")
    Pitch(midi=66, spelling='F#')
    >>> Pitch(66, "Gb").name, Pitch(66, "Gb") == Pitch.parse("F#4")
    ('Gb4', False)
    """

    midi: int
    spelling: str

    def __post_init__(self) -> None:
        if not 0 <= self.midi <= 127:
            raise ParameterError(f"midi={self.midi} must be from 0 to 127 (60 is middle C)")
        if pitch_class_of(self.spelling) != self.midi % 12:
            raise ParameterError(
                f"spelling={self.spelling!r} names pitch class {pitch_class_of(self.spelling)}, "
                f"but midi={self.midi} is pitch class {self.midi % 12}"
            )

    @classmethod
    def parse(cls, name: str) -> Pitch:
        """Read a pitch name such as ``"F#4"``.

        Parameters
        ----------
        name : str

        Returns
        -------
        pitch : Pitch

        Raises
        ------
        ParameterError
            If the text is no pitch name or lies outside MIDI's range.

        Examples
        --------
        >>> Pitch.parse("B#3").midi
        60
        """
        match = _PITCH_NAME.fullmatch(name)
        if match is None:
            raise ParameterError(f"name={name!r} must be a pitch name such as 'C4', 'F#5' or 'Bb3'")
        letter, accidental, octave = match.groups()
        midi = 12 * (int(octave) + 1) + LETTERS[letter] + _ACCIDENTALS[accidental]
        return cls(midi, letter + accidental)

    @classmethod
    def of(cls, step: str, alter: int, octave: int) -> Pitch:
        """Build a pitch from letter, semitones of alteration and octave, as MusicXML names it.

        Parameters
        ----------
        step : str
            A letter A-G.
        alter : int [semitones, -2 to 2]
        octave : int [4 holds middle C]

        Returns
        -------
        pitch : Pitch

        Raises
        ------
        ParameterError
            If a value is out of range.

        Examples
        --------
        >>> Pitch.of("B", -1, 4).name
        'Bb4'
        """
        if step not in LETTERS or alter not in _ACCIDENTAL_TEXT:
            raise ParameterError(f"step={step!r}, alter={alter} must be a letter A-G and -2 to 2")
        return cls(12 * (octave + 1) + LETTERS[step] + alter, step + _ACCIDENTAL_TEXT[alter])

    @property
    def pitch_class(self) -> int:
        """The pitch class [0-11, C is 0]."""
        return self.midi % 12

    @property
    def step(self) -> str:
        """The letter, A to G."""
        return self.spelling[0]

    @property
    def alter(self) -> int:
        """The alteration of the letter [semitones, -2 to 2]."""
        return _ACCIDENTALS[self.spelling[1:]]

    @property
    def octave(self) -> int:
        """The octave of the letter: 4 for middle C and also for Cb4, which sounds as B3."""
        return (self.midi - self.alter) // 12 - 1

    @property
    def name(self) -> str:
        """The pitch name, such as ``"F#4"``."""
        return f"{self.spelling}{self.octave}"
