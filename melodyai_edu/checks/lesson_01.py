"""Lesson 01, Music as data: its prediction, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`.

Contents
--------
PREDICTIONS, EXERCISES, RECALL
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.score import Note, Part, Pitch, Score

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "1.1": Question(
        "Which format cannot tell F sharp from G flat?",
        {
            "a": ("MIDI", "MIDI numbers the keys of a keyboard, and both are the same key."),
            "b": ("MusicXML", "MusicXML writes the letter and the sign, for it describes print."),
            "c": ("ABC", "ABC is typed by readers of music: ^F and _G are two different things."),
        },
        "a",
    ),
}

#: Each with what a pianist says if it is wrong.
_NAMES = (
    (("C", 4), "C4 is middle C, number 60"),
    (("A", 4), "A4 is the A that orchestras tune to, nine semitones above middle C"),
    (("C", 5), "C5 lies twelve semitones above C4; an octave is not eight"),
    (("B", 3), "B3 lies just below middle C: the octave's number changes at C, not at A"),
    (("E", 2), "E2 is the lowest string of a guitar, far below middle C"),
    (("G", 9), "G9 is the highest note that MIDI has"),
)


def _test_number(answer: Callable[[str, int], Any]) -> str | None:
    for (letter, octave), heard in _NAMES:
        given, right = answer(letter, octave), Pitch.parse(f"{letter}{octave}").midi
        if given != right:
            wrong = (
                f"{abs(given - right)} semitones away" if isinstance(given, int) else "no number"
            )
            return f"for {letter}{octave} you give {given!r}, {wrong}: {heard}"
    return None


_TOKENS = (
    (["Bar_line", "Duration_24", "Pitch_60"], "one quarter note on the tonic"),
    (
        ["Bar_line", "Duration_12", "Pitch_67", "Duration_36", "Pitch_64"],
        "a short note, then a long one",
    ),
    (
        ["Bar_line", "Duration_96", "Pitch_60", "Bar_line", "Duration_48", "Pitch_62"],
        "two bars; a bar line is no note",
    ),
    (["Bar_line"], "an empty bar has no notes"),
)


def _test_notes(answer: Callable[[list[str]], Any]) -> str | None:
    for tokens, heard in _TOKENS:
        values = [int(token.split("_")[1]) for token in tokens if token != "Bar_line"]
        right = list(zip(values[1::2], values[::2], strict=True))
        given = answer(list(tokens))
        if given == right:
            continue
        flipped = [(duration, pitch) for pitch, duration in right]
        if right and given == flipped:
            return "each pair is turned round: the pitch comes first, then the duration"
        if isinstance(given, list) and len(given) != len(right):
            return f"for {heard} you give {len(given)} notes; there are {len(right)}"
        return (
            f"for {heard} you give {given!r}: each note is a pitch, and lasts as long as the "
            "Duration before it says"
        )
    return None


#: Each with what comes back whole, and what a musician says if the answer is another.
_JOURNEYS: tuple[tuple[Score, list[str], list[str], str], ...] = (
    (
        Score((Part((Note(0, 24, 66, "Gb"), Note(24, 24, 65), Note(60, 36, 60))),)),
        [".mid", ".musicxml"],
        [".mid", ".musicxml"],
        "MIDI forgets that the first note was a G flat, but each note comes back at its pitch and "
        "time: a lost spelling is no lost note",
    ),
    (
        Score((Part((Note(0, 96, 60), Note(24, 24, 60))),)),
        [".mid", ".musicxml"],
        [".musicxml"],
        "a C is struck again while the first C still sounds; on a keyboard the second stroke ends "
        "the first, so MIDI brings other notes back than those you sent",
    ),
    (Score((Part((Note(0, 96, 67),)),)), [], [], "no format was asked for, so none can be kept"),
)


def _test_round_trip(answer: Callable[[Score, list[str]], Any]) -> str | None:
    for score, suffixes, right, heard in _JOURNEYS:
        given = answer(score, list(suffixes))
        if given is None:
            return "your function gives nothing back; hand over the list with return"
        if list(given) != right:
            return f"of {suffixes} you keep {given!r}: {heard}"
    return None


EXERCISES = {
    "1.1": Exercise(
        "Give the MIDI number of a letter and an octave.",
        _test_number,
        (
            "Count from middle C: how many octaves away is it, and how far inside its octave?",
            "Each octave away from the fourth is worth twelve semitones, up or down.",
            "Three things are added: 60, twelve times the octaves above the fourth, "
            "and the letter's distance above C.",
        ),
        "every white key has its number, from the lowest to G9",
    ),
    "1.2": Exercise(
        "Give the (pitch, duration) pairs of a list of tokens.",
        _test_notes,
        (
            "Go through the tokens one by one and ask of what kind each is.",
            "A duration comes before its pitch: remember it until the pitch arrives.",
            "Three kinds: remember a duration, add a pair at a pitch, pass over a bar line.",
        ),
        "what you wrote down as tokens can be played again",
    ),
    "1.3": Exercise(
        "List the formats that bring every note back.",
        _test_round_trip,
        (
            "For one suffix: send the score round, then compare it with itself of before.",
            "differences() names what is lost; you look for one word in it, and want it absent.",
            "A list with a condition keeps only some suffixes: [s for s in suffixes if ...].",
        ),
        "a round-trip check, the habit that saves music from silent damage",
    ),
}

RECALL = (
    Question(
        "What does a MIDI file say of a note?",
        {
            "a": ("which key, how hard, from when to when", "It describes what hands do."),
            "b": ("how it looks on the page", "That is MusicXML."),
            "c": ("what it sounds like", "It holds no sound; a synthesiser makes it."),
        },
        "a",
    ),
    Question(
        "Why is the tonic always Pitch_60 in our tokens?",
        {
            "a": ("because all tunes are in C", "They are in many keys; the key is kept beside."),
            "b": (
                "so that a tune has the same tokens in every key",
                "What was learned in one key then holds in all of them.",
            ),
            "c": ("because MIDI wants it", "MIDI has 128 pitches and no tonic."),
        },
        "b",
    ),
    Question(
        "How long is a dotted quarter note?",
        {
            "a": ("24 ticks", "That is a plain quarter note."),
            "b": ("30 ticks", "A dot adds a half, not a quarter."),
            "c": ("36 ticks", "A quarter is 24, and the dot adds half of it."),
        },
        "c",
    ),
    Question(
        "A friend engraves your piece. Which file do you send?",
        {
            "a": ("MIDI", "Then your friend has to guess spellings, ties and bar lines."),
            "b": ("MusicXML", "It keeps what is printed."),
            "c": ("MP3", "Then your friend has to write it down by ear."),
        },
        "b",
    ),
    Question(
        "From lesson 00: what does another seed give?",
        {
            "a": ("another piece for the same request", "The chance begins elsewhere."),
            "b": ("the same piece, faster", "That is the tempo."),
            "c": ("a bolder piece", "That is the temperature."),
        },
        "a",
    ),
)
