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

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from melodyai_edu.render.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_graph"]

_INCHES = (2.3, 1.2)  # a column, a row
_LETTERS_AN_INCH = 12  # of a title
_WORDS_AT = 0.3  # of an arrow: near its tail its words cross fewest others
_RADIUS = 0.16
_INK = "#222222"
_SAID = 20  # arrows


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
    width = max(min(_INCHES[0] * columns, 24), 4)
    lines = textwrap.wrap(title, int(width * _LETTERS_AN_INCH))
    height = min(_INCHES[1] * rows, 20) + 0.4 + 0.2 * len(lines)
    figure = make_figure((width, height), _describe(labels, arrows, title))
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
    axes.set_title("\n".join(lines), loc="left", fontsize=10, color=_INK)
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
    shift = 2 * _WORDS_AT * (1 - _WORDS_AT) * bend  # of the curve from the straight line
    x = first[0] + (last[0] - first[0]) * _WORDS_AT
    y = first[1] + (last[1] - first[1]) * _WORDS_AT - shift * (last[0] - first[0]) - 0.05
    axes.text(  # type: ignore[attr-defined]
        x, y, words, ha="center", va="bottom", fontsize=7.5, color=_INK,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )  # fmt: skip


def _describe(labels: Mapping[int, str], arrows: Sequence[tuple[int, int, str]], title: str) -> str:
    """Say in words what the graph shows; of many arrows the first ones.

    Examples
    --------
    >>> _describe({0: "start", 1: "end"}, [(0, 1, "C4")], "Two states")
    'Two states. 2 states, 1 arrow: start to end by C4.'
    """

    def flat(text: str) -> str:
        return " ".join(text.split())

    ways = [f"{flat(labels[a])} to {flat(labels[b])} by {flat(words)}" for a, b, words in arrows]
    more = f"; and {len(ways) - _SAID} more" if len(ways) > _SAID else ""
    count = f"{len(labels)} states, {len(arrows)} arrow{'s' * (len(arrows) != 1)}"
    head = f"{flat(title)}. " if title else ""
    return f"{head}{count}: {'; '.join(ways[:_SAID])}{more}."
