"""Everything of one rater can be taken along, and erased to the last byte."""

import contextlib
import json
import runpy
import sqlite3
from pathlib import Path

import pytest

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.feedback import Rating, RatingStore, database

PIECES = runpy.run_path(str(Path(__file__).with_name("pieces.py")))
a_piece, better, stars = (PIECES[name] for name in ("a_piece", "better", "stars"))

#: What must not be found: pseudonym, word, key, and the model of a piece that nobody else rated.
TRACES = [b"quiet-heron-4711", b"unmistakable", b"heron-key", b"model-of-the-heron"]


def fill(store, own=30):
    for number in range(40):
        store.add(stars(3, a_piece(number)))
    for number in range(own):
        piece = a_piece(number + 40, model=f"model-of-the-heron-{number}")
        store.add(
            stars(
                5,
                piece,
                TRACES[0].decode(),
                word=f"unmistakable {number}",
                key=f"heron-key-{number}",
            )
        )
        store.add(better(a_piece(number), a_piece(84), TRACES[0].decode()))


def bytes_of(store):
    """Give the bytes of the file and of everything beside it."""
    return {
        file.name: file.read_bytes()
        for file in store.file.parent.glob(f"*{store.file.name}*")
        if file.is_file()
    }


@pytest.mark.parametrize("place", ["log", "file"])
def test_no_byte_of_a_rater_is_left(tmp_path, place):
    store = RatingStore(tmp_path / "ratings.sqlite")
    fill(store)
    if place == "file":  # closing moves all from the log into the file
        store.close()
        assert not (tmp_path / "ratings.sqlite-wal").exists()
        store = RatingStore(store.file)
    found = b"".join(bytes_of(store).values())
    assert all(trace in found for trace in TRACES)
    assert store.erase("quiet-heron-4711") == 60
    left = bytes_of(store)
    assert "ratings.sqlite-wal" in left
    for name, data in left.items():
        assert not [trace for trace in TRACES if trace in data], name
    store.close()
    assert set(bytes_of(store)) == {"ratings.sqlite"}
    assert not any(trace in store.file.read_bytes() for trace in TRACES)
    with contextlib.closing(sqlite3.connect(store.file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_others_rated_stays(store):
    fill(store)
    others = store.ratings("owl")
    store.erase("quiet-heron-4711")
    assert store.ratings() == others
    assert store.find_piece(a_piece(0).notes_sha256) == a_piece(0)  # the owl rated it, too
    assert store.find_piece(a_piece(84).notes_sha256) is None  # only compared, by the heron
    store.add(stars(1, a_piece()))
    with RatingStore(store.file) as again:
        assert len(again) == 41


def test_erasing_nobody_erases_nothing(store):
    fill(store)
    assert store.erase("nobody") == 0
    assert len(store) == 100


def test_a_reader_in_the_way_is_named(store, monkeypatch):
    fill(store)
    reader = database.read_only(store.file)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM ratings").fetchone()
    store._connection.execute("PRAGMA busy_timeout=50")
    with pytest.raises(OutputError, match="the ratings are erased, but another program reads"):
        store.erase("quiet-heron-4711")
    reader.close()
    assert store.erase("quiet-heron-4711") == 0
    assert not any(trace in data for data in bytes_of(store).values() for trace in TRACES)


def test_export_of_one_rater_is_whole(store, tmp_path):
    fill(store, own=2)
    file = tmp_path / "mine.json"
    assert store.export_rater("quiet-heron-4711", file) == 4
    values = json.loads(file.read_text(encoding="utf-8"))
    assert values["rater"] == "quiet-heron-4711"
    assert [Rating.from_dict(each) for each in values["ratings"]] == store.ratings(values["rater"])
    assert "owl" not in file.read_text(encoding="utf-8")
    store.export_rater("quiet-heron-4711", tmp_path / "mine.csv")
    with RatingStore(tmp_path / "other.sqlite") as other:
        assert other.merge(tmp_path / "mine.csv") == (4, 0)


def test_a_rater_that_is_none(store, tmp_path):
    fill(store, own=1)
    with pytest.raises(
        ParameterError, match=r"rater='quiet-heron' must be .*perhaps 'quiet-heron-4711'"
    ):
        store.export_rater("quiet-heron", tmp_path / "mine.json")
    with pytest.raises(ParameterError, match=r"must end in one of: \.csv, \.parquet, \.json"):
        store.export_rater("owl", tmp_path / "mine.txt")
