"""What a learner has done so far, lesson by lesson, and what comes next.

Conventions
-----------
Everything is read from the learner's own machine and goes nowhere. Lines and letters have the
colour of the page's text, and nothing has a background, so that light and dark pages both do.

Contents
--------
ProgressView, progress; the picture, in `melodyai_edu.checks.progress_picture`
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from melodyai_edu.checks.outline import LESSONS, Lesson
from melodyai_edu.checks.progress import (
    KINDS,
    Progress,
    progress_file,
    read_progress,
    reset_progress,
)
from melodyai_edu.checks.progress_picture import Dots, ProgressPicture

__all__ = ["ProgressView", "progress"]

_MARKS = {"passed": "✔", "tried": "✘", "open": "·"}
_COLUMNS = ("lesson", "exercises", "tries", "predictions", "recall")
_CELL = "background:transparent;text-align:left;padding:2px 10px"
_LINE = "border-bottom:1px solid currentColor"


@dataclass(frozen=True, slots=True)
class ProgressView:
    """What is kept of a learner's progress; a notebook shows a picture and a table of it.

    Parameters
    ----------
    kept : mapping of str to mapping of str to Progress
        By kind, then by number.
    trouble : str
        What is wrong with the file, in one sentence; nothing if nothing is.
    file : Path
        Where it is kept.
    """

    kept: Mapping[str, Mapping[str, Progress]]
    trouble: str
    file: Path

    def of(self, kind: str, lesson: Lesson) -> tuple[Progress | None, ...]:
        """Give what is kept of a lesson.

        Parameters
        ----------
        kind : str
            One of `melodyai_edu.checks.progress.KINDS`.
        lesson : Lesson

        Returns
        -------
        entries : tuple of Progress or None
            In the lesson's order; ``None`` for what was not tried.
        """
        entries, number = self.kept.get(kind, {}), getattr(lesson, kind)
        return tuple(entries.get(f"{lesson.number}.{place + 1}") for place in range(number))

    @property
    def totals(self) -> str:
        """How much of the whole course is done, in one line."""
        done, of = {}, {}
        for kind in KINDS:
            entries = [entry for lesson in LESSONS for entry in self.of(kind, lesson)]
            of[kind], done[kind] = len(entries), sum(map(_is_done(kind), entries))
        return (
            f"{done['exercises']} of {of['exercises']} exercises passed, "
            f"{done['predictions']} of {of['predictions']} predictions made, "
            f"{done['recall']} of {of['recall']} questions recalled"
        )

    @property
    def next_step(self) -> str:
        """What to do next, in one sentence or two."""
        begun = [lesson for lesson in LESSONS if self._is_begun(lesson)]
        for lesson in begun:
            if step := self._open_step(lesson):
                return step
        later = [lesson for lesson in LESSONS if not begun or lesson.number > begun[-1].number]
        fresh = [lesson for lesson in (*later, *LESSONS) if lesson not in begun]
        if fresh:
            verb = "Go on" if begun else "Begin"
            return f"{verb} with lesson {fresh[0].label}: open notebooks/{fresh[0].notebook}."
        return "You have done all lessons. Compose something of your own: mai.studio()."

    @property
    def picture(self) -> ProgressPicture:
        """A small picture: a column for each lesson, a dot for each thing to do."""
        columns = tuple(
            Dots(lesson.number, *(tuple(map(_state, self.of(kind, lesson))) for kind in KINDS))
            for lesson in LESSONS
        )
        return ProgressPicture(columns, f"Progress: {self.totals}.")

    def reset(self) -> str:
        """Begin anew; what was kept is set aside, and the sentence says where.

        Returns
        -------
        sentence : str
        """
        return reset_progress()

    def __repr__(self) -> str:
        rows = [_COLUMNS, *map(self._row, LESSONS)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([self.totals, "", *lines, "", *self._notes()])

    def _repr_html_(self) -> str:
        head = "".join(f'<th style="{_CELL};{_LINE}">{name}</th>' for name in _COLUMNS)
        rows = "".join(
            f'<tr style="background:transparent">{_cells(self._row(lesson))}</tr>'
            for lesson in LESSONS
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self._notes())
        return (
            f'<div style="background:transparent">{self.picture.svg}'
            f"<p><b>{html.escape(self.totals)}</b></p>"
            '<table style="border-collapse:collapse;background:transparent">'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}</div>"
        )

    def _row(self, lesson: Lesson) -> tuple[str, ...]:
        tried = self.of("exercises", lesson)
        marks = " ".join(_MARKS[_state(entry)] for entry in tried)
        tries = sum(entry.tries + entry.passed for entry in tried if entry)
        counts = {
            kind: f"{sum(map(_is_done(kind), self.of(kind, lesson)))} of {getattr(lesson, kind)}"
            for kind in KINDS
        }
        exercises = f"{counts['exercises']}  {marks}"
        return lesson.label, exercises, str(tries), counts["predictions"], counts["recall"]

    def _notes(self) -> list[str]:
        kept = f"Kept on this computer alone, in {self.file}"
        return [*([self.trouble] if self.trouble else []), f"Next: {self.next_step}", kept]

    def _is_begun(self, lesson: Lesson) -> bool:
        return any(entry for kind in KINDS for entry in self.of(kind, lesson) if entry is not None)

    def _open_step(self, lesson: Lesson) -> str:
        """Say what is still to be done in a lesson that was begun."""
        for place, entry in enumerate(self.of("exercises", lesson), 1):
            if entry is None or not entry.passed:
                step = f"Exercise {lesson.number}.{place} of lesson {lesson.label}."
                tries = entry.tries if entry else 0
                again = f" You have tried it {_times(tries)}; each try gets a hint that says more."
                return step + (again if tries else "")
        if None in self.of("recall", lesson):
            return f"The questions of lesson {lesson.label}: mai.recall({lesson.number})."
        return ""


def progress() -> ProgressView:
    """Show what you have passed and tried, lesson by lesson, and what to do next.

    Returns
    -------
    view : ProgressView
        A notebook shows a picture and a table; elsewhere it is plain text. ``.picture`` is the
        picture alone, ``.next_step`` the next thing to do, and ``.reset()`` begins anew.

    Examples
    --------
    >>> view = progress()
    >>> view.totals  # doctest: +ELLIPSIS
    '... exercises passed, ... predictions made, ... questions recalled'
    """
    kept, trouble = read_progress()
    return ProgressView(kept, trouble, progress_file())


def _state(entry: Progress | None) -> str:
    if entry is None:
        return "open"
    return "passed" if entry.passed else "tried"


def _is_done(kind: str) -> Callable[[Progress | None], bool]:
    """Give what counts as done: an exercise must be passed, a question answered."""
    if kind == "exercises":
        return lambda entry: entry is not None and entry.passed
    return lambda entry: entry is not None


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _cells(row: tuple[str, ...]) -> str:
    return "".join(f'<td style="{_CELL}">{html.escape(text)}</td>' for text in row)
