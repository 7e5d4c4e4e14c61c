"""Lesson 10, Structure: its predictions, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. Bars are tuples of pitches [MIDI]; a phrase is a list of
(pitch, duration) [MIDI, ticks].

Contents
--------
PREDICTIONS, EXERCISES, RECALL
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.score import Key

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "10.1": Question(
        "How alike are two bars of a jig, by how far apart they stand?",
        {
            "a": (
                "neighbours most",
                "A bar that says the same as the one before says nothing. Neighbours differ most.",
            ),
            "b": (
                "bars four or eight apart more than neighbours",
                "A phrase has four bars, and the next often begins like it.",
            ),
            "c": (
                "the further apart, the less",
                "Bars eight apart are more than twice as alike as neighbours.",
            ),
        },
        "b",
    ),
    "10.2": Question(
        "Without a plan, how alike will bars four apart be, beside bars one apart?",
        {
            "a": (
                "as alike as people's: it has learned from people's tunes",
                "It has learned which note follows which few notes. Four bars ago is too far.",
            ),
            "b": (
                "no more alike than neighbours",
                "It knows its style and not where it is in the form: every distance is the same.",
            ),
            "c": (
                "not alike at all: likeness 0",
                "Two bars of one style share some notes by chance, on strong beats most of all.",
            ),
        },
        "b",
    ),
}

_X, _Y, _Z, _W = (60, 64, 67), (62, 65, 69), (71, 67, 62), (64, 60, 60)

#: A tune, a lag, the share of equal pairs, and why.
_TUNES: tuple[tuple[list[tuple[int, ...]], int, float, str], ...] = (
    ([_X, _Y, _X, _Y], 2, 1.0, "both pairs of bars two apart are equal"),
    ([_X, _Y, _X, _Z], 2, 0.5, "one of two pairs is equal"),
    ([_X, _Y, _X, _Y], 1, 0.0, "no bar equals the next"),
    ([_X, _Y, _Z, _X], 1, 0.0, "the last bar has no next one: a tune is no circle"),
    ([_X, _X, _X, _Y], 1, 2 / 3, "four bars have three pairs of neighbours"),
    ([_X, _Y, _Z], 3, 0.0, "no two bars are so far apart"),
    ([_X, (67, 64, 60)], 1, 0.0, "the same pitches in another order are another bar"),
)


def _test_returns(answer: Callable[[list[tuple[int, ...]], int], Any]) -> str | None:
    for bars, lag, right, why in _TUNES:
        given = answer(list(bars), lag)
        if not isinstance(given, int | float) and not hasattr(given, "__float__"):
            return f"you give {given!r}, and a share from 0 to 1 is wanted"
        if not abs(float(given) - right) <= 1e-6:  # nan is no share either
            return f"for the bars {_named(bars)} at lag {lag} you give {float(given):.2f}: {why}"
    return None


def _named(bars: Sequence[tuple[int, ...]]) -> str:
    """Write bars as small letters."""
    known = list(dict.fromkeys(bars))
    return " ".join("abcdefgh"[known.index(bar)] for bar in bars)


#: Bars, bars a section, the form, and why.
_FORMS: tuple[tuple[list[tuple[int, ...]], int, str, str], ...] = (
    ([_X, _Y, _X, _Y], 2, "AA", "both sections are the same two bars"),
    ([_X, _Y, _X, _Z], 2, "AB", "the sections begin alike and end otherwise: not equal"),
    ([_X, _Y, _X, _Y, _Z, _W, _X, _Y], 2, "AABA", "the last section is the first again"),
    ([_X, _Y, _Z, _X, _W, _X], 1, "ABCADA", "the letter after a return is the next unused one"),
    ([_X, _Y, _Y, _X], 2, "AB", "the same bars in another order are another section"),
    ([_Z, _Z, _Z], 1, "AAA", "one letter is enough where all is the same"),
)


def _test_letters(answer: Callable[[list[tuple[int, ...]], int], Any]) -> str | None:
    for bars, length, right, why in _FORMS:
        given = answer(list(bars), length)
        if not isinstance(given, str):
            return f"you give {given!r}, and letters are wanted, such as 'AABA'"
        if given != right:
            return f"for the bars {_named(bars)} in sections of {length} you give {given!r}: {why}"
    return None


#: Phrases that end open, with the tonic's pitch.
_QUESTIONS: tuple[tuple[list[tuple[int, int]], int], ...] = (
    ([(67, 24), (64, 24), (65, 24), (64, 24), (60, 24), (64, 24), (62, 48)], 60),
    ([(74, 12), (71, 12), (67, 12), (69, 36), (71, 12), (72, 12), (74, 12), (74, 36)], 67),
    ([(69, 24), (66, 12), (69, 12), (71, 24), (69, 24), (64, 24), (66, 24), (64, 48)], 62),
    ([(65, 36), (67, 12), (69, 24), (72, 24), (70, 24), (69, 24), (67, 48)], 65),
)
_APPROACHES = (2, 5, 7)
_WIDEST = 12


def _test_answer(answer: Callable[[list[tuple[int, int]], int], Any]) -> str | None:
    for question, tonic in _QUESTIONS:
        given = _events(answer(list(question), tonic))
        if given is None:
            return "a list of (pitch, duration) is wanted, with at least two notes"
        fault = _fault(question, given, tonic)
        if fault:
            key = Key.from_fifths({0: 0, 7: 1, 2: 2, 5: -1}[tonic % 12])
            return f"in {key.name}: {fault}"
    return None


def _fault(
    question: Sequence[tuple[int, int]], given: Sequence[tuple[int, int]], tonic: int
) -> str | None:
    """Say what is musically wrong with an answer."""
    asked, length = (sum(duration for _, duration in part) for part in (question, given))
    if length != asked:
        return f"the question lasts {asked / 24:g} quarters and the answer {length / 24:g}"
    half = _until(question, asked // 2)
    if list(given[: len(half)]) != half:
        return "the answer does not begin as the question does: nobody hears that they belong"
    (before, _), (last, _) = given[-2:]
    key = Key.from_fifths({0: 0, 7: 1, 2: 2, 5: -1}[tonic % 12])
    if last % 12 != tonic % 12:
        return f"the answer ends on degree {key.scale.degree(last) or 'outside the key'}, not home"
    if key.scale.degree(before) not in _APPROACHES:
        found = key.scale.degree(before) or "outside the key"
        return f"it comes home from degree {found}: no dominant chord stands before the tonic"
    leap = max(abs(b - a) for (a, _), (b, _) in pairwise(given))
    if leap > _WIDEST:
        return f"there is a leap of {leap} semitones: take the tonic in another octave"
    return None


def _until(events: Sequence[tuple[int, int]], ticks: int) -> list[tuple[int, int]]:
    """List the notes that end in the first so many ticks."""
    found, end = [], 0
    for pitch, duration in events:
        end += duration
        if end > ticks:
            break
        found.append((pitch, duration))
    return found


def _events(given: Any) -> list[tuple[int, int]] | None:
    try:
        events = [(int(pitch), int(duration)) for pitch, duration in given]
    except (TypeError, ValueError):
        return None
    return events if len(events) > 1 and all(length > 0 for _, length in events) else None


EXERCISES = {
    "10.1": Exercise(
        "Give the share of the pairs of bars a lag apart that are equal.",
        _test_returns,
        (
            "Which bars are compared? Bar 1 with the bar so far after it, bar 2 likewise, and "
            "so on until one of the two would lie behind the end.",
            "Lay the list beside itself, but without its first bars: zip stops by itself.",
            "Divide by the number of pairs, which is smaller than the number of bars, and mind "
            "the tune in which there is none.",
        ),
        "you have drawn one line of the picture",
    ),
    "10.2": Exercise(
        "Name the sections of a tune with letters.",
        _test_letters,
        (
            "First cut the bars into sections, each a tuple, so that they can be compared.",
            "Keep a list of the different sections in the order of their first hearing.",
            "A section's letter is its place in that list, not its place in the tune.",
        ),
        "you name a form by what returns",
    ),
    "10.3": Exercise(
        "Give the answer to a phrase that ends open.",
        _test_answer,
        (
            "Leave the first half alone, and the durations too: only pitches near the end change.",
            "The last note is the tonic. Which note, a step away from it, leads there?",
            "Two notes are enough: the last, and the one before it. Of the three degrees allowed "
            "there, which are a step from home?",
        ),
        "a question and an answer that belong together",
    ),
}

RECALL = (
    Question(
        "In a self-similarity matrix there is a dark line eight bars below the diagonal. What is "
        "that?",
        {
            "a": (
                "the tune has eight bars",
                "The picture's size says how many bars there are; the line says more.",
            ),
            "b": (
                "what was played comes back eight bars later",
                "Each dark cell on it is a bar that is like the bar eight before it.",
            ),
            "c": (
                "bar eight is the loudest",
                "The picture knows no loudness, only which bars are alike.",
            ),
        },
        "b",
    ),
    Question(
        "What is a half cadence?",
        {
            "a": (
                "a phrase ends open, over the dominant chord",
                "A comma: the listener waits for the answer.",
            ),
            "b": ("a cadence in the middle of a bar", "It has nothing to do with the beat."),
            "c": (
                "a full cadence, but softer",
                "Loudness does not matter: it ends on another chord.",
            ),
        },
        "a",
    ),
    Question(
        "The plan says that bar 13 varies bar 5. What does the composer do there?",
        {
            "a": (
                "it copies bar 5 and changes one note by chance",
                "Which notes stay is in the plan; the others are the model's, not chance's.",
            ),
            "b": (
                "it makes the notes that stay likely, and lets the model choose the others",
                "So the bar is recognised, and still follows from what stands around it.",
            ),
            "c": (
                "it composes until a bar is similar enough",
                "Nothing is composed and thrown away here.",
            ),
        },
        "b",
    ),
    Question(
        "From lesson 02: how can bars be locked while others are composed anew?",
        {
            "a": (
                "the old notes are pasted over the new piece at the end",
                "Then the new bars would not know what they lead to.",
            ),
            "b": (
                "each locked note is a rule, and the automaton allows nothing else there",
                "So new bars fit between them: what could not lead on is cut off beforehand.",
            ),
            "c": (
                "the same seed gives the same notes",
                "The seed gives the same draws, which mean other notes after the first change.",
            ),
        },
        "b",
    ),
    Question(
        "From lesson 06: ten planned pieces lie inside the human interval at each lag. What may "
        "you say?",
        {
            "a": (
                "they return as often as people's tunes do, as far as ten pieces show",
                "That is what was measured, and no more than that.",
            ),
            "b": (
                "they are as good as people's tunes",
                "A tune may return at the right places and be dull in all of them.",
            ),
            "c": (
                "nothing, for ten is too few for any number",
                "Without the plan ten were enough to show a difference. It depends on its size.",
            ),
        },
        "a",
    ),
)
