"""Progress as a small picture: a column for each lesson, a dot for each thing to do.

Conventions
-----------
Lines and letters are ``currentColor`` and there is no background, so that it stands on light and
dark pages. State is told by shape as well as by colour: full, half, empty.

Contents
--------
Dots, ProgressPicture
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from melodyai_edu.render.palette import COLOURS

__all__ = ["Dots", "ProgressPicture"]

_PASSED, _TRIED = COLOURS[2], COLOURS[1]
_LEFT, _COLUMN, _RADIUS, _SMALL = 92, 28, 6.0, 3.5  # pixels
#: What a row of dots is called, how far apart its dots stand, and how large they are.
_ROWS = (("exercises", 16, _RADIUS), ("predictions", 11, _SMALL), ("recall", 11, _SMALL))
_LEGEND = (("passed", "right"), ("tried", "tried, not yet right"), ("open", "not yet tried"))


class Dots(NamedTuple):
    """A lesson's things to do, each ``"passed"``, ``"tried"`` or ``"open"``."""

    number: int
    exercises: tuple[str, ...]
    predictions: tuple[str, ...]
    recall: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgressPicture:
    """A picture that a notebook shows.

    Parameters
    ----------
    columns : tuple of Dots
        One for each lesson.
    description : str
        For those who do not see it.

    Examples
    --------
    >>> ProgressPicture((Dots(0, ("passed",), (), ("open",)),), "One of one.").svg[:29]
    '<svg xmlns="http://www.w3.org'
    """

    columns: tuple[Dots, ...]
    description: str

    def __repr__(self) -> str:
        return self.description

    def _repr_html_(self) -> str:
        return self.svg

    @property
    def svg(self) -> str:
        """The picture as SVG."""
        parts, top = [], 10.0
        for name, gap, radius in _ROWS:
            deepest = max((len(getattr(column, name)) for column in self.columns), default=0)
            parts.append(_text(0, top + 4, name, "start"))
            for place, column in enumerate(self.columns):
                x = _LEFT + (place + 0.5) * _COLUMN
                states = getattr(column, name)
                parts += [_dot(x, top + n * gap, radius, state) for n, state in enumerate(states)]
            top += deepest * gap + 6
        parts += self._numbers(top + 6)
        size = f'width="{_LEFT + len(self.columns) * _COLUMN}" height="{top + 28:g}"'
        label = html.escape(self.description, quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}" '
            f'style="background:transparent;color:inherit">{"".join(parts)}</svg>'
        )

    def _numbers(self, top: float) -> Iterator[str]:
        for place, column in enumerate(self.columns):
            x = _LEFT + (place + 0.5) * _COLUMN
            yield _text(x, top, f"{column.number:02d}", "middle")
        yield _text(0, top, "lesson", "start")
        x = float(_LEFT)
        for state, words in _LEGEND:
            yield _dot(x + 8, top + 14, _SMALL, state)
            yield _text(x + 16, top + 18, words, "start")
            x += 36 + 5 * len(words)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="11" '
        f'font-family="sans-serif" fill="currentColor">{words}</text>'
    )


def _dot(x: float, y: float, radius: float, state: str) -> str:
    """Draw a full dot, the lower half of one, or a ring."""
    ring = (
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{{}}" stroke="{{}}" '
        'stroke-width="1.2"/>'
    )
    if state == "passed":
        return ring.format(_PASSED, _PASSED)
    half = (
        f'<path d="M{x - radius:g} {y:g}a{radius:g} {radius:g} 0 0 0 {2 * radius:g} 0z" '
        f'fill="{_TRIED}"/>'
    )
    return ring.format("none", "currentColor") + (half if state == "tried" else "")
