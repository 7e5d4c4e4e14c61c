import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Chord, Dynamic, Key, Melody, Note, Part, Rest

EVENTS = st.lists(st.tuples(st.none() | st.integers(0, 127), st.integers(1, 200)), max_size=12)


@given(EVENTS)
def test_melody_events_lie_end_to_end(events):
    melody = Melody.from_events(events)
    onset = 0
    for event in melody.events():
        assert event.onset == onset
        onset = event.end
    assert onset == melody.duration == sum(duration for _, duration in events)
    assert melody.pitches.tolist() == [pitch for pitch, _ in events if pitch is not None]


def test_values_are_frozen_and_compare_by_content():
    assert Note(0, 24, 60) == Note(0, 24, 60, "C")
    assert Note(0, 24, 66, "F#") != Note(0, 24, 66, "Gb")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Note(0, 24, 60).pitch = 61


def test_notes_move_and_transpose():
    note = Note(0, 24, 60, velocity=100, ties=(12,))
    assert note.moved(5) == Note(5, 24, 60, velocity=100, ties=(12,))
    assert note.transposed(1, Key("Db")).pitch_name == "Db4"
    melody = Melody((note,), 96).transposed(12)
    assert (melody.notes[0].pitch, melody.duration) == (72, 96)


def test_part_groups_chords():
    part = Part((Note(0, 24, 64), Note(0, 24, 60), Note(24, 24, 62), Note(24, 12, 65)))
    chord, *rest = part.chords()
    assert isinstance(chord, Chord)
    assert chord.pitches == (60, 64)
    assert [event.duration for event in rest] == [12, 24]
    with pytest.raises(ParameterError, match="E4 at tick 0 begins while C4 sounds until 24"):
        part.melody()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Note(-1, 24, 60), "onset=-1 must be 0"),
        (lambda: Note(0, 0, 60), "duration=0 must be 1"),
        (lambda: Note(0, 24, 128), "midi=128 must be"),
        (lambda: Note(0, 24, 60, velocity=0), "velocity=0 must be"),
        (lambda: Note(0, 24, 60, ties=(24,)), "ties="),
        (lambda: Rest(0, -3), "duration=-3 must be"),
        (lambda: Chord((Note(0, 24, 60), Note(0, 12, 64))), "share their onset"),
        (lambda: Part((), program=128), "program=128 must be"),
        (lambda: Dynamic(0, "loud"), "mark='loud' must be one of: ppp"),
        (lambda: Melody((Note(0, 24, 60),), 12), "duration=12 must reach"),
    ],
)
def test_faults_are_named(build, message):
    with pytest.raises(ParameterError, match=message):
        build()
