"""A corpus goes to a bucket and comes back; what else comes back is refused."""

import io

import numpy as np
import pytest

from melodyai_edu.cli import main
from melodyai_edu.errors import InputError, NotStoredError, OutputError, ParameterError
from melodyai_edu.io import corpus_storage
from melodyai_edu.io.corpus import load, shipped_folder
from melodyai_edu.io.corpus_columns import Columns, TuneRow
from melodyai_edu.io.storage import open_storage

TUNE = "X:1\nT:Own\nM:6/8\nK:D\nd2d ded|A2A ABc|d2e f2e|d3 d3|\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_corpus_goes_to_a_bucket_and_comes_back(bucket, home, tmp_path, monkeypatch, capsys):
    folder = home / "corpora" / "mine"
    folder.mkdir(parents=True)
    rows = [TuneRow(tune.score, genre="jig", split="train") for tune in load("oneill")[:5]]
    (folder / "tunes.npz").write_bytes(Columns.of(rows).packed())
    (folder / "card.md").write_text("Five tunes.")
    assert main(["data", "push", "mine", bucket]) == 0
    before = [tune.digest for tune in load("mine")]
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "another machine"))
    assert main(["data", "pull", "mine", bucket]) == 0
    assert "published corpora/mine" in capsys.readouterr().out
    assert [tune.digest for tune in load("mine")] == before
    assert load("mine").card == "Five tunes."
    assert main(["data", "pull", "mine", bucket]) == 2
    assert "there is a corpus of that name already" in capsys.readouterr().err
    assert main(["data", "pull", "mine", bucket, "--replace"]) == 0
    assert main(["data", "pull", "yours", bucket]) == 2
    assert "holds nothing named 'corpora/yours'" in capsys.readouterr().err


def test_music_in_a_bucket_becomes_a_corpus(bucket, home, monkeypatch, capsys):
    # What it resembles in other corpora is another test's matter, and takes long.
    monkeypatch.setattr("melodyai_edu.io.corpus_add.list_corpora", list)
    plain = open_storage(bucket)._shelf.objects
    plain.write("folk songs/own tune.abc", TUNE.encode())
    plain.write("broken.mid", b"MThd broken")
    plain.write("notes.txt", b"not music")
    assert main(["data", "add", "mine", bucket]) == 0
    said = capsys.readouterr().out
    assert "mine: 1 tunes from 2 files, 1 refused" in said
    assert load("mine")[0].source == "folk songs/own tune.abc X:1"
    assert main(["data", "add", "mine", bucket + "/empty"]) == 2
    assert "there are no music files there" in capsys.readouterr().err


def test_names_in_a_bucket_do_not_lead_out(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    target.mkdir()
    (source / "..").mkdir(parents=True, exist_ok=True)
    for name in ("a\nb.abc", "a:b.abc", "a\\..\\b.abc", "fine.abc"):
        (source / name).write_text(TUNE)
    assert corpus_storage.bring_music(f"file://{source}", target) == 1
    assert [file.name for file in target.iterdir()] == ["fine.abc"]


def test_an_address_that_is_not_allowed_is_told(home, monkeypatch, capsys):
    monkeypatch.delenv("MELODYAI_STORAGE_ALLOWED", raising=False)
    assert main(["data", "push", "oneill", "s3://music/mine"]) == 2
    assert "export MELODYAI_STORAGE_ALLOWED=s3://music/mine" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../oneill", "a/b", "", "A", ".x"])
def test_a_name_that_no_corpus_can_have_is_refused(home, tmp_path, name):
    with pytest.raises(ParameterError, match=r"small letters"):
        corpus_storage.pull(name, str(tmp_path))


def archive(**changes):
    columns = Columns.read(shipped_folder() / "oneill" / "tunes.npz")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{**columns.arrays, **changes})
    return buffer.getvalue()


def bomb():
    """An archive that claims far more than it holds."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, title=np.zeros(600_000_000, np.uint8))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"tunes.npz": b"no archive"}, "no whole archive"),
        ({"card.md": b"card"}, "must be a corpus"),
        ({"tunes.npz": archive(), "run.py": b"print()"}, "must be a corpus"),
        ({"tunes.npz": archive(), "card.md": b"\xff\xff"}, "no text"),
        (
            {"tunes.npz": archive(title=np.array([{}], dtype=object))},
            "is no array of numbers or texts",
        ),
        ({"tunes.npz": archive(note_step=np.zeros(1, np.int32))}, "damaged"),
        ({"tunes.npz": archive(meter_name=np.array(["x"] * 999))}, "damaged"),
        ({"tunes.npz": bomb()}, "the limit is"),
    ],
)
def test_what_is_no_corpus_is_refused_and_gets_no_place(home, tmp_path, files, message):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    open_storage(tmp_path / "storage").publish("corpora/mine", folder)
    with pytest.raises(InputError, match=message):
        corpus_storage.pull("mine", str(tmp_path / "storage"))
    assert not (home / "corpora" / "mine").exists()


def test_a_corpus_that_is_not_there_is_named(home, tmp_path):
    with pytest.raises(NotStoredError, match="holds nothing named 'corpora/mine'"):
        corpus_storage.pull("mine", str(tmp_path))
    with pytest.raises(ParameterError, match="no corpus on this machine"):
        corpus_storage.push("nosuch", str(tmp_path))
    (home / "corpora" / "mine").mkdir(parents=True)
    with pytest.raises(OutputError, match="pull with --replace"):
        corpus_storage.pull("mine", str(tmp_path))
