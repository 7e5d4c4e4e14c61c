"""What a learner calls in a lesson: check an answer, predict, recall.

Conventions
-----------
Everything has a plain text as well as a picture or a widget, so that it works where widgets do
not, and nothing raises for a wrong answer.

Contents
--------
CheckResult, check, predict, recall
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from melodyai_edu.checks.exercise import (
    Question,
    find_exercise,
    find_prediction,
    find_recall,
)
from melodyai_edu.checks.progress import record
from melodyai_edu.checks.stops import explain_stop
from melodyai_edu.errors import MelodyAIError, ParameterError

__all__ = ["CheckResult", "check", "predict", "recall"]

_GREEN, _AMBER = "#1b7837", "#8c510a"
#: Where a reason says that nothing was given back, the commonest of all slips.
_GAVE_NONE = re.compile(r"\b(?:gives?|find|keep|back to) None\b")
_NO_RETURN = " (so does a function that ends without return)"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check.

    Parameters
    ----------
    number : str
    passed : bool
    reason : str
        What the answer shows, or what is musically wrong with it.
    hint : str, optional
    note : str, optional
        What is to be known beside it: that this try could not be kept.
    """

    number: str
    passed: bool
    reason: str
    hint: str = ""
    note: str = ""

    def __str__(self) -> str:
        mark = "✔" if self.passed else "✘"
        hint = f"\nHint: {self.hint}" if self.hint else ""
        note = f"\n{self.note}" if self.note else ""
        return f"{mark} Exercise {self.number}: {self.reason}{hint}{note}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        colour = _GREEN if self.passed else _AMBER
        text = html.escape(str(self)).replace("\n", "<br>")
        return f'<div style="border-left:4px solid {colour};padding:4px 10px">{text}</div>'


def check(number: str, answer: Any) -> CheckResult:
    """Check an answer to an exercise.

    Parameters
    ----------
    number : str
        Such as ``"4.2"``.
    answer : object
        A value, or a function that you wrote, as the exercise says.

    Returns
    -------
    result : CheckResult
        Passed, or a musical reason with a hint that says more at each try.

    Raises
    ------
    ParameterError
        If there is no such exercise.
    """
    exercise = find_exercise(number)
    try:
        reason = exercise.test(answer)
    except NotImplementedError:
        return CheckResult(number, False, f"still a blank. {exercise.task}")
    except MelodyAIError as error:
        reason = str(error)
    except Exception as error:  # the learner's own code may fail in any way
        reason = explain_stop(error, answer)
    reason = reason and _GAVE_NONE.sub(rf"\g<0>{_NO_RETURN}", reason, count=1)
    progress, trouble = record(number, reason is None)
    if reason is None:
        return CheckResult(number, True, exercise.praise, note=trouble)
    hint = exercise.hints[min(progress.tries, len(exercise.hints)) - 1] if exercise.hints else ""
    return CheckResult(number, False, reason, hint, trouble)


class _Asked(NamedTuple):
    """A question, and where its answer is kept."""

    question: Question
    kind: str
    number: str

    def verdict(self, letter: str) -> str:
        """Say whether a choice is right, and why; and keep that it was made."""
        said = self.question.verdict(letter)
        record(self.number, self.question.is_right(letter), self.kind)
        return said


class _Shown:
    """A text that a notebook shows as a widget where it can."""

    def __init__(self, text: str, questions: Sequence[_Asked] = ()) -> None:
        self.text = text
        self.questions = questions

    def __repr__(self) -> str:
        return self.text

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Any = display.display
        try:
            import ipywidgets
        except ImportError:
            show({"text/plain": self.text}, raw=True)
            return
        if self.questions:
            show(ipywidgets.VBox([_question_widget(question) for question in self.questions]))
        else:
            show({"text/plain": self.text}, raw=True)


def _question_widget(asked: _Asked) -> Any:
    """Build radio buttons whose choice shows its reason."""
    import ipywidgets

    question = asked.question
    options = [(text, letter) for letter, (text, _) in question.choices.items()]
    choice = ipywidgets.RadioButtons(options=options, value=None, layout={"width": "auto"})
    verdict = ipywidgets.HTML()

    def answer(change: dict[str, Any]) -> None:
        if change["new"] is not None:
            verdict.value = html.escape(asked.verdict(change["new"]))

    choice.observe(answer, names="value")
    title = ipywidgets.HTML(f"<b>{html.escape(question.text)}</b>")
    return ipywidgets.VBox([title, choice, verdict])


def predict(number: str, choice: str | None = None) -> _Shown:
    """Ask what will happen, before the next cell shows it.

    Parameters
    ----------
    number : str
        Such as ``"0.1"``.
    choice : str, optional
        A letter; without it the choices are shown, with buttons where there are widgets.

    Returns
    -------
    shown : object
        Displays the question, or whether the choice is right and why.

    Raises
    ------
    ParameterError
        If there is no such prediction or choice.
    """
    asked = _Asked(find_prediction(number), "predictions", number)
    if choice is None:
        return _Shown(str(asked.question), (asked,))
    return _Shown(asked.verdict(choice))


def recall(lesson: int, choices: str | None = None) -> _Shown:
    """Ask a lesson's five questions.

    Parameters
    ----------
    lesson : int
    choices : str, optional
        Five letters, such as ``"abcab"``; without them the questions are shown, with buttons
        where there are widgets.

    Returns
    -------
    shown : object
        Displays the questions, or a line for each choice and how many are right.

    Raises
    ------
    ParameterError
        If there is no such lesson, or the letters are not five.
    """
    asked = [
        _Asked(question, "recall", f"{lesson}.{place}")
        for place, question in enumerate(find_recall(lesson), 1)
    ]
    if choices is None:
        text = "\n\n".join(f"{n}. {one.question}" for n, one in enumerate(asked, 1))
        return _Shown(text, asked)
    letters = [letter for letter in choices.lower() if letter.isalpha()]
    if len(letters) != len(asked):
        raise ParameterError(
            f"choices={choices!r} must be {len(asked)} letters, one for each question"
        )
    pairs = list(zip(asked, letters, strict=True))
    lines = [f"{n}. {one.verdict(letter)}" for n, (one, letter) in enumerate(pairs, 1)]
    right = sum(one.question.is_right(letter) for one, letter in pairs)
    return _Shown("\n".join([*lines, f"{right} of {len(asked)} right"]))
