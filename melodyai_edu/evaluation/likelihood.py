"""How surprised a model is by music: bits per note.

Conventions
-----------
The surprise at a note is ``-log2`` of the probability that the model gave it before it came. Every
note of a sequence counts, the first included.

Contents
--------
surprise, bits_per_note, Predictor
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from melodyai_edu.errors import ParameterError

__all__ = ["Predictor", "bits_per_note", "surprise"]


class Predictor(Protocol):
    """Anything that predicts the next token from those before it."""

    def distribution(self, context: Sequence[int]) -> np.ndarray:
        """Predict the token after this context: ``float64[V]``, summing to 1."""
        ...


def surprise(model: Predictor, sequence: Sequence[int]) -> np.ndarray:
    """Give the surprise at each token of a sequence.

    Parameters
    ----------
    model : object with ``distribution(context)``
        As `melodyai_edu.models.NGram`.
    sequence : sequence of int

    Returns
    -------
    bits : np.ndarray [shape=(len(sequence),), float64, bits]

    Examples
    --------
    >>> from melodyai_edu.models import NGram
    >>> surprise(NGram(vocabulary_size=4, order=0), [0, 3]).tolist()
    [2.0, 2.0]
    """
    given = [
        float(model.distribution(sequence[:place])[token_id])
        for place, token_id in enumerate(sequence)
    ]
    bits: np.ndarray = -np.log2(np.array(given, dtype=float))
    return bits


def bits_per_note(model: Predictor, sequences: Iterable[Sequence[int]]) -> float:
    """Give the mean surprise over all tokens of all sequences.

    Parameters
    ----------
    model : object with ``distribution(context)``
    sequences : iterable of sequence of int

    Returns
    -------
    bits : float [bits]

    Raises
    ------
    ParameterError
        If there is no token at all.

    References
    ----------
    Pearce & Wiggins (2004), Journal of New Music Research 33(4), 367-385: the cross-entropy.

    Examples
    --------
    >>> from melodyai_edu.models import NGram
    >>> round(bits_per_note(NGram(2, order=1).fit([[0, 1, 0, 1]]), [[0, 1]]), 2)
    0.34
    """
    values = [surprise(model, sequence) for sequence in sequences]
    total = sum(map(len, values))
    if not total:
        raise ParameterError("sequences=[] must hold at least one note")
    return float(sum(value.sum() for value in values) / total)
