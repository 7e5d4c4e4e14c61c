"""The exercises of lesson 06: right answers pass, typical mistakes are heard."""

import math
from itertools import pairwise

import pytest

from melodyai_edu.checks.lesson_06 import EXERCISES, PREDICTIONS, RECALL
from melodyai_edu.evaluation.blind import sign_test


def reason(number, answer):
    return EXERCISES[number].test(answer)


def interval(right, number, z=1.96):
    share = right / number
    middle = share + z * z / (2 * number)
    reach = z * math.sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    return (middle - reach) / (1 + z * z / number), (middle + reach) / (1 + z * z / number)


def undivided(right, number):
    return [bound * (1 + 1.96**2 / number) for bound in interval(right, number)]


def plain(right, number):
    share = right / number
    reach = 1.96 * math.sqrt(share * (1 - share) / number)
    return share - reach, share + reach


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (interval, None),
        (lambda right, number: list(interval(right, number)), None),
        (plain, "that is the plain rule"),
        (undivided, "still to be divided"),
        (lambda right, number: interval(right, number)[::-1], "low comes first"),
        (lambda right, number: [100 * b for b in interval(right, number)], "from 0 to 1"),
        (lambda right, number: right / number, "two numbers are wanted"),
        (lambda right, number: interval(right, number, z=1.0), "half of ten pairs"),
        (lambda right, number: interval(number - right, number), "lower than one half"),
    ],
)
def test_wilson(answer, heard):
    found = reason("6.1", answer)
    assert found is None if heard is None else heard in found


def steps(pitches):
    return [b - a for a, b in pairwise(pitches)]


def common(first, second):
    best = 0
    for i in range(len(first)):
        for j in range(len(second)):
            run = 0
            while max(i, j) + run < 99 and first[i + run : i + run + 1] and (
                first[i + run : i + run + 1] == second[j + run : j + run + 1]
            ):  # fmt: skip
                run += 1
            best = max(best, run)
    return best


def shared_notes(first, second):
    return common(steps(first), steps(second)) + 1


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (shared_notes, None),
        (common, "in another key"),
        (lambda a, b: common(steps(a), steps(b)), "count the notes"),
        (lambda a, b: common(*[[abs(s) for s in steps(x)] for x in (a, b)]) + 1, "same"),
        (lambda a, b: len(set(steps(a)) & set(steps(b))) + 1, "four notes"),
        (lambda a, b: None, "None"),
    ],
)  # fmt: skip
def test_shared_run(answer, heard):
    found = reason("6.2", answer)
    assert found is None if heard is None else heard in found


def leaks(train, test, share=0.5):
    return [
        name for name, notes in test
        if max(shared_notes(notes, other) for _, other in train) >= share * len(notes)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (leaks, None),
        (lambda train, test: set(leaks(train, test)), None),
        (lambda train, test: leaks(train, test, 0.1), "no more than a turn"),
        (lambda train, test: leaks(train, test, 0.3), "a quotation"),
        (lambda train, test: leaks(train, test, 0.9), "the Widow, with an ending"),
        (lambda train, test: leaks(train[:1], test), "the Widow"),
        (lambda train, test: [n for n, _ in test if n in dict(train)], "under another name"),
        (lambda train, test: [n for n, notes in test if notes in dict(train).values()], "key"),
        (lambda train, test: [], "note for note"),
        (lambda train, test: 2, "a list of names is wanted"),
    ],
)
def test_leaks(answer, heard):
    found = reason("6.3", answer)
    assert found is None if heard is None else heard in found


def test_what_the_questions_say_is_true():
    assert len(RECALL) == 5
    assert all(len(question.choices) == 3 for question in (*RECALL, *PREDICTIONS.values()))
    assert 1 / 10 < sign_test(8, 10) < 1 / 8  # "in one of nine such tests"
    assert interval(8, 10)[0] < 0.5
