"""Lesson 00, Hear it in five minutes: its prediction, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`.

Contents
--------
PREDICTIONS, EXERCISES, RECALL
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.composition import Composition
from melodyai_edu.score import Key, Melody, Score

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "0.1": Question(
        "You compose again with the same request and seed=2. What do you get?",
        {
            "a": (
                "another jig: it is drawn by chance",
                "It is drawn by chance, but a computer's chance begins where the seed says.",
            ),
            "b": (
                "the same jig, note for note",
                "The seed fixes where the chance begins, so every draw falls the same way.",
            ),
            "c": (
                "the same jig with a few notes changed",
                "Nothing of the last piece is remembered: all is drawn anew, from the seed.",
            ),
        },
        "b",
    ),
}


def _test_reel(answer: Callable[[], Any]) -> str | None:
    piece = answer() if callable(answer) else answer
    if not isinstance(piece, Composition):
        return "your function gives no piece back; does it end with return mai.compose(...)?"
    facts = piece.facts
    if facts["genre"] != "reel":
        return (
            f"this is no reel but a {facts['genre']} in {facts['meter']}: a reel runs in even "
            "eighth notes, four to a beat, two beats to a bar"
        )
    if facts["key"] != "D major":
        own = set(Key.parse("D major").scale.pitch_classes)
        strange = sorted(
            {n.spelling for n in piece.score.parts[0].notes if n.pitch_class not in own}
        )
        heard = f": it has {', '.join(strange)}, which D major has not" if strange else ""
        return f"it is in {facts['key']}, and home is {facts['key'].split()[0]}, not D{heard}"
    if facts["bars"] != 8:
        return f"it is {facts['bars']} bars long; 8 bars are one part of a reel, played twice"
    return None


def _score(pitches: Sequence[int], key: str) -> Score:
    events = [(pitch, 24) for pitch in pitches]
    return Score.of_melody(Melody.from_events(events), key=Key.parse(key))


#: What is played, where home is, and what a listener says to an ending elsewhere.
_ENDINGS = (
    ((67, 71, 74, 67), "G major", True, "it ends on G, and G is home in G major"),
    (
        (67, 71, 74, 79),
        "G major",
        True,
        "it ends on a high G; home has many floors: use pitch_class",
    ),
    ((67, 71, 67, 74), "G major", False, "it ends on D in G major: the tune hangs in the air"),
    ((64, 67, 71, 64), "E minor", True, "it ends on E in E minor; not every key is G major"),
    ((62, 71, 69, 67), "D major", False, "it ends on G in D major, which sounds like a question"),
    ((67, 64, 62, 60), "G major", False, "it begins at home but ends on C: the last note counts"),
)


def _test_home(answer: Callable[[Score], Any]) -> str | None:
    for pitches, key, is_home, heard in _ENDINGS:
        given = answer(_score(pitches, key))
        if not isinstance(given, bool | np.bool_):
            return f"it gives {given!r}; a yes-or-no question wants True or False"
        if bool(given) is not is_home:
            return f"listen to {' '.join(map(str, pitches))} in {key}: {heard}, and you say {given}"
    return None


_LINES = (
    ((60, 62, 64, 65, 67), 1.0, "a scale is nothing but steps"),
    ((67, 65, 64, 62, 60), 1.0, "a scale downwards is steps as well: a step down is negative"),
    ((60, 64, 67, 72), 0.0, "a broken chord is nothing but leaps"),
    ((60, 60, 60, 62), 1 / 3, "a repeated note stays where it is, which is no step"),
    ((60, 63, 62, 67), 1 / 3, "from C to E flat are 3 semitones, a leap"),
    ((60, 61, 63, 70), 2 / 3, "both the half and the whole tone are steps"),
)


def _test_steps(answer: Callable[[list[int]], Any]) -> str | None:
    for pitches, share, why in _LINES:
        given = answer(list(pitches))
        is_number = isinstance(given, int | float | np.number)
        if not is_number or not abs(given - share) <= 0.01:  # nan is no share either
            return f"for {' '.join(map(str, pitches))} you give {given!r}: {why}"
    return None


EXERCISES = {
    "0.1": Exercise(
        "Compose a reel in D major, 8 bars long.",
        _test_reel,
        (
            "Compare your request with the first code cell, argument by argument.",
            "A function hands over its result with return.",
            "Three arguments are needed: genre, key, bars. Texts stand in quotes, numbers do not.",
        ),
        "a reel in D major, 8 bars: exactly what was asked for, whatever the seed",
    ),
    "0.2": Exercise(
        "Say whether a score ends on its tonic.",
        _test_home,
        (
            "Which note does a listener hear last? A list's last element has the index -1.",
            "Compare pitch classes, not pitches: octaves do not matter.",
            "Two numbers must be equal: one from the last note, one from the score's key.",
        ),
        "you hear when a tune is home, in any key and any octave",
    ),
    "0.3": Exercise(
        "Give the share of steps among the intervals of a list of pitches.",
        _test_steps,
        (
            "Begin with the list of moves: how far is it from each pitch to the next?",
            "Up or down is the same to a step: abs() drops the sign. And 0 is a move that is no "
            "step: it counts among the moves, not among the steps.",
            "Count the moves that are 1 or 2 and divide by the number of moves, "
            "which is one less than that of the pitches.",
        ),
        "steps counted as a singer would count them",
    ),
}

RECALL = (
    Question(
        "What does the same request with the same seed give?",
        {
            "a": ("the same notes", "That is the promise, in a notebook and outside."),
            "b": ("the same style, other notes", "Another seed does that."),
            "c": (
                "it depends on the machine",
                "It does not: the chance is computed, not measured.",
            ),
        },
        "a",
    ),
    Question(
        "Which four modules does the course speak of?",
        {
            "a": ("score, roll, player, facts", "These are four views of one piece."),
            "b": (
                "rhythm, melody, harmony, structure",
                "When, which note, what sounds together, what comes back.",
            ),
            "c": ("genre, key, meter, tempo", "These are things that you ask for."),
        },
        "b",
    ),
    Question(
        "What is a tick?",
        {
            "a": ("a beat of the metronome", "A beat has many ticks: 24 where it is a quarter."),
            "b": (
                "a sixtieth of a second",
                "Ticks do not know seconds; the tempo turns one into the other.",
            ),
            "c": (
                "the smallest step of musical time, 24 to a quarter note",
                "Every onset and every duration is a whole number of them.",
            ),
        },
        "c",
    ),
    Question(
        "You raise the temperature from 1 to 2. What happens?",
        {
            "a": ("the piece gets faster", "That is the tempo."),
            "b": (
                "unlikely notes are drawn more often",
                "The odds come closer together, so the dice stray further.",
            ),
            "c": ("the piece gets longer", "The number of bars is fixed by your request."),
        },
        "b",
    ),
    Question(
        "Why does the report on copying show human tunes, too?",
        {
            "a": (
                "tunes of one kind always share phrases; the question is how many",
                "A figure of copying says nothing until you know the human one.",
            ),
            "b": ("because they were copied by the machine", "They are tunes it has never seen."),
            "c": ("to make the figure smaller", "The two figures stand side by side, unmixed."),
        },
        "a",
    ),
)
