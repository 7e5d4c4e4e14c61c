"""Forms as a table, and the form of small melodies."""

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Meter
from melodyai_edu.theory.harmony import parse_chord_symbol, parse_roman
from melodyai_edu.theory.structure import FORMS, blues_chords, find_form, split_letters

FOUR = Meter(4, 4)


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_every_form_is_whole(form):
    assert len(split_letters(form.letters)) == len(form.bars)
    assert form.sentence
    assert form.source
    ends = {sum(form.bars[: n + 1]) for n in range(len(form.bars))}
    assert {bar for bar, _ in form.cadences} <= ends
    assert {word for _, word in form.cadences} <= {"full", "half"}
    assert len(form.chords.split()) in (0, sum(form.bars))


def test_the_forms_that_are_asked_for():
    assert {"AABA", "AABB", "rondo", "12-bar blues", "chorale", "period", "sentence"} <= set(FORMS)


@pytest.mark.parametrize("tonic", ["C", "Eb", "F#"])
def test_blues_chords_stand_where_the_form_says(tonic):
    key = Key(tonic)
    chords = [parse_chord_symbol(symbol) for symbol in blues_chords(key)]
    numerals = FORMS["12-bar blues"].chords.split()
    assert [chord.root for chord in chords] == [parse_roman(name, key).root for name in numerals]
    assert {chord.quality for chord in chords} == {"dominant seventh"}


@pytest.mark.parametrize("text", ["", "A1", "'A", "A B"])
def test_what_is_no_form(text):
    with pytest.raises(ParameterError, match="must be letters, such as AABA"):
        split_letters(text)


def melody(*bars):
    return Melody.from_events([event for bar in bars for event in bar])


A, A_VARIED, B = [(60, 48), (64, 48)], [(60, 72), (62, 24)], [(67, 96)]
LATE = [(None, 24), (60, 72)]


@pytest.mark.parametrize(
    ("bars", "section_bars", "letters"),
    [
        ((A, A, B, A), 1, "AABA"),
        ((A, A, B, B), 1, "AABB"),
        ((A, B, A, B), 2, "AA"),
        ((A, B, A_VARIED, B), 2, "AA'"),
        ((A, A_VARIED, [(60, 96)], B), 1, "AA'A''B"),
        ((A, LATE, B, [(62, 96)]), 1, "ABCD"),
        ((A,), 1, "A"),
    ],
)
def test_find_form(bars, section_bars, letters):
    assert find_form(melody(*bars), FOUR, section_bars) == letters


def test_a_pickup_is_left_out():
    assert find_form(melody([(67, 24)], A, B, A), FOUR, 1, pickup=24) == "ABA"


def test_sections_must_fill_the_melody():
    with pytest.raises(ParameterError, match="section_bars=2 must divide the 3 whole bars"):
        find_form(melody(A, B, A), FOUR, 2)
