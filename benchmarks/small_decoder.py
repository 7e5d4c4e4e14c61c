"""A small transformer decoder with a key/value cache, for benchmarks of decoding.

Four blocks of width 128 with four heads: 0.9 million parameters with the package's vocabulary.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import layers, ops

from melodyai_edu.tokens import VOCABULARY


class SmallDecoder(layers.Layer):
    """Predicts the next token of every place; `next` goes on by one token with a cache."""

    def __init__(
        self, width: int = 128, num_layers: int = 4, num_heads: int = 4, length: int = 512
    ):
        super().__init__()
        self.width, self.num_layers, self.num_heads, self.length = (
            width, num_layers, num_heads, length,
        )  # fmt: skip
        self.embed = layers.Embedding(len(VOCABULARY), width)
        self.place = layers.Embedding(length, width)
        self.blocks = [
            {
                "norm": layers.LayerNormalization(),
                "query_key_value": layers.Dense(3 * width),
                "out": layers.Dense(width),
                "norm_2": layers.LayerNormalization(),
                "wide": layers.Dense(4 * width, activation="gelu"),
                "narrow": layers.Dense(width),
            }
            for _ in range(num_layers)
        ]
        for block in self.blocks:  # Keras tracks attributes, not dictionaries in lists
            for name, layer in block.items():
                setattr(self, f"{name}_{id(block)}", layer)
        self.last_norm = layers.LayerNormalization()
        self.speak = layers.Dense(len(VOCABULARY))

    def build(self, shape: Any) -> None:
        """Make all weights; the shape does not matter."""
        self.embed.build((None, None))
        self.place.build((None, None))
        inner, wide = (None, None, self.width), (None, None, 4 * self.width)
        for block in self.blocks:
            for name, layer in block.items():
                layer.build(wide if name == "narrow" else inner)
        self.last_norm.build(inner)
        self.speak.build(inner)
        self.built = True

    def _heads(self, block: dict[str, Any], x: Any) -> list[Any]:
        shape = (-1, x.shape[1], 3, self.num_heads, self.width // self.num_heads)
        parts = ops.reshape(block["query_key_value"](block["norm"](x)), shape)
        return [ops.transpose(parts[:, :, part], (0, 2, 1, 3)) for part in range(3)]

    def _attend(self, block: dict[str, Any], x: Any, query: Any, key: Any, value: Any, mask: Any):
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / key.shape[-1] ** 0.5
        spread = ops.softmax(ops.where(mask, scores, -1e9), axis=-1)
        heard = ops.transpose(ops.matmul(spread, value), (0, 2, 1, 3))
        x = x + block["out"](ops.reshape(heard, (-1, x.shape[1], self.width)))
        return x + block["narrow"](block["wide"](block["norm_2"](x)))

    def call(self, token_ids: Any) -> Any:
        """Give the logits of every place [shape=(B, T, V)]."""
        length = token_ids.shape[1]
        x = self.embed(token_ids) + self.place(ops.arange(length))
        mask = ops.cast(np.tril(np.ones((1, 1, length, length))), "bool")
        for block in self.blocks:
            x = self._attend(block, x, *self._heads(block, x), mask)
        return self.speak(self.last_norm(x))

    def empty_cache(self, batch: int) -> Any:
        """Give a cache for a batch [shape=(B, layers, 2, heads, T, width of a head)]."""
        head = self.width // self.num_heads
        return ops.zeros((batch, self.num_layers, 2, self.num_heads, self.length, head))

    def next(self, token_ids: Any, cache: Any, index: Any) -> tuple[Any, Any]:
        """Give the logits after one more token [shape=(B, V)], and the cache with it."""
        x = (self.embed(token_ids) + self.place(ops.convert_to_tensor(index)))[:, None]
        mask = (ops.arange(self.length) <= index)[None, None, None]
        for number, block in enumerate(self.blocks):
            query, key, value = self._heads(block, x)
            new = ops.stack([key, value], axis=1)[:, None]
            cache = ops.slice_update(cache, (0, number, 0, 0, index, 0), new)
            x = self._attend(block, x, query, cache[:, number, 0], cache[:, number, 1], mask)
        return self.speak(self.last_norm(x))[:, 0], cache
