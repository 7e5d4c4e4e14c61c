"""Tunes as a table: what was written is read, and bad tables are told."""

from __future__ import annotations

import csv

import pytest

from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.io.corpus_csv import read_melody_sequences, write_csv


def test_every_pitch_of_a_corpus_comes_back(tmp_path):
    tunes = load("chorales")
    assert write_csv(tunes, tmp_path / "tunes.csv") == len(tunes)
    melodies = read_melody_sequences(tmp_path / "tunes.csv")
    assert melodies == [[note.pitch for note in tune.melody.notes] for tune in tunes]


def test_the_other_columns_say_what_the_tune_is(tmp_path):
    tune = load("oneill")[3]
    write_csv([tune], tmp_path / "tune.csv")
    with (tmp_path / "tune.csv").open(encoding="utf-8") as opened:
        (row,) = csv.DictReader(opened)
    assert row["name"] == tune.name
    assert row["meter"] == tune.meter.name
    assert row["key"] == tune.key.name
    assert [int(d) for d in row["durations"].split()] == [n.duration for n in tune.melody.notes]


def test_a_title_is_never_a_formula(tmp_path):
    from dataclasses import replace

    write_csv([replace(load("oneill")[0], title="=1+1")], tmp_path / "tune.csv")
    assert ",'=1+1," in (tmp_path / "tune.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("cell", ["60 62 64", '"[60, 62, 64]"', '"60,62,64"', "60;62;64"])
def test_pitches_may_be_written_in_several_ways(tmp_path, cell):
    (tmp_path / "t.csv").write_text(f"a,melody_sequence\nx,{cell}\n")
    assert read_melody_sequences(tmp_path / "t.csv") == [[60, 62, 64]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "must have a column 'melody_sequence', has: a, b"),
        ("melody_sequence\n", "has no row below its header"),
        ("melody_sequence\n60 61\n60 128\n", r"row 3: '128' must be a MIDI pitch from 0 to 127"),
        ("melody_sequence\n60 C4\n", "row 2: 'C4' must be a MIDI pitch"),
        ("melody_sequence\n60 -1\n", "row 2: '-1' must be"),
        ("melody_sequence,b\n,2\n", "row 2: must hold from 1 to 20000 pitches, has 0"),
        ("melody_sequence\n" + "60 " * 20_001 + "\n", "row 2: must hold from 1 to 20000"),
        ("melody_sequence\n" + "9" * 5000 + "\n", "row 2: '9"),
    ],
)
def test_bad_tables_are_told(tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_melody_sequences(tmp_path / "t.csv")


def test_what_is_no_text_or_no_file(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"melody_sequence\n\xff\xfe\n")
    with pytest.raises(InputError, match="must be UTF-8 text"):
        read_melody_sequences(tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"missing\.csv"):
        read_melody_sequences(tmp_path / "missing.csv")


def test_nothing_to_write_and_nowhere_to(tmp_path):
    with pytest.raises(ParameterError, match="there is no tune with a note"):
        write_csv([], tmp_path / "t.csv")
    with pytest.raises(OutputError, match="there is no folder"):
        write_csv(load("oneill")[:1], tmp_path / "nowhere" / "t.csv")
