"""States and what leads from one to another, as a picture.

Conventions
-----------
States stand from left to right in the order of time; each has a label, each arrow the words that
lead along it.

Contents
--------
draw_graph
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from melodyai_edu.render.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_graph"]

_INCHES = (1.9, 1.1)  # a column, a row
_RADIUS = 0.16
_INK = "#222222"


def draw_graph(
    labels: Mapping[int, str],
    places: Mapping[int, tuple[float, float]],
    arrows: Sequence[tuple[int, int, str]],
    title: str = "",
) -> Figure:
    """Draw a graph.

    Parameters
    ----------
    labels : mapping of int to str
        What stands in each state.
    places : mapping of int to (float, float)
        Column and row of each state; time runs with the columns.
    arrows : sequence of (int, int, str)
        From, to, and the words on it.
    title : str, optional

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> figure = draw_graph({0: "start", 1: "end"}, {0: (0, 0), 1: (1, 0)}, [(0, 1, "C4")])
    >>> len(figure.axes)
    1
    """
    from melodyai_edu.render.picture import make_figure

    columns = max((x for x, _ in places.values()), default=0) + 1
    rows = max((y for _, y in places.values()), default=0) + 1
    figure = make_figure((min(_INCHES[0] * columns, 16), min(_INCHES[1] * rows + 0.6, 10)))
    axes = figure.add_subplot()
    for first, last, words in arrows:
        _draw_arrow(axes, places[first], places[last], words)
    for state, label in labels.items():
        x, y = places[state]
        axes.text(
            x,
            y,
            label,
            ha="center",
            va="center",
            fontsize=9,
            color=_INK,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": COLOURS[0]},
        )
    axes.set_xlim(-0.6, columns - 0.4)
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_axis_off()
    axes.set_title(title, loc="left", fontsize=10, color=_INK)
    figure.tight_layout()
    return figure


def _draw_arrow(
    axes: object, first: tuple[float, float], last: tuple[float, float], words: str
) -> None:
    bend = 0.0 if first[1] == last[1] and last[0] - first[0] <= 1 else 0.12
    axes.annotate(  # type: ignore[attr-defined]
        "",
        xy=(last[0] - _RADIUS, last[1]),
        xytext=(first[0] + _RADIUS, first[1]),
        arrowprops={
            "arrowstyle": "->",
            "color": COLOURS[1],
            "connectionstyle": f"arc3,rad={bend}",
        },
    )
    # Near its tail an arrow's words cross fewest others.
    x = first[0] + (last[0] - first[0]) * 0.45
    y = first[1] + (last[1] - first[1]) * 0.45 - bend * (last[0] - first[0]) * 0.5 - 0.08
    axes.text(x, y, words, ha="center", va="bottom", fontsize=7.5, color=_INK)  # type: ignore[attr-defined]
