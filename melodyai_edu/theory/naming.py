"""Naming: which chord sounds, as a symbol and as a Roman numeral.

Conventions
-----------
Pitches are MIDI numbers in any order; the lowest is the bass. Only triads and seventh chords have
names here; for anything else ask music21 (`melodyai_edu.io.music21_theory`).

Contents
--------
find_chord, find_roman
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key
from melodyai_edu.theory.harmony import Harmony, parse_chord_symbol, parse_roman

__all__ = ["find_chord", "find_roman"]

#: Triads before sevenths; where two fit (a diminished seventh), the bass is the root.
_KINDS = ("", "m", "dim", "aug", "7", "maj7", "m7", "m7b5", "dim7")

#: Numerals with their qualities, the likelier name first: a key's own chords, the harmonic minor,
#: mixture, dominants of other degrees. Kostka, Payne & Almén (2018), Tonal Harmony, chapters 3-22.
_NUMERALS = {
    "major": "I ii iii IV V vi viio I7 ii7 iii7 IV7 V7 vi7 viiø7 viio7 "
    "i iv iio iiø7 bIII bVI bVII bII",
    "minor": "i iio III iv V VI viio VII v i7 iiø7 III7 iv7 V7 VI7 viio7 VII7 v7 "
    "III+ I IV ii ii7 vio viø7 bII",
}
_TARGETS = {"major": "V IV ii vi iii", "minor": "V iv III VI VII"}
_APPLIED = ("V", "V7", "viio", "viio7", "viiø7")
_FIGURES = {3: ("", "6", "64"), 4: ("7", "65", "43", "42")}


def _classes(pitches: Iterable[int]) -> tuple[int, frozenset[int]]:
    """Give the bass and all pitch classes."""
    sounding = sorted(pitches)
    if not sounding:
        raise ParameterError("pitches=() must hold one pitch or more to be named")
    return sounding[0] % 12, frozenset(pitch % 12 for pitch in sounding)


def find_chord(pitches: Iterable[int], key: Key | None = None) -> Harmony | None:
    """Find the triad or seventh chord that sounds.

    Parameters
    ----------
    pitches : iterable of int [MIDI]
    key : Key, optional
        Spells the root; C major when left out.

    Returns
    -------
    harmony : Harmony or None
        Named by its chord symbol; ``None`` if the pitches are no complete chord.

    Raises
    ------
    ParameterError
        If there is no pitch.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 3.

    Examples
    --------
    >>> find_chord((67, 64, 60, 57)).name, find_chord((74, 67, 62, 47)).name
    ('Am7', 'G/B')
    """
    bass, classes = _classes(pitches)
    return _symbols(key or Key("C")).get((bass, classes))


@lru_cache(maxsize=64)
def _symbols(key: Key) -> dict[tuple[int, frozenset[int]], Harmony]:
    table: dict[tuple[int, frozenset[int]], Harmony] = {}
    for kind in _KINDS:
        for root in range(12):
            chord = parse_chord_symbol(key.spell(root) + kind)
            for bass in chord.pitch_classes:
                name = chord.name if bass == root else f"{chord.name}/{key.spell(bass)}"
                place = (bass, frozenset(chord.pitch_classes))
                if bass == root or place not in table:
                    table[place] = Harmony(name, root, bass, chord.pitch_classes)
    return table


def find_roman(pitches: Iterable[int], key: Key) -> str | None:
    """Find the Roman numeral of the chord that sounds.

    Parameters
    ----------
    pitches : iterable of int [MIDI]
    key : Key

    Returns
    -------
    figure : str or None
        With the figures of the inversion; ``None`` if it is no chord, or none of the key and of
        the dominants of its degrees.

    Raises
    ------
    ParameterError
        If there is no pitch.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapters 3, 4, 16, 17, 21 and 22.

    Examples
    --------
    >>> find_roman((74, 67, 62, 47), Key("C")), find_roman((66, 62, 60, 57), Key("C"))
    ('V6', 'V43/V')
    """
    bass, classes = _classes(pitches)
    return _romans(key).get((bass, classes))


@lru_cache(maxsize=64)
def _romans(key: Key) -> dict[tuple[int, frozenset[int]], str]:
    third, other = ("minor", "major") if key.is_minor else ("major", "minor")
    numerals = _NUMERALS[third].split()
    if key.mode != third:
        numerals += _NUMERALS[other].split()  # the modes have chords of both
    applied = [f"{one}/{target}" for target in _TARGETS[third].split() for one in _APPLIED]
    table: dict[tuple[int, frozenset[int]], str] = {}
    for numeral in numerals + applied:
        head, slash, target = numeral.partition("/")
        size = len(parse_roman(numeral, key).pitch_classes)
        for figures in _FIGURES[size]:
            figure = head.removesuffix("7") + figures + slash + target
            chord = parse_roman(figure, key)
            table.setdefault((chord.bass, frozenset(chord.pitch_classes)), figure)
    return table
