import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.render import describe
from melodyai_edu.render.description import bar_number, part_label
from melodyai_edu.score import Note, Part, Score


def test_a_tune_is_told_in_words(jig):
    text = describe(jig)
    assert text.startswith("Jig. G major, 6/8, 168 quarter notes a minute. 16 bars and a pickup,")
    assert "Flute: 77 notes from D4 to D5." in text
    assert "Pickup: D4 eighth. Bar 1: G4 eighth, A4 eighth, B4 eighth, D5 quarter," in text


def test_every_part_and_every_change_is_told(band):
    text = describe(band)
    assert "Kit (drums): 14 notes." in text
    for change in ("3/4", "D major", "tempo 60"):
        assert f"From bar 3: {change}." in text


def test_chords_triplets_and_ties_have_names():
    notes = (Note(0, 96, 60), Note(0, 96, 64), Note(96, 8, 67), Note(104, 60, 65))
    text = describe(Score((Part(notes),)))
    assert "Bar 1: C4 and E4 whole note." in text
    assert "Bar 2: G4 triplet eighth, F4 half tied to eighth." in text


@pytest.mark.parametrize(
    ("part", "label"),
    [
        (Part((), name=" Oboe "), "Oboe"),
        (Part(()), "Part 3"),
        (Part((), name="Drum kit", is_drums=True), "Drum kit"),
        (Part((), name="Kit", is_drums=True), "Kit (drums)"),
    ],
)
def test_part_label(part, label):
    assert part_label(part, 2) == label


def test_bars_are_numbered_as_printed(jig, satb):
    assert [bar_number(jig, bar) for bar in (0, 1)] == [0, 1]
    assert [bar_number(satb, bar) for bar in (0, 1)] == [1, 2]


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 300), st.integers(0, 127)), max_size=8),
    st.text(max_size=20),
)
def test_any_score_has_words(rows, name):
    notes = tuple(Note(*row) for row in rows)
    assert describe(Score((Part(notes, name=name), Part(())), title=name))
