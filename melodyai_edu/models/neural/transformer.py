"""A transformer that reads melodies from left to right.

Conventions
-----------
Pre-norm blocks (Xiong et al. 2020), rotary positions (Su et al. 2021), tied embeddings (Press &
Wolf 2017). Attention runs over H heads of D = hidden_dim / H numbers.

Contents
--------
Block, MelodyTransformer
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.neural.network import Network
from melodyai_edu.models.neural.place import PlaceEmbedding

__all__ = ["Block", "MelodyTransformer"]

#: The longest wavelength of the rotary positions [tokens / 2 pi], as in Su et al. (2021).
_WAVELENGTH = 10_000.0

#: What the scores of later tokens become: as good as minus infinity, and safe to add up.
_MASKED = -1e9


class Block(keras.layers.Layer):
    """One pre-norm block: attention, then two dense layers.

    Parameters
    ----------
    hidden_dim, num_heads : int
    dropout : float
    """

    def __init__(self, hidden_dim: int, num_heads: int, dropout: float, **options: Any) -> None:
        super().__init__(**options)
        self.hidden_dim, self.num_heads, self.dropout = hidden_dim, num_heads, dropout
        self.head_dim = hidden_dim // num_heads
        self.norm = layers.LayerNormalization(name="norm")
        self.query_key_value = layers.Dense(3 * hidden_dim, use_bias=False, name="query_key_value")
        self.output_dense = layers.Dense(hidden_dim, use_bias=False, name="output")
        self.feedforward_norm = layers.LayerNormalization(name="feedforward_norm")
        self.wide = layers.Dense(4 * hidden_dim, activation="gelu", name="wide")
        self.narrow = layers.Dense(hidden_dim, name="narrow")
        self.drop = layers.Dropout(dropout, name="drop")

    def build(self, shape: Any) -> None:
        """Make all weights."""
        for layer in (self.norm, self.query_key_value, self.output_dense, self.feedforward_norm):
            layer.build(shape)
        self.wide.build(shape)
        self.narrow.build((*shape[:-1], 4 * self.hidden_dim))
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        """Read whole sequences [shape=(B, T, hidden_dim)]: no token sees a later one."""
        length = ops.shape(x)[1]
        places = ops.arange(length)
        query, key, value = self._heads(x, places)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        is_heard = places[:, None] >= places[None, :]
        weights = ops.softmax(ops.where(is_heard, scores, _MASKED))
        return self._finish(x, ops.matmul(weights, value), training)

    def next(self, x: Any, keys_values: Any, index: Any) -> tuple[Any, Any]:
        """Read one more token of each sequence [shape=(B, 1, hidden_dim)].

        The cache is [shape=(B, 2, H, T, D)]: keys, then values.
        """
        query, key, value = self._heads(x, ops.reshape(ops.convert_to_tensor(index), (1,)))
        keys_values = ops.slice_update(
            keys_values, (0, 0, 0, index, 0), ops.stack([key, value], axis=1)
        )
        scores = ops.matmul(query, ops.transpose(keys_values[:, 0], (0, 1, 3, 2)))
        is_heard = ops.arange(keys_values.shape[3]) <= index
        weights = ops.softmax(ops.where(is_heard, scores, _MASKED))
        return self._finish(x, ops.matmul(weights, keys_values[:, 1]), False), keys_values

    def attention(self, x: Any) -> Any:
        """Give who looks at whom [shape=(B, H, T, T)]: each row sums to 1."""
        places = ops.arange(ops.shape(x)[1])
        query, key, _ = self._heads(x, places)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        return ops.softmax(ops.where(places[:, None] >= places[None, :], scores, _MASKED))

    def _heads(self, x: Any, places: Any) -> list[Any]:
        """Give query, key and value of each head [shape=(B, H, T, D)], turned by their places."""
        parts = self.query_key_value(self.norm(x))
        shape = (-1, ops.shape(x)[1], 3, self.num_heads, self.head_dim)
        parts = ops.transpose(ops.reshape(parts, shape), (2, 0, 3, 1, 4))
        query, key, value = parts[0], parts[1], parts[2]
        wave = _WAVELENGTH ** -np.linspace(0, 1, self.head_dim // 2, endpoint=False)
        angles = ops.cast(places, "float32")[:, None] * wave.astype("float32")
        cos, sin = ops.cast(ops.cos(angles), x.dtype), ops.cast(ops.sin(angles), x.dtype)
        query = _turn(query, cos, sin) / self.head_dim**0.5
        return [query, _turn(key, cos, sin), value]

    def _finish(self, x: Any, heard: Any, training: bool) -> Any:
        shape = (-1, ops.shape(x)[1], self.hidden_dim)
        heard = ops.reshape(ops.transpose(heard, (0, 2, 1, 3)), shape)
        x = x + self.drop(self.output_dense(heard), training=training)
        deep = self.narrow(self.wide(self.feedforward_norm(x)))
        return x + self.drop(deep, training=training)

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        names = ("hidden_dim", "num_heads", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _turn(x: Any, cos: Any, sin: Any) -> Any:
    """Turn pairs of numbers by their angles."""
    first, second = ops.split(x, 2, axis=-1)
    return ops.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


class MelodyTransformer(Network):
    """A transformer over melodies.

    Parameters
    ----------
    num_layers, hidden_dim, num_heads : int
        ``hidden_dim`` must be an even multiple of ``num_heads``.
    dropout : float, default 0.1

    Raises
    ------
    ParameterError
        If the heads do not divide ``hidden_dim`` into even parts.
    """

    def __init__(
        self,
        num_layers: int,
        hidden_dim: int,
        num_heads: int,
        dropout: float = 0.1,
        **options: Any,
    ) -> None:
        if hidden_dim % (2 * num_heads):
            raise ParameterError(
                f"hidden_dim={hidden_dim} must be an even multiple of num_heads={num_heads}"
            )

        # === Layers ===
        embedding = PlaceEmbedding(hidden_dim, name="embedding")
        drop = layers.Dropout(dropout, name="embedding_drop")
        blocks = [
            Block(hidden_dim, num_heads, dropout, name=f"block_{number}")
            for number in range(num_layers)
        ]
        norm = layers.LayerNormalization(name="norm")

        # === Functional model ===
        token_ids = keras.Input((None,), dtype="int32", name="token_ids")
        chord_ids = keras.Input((None,), dtype="int32", name="chord_ids")
        x = drop(embedding(token_ids, chord_ids))
        for block in blocks:
            x = block(x)
        logits = layers.Lambda(embedding.logits, name="logits")(norm(x))
        super().__init__(
            inputs={"token_ids": token_ids, "chord_ids": chord_ids}, outputs=logits, **options
        )

        # === Config ===
        self.embedding, self.blocks, self.norm = embedding, blocks, norm
        self.num_layers, self.hidden_dim = num_layers, hidden_dim
        self.num_heads, self.dropout = num_heads, dropout

    def empty_body(self, batch: int, max_length: int) -> dict[str, Any]:
        """Give room for keys and values."""
        shape = (batch, 2, self.num_heads, max_length, self.hidden_dim // self.num_heads)
        return {"keys_values": tuple(ops.zeros(shape) for _ in self.blocks)}

    def body_next(self, x: Any, cache: dict[str, Any], index: Any) -> tuple[Any, dict[str, Any]]:
        """Take one step through the blocks."""
        x, kept = x[:, None], []
        for block, keys_values in zip(self.blocks, cache["keys_values"], strict=True):
            x, keys_values = block.next(x, keys_values, index)
            kept.append(keys_values)
        return self.norm(x)[:, 0], {"keys_values": tuple(kept)}

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        names = ("num_layers", "hidden_dim", "num_heads", "dropout")
        return {name: getattr(self, name) for name in names}
