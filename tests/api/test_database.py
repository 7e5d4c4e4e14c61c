import contextlib
import sqlite3

import pytest
from sqlalchemy import select, text

from melodyai_edu.api import tables
from melodyai_edu.api.database import Database, DatabaseError
from melodyai_edu.api.keys import KeyRing
from melodyai_edu.api.pieces import PieceStore
from melodyai_edu.cli import main
from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.io.storage import open_storage

pytestmark = pytest.mark.xdist_group("servers")

#: As the first version made them.
FIRST_VERSION = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL,
    scopes TEXT NOT NULL, created REAL NOT NULL, revoked REAL);
CREATE TABLE pieces (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, created REAL NOT NULL,
    record TEXT NOT NULL);
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
    upload BLOB, state TEXT NOT NULL, piece TEXT, status INTEGER, error TEXT,
    created REAL NOT NULL, updated REAL NOT NULL);
INSERT INTO pieces VALUES ('000000000000000000000000', 'me', 'composition', 1.5,
    '{"title": "Old", "facts": {}, "provenance": null, "rated": null}');
PRAGMA user_version=1;
"""


def test_what_was_written_is_there_for_the_next_one(place):
    first = Database(place)
    info, token = KeyRing(first).create("class 3b", ["read"])
    first.close()
    second = Database(place)
    assert KeyRing(second).find(token).owner == info.owner
    second.close()


def test_all_or_nothing(place):
    database = Database(place)
    with contextlib.suppress(ZeroDivisionError), database.writing() as connection:
        connection.execute(tables.about.insert().values(version=1))
        raise ZeroDivisionError
    assert [row.version for row in database.rows(select(tables.about))] == [tables.VERSION]
    database.close()


def test_a_newer_version_is_refused(place):
    database = Database(place)
    database.write(tables.about.update().values(version=99))
    database.close()
    with pytest.raises(InputError, match="is of a newer version"):
        Database(place)


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path):
    file = tmp_path / "service.sqlite"
    with sqlite3.connect(file) as connection:
        connection.executescript(FIRST_VERSION)
    connection.close()
    database = Database(file)
    pieces = PieceStore(database, open_storage(tmp_path / "pieces"))
    assert pieces.list("me") == [{"id": "0" * 24, "title": "Old", "created": 1.5}]
    pieces.delete("0" * 24, "me")
    assert pieces.list("me") == []
    database.close()


def test_pieces_are_counted_without_being_read(tmp_path):
    database = Database(tmp_path / "service.sqlite")
    plan = "EXPLAIN QUERY PLAN SELECT count(*) FROM pieces WHERE owner='me' AND deleted IS NULL"
    assert "COVERING INDEX pieces_kept" in database.rows(text(plan))[0].detail
    database.close()


def test_what_people_wrote_is_not_in_a_message(place):
    database = Database(place)
    with pytest.raises(DatabaseError) as caught, database.writing() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:word)"), {"word": "private"})
    assert "nowhere" in str(caught.value)
    assert "private" not in str(caught.value)
    database.close()


def test_no_password_is_in_a_message(make_database):
    right = make_database()
    wrong = right.replace("melodyai@", "nobody:hunter2@")
    with pytest.raises(OutputError, match="does not take us") as caught:
        Database(wrong)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(OutputError, match="check the address"):
        Database("postgresql://melodyai:hunter2@127.0.0.1:1/none")
    with pytest.raises(ParameterError, match="database must be postgresql://") as caught:
        Database("postgresql://melodyai:hunter2@127.0.0.1:port/none")
    assert "hunter2" not in str(caught.value)


def test_only_a_shared_database_is_pulled_from(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MELODYAI_DATA_FOLDER", str(tmp_path))
    assert main(["feedback", "pull", str(tmp_path / "ratings.sqlite")]) == 2
    assert "is not shared" in capsys.readouterr().err
