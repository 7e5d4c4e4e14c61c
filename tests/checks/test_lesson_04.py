"""The exercises of lesson 04: right answers pass, typical mistakes are heard."""

import math

import pytest

from melodyai_edu.checks.lesson_04 import EXERCISES


def reason(number, answer):
    return EXERCISES[number].test(answer)


def bits(odds):
    return [-math.log2(p) for p in odds]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda odds: sum(bits(odds)) / len(odds), None),
        (lambda odds: sum(bits(odds)), "a fair coin at each note"),
        (lambda odds: -sum(bits(odds)) / len(odds), "never negative"),
        (lambda odds: sum(-math.log(p) for p in odds) / len(odds), "nats"),
        (lambda odds: -math.log2(sum(odds) / len(odds)), "one bit and three bits"),
        (lambda odds: None, "a number is wanted"),
        (lambda odds: math.nan, "a number is wanted"),
    ],
)
def test_bits(answer, heard):
    found = reason("4.1", answer)
    assert found is None if heard is None else heard in found


def tempered(odds, temperature):
    raised = [p ** (1 / temperature) for p in odds]
    return [value / sum(raised) for value in raised]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (tempered, None),
        (lambda odds, t: [p ** (1 / t) for p in odds], "must add up to 1"),
        (lambda odds, t: [2 * p for p in odds], "the last step is missing"),
        (lambda odds, t: tempered(odds, 1 / t), "upside down"),
        (lambda odds, t: odds, "0.91"),
        (lambda odds, t: [1 / 3] * 3, "at temperature 1 nothing may change"),
        (lambda odds, t: 0.5, "no list of three numbers"),
    ],
)
def test_temperature(answer, heard):
    found = reason("4.2", answer)
    assert found is None if heard is None else heard in found


def longest(piece, tunes):
    best = 0
    for tune in tunes:
        for i in range(len(piece)):
            for j in range(len(tune)):
                run = 0
                while (
                    i + run < len(piece) and j + run < len(tune) and piece[i + run] == tune[j + run]
                ):
                    run += 1
                best = max(best, run)
    return best


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (longest, None),
        (lambda piece, tunes: longest(piece, tunes[:1]), "all tunes count"),
        (lambda piece, tunes: longest(piece, [t[::-1] for t in tunes]), "1 2 3 stands"),
        (lambda piece, tunes: longest(piece, tunes) + 1, "1 2 3 stands in the middle"),
        (lambda piece, tunes: max(longest(piece, tunes), 1), "without tunes"),
    ],
)  # fmt: skip
def test_longest_run(answer, heard):
    found = reason("4.3", answer)
    assert found is None if heard is None else heard in found
