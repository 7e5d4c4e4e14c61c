"""Models that predict the next token of a sequence.

Conventions
-----------
Token ids in, distributions over the next token id out. No musical rules here.

Contents
--------
counts, smoothing, ngram
"""

from melodyai_edu.models.ngram import CombinedNGram, NGram, Prediction, combine
from melodyai_edu.models.smoothing import ESCAPES, Escape

__all__ = ["ESCAPES", "CombinedNGram", "Escape", "NGram", "Prediction", "combine"]
