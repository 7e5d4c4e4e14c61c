"""Every aspect of a score that can get lost has its name."""

from dataclasses import replace

import pytest

from melodyai_edu.errors import OutputError
from melodyai_edu.io.comparison import differences, round_trip
from melodyai_edu.io.corpus import load
from melodyai_edu.score import (
    Dynamic,
    Key,
    KeyChange,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)

PART = Part((Note(0, 24, 66), Note(24, 48, 67)), name="Flute", program=73)
SCORE = Score((PART,), title="One")


def changed(**fields):
    return replace(SCORE, parts=(replace(PART, **fields),))


@pytest.mark.parametrize(
    ("other", "aspect"),
    [
        (changed(notes=(Note(0, 24, 66, "Gb"), PART.notes[1])), "spelling"),
        (changed(notes=(Note(0, 24, 66), Note(24, 48, 67, ties=(24,)))), "ties"),
        (changed(notes=(Note(0, 24, 66, velocity=9), PART.notes[1])), "loudness"),
        (changed(dynamics=(Dynamic(0, "p"),)), "dynamic marks"),
        (changed(name="Fife"), "part names"),
        (changed(program=72), "instruments"),
        (replace(SCORE, title="Two"), "title"),
        (replace(SCORE, composer="Me"), "composer"),
        (replace(SCORE, keys=(KeyChange(0, Key("G")),)), "keys"),
        (replace(SCORE, meters=(MeterChange(0, Meter(3, 4)),)), "meters"),
        (replace(SCORE, tempos=(TempoChange(0, 90),)), "tempos"),
        (replace(SCORE, pickup=24), "pickup"),
        (replace(SCORE, duration=96), "length"),
    ],
)
def test_one_aspect_at_a_time(other, aspect):
    assert differences(SCORE, other) == (aspect,)
    assert differences(SCORE, SCORE) == ()


def test_notes():
    assert "notes" in differences(SCORE, changed(notes=PART.notes[:1]))


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".mxl", ".abc"])
def test_a_real_tune_comes_back(suffix):
    tune = load("ryan")[10].score
    assert set(differences(tune, round_trip(tune, suffix))) <= {"ties"}


def test_unknown_format():
    with pytest.raises(OutputError, match=r"we do not write '\.gif' files"):
        round_trip(SCORE, ".gif")
