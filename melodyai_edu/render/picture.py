"""Figures that a notebook shows whether or not pyplot was ever imported.

Conventions
-----------
Sizes are inches.

Contents
--------
image_html, make_figure
"""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["image_html", "make_figure"]


def image_html(png: bytes, description: str) -> str:
    """Give a picture as HTML that holds it, on white whatever the page is.

    Parameters
    ----------
    png : bytes
    description : str

    Returns
    -------
    html : str

    Examples
    --------
    >>> image_html(b"", "a < b")[:20]
    '<img alt="a &lt; b" '
    """
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<img alt="{html.escape(description)}" style="max-width:100%;background:white" '
        f'src="data:image/png;base64,{data}">'
    )


def make_figure(size: tuple[float, float], description: str) -> Figure:
    r"""Give an empty figure that knows how to show itself.

    Parameters
    ----------
    size : (float, float) [inches]
        Width and height.
    description : str
        What it shows, for those who do not see it; a notebook gives it to screen readers.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Its ``description`` is that text.

    Examples
    --------
    >>> make_figure((1, 1), "Nothing.")._repr_png_()[:4]
    b'\x89PNG'
    """
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure with a picture of itself."""

        def _repr_png_(self) -> bytes:
            stream = io.BytesIO()
            self.savefig(stream, format="png", dpi=100)
            return stream.getvalue()

        def _repr_html_(self) -> str:
            return image_html(self._repr_png_(), description)

    figure = ShownFigure(figsize=size, facecolor="white")  # whatever the page is, or a style says
    figure.description = description  # type: ignore[attr-defined]
    return figure
