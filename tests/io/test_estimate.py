from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyai_edu.errors import InputError
from melodyai_edu.io.estimate import (
    estimate_key,
    estimate_meter,
    estimate_mode,
    find_melody,
    key_of_durations,
    melody_score,
    skyline,
)
from melodyai_edu.io.reading import Reading
from melodyai_edu.score import Key, Melody, Meter, Note, Part, Score

MAJOR_TUNE = [(67, 24), (71, 24), (74, 24), (72, 12), (69, 12), (66, 12), (67, 36)]  # G major
JIG = [(67, 24), (69, 12), (71, 24), (67, 12)] * 8
SLIDE = [(67, 36), (71, 12), (69, 12), (67, 12)] * 8
REEL = [(67, 24), (71, 12), (69, 12), (67, 12), (66, 12), (67, 24), (74, 48), (72, 48)] * 4
WALTZ = [(60, 48), (64, 24), (62, 48), (65, 24)] * 4


def part(events, **fields):
    return Part(Melody.from_events(events).notes, **fields)


@given(st.integers(-11, 11))
def test_key_moves_with_the_tune(semitones):
    moved = [(pitch + semitones, length) for pitch, length in MAJOR_TUNE]
    key = estimate_key([part(moved)])
    assert (key.tonic_pitch_class, key.mode) == ((7 + semitones) % 12, "major")


def test_minor_key_and_silence():
    notes = [(57, 48), (60, 24), (64, 24), (62, 12), (60, 12), (59, 12), (56, 12), (57, 48)]
    assert estimate_key([part(notes)]) == Key("A", "minor")
    assert estimate_key([]) == Key("C")
    assert key_of_durations(np.ones(12)) == Key("C")


def test_drums_have_no_key():
    drums = part([(42, 96)] * 20, is_drums=True)
    assert estimate_key([part(MAJOR_TUNE), drums]) == Key("G")


@pytest.mark.parametrize(
    ("pitches", "mode"),
    [
        ((62, 64, 66, 67, 69, 71, 73), "major"),
        ((62, 64, 65, 67, 69, 70, 72), "minor"),
        ((62, 64, 65, 67, 69, 70, 73), "minor"),  # with its leading note
        ((62, 64, 66, 67, 69, 71, 72), "mixolydian"),
        ((62, 64, 65, 67, 69, 71, 72), "dorian"),
        ((62, 63, 65, 67, 69, 70, 72), "phrygian"),
        ((62, 64, 66, 68, 69, 71, 73), "lydian"),
    ],
)
def test_mode_on_a_known_tonic(pitches, mode):
    assert estimate_mode([part([(pitch, 24) for pitch in pitches])], "D") == mode


@pytest.mark.parametrize(
    ("events", "bars"),
    [(WALTZ, ("3/4",)), (JIG, ("6/8",)), (SLIDE, ("6/8",)), (REEL, ("4/4", "2/4"))],
)
def test_meter(events, bars):
    assert estimate_meter([part(events)]).name in bars


def test_meter_of_nothing():
    assert estimate_meter([]) == Meter(4, 4)
    assert estimate_meter([part([(60, 7)])]).name  # off every beat


@settings(deadline=None)
@given(
    st.lists(
        st.builds(Note, st.integers(0, 200), st.integers(1, 60), st.integers(40, 80)), max_size=30
    )
)
def test_skyline_is_one_voice_of_the_highest(notes):
    melody = skyline(notes)
    assert all(a.end <= b.onset for a, b in pairwise(melody))
    for note in melody:
        at_once = [other.pitch for other in notes if other.onset == note.onset]
        assert note.pitch == max(at_once)
    assert bool(melody) == bool(notes)


def test_melody_is_the_part_that_sings():
    low = part([(48, 48)] * 4, name="Bass")
    chords = Part(tuple(Note(48 * n, 48, pitch) for n in range(4) for pitch in (60, 64, 67)))
    tune = part([(72, 24), (74, 24)] * 4)
    assert find_melody(Score((low, chords, tune))).pitches.tolist() == [72, 74] * 4
    under = part([(55, 24), (57, 24)] * 4, name="Voice")
    assert find_melody(Score((under, chords))).pitches.tolist() == [55, 57] * 4


def test_drums_sing_nothing():
    with pytest.raises(InputError, match="no notes but drums"):
        find_melody(Score((part([(36, 24)], is_drums=True), Part(()))))


def test_what_a_file_states_is_not_estimated():
    score = Score.of_melody(Melody.from_events(WALTZ), key=Key("F"), meter=Meter(6, 8))
    assert melody_score(Reading(score)).meter == Meter(6, 8)
    assert melody_score(Reading(score)).key == Key("F")


def test_what_a_file_does_not_state_is():
    melody = Melody.from_events([(pitch + 1, 2 * length) for pitch, length in MAJOR_TUNE])
    reading = Reading(Score.of_melody(melody), is_key_stated=False, is_meter_stated=False)
    score = melody_score(reading)
    assert score.key == Key("Ab")
    assert [note.spelling for note in score.parts[0].notes[:3]] == ["Ab", "C", "Eb"]
    assert melody_score(
        Reading(Score.of_melody(Melody.from_events(WALTZ)), is_meter_stated=False)
    ).meter == Meter(3, 4)
