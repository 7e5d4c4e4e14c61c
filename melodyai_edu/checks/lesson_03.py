"""Lesson 03, Listening with numbers: its predictions, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. What the lesson plays and draws is imported along from
`melodyai_edu.checks.lesson_03_sounds`, so that the lesson needs one name.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; SR, PROFILES, sung, play, draw, draw_moods, hummed_file, best_cut
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.checks.lesson_03_sounds import (
    PROFILES,
    SR,
    best_cut,
    draw,
    draw_moods,
    hummed_file,
    play,
    sung,
)

__all__ = [
    "EXERCISES",
    "PREDICTIONS",
    "PROFILES",
    "RECALL",
    "SR",
    "best_cut",
    "draw",
    "draw_moods",
    "hummed_file",
    "play",
    "sung",
]

PREDICTIONS = {
    "3.1": Question(
        "The same air, plucked and hummed. Which number differs most between the recordings?",
        {
            "a": (
                "the key that is found",
                "The pitch classes are the same, and the key is found from them alone.",
            ),
            "b": (
                "how many notes are heard to begin",
                "A string is struck at once; a voice slides and trembles, and each swing of its "
                "vibrato looks like a new note.",
            ),
            "c": (
                "the share of each pitch class",
                "Overtones colour them a little, but the notes that sound are the same.",
            ),
        },
        "b",
    ),
    "3.2": Question(
        "All airs are hummed, all hornpipes plucked. A cut through the sharpness of the onsets "
        "names every recording rightly. What has it learned?",
        {
            "a": (
                "to tell airs from hornpipes",
                "Give it a hummed hornpipe, and it will call it an air.",
            ),
            "b": (
                "to tell humming from plucking",
                "The instrument went along with the genre, and the number took the easier one.",
            ),
            "c": (
                "nothing: the result is luck",
                "All right on many tunes is no luck. It is a fact, but about something else.",
            ),
        },
        "b",
    ),
}

Events = list[tuple[int | None, int]]

#: A tune, and what is to be heard in it.
_TUNES: tuple[tuple[Events, str], ...] = (
    (
        [(60, 24), (64, 24), (67, 48)],
        "the G lasts as long as C and E together: count time, not notes",
    ),
    ([(60, 24), (72, 24), (62, 48)], "two Cs an octave apart are one pitch class"),
    (
        [(69, 24), (None, 72), (71, 24)],
        "a rest is silence: it belongs to no pitch class and no total",
    ),
    ([(62, 12)] * 4, "one note alone has all of the time, a share of 1"),
)


def _twelve(given: Any) -> np.ndarray | None:
    try:
        shares = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return None
    return shares if shares.shape == (12,) else None


def _test_shares(answer: Callable[[Events], Any]) -> str | None:
    for events, why in _TUNES:
        given = _twelve(answer(list(events)))
        if given is None:
            return "twelve numbers are wanted, one for each pitch class, C first"
        right = np.zeros(12)
        for pitch, duration in events:
            if pitch is not None:
                right[pitch % 12] += duration
        right = right / right.sum()
        if np.allclose(given, right, atol=1e-6):
            continue
        if given.sum() > 1.5 and np.allclose(given / given.sum(), right, atol=1e-6):
            return f"for {events} they add up to {given.sum():g}: shares add up to 1"
        return f"for {events} you give {np.round(given, 2).tolist()}: {why}"
    return None


#: Pitch classes and how long each sounds, the key that fits best, and where an ear goes wrong.
_CHROMA: tuple[tuple[dict[int, float], tuple[int, str], str], ...] = (
    (
        {0: 4, 2: 2, 4: 3, 5: 1, 7: 3, 9: 1, 11: 1},
        (0, "major"),
        "a scale of C, resting on its triad",
    ),
    (
        {7: 4, 9: 2, 11: 3, 0: 1, 2: 3, 4: 1, 6: 1},
        (7, "major"),
        "it is the first tune a fifth higher: the profile has to move up with the tonic",
    ),
    (
        {9: 4, 11: 2, 0: 3, 2: 1, 4: 3, 5: 1, 8: 1},
        (9, "minor"),
        "it rests on A, C and E: the minor profile has to be tried as well",
    ),
    (
        {2: 5, 4: 1, 5: 3, 7: 1, 9: 3, 10: 1, 1: 1},
        (2, "minor"),
        "F major has nearly the same notes, but this tune rests on D",
    ),
    ({10: 4, 0: 2, 2: 3, 3: 1, 5: 3, 7: 1, 9: 1}, (10, "major"), "B flat is pitch class 10"),
)


def _test_key(answer: Callable[[np.ndarray], Any]) -> str | None:
    for weights, right, why in _CHROMA:
        shares = np.zeros(12)
        shares[list(weights)] = list(weights.values())
        given = _key(answer(shares / shares.sum()))
        if given is None:
            return 'a pair is wanted, pitch class and mode, such as (7, "major")'
        if given == right:
            continue
        if given[0] == -right[0] % 12 and right[0] % 12:
            return f"you give {given[0]} where {right[0]} is right: the profile moved the wrong way"
        return f"you hear {given[0]} {given[1]}, it is {right[0]} {right[1]}: {why}"
    return None


def _key(given: Any) -> tuple[int, str] | None:
    try:
        tonic, mode = given
        return int(tonic), str(mode)
    except (TypeError, ValueError):
        return None


#: Two heaps of numbers, and what their cut has to do.
_HEAPS: tuple[tuple[list[float], list[float], str], ...] = (
    ([1.0, 2.0, 3.0], [5.0, 6.0], "the heaps lie apart, so no tune need be misnamed"),
    ([1.0, 2.0, 9.0], [5.0, 6.0, 7.0], "one slow tune is an odd one: let it go, and keep the rest"),
    (
        [1.0, 2.0, 3.0, 4.0, 20.0, 30.0],
        [5.0, 6.0, 7.0, 8.0],
        "the middle of a heap does not say how many lie on the wrong side; count right names",
    ),
    ([2.0, 2.0, 3.0], [2.0, 4.0, 4.0], "a number that both have is named wrongly on one side"),
    ([4.0], [1.0, 2.0, 3.0], "where the fast heap is the larger, all may be called fast but one"),
)


def _right(cut: float, slow: Sequence[float], fast: Sequence[float]) -> int:
    return sum(value <= cut for value in slow) + sum(value > cut for value in fast)


def _test_cut(answer: Callable[[list[float], list[float]], Any]) -> str | None:
    for slow, fast, why in _HEAPS:
        try:
            cut = float(answer(list(slow), list(fast)))
        except (TypeError, ValueError):
            return "one number is wanted: the cut"
        best = max(_right(value, slow, fast) for value in (*slow, *fast))
        found = _right(cut, slow, fast)
        if found < best:
            return (
                f"slow {slow}, fast {fast}: your cut {cut:g} names {found} tunes rightly, "
                f"another names {best}: {why}"
            )
    return None


EXERCISES = {
    "3.1": Exercise(
        "Give the share of the sounding time of each pitch class.",
        _test_shares,
        (
            "Begin with twelve zeros, and walk through the events.",
            "All octaves of a note are one pitch class: what is left after dividing by twelve.",
            "At the end, divide by all the time that sounded, so that a long tune is like a short.",
        ),
        "you can say what a tune is made of, in twelve numbers",
    ),
    "3.2": Exercise(
        "Give tonic and mode of the key whose profile fits twelve shares best.",
        _test_key,
        (
            "There are twelve tonics and two modes: try all, and remember how well each fits.",
            "Step 1 in the lesson lays both profiles on all tonics by name; do it by number.",
            "Moving a profile to a tonic moves its first number to the tonic's place.",
        ),
        "24 tries, and you hear where home is",
    ),
    "3.3": Exercise(
        "Give the cut between two genres that names most tunes rightly.",
        _test_cut,
        (
            "For one cut, count the right names: slow tunes at or below it, fast ones above.",
            "Do that for every number that you were given, and keep the best.",
            "A helper that counts for one cut can be the key by which the best is chosen.",
        ),
        "a listener in one number, and you know how often it is right",
    ),
}

RECALL = (
    Question(
        "A key finder hears E minor in a tune that is printed in G major. What kind of error?",
        {
            "a": ("a wild one: the keys have nothing in common", "They share all seven notes."),
            "b": (
                "next door: the relative minor has the same notes",
                "Only how much each note sounds tells the two apart.",
            ),
            "c": ("an octave error", "Those happen to tempo and to pitch, not to keys."),
        },
        "b",
    ),
    Question(
        "A beat tracker says 60 where the score says 120. Is it wrong?",
        {
            "a": (
                "not musically: it taps every other beat",
                "Ask whether two tempos are simple multiples before you call one wrong.",
            ),
            "b": ("yes: it is half as fast", "A dancer who steps on every other beat is in time."),
            "c": ("no: scores do not state tempos", "This one does."),
        },
        "a",
    ),
    Question(
        "Mood labels are computed from mode and density. A classifier that is told both is right "
        "in 100% of new tunes. What does that show?",
        {
            "a": ("that mood can be measured", "It shows that the formula can be repeated."),
            "b": (
                "nothing: it repeats the formula that made the labels",
                "What makes the label must not be among the features.",
            ),
            "c": ("that the split leaks", "The tunes are new; it is the labels that are not."),
        },
        "b",
    ),
    Question(
        "From lesson 01: what does a MIDI file keep that a recording does not tell outright?",
        {
            "a": ("how loud the room was", "No score and no MIDI file knows the room."),
            "b": (
                "which notes are played, and when each ends",
                "In a recording they have to be found again, and overtones and noise mislead.",
            ),
            "c": ("the timbre of the instrument", "It keeps a program number, not a sound."),
        },
        "b",
    ),
    Question(
        "From lesson 02: which notes does the key of D major have that C major has not?",
        {
            "a": ("F# and C#", "Two sharps: each step up the circle of fifths adds one."),
            "b": ("B flat", "That is F major."),
            "c": ("F# alone", "That is G major, one fifth up; D lies two."),
        },
        "a",
    ),
)
