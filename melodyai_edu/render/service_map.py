"""The way of a request through the service, as a picture.

Conventions
-----------
The way goes from left to right. What is refused leaves it downwards, with its status of HTTP.

Contents
--------
draw_service_map
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from melodyai_edu.render.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_service_map"]

_INK = "#222222"
_WAY, _BACK, _REFUSED = COLOURS[0], COLOURS[2], COLOURS[3]

#: Each stop: what it is called, what it does, and what is refused there.
_STOPS = (
    ("you", "send a wish\nas JSON", ""),
    ("the door", "whose key?\nhow often?\ndoes it make sense?", "401  no key\n403  not for this\n"
     "422  cannot be had\n429  too often"),
    ("the queue", "a few places,\nfirst come,\nfirst served", "503  full:\ncome again"),
    ("a worker", "composes,\none piece at a time", "422  rules in\nconflict"),
    ("the store", "keeps the piece\nunder its name", ""),
)  # fmt: skip
_ARROWS = ("wish + key", "written\ndown", "next job", "piece")
_STEP, _WIDTH, _HEIGHT = 2.5, 1.6, 1.3
_DESCRIPTION = (
    "The way of a request, from left to right. You send a wish as JSON with a key. At the door it "
    "is refused with 401 without a key, 403 if the key is not for this, 422 if it cannot be had, "
    "429 if you call too often. Then it waits in the queue, which has few places: if it is full "
    "the answer is 503, come again. A worker composes, one piece at a time, and may find that "
    "rules are in conflict, 422. The store keeps the piece. Back to you goes 201 with the piece, "
    "or 202 with the name of the job when you do not wait. Prometheus looks at queue and worker "
    "from outside, at /metrics."
)


def draw_service_map() -> Figure:
    """Draw what happens between a wish and a piece.

    Returns
    -------
    figure : matplotlib.figure.Figure
        With a description for those who do not see it.

    Examples
    --------
    >>> draw_service_map().description[:18]
    'The way of a reque'
    """
    from melodyai_edu.render.picture import make_figure

    figure = make_figure((10.5, 4.6), _DESCRIPTION)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-1.0, _STEP * (len(_STOPS) - 1) + 1.0)
    axes.set_ylim(-2.75, 2.15)
    for place, (name, words, refused) in enumerate(_STOPS):
        _draw_stop(axes, _STEP * place, name, words)
        if refused:
            _draw_refusal(axes, _STEP * place, refused)
    for place, words in enumerate(_ARROWS):
        _draw_arrow(axes, _STEP * place, words)
    _draw_way_back(axes)
    _draw_watcher(axes)
    return figure


def _draw_stop(axes: Any, x: float, name: str, words: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    box = FancyBboxPatch(
        (x - _WIDTH / 2, -_HEIGHT / 2), _WIDTH, _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.12", facecolor="white", edgecolor=_WAY, linewidth=1.5,
    )  # fmt: skip
    axes.add_patch(box)
    axes.text(x, 0.42, name, ha="center", va="center", fontsize=11, weight="bold", color=_INK)
    axes.text(x, -0.14, words, ha="center", va="center", fontsize=8.5, color=_INK)


def _arrow(axes: Any, tail: tuple[float, float], head: tuple[float, float], **look: Any) -> None:
    axes.annotate("", xy=head, xytext=tail, arrowprops={"arrowstyle": "->", "lw": 1.5, **look})


def _draw_arrow(axes: Any, x: float, words: str) -> None:
    _arrow(axes, (x + _WIDTH / 2, 0), (x + _STEP - _WIDTH / 2, 0), color=_WAY)
    middle = x + _STEP / 2
    axes.text(middle, 0.1, words, ha="center", va="bottom", fontsize=8, color=_INK)


def _draw_refusal(axes: Any, x: float, words: str) -> None:
    _arrow(axes, (x, -_HEIGHT / 2), (x, -1.15), color=_REFUSED, linestyle="--")
    axes.text(x, -1.22, words, ha="center", va="top", fontsize=9, color=_INK)


def _draw_way_back(axes: Any) -> None:
    last = _STEP * (len(_STOPS) - 1)
    axes.plot(
        [last, last, 0, 0],
        [_HEIGHT / 2, 1.35, 1.35, 1.35],
        color=_BACK,
        linewidth=1.5,
        solid_capstyle="butt",
    )
    _arrow(axes, (0, 1.35), (0, _HEIGHT / 2), color=_BACK)
    words = "201  here is your piece          202  here is the name of your job, ask again"
    axes.text(last / 2, 1.45, words, ha="center", va="bottom", fontsize=9, color=_INK)


def _draw_watcher(axes: Any) -> None:
    from matplotlib.patches import FancyBboxPatch

    left, right = _STEP * 2 - _WIDTH / 2, _STEP * 3 + _WIDTH / 2
    box = FancyBboxPatch(
        (left, -2.6), right - left, 0.42, boxstyle="round,pad=0,rounding_size=0.1",
        facecolor="white", edgecolor=_INK, linewidth=1, linestyle=":",
    )  # fmt: skip
    axes.add_patch(box)
    for x in (left + 0.2, right - 0.2):
        axes.plot([x, x], [-_HEIGHT / 2, -2.18], color=_INK, linewidth=1, linestyle=":")
    words = "/metrics: how many wait, how long it takes"
    axes.text((left + right) / 2, -2.39, words, ha="center", va="center", fontsize=9, color=_INK)
