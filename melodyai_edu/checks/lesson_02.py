"""Lesson 02, Theory as code: its predictions, exercises and questions.

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

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.constraints import FORBIDDEN, Rule, Setting, Slot, as_rules, compile_rules
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key
from melodyai_edu.theory.harmony import parse_roman
from melodyai_edu.theory.naming import find_chord

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "2.1": Question(
        "In C major you ask for range=C4-D4 and first_degree=5. What will the composer do?",
        {
            "a": (
                "break one of the two and compose",
                "Then neither would be a rule. What is asked for holds, or nothing is composed.",
            ),
            "b": (
                "try one melody after the other until it gives up",
                "Nothing is tried: whether a legal piece exists is worked out beforehand.",
            ),
            "c": (
                "refuse before the first note, and name both",
                "The fifth degree is G, and no G lies between C4 and D4; that is found beforehand.",
            ),
        },
        "c",
    ),
    "2.2": Question(
        "Every piece must end on C, and B loves to go there while E hardly ever does. A sampler "
        "looks at each note in turn and only strikes out what cannot be finished. How often will "
        "its pieces come home from B?",
        {
            "a": (
                "as often as in the model's own pieces that happen to end on C",
                "It does not know yet that it will have to come home, so it does not prepare it.",
            ),
            "b": (
                "less often than in those",
                "It strolls to E, for E is likely, and must then take a way home that is not.",
            ),
            "c": (
                "never",
                "B is likely enough to come up by chance. Nothing strikes it out.",
            ),
        },
        "b",
    ),
}

#: A numeral, the tonic, and what a musician says if the chord is another.
_NUMERALS = (
    ("I", 0, "I in C major is C E G, the chord of home"),
    ("V", 0, "V in C major is G B D: begin on the fifth note, and take every other one"),
    ("vi", 7, "vi in G major is E G B: all of it is counted in G major's own scale"),
    ("viio", 0, "vii in C major is B D F: past the seventh note the scale begins again"),
    ("ii", 11, "ii in B major is C sharp, E, G sharp, and pitch classes end at 11"),
    ("IV", 5, "IV in F major has B flat for its root, not B"),
)


def _test_chord(answer: Callable[[str, int], Any]) -> str | None:
    for numeral, tonic, heard in _NUMERALS:
        key = next(key for key in map(Key, _TONICS) if key.tonic_pitch_class == tonic)
        right = parse_roman(numeral, key).pitch_classes
        given = answer(numeral, tonic)
        if given is None:
            return "your function gives nothing back; hand over the three numbers with return"
        try:
            values = tuple(int(value) for value in given)
        except (TypeError, ValueError):
            return f"for {numeral} in {key.name} you give {given!r}; three numbers are wanted"
        if values == right:
            continue
        if any(not 0 <= value <= 11 for value in values):
            return (
                f"for {numeral} in {key.name} you give {values}: pitch classes end at 11; {heard}"
            )
        if sorted(values) == sorted(right):
            return f"for {numeral} in {key.name} the notes are right, but the root comes first"
        return f"for {numeral} in {key.name} you give {values}{_named(values)}: {heard}"
    return None


_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def _named(values: Sequence[int]) -> str:
    """Say which chord was given instead, if it is one."""
    chord = (
        find_chord([values[0] % 12 + 48, *(value % 12 + 60 for value in values)])
        if values
        else None
    )
    return f", which is {chord.name}" if chord else ""


#: A line, whether it is legal up to its last note, and what is to be heard in it.
_LINES = (
    ((60, 62, 64, 62), True, "only steps: there is nothing to recover from"),
    ((60, 67, 65), True, "a fifth up, then a tone down: just what is asked for"),
    ((60, 67, 66), True, "a fifth up, then a semitone down: a semitone is a step as well"),
    ((60, 65, 64), True, "a fourth up, five semitones, is a leap, and the step down follows"),
    ((60, 67, 69), False, "a fifth up, and then it climbs on"),
    ((60, 65, 67), False, "a fourth up, five semitones, is a leap already, and it climbs on"),
    ((60, 67, 67), False, "a fifth up, and then the same note again: a repeated note is no step"),
    ((60, 67, 60), False, "a fifth up, and down it falls by a fifth: that is no step"),
    ((60, 64, 67), True, "a third up, four semitones, is no leap here, so it may go on"),
    ((67, 60, 62), True, "the leap goes down, and the rule speaks of leaps up only"),
    ((60, 67, 65, 60), True, "the leap is made good by the second move; after that all is free"),
    ((60, 67, 65, 72, 74), False, "the second leap has to be made good, too"),
)  # fmt: skip

_BAR = Slot(Setting(), bar=0, position=0, duration=24)


def _test_rule(answer: type[Rule] | Rule) -> str | None:
    rule = answer() if isinstance(answer, type) else answer
    if not isinstance(rule, Rule):
        return "this is no rule: hand over your class, which is a kind of mai.Rule"
    for line, is_legal, heard in _LINES:
        given = _is_legal(rule, line)
        if isinstance(given, str):
            return given
        if given is not is_legal:
            verdict = "forbid" if is_legal else "allow"
            return f"listen to {' '.join(map(str, line))}: {heard}, and you {verdict} it"
    return None


def _is_legal(rule: Rule, line: Sequence[int]) -> bool | str:
    """Walk along a line; a text where the rule's answer cannot be used."""
    memory, previous = rule.start, None
    for pitch in line:
        memory = rule.step(memory, previous, pitch, _BAR)
        if memory is FORBIDDEN or not rule.follows(previous, pitch, _BAR):
            return False
        if memory is None and rule.start is not None:
            return "step gives nothing back: what is to be remembered must be handed on by return"
        previous = pitch
    return True


#: The rules of exercise 2.3, which cannot be kept together in C major.
_ASKED = ("in_key", "range=G4-B4", "max_leap=4", "first_degree=5", "end_on_tonic")


def _test_relaxed(answer: Callable[[], Any]) -> str | None:
    given = answer() if callable(answer) else answer
    if isinstance(given, str) or not isinstance(given, list | tuple):
        return f"you give {given!r}; a list of rules is wanted"
    rules, asked = as_rules(given), as_rules(_ASKED)
    lost = [str(rule) for rule in asked if rule not in rules]
    if len(lost) > 1:
        return (
            f"you gave up {', '.join(lost)}: a singer who asked for five things wants to lose "
            "as little as may be, and one is enough"
        )
    return _still(rules)


def _still(rules: Sequence[Rule]) -> str | None:
    try:
        compile_rules(rules, length=4, key="C major")
    except ParameterError as error:
        return f"it is still a question without an answer: {error}"
    return None


EXERCISES = {
    "2.1": Exercise(
        "Give the pitch classes of a Roman numeral in a major key, the root first.",
        _test_chord,
        (
            "Find the chord's degree first: where does the numeral stand in the list?",
            "You have both halves already: one function gives a scale, another takes every other "
            "note of one.",
            "A place in a list is counted from 0, a degree from 1.",
        ),
        "a numeral is a place in a scale, so one word serves in twelve keys",
    ),
    "2.2": Exercise(
        "Write the rule: after a leap of five semitones or more upward comes a step down.",
        _test_rule,
        (
            "Work out first how far this note lies above the previous one. At the beginning there "
            "is no previous one, so nothing has moved.",
            "memory says whether the last move was a leap up. If so, only two moves are legal now.",
            "Two things to do: answer FORBIDDEN where a promise is broken; otherwise say whether "
            "this move makes a new promise, with True or False.",
        ),
        "your ear has known this rule for years; now the machine does",
    ),
    "2.3": Exercise(
        "Give the five rules with one of them changed or left out, so that they can be kept.",
        _test_relaxed,
        (
            "Read the message: it names the rules that are in each other's way. The others are "
            "innocent.",
            "Where is the note that the piece must end on, and which rule keeps it out?",
            "Only one of the two needs to yield: more room for the voice, or another last note.",
        ),
        "you gave up one thing and kept four",
    ),
}

RECALL = (
    Question(
        "What is V in D major?",
        {
            "a": ("A C sharp E", "The fifth note of D major, and every other note from there."),
            "b": ("G B D", "That is IV; in C major it would be V."),
            "c": ("D F sharp A", "That is I, the chord of home."),
        },
        "a",
    ),
    Question(
        "What does a state of an automaton know of the piece so far?",
        {
            "a": ("every note", "Then there would be as many states as pieces."),
            "b": (
                "as much as the rules need to judge what comes",
                "Place in the bar, last pitch, and what a rule asked to remember.",
            ),
            "c": ("nothing", "Then it could not tell a repeated note."),
        },
        "b",
    ),
    Question(
        "Why can a composer with a mask never run into a dead end?",
        {
            "a": ("it goes back when it is stuck", "It never goes back, and never needs to."),
            "b": (
                "states that cannot reach the end were removed beforehand",
                "Whatever is still legal leads home.",
            ),
            "c": ("its rules are weak enough", "It holds for all rules that can be kept at all."),
        },
        "b",
    ),
    Question(
        "From lesson 00: a listener feels that a tune is over. What happened?",
        {
            "a": ("the loudest note came", "Loud or soft, home is home."),
            "b": ("it came to rest on the tonic", "As end_on_tonic demands, in today's words."),
            "c": ("sixteen bars had passed", "A tune can end after 8, or hang in the air at 16."),
        },
        "b",
    ),
    Question(
        "From lesson 01: in tokens the tonic is always 60. What does that do for a rule like "
        "last_degree=1?",
        {
            "a": (
                "it means the same token in every key",
                "Up to the octave: 48, 60 and 72 are all home, whatever the key.",
            ),
            "b": ("it can be kept in C major only", "C major is only where 60 is a C as well."),
            "c": ("nothing: tokens hold no pitches", "They do: Pitch_60 is one."),
        },
        "a",
    ),
)
