"""Who came, who waited and who was sent away, as a picture.

Conventions
-----------
Times are seconds from when the first one came.

Contents
--------
draw_visits
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.render.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_visits"]

_ROW = 0.2  # inches a caller
_SHORTEST = 0.01  # of the picture's width: what was answered at once is still seen
_KINDS = (
    ("got a piece", COLOURS[0], ""),
    ("told to come again", COLOURS[1], "///"),
)


def draw_visits(
    visits: Sequence[tuple[float, float, int]],
    queue: Sequence[tuple[float, float]],
    places: int | None = None,
) -> Figure:
    """Draw the callers, and the queue below them.

    Parameters
    ----------
    visits : sequence of (float, float, int) [seconds, seconds, status of HTTP]
        When each one came, when they had their answer, and which.
    queue : sequence of (float, float) [seconds, jobs]
        How many jobs waited at a time.
    places : int, optional
        How many may wait.

    Returns
    -------
    figure : matplotlib.figure.Figure
        With a description for those who do not see it.

    Raises
    ------
    ParameterError
        If nobody came.

    Examples
    --------
    >>> draw_visits([(0.0, 0.4, 201), (0.0, 0.1, 503)], [(0.0, 1.0)]).description[:55]
    '2 callers: 1 got a piece, the last after 0.4 seconds; 1'
    """
    from melodyai_edu.render.picture import make_figure

    if not visits:
        raise ParameterError("visits=[] must hold at least one caller")
    height = 2.6 + _ROW * len(visits)
    figure = make_figure((7.5, height), _describe(visits, queue))
    above, below = figure.subplots(
        2, 1, sharex=True, height_ratios=(max(1.0, _ROW * len(visits)), 1.0)
    )
    _draw_callers(above, visits)
    _draw_queue(below, queue, places)
    figure.tight_layout()
    return figure


def _is_served(status: int) -> bool:
    return status < HTTPStatus.BAD_REQUEST


def _describe(
    visits: Sequence[tuple[float, float, int]], queue: Sequence[tuple[float, float]]
) -> str:
    served = [end - begin for begin, end, status in visits if _is_served(status)]
    last = f", the last after {max(served):.1f} seconds" if served else ""
    most, sent_away = max((length for _, length in queue), default=0), len(visits) - len(served)
    return (
        f"{len(visits)} callers: {len(served)} got a piece{last}; {sent_away} told to come again. "
        f"At most {most:.0f} waited in the queue."
    )


def _draw_callers(axes: Any, visits: Sequence[tuple[float, float, int]]) -> None:
    shortest = _SHORTEST * max(end for _, end, _ in visits)
    seen: set[int] = set()
    for row, (begin, end, status) in enumerate(sorted(visits, key=lambda visit: visit[1])):
        kind = 0 if _is_served(status) else 1
        label, colour, hatch = _KINDS[kind]
        axes.barh(
            row, max(end - begin, shortest), left=begin, height=0.7, color=colour, hatch=hatch,
            edgecolor="white", label=None if kind in seen else label,
        )  # fmt: skip
        seen.add(kind)
    axes.invert_yaxis()
    axes.set_yticks([])
    axes.set_ylabel(f"{len(visits)} callers")
    axes.legend(loc="best", fontsize=8)


def _draw_queue(axes: Any, queue: Sequence[tuple[float, float]], places: int | None) -> None:
    times, lengths = zip(*queue, strict=True) if queue else ((), ())
    axes.step(times, lengths, where="post", color=COLOURS[2], linewidth=1.5)
    axes.fill_between(times, lengths, step="post", color=COLOURS[2], alpha=0.25)
    if places is not None:
        axes.axhline(places, color=COLOURS[3], linestyle="--", linewidth=1)
        axes.text(0, places, " places", va="bottom", fontsize=8)
    axes.set_ylim(0, max([places or 0, *lengths, 1]) * 1.35)
    axes.set_xlim(left=0)
    axes.set_ylabel("waiting")
    axes.set_xlabel("seconds")
