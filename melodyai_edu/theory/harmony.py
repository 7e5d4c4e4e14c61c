"""Harmony: chords by Roman numeral or symbol.

Conventions
-----------
Pitch classes count from 0 (C) to 11 (B).

Contents
--------
Harmony, parse_chord
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key
from melodyai_edu.score.pitch import pitch_class_of

__all__ = ["Harmony", "parse_chord"]

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_ROMAN = re.compile(r"(b?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(°|o|ø|\+)?(7)?")
_QUALITIES = {"": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8)}
_SYMBOL = re.compile(r"([A-G][#b]?)(maj7|m7b5|dim7|dim|m7|m|7|6|sus4|aug)?")
_SYMBOLS = {
    None: (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10), "m7b5": (0, 3, 6, 10), "dim": (0, 3, 6), "dim7": (0, 3, 6, 9),
    "6": (0, 4, 7, 9), "sus4": (0, 5, 7), "aug": (0, 4, 8),
}


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord: name, root, bass, and pitch classes from the root up."""

    name: str
    root: int
    bass: int
    pitch_classes: tuple[int, ...]


def parse_chord(text: str, key: Key) -> Harmony:
    """Read a Roman numeral in a key, or a chord symbol."""
    if match := _ROMAN.fullmatch(text):
        return _roman(match, text, key)
    if match := _SYMBOL.fullmatch(text):
        root = pitch_class_of(match[1])
        return Harmony(text, root, root, tuple((root + i) % 12 for i in _SYMBOLS[match[2]]))
    raise ParameterError(f"chord={text!r} must be a Roman numeral (I, ii, V7) or a symbol (C, Am7)")


def _roman(match: re.Match[str], text: str, key: Key) -> Harmony:
    flat, numeral, quality, seventh = match.groups()
    degree = _NUMERALS.index(numeral.upper())
    steps = SCALES[key.mode]
    root_interval = steps[degree] - bool(flat)
    if key.mode == "minor" and numeral in ("vi", "vii"):
        root_interval += 1
    third = 4 if numeral.isupper() else 3
    fifth = {None: 7, "°": 6, "o": 6, "ø": 6, "+": 8}[quality]
    chord = [0, third, fifth]
    if seventh:
        chord.append(9 if quality in ("°", "o") else 11 if numeral in ("I", "IV") else 10)
    root = (key.tonic_pitch_class + root_interval) % 12
    return Harmony(text, root, root, tuple((root + i) % 12 for i in chord))
