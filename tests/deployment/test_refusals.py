"""Why the service answered 503, as the alerts see it: each such answer has one reason."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.exc import OperationalError

pytest.importorskip("fastapi")

from fastapi.testclient import TestClient

from melodyai_edu.api import pieces
from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.job_table import Job
from melodyai_edu.api.metrics import REASONS
from melodyai_edu.api.music_generation_api import create_app
from melodyai_edu.api.service import result_of
from melodyai_edu.api.settings import Settings
from melodyai_edu.errors import StorageError

MUSIC = "/v1/compositions"
JIG = {"genre": "jig", "bars": 4, "model": "ngram", "seed": 1}
LATER = {"Prefer": "respond-async"}


@pytest.fixture
def client(tmp_path):
    """A service whose workers have not begun: what is accepted waits."""
    settings = Settings(data_folder=tmp_path, ratings_file=tmp_path / "r.sqlite", queue_size=1)
    app = create_app(settings)
    yield TestClient(app, base_url="http://localhost")
    app.state.service.close()


def refused(client) -> dict[str, int]:
    text = client.app.state.service.metrics.text().decode()
    found = re.findall(r'^melodyai_refused_total\{reason="(\w+)"\} (\S+)$', text, re.M)
    answered = re.findall(r'^melodyai_requests_total\{.*status="503"\} (\S+)$', text, re.M)
    assert sum(float(number) for _, number in found) == sum(map(float, answered))
    return {reason: int(float(number)) for reason, number in found}


def test_every_reason_is_there_before_the_first_refusal(client):
    assert client.get("/v1/genres").status_code == 200
    assert refused(client) == dict.fromkeys(REASONS, 0)


def test_a_full_queue(client):
    assert client.post(MUSIC, json=JIG, headers=LATER).status_code == 202
    for _ in range(2):
        answer = client.post(MUSIC, json=JIG, headers=LATER)
        assert answer.status_code == 503
        assert "places in the queue" in answer.json()["message"]
    assert refused(client) == {"full": 2, "late": 0, "store": 0, "busy": 0}


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT", {}, Exception("gone")), StorageError("gone")]
)
@pytest.mark.parametrize("path", [MUSIC, "/readyz"])
def test_a_store_that_does_not_answer(client, monkeypatch, error, path):
    def rows(*_):
        raise error

    with monkeypatch.context() as away:
        away.setattr(client.app.state.service.database, "rows", rows)
        answer = client.get(path) if path == "/readyz" else client.post(path, json=JIG)
    assert answer.status_code == 503
    assert refused(client) == {"full": 0, "late": 0, "store": 1, "busy": 0}


def test_a_file_or_a_piece_that_could_not_be_kept():
    job = Job("j", "me", "render", {}, state="failed", status=503, error="it cannot be kept")
    with pytest.raises(Refusal, match="it cannot be kept") as caught:
        result_of(job)
    assert caught.value.reason == "store"


def test_files_and_ratings_that_cannot_be_reached(client, tmp_path):
    with pytest.raises(Refusal, match="cannot be read") as caught, pieces._reading():
        raise StorageError("gone")
    assert caught.value.reason == "store"
    (tmp_path / "r.sqlite").write_bytes(b"no database, but longer than the head of one" * 9)
    assert client.get("/v1/raters/me").status_code == 503
    assert refused(client) == {"full": 0, "late": 0, "store": 1, "busy": 0}


def test_a_service_that_takes_no_work(client):
    client.app.state.service.jobs.is_closing = True
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert refused(client) == {"full": 0, "late": 0, "store": 0, "busy": 1}


def test_other_refusals_are_not_counted(client):
    assert client.get("/v1/nothing").status_code == 404
    assert client.post(MUSIC, json={"bars": 0}).status_code == 422
    assert client.post(MUSIC, content=b"{").status_code in (400, 415)
    assert client.post(MUSIC, json=JIG, headers={"Origin": "http://x"}).status_code == 403
    assert refused(client) == dict.fromkeys(REASONS, 0)
