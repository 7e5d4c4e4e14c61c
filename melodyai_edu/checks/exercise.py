"""Exercises and questions as values, and where a lesson's are found.

Conventions
-----------
Each ``lesson_NN.py`` has ``EXERCISES`` and ``PREDICTIONS``, by number, and ``RECALL``, five
questions. A test of an answer gives ``None`` where it passes, or a musical reason.

Contents
--------
Exercise, Question, find_exercise, find_prediction, find_recall
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from melodyai_edu.errors import ParameterError

__all__ = ["Exercise", "Question", "find_exercise", "find_prediction", "find_recall"]


@dataclass(frozen=True, slots=True)
class Exercise:
    """Something that the learner writes.

    Parameters
    ----------
    task : str
        What to do, in one sentence.
    test : callable
        Takes the answer; gives ``None`` if it is right, or why not, in musical words.
    hints : tuple of str
        From a nudge to nearly there; never the answer itself.
    praise : str
        What a right answer shows.
    """

    task: str
    test: Callable[[Any], str | None]
    hints: tuple[str, ...]
    praise: str


@dataclass(frozen=True, slots=True)
class Question:
    """A multiple-choice question with a reason for every choice.

    Parameters
    ----------
    text : str
    choices : dict of str to (str, str)
        By a letter from ``a``: what it says, and why it is right or wrong.
    right : str
        The right letter.

    Raises
    ------
    ParameterError
        If the right letter is not among the choices.
    """

    text: str
    choices: dict[str, tuple[str, str]]
    right: str

    def __post_init__(self) -> None:
        if self.right not in self.choices:
            raise ParameterError(f"right={self.right!r} must be one of: {', '.join(self.choices)}")

    def __str__(self) -> str:
        lines = [f"  {letter}) {text}" for letter, (text, _) in self.choices.items()]
        return "\n".join([self.text, *lines])

    def verdict(self, letter: str) -> str:
        """Say whether a choice is right, and why.

        Parameters
        ----------
        letter : str

        Returns
        -------
        text : str

        Raises
        ------
        ParameterError
            If there is no such choice.
        """
        word = "Right" if self.is_right(letter) else "Not so"
        return f"{word}. {self.choices[_key(letter)][1]}"

    def is_right(self, letter: str) -> bool:
        """Say whether a choice is the right one.

        Parameters
        ----------
        letter : str

        Returns
        -------
        is_right : bool

        Raises
        ------
        ParameterError
            If there is no such choice.
        """
        if _key(letter) not in self.choices:
            raise ParameterError(f"choice={letter!r} must be one of: {', '.join(self.choices)}")
        return _key(letter) == self.right


def _key(letter: str) -> str:
    return str(letter).strip().lower()


def _lesson(number: str) -> Any:
    """Import the module of a lesson by an exercise's number."""
    lesson = str(number).partition(".")[0]
    name = f"melodyai_edu.checks.lesson_{int(lesson):02d}" if lesson.isdecimal() else ""
    try:
        return importlib.import_module(name)
    except (ValueError, ModuleNotFoundError):
        raise ParameterError(
            f"number={number!r} belongs to no lesson; an exercise is called like '4.2'"
        ) from None


def find_exercise(number: str) -> Exercise:
    """Give an exercise by its number.

    Parameters
    ----------
    number : str
        Such as ``"4.2"``.

    Returns
    -------
    exercise : Exercise

    Raises
    ------
    ParameterError
        If there is none.
    """
    exercise: Exercise = _find(number, _lesson(number).EXERCISES, "exercise")
    return exercise


def find_prediction(number: str) -> Question:
    """Give a prediction by its number.

    Parameters
    ----------
    number : str

    Returns
    -------
    question : Question

    Raises
    ------
    ParameterError
        If there is none.
    """
    question: Question = _find(number, _lesson(number).PREDICTIONS, "prediction")
    return question


def find_recall(lesson: int) -> tuple[Question, ...]:
    """Give a lesson's five questions.

    Parameters
    ----------
    lesson : int

    Returns
    -------
    questions : tuple of Question

    Raises
    ------
    ParameterError
        If there is no such lesson.
    """
    questions: tuple[Question, ...] = _lesson(str(lesson)).RECALL
    return questions


def _find(number: str, known: dict[str, Any], what: str) -> Any:
    if number not in known:
        raise ParameterError(f"number={number!r} is no {what}; use one of: {', '.join(known)}")
    return known[number]
