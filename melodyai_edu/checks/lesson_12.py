"""Lesson 12, Learn from ratings: its predictions, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; what cells call, in `melodyai_edu.checks.lesson_12_raters`,
`melodyai_edu.checks.lesson_12_networks` and `melodyai_edu.checks.lesson_12_panel`
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.evaluation.control import Share

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "12.1": Question(
        "A network is tuned until a rater who loves leaps is pleased. Nothing holds it back, and "
        "nobody looks at anything but the leaps. What comes?",
        {
            "a": (
                "ever better tunes with wide intervals",
                "Better tunes were never asked for. Leaps were, and there are cheap ways to leap.",
            ),
            "b": (
                "wide leaps, the same few of them, and less and less music",
                "The cheapest way to the goal wins, and what nobody counts is what it costs.",
            ),
            "c": (
                "little: a hundred pairs cannot change a network",
                "A few hundred steps in one direction are far, if nothing pulls the other way.",
            ),
        },
        "b",
    ),
    "12.2": Question(
        "Three raters love leaps and one loves steps. Each compares as many pairs, and one taste "
        "is fitted to all of them. How many of the fourth rater's pairs does it foresee?",
        {
            "a": (
                "a quarter less than of the others'",
                "A taste is no menu. It gives each melody one merit, the same for everybody.",
            ),
            "b": (
                "half: it has learned to leave that open",
                "Three against one leaves nothing open. It would be half if it were two and two.",
            ),
            "c": (
                "far fewer than half",
                "It foresees the majority, and whoever wants the contrary is served worse than by "
                "a coin.",
            ),
        },
        "c",
    ),
}

_Ratings = list[tuple[str, str, int]]
_Named = set[tuple[str, str]]

#: Ratings, the pairs that follow, and what each case is about.
_SHELVES: tuple[tuple[_Ratings, _Named, str], ...] = (
    (
        [("The Kesh", "jig", 5), ("Morrison's", "jig", 2)],
        {("The Kesh", "Morrison's")},
        "five stars against two: the Kesh is the better jig",
    ),
    (
        [("Morrison's", "jig", 2), ("The Kesh", "jig", 5)],
        {("The Kesh", "Morrison's")},
        "the better one may have been heard later; it still comes first in the pair",
    ),
    (
        [("The Kesh", "jig", 5), ("The Wise Maid", "reel", 2)],
        set(),
        "a jig and a reel: who likes jigs has not said that this reel is a poor one",
    ),
    (
        [("The Kesh", "jig", 4), ("Morrison's", "jig", 4)],
        set(),
        "equal stars say nothing",
    ),
    (
        [("The Kesh", "jig", 1), ("Morrison's", "jig", 3), ("The Kesh", "jig", 5)],
        {("The Kesh", "Morrison's")},
        "the Kesh grew on the listener, from one star to five: the last word counts",
    ),
    (
        [
            ("The Kesh", "jig", 5),
            ("Morrison's", "jig", 2),
            ("Banish Misfortune", "jig", 4),
            ("The Wise Maid", "reel", 3),
            ("Drowsy Maggie", "reel", 4),
        ],
        {
            ("The Kesh", "Morrison's"),
            ("The Kesh", "Banish Misfortune"),
            ("Banish Misfortune", "Morrison's"),
            ("Drowsy Maggie", "The Wise Maid"),
        },
        "three jigs with different stars make three pairs, and the two reels one more",
    ),
)  # fmt: skip


def _test_pairs(answer: Callable[[_Ratings], Any]) -> str | None:
    for ratings, wanted, why in _SHELVES:
        given = answer([*ratings])
        if isinstance(given, str) or not isinstance(given, Sequence | set | frozenset):
            return f"you give {given!r}, and a list of pairs (better, worse) is wanted"
        try:
            counts = Counter((str(better), str(worse)) for better, worse in given)
        except (TypeError, ValueError):
            return "each pair has two names of tunes: the better one, then the other"
        fault = _pairs_fault(counts, wanted)
        if fault:
            said = ", ".join(f"{tune} {stars}" for tune, _, stars in ratings)
            return f"{said}: {fault}. Mind: {why}"
    return None


def _pairs_fault(counts: Counter[tuple[str, str]], wanted: _Named) -> str:
    """Say what is wrong with pairs, if anything is."""
    for better, worse in counts:
        if better == worse:
            return f"you compare {better} with itself"
        if (worse, better) in wanted and (better, worse) not in wanted:
            return f"you put {better} above {worse}"
        if (better, worse) not in wanted:
            return f"{better} above {worse} does not follow"
    for better, worse in sorted(wanted):
        if not counts[better, worse]:
            return f"{better} above {worse} is missing"
    twice = [pair for pair, number in counts.items() if number > 1]
    return f"{twice[0][0]} above {twice[0][1]} stands there twice" if twice else ""


_Figures = dict[str, float]
_OLD = {"bits": 2.5, "distinct": 0.6}

#: Figures after tuning, held-out pairs, the faults, and what each case is about.
_TUNED: tuple[tuple[_Figures, Share, list[str], str], ...] = (
    ({"bits": 2.5, "distinct": 0.6}, Share(22, 24), [], "nothing is worse, pairs are foreseen"),
    ({"bits": 2.0, "distinct": 0.7}, Share(22, 24), [], "it got better at both: no fault"),
    (
        {"bits": 2.6, "distinct": 0.58},
        Share(22, 24),
        [],
        "4% more bits and 3% fewer figures are within what is allowed",
    ),
    ({"bits": 3.1, "distinct": 0.6}, Share(22, 24), ["bits"], "real tunes are strange to it now"),
    (
        {"bits": 2.5, "distinct": 0.3},
        Share(23, 24),
        ["distinct"],
        "it says the same thing twice as often, whatever the pairs say",
    ),
    (
        {"bits": 2.5, "distinct": 0.6},
        Share(7, 10),
        ["pairs"],
        "seven of ten may be luck: the interval reaches down to 40%",
    ),
    (
        {"bits": 5.2, "distinct": 0.3},
        Share(12, 24),
        ["bits", "distinct", "pairs"],
        "everything is wrong with it, and each fault is to be named",
    ),
    (
        {"bits": math.nan, "distinct": 0.6},
        Share(22, 24),
        ["bits"],
        "a network that has run away gives no number (nan), and nan is neither above nor below "
        "anything",
    ),
)  # fmt: skip


def _test_guard(answer: Callable[[_Figures, _Figures, Share], Any]) -> str | None:
    for after, pairs, wanted, why in _TUNED:
        given = answer(dict(_OLD), dict(after), pairs)
        if isinstance(given, str) or not isinstance(given, Sequence | set | frozenset):
            return f"you give {given!r}; a list is wanted, empty where nothing is wrong"
        said = sorted(map(str, given))
        if said == sorted(wanted):
            continue
        figures = f"bits 2.5 to {after['bits']:g}, distinct 0.6 to {after['distinct']:g}"
        named = ", ".join(said) or "nothing"
        return f"{figures}, pairs {pairs.hits} of {pairs.number}: you object to {named}; {why}"
    return None


#: Merits by some tastes (rows) of some melodies (columns), the open pair, and why.
_COMMITTEES: tuple[tuple[list[list[float]], tuple[int, int], str], ...] = (
    (
        [[1.0, 0.0, 3.0], [0.0, 1.0, 3.0]],
        (0, 1),
        "both put the last one first; only the order of the other two is open",
    ),
    (
        [[2.0, 1.0, 0.0], [2.0, 1.0, 1.5], [2.0, 0.5, 0.9], [2.0, 1.2, 0.1]],
        (1, 2),
        "nobody doubts the first; about the other two it is two against two",
    ),
    (
        [[1.0, 1.0, 0.0], [1.0, 1.0, 2.0], [1.0, 1.0, 0.0]],
        (0, 2),
        "the first two sound the same to everybody: that question has no answer to learn from",
    ),
    (
        [[9.0, 0.0, 1.0, 2.0], [5.0, 0.0, 2.0, 1.0], [7.0, 0.0, 1.0, 2.0], [8.0, 0.0, 2.0, 1.0]],
        (2, 3),
        "how far merits lie apart does not matter if all agree who is ahead",
    ),
)


def _test_next(answer: Callable[[list[list[float]]], Any]) -> str | None:
    for scores, wanted, why in _COMMITTEES:
        given = answer([[*row] for row in scores])
        try:
            first, second = sorted(int(place) for place in given)
        except (TypeError, ValueError):
            return f"you give {given!r}; two places of melodies are wanted, such as (0, 2)"
        if first == second:
            return "a melody is compared with itself; ask about two"
        votes = _votes(scores, first, second)
        if min(votes) == min(_votes(scores, *wanted)):
            continue
        about = f"{votes[0]} to {votes[1]}"
        return f"you ask about melodies {first} and {second}, where the tastes stand {about}: {why}"
    return None


def _votes(scores: list[list[float]], first: int, second: int) -> tuple[int, int]:
    """Count the tastes that prefer the one, and those that prefer the other."""
    return (
        sum(row[first] > row[second] for row in scores),
        sum(row[first] < row[second] for row in scores),
    )


EXERCISES = {
    "12.1": Exercise(
        "Give the pairs (better, worse) that one person's stars imply.",
        _test_pairs,
        (
            "Which of these ratings still count? Keep one for each tune first.",
            "A dictionary keeps the last value that it is given under a name. Then look at every "
            "tune beside every other one.",
            "Of two tunes take the pair if the genre is the same and the first has more stars; "
            "with fewer stars the turn of the other one comes by itself.",
        ),
        "stars have become pairs, and whoever changes their mind is believed",
    ),
    "12.2": Exercise(
        "Name what is wrong with a tuned network: bits, distinct, pairs, some of them or none.",
        _test_guard,
        (
            "Three questions, each with an answer of its own: never stop at the first fault.",
            "5% worse means more bits but fewer distinct figures. For the pairs, the lower end of "
            "the interval decides, not the share.",
            "Ask whether a figure is good enough and object where it is not. Then a figure that is "
            "no number is objected to as well.",
        ),
        "a guard that sees what the rater does not, and what is no number at all",
    ),
    "12.3": Exercise(
        "Give the two melodies about which several tastes disagree most.",
        _test_next,
        (
            "For one pair of melodies: how many tastes prefer the first, how many the second?",
            "A question is open if neither side has many. Look at the smaller side.",
            "Go through all pairs, and take the one whose smaller side is largest; where both "
            "merits are equal a taste is on neither side.",
        ),
        "a question whose answer settles something",
    ),
}

RECALL = (
    Question(
        "A taste gives one melody 1.5 and another one 0.5. What does it say?",
        {
            "a": (
                "the first is three times as good",
                "Merits have no zero; only differences count.",
            ),
            "b": (
                "the first will be preferred in about 73 of 100 comparisons",
                "A difference of 1 through the sigmoid is 0.73, whatever the merits are.",
            ),
            "c": ("the first will always be preferred", "No difference makes a choice certain."),
        },
        "b",
    ),
    Question(
        "Why does the loss of DPO hold a frozen copy of the network?",
        {
            "a": ("to go on where training broke off", "A checkpoint does that."),
            "b": (
                "so that only what was moved is paid for, and moving far costs",
                "What the network held before is taken off on both sides; beta says how dear it "
                "is to leave.",
            ),
            "c": ("to listen to two voices", "Only the tuned one composes."),
        },
        "b",
    ),
    Question(
        "Someone's tuned network pleases its rater in 95% of pairs. What do you ask to see?",
        {
            "a": (
                "bits on real tunes, and how alike its pieces are, before and after",
                "Whoever counts one thing gets that thing. The price stands in other numbers.",
            ),
            "b": ("whether 100% can be had", "Easily: by one piece that the rater cannot refuse."),
            "c": ("the loss", "It is the very number that was made small."),
        },
        "a",
    ),
    Question(
        "From lesson 06: of ten held-out pairs seven are foreseen. Has the taste learned anything?",
        {
            "a": (
                "yes, 70% is more than half",
                "Who guesses gets seven or more in one of six tries.",
            ),
            "b": (
                "ten pairs do not show it",
                "The interval goes from 40% to 89%, and one half lies inside.",
            ),
            "c": ("no, 70% is too little", "That is not shown either. Ask for more pairs."),
        },
        "b",
    ),
    Question(
        "From lesson 11: a network that was tuned to leap is composed with under the rule "
        "`max_leap=5`. How many pieces break it?",
        {
            "a": ("those that the taste wants badly enough", "A mask does not bargain."),
            "b": (
                "none",
                "The rule is compiled to an automaton, and a forbidden token has chance 0 whoever "
                "proposes it.",
            ),
            "c": ("about one in twenty, as with any interval", "A rule is proved, not estimated."),
        },
        "b",
    ),
)
