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

        # === Layers ===
        self.norm = layers.LayerNormalization(name="norm")
        self.query_key_value = layers.Dense(3 * hidden_dim, use_bias=False, name="query_key_value")
        self.output_dense = layers.Dense(hidden_dim, use_bias=False, name="output")
        self.feedforward_norm = layers.LayerNormalization(name="feedforward_norm")
        self.wide = layers.Dense(4 * hidden_dim, activation="gelu", name="wide")
        self.narrow = layers.Dense(hidden_dim, name="narrow")
        self.drop = layers.Dropout(dropout, name="drop")

        # === Config ===
        self.hidden_dim, self.num_heads, self.dropout = hidden_dim, num_heads, dropout
        self.head_dim = hidden_dim // num_heads

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
        weights = ops.softmax(scores + _mask(places, x.dtype))
        heard = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return self._finish(x, ops.reshape(heard, (-1, length, self.hidden_dim)), training)

    def next(self, x: Any, keys: Any, values: Any, index: Any) -> tuple[Any, Any, Any]:
        """Read one more token of each sequence [shape=(B, hidden_dim)].

        Keys and values so far are [shape=(B, H, T, D)], and are given back with one more.
        """
        shape = (-1, 3, self.num_heads, self.head_dim)
        parts = ops.reshape(self.query_key_value(self.norm(x)), shape)
        cos, sin = self._angles(index, x.dtype)
        query = _turn(parts[:, 0], cos, sin) / self.head_dim**0.5
        key = _turn(parts[:, 1], cos, sin)
        keys = ops.slice_update(keys, (0, 0, index, 0), key[:, :, None])
        values = ops.slice_update(values, (0, 0, index, 0), parts[:, 2, :, None])
        # One query a head: products of a vector and a matrix, with nothing to transpose.
        scores = ops.einsum("bhd,bhtd->bht", query, keys)
        weights = ops.softmax(ops.where(ops.arange(keys.shape[2]) <= index, scores, _MASKED))
        heard = ops.einsum("bht,bhtd->bhd", weights, values)
        return self._finish(x, ops.reshape(heard, (-1, self.hidden_dim)), False), keys, values

    def attention(self, x: Any) -> Any:
        """Give who looks at whom [shape=(B, H, T, T)]: each row sums to 1."""
        places = ops.arange(ops.shape(x)[1])
        query, key, _ = self._heads(x, places)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        return ops.softmax(scores + _mask(places, x.dtype))

    def _heads(self, x: Any, places: Any) -> list[Any]:
        """Give query, key and value of each head [shape=(B, H, T, D)], turned by their places."""
        turned, value = ops.split(
            self.query_key_value(self.norm(x)), [2 * self.hidden_dim], axis=-1
        )
        turned = _turn(self._apart(turned), *self._angles(places[:, None, None], x.dtype))
        query, key = ops.split(ops.transpose(turned, (0, 2, 1, 3)), 2, axis=1)
        value = ops.transpose(self._apart(value), (0, 2, 1, 3))
        return [query / self.head_dim**0.5, key, value]

    def _apart(self, x: Any) -> Any:
        """Cut vectors into heads [shape=(B, T, heads, D)]."""
        return ops.reshape(x, (-1, ops.shape(x)[1], x.shape[2] // self.head_dim, self.head_dim))

    def _angles(self, places: Any, dtype: Any) -> tuple[Any, Any]:
        """Give cosine and sine of the angles by which pairs turn at these places."""
        wave = _WAVELENGTH ** -np.linspace(0, 1, self.head_dim // 2, endpoint=False)
        angles = ops.cast(places, "float32") * ops.convert_to_tensor(wave, "float32")
        return ops.cast(ops.cos(angles), dtype), ops.cast(ops.sin(angles), dtype)

    def _finish(self, x: Any, heard: Any, training: bool) -> Any:
        x = x + self.drop(self.output_dense(heard), training=training)
        deep = self.narrow(self.wide(self.feedforward_norm(x)))
        return x + self.drop(deep, training=training)

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        names = ("hidden_dim", "num_heads", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _mask(places: Any, dtype: Any) -> Any:
    """Give what hides later tokens when it is added to the scores [shape=(T, T)]."""
    return ops.cast(places[:, None] < places[None, :], dtype) * _MASKED


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
        if num_heads < 1 or hidden_dim % (2 * num_heads):
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
        logits = layers.Lambda(embedding.logits, dtype="float32", name="logits")(norm(x))
        super().__init__(
            inputs={"token_ids": token_ids, "chord_ids": chord_ids}, outputs=logits, **options
        )

        # === Config ===
        self.embedding, self.blocks, self.norm = embedding, blocks, norm
        self.num_layers, self.hidden_dim = num_layers, hidden_dim
        self.num_heads, self.dropout = num_heads, dropout

    def empty_body(self, batch: int, max_length: int) -> dict[str, Any]:
        """Give room for keys and values."""
        shape = (batch, self.num_heads, max_length, self.hidden_dim // self.num_heads)
        return {name: tuple(ops.zeros(shape) for _ in self.blocks) for name in ("keys", "values")}

    def body_next(self, x: Any, cache: dict[str, Any], index: Any) -> tuple[Any, dict[str, Any]]:
        """Take one step through the blocks."""
        all_keys, all_values = [], []
        for block, keys, values in zip(self.blocks, cache["keys"], cache["values"], strict=True):
            x, keys, values = block.next(x, keys, values, index)
            all_keys.append(keys)
            all_values.append(values)
        return self.norm(x), {"keys": tuple(all_keys), "values": tuple(all_values)}

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        names = ("num_layers", "hidden_dim", "num_heads", "dropout")
        return {name: getattr(self, name) for name in names}
