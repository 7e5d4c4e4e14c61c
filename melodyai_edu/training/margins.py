"""Pairs as a network hears them: batches, margins, and the loss of preference tuning.

Conventions
-----------
A batch is ``{"prompt_ids" [B, 7], "chosen_ids" [B, T], "rejected_ids" [B, T]}``, 0 behind the end.
A margin is the log probability of the chosen melody less that of the rejected one [nats]. Dropout
is off and chords are unknown.

Contents
--------
PairSet, dpo_loss, pair_margins, margin_model, loss_of, padded
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.hearing import body_ids, shared_prompt
from melodyai_edu.tokens import Encoding
from melodyai_edu.tokens.condition import NUM_CONDITIONS

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["PairSet", "dpo_loss", "loss_of", "margin_model", "padded", "pair_margins"]

_WIDTH_STEP = 64  # tokens
_WINDOW = 512  # tokens of a melody, at most


class PairSet:
    """Pairs of melodies as arrays, all of one width.

    Parameters
    ----------
    pairs : sequence of (Encoding, Encoding)
        The chosen one first. Melodies longer than 512 tokens are heard that far.
    """

    def __init__(self, pairs: Sequence[tuple[Encoding, Encoding]]) -> None:
        if not pairs:
            raise ParameterError("pairs=[] must hold at least one pair (chosen, rejected)")
        bodies = [[body_ids(e)[:_WINDOW] for e in side] for side in zip(*pairs, strict=True)]
        width = _round_up(max(len(body) for side in bodies for body in side))
        self.prompt_ids = np.array([shared_prompt(*pair) for pair in pairs], np.int32)
        self.chosen_ids, self.rejected_ids = (padded(side, width) for side in bodies)

    def __len__(self) -> int:
        return len(self.prompt_ids)

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Give some pairs by the names of a batch."""
        names = ("prompt_ids", "chosen_ids", "rejected_ids")
        return {name: getattr(self, name)[rows] for name in names}

    @property
    def digest(self) -> str:
        """A checksum of all pairs, in their order."""
        found = hashlib.sha256()
        for array in (self.prompt_ids, self.chosen_ids, self.rejected_ids):
            found.update(np.ascontiguousarray(array, "<i4").tobytes())
        return found.hexdigest()


def dpo_loss(margins: np.ndarray, reference_margins: np.ndarray, beta: float) -> np.ndarray:
    """Give the loss of pairs, in numbers.

    Parameters
    ----------
    margins, reference_margins : np.ndarray [shape=(B,), float, nats]
        Log probability of the chosen melody less that of the rejected one, by the network and by
        the reference model.
    beta : float

    Returns
    -------
    losses : np.ndarray [shape=(B,), float, nats]
        ``log 2`` where the two models agree.

    References
    ----------
    Rafailov et al. (2023), Direct Preference Optimization, NeurIPS: equation 7.

    Examples
    --------
    >>> dpo_loss(np.array([2.0]), np.array([2.0]), 0.1).round(3).tolist()
    [0.693]
    """
    losses: np.ndarray = np.logaddexp(0.0, -beta * (margins - reference_margins))
    return losses


def pair_margins(network: Network, batch: dict[str, np.ndarray]) -> np.ndarray:
    """Give the margins of a batch by a network [shape=(B,), float64, nats].

    Parameters
    ----------
    network : Network
    batch : dict of str to np.ndarray
        As `PairSet.batch`.

    Returns
    -------
    margins : np.ndarray [shape=(B,), float64, nats]
    """
    from keras import ops

    chosen, rejected = (
        ops.convert_to_numpy(_log_probability(network, batch["prompt_ids"], batch[name]))
        for name in ("chosen_ids", "rejected_ids")
    )
    margins: np.ndarray = chosen.astype(np.float64) - rejected.astype(np.float64)
    return margins


def _log_probability(network: Network, prompt_ids: Any, body: Any) -> Any:
    """Give the log probability of each melody after its prompt [shape=(B,), nats]."""
    from keras import ops

    body = ops.cast(body, "int32")
    token_ids = ops.concatenate([ops.cast(prompt_ids, "int32"), body], axis=1)[:, :-1]
    inputs = {"token_ids": token_ids, "chord_ids": ops.zeros_like(token_ids)}
    logits = network(inputs, training=False)[:, NUM_CONDITIONS - 1 :]
    chosen = ops.take_along_axis(logits, body[:, :, None], axis=2)[:, :, 0]
    logs = chosen - ops.logsumexp(logits, axis=2)
    return ops.sum(logs * ops.cast(body > 0, logs.dtype), axis=1)


def margin_model(network: Network, *, has_real: bool) -> Any:
    """Give a model from batches to margins; it has the very weights of the network.

    Parameters
    ----------
    network : Network
    has_real : bool
        Batches also have ``real_ids`` [B, 7 + T]: then the loss on them is a second output.

    Returns
    -------
    model : keras.Model
        Outputs ``margin`` [shape=(B, 1), nats] and ``nats`` [shape=(B, 1), nats a token].
    """
    import keras
    from keras import ops

    class Margins(keras.Model):  # type: ignore[misc] # Keras comes without types
        """The network, asked for margins."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def call(self, inputs: Any) -> Any:
            prompt = inputs["prompt_ids"]
            chosen, rejected = (
                _log_probability(self.network, prompt, inputs[name])
                for name in ("chosen_ids", "rejected_ids")
            )
            found = {"margin": (chosen - rejected)[:, None]}
            if has_real:
                real = inputs["real_ids"]
                head, body = real[:, :NUM_CONDITIONS], real[:, NUM_CONDITIONS:]
                tokens = ops.sum(ops.cast(body > 0, "float32"), axis=1)
                found["nats"] = (-_log_probability(self.network, head, body) / tokens)[:, None]
            return found

    return Margins()


def loss_of(beta: float) -> Callable[[Any, Any], Any]:
    """Give `dpo_loss` as Keras takes it: what is asked for is the reference model's margin.

    Parameters
    ----------
    beta : float

    Returns
    -------
    loss : callable
        From reference margins and margins [shape=(B, 1)] to losses [shape=(B,)].
    """
    from keras import ops

    def loss(reference_margins: Any, margins: Any) -> Any:
        return ops.softplus(-beta * (margins - reference_margins))[:, 0]

    return loss


def padded(rows: Sequence[Sequence[int]], width: int) -> np.ndarray:
    """Write sequences as rows of one width, 0 behind their end.

    Parameters
    ----------
    rows : sequence of sequences of int
        None longer than the width.
    width : int [tokens]

    Returns
    -------
    token_ids : np.ndarray [shape=(N, width), int32]
    """
    found = np.zeros((len(rows), width), np.int32)
    for number, row in enumerate(rows):
        found[number, : len(row)] = row
    return found


def _round_up(length: int) -> int:
    return -(-length // _WIDTH_STEP) * _WIDTH_STEP
