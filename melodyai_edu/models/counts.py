"""What followed what: counts of every context up to a longest length.

Conventions
-----------
A context is read backwards from the newest token. One step before the first token stands an
invisible start mark, so a model learns how sequences begin. A count matrix has one row for
each context length 0 .. order and one column for each token id.

Contents
--------
CountTable: fixed, built at once from a whole corpus, compact.
CountMemory: grows by one token at a time, starts empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["CountMemory", "CountTable"]


class _Level(NamedTuple):
    """All contexts of one length: who they are, and what followed them.

    ``keys`` is sorted and holds ``parent * (V + 1) + oldest token`` of each context; the
    followers of context ``i`` are ``token_ids[offsets[i]:offsets[i + 1]]``.
    """

    keys: np.ndarray
    offsets: np.ndarray
    token_ids: np.ndarray
    counts: np.ndarray


class CountTable:
    """Every context of a corpus with its followers, as sorted arrays.

    Parameters
    ----------
    sequences : iterable of sequences of int
        The corpus, as token ids from 0 to ``vocabulary_size - 1``.
    vocabulary_size : int
        How many different tokens there are.
    order : int [tokens]
        Length of the longest context.

    Raises
    ------
    ParameterError
        If a token id lies outside the vocabulary.

    Examples
    --------
    After token 0 came token 1 twice; after the start, token 0 came once.

    >>> table = CountTable([[0, 1, 0, 1]], vocabulary_size=2, order=1)
    >>> table.counts([0]).tolist()
    [[2.0, 2.0], [0.0, 2.0]]
    >>> table.counts([]).tolist()
    [[2.0, 2.0], [1.0, 0.0]]
    """

    def __init__(
        self, sequences: Iterable[Sequence[int]], vocabulary_size: int, order: int
    ) -> None:
        self.vocabulary_size = vocabulary_size
        self.order = order
        self._levels = _build_levels(_join(sequences, vocabulary_size), vocabulary_size, order)

    @property
    def num_cells(self) -> int:
        """How many pairs of context and follower are stored."""
        return sum(len(level.token_ids) for level in self._levels)

    def counts(self, context: Sequence[int]) -> np.ndarray:
        """Count what followed each ending of the context.

        Parameters
        ----------
        context : sequence of int
            All tokens since the sequence began, or at least the newest `order` of them.

        Returns
        -------
        counts : np.ndarray [shape=(order + 1, V), float64]
            Row ``k`` belongs to the newest ``k`` tokens.
        """
        matrix = np.zeros((self.order + 1, self.vocabulary_size))
        self.add_counts(context, matrix)
        return matrix

    def add_counts(self, context: Sequence[int], matrix: np.ndarray) -> None:
        """Add the counts of `counts` to a matrix of the same shape."""
        base, found = self.vocabulary_size + 1, 0
        for length, level in enumerate(self._levels):
            if length:
                if length > len(context) + 1:
                    return
                oldest = context[-length] if length <= len(context) else base - 1
                key = found * base + oldest
                found = int(level.keys.searchsorted(key))
                if found == len(level.keys) or level.keys[found] != key:
                    return
            first, last = level.offsets[found], level.offsets[found + 1]
            matrix[length, level.token_ids[first:last]] += level.counts[first:last]


class CountMemory:
    """Every context of what was heard so far, ready to grow.

    Parameters
    ----------
    vocabulary_size : int
        How many different tokens there are.
    order : int [tokens]
        Length of the longest context.

    Examples
    --------
    >>> memory = CountMemory(vocabulary_size=2, order=1)
    >>> memory.observe([0], 1)                      # 1 came after 0
    >>> memory.counts([1, 0]).tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """

    def __init__(self, vocabulary_size: int, order: int) -> None:
        self.vocabulary_size = vocabulary_size
        self.order = order
        self._followers: dict[tuple[int, ...], dict[int, int]] = {}

    @property
    def num_cells(self) -> int:
        """How many pairs of context and follower are stored."""
        return sum(len(row) for row in self._followers.values())

    def observe(self, context: Sequence[int], token_id: int) -> None:
        """Remember that this token followed this context.

        Raises
        ------
        ParameterError
            If the token id lies outside the vocabulary.
        """
        if not 0 <= token_id < self.vocabulary_size:
            _refuse(token_id, token_id, self.vocabulary_size)
        recent = _recent(context, self.order)
        for first in range(len(recent), -1, -1):
            row = self._followers.setdefault(recent[first:], {})
            row[token_id] = row.get(token_id, 0) + 1

    def counts(self, context: Sequence[int]) -> np.ndarray:
        """Count what followed each ending of the context, as `CountTable.counts` does."""
        matrix = np.zeros((self.order + 1, self.vocabulary_size))
        self.add_counts(context, matrix)
        return matrix

    def add_counts(self, context: Sequence[int], matrix: np.ndarray) -> None:
        """Add the counts of `counts` to a matrix of the same width, and at least this height."""
        recent = _recent(context, self.order)
        for length in range(len(recent) + 1):
            row = self._followers.get(recent[len(recent) - length :])
            if row is None:
                return
            matrix[length, list(row)] += list(row.values())


def _recent(context: Sequence[int], order: int) -> tuple[int, ...]:
    """Return the newest `order` tokens, with the start mark (-1) if there are fewer."""
    if len(context) >= order:
        return tuple(context[len(context) - order :])
    return (-1, *context)


def _join(sequences: Iterable[Sequence[int]], vocabulary_size: int) -> np.ndarray:
    """Lay all sequences end to end, each led by the start mark ``vocabulary_size``."""
    pieces = [np.array([], dtype=np.int64)]
    for sequence in sequences:
        token_ids = np.asarray(sequence, dtype=np.int64)
        if token_ids.size and not 0 <= token_ids.min() <= token_ids.max() < vocabulary_size:
            _refuse(token_ids.min(), token_ids.max(), vocabulary_size)
        pieces += [np.array([vocabulary_size]), token_ids]
    return np.concatenate(pieces)


def _refuse(lowest: int, highest: int, vocabulary_size: int) -> NoReturn:
    msg = (
        f"token ids from {lowest} to {highest} must lie from 0 to {vocabulary_size - 1}: "
        f"raise vocabulary_size"
    )
    raise ParameterError(msg)


def _build_levels(joined: np.ndarray, vocabulary_size: int, order: int) -> list[_Level]:
    """Sort the corpus into contexts, one length after the other.

    ``where`` holds the places of the tokens that still have a context of this length, and
    ``context`` the number of that context among all of its length.
    """
    base = vocabulary_size + 1
    where = np.flatnonzero(joined < vocabulary_size)
    context = np.zeros(len(where), dtype=np.int64)
    keys = np.zeros(1, dtype=np.int64)
    levels = []
    for length in range(order + 1):
        if length:
            if length > 1:  # nothing stands before the start mark
                inside = joined[where - length + 1] < vocabulary_size
                where, context = where[inside], context[inside]
            pairs = context * base + joined[where - length]
            keys, context = np.unique(pairs, return_inverse=True)
        cells, counts = np.unique(context * vocabulary_size + joined[where], return_counts=True)
        offsets = cells.searchsorted(np.arange(len(keys) + 1) * vocabulary_size)
        token_ids = (cells % vocabulary_size).astype(np.int32)
        levels.append(_Level(keys, offsets, token_ids, counts.astype(np.int32)))
    return levels
