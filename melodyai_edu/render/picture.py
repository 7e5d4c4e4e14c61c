"""Figures that a notebook shows whether or not pyplot was ever imported.

Conventions
-----------
Sizes are inches.

Contents
--------
make_figure
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["make_figure"]


def make_figure(size: tuple[float, float]) -> Figure:
    r"""Give an empty figure that knows how to show itself.

    Parameters
    ----------
    size : (float, float) [inches]
        Width and height.

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> make_figure((1, 1))._repr_png_()[:4]
    b'\x89PNG'
    """
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure with a picture of itself."""

        def _repr_png_(self) -> bytes:
            stream = io.BytesIO()
            self.savefig(stream, format="png", dpi=100)
            return stream.getvalue()

    return ShownFigure(figsize=size)
