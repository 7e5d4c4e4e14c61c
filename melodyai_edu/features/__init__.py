"""What a piece is like, in numbers and words.

Conventions
-----------
Pure functions on scores.

Contents
--------
mood
"""

from melodyai_edu.features.mood import mood_of

__all__ = ["mood_of"]
