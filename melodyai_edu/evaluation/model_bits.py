"""How surprised the models of melodies are by real tunes: bits per duration and per pitch.

Conventions
-----------
Only what a composer chooses is counted: Durations, and the Pitches that follow them (rests and
holds among them). Each is judged among the tokens of its own type, for a network as for an
n-gram; bar lines and the end follow from the length of the piece and cost nothing.

Contents
--------
TuneBits, network_bits, prediction_bits, uniform_bits
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from melodyai_edu.tokens import VOCABULARY

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["TuneBits", "network_bits", "prediction_bits", "uniform_bits"]

_KINDS = tuple(np.array(VOCABULARY.ids_of(kind)) for kind in ("Duration", "Pitch"))
_WIDTH_STEP = 64


class _Prediction(Protocol):
    def distribution(self) -> np.ndarray: ...
    def observe(self, token_id: int) -> None: ...


class TuneBits(NamedTuple):
    """The cost of one tune.

    Parameters
    ----------
    duration, pitch : np.ndarray [shape=(N,), float64, bits]
        One number for each Duration and for each Pitch, in order.
    """

    duration: np.ndarray
    pitch: np.ndarray


def prediction_bits(
    prediction: _Prediction, token_ids: Sequence[int], head: Sequence[int] = ()
) -> TuneBits:
    """Measure a model that predicts one token at a time.

    Parameters
    ----------
    prediction : object with ``distribution()`` and ``observe(token_id)``
        Of a piece that has just begun.
    token_ids : sequence of int
        The tune, without what leads it.
    head : sequence of int, optional
        Observed first.

    Returns
    -------
    bits : TuneBits

    Examples
    --------
    >>> from melodyai_edu.models.melody import MelodyNGram
    >>> tune = VOCABULARY.ids(["Bar_line"] + ["Duration_24", "Pitch_60"] * 4)
    >>> bits = prediction_bits(MelodyNGram().fit([tune]).start(), tune)
    >>> len(bits.pitch), bool(bits.pitch[-1] < bits.pitch[0])
    (4, True)
    """
    for token_id in head:
        prediction.observe(token_id)
    costs: tuple[list[float], list[float]] = ([], [])
    for token_id in token_ids:
        for kind, found in zip(_KINDS, costs, strict=True):
            if kind[0] <= token_id <= kind[-1]:
                chances = prediction.distribution()
                found.append(float(np.log2(chances[kind].sum()) - np.log2(chances[token_id])))
        prediction.observe(token_id)
    return TuneBits(*map(np.array, costs))


def network_bits(
    network: Network,
    sequences: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    batch: int = 16,
    *,
    has_chords: bool = False,
) -> list[TuneBits]:
    """Measure a network on whole tunes, each heard from its first token on.

    Parameters
    ----------
    network : Network
    sequences : sequence of (condition_ids, token_ids, chord_ids)
        As `melodyai_edu.training.examples.Example`.
    batch : int, default 16
    has_chords : bool, default False
        Tell the network the chords, too.

    Returns
    -------
    bits : list of TuneBits
    """
    from keras import ops

    found: dict[int, TuneBits] = {}
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i][1]))
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        inputs, targets = _padded([sequences[i] for i in rows], has_chords)
        logits = ops.convert_to_numpy(network(inputs, training=False)).astype(np.float64)
        for row, i in enumerate(rows):
            found[i] = TuneBits(*(_costs(logits[row], targets[row], kind) for kind in _KINDS))
    return [found[i] for i in range(len(sequences))]


def _padded(
    sequences: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], has_chords: bool
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    head = len(sequences[0][0])
    longest = max(len(token_ids) for _, token_ids, _ in sequences) + head
    width = -(-longest // _WIDTH_STEP) * _WIDTH_STEP + 1
    token_ids, chord_ids = np.zeros((2, len(sequences), width), np.int32)
    for row, (condition, tokens, chords) in enumerate(sequences):
        token_ids[row, :head] = condition
        token_ids[row, head : head + len(tokens)] = tokens
        if has_chords:
            chord_ids[row, head : head + len(tokens)] = chords
    return {"token_ids": token_ids[:, :-1], "chord_ids": chord_ids[:, :-1]}, token_ids[:, 1:]


def _costs(logits: np.ndarray, targets: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Give the cost of each target of one kind among its kind [bits]."""
    places = np.flatnonzero((targets >= kind[0]) & (targets <= kind[-1]))
    chosen = logits[places][:, kind]
    top = chosen.max(axis=1, keepdims=True, initial=-np.inf)
    total = np.log(np.exp(chosen - top).sum(axis=1)) + top[:, 0]
    bits: np.ndarray = (total - logits[places, targets[places]]) / np.log(2)
    return bits


def uniform_bits(token_ids: Sequence[int], alphabets: tuple[int, int]) -> TuneBits:
    """Measure a model that knows nothing.

    Parameters
    ----------
    token_ids : sequence of int
    alphabets : (int, int)
        How many Durations and how many Pitches there are to guess among.

    Returns
    -------
    bits : TuneBits
    """
    ids = np.asarray(token_ids)
    counts = [int(((ids >= kind[0]) & (ids <= kind[-1])).sum()) for kind in _KINDS]
    return TuneBits(*(np.full(n, np.log2(size)) for n, size in zip(counts, alphabets, strict=True)))
