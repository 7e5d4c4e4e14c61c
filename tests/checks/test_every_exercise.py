"""Each exercise of the course has a right answer that passes and wrong ones that are told why.

The answers stand in the tests of the lessons: tables of pairs (answer, heard), ``None`` where it
passes. Here they are counted, and answers that are none are tried on every check.
"""

import ast
import functools
import importlib.util
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from melodyai_edu.checks import check
from melodyai_edu.checks.exercise import find_exercise
from melodyai_edu.checks.outline import LESSONS

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "lessons"
NUMBERS = [f"{lesson.number}.{n + 1}" for lesson in LESSONS for n in range(lesson.exercises)]
#: How a test names the exercise that it asks.
ASKED = r'(?:(?:reason|expect)\(|EXERCISES\[)"(\d+\.\d+)"'
every_exercise = pytest.mark.parametrize("number", NUMBERS)

#: What is said of an answer's form, not of the music or the numbers in it.
FORM = re.compile(
    r"wanted|return|True \(|True or False|no number|is no rule|nothing back|counted from 0|"
    r"a row and|a dictionary|a list of|no list|two notes$|one for each note|minus infinity|"
    r"ZeroDivision|^None$|hand over|number of a head|two names of|two places of"
)


@functools.cache
def answers_of(lesson):
    """Import the tests of a lesson."""
    name = f"test_lesson_{int(lesson):02d}"
    spec = importlib.util.spec_from_file_location(f"of_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def table(number):
    """Collect the pairs (answer, heard) by which an exercise is tested."""
    found = []
    for name, test in answers_of(number.partition(".")[0]).items():
        for mark in getattr(test, "pytestmark", []) if name.startswith("test_") else []:
            is_table = mark.name == "parametrize" and "heard" in mark.args[0]
            if is_table and number in re.findall(ASKED, inspect.getsource(test)):
                found += mark.args[1]
    return found


@every_exercise
def test_right_and_wrong_answers_are_tested(number):
    cases = table(number)
    assert [heard for _, heard in cases].count(None) >= 1, "no right answer is tested"
    told = {heard for _, heard in cases if heard and not FORM.search(heard)}
    answers = [answer for answer, heard in cases if heard in told]
    assert len(answers) >= 3, f"three wrong answers want a reason in music or numbers: {told}"
    assert len(told) >= 2, f"they are all told the same: {told}"


ANSWERS = (None, "", "no idea", (), [], {}, True, -1, 0.5, float("nan"), float("inf"), object())


@every_exercise
def test_what_is_no_answer_never_passes_and_is_told_why(number, tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    for answer in ANSWERS:
        for given in (answer, lambda *anything, answer=answer: answer):
            result = check(number, given)
            assert not result.passed, f"{given!r}, {answer!r}"
            assert len(result.reason) > 20
            assert "your code stopped" not in result.reason  # it did not: there is none


def squeezed(text):
    return re.sub(r"[\s`]", "", text)


def statements(number):
    """Give each statement of a solution, squeezed; of a return what is returned."""
    (source,) = SOURCES.glob(f"{int(number.partition('.')[0]):02d}_*.py")
    text = re.search(
        rf"# solution {re.escape(number)}\n(.*?)(?=\n# %%|\Z)", source.read_text(), re.DOTALL
    )[1]
    body = ast.parse("def solution():\n" + textwrap.indent(textwrap.dedent(text), "    "))
    for node in ast.walk(body):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef):
            lines = ast.unparse(node).removeprefix("return ").splitlines()
            yield squeezed(lines[0] if len(lines) > 1 else "".join(lines))


@every_exercise
def test_hints_grow_and_do_not_hold_a_line_of_the_solution(number):
    hints = find_exercise(number).hints
    assert len(hints) == len(set(hints)) == 3
    assert all(len(hint.split()) >= 6 for hint in hints)
    said = squeezed(" ".join(hints))
    leaks = [line for line in statements(number) if len(line) >= 12 and line in said]
    assert leaks == []


@every_exercise
def test_each_task_and_praise_is_a_sentence(number):
    exercise = find_exercise(number)
    assert exercise.task.endswith(".")
    assert len(exercise.praise.split()) >= 5
    assert not exercise.praise.endswith(".")


def test_all_exercises_are_here():
    """Those that the lessons check are those of the outline."""
    sources = [path.read_text("utf-8") for path in sorted(SOURCES.glob("[0-9][0-9]_*.py"))]
    asked = [number for text in sources for number in re.findall(r'mai\.check\("([\d.]+)"', text)]
    assert asked == NUMBERS
