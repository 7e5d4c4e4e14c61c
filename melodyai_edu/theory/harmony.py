"""Harmony: chords by Roman numeral or by symbol.

Conventions
-----------
Pitch classes count from 0 (C) to 11 (B) and are listed from the root up. A Roman numeral means
literally what ``music21.roman.RomanNumeral`` means by it: capitals are major, small letters
minor; sevenths are the scale's own; in minor a small ``vi`` or ``vii`` stands on the raised
degree and a capital one on the natural. Augmented sixths are written ``It6``, ``Ger65``,
``Fr43``; the Neapolitan ``bII6`` or ``N6``; the tritone substitute of V7 ``subV7``.

Contents
--------
Harmony, parse_chord, parse_roman, parse_chord_symbol
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key
from melodyai_edu.score.pitch import pitch_class_of

__all__ = ["Harmony", "parse_chord", "parse_chord_symbol", "parse_roman"]

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_ROMAN = re.compile(
    r"([b#]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)([°oø+]?)(7|65|64|6|43|42|2)?"
)
#: Third and fifth above the root [semitones]. Kostka, Payne & Almén (2018), Tonal Harmony, ch. 3.
_TRIADS = {"major": (4, 7), "minor": (3, 7), "diminished": (3, 6), "augmented": (4, 8)}
_QUALITY_SIGNS = {"°": "diminished", "o": "diminished", "ø": "diminished", "+": "augmented"}
#: Which member of the chord the bass has, by figure. Kostka et al. (2018), chapter 3.
_INVERSIONS = {"": 0, "7": 0, "6": 1, "65": 1, "64": 2, "43": 2, "42": 3, "2": 3}
_SEVENTHS = ("7", "65", "43", "42", "2")
#: Augmented sixths [semitones over the tonic, root first as music21 gives it], and their bass, the
#: minor sixth degree. Kostka et al. (2018), chapter 23.
_AUGMENTED_SIXTHS = {"It6": (6, 8, 0), "Ger65": (6, 8, 0, 3), "Fr43": (2, 6, 8, 0)}
_MINOR_SIXTH = 8
#: The tritone substitute [semitones over the tonic, root first]: a dominant seventh whose third and
#: seventh are those of V7. Levine (1995), The Jazz Theory Book.
_SUBSTITUTE = (1, 5, 8, 11)

_SYMBOL = re.compile(r"([A-G](?:##|bb|#|b)?)([^/]*)(?:/([A-G](?:##|bb|#|b)?))?")
#: Chord symbols by what follows the root [semitones above it]. Levine (1995), The Jazz Theory
#: Book; Kostka et al. (2018), appendix B, lead-sheet symbols.
_SYMBOLS = {
    "": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus2": (0, 2, 7),
    "sus4": (0, 5, 7), "5": (0, 7), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "mM7": (0, 3, 7, 11),
    "m7b5": (0, 3, 6, 10), "dim7": (0, 3, 6, 9), "aug7": (0, 4, 8, 10), "7sus4": (0, 5, 7, 10),
    "9": (0, 4, 7, 10, 2), "maj9": (0, 4, 7, 11, 2), "m9": (0, 3, 7, 10, 2),
    "add9": (0, 4, 7, 2), "7b9": (0, 4, 7, 10, 1),
}  # fmt: skip
_OTHER_SYMBOLS = {
    "maj": "", "M": "", "min": "m", "-": "m", "°": "dim", "o": "dim", "+": "aug", "sus": "sus4",
    "M7": "maj7", "min7": "m7", "-7": "m7", "ø": "m7b5", "ø7": "m7b5", "°7": "dim7",
    "o7": "dim7", "+7": "aug7", "min6": "m6", "M9": "maj9", "min9": "m9",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord: name, root, bass, and pitch classes from the root up.

    Parameters
    ----------
    name : str
        As it was written, ``"V65"`` or ``"G7/B"``.
    root, bass : int [pitch class, 0-11]
    pitch_classes : tuple of int [0-11]
        Root, third, fifth, seventh; a bass that is none of these comes last.

    Examples
    --------
    >>> chord = parse_roman("V65", Key("C"))
    >>> chord.pitch_classes, chord.bass, chord.inversion, chord.quality, chord.seventh
    ((7, 11, 2, 5), 11, 1, 'dominant seventh', 5)
    """

    name: str
    root: int
    bass: int
    pitch_classes: tuple[int, ...]

    @property
    def intervals(self) -> tuple[int, ...]:
        """How far each pitch class lies above the root [semitones, 0-11]."""
        return tuple((pitch_class - self.root) % 12 for pitch_class in self.pitch_classes)

    @property
    def third(self) -> int | None:
        """The pitch class of the third; None without one."""
        return self._member(4, 3)

    @property
    def fifth(self) -> int | None:
        """The pitch class of the fifth; None without one."""
        if (self.root + 7) % 12 in self.pitch_classes:
            return (self.root + 7) % 12
        return self._member(6) if self.third == (self.root + 3) % 12 else self._member(8, 6)

    @property
    def seventh(self) -> int | None:
        """The pitch class of the seventh; nine semitones are one over a diminished triad only."""
        is_diminished = {3, 6} <= set(self.intervals)
        return self._member(10, 11, 9) if is_diminished else self._member(10, 11)

    @property
    def inversion(self) -> int:
        """Which member the bass has, from the root as 0."""
        return self.pitch_classes.index(self.bass)

    @property
    def quality(self) -> str:
        """The chord's kind, such as ``"minor"`` or ``"dominant seventh"``; else ``"other"``."""
        return _QUALITIES.get(frozenset(self.intervals), "other")

    def _member(self, *intervals: int) -> int | None:
        return next(
            ((self.root + i) % 12 for i in intervals if i in self.intervals),
            None,
        )


#: Kostka et al. (2018), chapter 3.
_QUALITIES = {
    frozenset(intervals): name
    for name, intervals in {
        "major": (0, 4, 7), "minor": (0, 3, 7), "diminished": (0, 3, 6), "augmented": (0, 4, 8),
        "dominant seventh": (0, 4, 7, 10), "major seventh": (0, 4, 7, 11),
        "minor seventh": (0, 3, 7, 10), "half-diminished seventh": (0, 3, 6, 10),
        "diminished seventh": (0, 3, 6, 9),
    }.items()
}  # fmt: skip


@lru_cache(maxsize=4096)
def parse_chord(text: str, key: Key) -> Harmony:
    """Read a Roman numeral in a key, or a chord symbol.

    Parameters
    ----------
    text : str
        ``"V7"``, ``"ii65"``, ``"V7/ii"``, or ``"Am7"``, ``"G7/B"``.
    key : Key
        A chord symbol does not need it.

    Returns
    -------
    harmony : Harmony

    Raises
    ------
    ParameterError
        If the text is neither.

    Examples
    --------
    >>> parse_chord("ii6", Key("D")).pitch_classes, parse_chord("Em/G", Key("D")).pitch_classes
    ((4, 7, 11), (4, 7, 11))
    """
    if _is_roman(text):
        return parse_roman(text, key)
    if _SYMBOL.fullmatch(text):
        return parse_chord_symbol(text)
    raise ParameterError(
        f"chord={text!r} must be a Roman numeral (I, ii6, V7, V/V) or a symbol (C, Am7, G/B)"
    )


def _is_roman(text: str) -> bool:
    return all(_ROMAN.fullmatch(part) or part in _SPECIAL for part in text.split("/"))


def parse_roman(text: str, key: Key) -> Harmony:
    """Read a Roman numeral in a key.

    Parameters
    ----------
    text : str
        ``b`` or ``#`` before the numeral, ``°`` or ``o`` (diminished), ``ø`` (half-diminished) or
        ``+`` (augmented) after it, then the figures of an inversion (6, 64; 7, 65, 43, 42). What
        stands after a slash is the degree taken as tonic, ``V7/ii``; it may repeat.
    key : Key

    Returns
    -------
    harmony : Harmony

    Raises
    ------
    ParameterError
        If the text is no Roman numeral, or its figures need a seventh that the chord lacks.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapters 3, 4, 16 and 17. The treatment of ``vi``
    and ``vii`` in minor is music21's (Cuthbert & Ariza 2010).

    Examples
    --------
    >>> parse_roman("V7/ii", Key("C")).pitch_classes, parse_roman("viio7", Key("A", "minor"))
    ((9, 1, 4, 7), Harmony(name='viio7', root=8, bass=8, pitch_classes=(8, 11, 2, 5)))
    >>> [parse_roman(numeral, Key("C", "minor")).root for numeral in ("VI", "vi", "VII", "viio")]
    [8, 9, 10, 11]
    >>> parse_roman("subV7", Key("C")).pitch_classes, parse_roman("subV7/V", Key("C")).root
    ((1, 5, 8, 11), 8)
    """
    if not _is_roman(text):
        raise ParameterError(f"chord={text!r} must be a Roman numeral such as I, ii6, viio7, V7/V")
    head, *targets = text.split("/")
    tonic, mode = key.tonic_pitch_class, key.mode
    for target in reversed(targets):
        local = _numeral(target, tonic, mode)
        tonic, mode = local.root, "minor" if local.third == (local.root + 3) % 12 else "major"
    chord = _numeral(head, tonic, mode)
    return Harmony(text, chord.root, chord.bass, chord.pitch_classes)


_SPECIAL = {*_AUGMENTED_SIXTHS, "N6", "subV7"}


def _numeral(text: str, tonic: int, mode: str) -> Harmony:
    """Read a numeral without a slash."""
    if text in _AUGMENTED_SIXTHS:
        pitch_classes = tuple((tonic + i) % 12 for i in _AUGMENTED_SIXTHS[text])
        return Harmony(text, pitch_classes[0], (tonic + _MINOR_SIXTH) % 12, pitch_classes)
    if text == "subV7":
        pitch_classes = tuple((tonic + i) % 12 for i in _SUBSTITUTE)
        return Harmony(text, pitch_classes[0], pitch_classes[0], pitch_classes)
    match = _ROMAN.fullmatch("bII6" if text == "N6" else text)
    assert match is not None
    accidental, numeral, sign, figures = match.groups(default="")
    degree = _NUMERALS.index(numeral.upper())
    quality = _QUALITY_SIGNS.get(sign) or ("major" if numeral.isupper() else "minor")
    alteration = {"b": -1, "": 0, "#": 1}[accidental]
    if mode == "minor" and degree >= 5 and quality in ("minor", "diminished"):
        alteration += 1
    root = (tonic + SCALES[mode][degree] + alteration) % 12
    chord = [root, *((root + interval) % 12 for interval in _TRIADS[quality])]
    if figures in _SEVENTHS:
        above = (tonic + SCALES[mode][(degree + 6) % 7] - root) % 12
        chord.append((root + _seventh_interval(above, quality, sign)) % 12)
    return Harmony(text, root, chord[_INVERSIONS[figures]], tuple(chord))


def _seventh_interval(above: int, quality: str, sign: str) -> int:
    """Keep the scale's own seventh, but fit it to a diminished or minor triad."""
    if quality == "diminished":
        return 10 if sign == "ø" else 9
    return 10 if quality == "minor" and above == 11 else above


def parse_chord_symbol(text: str) -> Harmony:
    """Read a chord symbol.

    Parameters
    ----------
    text : str
        A root, a kind such as ``m7``, ``maj7``, ``dim``, ``sus4``, and perhaps a bass: ``"C/E"``.

    Returns
    -------
    harmony : Harmony

    Raises
    ------
    ParameterError
        If the text is no chord symbol.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, appendix B: lead-sheet symbols.

    Examples
    --------
    >>> parse_chord_symbol("F#m7b5").pitch_classes, parse_chord_symbol("C/E").inversion
    ((6, 9, 0, 4), 1)
    """
    match = _SYMBOL.fullmatch(text)
    kind = _OTHER_SYMBOLS.get(match[2], match[2]) if match else None
    if match is None or kind not in _SYMBOLS:
        raise ParameterError(
            f"chord={text!r} must be a root and one of: major (nothing), {', '.join(_SYMBOLS)[2:]}"
        )
    root = pitch_class_of(match[1])
    pitch_classes = tuple((root + interval) % 12 for interval in _SYMBOLS[kind])
    bass = pitch_class_of(match[3]) if match[3] else root
    added = () if bass in pitch_classes else (bass,)
    return Harmony(text, root, bass, pitch_classes + added)
