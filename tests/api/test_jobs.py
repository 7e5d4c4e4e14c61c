"""The queue, with workers that do what a test tells them."""

import threading
import time

import pytest

from melodyai_edu.api import jobs as module
from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database
from melodyai_edu.api.jobs import JobQueue
from melodyai_edu.api.metrics import Metrics
from melodyai_edu.api.pieces import PieceStore, new_name

MADE = {"title": "t", "facts": {}, "provenance": None, "rated": None, "tokens": 3, "files": {}}


class FakeWorker:
    """Gives what the payload says, when the gate is open."""

    gate = threading.Event()

    def start(self):
        pass

    def stop(self):
        pass

    def ask(self, task, payload, upload, seconds, is_unwanted):
        while not self.gate.is_set():
            if is_unwanted():
                return "unwanted", None
            time.sleep(0.005)
        outcome, value = payload.get("outcome", ("done", MADE))
        if outcome == "raise":
            raise ZeroDivisionError
        return outcome, value


@pytest.fixture
def make_queue(tmp_path, monkeypatch, settings_of):
    monkeypatch.setattr(module, "Worker", FakeWorker)
    FakeWorker.gate = threading.Event()
    opened = []

    def make(**given):
        database = Database(tmp_path / "service.sqlite")
        settings = settings_of(**{"data_folder": tmp_path, "queue_size": 2, **given})
        queue = JobQueue(settings, database, PieceStore(database, tmp_path / "p"), Metrics())
        queue.start()
        opened.append((queue, database))
        return queue

    yield make
    for queue, database in opened:
        queue.close()
        database.close()


def submit(queue, **payload):
    return queue.submit("me", "compose", {"piece": new_name(), **payload})


def running(queue, **payload):
    """Submit a job, and wait until it is worked on."""
    job = submit(queue, **payload)
    end = time.monotonic() + 5
    while job.state == "queued" and time.monotonic() < end:
        time.sleep(0.005)
    return job


def test_a_full_queue_refuses_until_there_is_room(make_queue):
    queue = make_queue()
    first = running(queue)
    others = [submit(queue), submit(queue)]
    with pytest.raises(Refusal, match="all 2 places") as caught:
        submit(queue)
    assert caught.value.status_code == 503
    assert caught.value.headers["Retry-After"]
    FakeWorker.gate.set()
    for job in (first, *others):
        assert job.done.wait(5)
        assert job.state == "done"
        assert queue.find(job.id, "me").to_dict()["piece"] == job.payload["piece"]
    assert submit(queue).done.wait(5)


def test_one_key_leaves_places_to_others(make_queue):
    queue = make_queue(auth="keys", queue_size=5, queue_share=1)
    running(queue)
    submit(queue)
    with pytest.raises(Refusal, match="1 jobs of yours wait") as caught:
        submit(queue)
    assert caught.value.status_code == 429
    assert queue.submit("other", "compose", {"piece": new_name()}).state == "queued"


def test_a_job_is_cancelled_while_it_waits_and_while_it_runs(make_queue):
    queue = make_queue()
    first = running(queue)
    second = submit(queue)
    for job in (second, first):
        queue.cancel(job)
        assert job.done.wait(5)
        assert queue.find(job.id, "me").state == "cancelled"


@pytest.mark.parametrize(
    ("outcome", "status", "sentence"),
    [
        (("refused", (422, "rules are in conflict")), 422, "conflict"),
        (("late", None), 422, "longer than 120 seconds"),
        (("broken", "Traceback: secret"), 500, "written down"),
        (("raise", None), 500, "written down"),
    ],
)
def test_a_job_that_fails_says_why(make_queue, outcome, status, sentence):
    queue = make_queue()
    FakeWorker.gate.set()
    job = submit(queue, outcome=outcome)
    assert job.done.wait(5)
    found = queue.find(job.id, "me").to_dict()
    assert (found["state"], found["status"]) == ("failed", status)
    assert sentence in found["message"]
    assert "secret" not in found["message"]
    assert submit(queue).done.wait(5)  # and the next one is done


def test_conflicts_are_counted(make_queue):
    queue = make_queue()
    FakeWorker.gate.set()
    assert submit(queue, outcome=("refused", (422, "rules are in conflict"))).done.wait(5)
    assert b"melodyai_rule_conflicts_total 1.0" in queue._metrics.text()


def test_no_accepted_job_is_lost(make_queue):
    queue = make_queue()
    accepted = [running(queue), submit(queue), submit(queue)]
    queue.close()
    assert all(job.done.is_set() for job in accepted)
    with pytest.raises(Refusal, match="places"):
        submit(queue)
    FakeWorker.gate.set()
    again = make_queue()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        states = {again.find(job.id, "me").state for job in accepted}
        if states == {"done"}:
            break
        time.sleep(0.01)
    assert states == {"done"}


def test_a_job_is_its_owners(make_queue):
    queue = make_queue()
    job = running(queue)
    for name, owner in ((job.id, "somebody"), (new_name(), "me"), ("../x", "me")):
        with pytest.raises(Refusal, match="no such job of yours"):
            queue.find(name, owner)


def test_what_a_job_held_is_forgotten_when_it_ended(make_queue):
    queue = make_queue()
    FakeWorker.gate.set()
    job = queue.submit("me", "compose", {"piece": new_name(), "secret": "tune"}, b"melody")
    assert job.done.wait(5)
    assert queue._database.rows("SELECT payload, upload FROM jobs") == [("{}", None)]
    queue.delete_older(time.time() + 1)
    with pytest.raises(Refusal, match="no such job"):
        queue.find(job.id, "me")
