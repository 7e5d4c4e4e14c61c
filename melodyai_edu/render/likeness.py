"""A self-similarity matrix: every bar of a tune beside every other.

Conventions
-----------
Bars are counted from 1; likeness is 0 to 1, darker is more alike.

Contents
--------
draw_likeness

References
----------
Foote (1999), "Visualizing music and audio using self-similarity", ACM Multimedia.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_likeness"]

_INCHES = (5.4, 4.4)
_LINES_SAID = 3


def draw_likeness(likeness: np.ndarray) -> Figure:
    """Draw how alike every two bars are.

    Parameters
    ----------
    likeness : np.ndarray [shape=(bars, bars), float, 0-1]

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> draw_likeness(np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])).description
    'Likeness of 3 bars, each beside each. Most alike: bars 2 apart (1.00), 1 apart (0.00).'
    """
    from melodyai_edu.render.picture import make_figure

    bars = len(likeness)
    figure = make_figure(_INCHES, _describe(likeness))
    axes = figure.add_subplot()
    edges = (0.5, bars + 0.5, bars + 0.5, 0.5)
    picture = axes.imshow(likeness, cmap="Blues", vmin=0, vmax=1, extent=edges)
    axes.set(xlabel="bar", ylabel="bar")
    figure.colorbar(picture, ax=axes, label="likeness")
    figure.tight_layout()
    return figure


def _describe(likeness: np.ndarray) -> str:
    """Say in words at which distances bars are most alike."""
    means = {lag: float(np.diagonal(likeness, lag).mean()) for lag in range(1, len(likeness))}
    best = sorted(means, key=lambda lag: -means[lag])[:_LINES_SAID]
    lines = ", ".join(
        f"{'bars ' * (not place)}{lag} apart ({means[lag]:.2f})" for place, lag in enumerate(best)
    )
    return f"Likeness of {len(likeness)} bars, each beside each. Most alike: {lines or 'none'}."
