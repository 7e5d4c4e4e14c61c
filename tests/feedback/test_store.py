"""The store loses nothing, doubles nothing, and refuses what is damaged."""

import contextlib
import os
import runpy
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.feedback import RatingStore, database, open_store

PIECES = runpy.run_path(str(Path(__file__).with_name("pieces.py")))
a_piece, better, stars = (PIECES[name] for name in ("a_piece", "better", "stars"))

HERE = Path(__file__).parent


def test_what_is_added_is_there_when_opened_again(store):
    first = store.add(stars(4, a_piece(), word="lively"))
    second = store.add(better(a_piece(1), a_piece()))
    store.close()
    with RatingStore(store.file) as again:
        assert again.ratings() == [first, second]
        assert again.raters() == {"owl": 2}
        assert len(again) == 2
        assert repr(again) == "<RatingStore ratings.sqlite: 2 ratings>"


def test_the_same_key_counts_once(store):
    first = store.add(stars(4, a_piece(), key="k", time="2026-01-01T00:00:00Z"))
    again = store.add(stars(4, a_piece(), key="k", time="2026-01-02T00:00:00Z"))
    assert again == first
    assert len(store) == 1
    with pytest.raises(ParameterError, match=r"key='k' is of another rating \(stars 4\)"):
        store.add(stars(5, a_piece(), key="k"))
    assert store.ratings() == [first]


def test_only_ratings_are_kept(store):
    with pytest.raises(ParameterError, match="rating='4' must be a Rating"):
        store.add(4)


def test_ratings_come_in_the_order_of_time(store):
    late = store.add(stars(1, a_piece(), time="2026-02-01T00:00:00Z"))
    early = store.add(stars(2, a_piece(), "heron", time="2026-01-01T00:00:00Z"))
    assert store.ratings() == [early, late]
    assert store.ratings("heron") == [early]


def test_a_piece_is_found_by_its_notes(store):
    store.add(stars(4, a_piece(3)))
    assert store.find_piece(a_piece(3).notes_sha256) == a_piece(3)
    assert store.find_piece("f" * 64) is None


def test_the_default_place_is_the_home_folder(tmp_path):
    with open_store() as store:
        assert store.file == tmp_path / "home" / "ratings.sqlite"
        assert (store.file.stat().st_mode & 0o077) == 0  # nobody else reads it


def test_settings_are_the_safe_ones(store):
    read = {
        name: store._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "user_version", "secure_delete")
    }
    assert read == {"journal_mode": "wal", "synchronous": 2, "user_version": 1, "secure_delete": 1}


def test_nothing_is_left_beside_a_closed_store(store):
    store.add(stars(4, a_piece()))
    store.close()
    assert [file.name for file in store.file.parent.iterdir()] == ["ratings.sqlite"]


WRITER = """
import sys
import runpy
PIECES = runpy.run_path(sys.argv[1])
a_piece, stars = PIECES["a_piece"], PIECES["stars"]
from melodyai_edu.feedback import RatingStore
with RatingStore(sys.argv[2]) as store:
    for number in range(25):
        store.add(stars(3, a_piece(number), sys.argv[3], key=f"{sys.argv[3]}-{number}"))
        store.add(stars(4, a_piece(number), key=f"all-{number}"))
"""


def test_several_processes_write_at_once(tmp_path):
    file = tmp_path / "new" / "ratings.sqlite"  # they also race for making it
    command = [sys.executable, "-c", WRITER, str(HERE / "pieces.py"), str(file)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    writers = [
        subprocess.Popen([*command, name], env=environment, stderr=subprocess.PIPE, text=True)
        for name in "abcd"
    ]
    assert [writer.communicate(timeout=120)[1] for writer in writers] == [""] * 4
    with RatingStore(file) as store:
        assert store.raters() == {**dict.fromkeys("abcd", 25), "owl": 25}
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_several_threads_write_at_once(store):
    def write(name):
        for number in range(20):
            store.add(stars(3, a_piece(number), name, key=f"{name}{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.raters() == dict.fromkeys("abcd", 20)


def filled(folder, rows=60):
    with RatingStore(folder / "ratings.sqlite") as store:
        for number in range(rows):
            store.add(stars(3, a_piece(number), key=f"k{number}"))
    return store.file


def damage(data, kind):
    """Give the bytes of a store, damaged in one way."""
    if kind == "truncated":
        return data[: len(data) // 2]
    if kind == "empty":
        return b""
    if kind == "short":
        return data[:60]
    if kind == "text":
        return b"stars,4\n" * 1000
    if kind == "page":
        return data[:4096] + bytes([255]) * 4096 + data[8192:]
    place = data.rindex(b'"genre":"jig"')
    return data[:place] + b'"genre":"rig"' + data[place + 13 :]


@pytest.mark.parametrize("kind", ["truncated", "empty", "short", "text", "page", "flipped"])
def test_a_damaged_file_is_refused_and_stays(tmp_path, kind):
    file = filled(tmp_path)
    data = damage(file.read_bytes(), kind)
    file.write_bytes(data)
    message = r"^ratings\.sqlite: .*(damaged|empty|no store)"
    with pytest.raises(InputError, match=message), RatingStore(file) as store:
        store.ratings()
    assert file.read_bytes() == data
    assert [each.name for each in tmp_path.iterdir()] == ["ratings.sqlite"]


def test_a_damaged_file_with_a_log_beside_it_stays(tmp_path, store):
    """As a crash leaves it: the log holds ratings that the file has not."""
    for number in range(40):
        store.add(stars(3, a_piece(number)))
    copy = tmp_path / "crashed.sqlite"
    log = tmp_path / "crashed.sqlite-wal"
    log.write_bytes((tmp_path / "ratings.sqlite-wal").read_bytes())
    copy.write_bytes(store.file.read_bytes())
    with RatingStore(copy) as sound:
        assert len(sound) == 40
    log.write_bytes((tmp_path / "ratings.sqlite-wal").read_bytes())
    copy.write_bytes(damage(store.file.read_bytes(), "text"))
    before = copy.read_bytes(), log.read_bytes()
    with pytest.raises(InputError, match="no store of ratings"):
        RatingStore(copy)
    assert (copy.read_bytes(), log.read_bytes()) == before


def test_a_foreign_database_is_refused(tmp_path):
    file = tmp_path / "photos.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE photos (name)")
        connection.commit()
    data = file.read_bytes()
    with pytest.raises(InputError, match="database of another program"):
        RatingStore(file)
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("PRAGMA user_version=2", "it is of version 2, this package knows 1: update"),
        ("PRAGMA user_version=0", "version 0 was never written"),
        ("CREATE TRIGGER t AFTER INSERT ON ratings BEGIN DELETE FROM ratings; END", "its tables"),
        ("DROP INDEX ratings_rater", "its tables are not as we make them"),
    ],
)
def test_another_schema_is_refused(tmp_path, statement, message):
    file = filled(tmp_path)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()
    data = file.read_bytes()
    with pytest.raises(InputError, match=message):
        RatingStore(file)
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ratings SET value = 5",
        "UPDATE ratings SET rater = 'heron'",
        "UPDATE ratings SET value = x'00'",
        "UPDATE pieces SET model = 'better'",
        "UPDATE pieces SET request = '{'",
        "DELETE FROM pieces",
    ],
)
def test_an_altered_row_is_seen(tmp_path, statement):
    file = filled(tmp_path, 2)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()
    with (
        RatingStore(file) as store,
        pytest.raises(InputError, match=r"^ratings\.sqlite: the rating 'k\d' is damaged"),
    ):
        store.ratings()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.sqlite")
    with pytest.raises(InputError, match=r"pipe\.sqlite: it is a pipe or a device"):
        RatingStore(tmp_path / "pipe.sqlite")
    with pytest.raises(InputError, match="it is a folder"):
        RatingStore(tmp_path)
    file = filled(tmp_path)
    os.mkfifo(tmp_path / "ratings.sqlite-wal")
    with pytest.raises(InputError, match=r"ratings\.sqlite-wal beside it is no file"):
        RatingStore(file)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(OutputError, match=r"ratings\.sqlite: it cannot be written"):
        RatingStore(tmp_path / "taken" / "ratings.sqlite")


def test_a_busy_store_says_so(store, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with (
        RatingStore(store.file) as other,
        store._writing(),
        pytest.raises(OutputError, match="another process has been writing"),
    ):
        other.add(stars(4, a_piece()))


def test_nothing_is_kept_of_a_write_that_fails(store):
    with pytest.raises(KeyboardInterrupt), store._writing() as connection:  # noqa: PT012
        store._put(connection, stars(4, a_piece()))
        raise KeyboardInterrupt
    assert len(store) == 0
    assert store.find_piece(a_piece().notes_sha256) is None
