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
from melodyai_edu.tokens import Condition

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["NeuralPrediction"]

#: How long a cache is at first [tokens]; a longer piece is heard again with one twice as long.
_FIRST_LENGTH = 512

#: Chords are kept for a multiple of so many bars: few shapes, few compilations.
_BARS_STEP = 64


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
    """

    def __init__(
        self,
        network: Network,
        condition: Condition,
        *,
        chord_ids: Sequence[int] = (),
        guidance: float = 1.0,
    ) -> None:
        self._network, self._guidance = network, guidance
        voices = [condition] if guidance == 1.0 else [condition, condition.without_style()]
        bars = -(-max(len(chord_ids), 1) // _BARS_STEP) * _BARS_STEP
        self._chords = np.zeros((len(voices), bars), np.int32)
        self._chords[:, : len(chord_ids)] = chord_ids
        self._step = _compiled_step(network)
        self._heard: tuple[np.ndarray, ...] = ()
        self._begin(_FIRST_LENGTH)
        for token_ids in zip(*(voice.token_ids for voice in voices), strict=True):
            self._hear(np.array(token_ids, np.int32))

    def _begin(self, length: int) -> None:
        self._length = length
        self._cache = self._network.empty_cache(len(self._chords), length, self._chords)
        self._logits: Any = None

    def _hear(self, token_ids: np.ndarray) -> None:
        if len(self._heard) == self._length:
            heard, self._heard = self._heard, ()
            self._begin(2 * self._length)
            for earlier in heard:
                self._hear(earlier)
        index = np.array(len(self._heard), np.int32)
        self._logits, self._cache = self._step(token_ids, self._cache, index)
        self._heard = (*self._heard, token_ids)

    def observe(self, token_id: int) -> None:
        """Hear one token."""
        self._hear(np.full(len(self._chords), token_id, np.int32))

    def distribution(self) -> np.ndarray:
        """Predict the next token.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            Sums to 1.
        """
        logits = np.asarray(self._logits, np.float64)
        own = logits[0]
        if len(logits) == 2:
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

    return compiled(step, jit_compile=True)
