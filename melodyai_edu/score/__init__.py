"""Frozen musical values on an integer tick grid; numpy only.

Conventions
-----------
Times are ticks, 24 a quarter. Every value is immutable and compares by content.

Contents
--------
pitch, key, meter, note, melody, part, marks, score, notation, checksum
"""

from melodyai_edu.score.key import MODES, SCALES, Key, Scale
from melodyai_edu.score.marks import ChordSymbol, Section
from melodyai_edu.score.melody import Melody
from melodyai_edu.score.meter import TICKS_PER_QUARTER, Meter
from melodyai_edu.score.note import DEFAULT_VELOCITY, Chord, Note, Rest
from melodyai_edu.score.part import DYNAMICS, Dynamic, Part
from melodyai_edu.score.pitch import Pitch
from melodyai_edu.score.score import KeyChange, MeterChange, Score, TempoChange

__all__ = [
    "DEFAULT_VELOCITY",
    "DYNAMICS",
    "MODES",
    "SCALES",
    "TICKS_PER_QUARTER",
    "Chord",
    "ChordSymbol",
    "Dynamic",
    "Key",
    "KeyChange",
    "Melody",
    "Meter",
    "MeterChange",
    "Note",
    "Part",
    "Pitch",
    "Rest",
    "Scale",
    "Score",
    "Section",
    "TempoChange",
]
