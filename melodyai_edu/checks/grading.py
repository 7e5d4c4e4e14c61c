"""Grade one notebook: run it behind walls, and judge its answers from outside.

Conventions
-----------
A student's code runs in a process of its own (`melodyai_edu.checks.grading_kernel`). The tests of
the exercises run here: they call the student's function across a pipe and look at what it gives.
So a student can change everything in their notebook and still cannot say that an answer is right.

Contents
--------
Verdict, Grade, grade_notebook, judge
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import find_exercise
from melodyai_edu.checks.grading_child import machinery_print
from melodyai_edu.checks.grading_kernel import KernelEnd, StudentKernel
from melodyai_edu.checks.grading_limits import Limits, Walls, best_walls
from melodyai_edu.checks.grading_notebook import ANSWERS, StudentNotebook, read_notebook
from melodyai_edu.checks.stops import explain_stop
from melodyai_edu.constraints import Rule, Slot
from melodyai_edu.errors import InputError, MelodyAIError

__all__ = ["Grade", "Verdict", "grade_notebook", "judge"]

_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one exercise.

    Parameters
    ----------
    state : str
        ``"passed"``, ``"failed"``, ``"blank"`` or, where the notebook ended before, ``"not run"``.
    said : str
        The reason that the student would have heard; empty if it passed.
    """

    state: str
    said: str = ""


@dataclass(slots=True)
class Grade:
    """What became of one notebook.

    Parameters
    ----------
    lesson : int, optional
    sha256 : str
        Of the file, to know it again.
    verdicts : dict of str to Verdict
        By the exercise's number, in order.
    errors : list of str
        Cells that raised something, but for the blanks.
    tampered : list of str
        Signs that somebody wants to be judged otherwise.
    remarks : list of str
    ended : str
        A typed reason why it did not run to its end; empty if it did.
    seconds : float
    """

    lesson: int | None = None
    sha256: str = ""
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    tampered: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    ended: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> int:
        """How many exercises passed."""
        return sum(verdict.state == "passed" for verdict in self.verdicts.values())


class _FarFunction:
    """A student's function, called in the student's process."""

    def __init__(self, kernel: StudentKernel, method: str = "") -> None:
        self._kernel, self._method = kernel, method
        self.__module__ = ""  # none of this process's lines are the student's

    def __call__(self, *arguments: Any) -> Any:
        result, changed = self._kernel.ask("call", (self._method, list(arguments)))
        for mine, theirs in zip(arguments, changed, strict=False):
            _mirror(mine, theirs)
        return result


def _mirror(mine: Any, theirs: Any) -> None:
    """Let happen to an argument here what happened to it there: some tests look at that."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        mine.clear()
        mine.update(theirs)
    elif isinstance(mine, list) and isinstance(theirs, list):
        mine[:] = theirs
    elif isinstance(mine, np.ndarray) and getattr(theirs, "shape", None) == mine.shape:
        mine[...] = theirs


class _FarRule(Rule):
    """A student's rule, asked in the student's process."""

    name = "far_rule"

    def __init__(self, kernel: StudentKernel, start: Any) -> None:
        vars(self).update(start=start, __module__="")
        self._step, self._follows = _FarFunction(kernel, "step"), _FarFunction(kernel, "follows")

    def step(self, memory: Any, previous: int | None, pitch: int, slot: Slot) -> Any:
        """Ask the student's rule."""
        return self._step(memory, previous, pitch, slot)

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        """Ask the student's rule."""
        return bool(self._follows(previous, pitch, slot))


def judge(kernel: StudentKernel, number: str, expression: str) -> Verdict:
    """Judge an answer that lives in a student's process.

    Parameters
    ----------
    kernel : StudentKernel
    number : str
        The exercise's.
    expression : str
        What the notebook hands to its check.

    Returns
    -------
    verdict : Verdict

    Raises
    ------
    KernelEnd
        If the student's process does not live through it.
    """
    answer: Any = None
    try:
        kind, answer = kernel.ask("look", expression)
        if kind == "rule":
            answer = _FarRule(kernel, answer)
        elif kind == "function":
            answer = _FarFunction(kernel)
        reason = find_exercise(number).test(answer)
    except KernelEnd:
        raise
    except NotImplementedError:
        return Verdict("blank", "still a blank")
    except MelodyAIError as error:
        reason = str(error)
    except Exception as error:  # the student's own code may fail in any way
        there = getattr(error, "__notes__", None)
        reason = there[0] if there else explain_stop(error, answer)
    return Verdict("passed") if reason is None else Verdict("failed", reason[:_LONGEST_TEXT])


def grade_notebook(
    file: Path,
    limits: Limits | None = None,
    *,
    walls: Walls | None = None,
    profile: str = "smoke",
) -> Grade:
    """Run a student's notebook and judge its exercises.

    Parameters
    ----------
    file : Path
    limits : Limits, optional
    walls : Walls, optional
        The best that this system has when left out.
    profile : str, default "smoke"
        The value of ``MELODYAI_PROFILE`` that the notebook runs under.

    Returns
    -------
    grade : Grade
        Whatever the file is like; nothing is raised for a bad one.
    """
    grade, began = Grade(), monotonic()
    try:
        notebook, grade.sha256 = read_notebook(file)
        _run(notebook, grade, limits or Limits(), walls or best_walls(), profile)
    except InputError as error:
        grade.ended = f"unreadable: {error}"
    except KernelEnd as error:
        grade.ended = str(error)
    except Exception as error:  # a hostile program may answer anything
        grade.ended = f"nonsense: its Python process answered what no answer is ({error})"
    grade.seconds = monotonic() - began
    return grade


def _run(
    notebook: StudentNotebook, grade: Grade, limits: Limits, walls: Walls, profile: str
) -> None:
    """Fill in a grade; what was found before an end stays."""
    grade.lesson = notebook.lesson
    names = dict.fromkeys(_exercises(notebook.lesson), Verdict("not run"))
    grade.verdicts, grade.tampered = names, list(notebook.tricks)
    for missing in sorted(set(names) - {number for _, number, _ in notebook.checks}):
        grade.tampered.append(f"the check of exercise {missing} is missing")
    for place, number, _ in notebook.checks:
        if number not in names:
            grade.tampered.append(f"cell {place} checks {number}, which is not of this lesson")
    try:
        with StudentKernel(limits, walls, profile) as kernel:
            if kernel.open_doors:
                grade.remarks.append(f"not kept out: {', '.join(map(str, kernel.open_doors))}")
            _cells(kernel, notebook, grade)
            _machinery(kernel, grade)
    finally:
        shown = sorted(n for n in notebook.ticks & set(names) if names[n].state != "passed")
        if shown:
            grade.remarks.append(f"shows ✔ for {', '.join(shown)}, not passed here")


def _exercises(lesson: int) -> Sequence[str]:
    return list(importlib.import_module(f"melodyai_edu.checks.lesson_{lesson:02d}").EXERCISES)


def _cells(kernel: StudentKernel, notebook: StudentNotebook, grade: Grade) -> None:
    """Run all cells, and judge each answer where the notebook hands it in."""
    for place, source in enumerate(notebook.sources, 1):
        error = _error_of(kernel, source)
        if error and not error.startswith("NotImplementedError: Exercise"):
            grade.errors.append(f"cell {place}: {error[:_LONGEST_TEXT]}")
        for where, number, expression in notebook.checks:
            is_open = number in grade.verdicts and grade.verdicts[number].state != "passed"
            if where == place and is_open:
                grade.verdicts[number] = judge(kernel, number, expression)
    for number, verdict in grade.verdicts.items():
        if verdict.state == "not run":  # its check is missing: look for it under its own name
            own = dict(zip(_exercises(notebook.lesson), ANSWERS[str(notebook.lesson)].split(),
                           strict=False))  # fmt: skip
            if number in own:
                grade.verdicts[number] = judge(kernel, number, own[number])


def _error_of(kernel: StudentKernel, source: str) -> str:
    """Run a cell and give its error, if any."""
    try:
        error, _ = kernel.ask("run", source)
    except KernelEnd:
        raise
    except Exception as broken:  # it broke the program that runs the cells
        return f"{type(broken).__name__}: {broken}"
    return str(error)


def _machinery(kernel: StudentKernel, grade: Grade) -> None:
    """Compare what would judge in the student's process with the package's own."""
    lesson = grade.lesson or 0
    try:
        theirs = kernel.ask("print", lesson)
    except KernelEnd:
        raise
    except Exception as error:  # they may have broken anything
        theirs = {}
        grade.tampered.append(f"the checks inside do not answer ({type(error).__name__})")
    if isinstance(theirs, dict) and theirs:
        changed = [name for name, own in machinery_print(lesson).items() if theirs.get(name) != own]
        grade.tampered += [f"{name} was replaced" for name in changed]
