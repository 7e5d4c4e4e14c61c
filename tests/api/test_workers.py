import time

import pytest

from melodyai_edu.api.workers import Worker

JIG = {"genre": "jig", "key": "D major", "bars": 4, "seed": 7, "model": "ngram"}


@pytest.fixture(scope="module")
def worker():
    made = Worker()
    yield made
    made.stop()
    assert not made.is_alive


def ask(worker, task="compose", seconds=60.0, is_unwanted=lambda: False, **payload):
    usual = {"piece": "0" * 24, "request": JIG}
    return worker.ask(task, usual | payload, None, seconds, is_unwanted)


def test_what_comes_out_is_plain(worker):
    outcome, made = ask(worker)
    assert outcome == "done"
    assert made["files"]["mid"].startswith(b"MThd")
    assert made["facts"]["bars"] == 4


def test_a_mistake_is_refused_and_the_process_lives(worker):
    assert ask(worker)[0] == "done"
    process = worker._process.pid
    outcome, (status, sentence) = ask(worker, request={"bars": 0})
    assert (outcome, status) == ("refused", 422)
    assert "bars=0" in sentence
    outcome, text = ask(worker, task="nothing")
    assert outcome == "broken"
    assert "KeyError" in text
    assert worker._process.pid == process


def test_nobody_waits_for_what_nobody_wants(worker):
    worker.start()
    process = worker._process
    begun = time.monotonic()
    assert ask(worker, is_unwanted=lambda: True)[0] in ("unwanted", "done")
    assert time.monotonic() - begun < 10
    assert ask(worker, seconds=0.0, request={**JIG, "bars": 64})[0] == "late"
    assert not worker.is_alive
    assert process is not worker._process


def test_a_process_that_dies_is_replaced(worker):
    worker.start()
    worker._process.kill()
    worker._process.join()
    assert ask(worker)[0] == "done"


def test_a_file_that_cannot_be_kept_is_our_want(tmp_path, worker):
    made = ask(worker)[1]
    (tmp_path / "file").write_bytes(b"in the way of a folder")
    storage = (tmp_path / "file").as_uri()
    payload = {"provenance": made["provenance"], "format": "svg", "storage": storage}
    payload["file"] = "0" * 24 + "/piece.svg"
    outcome, (status, sentence) = ask(worker, task="render", **payload)
    assert (outcome, status) == ("refused", 503)
    assert str(tmp_path) not in sentence
