"""Lesson 06, Evaluate honestly: its predictions, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`.

Contents
--------
PREDICTIONS, EXERCISES, RECALL
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.evaluation.intervals import wilson

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "6.1": Question(
        "On ten tunes order 3 needs 0.05 bits per note less than order 2, and it wins on eight of "
        "the ten. The interval of the difference goes from -0.05 to 0.13. Which model is better?",
        {
            "a": (
                "order 3: it wins on eight of ten",
                "With ten other tunes the mean might as well have fallen on the other side of 0.",
            ),
            "b": (
                "ten tunes do not show it",
                "The interval holds 0, so either may be the better one. More tunes are needed.",
            ),
            "c": (
                "they are equally good",
                "Nor is that shown: the interval also holds 0.1, which would be a clear gain.",
            ),
        },
        "b",
    ),
    "6.2": Question(
        "We throw all notes of a tune into a hat and draw them out again in a chance order. Which "
        "number stays exactly as it was?",
        {
            "a": (
                "the mean interval",
                "Neighbours are strangers now: there are leaps everywhere.",
            ),
            "b": (
                "the pitch-class entropy",
                "It counts how often each note sounds, and has never asked when.",
            ),
            "c": (
                "the share of bars heard before",
                "A bar comes back only if all its notes fall into the same order again.",
            ),
        },
        "b",
    ),
}

#: Right answers, pairs, and what the interval is to say about them.
_LISTENERS = (
    (5, 10, "half of ten pairs fits a guesser, and much else: the interval is wide"),
    (7, 10, "seven of ten: lower than one half is still possible"),
    (10, 10, "ten of ten does not show that a listener can never err"),
    (0, 4, "none of four: the listener may yet be right one day"),
    (70, 100, "ten times as many pairs make the interval much narrower"),
)


def _test_wilson(answer: Callable[[int, int], Any]) -> str | None:
    for right, number, why in _LISTENERS:
        given = _two_numbers(answer(right, number))
        asked = f"for {right} right of {number}"
        if given is None:
            return f"{asked} two numbers are wanted, low and high"
        said = f"{asked} you give {given[0]:.3f} to {given[1]:.3f}"
        low, high = wilson(right, number)
        if all(abs(a - b) < 2e-3 for a, b in zip(given, (low, high), strict=True)):
            continue
        if given[0] > given[1]:
            return f"{said}: low comes first"
        if max(given) > 1.5:
            return f"{said}: a share goes from 0 to 1, not to 100"
        return f"{said}: {_fault(given, right, number) or why}"
    return None


def _fault(given: tuple[float, float], right: int, number: int) -> str | None:
    """Say which part of the formula is missing, where it can be told."""
    share = right / number
    plain = 1.96 * math.sqrt(share * (1 - share) / number)
    if max(abs(given[0] - share + plain), abs(given[1] - share - plain)) < 2e-3:
        return "that is the plain rule; nobody would be sure to the last digit after ten of ten"
    extra = 1 + 1.96**2 / number
    low, high = wilson(right, number)
    if max(abs(given[0] / extra - low), abs(given[1] / extra - high)) < 2e-3:
        return "both ends are still to be divided by 1 + z² / n"
    return None


def _two_numbers(given: Any) -> tuple[float, float] | None:
    try:
        low, high = (float(value) for value in given)
    except (TypeError, ValueError):
        return None
    return low, high


#: Two tunes as pitches, the longest shared run [notes], and what it is.
_PAIRS: tuple[tuple[list[int], list[int], tuple[int, ...], str], ...] = (
    ([60, 62, 64, 60], [60, 62, 64, 60], (4,), "four notes have three intervals: count the notes"),
    ([60, 62, 64, 65], [67, 69, 71, 72], (4,), "a copy in another key is a copy"),
    ([60, 62, 64, 60], [60, 62, 65, 60], (2,), "the third note breaks the run"),
    ([72, 60, 62, 64, 50], [55, 57, 59, 72], (3,), "do re mi stands in the middle of the first"),
    ([60, 64, 67], [67, 64, 60], (0, 1), "rising and falling are not the same"),
    ([60, 60, 60, 62], [65, 65, 67], (3,), "the run begins at the second note of the first"),
    ([55, 60, 62, 64], [48, 50, 52], (3,), "a run may reach the end of both tunes"),
)


def _test_shared(answer: Callable[[list[int], list[int]], Any]) -> str | None:
    for first, second, right, why in _PAIRS:
        given = answer(list(first), list(second))
        if given not in right:
            return f"for {first} and {second} you find {given!r} notes: {why}"
    return None


_TINKER = [67, 71, 74, 71, 67, 71, 74, 79, 78, 74, 69, 72, 71, 69, 67, 62]
_WIDOW = [74, 72, 71, 69, 71, 67, 62, 64, 67, 66, 67, 69, 71, 74, 76, 79]
_TRAIN = [("The Jolly Tinker", _TINKER), ("The Merry Widow", _WIDOW)]
_FRIEND = [60, 67, 64, 60, 65, 62, 59, 67, 60, 72, 67, 65, 64, 60, 62, 60]

#: Tunes of the exam, the names of those that leak, and why.
_EXAMS: tuple[tuple[list[tuple[str, list[int]]], list[str], str], ...] = (
    ([("A new one", _FRIEND)], [], "the new one shares no more than a turn or two"),
    ([("The Jolly Tinker", _TINKER)], ["The Jolly Tinker"], "it stands there note for note"),
    (
        [("Paddy's Fancy", [pitch - 5 for pitch in _TINKER])],
        ["Paddy's Fancy"],
        "it is the Tinker in another key, under another name",
    ),
    ([("The Jolly Tinker", _FRIEND)], [], "one name over two tunes is no leak"),
    (
        [("Version", _WIDOW[:10] + _FRIEND[10:])],
        ["Version"],
        "more than half of it is the Widow, with an ending of its own",
    ),
    (
        [("Quotation", _FRIEND[:11] + _WIDOW[:5])],
        [],
        "five notes of sixteen are a quotation, less than half",
    ),
    (
        [("A new one", _FRIEND), ("Last", [pitch + 2 for pitch in _WIDOW])],
        ["Last"],
        "all tunes of the exam are to be looked at, beside all tunes that were learned",
    ),
)  # fmt: skip


def _test_leaks(answer: Callable[[list[Any], list[Any]], Any]) -> str | None:
    for exam, right, why in _EXAMS:
        given = answer([*_TRAIN], [*exam])
        if isinstance(given, str) or not isinstance(given, Sequence | set | frozenset):
            return f"you give {given!r}, and a list of names is wanted"
        if sorted(map(str, given)) != right:
            names = ", ".join(name for name, _ in exam)
            return f"for an exam of {names} you name {sorted(map(str, given))}: {why}"
    return None


EXERCISES = {
    "6.1": Exercise(
        "Give the Wilson interval of so many right answers of so many pairs.",
        _test_wilson,
        (
            "Begin with the share, then write the middle and the reach on a line of their own.",
            "The root goes over the sum of both parts, and z * z stands in two more places.",
            "Low is middle minus reach, high is middle plus reach, and both are divided by the "
            "same number, which is a little above 1.",
        ),
        "you can say how sure a share is, even after ten of ten",
    ),
    "6.2": Exercise(
        "Give the longest run of notes that two tunes share in any key.",
        _test_shared,
        (
            "Turn both lists of pitches into lists of intervals first: each pitch minus the last.",
            "From there it is exercise 4.3: every place in one, every place in the other.",
            "A run of three intervals has four notes; where no interval is shared, no run is.",
        ),
        "no key hides a copy from you",
    ),
    "6.3": Exercise(
        "Name the tunes of the exam that stand, in a version, among the training tunes.",
        _test_leaks,
        (
            "Never mind the names in the comparison: look at the notes alone.",
            "For one tune of the exam, take its longest run with any of the training tunes.",
            "Compare twice that run with the number of notes of the tune in the exam.",
        ),
        "an exam that knows no answers beforehand",
    ),
}

RECALL = (
    Question(
        "The 95% interval of a difference goes from 0.03 to 0.18. What may you say?",
        {
            "a": (
                "that all tunes are easier for the better model",
                "The interval is about the mean. Single tunes may go the other way.",
            ),
            "b": (
                "that with other tunes of this kind the mean would hardly change its sign",
                "0 lies outside, so the drawing of the tunes alone does not explain it.",
            ),
            "c": (
                "that the better model writes better music",
                "Bits measure foretelling. Whether the music is good, they do not hear.",
            ),
        },
        "b",
    ),
    Question(
        "Why does the bootstrap draw tunes and not notes?",
        {
            "a": (
                "because the notes of one tune resemble each other",
                "A tune is drawn from the world as one; its notes come along together.",
            ),
            "b": ("because it is faster", "It is, but that would be no reason."),
            "c": ("because tunes have names", "The names do not matter."),
        },
        "a",
    ),
    Question(
        "A listener is right in eight of ten blind pairs. What follows?",
        {
            "a": (
                "machine and person can be told apart",
                "Who guesses is as far from half in one of nine such tests.",
            ),
            "b": (
                "very little: ten pairs are too few",
                "The interval reaches below one half. Ask for more pairs.",
            ),
            "c": ("the machine is as good as people", "No number of pairs shows that outright."),
        },
        "b",
    ),
    Question(
        "From lesson 04: when does a held-out exam stop being held out?",
        {
            "a": ("when it is held twice", "Not by that alone; by choosing after it, yes."),
            "b": (
                "when a version of an exam tune stands among the training tunes",
                "Then a model can know the answer by heart.",
            ),
            "c": ("when the tunes are short", "Short tunes make wide intervals, no leak."),
        },
        "b",
    ),
    Question(
        "From lesson 05: a network that always took the likeliest token played one note for ever. "
        "Which number would have told you without listening?",
        {
            "a": (
                "the share of notes in the key",
                "If the one note is in the key, all of them are: a perfect 100%.",
            ),
            "b": (
                "the longest run of one note",
                "It was made for this fault. Each number sees the fault that it was made for.",
            ),
            "c": ("whether it ends on the tonic", "If the one note is the tonic, it does."),
        },
        "b",
    ),
)
