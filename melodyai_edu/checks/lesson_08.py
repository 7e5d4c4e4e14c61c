"""Lesson 08, Rhythm: its prediction, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. Times and places are ticks, 24 to the quarter.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; what cells call, in `melodyai_edu.checks.lesson_08_rhythms`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "8.1": Question(
        "We count how long notes are, at each place of a bar in 2/2. Where does the table know "
        "least about what comes?",
        {
            "a": (
                "on the four quarters",
                "A long note may stand there, a dotted one, or a run: a musician has the choice.",
            ),
            "b": (
                "between the quarters",
                "There most choices are already made: what was begun must be filled up to the "
                "next quarter.",
            ),
            "c": (
                "just before the bar line",
                "There is hardly any room left, so hardly any choice.",
            ),
        },
        "a",
    ),
}

_PAIR = 24
#: Onsets as written, and what each line of them is there to find.
_WRITTEN: tuple[list[int], ...] = (
    [0, 12, 24, 36],
    [0, 12, 24, 48, 60, 72, 84],
    [12, 24, 36],
    [0, 6, 12, 18, 24, 36],
)
_RATIOS = (2, 1, 3)


def _test_swing(answer: Callable[[list[int], float], Any]) -> str | None:
    for written in _WRITTEN:
        for ratio in _RATIOS:
            given = np.asarray(answer(list(written), ratio), float)
            if given.shape != (len(written),):
                return f"{len(written)} notes went in and {given.size} came out: swing adds none"
            reason = _swing_fault(written, given, ratio)
            if reason is not None:
                return reason
    return None


def _swing_fault(written: Sequence[int], given: np.ndarray, ratio: float) -> str | None:
    where = round(_PAIR * ratio / (1 + ratio))
    for tick, now in zip(written, given, strict=True):
        place = tick % _PAIR
        beat = tick // _PAIR + 1
        if place == 0 and now != tick:
            return f"beat {beat} itself has moved: then the dancers stumble, for the beat must stay"
        if place in (6, 18) and now != tick:
            return f"the sixteenth at tick {tick} has moved: only the second eighth swings"
        if place != _PAIR // 2 or round(now) == tick - place + where:
            continue
        if now < tick:
            return (
                f"the second eighth of beat {beat} comes early: short and long, a Scotch snap. "
                "Swing is long and short"
            )
        if now >= tick - place + _PAIR:
            return f"the second eighth of beat {beat} falls on the next beat, or beyond it"
        return (
            f"with ratio {ratio} the eighths of beat {beat} last {now - tick + place:g} and "
            f"{tick - place + _PAIR - now:g} ticks: together they are right, their ratio is not"
        )
    return None


#: What the table says, and how much room is left in the bar [ticks].
_CHANCES = {6: 0.1, 12: 0.5, 18: 0.1, 24: 0.3}
_ROOMS = (72, 24, 12, 6)


def _test_fits(answer: Callable[[dict[int, float], int], Any]) -> str | None:
    for room in _ROOMS:
        chances = dict(_CHANCES)
        given = answer(chances, room)
        if chances != _CHANCES:
            return "you have changed the table itself, so the next bar will find it spoilt"
        if not isinstance(given, dict):
            return "a dictionary is wanted, such as {12: 0.625, 24: 0.375}: durations and chances"
        reason = _fits_fault(given, room)
        if reason is not None:
            return reason
    return None


def _fits_fault(given: dict[int, float], room: int) -> str | None:
    heard = {duration: chance for duration, chance in given.items() if chance > 0}
    for duration in heard:
        if duration > room:
            return (
                f"{room} ticks are left in the bar, and you let a note of {duration} in: it would "
                "sound on over the bar line"
            )
    for duration in _CHANCES:
        if duration <= room and duration not in heard:
            return f"{room} ticks are left, and a note of {duration} would just fit: let it play"
    if abs(sum(heard.values()) - 1) > 1e-6:
        return (
            f"with {room} ticks left your chances add up to {sum(heard.values()):.2f}: something "
            "must come, so they must add up to 1"
        )
    kept = sum(_CHANCES[duration] for duration in heard)
    for duration, chance in heard.items():
        if abs(chance - _CHANCES[duration] / kept) > 1e-6:
            return (
                "the order of what is likely has changed: among the notes that fit, what was "
                "twice as likely stays twice as likely"
            )
    return None


#: Two bars by their onsets, how many of the sixteen places agree, and what a mistake has missed.
_BARS: tuple[tuple[tuple[int, ...], tuple[int, ...], float, str], ...] = (
    ((0, 24, 48, 72), (0, 24, 48, 72), 1.0, "the two bars have the same rhythm"),
    ((0, 24, 48, 72), (0, 48), 14 / 16, "two places differ; and where both are silent they agree, "
     "too: a shared silence is half of a groove"),
    ((0,), (0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78, 84, 90), 1 / 16,
     "one bar runs where the other holds: all they share is the first beat"),
    ((0, 36, 48), (12, 36, 60), 12 / 16, "each bar has notes that the other lacks; count both "
     "ways"),
    ((), (0, 24), 14 / 16, "a silent bar can be compared as well"),
)  # fmt: skip


def _test_alike(answer: Callable[[list[int], list[int]], Any]) -> str | None:
    for first, second, wanted, why in _BARS:
        for one, other in ((first, second), (second, first)):
            try:
                given = float(answer(list(one), list(other)))
            except ZeroDivisionError:
                return f"{list(one)} and {list(other)}: you divide by the notes, and there are none"
            if not 0 <= given <= 1:
                return f"you give {given:g}; a share lies between 0 and 1"
            if abs(given - wanted) > 1e-6:
                return (
                    f"onsets at {list(one)} and at {list(other)}: you say {given:.2f} are alike, "
                    f"but {why}"
                )
    return None


EXERCISES = {
    "8.1": Exercise(
        "Give the onsets as they are played: the second eighth of each quarter comes late.",
        _test_swing,
        (
            "Look at each onset's place in its quarter, onset % 24. Which one is to move?",
            "Only 12 moves. Long and short together are still 24 ticks: how many parts are that, "
            "if the long one has `ratio` parts and the short one has one?",
            "The long one gets ratio of (ratio + 1) parts of 24. Begin the second eighth there, "
            "counted from the beginning of its quarter.",
        ),
        "your eighths swing, and the beat stands like a rock",
    ),
    "8.2": Exercise(
        "Give the chances of the notes that fit into what is left of the bar.",
        _test_fits,
        (
            "First the rule: which durations are no longer than the room? Then the chances.",
            "Keep the durations that fit, in a new dictionary. What do their chances add up to?",
            "Divide each kept chance by the sum of those that are kept.",
        ),
        "that is a mask: the rule forbids, the model chooses",
    ),
    "8.3": Exercise(
        "Give the share of the sixteen places at which two bars agree.",
        _test_alike,
        (
            "A bar of four quarters has sixteen sixteenths, at 0, 6, 12 and so on, to 90.",
            "At each of them ask two questions: does a note begin in the first bar? In the "
            "second? Agreement is the same answer, yes or no.",
            "Two answers, True or False, can be compared with ==. Count over all sixteen places "
            "how often they are the same.",
        ),
        "that is groove consistency, the number of the report cards",
    ),
}

RECALL = (
    Question(
        "A hornpipe is printed in even eighths and danced at 2:1. Where is the swing?",
        {
            "a": (
                "in the notes of the page",
                "Three hornpipes in five are printed without a dotted pair.",
            ),
            "b": (
                "in the performance: the page stays as it is, the second eighth comes late",
                "That is why a model of printed tunes cannot learn it.",
            ),
            "c": ("in the tempo", "The beat does not move; only what lies between beats does."),
        },
        "b",
    ),
    Question(
        "In 2/2, which notes are hardest to foretell?",
        {
            "a": (
                "those that begin on a quarter",
                "There the choice is made; between quarters it is only carried out.",
            ),
            "b": ("those that begin just before the bar line", "There is no room for surprises."),
            "c": ("all alike", "The table told them apart, by a factor of five and more."),
        },
        "a",
    ),
    Question(
        "You ask a jig in 6/8 for density 5, and it stays at six notes a bar. What has happened?",
        {
            "a": ("the network is broken", "It follows the wish where the genre leaves room."),
            "b": (
                "the wishes contradict each other: six eighths fill a jig's bar",
                "Two wishes that hardly any training tune joins pull against each other.",
            ),
            "c": ("the seed was unlucky", "It is so with every seed."),
        },
        "b",
    ),
    Question(
        "From lesson 02: what does a rule do that a wish does not?",
        {
            "a": ("it makes good notes likelier", "It says nothing of what is good."),
            "b": (
                "it forbids: what breaks it has probability 0",
                "So a bar that a rule fills is full each time, not in most cases.",
            ),
            "c": ("it trains the model", "The model stays as it is."),
        },
        "b",
    ),
    Question(
        "From lesson 06: 34 of 40 pieces have what was asked for. What do you report?",
        {
            "a": ("85%", "Of only 40. Another 40 may give 75 or 92."),
            "b": (
                "85%, with Wilson's interval: from 71% to 93%",
                "The interval says how little 40 pieces can tell.",
            ),
            "c": ("that it works", "How often? Better than without asking?"),
        },
        "b",
    ),
)
