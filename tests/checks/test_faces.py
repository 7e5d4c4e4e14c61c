"""Checks give musical reasons and growing hints, and never raise for a wrong answer."""

import pytest

import melodyai_edu as mai
from melodyai_edu.checks import exercise, faces
from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.checks.progress import load_progress
from melodyai_edu.errors import ParameterError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def fake(monkeypatch):
    """An exercise of lesson 00 that wants the number 7."""
    made = Exercise("Say seven.", lambda x: None if x == 7 else "too low", ("one", "two"), "seven")
    lesson = exercise._lesson("0.1")
    monkeypatch.setitem(lesson.EXERCISES, "0.9", made)


def test_pass(fake):
    result = mai.check("0.9", 7)
    assert result.passed
    assert str(result) == "✔ Exercise 0.9: seven"
    assert load_progress()["0.9"].passed


def test_hints_grow_and_stay_at_the_last(fake):
    said = [mai.check("0.9", 1).hint for _ in range(4)]
    assert said == ["one", "two", "two", "two"]
    assert load_progress()["0.9"].tries == 4


def test_a_blank_is_no_try(fake, monkeypatch):
    def blank(_):
        raise NotImplementedError("Exercise 0.9")

    monkeypatch.setitem(
        exercise._lesson("0.1").EXERCISES, "0.9", Exercise("Say seven.", blank, ("one",), "seven")
    )
    assert str(mai.check("0.9", None)) == "✘ Exercise 0.9: still a blank. Say seven."
    assert load_progress() == {}


def test_the_learners_own_mistake_is_named(fake, monkeypatch):
    monkeypatch.setitem(
        exercise._lesson("0.1").EXERCISES, "0.9",
        Exercise("Divide.", lambda f: f(), ("Mind the zero.",), "done"),
    )  # fmt: skip
    result = mai.check("0.9", lambda: 1 / 0)
    assert "your code stopped with ZeroDivisionError: division by zero" in str(result)


def test_shown_text_is_escaped():
    assert "&lt;b&gt;" in faces.CheckResult("0.9", False, "<b>")._repr_html_()


def test_what_cannot_be_kept_is_said_once(home, fake):
    (home / "progress.json").write_text("[1, 2")
    result = mai.check("0.9", 7)
    assert result.passed
    assert "was damaged: it lies beside the new one as progress.json.damaged" in str(result)
    assert mai.check("0.9", 6).note == ""
    assert load_progress() == {"0.9": (1, True)}


def stopped(number, answer):
    return mai.check(number, answer).reason


def test_what_a_check_cannot_use_is_told_from_what_stopped():
    assert "you handed over 2, and a function is wanted: give its name" in stopped("8.3", 2)
    assert "cannot be called as the exercise says (" in stopped("8.3", lambda: 2)
    assert "what you give back cannot be used (TypeError" in stopped("8.3", lambda a, b: [])
    assert "; does your function end with return?" in stopped("8.3", lambda a, b: None)
    assert "your code stopped with KeyError: 4" in stopped("8.3", lambda a, b: {}[4])


def test_a_line_of_a_cell_is_named(fake, monkeypatch):
    cell = compile("def half(x):\n    y = x\n    return y / 0\n", "ipykernel_7/8.py", "exec")
    space = {"__name__": "__main__"}
    exec(cell, space)
    made = Exercise("Halve.", lambda f: f(4), ("h",), "yes")
    monkeypatch.setitem(exercise._lesson("0.1").EXERCISES, "0.9", made)
    assert "stopped in line 3 of its cell with ZeroDivisionError" in stopped("0.9", space["half"])


def test_a_forgotten_return_is_named():
    assert "you give None (so does a function that ends without return): a scale" in stopped(
        "0.3", lambda pitches: None
    )


def test_unknown_numbers_say_what_there_is():
    with pytest.raises(ParameterError, match=r"number='77.1' belongs to no lesson"):
        mai.check("77.1", None)
    with pytest.raises(ParameterError, match=r"number='0.8' is no exercise; use one of: 0.1"):
        mai.check("0.8", None)
    with pytest.raises(ParameterError, match="belongs to no lesson"):
        mai.check("../x", None)


def test_prediction():
    assert "a) another jig" in repr(mai.predict("0.1"))
    assert repr(mai.predict("0.1", "B")).startswith("Right. The seed fixes")
    assert repr(mai.predict("0.1", "a")).startswith("Not so. ")
    with pytest.raises(ParameterError, match="choice='z' must be one of: a, b, c"):
        mai.predict("0.1", "z")


def test_recall():
    assert "5. Why does the report" in repr(mai.recall(0))
    assert repr(mai.recall(0, "abcba")).endswith("5 of 5 right")
    assert repr(mai.recall(0, "b b c b a")).endswith("4 of 5 right")
    with pytest.raises(ParameterError, match="must be 5 letters"):
        mai.recall(0, "ab")


def test_answers_are_kept():
    mai.predict("0.1")
    mai.recall(0)
    assert load_progress("predictions") == load_progress("recall") == {}
    mai.predict("0.1", "a")
    mai.predict("0.1", "b")
    mai.recall(0, "bbcba")
    assert load_progress("predictions") == {"0.1": (1, True)}
    assert load_progress("recall")["0.1"] == (1, False)
    assert load_progress("recall")["0.5"] == (0, True)
    assert load_progress() == {}


def test_buttons_show_the_reason_and_keep_the_answer():
    question = Question("Which?", {"a": ("this", "It is."), "b": ("that", "It is <not>.")}, "a")
    asked = faces._Asked(question, "recall", "7.2")
    _, choice, verdict = faces._question_widget(asked).children
    choice.value = "b"
    assert verdict.value == "Not so. It is &lt;not&gt;."
    choice.value = "a"
    assert verdict.value == "Right. It is."
    assert load_progress("recall") == {"7.2": (1, True)}


def test_a_question_has_its_answer():
    with pytest.raises(ParameterError, match="right='c' must be one of: a"):
        Question("Which?", {"a": ("this", "It is.")}, "c")
