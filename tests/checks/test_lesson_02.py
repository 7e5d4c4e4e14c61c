"""The exercises of lesson 02: right answers pass, typical mistakes are heard."""

import pytest

from melodyai_edu.checks import check
from melodyai_edu.checks.lesson_02 import EXERCISES
from melodyai_edu.constraints import FORBIDDEN, Rule

NUMERALS = ("I", "ii", "iii", "IV", "V", "vi", "viio")


def reason(number, answer):
    return EXERCISES[number].test(answer)


def scale(tonic):
    return [(tonic + above) % 12 for above in (0, 2, 4, 5, 7, 9, 11)]


def chord(numeral, tonic):
    place = NUMERALS.index(numeral)
    return [scale(tonic)[(place + jump) % 7] for jump in (0, 2, 4)]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (chord, None),
        (lambda n, t: tuple(chord(n, t)), None),
        (lambda n, t: chord(n, 0), "in G major's own scale"),
        (lambda n, t: sorted(chord(n, t)), "the root comes first"),
        (lambda n, t: [chord("I", t)[0] + above for above in (0, 4, 7)], "which is C"),
        (lambda n, t: [v + 12 * (v < t) for v in chord(n, t)], "pitch classes end at 11"),
        (lambda n, t: chord(NUMERALS[NUMERALS.index(n) - 1], t), "I in C major is C E G"),
        (lambda n, t: None, "hand over the three numbers"),
        (lambda n, t: ["C", "E", "G"], "three numbers are wanted"),
    ],
)
def test_chord(answer, heard):
    found = reason("2.1", answer)
    assert found is None if heard is None else heard in found


def rule(judge, begin=False):
    class StepBack(Rule):
        """After a leap up comes a step down."""

        name = "step_back"
        start = begin

        def step(self, memory, previous, pitch, slot):
            return judge(memory, 0 if previous is None else pitch - previous)

    return StepBack


def right(memory, move):
    return FORBIDDEN if memory and move not in (-1, -2) else move >= 5


@pytest.mark.parametrize(
    ("judge", "heard"),
    [
        (right, None),
        (lambda m, move: move >= 5, "then it climbs on"),
        (lambda m, move: FORBIDDEN if m and move not in (-1, -2) else move > 5, "five semitones"),
        (lambda m, move: FORBIDDEN if m and move != -2 else move >= 5, "a semitone is a step"),
        (lambda m, move: FORBIDDEN if m and move > 0 else move >= 5, "a repeated note is no step"),
        (lambda m, move: FORBIDDEN if m and move >= 0 else move >= 5, "that is no step"),
        (lambda m, move: FORBIDDEN if m and move not in (-1, -2) else abs(move) >= 5, "leaps up"),
        (lambda m, move: FORBIDDEN if m and move not in (-1, -2) else move >= 3, "a third up"),
        (lambda m, move: FORBIDDEN if m and move not in (-1, -2) else m or move > 4, "all is free"),
        (lambda m, move: FORBIDDEN if m and move not in (-1, -2) else None, "nothing back"),
        (lambda m, move: FORBIDDEN if move >= 5 else False, "just what is asked for"),
    ],
)  # fmt: skip
def test_rule(judge, heard):
    found = reason("2.2", rule(judge))
    assert found is None if heard is None else heard in found


def test_rule_that_is_none():
    assert "this is no rule" in reason("2.2", lambda *anything: "no idea")
    assert reason("2.2", rule(right)()) is None


ASKED = ["in_key", "range=G4-B4", "max_leap=4", "first_degree=5", "end_on_tonic"]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda: [r.replace("B4", "C5") for r in ASKED], None),
        (lambda: [r.replace("G4-B4", "C4-B4") for r in ASKED], None),
        (lambda: ASKED[:-1], None),
        (lambda: [r.replace("end_on_tonic", "last_degree=1,3,5") for r in ASKED], None),
        (lambda: ASKED, "range=G4-B4"),
        (lambda: [r for r in ASKED if r != "max_leap=4"], "without an answer"),
        (lambda: ["in_key"], "one is enough"),
        (lambda: "in_key", "a list of rules"),
        (lambda: None, "a list of rules"),
    ],
)
def test_relaxed(answer, heard):
    found = reason("2.3", answer)
    assert found is None if heard is None else heard in found


def test_unknown_rule_is_named():
    assert "must be one of" in check("2.3", lambda: [*ASKED[:-1], "ends_well"]).reason
