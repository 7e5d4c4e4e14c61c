"""Lesson 04, A first composer: its prediction, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`.

Contents
--------
PREDICTIONS, EXERCISES, RECALL
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "4.1": Question(
        "Which order is least surprised by tunes that it has never seen?",
        {
            "a": (
                "order 0: it cannot be wrong about the past",
                "It knows which notes are common in jigs, and nothing of what follows what.",
            ),
            "b": (
                "order 2 or so",
                "Two notes are a place that many tunes share, so there is something to count.",
            ),
            "c": (
                "order 8: it looks back furthest",
                "Most runs of eight notes stand in one tune only; in a new tune nearly four of "
                "five have never been heard.",
            ),
        },
        "b",
    ),
}

#: Probabilities of what came, the bits per note, and what they mean.
_SURPRISES = (
    ([0.5, 0.5, 0.5], 1.0, "a fair coin at each note is one bit"),
    ([1.0, 1.0], 0.0, "who is certain and right is not surprised at all"),
    ([0.25, 0.25], 2.0, "one in four is two coins: two bits, and it counts upwards"),
    ([0.5, 0.125], 2.0, "one bit and three bits are two on average; do not add up, divide too"),
)


def _test_bits(answer: Callable[[list[float]], Any]) -> str | None:
    for probabilities, right, why in _SURPRISES:
        given = answer(list(probabilities))
        is_number = isinstance(given, int | float | np.number) and not isinstance(given, bool)
        if not is_number or math.isnan(given):
            return f"for {probabilities} you give {given!r}, and a number is wanted"
        if math.isclose(given, -right) and right:
            return f"for {probabilities} you give {given:.2f}: surprise is never negative; {why}"
        if math.isclose(given, right * math.log(2)) and right:
            return (
                f"for {probabilities} you give {given:.2f}: that is in nats; bits use log2; {why}"
            )
        if abs(given - right) > 1e-6:
            return f"for {probabilities} you give {given:.2f}: {why}"
    return None


def _test_temperature(answer: Callable[[list[float], float], Any]) -> str | None:
    odds = [0.7, 0.2, 0.1]
    plain = _numbers(answer(list(odds), 1))
    if plain is None:
        return "it gives no list of three numbers back"
    if not math.isclose(sum(plain), 1, abs_tol=1e-6):
        return f"the new odds add up to {sum(plain):.2f}, not to 1: the last step is missing"
    if any(abs(a - b) > 1e-6 for a, b in zip(plain, odds, strict=True)):
        return "at temperature 1 nothing may change, or 'as in the tunes' would mean something else"
    cold, warm = _numbers(answer(list(odds), 0.5)), _numbers(answer(list(odds), 4.0))
    if cold is None or warm is None or not math.isclose(sum(cold), 1, abs_tol=1e-6):
        return "the odds must add up to 1 at every temperature"
    if cold[0] < odds[0] or warm[0] > odds[0]:
        return "it works upside down: cold must make the likeliest note likelier, warm must not"
    if abs(cold[0] - 0.49 / 0.54) > 1e-6:
        return f"at 0.5 the likeliest note has {cold[0]:.2f}; squared, 0.49 of 0.54 is about 0.91"
    return None


def _numbers(given: Any) -> list[float] | None:
    try:
        numbers = [float(value) for value in given]
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == 3 else None


#: A piece, tunes, the longest run, and what it is.
_RUNS: tuple[tuple[list[int], list[list[int]], int, str], ...] = (
    ([1, 2, 3, 4], [[9, 1, 2, 3, 8]], 3, "1 2 3 stands in the middle of the tune"),
    ([5, 6], [[6, 5]], 1, "single notes agree, but not two in a row"),
    ([1, 2, 9, 3, 4], [[1, 2, 8, 3, 4]], 2, "a run must not be broken: the 9 parts it in two"),
    ([7, 7, 7, 1], [[7, 7, 1, 7]], 3, "7 7 1 begins at the piece's second note, not its first"),
    ([1, 2], [[3, 4], [1, 2]], 2, "all tunes count, the last one as well"),
    ([1, 2, 3], [[2, 3]], 2, "the run may reach the end of the tune"),
    ([1, 2], [], 0, "without tunes nothing can be copied"),
)


def _test_run(answer: Callable[[list[int], list[list[int]]], Any]) -> str | None:
    for piece, tunes, right, why in _RUNS:
        given = answer(list(piece), [list(tune) for tune in tunes])
        if given != right:
            return f"for {piece} and {tunes} you find {given!r} notes: {why}"
    return None


EXERCISES = {
    "4.1": Exercise(
        "Give the bits per note of a list of probabilities.",
        _test_bits,
        (
            "Begin with one note: how many coins is its probability worth?",
            "Each probability gives one surprise; collect them in a list or a sum.",
            "Add up the surprises, with the minus sign, and divide by how many there are.",
        ),
        "a model's surprise, in coins",
    ),
    "4.2": Exercise(
        "Change a list of probabilities by a temperature.",
        _test_temperature,
        (
            "Do the three steps of the text one after the other, each on its own line.",
            "The power is written ** and the exponent is a fraction: at 0.5 it is 2.",
            "First a list of raised values; then a second list that divides each by their sum.",
        ),
        "cold makes the model sure of itself, warm makes it curious",
    ),
    "4.3": Exercise(
        "Give the length of the longest run that a piece shares with one of the tunes.",
        _test_run,
        (
            "Write the small part first: how far do two lists agree from their beginnings?",
            "Then try every place to begin in the piece with every place in a tune.",
            "Three loops, one inside the other: tunes, places in the piece, places in the tune. "
            "Keep the largest count; it begins at 0.",
        ),
        "no copyist gets past you",
    ),
}

RECALL = (
    Question(
        "A model gives the note that comes a probability of one eighth. How surprised is it?",
        {
            "a": ("8 bits", "Eight equally likely notes are three coins."),
            "b": ("3 bits", "Half, half of that, half of that: three coins."),
            "c": ("1/8 of a bit", "The less likely, the more surprise."),
        },
        "b",
    ),
    Question(
        "Why is the exam held with tunes that the model has not seen?",
        {
            "a": ("to save time", "It takes as long."),
            "b": (
                "because it might know the others by heart",
                "On known tunes the highest order always looks best.",
            ),
            "c": ("because they are better tunes", "They are drawn like all others."),
        },
        "b",
    ),
    Question(
        "Why do high orders copy?",
        {
            "a": (
                "a long context has been heard only once, so only one note is known to follow",
                "And that note leads to the next such context: the model is on rails.",
            ),
            "b": ("they are told to", "Nobody tells them anything; they count."),
            "c": (
                "their temperature is too low",
                "It is 1, as in the tunes; at that, the one note that was heard gets nearly all of "
                "the odds.",
            ),
        },
        "a",
    ),
    Question(
        "From lesson 01: why can what was learned from a tune in D serve in G?",
        {
            "a": ("because D and G share notes", "It would work for D and A flat as well."),
            "b": ("because the tonic has the same token in all keys", "Tokens forget the key."),
            "c": (
                "because MIDI has no keys",
                "MIDI has key signatures, and we do not learn from it.",
            ),
        },
        "b",
    ),
    Question(
        "From lesson 00: what does a report card's mark 'unlike them' mean?",
        {
            "a": ("the piece is bad", "It is a count, not a verdict."),
            "b": (
                "in this count the piece lies outside nine tenths of the human tunes",
                "Whether one hears that, and minds it, is yours to say.",
            ),
            "c": ("the piece was copied", "That is counted elsewhere."),
        },
        "b",
    ),
)
