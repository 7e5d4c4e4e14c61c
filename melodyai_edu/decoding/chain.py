"""Chains: hidden states one after the other, drawn exactly.

Conventions
-----------
A *place* is a step of the chain, a *state* one of its values there. All weights are natural
logarithms; ``-inf`` is what a rule forbids. They need not add up to one: a draw is the distribution
that is proportional to the exponential of a path's summed weights.

Contents
--------
Chain

References
----------
Rabiner (1989), A tutorial on hidden Markov models, Proceedings of the IEEE 77(2), 257-286: forward
and backward messages, the best path, expected moves. Scott (2002), Bayesian methods for hidden
Markov models, JASA 97, 337-351: drawing whole paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from melodyai_edu.errors import ParameterError

__all__ = ["Chain"]


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    """Add up exponentials and give the logarithm; of nothing but ``-inf`` that is ``-inf``."""
    top = np.max(values, axis=axis, keepdims=True)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        sums = np.log(np.exp(values - safe).sum(axis=axis, keepdims=True)) + safe
    found: np.ndarray = np.squeeze(sums, axis=axis)
    return found


class Chain:
    """A chain of states with weights, from which whole paths are drawn.

    Parameters
    ----------
    weights : np.ndarray [shape=(T, S), float, natural logarithm]
        Of each state at each place, for itself.
    moves : sequence of np.ndarray [shape=(S, S), float, natural logarithm]
        ``T - 1`` tables: of each state after each of the place before.
    temperature : float, default 1.0
        All weights are divided by it; above 0.

    Raises
    ------
    ParameterError
        If the shapes do not fit, or the temperature is not above 0.

    Examples
    --------
    >>> stay = np.log([[0.9, 0.1], [0.1, 0.9]])
    >>> chain = Chain(np.log([[0.8, 0.2], [0.5, 0.5], [0.4, 0.6]]), [stay, stay])
    >>> chain.best()
    (0, 0, 0)
    >>> round(float(np.exp(chain.log_probability((0, 0, 0)))), 3)
    0.562
    """

    def __init__(
        self, weights: np.ndarray, moves: Sequence[np.ndarray], temperature: float = 1.0
    ) -> None:
        if not 0 < temperature < float("inf"):
            raise ParameterError(f"temperature={temperature} must be above 0; 1 is neutral")
        if weights.ndim != 2 or len(moves) != len(weights) - 1:
            raise ParameterError(
                f"weights of shape {weights.shape} and {len(moves)} tables of moves must be (T, S) "
                f"and T - 1"
            )
        self.weights = np.asarray(weights, float) / temperature
        self.moves = [np.asarray(table, float) / temperature for table in moves]

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def forward(self) -> np.ndarray:
        """The weight of all ways to each state [shape=(T, S), float, natural logarithm]."""
        found = [self.weights[0]]
        for own, table in zip(self.weights[1:], self.moves, strict=True):
            found.append(_log_sum(found[-1][:, None] + table, axis=0) + own)
        return np.array(found)

    @cached_property
    def backward(self) -> np.ndarray:
        """The weight of all that may follow each state [shape=(T, S), float, natural logarithm]."""
        found = [np.zeros(self.weights.shape[1])]
        for own, table in zip(self.weights[:0:-1], self.moves[::-1], strict=True):
            found.append(_log_sum(table + (own + found[-1])[None, :], axis=1))
        return np.array(found[::-1])

    @cached_property
    def log_total(self) -> float:
        """The weight of all paths together [natural logarithm]; ``-inf`` if there is none."""
        return float(_log_sum(self.forward[-1], axis=0))

    @property
    def dead_end(self) -> int | None:
        """The first place at which no state can be reached; None if there is a path."""
        dead = np.flatnonzero(~np.isfinite(self.forward).any(axis=1))
        return int(dead[0]) if len(dead) else None

    def _check(self) -> None:
        if self.dead_end is not None:
            raise ParameterError(f"no path leads past place {self.dead_end}: too much is forbidden")

    def draw(self, random: np.random.Generator) -> tuple[int, ...]:
        """Draw one path.

        Parameters
        ----------
        random : np.random.Generator

        Returns
        -------
        path : tuple of int
            A state for each place.

        Raises
        ------
        ParameterError
            If there is no path.
        """
        self._check()
        path: list[int] = []
        for place in range(len(self)):
            weights = self.weights[place] + self.backward[place]
            if path:
                weights = weights + self.moves[place - 1][path[-1]]
            shares = np.exp(weights - weights.max())
            path.append(int(random.choice(len(shares), p=shares / shares.sum())))
        return tuple(path)

    def best(self) -> tuple[int, ...]:
        """Find the path that weighs most (Viterbi).

        Returns
        -------
        path : tuple of int

        Raises
        ------
        ParameterError
            If there is no path.
        """
        self._check()
        reach, last = self.weights[0], []
        for own, table in zip(self.weights[1:], self.moves, strict=True):
            ways = reach[:, None] + table
            last.append(ways.argmax(axis=0))
            reach = ways.max(axis=0) + own
        path = [int(reach.argmax())]
        for pointers in reversed(last):
            path.append(int(pointers[path[-1]]))
        return tuple(reversed(path))

    def marginals(self) -> np.ndarray:
        """Give the probability of each state at each place [shape=(T, S), float]."""
        self._check()
        shares: np.ndarray = np.exp(self.forward + self.backward - self.log_total)
        return shares

    def expected_moves(self) -> np.ndarray:
        """Give the probability of each move [shape=(T - 1, S, S), float]."""
        self._check()
        ahead = self.weights[1:] + self.backward[1:] - self.log_total
        found = [
            np.exp(before[:, None] + table + after[None, :])
            for before, table, after in zip(self.forward[:-1], self.moves, ahead, strict=True)
        ]
        return np.array(found).reshape(len(self) - 1, *2 * [self.weights.shape[1]])

    def log_probability(self, path: Sequence[int]) -> float:
        """Give the logarithm of a path's probability; ``-inf`` if it is forbidden.

        Parameters
        ----------
        path : sequence of int

        Returns
        -------
        log_probability : float [natural logarithm]
        """
        places = np.arange(len(self))
        total = self.weights[places, list(path)].sum()
        steps = zip(self.moves, path[:-1], path[1:], strict=True)
        return float(total + sum(table[a, b] for table, a, b in steps) - self.log_total)
