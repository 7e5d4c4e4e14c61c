"""Lesson 09, Harmony: its predictions, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. Chords are four pitches from the soprano down.

Contents
--------
PREDICTIONS, EXERCISES, RECALL
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.score import Melody, Part, Score
from melodyai_edu.theory.faults import find_faults
from melodyai_edu.theory.voice_leading import parallels
from melodyai_edu.theory.voicing import VOICES

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "9.1": Question(
        "Seven triads, sixteen beats, and the note of each beat must be in its triad. How many "
        "ways are there?",
        {
            "a": (
                "about fifty",
                "That adds up the choices; but each goes with each of the others.",
            ),
            "b": (
                "some thousands",
                "Three triads have each note, and three choices sixteen times make far more.",
            ),
            "c": (
                "more than forty million",
                "Each note is root, third or fifth: three choices, sixteen times in a row.",
            ),
        },
        "c",
    ),
    "9.2": Question(
        "Now the teacher gets the chorales of Bach himself, who taught the rules to his sons. How "
        "many faults will be found?",
        {
            "a": (
                "none",
                "He made the rules sound easy, and broke them where a line was worth it.",
            ),
            "b": (
                "hardly any parallels, but voices that overlap in nearly every chorale, and cross "
                "in every other one",
                "Independence he keeps nearly always; neat order of voices he gives up for a line.",
            ),
            "c": (
                "as many parallels as in our blocks",
                "Ours had several in four bars. He has one in three or four chorales.",
            ),
        },
        "b",
    ),
}

#: Two chords, and what a mistake has missed in them.
_MOVES: tuple[tuple[tuple[int, ...], tuple[int, ...], str], ...] = (
    ((72, 64, 60, 53), (72, 65, 62, 55), "tenor and bass go from F and C to G and D"), ((72, 67, 64,
    48), (74, 69, 65, 50), "alto and bass are a fifth and an octave apart, 19"), ((79, 64, 60, 48),
    (81, 65, 60, 50), "soprano and bass are a fifth and two octaves apart, 31"), ((67, 64, 60, 48),
    (67, 64, 60, 48), "nobody moves, so nothing is parallel"), ((67, 64, 60, 48), (67, 62, 59, 43),
    "soprano and bass begin a fifth apart, then an octave"), ((72, 67, 64, 48), (74, 67, 62, 50),
    "soprano and bass make octaves, and only fifths are asked"), ((69, 65, 60, 53), (67, 64, 60,
    57), "tenor and bass begin in a fifth, and the tenor stays"), ((67, 64, 60, 48), (69, 62, 57,
    62), "soprano and bass go from 19 to 7: a fifth is a fifth, with an octave on top or without"),
    ((74, 67, 62, 55), (76, 69, 64, 57), "several pairs at once, each with its upper voice first"),
)  # fmt: skip


def _test_parallels(answer: Callable[[Sequence[int], Sequence[int]], Any]) -> str | None:
    for before, after, heard in _MOVES:
        right = {(a, b) for kind, a, b in parallels(before, after) if kind == "fifths"}
        given = answer(before, after)
        if given is None:
            return "your function gives nothing back; hand over the list with return"
        try:
            pairs = {(str(upper), str(lower)) for upper, lower in given}
        except (TypeError, ValueError):
            return f"you give {given!r}; a list of pairs is wanted, such as [('tenor', 'bass')]"
        reason = _pairs_fault(pairs, right)
        if reason is not None:
            return f"from {before} to {after} {reason}: {heard}"
    return None


def _pairs_fault(pairs: set[tuple[str, str]], right: set[tuple[str, str]]) -> str | None:
    turned = {(lower, upper) for upper, lower in pairs}
    if pairs != right and turned == right:
        return "the voices are right, but the upper one comes first"
    for upper, lower in sorted(pairs - right):
        return f"you hear parallel fifths, {upper} and {lower}, and there are none"
    for upper, lower in sorted(right - pairs):
        return f"you miss parallel fifths, {upper} and {lower}"
    return None


def _random_prices(beats: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.integers(0, 9, (beats, 3)), random.integers(0, 9, (3, 3))


#: Prices of beats, and of steps. In the first the cheap beginning leads into an expensive step.
_PRICES: tuple[tuple[np.ndarray, np.ndarray], ...] = (
    (np.array([[0, 1], [5, 5]]), np.array([[9, 9], [0, 0]])),
    (np.array([[4, 2, 7]]), np.zeros((3, 3), int)),
    *(_random_prices(beats, seed) for seed, beats in enumerate((2, 4, 6, 6))),
)


def _test_search(answer: Callable[[Any, Any], Any]) -> str | None:
    for price, step in _PRICES:
        given = answer(price.copy(), step.copy())
        if given is None:
            return "your function gives nothing back; hand over the path with return"
        try:
            path = [int(chord) for chord in given]
        except (TypeError, ValueError):
            return f"you give {given!r}; a list of column numbers is wanted"
        if len(path) != len(price):
            return f"{len(price)} beats want {len(price)} chords, and you give {len(path)}"
        if not all(0 <= chord < price.shape[1] for chord in path):
            return f"your path {path} names a chord that there is not: columns count from 0"
        reason = _price_fault(path, price, step)
        if reason is not None:
            return reason
    return None


def _cost(path: Sequence[int], price: np.ndarray, step: np.ndarray) -> int:
    beats = sum(int(price[beat, chord]) for beat, chord in enumerate(path))
    return beats + sum(int(step[a, b]) for a, b in pairwise(path))


def _price_fault(path: list[int], price: np.ndarray, step: np.ndarray) -> str | None:
    """Compare with every path, one by one."""
    columns = range(price.shape[1])
    cheapest = min(product(columns, repeat=len(price)), key=lambda p: _cost(p, price, step))
    lost = _cost(path, price, step) - _cost(cheapest, price, step)
    if not lost:
        return None
    if path == price.argmin(axis=1).tolist():
        return (
            "you take the cheapest chord of each beat by itself. A chord that is cheap now may be "
            f"expensive to go on from: this costs {lost} more than it need"
        )
    return (
        f"over {len(price)} beats your path {path} costs {lost} more than the cheapest: somewhere "
        "a good way was thrown away for one that was cheaper only so far"
    )


#: What must stay in exercise 9.3, and the chords: pitch classes of I, IV, V, I.
_OUTER = {"soprano": [67, 69, 67, 67], "bass": [48, 53, 55, 48]}
_CHORDS = (("I", {0, 4, 7}), ("IV", {5, 9, 0}), ("V", {7, 11, 2}), ("I", {0, 4, 7}))


def _test_repair(answer: Callable[[], Any]) -> str | None:
    given = answer() if callable(answer) else answer
    if not isinstance(given, dict) or set(given) != set(VOICES):
        return f"a dictionary with the four voices is wanted: {', '.join(VOICES)}"
    lines = {voice: [int(pitch) for pitch in given[voice]] for voice in VOICES}
    for voice, line in lines.items():
        if len(line) != len(_CHORDS):
            return f"the {voice} has {len(line)} notes, and there are four chords"
        if voice in _OUTER and line != _OUTER[voice]:
            return f"the {voice} has changed: the outer voices are given, the inner ones are yours"
    return _chords_fault(lines) or _teacher(lines)


def _chords_fault(lines: dict[str, list[int]]) -> str | None:
    for beat, (name, classes) in enumerate(_CHORDS):
        sung = {lines[voice][beat] % 12 for voice in VOICES}
        for voice in VOICES:
            if lines[voice][beat] % 12 not in classes:
                return f"in chord {beat + 1} the {voice} sings a note that {name} does not have"
        if sung != classes:
            return f"chord {beat + 1} is no whole {name}: one of its three notes is sung by nobody"
    return None


def _teacher(lines: dict[str, list[int]]) -> str | None:
    melodies = (Melody.from_events([(pitch, 24) for pitch in lines[voice]]) for voice in VOICES)
    faults = find_faults(Score(tuple(Part(melody.notes) for melody in melodies)))
    if not faults:
        return None
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


EXERCISES = {
    "9.1": Exercise(
        "Give the pairs of voices that move in parallel fifths.",
        _test_parallels,
        (
            "Four voices make six pairs. Look at each pair by itself, before and after.",
            "A fifth may have octaves on top of it: what is left of 7, 19 and 31 when the octaves "
            "are taken away?",
            "Two things must be so at once: a fifth before and a fifth after, and neither voice "
            "has stayed where it was.",
        ),
        "a fifth before, a fifth after, and both have moved: that is all a strict ear listens for",
    ),
    "9.2": Exercise(
        "Give the cheapest path through a table of prices and steps.",
        _test_search,
        (
            "For every beat keep two things for each chord: what the cheapest way to it costs, and "
            "from which chord that way came.",
            "The cheapest way to a chord is the cheapest over all chords before it: what that one "
            "had cost, and the step from it.",
            "At the end begin with the cheapest last chord, and follow what you have kept "
            "backwards. With one beat there is nothing to follow.",
        ),
        "six beats or six hundred: the work grows with the beats, not with the ways",
    ),
    "9.3": Exercise(
        "Change alto and tenor so that the chords are complete and no fault is left.",
        _test_repair,
        (
            "Where the bass rises, let the inner voices fall, or stay: contrary motion and common "
            "notes are the cure for parallels.",
            "I and IV have one note in common. Which inner voice could keep it?",
            "In V the note below the tonic wants to rise. Give it to the voice that can reach the "
            "tonic by a step.",
        ),
        "complete chords, four voices that go their own ways, and nothing for the teacher to mark",
    ),
}

RECALL = (
    Question(
        "Why does the ear mind parallel fifths and octaves?",
        {
            "a": ("they are dissonant", "They are the purest consonances that there are."),
            "b": (
                "two voices melt into one",
                "So one of four voices is lost, and that was the point of having four.",
            ),
            "c": ("they are too high", "They are faults in every range."),
        },
        "b",
    ),
    Question(
        "Search finds the cheapest of millions of ways without looking at them all. Why may it?",
        {
            "a": (
                "what comes after a chord does not depend on how one came there",
                "So of all ways to a chord only the cheapest can be part of the cheapest whole.",
            ),
            "b": ("it stops when it is good enough", "It never settles for less than the best."),
            "c": ("most ways are forbidden", "It would be as quick if all of them were allowed."),
        },
        "a",
    ),
    Question(
        "What did the chord model learn that the melody does not say?",
        {
            "a": ("which chords hold a note", "That is the melody's own part of the bargain."),
            "b": (
                "what tends to follow what",
                "V goes home far more often than home is common: that is a progression.",
            ),
            "c": ("how four voices move", "It has never seen a voice, only the names of chords."),
        },
        "b",
    ),
    Question(
        "From lesson 04: a model is measured on chorales that it has not counted. Why?",
        {
            "a": ("the others are too long", "Their length has nothing to do with it."),
            "b": (
                "on its own chorales it would look better than it is",
                "It would be asked for what it remembers, not for what it has understood.",
            ),
            "c": ("there are not enough of them", "There are more of those than of the others."),
        },
        "b",
    ),
    Question(
        "From lesson 02: what does a cadence from V to I do to a phrase?",
        {
            "a": ("it leaves a question open", "That is the half cadence, which stops on V."),
            "b": ("it turns away at the last moment", "That is V to vi, the deceptive one."),
            "c": ("it puts a full stop", "Home has been reached, and the ear knows it."),
        },
        "c",
    ),
)
