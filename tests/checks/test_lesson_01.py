"""The exercises of lesson 01: right answers pass, typical mistakes are heard."""

import pytest

from melodyai_edu.checks import check
from melodyai_edu.checks.lesson_01 import EXERCISES
from melodyai_edu.io.comparison import differences, round_trip

ABOVE_C = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def reason(number, answer):
    return EXERCISES[number].test(answer)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda letter, octave: 60 + 12 * (octave - 4) + ABOVE_C[letter], None),
        (lambda letter, octave: 60 + ABOVE_C[letter], "an octave is not eight"),
        (lambda letter, octave: 60 + 8 * (octave - 4) + ABOVE_C[letter], "an octave is not eight"),
        (lambda letter, octave: 12 * octave + ABOVE_C[letter], "C4 is middle C"),
        (lambda letter, octave: f"{letter}{octave}", "no number"),
    ],
)
def test_midi_number(answer, heard):
    found = reason("1.1", answer)
    assert found is None if heard is None else heard in found


def notes_of(tokens):
    events, duration = [], 0
    for token in tokens:
        kind, value = token.split("_")
        if kind == "Duration":
            duration = int(value)
        elif kind == "Pitch":
            events.append((int(value), duration))
    return events


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (notes_of, None),
        (lambda tokens: [(b, a) for a, b in notes_of(tokens)], "turned round"),
        (lambda tokens: notes_of(tokens)[:1], "you give 1 notes; there are 2"),
        (lambda tokens: [(a, 24) for a, _ in notes_of(tokens)], "a short note, then a long one"),
        (
            lambda tokens: [(a, b) for (a, _), (_, b) in zip(
                notes_of(tokens), notes_of(tokens)[::-1], strict=True)],
            "lasts as long as the Duration before it says",
        ),
        (lambda tokens: [*notes_of(tokens), (60, 24)], "you give 2 notes; there are 1"),
    ],
)  # fmt: skip
def test_notes_of(answer, heard):
    found = reason("1.2", answer)
    assert found is None if heard is None else heard in found


def keeps(score, suffixes):
    return [s for s in suffixes if "notes" not in differences(score, round_trip(score, s))]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (keeps, None),
        (lambda score, suffixes: None, "hand over the list with return"),
        (lambda score, suffixes: suffixes, "struck again while the first C still sounds"),
        (lambda score, suffixes: [s for s in suffixes if s != ".mid"], "a lost spelling"),
        (lambda score, suffixes: [s for s in suffixes if round_trip(score, s) == score],
         "a lost spelling is no lost note"),
        (lambda score, suffixes: keeps(score, [".mid", ".musicxml"]), "no format was asked for"),
    ],
)  # fmt: skip
def test_round_trip(answer, heard):
    found = reason("1.3", answer)
    assert found is None if heard is None else heard in found


def test_a_right_answer_needs_no_hint(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    assert check("1.2", notes_of).hint == ""
