"""Scores as sequences of tokens, and back.

Conventions
-----------
A token is text of the form ``Type_Value``; a token_id is its place in the vocabulary.

Contents
--------
vocabulary, encoding, condition; chorale_grid: four voices.
"""

from melodyai_edu.tokens.condition import Condition
from melodyai_edu.tokens.encoding import Encoding, conditioning_tokens, decode, encode
from melodyai_edu.tokens.vocabulary import VOCABULARY, Vocabulary

__all__ = [
    "VOCABULARY",
    "Condition",
    "Encoding",
    "Vocabulary",
    "conditioning_tokens",
    "decode",
    "encode",
]
