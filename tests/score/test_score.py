from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import (
    Key,
    KeyChange,
    Melody,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)
from melodyai_edu.score.notation import NOTE_VALUES, default_ties, split_duration, written_ties


def long_note(duration):
    return (Part((Note(0, duration, 60),)),)


def test_bars_follow_pickup_and_meter_changes():
    score = Score(
        long_note(12 + 72 + 72 + 96),
        meters=(MeterChange(0, Meter(3, 4)), MeterChange(12 + 144, Meter(4, 4))),
        pickup=12,
    )
    assert score.bar_onsets() == (0, 12, 84, 156)
    assert score.meter_at(155).name == "3/4"
    assert score.meter_at(156).name == "4/4"


def test_time_runs_through_tempo_changes():
    score = Score(long_note(96), tempos=(TempoChange(0, 60), TempoChange(48, 120)))
    assert score.seconds_at(24) == pytest.approx(1.0)
    assert score.seconds == pytest.approx(2.0 + 1.0)


def test_changes_that_change_nothing_are_dropped():
    keys = (KeyChange(96, Key("G")), KeyChange(0, Key("C")), KeyChange(48, Key("C")))
    assert Score(long_note(192), keys=keys).keys == (
        KeyChange(0, Key("C")),
        KeyChange(96, Key("G")),
    )


def test_melody_becomes_a_score():
    score = Score.of_melody(Melody.from_events([(60, 48), (None, 24)]), meter=Meter(3, 4), tempo=90)
    assert (score.duration, score.bar_count, score.note_count, score.tempo) == (72, 1, 1, 90)
    assert score.seconds == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"keys": (KeyChange(24, Key("C")),)}, "keys=.* must begin with a change at onset 0"),
        ({"pickup": 96}, "pickup=96 must be shorter than a bar, 96"),
        ({"duration": 12}, "duration=12 must reach the last note's end, 192"),
        (
            {"meters": (MeterChange(0, Meter(4, 4)), MeterChange(50, Meter(3, 4)))},
            "3/4 at tick 50 must begin at a bar line of 4/4",
        ),
    ],
)
def test_faults_are_named(fields, message):
    with pytest.raises(ParameterError, match=message):
        Score(long_note(192), **fields)


def test_tempo_has_a_range():
    with pytest.raises(ParameterError, match="tempo=0 must be from 4 to 1000"):
        TempoChange(0, 0)


@given(st.integers(1, 2000))
def test_split_lengths_are_printable_and_add_up(duration):
    lengths = split_duration(duration)
    assert sum(lengths) == duration
    assert all(length in NOTE_VALUES for length in lengths)


@given(st.integers(0, 400), st.integers(1, 400))
def test_every_written_piece_stays_inside_its_bar(onset, duration):
    bars = tuple(range(0, 900, 72))
    breaks = [0, *default_ties(onset, duration, bars), duration]
    for first, last in pairwise(breaks):
        assert last - first in NOTE_VALUES
        assert not any(onset + first < bar < onset + last for bar in bars)


def test_a_note_keeps_its_own_ties():
    assert written_ties(Note(0, 48, 60, ties=(12,)), (0,)) == (12,)
    assert written_ties(Note(72, 48, 60), (0, 96)) == (24,)


def test_a_tempo_written_without_a_point_is_a_number_like_any_other():
    assert isinstance(TempoChange(0, 90).tempo, float)
    assert repr(TempoChange(0, 90)) == repr(TempoChange(0, 90.0))
