"""The ratings of a store on one page: a figure, and the same in words.

Conventions
-----------
Bars have a colour and a pattern, and their figures stand beside them, so nothing is told by colour
alone. Likings run from 0 to 100%; thin lines are 95% intervals.

Contents
--------
dashboard, describe_dashboard, save_dashboard
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.feedback.acceptance import Acceptance, Group, acceptance_of
from melodyai_edu.feedback.rating import ACTIONS
from melodyai_edu.feedback.store import RatingStore
from melodyai_edu.io.disk import as_path, save_bytes
from melodyai_edu.render.palette import colour_of, hatch_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dashboard", "describe_dashboard", "save_dashboard"]

_INCHES, _INCHES_EMPTY = (11.0, 7.0), (6.0, 1.5)
#: How high a bar is, of 1, and how long a line of words [characters].
_BAR, _LINE = 0.45, 44
_PICTURES = (".png", ".svg", ".pdf")
_MOST_BARS, _LONGEST_NAME = 8, 26
_EMPTY = (
    "Nobody has rated a piece yet. Rate one: mai.rate(piece, stars=4), or mai.rate(piece, "
    "thumb=True)."
)


def describe_dashboard(store: RatingStore) -> str:
    """Say in words what the dashboard shows.

    Parameters
    ----------
    store : RatingStore

    Returns
    -------
    text : str
        A sentence or a list on each line.
    """
    return _describe(acceptance_of(store.ratings()))


def dashboard(store: RatingStore) -> Figure:
    """Draw how well pieces are liked, and what was done with them.

    Parameters
    ----------
    store : RatingStore

    Returns
    -------
    figure : matplotlib.figure.Figure
        Five panels: by genre, by mood, by model, over time, and the share of pieces that were
        shown, kept and exported. Its ``description`` says the same in words.
    """
    from melodyai_edu.render.picture import make_figure

    found = acceptance_of(store.ratings())
    figure = make_figure(_INCHES if found.ratings else _INCHES_EMPTY, _describe(found))
    if not found.ratings:
        figure.text(0.5, 0.5, fill(_EMPTY, 60), ha="center", va="center", fontsize=12)
        return figure
    panels = figure.subplots(2, 3).flat
    for number, (axes, (title, groups)) in enumerate(
        zip(panels, _panels(found).items(), strict=False)
    ):
        _draw_bars(axes, title, groups, number)
    _draw_time(panels[3], found.over_time)
    _draw_shares(panels[4], found)
    panels[5].set_axis_off()
    lines = [_plain(fill(line, _LINE)) for line in _summary(found)]
    panels[5].text(0.0, 0.95, "\n".join(lines), va="top", fontsize=9)
    figure.tight_layout()
    return figure


def save_dashboard(store: RatingStore, path: str | os.PathLike[str]) -> Path:
    """Draw the dashboard into a file.

    Parameters
    ----------
    store : RatingStore
    path : path
        Ends in ``.png``, ``.svg`` or ``.pdf``.

    Returns
    -------
    path : Path

    Raises
    ------
    ParameterError
        If the suffix is another one.
    OutputError
        If the file cannot be written.
    """
    file = as_path(path, OutputError)
    if file.suffix.lower() not in _PICTURES:
        raise ParameterError(f"path={str(path)!r} must end in one of: {', '.join(_PICTURES)}")
    stream = io.BytesIO()
    dashboard(store).savefig(stream, format=file.suffix.lower()[1:], dpi=150)
    save_bytes(stream.getvalue(), file)
    return file


def _panels(found: Acceptance) -> dict[str, tuple[Group, ...]]:
    return {
        "by genre": found.by_genre,
        "by mood": found.by_mood,
        "by model": found.by_model,
    }


def _summary(found: Acceptance) -> list[str]:
    lines = [
        f"{_count(found.ratings, 'rating')} of {_count(found.pieces, 'piece')} "
        f"by {_count(found.raters, 'rater')}",
    ]
    for model, (won, games) in list(found.won.items())[:_MOST_BARS]:
        lines.append(
            f"{_short(model)} won {won} of {_count(games, 'comparison')} with another model"
        )
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."


def _plain(text: str) -> str:
    """Keep matplotlib from reading mathematics in a text."""
    return text.replace("$", r"\$")


def _draw_bars(axes: Axes, title: str, groups: Sequence[Group], number: int) -> None:
    """Draw a bar for each of the largest groups, the largest on top, and its name above it."""
    shown = groups[:_MOST_BARS]
    more = f"\n(the {_MOST_BARS} largest of {len(groups)})" if len(groups) > _MOST_BARS else ""
    places, means = range(len(shown)), [100 * group.liking for group in shown]
    axes.barh(
        places, means, _BAR, color=colour_of(number), hatch=hatch_of(number), edgecolor="black"
    )
    errors = [[100 * (g.liking - g.low) for g in shown], [100 * (g.high - g.liking) for g in shown]]
    axes.errorbar(means, places, xerr=errors, fmt="none", ecolor="black", capsize=3)
    for place, group in zip(places, shown, strict=True):
        text = f"{_plain(_short(group.name))}: {group.liking:.0%} ({group.number})"
        axes.text(1, place - _BAR / 2 - 0.05, text, fontsize=8, va="bottom")
    axes.set_yticks([])
    axes.set(title=f"liked, {title}{more}", xlim=(0, 105), xlabel="liking [%]")
    axes.set_ylim(max(len(shown), 3) - 0.5, -0.8)
    _say_nothing_yet(axes, bool(groups))


def _draw_time(axes: Axes, groups: Sequence[Group]) -> None:
    """Draw how the liking goes on, with its interval."""
    places, means = range(len(groups)), [100 * group.liking for group in groups]
    low, high = [100 * group.low for group in groups], [100 * group.high for group in groups]
    axes.fill_between(places, low, high, color=colour_of(5), alpha=0.4, linewidth=0)
    axes.plot(places, means, "o-", color=colour_of(0))
    step = max(1, -(-len(groups) // 3))
    axes.set_xticks(places[::step], [group.name for group in groups[::step]], fontsize=8)
    axes.set(title="liked, over time", ylim=(-5, 105), ylabel="liking [%]")
    _say_nothing_yet(axes, bool(groups))


def _draw_shares(axes: Axes, found: Acceptance) -> None:
    """Draw with which share of pieces something was done."""
    for number, action in enumerate(ACTIONS):
        share = 100 * found.share(action)
        axes.bar(number, share, color=colour_of(number), hatch=hatch_of(number), edgecolor="black")
        axes.annotate(f"{share:.0f}%", (number, share), ha="center", va="bottom")
    axes.set_xticks(range(len(ACTIONS)), ACTIONS)
    axes.set(title="what was done with pieces", ylim=(0, 115), ylabel="share of pieces [%]")


def _say_nothing_yet(axes: Axes, is_drawn: bool) -> None:
    if not is_drawn:
        axes.text(0.5, 0.5, "no stars and no thumbs yet", ha="center", transform=axes.transAxes)


def _describe(found: Acceptance) -> str:
    if not found.ratings:
        return _EMPTY
    lines = _summary(found)
    for title, groups in {**_panels(found), "over time": found.over_time}.items():
        told = ", ".join(
            f"{group.name} {group.liking:.0%} ({group.number})"
            for group in (groups if title == "over time" else groups[:_MOST_BARS])
        )
        lines.append(f"Liked, {title}: {told or 'no stars and no thumbs yet'}")
    shares = ", ".join(f"{action} {found.share(action):.0%}" for action in ACTIONS)
    return "\n".join([*lines, f"Of all pieces: {shares}"])
