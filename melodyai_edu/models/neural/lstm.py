"""An LSTM that reads melodies from left to right.

Conventions
-----------
A stack of LSTM layers (Hochreiter & Schmidhuber 1997), each of ``units`` cells, then one dense
layer back to the width of the embedding, which is tied to the output (Press & Wolf 2017). The
embedding is normalised, and every layer but the first adds to what it reads (Wu et al. 2016,
"Google's Neural Machine Translation System"): without these a second layer learns late or never.

Contents
--------
MelodyLSTM
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from melodyai_edu.models.neural.network import Network
from melodyai_edu.models.neural.place import PlaceEmbedding

__all__ = ["MelodyLSTM"]


class MelodyLSTM(Network):
    """An LSTM over melodies.

    Parameters
    ----------
    num_layers, units : int
    hidden_dim : int
        Width of the embedding.
    dropout : float, default 0.2
    """

    def __init__(
        self,
        num_layers: int,
        units: int,
        hidden_dim: int,
        dropout: float = 0.2,
        **options: Any,
    ) -> None:
        # === Layers ===
        embedding = PlaceEmbedding(hidden_dim, name="embedding")
        norm = layers.LayerNormalization(name="norm")
        drop = layers.Dropout(dropout, name="drop")
        stack = [
            layers.LSTM(units, return_sequences=True, name=f"lstm_{number}")
            for number in range(num_layers)
        ]
        dense = layers.Dense(hidden_dim, name="dense")

        # === Functional model ===
        token_ids = keras.Input((None,), dtype="int32", name="token_ids")
        chord_ids = keras.Input((None,), dtype="int32", name="chord_ids")
        x = drop(stack[0](drop(norm(embedding(token_ids, chord_ids)))))
        for lstm in stack[1:]:
            x = x + drop(lstm(x))
        logits = layers.Lambda(embedding.logits, dtype="float32", name="logits")(dense(x))
        super().__init__(
            inputs={"token_ids": token_ids, "chord_ids": chord_ids}, outputs=logits, **options
        )

        # === Config ===
        self.embedding, self.norm, self.stack, self.dense = embedding, norm, stack, dense
        self.num_layers, self.units = num_layers, units
        self.hidden_dim, self.dropout = hidden_dim, dropout

    def empty_body(self, batch: int, max_length: int) -> dict[str, Any]:
        """Give hidden states and cells of zeros."""
        state = [(ops.zeros((batch, self.units)),) * 2 for _ in self.stack]
        return {"states": tuple(state)}

    def body_next(self, x: Any, cache: dict[str, Any], index: Any) -> tuple[Any, dict[str, Any]]:
        """Take one step through the layers."""
        x, kept = self.norm(x), []
        for number, (lstm, state) in enumerate(zip(self.stack, cache["states"], strict=True)):
            heard, state = lstm.cell(x, list(state))
            x = heard if number == 0 else x + heard
            kept.append(tuple(state))
        return self.dense(x), {"states": tuple(kept)}

    def get_config(self) -> dict[str, Any]:
        """Give what it was made with."""
        names = ("num_layers", "units", "hidden_dim", "dropout")
        return {name: getattr(self, name) for name in names}
