"""Keys and scales: a tonic with a mode, and the pitch classes that belong to it.

Conventions
-----------
A *key* is what a signature and a tonic say together: ``"D major"``, ``"E dorian"``. A *scale* is
a tonic and a set of degrees; every mode is a scale, not every scale is a mode.

Contents
--------
Scale, Key, SCALES, MODES
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.pitch import fifths_of, pitch_class_of, spell_on_fifths

__all__ = ["MODES", "SCALES", "Key", "Scale"]

#: Semitones above the tonic. Kostka, Payne & Almén (2018), Tonal Harmony, chapters 1 and 25;
#: the blues scale as in Levine (1995), The Jazz Theory Book, chapter 10. Melodic minor ascends.
SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "chromatic": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
}

#: How many fifths each mode's signature lies from the major key on the same tonic.
MODES: dict[str, int] = {
    "lydian": 1,
    "major": 0,
    "mixolydian": -1,
    "dorian": -2,
    "minor": -3,
    "phrygian": -4,
    "locrian": -5,
}

_OTHER_NAMES = {"ionian": "major", "aeolian": "minor", "natural minor": "minor"}


def _split_name(text: str, names: Mapping[str, object], what: str) -> tuple[str, str]:
    """Split ``"F# minor"`` into tonic and a known name; a bare tonic means major."""
    tonic, _, name = text.strip().partition(" ")
    name = " ".join(name.lower().split()) or "major"
    name = _OTHER_NAMES.get(name, name)
    if name not in names:
        raise ParameterError(f"{what}={text!r} must end in one of: {', '.join(names)}")
    return tonic[:1].upper() + tonic[1:], name


@dataclass(frozen=True, slots=True)
class Scale:
    """A tonic and the pitch classes above it.

    Parameters
    ----------
    tonic : str
        A spelling such as ``"Bb"``.
    name : str
        One of ``SCALES``.

    Raises
    ------
    ParameterError
        If the tonic is no spelling or the name is unknown.

    Examples
    --------
    >>> Scale.parse("A minor pentatonic").pitch_classes
    (9, 0, 2, 4, 7)
    """

    tonic: str
    name: str

    def __post_init__(self) -> None:
        pitch_class_of(self.tonic)
        if self.name not in SCALES:
            raise ParameterError(f"name={self.name!r} must be one of: {', '.join(SCALES)}")

    @classmethod
    def parse(cls, text: str) -> Scale:
        """Read ``"D dorian"`` or ``"A minor pentatonic"``; a bare tonic means major.

        Parameters
        ----------
        text : str

        Returns
        -------
        scale : Scale

        Raises
        ------
        ParameterError
            If the tonic or the name is unknown.

        Examples
        --------
        >>> Scale.parse("C blues")
        Scale(tonic='C', name='blues')
        """
        return cls(*_split_name(text, SCALES, "scale"))

    @property
    def intervals(self) -> tuple[int, ...]:
        """Semitones of each degree above the tonic [semitones, 0-11]."""
        return SCALES[self.name]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The pitch classes in order of their degree [0-11, C is 0]."""
        tonic = pitch_class_of(self.tonic)
        return tuple((tonic + interval) % 12 for interval in self.intervals)

    def degree(self, pitch: int) -> int | None:
        """Give the scale degree of a pitch.

        Parameters
        ----------
        pitch : int [MIDI]

        Returns
        -------
        scale_degree : int or None [from 1]
            ``None`` if the pitch is outside the scale.

        Examples
        --------
        >>> Scale.parse("D major").degree(66), Scale.parse("D major").degree(65)
        (3, None)
        """
        classes = self.pitch_classes
        return classes.index(pitch % 12) + 1 if pitch % 12 in classes else None

    def __contains__(self, pitch: int) -> bool:
        return pitch % 12 in self.pitch_classes


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic with one of the seven modes that a key signature can write.

    Parameters
    ----------
    tonic : str
        A spelling such as ``"F#"``.
    mode : str, default "major"
        One of ``MODES``.

    Raises
    ------
    ParameterError
        If the mode is unknown or the signature would need more than seven accidentals.

    Examples
    --------
    >>> Key.parse("E dorian").fifths
    2
    >>> Key.parse("Eb major").spell(68)
    'Ab'
    """

    tonic: str
    mode: str = "major"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ParameterError(f"mode={self.mode!r} must be one of: {', '.join(MODES)}")
        if not -7 <= self.fifths <= 7:
            raise ParameterError(
                f"key='{self.tonic} {self.mode}' needs {abs(self.fifths)} accidentals, a signature "
                f"holds 7: use its other spelling"
            )

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read ``"D major"``, ``"f# minor"``, ``"E dorian"``; a bare tonic means major.

        Parameters
        ----------
        text : str

        Returns
        -------
        key : Key

        Raises
        ------
        ParameterError
            If the tonic or the mode is unknown.

        Examples
        --------
        >>> Key.parse("f# minor")
        Key(tonic='F#', mode='minor')
        """
        return cls(*_split_name(text, MODES, "key"))

    @classmethod
    def from_fifths(cls, fifths: int, mode: str = "major") -> Key:
        """Give the key of a signature.

        Parameters
        ----------
        fifths : int [sharps, negative for flats, -7 to 7]
        mode : str, default "major"

        Returns
        -------
        key : Key

        Raises
        ------
        ParameterError
            If ``fifths`` or ``mode`` is out of range.

        Examples
        --------
        >>> Key.from_fifths(-3, "minor")
        Key(tonic='C', mode='minor')
        """
        if not -7 <= fifths <= 7:
            raise ParameterError(
                f"fifths={fifths} must be from -7 (seven flats) to 7 (seven sharps)"
            )
        if mode not in MODES:
            raise ParameterError(f"mode={mode!r} must be one of: {', '.join(MODES)}")
        place = fifths - MODES[mode]
        return cls(spell_on_fifths(place * 7 % 12, centre=place), mode)

    @property
    def fifths(self) -> int:
        """The signature [sharps, negative for flats]."""
        return fifths_of(self.tonic) + MODES[self.mode]

    @property
    def tonic_pitch_class(self) -> int:
        """The tonic's pitch class [0-11, C is 0]."""
        return pitch_class_of(self.tonic)

    @property
    def name(self) -> str:
        """The key as text, such as ``"F# minor"``."""
        return f"{self.tonic} {self.mode}"

    @property
    def scale(self) -> Scale:
        """The scale that the signature writes."""
        return Scale(self.tonic, self.mode)

    @property
    def is_minor(self) -> bool:
        """Whether the third above the tonic is minor."""
        return SCALES[self.mode][2] == 3

    def spell(self, pitch: int) -> str:
        """Spell a pitch as this key writes it.

        Parameters
        ----------
        pitch : int [MIDI]

        Returns
        -------
        spelling : str

        Examples
        --------
        >>> Key.parse("A minor").spell(68), Key.parse("Db major").spell(66)
        ('G#', 'Gb')
        """
        # Minor keys raise their sixth and seventh degree: centre three fifths sharper.
        centre = self.fifths + (4 if self.mode == "minor" else 2)
        return spell_on_fifths(pitch % 12, centre=centre)

    def transposed(self, semitones: int) -> Key:
        """Give the key that many semitones higher, in its spelling with fewer accidentals.

        Parameters
        ----------
        semitones : int [semitones]

        Returns
        -------
        key : Key

        Examples
        --------
        >>> Key.parse("D major").transposed(1).name
        'Eb major'
        """
        fifths = (self.fifths + 7 * semitones) % 12
        return Key.from_fifths(fifths - 12 if fifths > 6 else fifths, self.mode)
