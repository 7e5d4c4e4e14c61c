"""Who is preferred, as a matter of merits: Bradley and Terry's model, fitted by Newton's method.

Conventions
-----------
Two things are compared by the difference of their merits; a merit is linear in what describes a
thing. So the chance that the first is preferred is a logistic regression on the difference of two
descriptions, without an intercept: who stands first does not count.

Contents
--------
Fit, sigmoid, fit_merits
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError

__all__ = ["Fit", "fit_merits", "sigmoid"]

_MOST_STEPS = 50
_CLOSE = 1e-10


class Fit(NamedTuple):
    """Weights, and how sure they are.

    Parameters
    ----------
    weights : np.ndarray [shape=(F,), float]
        The likeliest ones.
    covariance : np.ndarray [shape=(F, F), float]
        Of the weights around them: Laplace's approximation.
    """

    weights: np.ndarray
    covariance: np.ndarray


def sigmoid(margins: np.ndarray) -> np.ndarray:
    """Turn differences of merits into probabilities, without overflow.

    Parameters
    ----------
    margins : np.ndarray [float]

    Returns
    -------
    probabilities : np.ndarray [float, 0-1]

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    half: np.ndarray = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(margins, float)))
    return half


def fit_merits(
    differences: np.ndarray, ridge: float = 1.0, importance: np.ndarray | None = None
) -> Fit:
    """Find the weights under which what was preferred is preferred.

    Maximises the log likelihood less ``ridge / 2`` times the sum of squares: a normal prior around
    0 of variance ``1 / ridge``. The problem is convex, and Newton's method with halved steps finds
    its one maximum (iteratively reweighted least squares).

    Parameters
    ----------
    differences : np.ndarray [shape=(N, F), float]
        What describes the preferred one less what describes the other, pair by pair.
    ridge : float, default 1.0
        Above 0; a large one keeps weights small.
    importance : np.ndarray, optional [shape=(N,), float]
        How much each pair counts; 1 each when left out.

    Returns
    -------
    fit : Fit

    Raises
    ------
    ParameterError
        If there is no pair, a number is not finite, or ``ridge`` is not above 0.

    References
    ----------
    Bradley & Terry (1952), Biometrika 39, 324-345. Laplace's approximation: MacKay (1992), Neural
    Computation 4, 720-736.

    Examples
    --------
    >>> fit = fit_merits(np.array([[1.0, 0.0], [2.0, 1.0], [1.0, -1.0]]))
    >>> bool(fit.weights[0] > 0.5), fit.covariance.shape
    (True, (2, 2))
    """
    rows, counts = _checked(differences, ridge, importance)
    weights = np.zeros(rows.shape[1])
    for _ in range(_MOST_STEPS):
        gradient, hessian = _slopes(rows, counts, ridge, weights)
        step = np.linalg.solve(hessian, gradient)
        size, here = 1.0, _cost(rows, counts, ridge, weights)
        while size > 1e-6 and _cost(rows, counts, ridge, weights - size * step) > here:
            size /= 2
        weights = weights - size * step
        if float(gradient @ step) < _CLOSE:
            break
    return Fit(weights, np.linalg.inv(_slopes(rows, counts, ridge, weights)[1]))


def _checked(
    differences: np.ndarray, ridge: float, importance: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.asarray(differences, float)
    if rows.ndim != 2 or not len(rows) or not np.isfinite(rows).all():
        raise ParameterError(
            f"differences must be finite numbers, a row for each pair and one row at least; they "
            f"have shape {rows.shape}"
        )
    if not ridge > 0:
        raise ParameterError(f"ridge={ridge} must be above 0: without it weights may grow for ever")
    counts = np.ones(len(rows)) if importance is None else np.asarray(importance, float)
    if counts.shape != (len(rows),) or not (np.isfinite(counts) & (counts >= 0)).all():
        raise ParameterError(
            f"importance must be {len(rows)} finite numbers from 0 up, one for each pair"
        )
    return rows, counts


def _cost(rows: np.ndarray, counts: np.ndarray, ridge: float, weights: np.ndarray) -> float:
    """Give the negative log likelihood and the prior's price [nats]."""
    surprise = counts @ np.logaddexp(0.0, -(rows @ weights))
    return float(surprise + 0.5 * ridge * weights @ weights)


def _slopes(
    rows: np.ndarray, counts: np.ndarray, ridge: float, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give gradient and Hessian of the cost."""
    chance = sigmoid(rows @ weights)
    gradient = ridge * weights - rows.T @ (counts * (1.0 - chance))
    curvature = (counts * chance * (1.0 - chance))[:, None] * rows
    return gradient, ridge * np.eye(rows.shape[1]) + rows.T @ curvature
