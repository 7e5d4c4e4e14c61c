"""A network that names the cells of four voices on a grid, one after the other.

Conventions
-----------
An LSTM (Hochreiter & Schmidhuber 1997) hears the piece once a step; two dense layers per voice then
name that voice's cell, with what was already named in the step. The score of a candidate pitch adds
five parts: one for the pitch itself, one for its interval to the voice's last pitch, and one for
its interval to each other voice. So what was learned in one key serves in all others.

What the network reads are the integer features of `melodyai_edu.tokens.chorale_grid`.

Contents
--------
ChoraleNetwork
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from melodyai_edu.tokens.chorale_grid import CELL_SIZES, HEARD_SIZES, NUM_CELLS

__all__ = ["ChoraleNetwork"]

#: Intervals beyond this share one score [semitones].
_REACH = 30


def _multi_hot(features: Any, sizes: tuple[int, ...]) -> Any:
    """Turn integer features into one vector of zeros and ones."""
    hot = [ops.one_hot(features[..., i], size) for i, size in enumerate(sizes)]
    return ops.concatenate(hot, axis=-1)


def _compared(scores: Any, references: Any) -> Any:
    """Give every candidate the score of its interval to the reference; silence has none."""
    candidates = ops.arange(1, NUM_CELLS)
    intervals = ops.clip(candidates - references[..., None] + _REACH, 0, 2 * _REACH)
    found = ops.take_along_axis(scores, intervals, axis=-1)
    return found * ops.cast(references > 0, scores.dtype)[..., None]


def _logits(outputs: list[Any]) -> Any:
    """Add up the five parts of every candidate's score."""
    scores, references = outputs
    total = scores[..., 1:NUM_CELLS]
    for part in range(4):
        first = NUM_CELLS + part * (2 * _REACH + 1)
        total = total + _compared(
            scores[..., first : first + 2 * _REACH + 1], references[..., part]
        )
    return ops.concatenate([scores[..., :1], total], axis=-1)


class _Voices(layers.Layer):
    """A dense layer for each of four voices: [B, T, 4, N] to [B, T, 4, M]."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, shape: Any) -> None:
        """Make a matrix and a bias for each voice."""
        self.kernel = self.add_weight(
            shape=(4, shape[-1], self.units), initializer=_each_voice, name="kernel"
        )
        self.bias = self.add_weight(shape=(4, self.units), initializer="zeros", name="bias")
        self.built = True

    def call(self, x: Any) -> Any:
        """Read each voice with its own matrix."""
        return ops.stack(
            [ops.matmul(x[:, :, v], self.kernel[v]) + self.bias[v] for v in range(4)], axis=2
        )

    def compute_output_shape(self, shape: Any) -> Any:
        """Only the last axis changes."""
        return (*shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        return {**super().get_config(), "units": self.units}


def _each_voice(shape: Any, dtype: Any = None) -> Any:
    """Draw as for one matrix (Glorot & Bengio 2010); the default would count all four."""
    limit = float(np.sqrt(6.0 / (shape[-2] + shape[-1])))
    return keras.random.uniform(shape, -limit, limit, dtype=dtype)


class ChoraleNetwork(keras.Model):
    """Four voices on the chorale grid.

    Parameters
    ----------
    units : int
        Of the LSTM.
    hidden_dim : int
        Width of the dense layers.
    dropout : float, default 0.3
    given_sizes : tuple of int, optional
        Numbers of values of further features of a step, such as a known melody's.
    given_units : int, default 0
        Cells of an LSTM that reads these features from the end; 0 for none.
    """

    def __init__(
        self,
        units: int,
        hidden_dim: int,
        dropout: float = 0.3,
        given_sizes: tuple[int, ...] = (),
        given_units: int = 0,
        **options: Any,
    ) -> None:
        # === Layers ===
        step = layers.Dense(hidden_dim, activation=ops.gelu, name="step")
        lstm = layers.LSTM(units, return_sequences=True, name="lstm")
        given_lstm = layers.LSTM(
            max(1, given_units), return_sequences=True, go_backwards=True, name="given_lstm"
        )
        drop = layers.Dropout(dropout, name="drop")
        memory = layers.Dense(4 * hidden_dim, name="memory")
        voices, second = _Voices(hidden_dim, name="voices"), _Voices(hidden_dim, name="second")
        scores = layers.Dense(NUM_CELLS + 4 * (2 * _REACH + 1), name="scores")

        # === Functional model ===
        heard = keras.Input((None, len(HEARD_SIZES)), dtype="int32", name="heard")
        chroma = keras.Input((None, 12), name="chroma")
        cells = keras.Input((None, 4, len(CELL_SIZES)), dtype="int32", name="cells")
        references = keras.Input((None, 4, 4), dtype="int32", name="references")
        inputs = {"heard": heard, "chroma": chroma, "cells": cells, "references": references}
        x = layers.Lambda(_multi_hot, arguments={"sizes": HEARD_SIZES}, name="heard_hot")(heard)
        context = [drop(lstm(drop(step(ops.concatenate([x, chroma], axis=-1)))))]
        if given_sizes:
            given = keras.Input((None, len(given_sizes)), dtype="int32", name="given")
            inputs["given"] = given
            hot = layers.Lambda(_multi_hot, arguments={"sizes": given_sizes}, name="given_hot")
            context.append(hot(given))
            if given_units:
                context.append(drop(ops.flip(given_lstm(context[1]), axis=1)))
        told = memory(ops.concatenate([*context, chroma], axis=-1))
        told = layers.Reshape((-1, 4, hidden_dim), name="told")(told)
        now = layers.Lambda(_multi_hot, arguments={"sizes": CELL_SIZES}, name="cells_hot")(cells)
        turn = layers.Lambda(_turned, output_shape=(None, 4, 12), name="turned")
        turned = turn([chroma, references])
        x = drop(ops.gelu(voices(ops.concatenate([now, turned], axis=-1)) + told))
        x = drop(x + ops.gelu(second(x)))
        add_up = layers.Lambda(_logits, output_shape=(None, 4, NUM_CELLS), name="logits")
        logits = add_up([scores(x), references])
        super().__init__(inputs=inputs, outputs=logits, **options)

        # === Config ===
        self.units, self.hidden_dim, self.dropout_rate = units, hidden_dim, dropout
        self.given_sizes, self.given_units = tuple(given_sizes), given_units

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        return {
            "units": self.units,
            "hidden_dim": self.hidden_dim,
            "dropout": self.dropout_rate,
            "given_sizes": self.given_sizes,
            "given_units": self.given_units,
        }


def _turned(inputs: list[Any]) -> Any:
    """Give the pitch classes so far as seen from each voice's last pitch."""
    chroma, references = inputs
    classes = ops.mod(references[..., :1] - 1 + ops.arange(12), 12)
    each = ops.repeat(ops.expand_dims(chroma, 2), 4, axis=2)
    return ops.take_along_axis(each, classes, axis=-1)
