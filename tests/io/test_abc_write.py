import runpy
from pathlib import Path

import pytest
from hypothesis import given, settings

from melodyai_edu.errors import OutputError
from melodyai_edu.io.abc_read import parse_abc
from melodyai_edu.io.abc_write import abc_text
from melodyai_edu.score import Dynamic, Key, KeyChange, Melody, Meter, Note, Part, Score

RANDOM = runpy.run_path(str(Path(__file__).with_name("random_scores.py")))


def music(score):
    """The lines behind the header."""
    return abc_text(score).partition("K:")[2].split("\n", 1)[1].strip()


def of(*events, **fields):
    return Score.of_melody(Melody.from_events(events), **fields)


def spelled(*names, key="C"):
    """A bar of 3/4 of eighth notes with these spellings around middle C."""
    pitches = {"C": 60, "C#": 61, "F": 65, "F#": 66, "B": 71, "Bb": 70, "Cb": 71, "c": 72}
    notes = [
        Note(12 * place, 12, pitches[name], name.upper()[0] + name[1:])
        for place, name in enumerate(names)
    ]
    return Score.of_melody(Melody(tuple(notes)), key=Key(key), meter=Meter(3, 4))


@settings(deadline=None, max_examples=60)
@given(RANDOM["melodies"]())
def test_melody_comes_back(score):
    assert parse_abc(abc_text(score))[0].score == score


@settings(deadline=None, max_examples=60)
@given(RANDOM["melodies"]())
def test_accidentals_serve_readers_that_hold_them_in_one_octave(score):
    text = abc_text(score).replace("L:", "%%propagate-accidentals octave\nL:", 1)
    assert parse_abc(text)[0].score == score


@settings(deadline=None, max_examples=60)
@given(RANDOM["scores"]())
def test_score_comes_back(score):
    assert parse_abc(abc_text(score))[0].score == score


@pytest.mark.parametrize(
    ("names", "key", "text"),
    [
        (("F#", "F#", "F"), "C", "^F F =F |]"),
        (("F#", "F", "F#"), "G", "F =F ^F |]"),
        (("Bb", "B"), "F", "B =B |]"),
        (("C#", "c", "C"), "C", "^C =c =C |]"),  # other octaves too: readers differ there
        (("Cb", "B"), "C", "_c B |]"),
    ],
)
def test_accidentals(names, key, text):
    assert music(spelled(*names, key=key)).replace(" ", "") == text.replace(" ", "")


def test_accidental_ends_with_the_bar():
    score = of((66, 96), (66, 96), (65, 96))
    assert music(score) == "^F8 | ^F8 | F8 |]"


def test_tie_over_a_bar_line_repeats_the_accidental():
    assert music(of((None, 72), (61, 48))) == "z4 z2 ^C2- | ^C2 |]"


def test_triplets_and_lengths():
    assert music(of((60, 8), (62, 8), (64, 8), (65, 18), (67, 6), (69, 3))) == (
        "(3CDE F3/2G/ A/4 |]"
    )


def test_header():
    score = of((67, 36), meter=Meter(6, 8), key=Key("E", "dorian"), tempo=168, title="100% & more")
    assert abc_text(score).split("\n")[1:-2] == [
        "X:1", r"T:100\% &amp; more", "M:6/8", "L:1/8", "Q:3/8=112", "K:Edor",
    ]  # fmt: skip


def test_parts_are_voices():
    flute = Part((Note(0, 48, 72),), "Flute", 73, dynamics=(Dynamic(0, "mf"),))
    piano = Part((Note(0, 48, 60), Note(0, 48, 64), Note(0, 24, 67)), "Piano")
    kit = Part((Note(0, 24, 36),), "Kit", is_drums=True)
    text = abc_text(Score((flute, piano, kit)))
    assert 'V:P1 name="Flute"\nV:P2 name="Piano"\nV:P2v2 name="Piano"\nV:P3 name="Kit"\nK:C' in text
    assert "V:P1\n%%MIDI program 73\n!mf!c4" in text
    assert "[CE]4" in text
    assert "%%MIDI channel 10" in text


def test_changes_stand_where_they_hold():
    score = Score(
        (Part((Note(0, 96, 65), Note(96, 96, 66))),),
        keys=(KeyChange(0, Key("C")), KeyChange(96, Key("G"))),
    )
    assert music(score) == "F8 | [K:G]F8 |]"


def test_silence_is_no_tune():
    with pytest.raises(OutputError, match="this score is empty"):
        abc_text(Score((Part(()),)))
