"""From counts to probabilities: escape methods, interpolation, and how models vote.

Conventions
-----------
Counts are ``float64[..., K, V]``: one row for each context length 0 .. K-1, shortest first,
one column for each token id. Rows of contexts that never occurred are all zero.

Contents
--------
Escape, ESCAPES, get_escape, interpolate, combine
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ESCAPES", "Escape", "combine", "get_escape", "interpolate"]


@dataclass(frozen=True, slots=True)
class Escape:
    """How much of a context's belief goes to what has never followed it.

    In a context that occurred ``n`` times, with ``t`` different followers of which ``s``
    occurred once, a token that followed ``c`` times gets::

        p = (max(c - discount, 0) + (e + discount * t) * p_shorter) / (n + e)
        e = constant + per_type * t + per_single * s

    where ``p_shorter`` is its probability in the context that is one token shorter.

    Parameters
    ----------
    constant, per_type, per_single : float [counts]
        Pseudo-counts handed to the shorter context; at least 0.
    discount : float in [0, 1] [counts]
        What is taken from each follower and handed to the shorter context.

    Raises
    ------
    ParameterError
        If a value is out of range, or all four are 0: nothing would be left for new tokens.

    Examples
    --------
    >>> Escape(discount=0.5) == ESCAPES["D"]
    True
    """

    constant: float = 0.0
    per_type: float = 0.0
    per_single: float = 0.0
    discount: float = 0.0

    def __post_init__(self) -> None:
        pseudo = (self.constant, self.per_type, self.per_single)
        if min(pseudo) < 0 or not 0 <= self.discount <= 1:
            msg = f"{self} must have pseudo-counts of at least 0 and a discount from 0 to 1"
            raise ParameterError(msg)
        if self.constant + self.per_type + self.discount == 0:
            msg = f"{self} leaves nothing for new tokens: raise constant, per_type or discount"
            raise ParameterError(msg)


ESCAPES: Mapping[str, Escape] = MappingProxyType(
    {
        "A": Escape(constant=1.0),
        "C": Escape(per_type=1.0),
        "D": Escape(discount=0.5),
        "AX": Escape(constant=1.0, per_single=1.0),
    }
)
"""The escape methods of the prediction-by-partial-match literature, by their letters
(Moffat 1990 for A and C, Howard 1993 for D, Moffat, Neal & Witten 1998 for AX)."""


def get_escape(escape: str | Escape) -> Escape:
    """Return the escape itself, or the one of this letter.

    Raises
    ------
    ParameterError
        If no escape has this letter.

    Examples
    --------
    >>> get_escape("C").per_type
    1.0
    """
    if isinstance(escape, Escape):
        return escape
    if escape not in ESCAPES:
        msg = f"escape={escape!r} must be one of {', '.join(ESCAPES)}, or an Escape"
        raise ParameterError(msg)
    return ESCAPES[escape]


def interpolate(
    counts: np.ndarray, escape: Escape, fallback: np.ndarray | None = None
) -> np.ndarray:
    """Blend the counts of all context lengths into one distribution.

    Starts from the fallback and lets each longer context speak in turn.

    Parameters
    ----------
    counts : np.ndarray [shape=(..., K, V), float]
        How often each token followed each context, shortest context first.
    escape : Escape
        How much each context leaves to the shorter ones.
    fallback : np.ndarray [shape=(..., V), float] or None
        The distribution below the shortest context; None: all tokens alike.

    Returns
    -------
    probabilities : np.ndarray [shape=(..., V), float64]
        Sums to 1 over the last axis.

    References
    ----------
    Pearce & Wiggins (2004), Journal of New Music Research 33(4), 367-385. Interpolated smoothing
    did best there.

    Examples
    --------
    Two tokens; the first came three times, and once after the present context. Method C:
    ``(3 + 1/2) / 4 = 7/8``, then ``(1 + 7/8) / 2 = 15/16``.

    >>> interpolate(np.array([[3.0, 0.0], [1.0, 0.0]]), ESCAPES["C"]).tolist()
    [0.9375, 0.0625]
    """
    total = counts.sum(axis=-1)
    types = (counts > 0).sum(axis=-1)
    extra = escape.constant + escape.per_type * types
    if escape.per_single:
        extra = extra + escape.per_single * (counts == 1).sum(axis=-1)
    if escape.discount:
        counts = np.maximum(counts - escape.discount, 0.0)
    known = total > 0
    scale = known / np.where(known, total + extra, 1.0)
    left = np.where(known, (extra + escape.discount * types) * scale, 1.0)
    # What each context says survives what every longer one leaves over.
    survives = np.cumprod(left[..., ::-1], axis=-1)[..., ::-1]
    weights = scale
    weights[..., :-1] *= survives[..., 1:]
    base = 1.0 / counts.shape[-1] if fallback is None else fallback
    spoken = np.matmul(weights[..., None, :], counts)[..., 0, :]
    return np.asarray(spoken + survives[..., :1] * base)


def combine(distributions: np.ndarray, bias: float) -> np.ndarray:
    """Let several models vote, the surer ones louder.

    The weight of a model is ``(H / Hmax) ** -bias``: H is the entropy of its distribution
    and Hmax the largest possible one. The result is the weighted mean.

    Parameters
    ----------
    distributions : np.ndarray [shape=(..., M, V), float]
        One distribution for each of M models.
    bias : float
        How much louder the surer models are; 0 counts all alike.

    Returns
    -------
    probabilities : np.ndarray [shape=(..., V), float64]

    References
    ----------
    Pearce, Conklin & Wiggins (2005), Methods for combining statistical models of music.

    Examples
    --------
    >>> combine(np.array([[0.5, 0.5], [0.9, 0.1]]), bias=0).tolist()
    [0.7, 0.3]
    >>> bool(combine(np.array([[0.5, 0.5], [0.9, 0.1]]), bias=2)[0] > 0.7)
    True
    """
    size = distributions.shape[-1]
    if size == 1:
        return np.ones((*distributions.shape[:-2], 1))
    entropy = -(distributions * np.log(distributions)).sum(axis=-1) / np.log(size)
    weights = np.maximum(entropy, 1e-9) ** -bias
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.asarray((weights[..., None] * distributions).sum(axis=-2))
