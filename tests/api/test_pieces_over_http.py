"""What a caller can do, in local mode."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import melodyai_edu as mai
from melodyai_edu.api.music_generation_api import create_app
from melodyai_edu.api.pieces import NAME
from melodyai_edu.cli import main
from melodyai_edu.errors import StorageError

JIG = {"genre": "jig", "key": "D major", "bars": 8, "seed": 7, "model": "ngram"}


def test_one_request_one_seed_one_piece(client, piece, tmp_path):
    served = client.get(piece["links"]["mid"])
    assert served.headers["content-type"] == "audio/midi"
    mai.compose(**JIG).save(tmp_path / "python.mid")
    options = [text for name, value in JIG.items() for text in (f"--{name}", str(value))]
    assert main(["compose", *options, "--out", str(tmp_path / "command.mid")]) == 0
    assert served.content == (tmp_path / "python.mid").read_bytes()
    assert served.content == (tmp_path / "command.mid").read_bytes()


def test_a_piece_says_what_it_is(client, piece):
    assert NAME.fullmatch(piece["id"])
    assert piece["request"]["seed"] == 7
    assert piece["facts"]["bars"] == 8
    assert len(piece["provenance"]["notes_sha256"]) == 64
    again = client.get(f"/v1/compositions/{piece['id']}")
    assert again.json() == piece


def test_the_last_pieces_are_listed(client, piece):
    made = client.post("/v1/compositions", json={**JIG, "bars": 4}).json()
    last, before, *_ = client.get("/v1/compositions").json()["pieces"]
    assert (last["id"], last["title"]) == (made["id"], made["title"])
    assert last["created"] > before["created"]


@pytest.mark.parametrize(
    ("kind", "begin"),
    [
        ("mid", b"MThd"),
        ("musicxml", b"<?xml"),
        ("wav", b"RIFF"),
        ("svg", b"<svg"),
        ("stems", b"PK"),
    ],
)
def test_a_piece_as_files(client, piece, kind, begin):
    first, second = (client.get(piece["links"][kind]) for _ in range(2))
    assert first.status_code == 200
    assert first.content.lstrip().startswith(begin)
    assert first.content == second.content
    assert first.headers["content-disposition"].startswith(f'attachment; filename="{piece["id"]}')


def test_stems_are_sound_and_midi(client, piece):
    names = zipfile.ZipFile(io.BytesIO(client.get(piece["links"]["stems"]).content)).namelist()
    assert [name.rpartition(".")[2] for name in names] == ["wav", "mid"]


def test_bars_are_made_anew_and_the_rest_stays(client, piece):
    answer = client.post(
        f"/v1/compositions/{piece['id']}/regenerate", json={"bars": [3, 4], "seed": 9}
    )
    assert answer.status_code == 201, answer.text
    other = answer.json()
    assert other["id"] != piece["id"]
    assert other["provenance"]["edits"][0]["bars"] == [3, 4]
    whole = mai.compose(**JIG)
    request = mai.CompositionRequest(**{**JIG, "seed": 9})
    same = mai.compose(request, regenerate=(3, 4), of=whole)
    assert other["provenance"]["notes_sha256"] == same.provenance["notes_sha256"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "say what is to be made anew"),
        ({"bars": [1, 2], "module": "harmony"}, "say what is to be made anew"),
        ({"bars": [1, 99]}, "from 1 to 8"),
        ({"bars": "1-2"}, "the first and the last bar"),
        ({"module": "rhythm"}, "module='rhythm' must be one of"),
        ({"what": 1}, "field='what'"),
        ({"bars": [1, 2], "seed": -1}, "seed=-1"),
        ({"bars": [1, 2], "lock": ["tuba"]}, "tuba"),
    ],
)
def test_a_wrong_wish_is_one_sentence(client, piece, body, sentence):
    answer = client.post(f"/v1/compositions/{piece['id']}/regenerate", json=body)
    assert answer.status_code == 422
    assert sentence in answer.json()["message"]


@pytest.mark.parametrize(
    "field",
    [
        {"model": "/etc/passwd"},
        {"model": "../../melody-small-lstm"},
        {"model": "melody-small-lstm/"},
        {"taste": "/elsewhere/taste.json"},
        {"corpus": "../oneill"},
        {"arrangement": "/etc/passwd.toml"},
        {"arrangement": "patterns/jig.TOML"},
        {"arrangement": "../jig"},
    ],
)
def test_no_file_can_be_named(client, field):
    answer = client.post("/v1/compositions", json={**JIG, **field})
    assert answer.status_code == 422
    assert "must be one of" in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"bars": 0}, "bars=0 must be an integer from 1 to 128"),
        ({"genre": "jigg"}, "perhaps 'jig'"),
        ({"bras": 8}, "field='bras'"),
        ({"rules": ["max_leap=0.5"]}, "max_leap"),
        ({"rules": "in_key"}, "rules must be a list"),
        ({"rules": [["in_key"]]}, "rules must be a plain value"),
        ({"rules": ["locked=1-2"], "bars": 4, "model": "ngram"}, "lock"),
        ({"mood": {"a": 1}}, "mood must be a plain value"),
        ({"key": "x" * 600}, "600 characters"),
        ({"seeds": {"harmony": "a"}}, "seeds"),
    ],
)
def test_a_wrong_value_is_one_sentence_too(client, body, sentence):
    answer = client.post("/v1/compositions", json=body)
    assert answer.status_code == 422, answer.text
    assert sentence in answer.json()["message"]


def test_rules_in_conflict_are_counted(client):
    before = client.app.state.service.metrics.rule_conflicts._value.get()
    rules = ["highest=C4", "lowest=C5"]
    answer = client.post("/v1/compositions", json={**JIG, "rules": rules})
    assert answer.status_code == 422
    answer = client.post("/v1/compositions", json={**JIG, "rules": ["max_leap=1", "pitches=C4,C5"]})
    assert answer.status_code == 422
    assert client.app.state.service.metrics.rule_conflicts._value.get() >= before


@pytest.mark.parametrize("style", ["folk", "chorale"])
def test_a_melody_is_harmonised(client, style):
    notes = mai.Melody.from_events([(67, 24), (69, 24), (71, 24), (72, 24)])
    score = mai.Score.of_melody(notes)
    answer = harmonise(client, midi_of(score), style=style, seed="1")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["kind"] == "harmonisation"
    assert made["request"]["style"] == style
    for kind in ("mid", "musicxml", "wav", "svg", "player"):
        assert client.get(made["links"][kind]).status_code == 200
    again = client.post(f"/v1/compositions/{made['id']}/regenerate", json={"bars": [1, 1]})
    assert again.status_code == 422


def midi_of(score):
    from melodyai_edu.io.midi_write import midi_bytes

    return midi_bytes(score)


def harmonise(client, data, name="melody.mid", **fields):
    return client.post("/v1/harmonisations", files={"melody": (name, data)}, data=fields)


@pytest.mark.parametrize(
    ("data", "name", "fields", "status", "sentence"),
    [
        (b"MThd", "a.mid", {}, 400, "melody.mid"),
        (b"x", "a.exe", {}, 422, "must end in one of"),
        (b"x", "", {}, 422, "melody"),
        (b"MThd", "../../a.mid", {"style": "rock"}, 422, "rock"),
        (b"MThd", "a.mid", {"seed": "x"}, 422, "seed='x'"),
        (b"MThd", "a.mid", {"temperature": "nan"}, 422, "temperature=nan"),
        (b"MThd", "a.mid", {"path": "/etc"}, 422, "field='path'"),
    ],
)
def test_a_wrong_upload_is_one_sentence(client, data, name, fields, status, sentence):
    answer = harmonise(client, data, name, **fields)
    if "style" in fields:  # the file is read first
        assert answer.status_code in (400, 422)
        return
    assert answer.status_code == status, answer.text
    assert sentence in answer.json()["message"]


def test_an_upload_has_its_limit(client):
    answer = harmonise(client, b"x" * 10_000_001)
    assert answer.status_code == 413


def test_a_long_piece_is_a_job(client):
    answer = client.post("/v1/compositions", json={**JIG, "bars": 24})
    assert answer.status_code == 202
    place = answer.headers["location"]
    job = wait(client, place)
    assert job["state"] == "done"
    assert client.get(job["location"]).json()["facts"]["bars"] == 24


def wait(client, place, seconds=60):
    import time

    end = time.monotonic() + seconds
    while (job := client.get(place).json())["state"] in ("queued", "running"):
        assert time.monotonic() < end, job
        time.sleep(0.05)
    return job


def test_a_piece_can_be_deleted(client):
    made = client.post("/v1/compositions", json={**JIG, "seed": 8, "bars": 4}).json()
    home = f"/v1/compositions/{made['id']}"
    assert client.delete(home).status_code == 204
    assert client.delete(home).status_code == 404
    assert client.get(made["links"]["mid"]).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/v1/compositions/x", "/v1/compositions/..%2f..%2fetc.mid", "/v1/jobs/x", "/v1/jobs/%00"],
)
def test_what_is_not_there_is_404(client, path):
    assert client.get(path).status_code == 404


def test_a_rating_counts_once_and_can_be_erased(client, piece):
    body, key = {"piece": piece["id"], "stars": 4, "word": "lively"}, {"Idempotency-Key": "a"}
    first = client.post("/v1/ratings", json=body, headers=key)
    again = client.post("/v1/ratings", json=body, headers=key)
    assert first.status_code == again.status_code == 201, first.text
    assert first.json() == again.json()
    other = client.post("/v1/ratings", json={**body, "stars": 5}, headers=key)
    assert other.status_code == 422
    assert len(client.get("/v1/raters/me").json()["ratings"]) == 1
    assert client.delete("/v1/raters/me").json()["erased"] == 1
    assert client.get("/v1/raters/me").json()["ratings"] == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"stars": 9}, 422),
        ({}, 422),
        ({"stars": 1, "thumb": 1}, 422),
        ({"stars": 3, "rater": "me"}, 422),
        ({"better_than": "0" * 24}, 404),
        ({"word": "x" * 300}, 422),
        ({"word": ["x"]}, 422),
        ({"thumb": "up"}, 422),
    ],
)
def test_a_wrong_rating_is_refused(client, piece, said, status):
    answer = client.post("/v1/ratings", json={"piece": piece["id"], **said})
    assert answer.status_code == status, answer.text


def test_sound_has_its_limit(client):
    long = {**JIG, "bars": 128, "tempo": 20, "meter": "9/8", "arrangement": "jig"}
    place = client.post("/v1/compositions", json=long).headers["location"]
    made = client.get(wait(client, place)["location"]).json()
    answer = client.get(made["links"]["stems"])
    assert answer.status_code == 422
    assert "all parts together: the limit is 600" in answer.json()["message"]


def test_what_is_old_is_deleted(client):
    import time

    store = client.app.state.service.pieces
    made = {"title": "t", "facts": {}, "provenance": None, "rated": None, "files": {"mid": b"M"}}
    old = replace(store.keep_files("a" * 24, "old", "composition", made), created=1.0)
    with client.app.state.service.database.writing() as connection:
        store.add(connection, old)
    assert store.midi(old.id) == b"M"
    assert store.delete_older(time.time() - 1_000_000) == 1
    assert store.open_file(old.id, "mid") is None
    assert store.list("old") == []


def test_files_that_cannot_be_deleted_are_deleted_later(client, monkeypatch):
    store = client.app.state.service.pieces
    made = {"title": "t", "facts": {}, "provenance": None, "rated": None, "files": {"mid": b"M"}}
    kept = store.keep_files("b" * 24, "old", "composition", made)
    with client.app.state.service.database.writing() as connection:
        store.add(connection, kept)
    with monkeypatch.context() as away:
        away.setattr(store._storage, "delete_all", refuse)
        store.delete(kept.id, "old")
    assert store.list("old") == []
    assert store.open_file(kept.id, "mid") is not None
    store.finish_deleting()
    assert store.open_file(kept.id, "mid") is None


def refuse(_):
    raise StorageError("the store does not answer")


@pytest.mark.parametrize("path", [".mid", "/stems.zip"])
def test_a_damaged_file_is_our_fault_and_names_no_folder(client, path, caplog):
    body = {**JIG, "seed": 3}
    piece = client.post("/v1/compositions", json=body).json()["id"]
    storage = client.app.state.service.pieces._storage
    for kind in ("mid", "stems"):
        storage.put(f"{piece}/piece.{kind}", bytes(100_000))
    for part in Path(client.app.state.service.settings.data_folder).rglob(f"*{piece}*/**/*"):
        if part.is_file() and "parts" in part.parts:
            part.write_bytes(part.read_bytes()[:-1] + b"x")
    answer = client.get(f"/v1/compositions/{piece}{path}")
    assert answer.status_code == 503
    assert answer.json()["message"] == "the file cannot be read; come again later"
    assert "cannot be read" in caplog.text


def test_damaged_ratings_are_our_fault(settings_of, tmp_path, piece, caplog):
    file = tmp_path / "ratings.sqlite"
    file.write_bytes(b"no database" * 1_000)
    with TestClient(
        create_app(settings_of(ratings_file=file)), base_url="http://localhost"
    ) as client:
        answer = client.get("/v1/raters/me")
    assert answer.status_code == 503
    assert answer.json()["message"] == "the ratings cannot be reached; come again later"
    assert "ratings.sqlite" in caplog.text


def test_a_folder_has_one_service(client):
    from melodyai_edu.api.service import Service

    with pytest.raises(mai.OutputError, match="in use by another service"):
        Service(client.app.state.service.settings)
