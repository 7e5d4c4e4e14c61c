"""Models that predict the next token of a sequence.

Conventions
-----------
Token ids in, distributions over the next token id out. No musical rules here.

Contents
--------
counts, context: what followed what.
smoothing: from counts to probabilities, and how models vote.
ngram: models of any tokens. melody: the composer's model of melodies. fixed_order: a plainer one.
neural, presets, quiet: networks. card, saved, storing: networks kept. chorale: the four-part one.
bradley_terry, described, hearing, preference, tastes: what somebody likes, learned from pairs.
"""

from melodyai_edu.models.ngram import CombinedNGram, NGram, Prediction
from melodyai_edu.models.smoothing import ESCAPES, Escape, combine

__all__ = ["ESCAPES", "CombinedNGram", "Escape", "NGram", "Prediction", "combine"]
