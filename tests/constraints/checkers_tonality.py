"""What keys, scales and chords hold, as music21 knows it.

Conventions
-----------
Pitch classes are 0-11, C is 0. Names are spelled ``"Bb3"``, not ``"B-3"``.

Contents
--------
pitch_named, scale_classes, key_of, key_classes, NamedChord, chord_of
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from music21 import harmony, key, pitch, roman, scale

#: Scales that music21 has no class for, as intervals over the tonic (Levine 1995, chapter 10).
_OTHER_SCALES = {
    "major pentatonic": ("P1", "M2", "M3", "P5", "M6"),
    "minor pentatonic": ("P1", "m3", "P4", "P5", "m7"),
    "blues": ("P1", "m3", "P4", "d5", "P5", "m7"),
}
_SCALES = {
    "major": scale.MajorScale,
    "ionian": scale.MajorScale,
    "minor": scale.MinorScale,
    "natural minor": scale.MinorScale,
    "aeolian": scale.MinorScale,
    "harmonic minor": scale.HarmonicMinorScale,
    "melodic minor": scale.MelodicMinorScale,
    "dorian": scale.DorianScale,
    "phrygian": scale.PhrygianScale,
    "lydian": scale.LydianScale,
    "mixolydian": scale.MixolydianScale,
    "locrian": scale.LocrianScale,
    "chromatic": scale.ChromaticScale,
}


def pitch_named(name: str) -> pitch.Pitch:
    """Give music21's pitch for ``"Bb3"``, which it writes ``"B-3"``."""
    return pitch.Pitch(name[0].upper() + name[1:].replace("b", "-"))


@cache
def scale_classes(text: str, tonic: str = "C") -> tuple[int, ...]:
    """Give the pitch classes of ``"D dorian"`` or, on ``tonic``, of ``"dorian"``, by degree."""
    text = " ".join(text.split())
    named = re.match(r"([A-Ga-g][#b]*)(?:\s+(.*))?$", text)
    if named and text.lower() not in (*_SCALES, *_OTHER_SCALES):
        tonic, text = named[1], named[2] or "major"
    root, name = pitch_named(tonic + "4"), text.lower()
    if name in _OTHER_SCALES:
        pitches = [root.transpose(step) for step in _OTHER_SCALES[name]]
    else:
        found = _SCALES[name](root)
        ascending = scale.Direction.ASCENDING
        pitches = found.getPitches(root, root.transpose("P8"), direction=ascending)[:-1]
    return tuple(one.pitchClass for one in pitches)


@cache
def key_of(text: str) -> key.Key:
    """Give music21's key for ``"Bb major"`` or ``"E dorian"``; a bare tonic is major."""
    tonic, _, mode = " ".join(text.split()).partition(" ")
    names = {"": "major", "ionian": "major", "aeolian": "minor", "natural minor": "minor"}
    mode = names.get(mode.lower(), mode.lower())
    return key.Key(pitch_named(tonic).name, mode)


@cache
def key_classes(text: str) -> tuple[int, ...]:
    """Give the pitch classes of a key's scale by degree."""
    return tuple(one.pitchClass for one in key_of(text).pitches[:7])


class NamedChord(NamedTuple):
    """What a chord is made of; pitch classes 0-11."""

    figure: str
    classes: frozenset[int]
    root: int
    seventh: int | None
    bass: int | None
    degree: int | None


@cache
def chord_of(figure: str, key_text: str) -> NamedChord:
    """Give the chord that a Roman numeral or a chord symbol names in a key."""
    if re.match(r"[A-G]", figure):
        text = re.sub(r"(^|/)([A-G])b", r"\1\2-", figure)
        found = harmony.ChordSymbol(text)
        degree, bass = None, found.bass().pitchClass if "/" in figure else None
    else:
        text = figure.replace("°", "o").replace("ø", "/o")
        found = roman.RomanNumeral(text, key_of(key_text))
        degree = None if found.secondaryRomanNumeral else found.scaleDegree
        bass = found.bass().pitchClass if found.inversion() else None
    seventh = found.seventh.pitchClass if found.seventh else None
    classes = frozenset(found.pitchClasses)
    return NamedChord(figure, classes, found.root().pitchClass, seventh, bass, degree)
