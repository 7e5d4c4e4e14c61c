"""Figures that a notebook shows whether or not pyplot was ever imported.

Conventions
-----------
Sizes are inches.

Contents
--------
Picture, image_html, make_figure, picture
"""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "image_html", "make_figure", "picture"]

_DOTS = 100  # an inch


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
            self.savefig(stream, format="png", dpi=_DOTS)
            return stream.getvalue()

        def _repr_html_(self) -> str:
            return image_html(self._repr_png_(), description)

    figure = ShownFigure(figsize=size, facecolor="white")  # whatever the page is, or a style says
    figure.description = description  # type: ignore[attr-defined]
    return figure


@dataclass(frozen=True)
class Picture:
    """A finished picture, and in words what it shows; a notebook shows both.

    Parameters
    ----------
    png : bytes
    description : str
    """

    png: bytes = field(repr=False)
    description: str

    def _repr_png_(self) -> bytes:
        return self.png

    def _repr_html_(self) -> str:
        return image_html(self.png, self.description)


def picture(description: str) -> Picture:
    r"""Take what pyplot has drawn, and say what it shows: to end a cell with, or a function.

    Parameters
    ----------
    description : str
        What the picture shows, for those who do not see it.

    Returns
    -------
    picture : Picture
        pyplot begins a new figure after it.

    Raises
    ------
    ParameterError
        If nothing is drawn, or nothing is said.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> lines = plt.plot([60, 62, 64])
    >>> picture("A line that climbs.").png[:4]
    b'\x89PNG'
    """
    import matplotlib.pyplot as plt

    if not plt.get_fignums():
        raise ParameterError("nothing is drawn yet: draw with pyplot first, such as plt.plot(...)")
    if not description.strip():
        raise ParameterError("description='' must say what the picture shows")
    figure, stream = plt.gcf(), io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DOTS, bbox_inches="tight", facecolor="white")
    plt.close(figure)
    return Picture(stream.getvalue(), description)
