"""A form plan as a picture: sections, what returns, where it closes, how tense it is.

Conventions
-----------
Bars count from 0 in code and from 1 in the picture. An arc leads from a bar that returns to where
it comes from, broken where it is varied.

Contents
--------
draw_plan
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from melodyai_edu.render.palette import colour_of, hatch_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_plan"]

_INCHES_A_BAR, _HEIGHT, _WIDEST = 0.32, 3.0, 14.0
_INK = "#222222"
_CLOSES = {"half": ",", "full": "."}


def draw_plan(
    sections: Sequence[tuple[str, int, int]],
    returns: Sequence[int],
    varied: Mapping[int, int],
    cadences: Mapping[int, str],
    tension: Sequence[float],
) -> Figure:
    """Draw the plan of a piece.

    Parameters
    ----------
    sections : sequence of (str, int, int)
        Name, first bar and number of bars.
    returns : sequence of int
        For each bar the first one that is equal to it.
    varied : mapping of int to int
        For each bar that is varied the one that it varies.
    cadences : mapping of int to str
        ``"half"`` or ``"full"``.
    tension : sequence of float [0-1]
        The height of each bar's column.

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> figure = draw_plan([("A", 0, 2), ("A", 2, 2)], [0, 1, 0, 1], {}, {3: "full"}, [0, 1, 0, 1])
    >>> len(figure.axes[0].patches)
    6
    """
    from melodyai_edu.render.picture import make_figure

    bars = len(returns)
    figure = make_figure(
        (min(2.0 + _INCHES_A_BAR * bars, _WIDEST), _HEIGHT),
        _describe(sections, returns, varied, cadences, tension),
    )
    axes = figure.add_subplot()
    letters = list(dict.fromkeys(name.rstrip("'") for name, _, _ in sections))
    for name, first, length in sections:
        number = letters.index(name.rstrip("'"))
        axes.bar(
            range(first + 1, first + length + 1),
            [0.08 + 0.92 * value for value in tension[first : first + length]],
            width=0.9,
            color=colour_of(number),
            hatch=hatch_of(number) + ("..." if name.endswith("'") else ""),
            edgecolor="white",
        )
        axes.text(first + 0.6, -0.2, name, ha="left", va="center", color=_INK, weight="bold")
    _draw_returns(axes, returns, varied)
    for bar, kind in cadences.items():
        axes.text(bar + 1.35, -0.16, _CLOSES[kind], ha="center", va="center", fontsize=18)
    for _, first, _ in sections[1:]:
        axes.axvline(first + 0.5, color=_INK, lw=0.8)
    axes.set(xlim=(0.4, bars + 0.7), ylim=(-0.32, 2.1), xlabel="bar", yticks=[0, 0.5, 1])
    axes.set_ylabel("tension", loc="bottom")
    axes.set_xticks([bar for bar in range(1, bars + 1) if bar % 4 == 1 or bars <= 8])
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    return figure


def _draw_returns(axes: Any, returns: Sequence[int], varied: Mapping[int, int]) -> None:
    """Draw an arc for each bar that comes back."""
    from matplotlib.patches import Arc

    arcs = [(bar, first, "-") for bar, first in enumerate(returns) if first < bar]
    arcs += [(bar, first, ":") for bar, first in varied.items()]
    for bar, first, style in arcs:
        width = bar - first
        height = 0.25 + 1.7 * width / max(len(returns), 1)
        axes.add_patch(
            Arc(
                (1 + (bar + first) / 2, 1.04), width, height, theta1=0, theta2=180,
                ls=style, lw=0.9, color=_INK,
            )
        )  # fmt: skip


def _describe(
    sections: Sequence[tuple[str, int, int]],
    returns: Sequence[int],
    varied: Mapping[int, int],
    cadences: Mapping[int, str],
    tension: Sequence[float],
) -> str:
    """Say in words what the plan shows.

    Examples
    --------
    >>> _describe([("A", 0, 2), ("A", 2, 2)], [0, 1, 0, 1], {}, {3: "full"}, [0, 1, 0, 0.5])[:43]
    'Plan of 4 bars: A bars 1-2, A bars 3-4. Bar'
    """
    parts = ", ".join(f"{name} bars {first + 1}-{first + size}" for name, first, size in sections)
    again = sum(first < bar for bar, first in enumerate(returns))
    said = [f"Plan of {len(returns)} bars: {parts}", f"Bars that come back: {again}"]
    said += [f"Bars that are varied: {len(varied)}"] if varied else []
    said += [f"{kind.capitalize()} close in bar {bar + 1}" for bar, kind in cadences.items()]
    said.append(f"Most tense: bar {max(range(len(tension)), key=lambda bar: tension[bar]) + 1}")
    return ". ".join(said) + "."
