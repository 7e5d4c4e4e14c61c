import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.io import read, read_all, write
from melodyai_edu.io.disk import is_file, read_bytes, save_bytes
from melodyai_edu.score import Key, Melody, Meter, Score

SUFFIXES = [".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc", ".MID"]


@pytest.fixture
def score():
    melody = Melody.from_events([(67, 12), (69, 24), (71, 12), (74, 24)])
    return Score.of_melody(melody, meter=Meter(6, 8), key=Key.parse("G"), title="A jig")


def sounding(score):
    return [(note.onset, note.duration, note.pitch) for part in score.parts for note in part.notes]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_write_then_read(score, tmp_path, suffix):
    file = tmp_path / f"tune{suffix}"
    write(score, file)
    back = read(str(file))
    assert sounding(back) == sounding(score)
    assert (back.key, back.meter, back.title) == (score.key, score.meter, score.title)
    assert list(tmp_path.iterdir()) == [file]


def test_book_of_tunes(tmp_path):
    file = tmp_path / "book.abc"
    file.write_text("X:1\nT:One\nL:1/4\nK:C\nCDE|\n\nX:2\nT:Two\nL:1/4\nK:G\nGAB|\n")
    assert [score.title for score in read_all(file)] == ["One", "Two"]
    assert read(file).title == "One"


def test_import_is_cheap():
    code = "import sys, melodyai_edu.io; sys.exit('mido' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_missing_file_suggests_a_name(tmp_path):
    (tmp_path / "jig.abc").write_text("X:1\nK:C\nC\n")
    with pytest.raises(InputError, match=r"^gig\.abc: there is no such file; did you mean 'jig"):
        read(tmp_path / "gig.abc")
    with pytest.raises(InputError, match="there is no folder"):
        read(tmp_path / "nowhere" / "jig.abc")


def test_suffix_must_be_known(tmp_path):
    with pytest.raises(InputError, match=r"the suffix '\.mp3' .* use \.mid"):
        read(tmp_path / "song.mp3")
    with pytest.raises(InputError, match="a name without a suffix"):
        read(tmp_path)


@pytest.mark.parametrize("path", [None, 3, b"tune.mid"])
def test_path_must_be_one(path):
    with pytest.raises((ParameterError, InputError), match="path="):
        read(path)


def test_names_that_no_file_has():
    with pytest.raises(InputError, match="no name that a file can have"):
        read("tune\0.mid")
    with pytest.raises(InputError, match="cannot be opened"):
        read("x" * 5000 + ".mid")


def test_folder_is_refused(tmp_path):
    (tmp_path / "set.mid").mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        read(tmp_path / "set.mid")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.mid")
    with pytest.raises(InputError, match="a pipe or a device"):
        read(tmp_path / "pipe.mid")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_device_is_refused_even_behind_a_link(tmp_path):
    (tmp_path / "link.mid").symlink_to("/dev/zero")
    with pytest.raises(InputError, match="a pipe or a device"):
        read(tmp_path / "link.mid")
    with pytest.raises(OutputError, match="a folder or a device"):
        save_bytes(b"", tmp_path / "link.mid")


def test_sparse_giant_is_not_read(tmp_path):
    file = tmp_path / "giant.mid"
    with file.open("wb") as opened:
        opened.truncate(10**12)
    with pytest.raises(InputError, match=r"1,000,000,000,000 bytes: the limit is 10,000,000"):
        read(file)


def test_wrong_suffix_names_the_right_one(score, tmp_path):
    write(score, tmp_path / "tune.mid")
    (tmp_path / "tune.mid").rename(tmp_path / "tune.abc")
    with pytest.raises(InputError, match=r"contents are MIDI; .* rename it to end in \.mid"):
        read(tmp_path / "tune.abc")


def test_zipped_musicxml_may_be_called_xml(score, tmp_path):
    write(score, tmp_path / "tune.mxl")
    (tmp_path / "tune.mxl").rename(tmp_path / "tune.xml")
    assert read(tmp_path / "tune.xml").note_count == score.note_count


def test_write_refuses_what_it_does_not_know(score, tmp_path):
    with pytest.raises(OutputError, match=r"we do not write '\.txt' files; use \.mid"):
        write(score, tmp_path / "tune.txt")
    with pytest.raises(ParameterError, match="must be a Score"):
        write("la la la", tmp_path / "tune.mid")
    with pytest.raises(OutputError, match="there is no folder"):
        write(score, tmp_path / "nowhere" / "tune.mid")
    (tmp_path / "folder.mid").mkdir()
    with pytest.raises(OutputError, match="a folder or a device"):
        write(score, tmp_path / "folder.mid")


def test_old_file_survives_a_failure(tmp_path, monkeypatch):
    file = tmp_path / "tune.mid"
    file.write_bytes(b"old")

    def refuse(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match=r"^tune\.mid: it cannot be written \(No space"):
        save_bytes(b"new", file)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX systems")
def test_rights_and_links_stay(tmp_path):
    file, link = tmp_path / "tune.mid", tmp_path / "link.mid"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    save_bytes(b"new", link)
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640


def test_no_more_memory_is_taken_than_a_file_has(tmp_path):
    file = tmp_path / "ten"
    file.write_bytes(bytes(10))
    tracemalloc.start()
    read_bytes(file, 2**40)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_no_file_has_an_impossible_name(tmp_path):
    assert not is_file("x" * 5_000)
    assert not is_file("a\0b")
    assert not is_file(tmp_path)


def test_read_bytes_stops_at_the_limit(tmp_path):
    file = tmp_path / "ten"
    file.write_bytes(bytes(10))
    assert read_bytes(file, 10) == bytes(10)
    with pytest.raises(InputError, match="10 bytes: the limit is 9"):
        read_bytes(file, 9)
