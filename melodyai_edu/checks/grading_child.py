"""The student's side of grading: runs a notebook's cells, and calls what they defined.

Conventions
-----------
Nothing that this process says is believed but as the answer of a student's function: a student's
code runs in it and can change all of it. Whether an answer is right is decided elsewhere, by
`melodyai_edu.checks.grading`.

Contents
--------
MACHINERY, machinery_print, TimeIsUp, serve
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

from melodyai_edu.checks.grading_limits import Limits, lower_limits, shut_doors
from melodyai_edu.checks.grading_values import pack_answer, unpack_question
from melodyai_edu.checks.stops import explain_stop
from melodyai_edu.constraints import Rule
from melodyai_edu.errors import MelodyAIError
from melodyai_edu.io.sandbox import receive, send

__all__ = ["MACHINERY", "TimeIsUp", "machinery_print", "serve"]

#: What decides in a learner's notebook whether an answer is right.
MACHINERY = {
    "melodyai_edu": ("check",),
    "melodyai_edu.checks": ("check",),
    "melodyai_edu.checks.faces": ("check", "find_exercise", "record", "CheckResult.__str__"),
    "melodyai_edu.checks.exercise": ("find_exercise", "_find", "_lesson"),
}


class TimeIsUp(BaseException):
    """A cell has had its time; no ``except Exception`` of a student's holds it up."""


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Stop what runs inside after so many seconds, where the system has alarms."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: Any) -> None:
        raise TimeIsUp(f"stopped after {seconds:g} seconds")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def machinery_print(lesson: int) -> dict[str, str]:
    """Take a fingerprint of each function that decides in a notebook.

    Parameters
    ----------
    lesson : int

    Returns
    -------
    prints : dict of str to str
        By its dotted name; the same wherever the package is the same.
    """
    prints = {}
    for module, names in MACHINERY.items():
        for name in names:
            found: Any = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part, None)
            prints[f"{module}.{name}"] = _print_of(found)
    exercises = importlib.import_module(f"melodyai_edu.checks.lesson_{lesson:02d}").EXERCISES
    for number, exercise in exercises.items():
        prints[f"exercise {number}"] = _print_of(exercise.test)
    return prints


def _print_of(function: Any) -> str:
    code = getattr(function, "__code__", None)
    if code is None:
        return type(function).__name__
    words = (code.co_code, repr(code.co_names), code.co_filename.rpartition("/")[2].encode())
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


class _Student:
    """A notebook under way: its namespace, and the answer that is being looked at."""

    def __init__(self, limits: Limits) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.xmode = "Minimal"
        self.limits = limits
        self.shell: Any = InteractiveShell.instance(config=config)
        # Pictures and sounds cost time, and nobody looks at them here.
        formatter: Any = self.shell.display_formatter
        formatter.active_types = ["text/plain"]
        formatter.mimebundle_formatter.enabled = False
        self.answer: Any = None

    def run(self, source: str) -> tuple[str, float]:
        """Run a cell; give its error, if any, and the seconds."""
        began = time.monotonic()
        with _at_most(self.limits.cell_seconds):
            result = self.shell.run_cell(source)
        error = result.error_before_exec or result.error_in_exec
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        text = f"{type(error).__name__}: {error}" if error is not None else ""
        return text[:300], time.monotonic() - began

    def look_at(self, expression: str) -> tuple[str, Any]:
        """Evaluate what is handed to a check; say what kind of thing it is."""
        self.answer = None
        self.answer = eval(expression, self.shell.user_ns)
        if isinstance(self.answer, type) and issubclass(self.answer, Rule):
            self.answer = self.answer()
        if isinstance(self.answer, Rule):
            return "rule", self.answer.start
        return ("function", None) if callable(self.answer) else ("value", self.answer)

    def call(self, method: str, arguments: list[Any]) -> tuple[Any, list[Any]]:
        """Call the answer; give its result and what has become of the arguments."""
        function = getattr(self.answer, method) if method else self.answer
        result = function(*arguments)
        return result, [value if _may_change(value) else None for value in arguments]


def _may_change(value: Any) -> bool:
    return isinstance(value, dict | list) or type(value).__name__ == "ndarray"


def _answered(student: _Student, question: tuple[str, Any]) -> tuple[str, Any]:
    """Do what was asked; whatever is raised becomes an answer."""
    kind, content = question
    try:
        if kind == "run":
            return "ran", student.run(content)
        if kind == "print":
            return "print", machinery_print(content)
        with _at_most(student.limits.cell_seconds):
            if kind == "look":
                return "look", student.look_at(content)
            return "call", student.call(*content)
    except TimeIsUp as error:
        return "raised", ("TimeoutError", str(error), False, f"your code was {error}")
    except BaseException as error:
        names = [each.__name__ for each in type(error).__mro__ if each.__module__ == "builtins"]
        return "raised", (
            type(error).__name__ if type(error).__module__ == "builtins" else names[0],
            f"{error}"[:500],
            isinstance(error, MelodyAIError),
            _reason(error, student.answer)[:500],
        )


def _reason(error: BaseException, answer: Any) -> str:
    """Say what a learner's own notebook would have said."""
    if answer is None or not isinstance(error, Exception):  # there is nothing to call yet
        return f"your code stopped with {type(error).__name__}: {error}"
    return explain_stop(error, answer)


def serve() -> None:
    """Answer the grader's questions until it hangs up.

    Meant for `melodyai_edu.checks.grading_kernel` alone: pipes, limits and scratch folder come in
    the command line.
    """
    inward, outward, facts = int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
    limits = Limits(**facts["limits"])
    open_doors = shut_doors(facts["scratch"], limits) if facts["walled"] else []
    os.chdir(os.path.join(facts["scratch"], "work"))  # noqa: PTH118
    questions, answers = os.fdopen(inward, "rb"), os.fdopen(outward, "wb")
    student = _Student(limits)
    lower_limits(limits)
    send(answers, pack_answer(("ready", open_doors)))
    try:
        while True:
            answer = _answered(student, unpack_question(receive(questions)))
            try:
                data = pack_answer(answer)
            except BaseException as error:
                data = pack_answer(("odd", f"{type(error).__name__}: {error}"[:300]))
            send(answers, data)
    except (EOFError, OSError):
        os._exit(0)
