"""Tokens, and where in the bar and in the piece they stand.

Conventions
-----------
A place is (position in the bar [ticks], bars begun, bars left): all of it follows from the tokens
heard so far, so a model is told nothing that it could not count itself, it only need not learn to
count. A Duration stands where its note begins, a Pitch where it ends: just there the next event
begins.

Contents
--------
PlaceEmbedding
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from melodyai_edu.tokens import VOCABULARY
from melodyai_edu.tokens.condition import NUM_CHORDS

__all__ = ["PlaceEmbedding"]

#: Places beyond these share one embedding: two bars of 4/4, and half of the longest Length.
_MOST_TICKS, _MOST_BARS = 192, 33


def _table(kind: str, *, is_value: bool) -> np.ndarray:
    """Give for each token its value, or 1, if it is of that kind; else 0."""
    table = np.zeros(len(VOCABULARY), np.int32)
    for token_id in VOCABULARY.ids_of(kind):
        value = VOCABULARY.token(token_id).partition("_")[2]
        table[token_id] = (int(value) if value.isdigit() else 0) if is_value else 1
    return table


_TICKS = _table("Duration", is_value=True)
_LENGTH = _table("Length", is_value=True)
_IS_SOUND = _table("Pitch", is_value=False)
_IS_BAR = _table("Bar", is_value=False)


class PlaceEmbedding(keras.layers.Layer):
    """The sum of what a token, its place and the chord of its bar mean to the model.

    Parameters
    ----------
    hidden_dim : int
    """

    def __init__(self, hidden_dim: int, **options: Any) -> None:
        super().__init__(**options)

        # === Config ===
        self.hidden_dim = hidden_dim

    def build(self, *shapes: Any) -> None:
        """Make the five tables, all the layer has."""

        def table(name: str, rows: int) -> Any:
            return self.add_weight(
                shape=(rows, self.hidden_dim),
                initializer=keras.initializers.RandomNormal(stddev=0.05),
                name=name,
            )

        self.tokens = table("tokens", len(VOCABULARY))
        self.positions = table("positions", _MOST_TICKS)
        self.bars_begun = table("bars_begun", _MOST_BARS + 1)
        self.bars_left = table("bars_left", _MOST_BARS + 2)
        self.chords = table("chords", NUM_CHORDS)
        self.built = True

    def call(self, token_ids: Any, chord_ids: Any) -> Any:
        """Embed whole sequences [shape=(B, T, hidden_dim)]."""
        ticks = ops.take(_TICKS, token_ids)
        before = ops.pad(ticks[:, :-1], ((0, 0), (1, 0)))
        time = ops.cumsum(before * ops.take(_IS_SOUND, token_ids), axis=1)
        is_bar = ops.take(_IS_BAR, token_ids)
        position = time - _largest_so_far(time * is_bar)
        length = _largest_so_far(ops.take(_LENGTH, token_ids))
        return self._sum(token_ids, position, ops.cumsum(is_bar, axis=1), length, chord_ids)

    def start(self, batch: int) -> tuple[Any, ...]:
        """Give the place before the first token: ticks waiting, position, bar and length."""
        return tuple(ops.zeros((batch,), "int32") for _ in range(4))

    def next(self, token_ids: Any, chord_ids: Any, place: tuple[Any, ...]) -> tuple[Any, Any]:
        """Embed one more token of each sequence [shape=(B, hidden_dim)]; give the new place."""
        waiting, position, bar, length = place
        is_bar = ops.take(_IS_BAR, token_ids)
        position = (position + waiting * ops.take(_IS_SOUND, token_ids)) * (1 - is_bar)
        bar = bar + is_bar
        length = ops.maximum(length, ops.take(_LENGTH, token_ids))
        embedded = self._sum(token_ids, position, bar, length, chord_ids)
        return embedded, (ops.take(_TICKS, token_ids), position, bar, length)

    def logits(self, hidden: Any) -> Any:
        """Say how well each token fits, with the same table that reads tokens."""
        return ops.matmul(hidden, ops.transpose(self.tokens))

    def _sum(self, token_ids: Any, position: Any, bar: Any, length: Any, chord_ids: Any) -> Any:
        left = ops.where(length > 0, 1 + ops.clip(length - bar, 0, _MOST_BARS), 0)
        return (
            ops.take(self.tokens, token_ids, axis=0)
            + ops.take(self.positions, ops.minimum(position, _MOST_TICKS - 1), axis=0)
            + ops.take(self.bars_begun, ops.minimum(bar, _MOST_BARS), axis=0)
            + ops.take(self.bars_left, left, axis=0)
            + ops.take(self.chords, chord_ids, axis=0)
        )

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        return {**super().get_config(), "hidden_dim": self.hidden_dim}


def _largest_so_far(values: Any) -> Any:
    """Give the largest value up to each place [shape=(B, T)]; none is negative."""
    places = ops.arange(ops.shape(values)[1])
    is_heard = ops.cast(places[:, None] >= places[None, :], values.dtype)
    return ops.max(is_heard * values[:, None, :], axis=2)
