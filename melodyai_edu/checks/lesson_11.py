"""Lesson 11, Control: its prediction, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; what cells call, in `melodyai_edu.checks.lesson_11_wishes`
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "11.1": Question(
        "We write one word before the first note: hornpipe. No rule, only the word. Then we speak "
        "it four times as loud. What comes?",
        {
            "a": (
                "more hornpipes, and better ones",
                "More that are named so, perhaps. But nobody has taught the network what is good: "
                "only what is typical.",
            ),
            "b": (
                "what is named a hornpipe more surely, and is otherwise less like people's tunes",
                "Loudness multiplies what sets hornpipes apart, oddities among it, beyond what any "
                "tune has. What all tunes share, such as keeping to a key, is not made louder.",
            ),
            "c": (
                "the same pieces: a word has no loudness",
                "It has: the network answers twice, with the word and without, and we may go on "
                "in the direction from one answer to the other.",
            ),
        },
        "b",
    ),
}

_Guided = Callable[[np.ndarray, np.ndarray, float], Any]

#: Logits of three notes, with the wish and without: the wish likes the first and not the last.
_OWN = np.log([0.6, 0.3, 0.1])
_OTHER = np.log([0.3, 0.3, 0.4])


def _chances(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max())
    result: np.ndarray = shares / shares.sum()
    return result


def _test_guided(answer: _Guided) -> str | None:
    for guidance in (1.0, 0.0, 2.0, 3.0):
        own, other = _OWN.copy(), _OTHER.copy()
        given = np.asarray(answer(own, other, guidance), float)
        if given.shape != (3,):
            return f"three notes went in and {given.size} chances came out: one for each note"
        reason = _guided_fault(given, guidance)
        if reason is not None:
            return reason
        if (own != _OWN).any() or (other != _OTHER).any():
            return "you have changed what the network said; it is still needed for the next note"
    # Large logits: whoever takes the exponential first finds nothing but infinity.
    given = np.asarray(answer(_OWN + 1000, _OTHER + 1000, 2.0), float)
    if not np.isfinite(given).all():
        return "with large logits the music stops: take away the largest before the exponential"
    return None


def _guided_fault(given: np.ndarray, guidance: float) -> str | None:
    if (given < -1e-9).any() or abs(given.sum() - 1) > 1e-6:
        return f"guidance {guidance:g}: your numbers add up to {given.sum():.2f}; chances add to 1"
    wanted = _chances(_OTHER + guidance * (_OWN - _OTHER))
    if np.allclose(given, wanted, atol=1e-6):
        return None
    if guidance == 1:
        return "guidance 1 must be the network as it is, wish heard once: yours differs from it"
    if guidance == 0:
        return "guidance 0 must be the network that has not heard the wish: yours has"
    if given[0] < _chances(_OWN)[0]:
        return f"guidance {guidance:g}: the note that the wish likes became rarer, not likelier"
    return (
        f"guidance {guidance:g}: the direction is right, the step is not. From the answer without "
        "the wish, how many times the difference?"
    )


#: Chances of notes on their way home to G, what the rule allows, top-p, and what is right.
_ROWS: tuple[tuple[dict[str, float], set[str], float, dict[str, float]], ...] = (
    ({"G": 0.5, "A": 0.3, "B": 0.2}, {"G", "A", "B"}, 0.7, {"G": 0.625, "A": 0.375}),
    ({"C#": 0.6, "F": 0.3, "G": 0.07, "A": 0.03}, {"G", "A"}, 0.6, {"G": 1.0}),
    ({"C#": 0.4, "G": 0.3, "A": 0.2, "F": 0.1}, {"G", "A"}, 0.9, {"G": 0.6, "A": 0.4}),
    ({"C#": 0.9, "G": 0.1}, {"G"}, 1.0, {"G": 1.0}),
)


def _test_nucleus(answer: Callable[[dict[str, float], set[str], float], Any]) -> str | None:
    for chances, legal, top_p, wanted in _ROWS:
        try:
            given = answer(dict(chances), set(legal), top_p)
        except (ZeroDivisionError, ValueError, IndexError):
            given = {}
        if not isinstance(given, dict):
            return "a dictionary is wanted, such as {'G': 0.6, 'A': 0.4}: notes and chances"
        reason = _nucleus_fault({n: c for n, c in given.items() if c > 0}, legal, wanted)
        if reason is not None:
            return reason
    return None


def _nucleus_fault(
    given: dict[str, float], legal: set[str], wanted: dict[str, float]
) -> str | None:
    if not given:
        return (
            "what was likeliest was forbidden, and after your cut nothing is left to sing. Which "
            "must come first, the rule or the cut?"
        )
    for note in given:
        if note not in legal:
            return f"{note} sounds, though the rule forbids it: a wall with a hole is no wall"
    if abs(sum(given.values()) - 1) > 1e-6:
        return f"your chances add up to {sum(given.values()):.2f}: some note must come"
    if set(given) != set(wanted):
        more = len(given) > len(wanted)
        return (
            f"{', '.join(sorted(given))} may sound where {', '.join(sorted(wanted))} should: you "
            f"cut too {'little' if more else 'much'}. Count the shares of what is legal"
        )
    if any(abs(given[note] - wanted[note]) > 1e-6 for note in wanted):
        return "among the notes that are left, what was twice as likely must stay twice as likely"
    return None


#: What was asked, and what a listener named each piece; None is a piece that was no music.
_ASKED = ["jig", "jig", "jig", "jig", "reel", "reel", "reel", "reel"]
_NAMED = ["jig", "jig", "jig", None, "reel", "jig", "reel", "jig"]
_UNASKED = ["jig", "jig", "reel", "air", "jig", "jig", "reel", "air"]
_RIGHT = {"jig": (0.75, 0.5), "reel": (0.5, 0.25)}


def _test_fair(answer: Callable[[list[str], list[str | None], list[str]], Any]) -> str | None:
    given = answer(list(_ASKED), list(_NAMED), list(_UNASKED))
    if not isinstance(given, dict) or set(given) != set(_RIGHT):
        return "a dictionary is wanted, with a pair for each kind that was asked for: jig and reel"
    for kind, (got, unasked) in _RIGHT.items():
        try:
            ours, theirs = map(float, given[kind])
        except (TypeError, ValueError):
            return f"{kind}: two shares are wanted, asked and unasked, such as (0.5, 0.25)"
        if kind == "jig" and abs(ours - 1) < 1e-6:
            return "you left out the jig that fell to pieces: who asked for it got none"
        if kind == "jig" and abs(ours - 3 / 5) < 1e-6:
            return "you divide by what was named a jig; divide by what was asked to be one"
        if kind == "reel" and abs(ours - 1) < 1e-6:
            return "you divide by what was named a reel; divide by what was asked to be one"
        if not abs(ours - got) <= 1e-6:  # nan is no share either
            return f"{kind}: of those asked for, {got:.0%} were named so; you say {ours:.0%}"
        if not abs(theirs - unasked) <= 1e-6:
            return (
                f"{kind}: of the pieces that nobody asked a kind of, {unasked:.0%} were named so; "
                f"you say {theirs:.0%}"
            )
    return None


EXERCISES = {
    "11.1": Exercise(
        "Give the chances of the next note under guidance, from the logits with the wish and "
        "without.",
        _test_guided,
        (
            "Start from the answer without the wish. In which direction does the wish lie, and "
            "what is the distance?",
            "Logits first: go from the one without, as many times the difference as the guidance "
            "says. Then make chances of them.",
            "Chances are exponentials divided by their sum; take away the largest logit first, "
            "so that no number grows out of bounds.",
        ),
        "that is guidance: one network, asked twice",
    ),
    "11.2": Exercise(
        "Give the chances of the notes that are legal and, among these, likely.",
        _test_nucleus,
        (
            "Two things are cut off: what is forbidden and what is unlikely. Does it matter which "
            "goes first?",
            "First the rule. Then divide by what is left, so that it adds up to 1, and sort by "
            "chance.",
            "Go from the likeliest down and keep notes until their sum reaches top_p, the note "
            "that reaches it included. Then divide by their sum.",
        ),
        "wall first, taste second: there is always a note left",
    ),
    "11.3": Exercise(
        "Give for each kind the share that was named so, asked and unasked.",
        _test_fair,
        (
            "For each kind that was asked for: how many pieces were asked to be it?",
            "A piece that is no music was asked for as well. It counts below the line and not "
            "above it.",
            "The second share has nothing to do with the first: how many of all unasked pieces "
            "were named so?",
        ),
        "a fair count: whoever reads it knows what the wish was worth",
    ),
}

RECALL = (
    Question(
        "What is the difference between the word `reel` before the first note and the rule "
        "`max_leap=9`?",
        {
            "a": ("none, both are conditions", "One moves chances, the other makes some 0."),
            "b": (
                "the word makes some notes likelier, the rule makes some impossible",
                "So a word is to be measured, and a rule to be proved.",
            ),
            "c": ("the rule has to be learned", "The word has; a rule holds for any network."),
        },
        "b",
    ),
    Question(
        "87% of your airs are named airs. What else must stand there?",
        {
            "a": ("the seed", "Good to have, but it says nothing about the 87."),
            "b": (
                "how often real airs are named so, how often it comes unasked, and how many",
                "Without these, 87% may be splendid, or less than doing nothing.",
            ),
            "c": ("the best of them", "The best of many shows how many you made."),
        },
        "b",
    ),
    Question(
        "Someone turns guidance from 2 to 5 and reports that obedience has grown. What do you ask?",
        {
            "a": (
                "what became of the pieces otherwise: in key, alike, near people's",
                "A dial that only one number watches is turned until the other numbers break.",
            ),
            "b": ("whether 10 is better still", "By that number, perhaps; and by no other."),
            "c": ("nothing", "Then you will find out by ear, from notes outside the key."),
        },
        "a",
    ),
    Question(
        "From lesson 02: why is a note sometimes forbidden that breaks no rule itself?",
        {
            "a": (
                "because nothing legal would follow it",
                "Such states are cut off when compiling, so a piece never gets stuck.",
            ),
            "b": ("because the model dislikes it", "Dislike is a small chance, not a mask."),
            "c": ("by mistake", "It is what lets us do without trying again."),
        },
        "a",
    ),
    Question(
        "From lesson 07: the network hears the wish before the first note. How does the last bar "
        "still know of it?",
        {
            "a": ("it is repeated in every bar", "It stands once, in front."),
            "b": (
                "attention looks back at every earlier token, and the wish is one",
                "No distance is too far for it, as long as the wish fits into its window.",
            ),
            "c": ("it does not", "Then no piece would end in the mode it was asked for."),
        },
        "b",
    ),
)
