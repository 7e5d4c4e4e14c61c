"""From examples to batches: windows, buckets, dropped conditions.

Conventions
-----------
A batch is ``({"token_ids", "chord_ids"}, targets, weights)``, each [shape=(B, T)]. The targets are
the inputs one token later; a chord stands beside each token of its bar, from the bar line on; a
weight is 0 on the condition and behind the end. Every batch can be made anew from (seed, epoch,
number) alone: so training that was cut off goes on as if it had not been.

Contents
--------
Batches, Batch
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY
from melodyai_edu.tokens.condition import NUM_CONDITIONS, UNKNOWN_IDS
from melodyai_edu.training.examples import Example

__all__ = ["Batch", "Batches"]

_BAR = VOCABULARY.id("Bar_line")
_LENGTH = 5  # where Length stands in the condition
_STYLE = [0, 1, 6]  # genre, mood, density: what guidance steers

#: How many widths batches have, and what widths are multiples of [tokens].
_NUM_BUCKETS, _WIDTH_STEP = 16, 16

#: How often one condition is unknown, how often the whole style, how often all chords: so that
#: each can be left out later (Ho & Salimans 2022).
_DROP_ONE, _DROP_STYLE, _DROP_CHORDS = 0.10, 0.10, 0.5

Batch = tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]


class _Bucket(NamedTuple):
    """Examples of about one length, padded to it [shape=(N, T + 1)]."""

    token_ids: np.ndarray
    chord_ids: np.ndarray
    lengths: np.ndarray


@dataclass(frozen=True)
class Batches:
    """The batches of a set of examples.

    Parameters
    ----------
    examples : sequence of Example
    batch_tokens : int, default 4096 [tokens]
        About how many tokens a batch has, padding counted.
    window : int, default 512 [tokens]
        Longer tunes are cut into windows at bar lines.
    seed : int, default 0
    is_training : bool, default True
        Shuffle, and drop conditions.

    Raises
    ------
    ParameterError
        If a number is too small.
    """

    examples: Sequence[Example]
    batch_tokens: int = 4096
    window: int = 512
    seed: int = 0
    is_training: bool = True

    def __post_init__(self) -> None:
        if self.window < 32 or self.batch_tokens < self.window:
            raise ParameterError(
                f"window={self.window} must be at least 32, and batch_tokens={self.batch_tokens} "
                "at least as much"
            )
        rows = [row for example in self.examples for row in _windows(example, self.window)]
        rows.sort(key=lambda row: len(row[0]))  # stable
        buckets = [_pad(rows[part[0] : part[-1] + 1]) for part in _split(rows)]
        object.__setattr__(self, "_buckets", buckets)
        object.__setattr__(self, "_first", [(b, n) for b, n in self._places(range(len(buckets)))])

    def __len__(self) -> int:
        return len(self._first)  # type: ignore[attr-defined] # set when it is made

    @property
    def padding(self) -> float:
        """Share of all places that hold nothing."""
        places = sum(bucket.token_ids[:, 1:].size for bucket in self._all)
        return 1 - sum(int((bucket.lengths - 1).sum()) for bucket in self._all) / places

    @property
    def _all(self) -> list[_Bucket]:
        found: list[_Bucket] = self._buckets  # type: ignore[attr-defined] # set when it is made
        return found

    def _size(self, bucket: _Bucket) -> int:
        """Give the sequences of a batch: a multiple of 8, to be shared among devices."""
        return max(8, int(self.batch_tokens // (bucket.token_ids.shape[1] - 1) // 8 * 8))

    def _places(self, buckets: range) -> Iterator[tuple[int, int]]:
        for number in buckets:
            bucket = self._all[number]
            for first in range(0, len(bucket.lengths), self._size(bucket)):
                yield number, first

    def order(self, epoch: int) -> list[tuple[int, np.ndarray]]:
        """Give the bucket and the rows of each batch of an epoch."""
        if not self.is_training:
            random = None
            orders = [np.arange(len(bucket.lengths)) for bucket in self._all]
        else:
            random = np.random.default_rng([self.seed, epoch])
            orders = [random.permutation(len(bucket.lengths)) for bucket in self._all]
        batches = [
            (number, orders[number][first : first + self._size(self._all[number])])
            for number, first in self._places(range(len(self._all)))
        ]
        return [batches[i] for i in random.permutation(len(batches))] if random else batches

    def make(self, epoch: int, first: int = 0, last: int | None = None) -> Iterator[Batch]:
        """Make some batches of an epoch, in order.

        Parameters
        ----------
        epoch : int
        first, last : int, optional
            As in a slice.

        Yields
        ------
        batch : Batch
        """
        order = self.order(epoch)
        for number in range(first, len(order) if last is None else min(last, len(order))):
            yield self._batch(epoch, number, *order[number])

    def _batch(self, epoch: int, number: int, which: int, rows: np.ndarray) -> Batch:
        bucket = self._all[which]
        size, width = self._size(bucket), bucket.token_ids.shape[1]
        token_ids, chord_ids = np.zeros((2, size, width), np.int32)
        token_ids[: len(rows)], chord_ids[: len(rows)] = (
            bucket.token_ids[rows],
            bucket.chord_ids[rows],
        )
        lengths = np.zeros(size, np.int32)
        lengths[: len(rows)] = bucket.lengths[rows]
        if self.is_training:
            self._drop(np.random.default_rng([self.seed, epoch, number]), token_ids, chord_ids)
        places = np.arange(1, width)
        weights = (places >= NUM_CONDITIONS) & (places < lengths[:, None])
        inputs = {"token_ids": token_ids[:, :-1], "chord_ids": chord_ids[:, :-1]}
        return inputs, token_ids[:, 1:], weights.astype(np.float32)

    @staticmethod
    def _drop(random: np.random.Generator, token_ids: np.ndarray, chord_ids: np.ndarray) -> None:
        size = len(token_ids)
        is_unknown = random.random((size, NUM_CONDITIONS)) < _DROP_ONE
        is_unknown[:, _STYLE] |= random.random((size, 1)) < _DROP_STYLE
        head = token_ids[:, :NUM_CONDITIONS]
        head[is_unknown] = np.broadcast_to(UNKNOWN_IDS, head.shape)[is_unknown]
        chord_ids[random.random(size) < _DROP_CHORDS] = 0


def _windows(example: Example, window: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (token_ids, chord_ids), the condition in front, none longer than the window + 1."""
    room = window + 1 - NUM_CONDITIONS
    first = 0
    while first < len(example.token_ids):
        end = min(first + room, len(example.token_ids))
        if end < len(example.token_ids):
            bar_lines = np.flatnonzero(example.token_ids[first + 1 : end] == _BAR)
            end = first + 1 + int(bar_lines[-1]) if len(bar_lines) else end
        head = np.array(example.condition_ids)
        if end - first < len(example.token_ids):
            head[_LENGTH] = UNKNOWN_IDS[_LENGTH]  # a part does not know the length of the whole
        yield (
            np.concatenate([head, example.token_ids[first:end]]),
            np.concatenate([np.zeros(NUM_CONDITIONS, np.int32), example.chord_ids[first:end]]),
        )
        first = end


def _split(rows: Sequence[Any]) -> list[range]:
    """Cut sorted rows into at most sixteen runs of similar length, none without rows."""
    bounds = np.linspace(0, len(rows), min(_NUM_BUCKETS, len(rows)) + 1).astype(int)
    return [range(first, last) for first, last in pairwise(bounds.tolist())]


def _pad(rows: Sequence[tuple[np.ndarray, np.ndarray]]) -> _Bucket:
    lengths = np.array([len(token_ids) for token_ids, _ in rows], np.int32)
    width = -(-(int(lengths.max()) - 1) // _WIDTH_STEP) * _WIDTH_STEP + 1
    arrays = np.zeros((2, len(rows), width), np.int32)
    for row, pair in enumerate(rows):
        arrays[:, row, : lengths[row]] = pair
    return _Bucket(arrays[0], arrays[1], lengths)
