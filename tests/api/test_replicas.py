"""Two services as processes: one PostgreSQL, one redis, one S3, and nothing else in common."""

import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

import melodyai_edu as mai
from melodyai_edu.feedback import open_store

pytestmark = [pytest.mark.xdist_group("servers"), pytest.mark.slow]

JIG = {"genre": "jig", "key": "D major", "bars": 4, "seed": 7, "model": "ngram"}

#: Takes seconds, even where everything is loaded.
LONG = {**JIG, "genre": "reel", "bars": 64, "arrangement": "bossa nova"}
LATER = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def common(make_database, redis, s3):
    """What both services are told."""
    os.environ.update(
        AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{s3}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
    )
    import boto3

    boto3.client("s3").create_bucket(Bucket="pieces")
    return {
        "auth": "keys",
        "database": make_database(),
        "storage": "s3://pieces/served",
        "limit_storage": f"redis://127.0.0.1:{redis}/2",
        "lease_seconds": 2,
        "answer_seconds": 60,
        "compose_limit": "20/minute",
    }


def command(common, *words):
    named = {f"MELODYAI_{name.upper()}": str(value) for name, value in common.items()}
    done = subprocess.run(
        [sys.executable, "-m", "melodyai_edu.cli", *words],
        env={**os.environ, **named}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def replicas(start, common):
    """Two services, and clients of each with one key."""
    token = command(common, "keys", "create", "class 3b")
    served = [start(**common) for _ in range(2)]
    header = {"Authorization": f"Bearer {token}"}
    clients = [httpx.Client(base_url=s.address, headers=header, timeout=90) for s in served]
    yield served, clients
    for each in served:
        each.stop()


def objects():
    import boto3

    listed = boto3.client("s3").list_objects_v2(Bucket="pieces", Prefix="served/")
    return [each["Key"] for each in listed.get("Contents", [])]


def test_what_one_makes_the_other_gives(replicas, common, tmp_path):
    replica = replicas[1]
    one, other = replica
    made = one.post("/v1/compositions", json=JIG)
    assert made.status_code == 201, made.text
    links = made.json()["links"]
    mai.compose(**JIG).save(tmp_path / "python.mid")
    python = (tmp_path / "python.mid").read_bytes()
    assert other.get(links["mid"]).content == one.get(links["mid"]).content == python
    assert b"<svg" in other.get(links["svg"]).content
    assert other.post("/v1/ratings", json={"piece": made.json()["id"], "stars": 4}).is_success
    assert len(one.get("/v1/raters/me").json()["ratings"]) == 1
    pulled = tmp_path / "ratings.sqlite"
    assert "1 new ratings" in command(common, "feedback", "pull", str(pulled))
    with open_store(pulled) as store:
        assert [rating.value for rating in store.ratings()] == [4]
    assert other.delete("/v1/raters/me").json()["erased"] == 1
    assert one.get("/v1/raters/me").json()["ratings"] == []
    assert objects()
    assert one.delete(made.headers["location"]).status_code == 204
    assert other.get(links["mid"]).status_code == 404
    assert objects() == []
    wrong = {"bars": 0}
    counts = [client.post("/v1/compositions", json=wrong).status_code for client in replica * 12]
    assert counts[-1] == 429, "the limit is counted by each alone"


def test_the_other_does_what_a_killed_one_left(replicas):
    (killed, _), (one, other) = replicas
    accepted = [one.post("/v1/compositions", json=LONG, headers=LATER) for _ in range(3)]
    assert {answer.status_code for answer in accepted} == {202}
    os.killpg(killed.process.pid, signal.SIGKILL)
    waited, end = [answer.headers["location"] for answer in accepted], time.monotonic() + 120
    while time.monotonic() < end:
        jobs = [other.get(place).json() for place in waited]
        if all(job["state"] == "done" for job in jobs):
            break
        time.sleep(0.2)
    assert [job["state"] for job in jobs] == ["done"] * 3
    files = {other.get(f"{job['location']}.mid").content for job in jobs}
    assert len(files) == 1
