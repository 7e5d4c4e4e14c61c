"""What followed which context, where a context is any list of features.

Conventions
-----------
A context is a row of whole numbers from 0, the most telling one last; what a column means is the
caller's affair. A count matrix has one row for each number of features taken from the end, as in
`melodyai_edu.models.counts`.

Contents
--------
ContextTable
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from melodyai_edu.errors import ParameterError

__all__ = ["ContextTable"]


class ContextTable:
    """Counts of what followed each context and each of its endings.

    Parameters
    ----------
    contexts : np.ndarray [shape=(N, K), int]
        One row for each thing that happened.
    targets : np.ndarray [shape=(N,), int]
        What happened: token ids below ``vocabulary_size``.
    vocabulary_size : int

    Raises
    ------
    ParameterError
        If the shapes do not fit or a number is out of range.

    Examples
    --------
    In place 1 came token 0 once and token 2 once; after token 5 in place 1 came token 2.

    >>> table = ContextTable(np.array([[4, 1], [5, 1]]), np.array([0, 2]), vocabulary_size=3)
    >>> table.counts((5, 1)).tolist()
    [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """

    def __init__(self, contexts: np.ndarray, targets: np.ndarray, vocabulary_size: int) -> None:
        contexts, targets = np.asarray(contexts, np.int64), np.asarray(targets, np.int64)
        if contexts.ndim != 2 or targets.shape != contexts.shape[:1]:
            raise ParameterError(
                f"contexts {contexts.shape} and targets {targets.shape} must be (N, K) and (N,)"
            )
        if targets.size and not 0 <= targets.min() <= targets.max() < vocabulary_size:
            raise ParameterError(f"targets must lie from 0 to {vocabulary_size - 1}")
        if contexts.size and contexts.min() < 0:
            raise ParameterError("contexts must hold numbers from 0 up")
        self.vocabulary_size = vocabulary_size
        self.order = contexts.shape[1]
        self._sizes = [int(column.max(initial=0)) + 1 for column in contexts.T[::-1]]
        self._levels = self._build(contexts, targets)

    def _build(
        self, contexts: np.ndarray, targets: np.ndarray
    ) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Give each context of each length a number, and count its followers."""
        size = self.vocabulary_size
        found = np.zeros(len(targets), np.int64)
        keys = np.zeros(1, np.int64)
        levels = []  # of each length: sorted contexts, where their followers begin, these, counts
        for length in range(self.order + 1):
            if length:
                pairs = found * self._sizes[length - 1] + contexts[:, -length]
                keys, found = np.unique(pairs, return_inverse=True)
            cells, counts = np.unique(found * size + targets, return_counts=True)
            starts = cells.searchsorted(np.arange(len(keys) + 1) * size)
            levels.append((keys, starts, cells % size, counts.astype(np.float64)))
        return levels

    @property
    def num_cells(self) -> int:
        """How many pairs of context and follower are stored."""
        return sum(len(followers) for _, _, followers, _ in self._levels)

    def counts(self, context: Sequence[int]) -> np.ndarray:
        """Count what followed each ending of a context.

        Parameters
        ----------
        context : sequence of int
            As long as the table's contexts.

        Returns
        -------
        counts : np.ndarray [shape=(K + 1, V), float64]
            Row ``k`` belongs to the last ``k`` features; all 0 where they were never seen.
        """
        matrix = np.zeros((self.order + 1, self.vocabulary_size))
        found = 0
        for length, (keys, starts, followers, counts) in enumerate(self._levels):
            if length:
                feature = context[-length]
                if feature >= self._sizes[length - 1]:
                    break
                key = found * self._sizes[length - 1] + feature
                found = int(keys.searchsorted(key))
                if found == len(keys) or keys[found] != key:
                    break
            first, last = starts[found], starts[found + 1]
            matrix[length, followers[first:last]] = counts[first:last]
        return matrix
