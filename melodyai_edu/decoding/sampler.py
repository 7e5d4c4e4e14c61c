"""Choosing one token from a distribution.

Conventions
-----------
Probabilities are ``float64[V]``, a mask is ``bool[V]`` and true where a token is legal. All chance
comes from the generator that is passed in.

Contents
--------
Sampler
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from melodyai_edu.errors import ParameterError

__all__ = ["Sampler"]


@dataclass(frozen=True, slots=True)
class Sampler:
    """Draws legal tokens.

    Parameters
    ----------
    temperature : float, default 1.0
        Below 1 the likely tokens become likelier, above 1 all become more alike; above 0.
    top_k : int, optional
        Draw from the k likeliest legal tokens only.
    top_p : float, optional
        Draw from the fewest likeliest tokens that hold this share of the probability.

    Raises
    ------
    ParameterError
        If a parameter is out of range.

    References
    ----------
    Holtzman et al. (2020), The curious case of neural text degeneration: top-p.

    Examples
    --------
    >>> sampler = Sampler(temperature=0.1)
    >>> sampler.sample(np.array([0.6, 0.3, 0.1]), np.array([False, True, True]),
    ...                np.random.default_rng(0))
    1
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.temperature < float("inf"):
            raise ParameterError(f"temperature={self.temperature} must be above 0; 1 is neutral")
        if self.top_k is not None and self.top_k < 1:
            raise ParameterError(f"top_k={self.top_k} must be a positive integer or None")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ParameterError(f"top_p={self.top_p} must be above 0 and at most 1, or None")

    def sample(
        self, probabilities: np.ndarray, mask: np.ndarray, random: np.random.Generator
    ) -> int:
        """Draw one token.

        Parameters
        ----------
        probabilities : np.ndarray [shape=(V,), float]
            Need not sum to 1.
        mask : np.ndarray [shape=(V,), bool]
        random : np.random.Generator

        Returns
        -------
        token_id : int
            Always a legal one, even if the model gave every legal token nothing.

        Raises
        ------
        ParameterError
            If the mask allows nothing.
        """
        legal = np.flatnonzero(mask)
        if not legal.size:
            raise ParameterError("mask must allow at least one token")
        weights = self._weights(probabilities[legal])
        bounds = weights.cumsum()
        place = int(bounds.searchsorted(random.random() * bounds[-1], side="right"))
        return int(legal[min(place, len(legal) - 1)])

    def _weights(self, probabilities: np.ndarray) -> np.ndarray:
        """Apply temperature, then top-k, then top-p."""
        if not probabilities.any():
            probabilities = np.ones_like(probabilities)
        weights: np.ndarray = (probabilities / probabilities.max()) ** (1.0 / self.temperature)
        order = np.argsort(-weights, kind="stable")
        if self.top_k is not None:
            weights[order[self.top_k :]] = 0.0
        if self.top_p is not None:
            before = weights[order].cumsum() - weights[order]
            weights[order[before >= self.top_p * weights.sum()]] = 0.0
        return weights
