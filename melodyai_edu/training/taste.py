"""A taste fitted to pairs: how small its weights are held, and whether the newest pairs count more.

Conventions
-----------
Pairs are (chosen, rejected), in the order in which they were rated: the newest say best what is
liked now.

Contents
--------
recency, fit_preference, choose_half_life, hold_out, Pairs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.tokens import Encoding

__all__ = ["Pairs", "choose_half_life", "fit_preference", "hold_out", "recency"]

#: Pairs of melodies, the chosen one first.
Pairs = Sequence[tuple[Encoding, Encoding]]

#: Ridges that are tried; half-lives that are tried [pairs].
_RIDGES = (1.0, 3.0, 10.0, 30.0, 100.0)
_HALF_LIVES = (None, 40.0)

#: So much better [nats a pair] must a half-life foresee new pairs, to be taken.
_CLEARLY = 0.02

#: Fewer pairs are not cut into folds: their ridge is this one.
_FOLDS, _FEWEST, _USUAL_RIDGE = 5, 10, 10.0
_HELD_OUT = 0.2


def recency(number: int, half_life: float | None) -> np.ndarray:
    """Say how much each pair counts: half as much for each half-life that it is older.

    Parameters
    ----------
    number : int
        Of pairs, the oldest first.
    half_life : float or None [pairs]
        None lets all count alike.

    Returns
    -------
    importance : np.ndarray [shape=(number,), float]

    Raises
    ------
    ParameterError
        If the half-life is not above 0.

    Examples
    --------
    >>> recency(3, 1.0).tolist()
    [0.25, 0.5, 1.0]
    """
    if half_life is None:
        return np.ones(number)
    if not half_life > 0:
        raise ParameterError(f"half_life={half_life} must be above 0 [pairs], or None")
    weights: np.ndarray = 0.5 ** (np.arange(number)[::-1] / half_life)
    return weights


def fit_preference(
    pairs: Pairs,
    *,
    kind: str = "features",
    seed: int = 0,
    ridge: float | None = None,
    half_life: float | None = None,
    encoder: str | Path | None = None,
) -> PreferenceModel:
    """Learn a taste from pairs.

    Parameters
    ----------
    pairs : sequence of (Encoding, Encoding)
        The chosen one first; the oldest pair first.
    kind : str, default "features"
        ``features``: what can be counted. ``embedding``: what a network hears.
    seed : int, default 0
        Of the folds.
    ridge : float, optional
        How strongly weights are held small; the one that foresees left-out fifths best when left
        out.
    half_life : float, optional [pairs]
        Older pairs count less; all alike when left out.
    encoder : str or Path, optional
        The network of an embedding.

    Returns
    -------
    model : PreferenceModel

    Raises
    ------
    ParameterError
        If there is no pair, a melody is no music, or a name or number is impossible.
    """
    importance = recency(len(pairs), half_life)
    options: dict[str, Any] = {"kind": kind, "encoder": encoder}
    if ridge is None:
        ridge = _choose_ridge(pairs, importance, seed, options)
    model = PreferenceModel.fit(pairs, ridge=ridge, importance=importance, **options)
    return replace(model, facts={**model.facts, "half_life": half_life, "seed": seed})


def _choose_ridge(pairs: Pairs, importance: np.ndarray, seed: int, options: Any) -> float:
    """Take the ridge under which left-out pairs surprise least."""
    if len(pairs) < _FEWEST:
        return _USUAL_RIDGE
    fold_of = np.random.default_rng(seed).permutation(len(pairs)) % _FOLDS
    costs = []
    for ridge in _RIDGES:
        cost = 0.0
        for fold in range(_FOLDS):
            kept, left = (
                np.flatnonzero(side).tolist() for side in (fold_of != fold, fold_of == fold)
            )
            model = PreferenceModel.fit(
                [pairs[i] for i in kept], ridge=ridge, importance=importance[kept], **options
            )
            cost += float(importance[left] @ _surprise(model, [pairs[i] for i in left]))
        costs.append(cost)
    return _RIDGES[int(np.argmin(costs))]


def _surprise(model: PreferenceModel, pairs: Pairs) -> np.ndarray:
    """Give how surprised a taste is by each pair [shape=(N,), float, nats]."""
    chosen, rejected = (model.scores(side) for side in zip(*pairs, strict=True))
    surprise: np.ndarray = np.logaddexp(0.0, rejected - chosen)
    return surprise


def choose_half_life(pairs: Pairs, *, seed: int = 0, blocks: int = 5) -> float | None:
    """Say whether a taste changes: by foreseeing each block of pairs from all before it.

    Parameters
    ----------
    pairs : sequence of (Encoding, Encoding)
        The oldest first.
    seed : int, default 0
    blocks : int, default 5
        Into which the later half is cut.

    Returns
    -------
    half_life : float or None [pairs]
        None where the old pairs help as much as the new ones.

    References
    ----------
    Dawid (1984), The prequential approach, Journal of the Royal Statistical Society A 147, 278-292.
    """
    if len(pairs) < 4 * _FEWEST:
        return None
    edges = np.linspace(len(pairs) // 2, len(pairs), blocks + 1).astype(int).tolist()
    costs = []
    for half_life in _HALF_LIVES:
        cost = 0.0
        for first, last in pairwise(edges):
            model = fit_preference(
                pairs[:first], ridge=_USUAL_RIDGE, half_life=half_life, seed=seed
            )
            cost += float(_surprise(model, pairs[first:last]).sum())
        costs.append(cost / (len(pairs) - edges[0]))
    best = int(np.argmin(costs))
    return _HALF_LIVES[best] if costs[best] < costs[0] - _CLEARLY else None


def hold_out(pairs: Pairs, seed: int = 0) -> tuple[list[int], list[int]]:
    """Set pairs apart: a fifth, all from the newer half.

    Parameters
    ----------
    pairs : sequence of (Encoding, Encoding)
        The oldest first.
    seed : int, default 0

    Returns
    -------
    kept, held_out : list of int
        Places. No melody of a held-out pair is in a kept one, unless that would leave fewer than
        half of all pairs.
    """
    number = max(2, round(_HELD_OUT * len(pairs)))
    newer = np.arange(len(pairs) // 2, len(pairs))
    held = sorted(np.random.default_rng(seed).permutation(newer)[:number].tolist())
    known = {encoding for i in held for encoding in pairs[i]}
    apart = [i for i in range(len(pairs)) if i not in set(held)]
    strict = [i for i in apart if known.isdisjoint(pairs[i])]
    return (strict if 2 * len(strict) >= len(pairs) else apart), held
