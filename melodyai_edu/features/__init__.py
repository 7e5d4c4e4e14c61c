"""What a piece is like, in numbers and words.

Conventions
-----------
Pure functions on scores and recordings; the names of all features stand in ``columns``.

Contents
--------
mood, symbolic: of a score. audio, hum: of a recording. table, columns, kept: of many.
"""

from melodyai_edu.features.mood import (
    MOODS,
    Mood,
    feel_mood,
    mood_of,
    named_mood,
    nearest_mood,
    parse_mood,
)
from melodyai_edu.features.symbolic import symbolic_features
from melodyai_edu.features.table import audio_table, symbolic_table

__all__ = [
    "MOODS",
    "Mood",
    "audio_table",
    "feel_mood",
    "mood_of",
    "named_mood",
    "nearest_mood",
    "parse_mood",
    "symbolic_features",
    "symbolic_table",
]
