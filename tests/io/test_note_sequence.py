"""Magenta's NoteSequences: real tunes come back, strangers' are read, damage is refused."""

import importlib.util
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from melodyai_edu.errors import InputError, MissingDependencyError
from melodyai_edu.io import limits
from melodyai_edu.io.comparison import differences
from melodyai_edu.io.corpus import load
from melodyai_edu.io.corpus_add import add
from melodyai_edu.io.note_sequence import (
    from_note_sequence,
    music_schema,
    note_sequence_json,
    to_note_sequence,
    write_note_sequences,
)
from melodyai_edu.io.note_sequence_read import note_sequence_reading, parse_note_sequence
from melodyai_edu.io.tfrecord import pack_records
from melodyai_edu.score import (
    ChordSymbol,
    Key,
    KeyChange,
    Melody,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    Section,
    TempoChange,
)

RANDOM = runpy.run_path(str(Path(__file__).with_name("random_scores.py")))
TUNE = Score.of_melody(Melody.from_events([(66, 24), (67, 24), (69, 48)]), key=Key("D"))

needs_note_seq = pytest.mark.skipif(
    importlib.util.find_spec("note_seq") is None,
    reason="note-seq is not installed: pip install 'melodyai-edu[magenta]'",
)


def carried(score):
    """What a NoteSequence holds of a score: all but ties and dynamic marks."""
    parts = tuple(
        replace(part, dynamics=(), notes=tuple(replace(note, ties=()) for note in part.notes))
        for part in score.parts
    )
    held = {
        name: tuple(change for change in getattr(score, name) if change.onset < score.duration)
        for name in ("chords", "sections")
    }
    return replace(score, parts=parts, **held)


def sequence(**fields):
    """A stranger's sequence: two bars of quarter notes at 120."""
    made = music_schema().NoteSequence(**fields)
    for number in range(8):
        made.notes.add(
            pitch=60 + number, velocity=90, start_time=number / 2, end_time=(number + 1) / 2
        )
    made.total_time = 4.0
    return made


@needs_note_seq
def test_two_hundred_real_tunes_come_back():
    tunes = [*load("oneill")[::12][:100], *load("ryan")[::8][:100]]
    assert len(tunes) == 200
    for tune in tunes:
        back = from_note_sequence(to_note_sequence(tune.score))
        assert back == carried(tune.score)
        assert set(differences(tune.score, back)) <= {"ties"}


@needs_note_seq
def test_chorales_come_back():
    import music21

    from melodyai_edu.io import read

    for name in ("bwv269.mxl", "bwv66.6.mxl", "bwv1.6.mxl"):
        score = read(Path(music21.__file__).parent / "corpus" / "bach" / name)
        assert from_note_sequence(to_note_sequence(score)) == carried(score)


@needs_note_seq
@settings(max_examples=50, deadline=None)
@given(RANDOM["scores"]())
def test_random_scores_come_back(score):
    named = [part for part in score.parts if part.notes]  # an empty part has no program
    score = replace(score, parts=tuple(named))
    assert from_note_sequence(to_note_sequence(score)) == carried(score)


@needs_note_seq
def test_what_has_no_field_comes_back_too():
    score = Score(
        (Part((Note(0, 36, 66, "Gb"), Note(36, 60, 68)), "Lead", 73), Part((), "Empty")),
        meters=(MeterChange(0, Meter(5, 8, (2, 3))), MeterChange(96, Meter(3, 4))),
        keys=(KeyChange(0, Key("Gb")), KeyChange(96, Key("E", "phrygian"))),
        tempos=(TempoChange(0, 97.3), TempoChange(50, 61.0)),
        pickup=36,
        duration=240,
        title="Title",
        composer="Composer",
        chords=(ChordSymbol(0, "Gbmaj7"), ChordSymbol(100, "Em7b5/Bb")),
        sections=(Section(0, "Intro"), Section(36, "A"), Section(96, "B"), Section(168, "A")),
    )
    message = to_note_sequence(score)
    assert from_note_sequence(message) == score
    assert [one.section_id for one in message.section_annotations] == [0, 1, 2, 1]
    assert [one.text for one in message.text_annotations][:2] == ["Gbmaj7", "Em7b5/Bb"]


@needs_note_seq
def test_it_is_the_class_of_note_seq(recwarn):
    """In a process that has both, one schema is loaded, and TensorFlow's protobuf is the same."""
    from google.protobuf import descriptor_pool

    made = to_note_sequence(TUNE)
    pool = descriptor_pool.Default()
    assert pool.FindMessageTypeByName("magenta.NoteSequence") is made.DESCRIPTOR
    import note_seq

    assert isinstance(made, note_seq.NoteSequence)
    quantised = note_seq.quantize_note_sequence(made, steps_per_quarter=4)
    assert [note.quantized_end_step for note in quantised.notes] == [4, 8, 16]
    assert note_seq.note_sequence_to_pretty_midi(made).get_end_time() == TUNE.seconds


@needs_note_seq
def test_a_strangers_sequence():
    made = sequence()
    made.notes[0].start_time = 0.01
    made.notes.add(pitch=36, velocity=0, start_time=0, end_time=0, instrument=9, is_drum=True)
    made.time_signatures.add(numerator=2, denominator=4)
    made.section_annotations.add(time=0, section_id=0)
    made.section_annotations.add(time=2, section_id=1)
    made.text_annotations.add(time=2, text="N.C.", annotation_type=1)
    made.text_annotations.add(time=0, text="Am7")
    made.instrument_infos.add(instrument=9, name="Kit")
    made.sequence_metadata.composers.extend(["A", "B"])
    reading = note_sequence_reading(made)
    score = reading.score
    assert [len(part.notes) for part in score.parts] == [8, 1]
    assert score.parts[1] == Part((Note(0, 1, 36),), "Kit", is_drums=True)
    assert score.sections == (Section(0, "A"), Section(96, "B"))
    assert (score.chords, score.composer, score.meter) == ((), "A; B", Meter(2, 4))
    assert not reading.is_key_stated
    assert reading.is_meter_stated
    assert (reading.moved_notes, round(reading.largest_move, 3)) == (2, 0.042)
    assert "2 of 9 notes moved onto the grid" in reading.loss


@needs_note_seq
def test_names_follow_the_key():
    made = sequence()
    made.key_signatures.add(time=0, key=8, mode=1)  # G sharp minor
    names = [note.pitch_name for note in from_note_sequence(made).parts[0].notes]
    assert names[3] == "D#4"
    made.notes[3].pitch_name = music_schema().NoteSequence.E_FLAT
    made.notes[4].pitch_name = music_schema().NoteSequence.C  # it is an E
    names = [note.pitch_name for note in from_note_sequence(made).parts[0].notes]
    assert names[3:5] == ["Eb4", "E4"]


@needs_note_seq
@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("start_time", float("nan"), "time=nan must be 0 seconds or more"),
        ("end_time", float("inf"), "time=inf must be 0 seconds"),
        ("start_time", -1.0, "time=-1.0 must be"),
        ("end_time", 1e9, "seconds of music: the limit is 86,400"),
        ("pitch", 128, "pitch=128, velocity=90 must be from 0 to 127"),
        ("velocity", -3, "velocity=-3 must be"),
        ("program", 200, r"its music makes no sense: program=200"),
    ],
)
def test_what_makes_no_music(field, value, told):
    made = sequence()
    setattr(made.notes[2], field, value)
    with pytest.raises(InputError, match=told):
        from_note_sequence(made)


@needs_note_seq
def test_more_that_makes_no_music(monkeypatch):
    with pytest.raises(InputError, match="no NoteSequence"):
        parse_note_sequence(b"\xff\xff\xff")
    made = sequence()
    for note in made.notes:
        note.ClearField("start_time")
        note.ClearField("end_time")
    with pytest.raises(InputError, match="steps but no times"):
        from_note_sequence(made)
    made = sequence()
    made.tempos.add(time=0, qpm=9999)
    made.time_signatures.add(numerator=0, denominator=4)
    remarks = note_sequence_reading(made).remarks
    assert "a tempo of 9999 became 1000 quarter notes a minute" in remarks
    assert "the time signature 0/4 was passed over" in remarks
    monkeypatch.setattr(limits, "MIDI_EVENTS", 10)
    with pytest.raises(InputError, match="8 notes: the limit is 5"):
        from_note_sequence(sequence())


@needs_note_seq
def test_mutated_messages_give_music_or_one_kind_of_error():
    """500 messages of a real tune with a few bytes changed, cut out or put in."""
    whole = to_note_sequence(load("ryan")[3].score).SerializeToString()
    random = np.random.default_rng(5)
    refused = 0
    for _ in range(500):
        data = bytearray(whole)
        for place in random.integers(len(data), size=random.integers(1, 6)):
            data[place : place + random.integers(2)] = random.bytes(random.integers(3))
        try:
            assert isinstance(parse_note_sequence(bytes(data)).score, Score)
        except InputError:
            refused += 1
    assert 0 < refused < 500


@needs_note_seq
def test_a_folder_of_records_becomes_a_corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    music = tmp_path / "music"
    music.mkdir()
    tunes = [tune.score for tune in load("ryan")[:6]]
    write_note_sequences(tunes[:3], music / "some.tfrecord")
    records = [to_note_sequence(score).SerializeToString() for score in tunes[3:]]
    data = bytearray(pack_records([*records, b"\xff\xff\xff"]))
    data[len(pack_records(records[:1])) - 10] ^= 1  # inside the first record's data
    (music / "more.tfrecord-00000-of-00001").write_bytes(data)
    (music / "cut.TFRecord").write_bytes(pack_records(records)[:-1])
    report = add("mine", music, progress=False)
    assert (report.tunes, report.files) == (5, 3)
    reasons = {one.source: one.reason for one in report.refused}
    assert "record 1 is damaged" in reasons.pop("more.tfrecord-00000-of-00001 record 1")
    assert "no NoteSequence" in reasons.pop("more.tfrecord-00000-of-00001 record 4")
    assert "record 3: the file is cut off" in reasons.pop("cut.TFRecord")
    assert reasons == {}
    titles = {score.title for score in (*tunes[:3], *tunes[4:])}
    corpus = load("mine")
    assert {tune.title for tune in corpus} == titles
    for tune in corpus:
        original = next(score for score in tunes if score.title == tune.title)
        assert tune.melody.pitches.tolist() == original.parts[0].melody().pitches.tolist()
        assert (tune.key, tune.meter) == (original.key, original.meter)


def test_without_note_seq_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "note_seq.protobuf.music_pb2", raising=False)
    music_schema.cache_clear()
    with pytest.raises(MissingDependencyError, match=r"pip install 'melodyai-edu\[magenta\]'"):
        to_note_sequence(TUNE)
    (tmp_path / "a.tfrecord").write_bytes(b"")
    with pytest.raises(MissingDependencyError, match="NoteSequences need"):
        add("mine", tmp_path, progress=False)
    assert note_sequence_json(TUNE)["totalTime"] == 2.0  # needs nothing
    monkeypatch.undo()
    music_schema.cache_clear()
