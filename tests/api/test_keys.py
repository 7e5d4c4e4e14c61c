import time
from pathlib import Path

import pytest

from melodyai_edu.api.database import Database
from melodyai_edu.api.keys import KeyRing
from melodyai_edu.cli import main
from melodyai_edu.errors import InputError, ParameterError


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "service.sqlite")
    yield opened
    opened.close()


def test_a_key_opens_what_it_is_for_until_it_is_revoked(database):
    ring = KeyRing(database)
    info, token = ring.create("class 3b", ["read"])
    caller = ring.find(token)
    assert caller.scopes == {"read"}
    assert caller.owner == info.owner
    assert caller.rater.startswith("rater-")
    assert ring.revoke(info.id).revoked is not None
    assert ring.find(token) is None
    with pytest.raises(ParameterError, match="is revoked: create another"):
        ring.rotate(info.id)


def test_a_key_that_another_process_changed_is_known_for_a_second_and_not_longer(database):
    here, there = KeyRing(database), KeyRing(database)
    (info, revoked), (other, rotated) = there.create("class 3b"), there.create("class 4a")
    assert here.known(revoked) is None
    assert here.find(revoked) == here.known(revoked)
    assert here.find(rotated) is not None
    there.revoke(info.id)
    there.rotate(other.id)
    for _ in range(12):  # calling on does not keep it
        here.find(revoked), here.find(rotated)
        time.sleep(0.1)
    assert here.find(revoked) is None
    assert here.find(rotated) is None


def test_a_rotated_key_keeps_its_owner(database):
    ring = KeyRing(database)
    info, old = ring.create("me")
    again, new = ring.rotate(info.id)
    assert again.owner == info.owner
    assert ring.find(old) is None
    assert ring.find(new).owner == info.owner


@pytest.mark.parametrize("token", ["", "mai_", "mai_000000000000_" + "A" * 43, "x" * 10_000, "é"])
def test_nothing_else_is_a_key(database, token):
    KeyRing(database).create("me")
    assert KeyRing(database).find(token) is None


def test_no_secret_is_on_the_disk(database):
    _, token = KeyRing(database).create("me")
    secret = token.rpartition("_")[2] or token.split("_", 2)[2]
    database.close()
    file = Path(database.name)
    written = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert secret.encode() not in written
    assert token.split("_", 2)[2].encode() not in written
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "scopes", "sentence"),
    [
        ("", ["read"], "name=''"),
        ("a\nb", ["read"], "can be printed"),
        ("me", ["reed"], "scope='reed' must be one of"),
        ("me", [], "scope='' must be one of"),
    ],
)
def test_a_wrong_key_is_refused(database, name, scopes, sentence):
    with pytest.raises(ParameterError, match=sentence):
        KeyRing(database).create(name, scopes)


def test_an_unknown_id_lists_the_known_ones(database):
    with pytest.raises(ParameterError, match="none yet"):
        KeyRing(database).info("abc")


def test_a_database_of_somebody_else_is_refused(tmp_path):
    file = tmp_path / "service.sqlite"
    file.write_bytes(b"no database at all, but long enough to be looked at" * 10)
    with pytest.raises(InputError, match="is no database of the service"):
        Database(file)


def test_keys_from_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MELODYAI_DATA_FOLDER", str(tmp_path))
    assert main(["keys", "create", "class 3b", "--scopes", "read,compose"]) == 0
    token = capsys.readouterr().out.strip()
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert "class 3b" in listed
    assert token not in listed
    name = listed.split()[0]
    assert main(["keys", "rotate", name]) == 0
    assert capsys.readouterr().out.strip() != token
    assert main(["keys", "revoke", name]) == 0
    assert "revoked" in capsys.readouterr().out
    assert main(["keys", "revoke", "nobody"]) == 2
