"""Bad files are refused with one typed error, odd ones are read."""

import runpy
from pathlib import Path

import pytest

from melodyai_edu.errors import InputError
from melodyai_edu.io import read
from melodyai_edu.io.files import parse
from melodyai_edu.io.midi_read import parse_midi

FILES = runpy.run_path(str(Path(__file__).with_name("bad_files.py")))
BAD = FILES["bad_files"]()
ODD = FILES["odd_midi"]()


def test_there_are_enough_files():
    assert len(BAD) >= 60
    assert len(ODD) >= 30


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_refused_by_name(name, tmp_path):
    suffix, data = BAD[name]
    file = tmp_path / f"piece{suffix}"
    file.write_bytes(data)
    with pytest.raises(InputError, match=rf"^piece\{suffix}: .{{10,}}") as caught:
        read(file)
    for cause in ("make no sense", "crashed", "took longer", "seconds of computing"):
        assert cause not in str(caught.value)


@pytest.mark.parametrize("name", ODD)
def test_odd_midi_file_is_read_whole(name):
    data, note_count = ODD[name]
    assert parse_midi(data).note_count == note_count


@pytest.mark.parametrize("name", ["GOOD_MIDI", "GOOD_XML", "GOOD_ABC"])
def test_good_file_is_read(name):
    kind = {"GOOD_MIDI": "MIDI", "GOOD_XML": "MusicXML", "GOOD_ABC": "ABC"}[name]
    (score,) = parse(kind, FILES[name])
    assert score.note_count > 1


def test_every_cut_of_a_midi_file_is_refused():
    data = FILES["GOOD_MIDI"]
    for size in range(len(data)):
        with pytest.raises(InputError, match="byte"):
            parse_midi(data[:size])
