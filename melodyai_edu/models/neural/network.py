"""What the networks share: inputs, output, and one step with a cache.

Conventions
-----------
A cache is a dictionary of tensors whose first axis is the sequence, but for what is counted
alike in all of them. ``cache["chord_ids"]`` [shape=(B, bars)] holds a chord for each bar, 0 where
it is unknown; bar 0 is the pickup.

Contents
--------
Network
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from melodyai_edu.models.neural.place import PlaceEmbedding

__all__ = ["Network"]


class Network(keras.Model):
    """A functional model with a body between `PlaceEmbedding` and its logits.

    Subclasses build their layers, then call ``super().__init__(inputs=..., outputs=...)``.
    """

    embedding: PlaceEmbedding

    def empty_cache(
        self, batch: int, max_length: int, chord_ids: np.ndarray | None = None
    ) -> dict[str, Any]:
        """Give the cache before the first token.

        Parameters
        ----------
        batch : int
            Number of sequences, B.
        max_length : int [tokens]
            The most tokens that will come, the conditioning tokens counted.
        chord_ids : np.ndarray, optional [shape=(B, bars), int]
            A chord for each bar; unknown when left out.

        Returns
        -------
        cache : dict of tensors
        """
        if chord_ids is None:
            chord_ids = np.zeros((batch, 1))
        return {
            "place": self.embedding.start(batch),
            "chord_ids": ops.convert_to_tensor(np.asarray(chord_ids, np.int32)),
            **self.empty_body(batch, max_length),
        }

    def next(self, token_ids: Any, cache: dict[str, Any], index: Any) -> tuple[Any, dict[str, Any]]:
        """Hear one more token of each sequence.

        Parameters
        ----------
        token_ids : tensor [shape=(B,), int32]
        cache : dict of tensors
        index : int or tensor [shape=(), int32]
            How many tokens came before.

        Returns
        -------
        logits : tensor [shape=(B, V), float32]
        cache : dict of tensors
        """
        bars = cache["chord_ids"].shape[1]
        bar = cache["place"][2] + ops.cast(token_ids == 2, "int32")
        chord = ops.take_along_axis(cache["chord_ids"], ops.minimum(bar, bars - 1)[:, None], axis=1)
        x, place = self.embedding.next(token_ids, chord[:, 0], cache["place"])
        hidden, body = self.body_next(x, cache, index)
        return self.embedding.logits(hidden), {
            "place": place,
            "chord_ids": cache["chord_ids"],
            **body,
        }

    def empty_body(self, batch: int, max_length: int) -> dict[str, Any]:
        """Give the body's part of the cache."""
        raise NotImplementedError

    def body_next(self, x: Any, cache: dict[str, Any], index: Any) -> tuple[Any, dict[str, Any]]:
        """Take the body one step further: the hidden state, and the body's part of the cache."""
        raise NotImplementedError
