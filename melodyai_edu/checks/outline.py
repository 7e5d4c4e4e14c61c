"""The course in a table: what each lesson is called, and how much there is to do in it.

Conventions
-----------
It is a table, so that nothing of a lesson has to be imported to count; a test holds it against
the lessons.

Contents
--------
Lesson, LESSONS
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LESSONS", "Lesson"]


class Lesson(NamedTuple):
    """A lesson, and how many things of each kind of `melodyai_edu.checks.progress.KINDS` it has.

    Examples
    --------
    >>> LESSONS[4].label, LESSONS[4].notebook
    ('04 A first composer', '04_a_first_composer.ipynb')
    """

    number: int
    title: str
    predictions: int
    exercises: int = 3
    recall: int = 5

    @property
    def label(self) -> str:
        """Its number and title."""
        return f"{self.number:02d} {self.title}"

    @property
    def notebook(self) -> str:
        """The name of its file in ``notebooks/``."""
        return f"{self.label.lower().replace(' ', '_')}.ipynb"


LESSONS = (
    Lesson(0, "Hear it in five minutes", predictions=1),
    Lesson(1, "Music as data", predictions=1),
    Lesson(2, "Theory as code", predictions=2),
    Lesson(3, "Listening with numbers", predictions=2),
    Lesson(4, "A first composer", predictions=1),
    Lesson(5, "An LSTM melody", predictions=1),
    Lesson(6, "Evaluate honestly", predictions=2),
    Lesson(7, "Attention", predictions=1),
    Lesson(8, "Rhythm", predictions=1),
    Lesson(9, "Harmony", predictions=2),
    Lesson(10, "Structure", predictions=2),
    Lesson(11, "Control", predictions=1),
    Lesson(12, "Learn from ratings", predictions=2),
    Lesson(13, "Ship it", predictions=4),
)
