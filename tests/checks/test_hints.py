"""The hints of each lesson grow from try to try, and never hold the answer."""

import pytest

from melodyai_edu.checks import check
from melodyai_edu.checks.exercise import find_exercise
from melodyai_edu.checks.outline import LESSONS

#: By lesson, what would give one of its answers away.
LEAKS = {
    0: ('genre="reel"', "notes[-1].pitch_class ==", "sum(", "D major"),
    1: ("(octave - 4)", "events.append", "not in differences", "round_trip("),
    2: (">= 5", "(-1, -2)", "% 7", "triad(", "C5", "end_on_tonic"),
    3: ("% 12", "np.roll", "corrcoef", "sum(", "max("),
    4: ("math.log2(p)", "1 / temperature", "max(longest", "sum(raised)"),
    5: ("sum(", "mean", "run + 1", "max(", "epoch - "),
    6: ("sqrt", "z * z /", "zip(", "max(", ">="),
    7: ("argmax", ".copy()", "<= reach", "bars[:, None]", "sum(axis"),
    8: ("ratio / (", ".values()", "in first", "== 12", "<= room"),
    9: ("% 12", "argmin", "== 7", "62", "59", "came_from"),
    10: ("bars[lag", "dict.fromkeys", ".index(", "tonic + 2", "/ len("),
    11: ("own - other", ".max()", "in legal", ".count(", "sorted("),
    12: (".items()", "interval[0]", "<=", "min(", ".count(", "1.05"),
    13: ("ceil", "//", "int(", "max(", "min(", "sorted(", ".count(", "workers *"),
}
NUMBERS = {
    lesson.number: [f"{lesson.number}.{n + 1}" for n in range(lesson.exercises)]
    for lesson in LESSONS
}


@pytest.mark.parametrize("lesson", LEAKS)
def test_hints_never_hold_the_answer(lesson):
    for number in NUMBERS[lesson]:
        text = " ".join(find_exercise(number).hints)
        assert [leak for leak in LEAKS[lesson] if leak in text] == []


@pytest.mark.parametrize("number", [number for numbers in NUMBERS.values() for number in numbers])
def test_each_try_gets_the_next_hint(number, tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    hints = find_exercise(number).hints
    tries = [check(number, lambda *anything: "no idea") for _ in range(len(hints) + 1)]
    assert [one.hint for one in tries] == [*hints, hints[-1]]
    assert not any(one.passed for one in tries)
