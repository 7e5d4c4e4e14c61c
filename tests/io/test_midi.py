import io
import runpy
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.io.midi_read import midi_reading, parse_midi, read_midi
from melodyai_edu.io.midi_write import carried_by_midi, midi_bytes, write_midi
from melodyai_edu.score import Key, KeyChange, Melody, Meter, MeterChange, Note, Part, Score

RANDOM = runpy.run_path(str(Path(__file__).with_name("random_scores.py")))


def file_of(*tracks, ticks_per_quarter=480, midi_format=1):
    """The bytes of a file; a track is a list of (ticks since the last event, message)."""
    file = mido.MidiFile(type=midi_format, ticks_per_beat=ticks_per_quarter)
    for events in tracks:
        file.tracks.append(mido.MidiTrack(message.copy(time=time) for time, message in events))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def on(pitch, channel=0, velocity=80):
    return mido.Message("note_on", note=pitch, channel=channel, velocity=velocity)


def off(pitch, channel=0):
    return mido.Message("note_off", note=pitch, channel=channel)


def meta(kind, **values):
    return mido.MetaMessage(kind, **values)


def times(part):
    return [(note.onset, note.duration, note.pitch) for note in part.notes]


@settings(deadline=None, max_examples=60)
@given(RANDOM["melodies"]())
def test_melody_comes_back(score):
    assert parse_midi(midi_bytes(score)) == carried_by_midi(score)


@settings(deadline=None, max_examples=60)
@given(RANDOM["scores"]())
def test_score_comes_back(score):
    back = parse_midi(midi_bytes(score))
    # An empty part beside others of its channel is lost, as docs/formats.md says.
    sounding = carried_by_midi(score).parts
    if all(part.notes for part in sounding):
        assert back == carried_by_midi(score)
    assert [times(part) for part in back.parts if part.notes] == [
        times(part) for part in score.parts if part.notes
    ]


def test_velocity_program_and_drums_come_back():
    flute = Part((Note(0, 24, 72, velocity=33),), "Flute", 73)
    kit = Part((Note(0, 24, 36, velocity=127),), "Kit", is_drums=True)
    score = Score((flute, kit))
    assert parse_midi(midi_bytes(score)) == score


def test_thirty_parts_keep_their_programs():
    parts = tuple(Part((Note(0, 24, 60),), f"{number}", number) for number in range(30))
    assert parse_midi(midi_bytes(Score(parts))).parts == parts


def test_pickup_in_another_meter_comes_back():
    melody = Melody.from_events([(67, 72), (69, 48), (71, 48)])
    meters = (MeterChange(0, Meter(4, 4)), MeterChange(72, Meter(2, 4)))
    score = Score((Part(melody.notes),), meters=meters, pickup=72)
    assert parse_midi(midi_bytes(score)) == score


def test_other_programs_see_a_short_first_bar():
    score = Score.of_melody(Melody.from_events([(67, 12), (72, 72)]), meter=Meter(6, 8), pickup=12)
    track = mido.MidiFile(file=io.BytesIO(midi_bytes(score))).tracks[0]
    signs = [m for m in track if m.type == "time_signature"]
    assert [(m.numerator, m.denominator) for m in signs] == [(1, 8), (6, 8)]


def test_short_first_meter_of_others_is_a_pickup():
    sign = meta("time_signature", numerator=1, denominator=4)
    data = file_of(
        [(0, sign), (480, meta("time_signature", numerator=3, denominator=4))],
        [(0, on(60)), (480, off(60)), (0, on(62)), (1440, off(62))],
    )
    assert (parse_midi(data).pickup, parse_midi(data).meter) == (24, Meter(3, 4))


def test_a_repeated_pitch_sounds_twice():
    score = Score((Part((Note(0, 24, 60), Note(24, 24, 60))),))
    assert parse_midi(midi_bytes(score)) == score


def test_times_off_the_grid_are_reported():
    data = file_of([(0, on(60)), (90, off(60)), (0, on(62)), (390, off(62))])
    reading = midi_reading(data)
    assert times(reading.score.parts[0]) == [(0, 5, 60), (5, 19, 62)]
    assert reading.moved_notes == 2
    assert reading.largest_move == pytest.approx(5 / 24 - 90 / 480)


def test_what_is_not_stated_is_said():
    data = file_of([(0, on(67)), (480, off(67)), (0, on(71)), (480, off(71))])
    reading = midi_reading(data)
    assert (reading.is_key_stated, reading.is_meter_stated) == (False, False)
    stated = midi_reading(midi_bytes(reading.score))
    assert (stated.is_key_stated, stated.is_meter_stated) == (True, True)


def test_note_that_nothing_ends_lasts_to_the_end_of_its_track():
    data = file_of([(0, on(60)), (0, on(64)), (480, off(64)), (480, meta("end_of_track"))])
    assert times(parse_midi(data).parts[0]) == [(0, 48, 60), (0, 24, 64)]


def test_one_track_of_many_channels_is_many_parts():
    data = file_of(
        [
            (0, mido.Message("program_change", channel=1, program=40)),
            (0, on(60)), (0, on(72, 1)), (0, on(36, 9)),
            (480, off(60)), (0, off(72, 1)), (0, off(36, 9)),
        ],
        midi_format=0,
    )  # fmt: skip
    parts = parse_midi(data).parts
    assert {(part.program, part.is_drums) for part in parts} == {
        (0, False), (40, False), (0, True),
    }  # fmt: skip


def test_notes_are_spelled_by_the_key_where_they_stand():
    notes = (Note(0, 96, 70, "A#"), Note(96, 96, 70, "Bb"))
    keys = (KeyChange(0, Key("B")), KeyChange(96, Key("F")))
    score = Score((Part(notes),), keys=keys)
    assert parse_midi(midi_bytes(score)) == score


def test_our_texts_yield_to_the_events_beside_them():
    sign = meta("key_signature", key="D")
    lie = meta("text", text="MelodyAI key: E major")
    truth = meta("text", text="MelodyAI key: E dorian")
    for text, key in ((lie, Key("D")), (truth, Key("E", "dorian"))):
        data = file_of([(0, text), (0, sign)], [(0, on(62)), (480, off(62))])
        assert parse_midi(data).key == key


@pytest.mark.parametrize(
    "text", ["9 of 9", "x", "500 of 4/4", "24 of 0/4", "24", "24 of " + "1" * 90]
)
def test_senseless_pickup_is_none(text):
    data = file_of(
        [(0, meta("text", text=f"MelodyAI pickup: {text}"))], [(0, on(60)), (960, off(60))]
    )
    assert parse_midi(data).pickup == 0


def test_files(tmp_path):
    score = Score((Part((Note(0, 24, 60),)),))
    write_midi(score, tmp_path / "a.mid")
    assert read_midi(tmp_path / "a.mid") == score == read_midi(midi_bytes(score))
    with pytest.raises(InputError, match=r"b\.mid"):
        read_midi(tmp_path / "b.mid")


def test_too_many_parts():
    with pytest.raises(OutputError, match="2000 parts are more than"):
        midi_bytes(Score((Part(()),) * 2000))
