"""How sure a figure is: intervals and tests.

Conventions
-----------
An interval is (low, high) around a figure, at 95% unless told otherwise. Tunes are the units that
were drawn from the world, so tunes are resampled, never notes. Chance comes from one seed.

Contents
--------
bootstrap, wilson, sign_flip
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from melodyai_edu.errors import ParameterError

__all__ = ["bootstrap", "sign_flip", "wilson"]


def bootstrap(
    totals: Sequence[float] | np.ndarray,
    counts: Sequence[float] | np.ndarray | None = None,
    *,
    level: float = 0.95,
    rounds: int = 2000,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Give a mean over tunes, and the interval in which it would fall with other tunes.

    Parameters
    ----------
    totals : sequence of float
        One number for each tune: a figure, or a sum such as its bits.
    counts : sequence of float, optional
        What to divide by, such as its notes; 1 each when left out.
    level : float, default 0.95
    rounds : int, default 2000
    seed : int, default 0

    Returns
    -------
    mean, low, high : float
        ``sum(totals) / sum(counts)``, and the percentile interval.

    Raises
    ------
    ParameterError
        If there is no tune, the lengths differ, a total is not finite, or a count is not above 0.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> mean, low, high = bootstrap([2.0, 3.0, 4.0, 3.0])
    >>> mean, low < 3.0 < high
    (3.0, True)
    """
    sums = np.asarray(totals, float)
    sizes = np.ones_like(sums) if counts is None else np.asarray(counts, float)
    if not len(sums) or sums.shape != sizes.shape:
        raise ParameterError(
            f"totals and counts must be alike and not empty, have {len(sums)} and {len(sizes)}"
        )
    if not np.isfinite(sums).all() or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ParameterError(
            "totals must be finite and counts above 0: leave out tunes without a note"
        )
    random = np.random.default_rng(seed)
    means = np.empty(rounds)
    for number in range(rounds):
        rows = random.integers(0, len(sums), len(sums))
        means[number] = sums[rows].sum() / sizes[rows].sum()
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(sums.sum() / sizes.sum()), float(low), float(high)


def wilson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Give the interval of a share.

    Parameters
    ----------
    successes, trials : int
    level : float, default 0.95

    Returns
    -------
    low, high : float [0-1]

    Raises
    ------
    ParameterError
        If there is no trial, or more successes than trials.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(90, 100)]
    [0.826, 0.945]
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ParameterError(
            f"successes={successes} of trials={trials}: there must be a trial, and no more "
            "successes than trials"
        )
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / trials
    middle = share + z**2 / (2 * trials)
    reach = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return max(0.0, float((middle - reach) / scale)), min(1.0, float((middle + reach) / scale))


def sign_flip(
    first: Sequence[float] | np.ndarray,
    second: Sequence[float] | np.ndarray,
    *,
    rounds: int = 9999,
    seed: int = 0,
) -> float:
    """Say how often chance alone makes a difference as large between paired figures.

    Each pair's difference might as well have had the other sign, if the two were equal.

    Parameters
    ----------
    first, second : sequence of float
        Figures of two models on the same tunes or folds.
    rounds : int, default 9999
    seed : int, default 0

    Returns
    -------
    p : float [0-1]
        Two-sided; never below ``1 / (rounds + 1)``.

    Raises
    ------
    ParameterError
        If there is no pair, or the lengths differ.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21.

    Examples
    --------
    >>> sign_flip([1.0] * 12, [2.0] * 12) < 0.01, sign_flip([1.0, 2.0], [2.0, 1.0])
    (True, 1.0)
    """
    differences = _differences(first, second, fewest=1)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (rounds, len(differences)))
    chance = np.abs((signs * differences).mean(axis=1))
    as_large = int((chance >= abs(differences.mean()) - 1e-12).sum())
    return (as_large + 1) / (rounds + 1)


def _differences(
    first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray, *, fewest: int
) -> np.ndarray:
    """Subtract pair by pair [shape=(pairs,), float]."""
    ours, theirs = np.asarray(first, float), np.asarray(second, float)
    if ours.ndim != 1 or ours.shape != theirs.shape or len(ours) < fewest:
        raise ParameterError(
            f"first and second must be equally long and hold at least {fewest} pair(s), "
            f"have shapes {ours.shape} and {theirs.shape}"
        )
    if not np.isfinite(ours).all() or not np.isfinite(theirs).all():
        raise ParameterError("first and second must be finite: leave out pairs without a figure")
    differences: np.ndarray = ours - theirs
    return differences
