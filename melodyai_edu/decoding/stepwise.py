"""A neural model in the middle of a piece, one token at a time.

Conventions
-----------
The same two calls as an n-gram's prediction: ``distribution()`` and ``observe(token_id)``; so
`draw_piece` composes with either. The step is compiled once for a network and a length, and
serves every piece.

Guidance runs two voices side by side, one that knows the style asked for and one that does not,
and moves away from the second: ``logits = other + guidance * (own - other)`` (Ho & Salimans 2022,
"Classifier-free diffusion guidance", there written with weight w = guidance - 1).

Contents
--------
NeuralPrediction
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.decoding.neural import compiled
from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import Condition

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["NeuralPrediction"]

#: Caches are as long as a multiple of this [tokens]: few lengths, few compilations.
_LENGTH_STEP = 1024


class NeuralPrediction:
    """A piece in progress: ask for the next token's distribution, then say what came.

    Parameters
    ----------
    network : Network
    condition : Condition
        What the model is told first.
    chord_ids : sequence of int, optional
        A chord for each bar from the pickup on; see `melodyai_edu.tokens.condition.chord_id`.
    guidance : float, default 1.0
        How far to move towards the style: 1 is the model itself.
    max_length : int, default 1024 [tokens]
        The most tokens that may come.
    """

    def __init__(
        self,
        network: Network,
        condition: Condition,
        *,
        chord_ids: Sequence[int] = (),
        guidance: float = 1.0,
        max_length: int = _LENGTH_STEP,
    ) -> None:
        self._guidance = guidance
        self._max_length = -(-max_length // _LENGTH_STEP) * _LENGTH_STEP
        voices = [condition] if guidance == 1.0 else [condition, condition.without_style()]
        self._voices = len(voices)
        self._step = _compiled_step(network)
        bars = max(len(chord_ids), 1)
        bars = -(-bars // 64) * 64
        chords = np.zeros((self._voices, bars), np.int32)
        chords[:, : len(chord_ids)] = chord_ids
        self._cache = network.empty_cache(self._voices, self._max_length, chords)
        self._index = 0
        self._logits: Any = None
        for token_ids in zip(*(voice.token_ids for voice in voices), strict=True):
            self._hear(np.array(token_ids, np.int32))

    def _hear(self, token_ids: np.ndarray) -> None:
        if self._index == self._max_length:
            raise ParameterError(
                f"the piece is longer than max_length={self._max_length} tokens: give more"
            )
        index = np.array(self._index, np.int32)
        self._logits, self._cache = self._step(token_ids, self._cache, index)
        self._index += 1

    def observe(self, token_id: int) -> None:
        """Hear one token."""
        self._hear(np.full(self._voices, token_id, np.int32))

    def distribution(self) -> np.ndarray:
        """Predict the next token.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            Sums to 1.
        """
        logits = np.asarray(self._logits, np.float64)
        own = logits[0]
        if self._voices == 2:
            own = logits[1] + self._guidance * (own - logits[1])
        chances = np.exp(own - own.max())
        probabilities: np.ndarray = chances / chances.sum()
        return probabilities

    def copy(self) -> NeuralPrediction:
        """Give the same piece, to go on otherwise: tensors are never changed, only replaced."""
        return copy.copy(self)


@lru_cache(maxsize=8)
def _compiled_step(network: Network) -> Any:
    """Compile one step of a network."""

    def step(token_ids: Any, cache: Any, index: Any) -> Any:
        return network.next(token_ids, cache, index)

    return compiled(step)
