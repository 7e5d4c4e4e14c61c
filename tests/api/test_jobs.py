"""The queue, with workers that do what a test tells them, over SQLite and over PostgreSQL."""

import threading
import time
from typing import ClassVar

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from melodyai_edu.api import jobs as module
from melodyai_edu.api import tables
from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database
from melodyai_edu.api.job_table import MOST_ATTEMPTS
from melodyai_edu.api.jobs import JobQueue
from melodyai_edu.api.metrics import Metrics
from melodyai_edu.api.pieces import PieceStore, new_name
from melodyai_edu.errors import StorageError
from melodyai_edu.io.storage import open_storage

pytestmark = pytest.mark.xdist_group("servers")

MADE = {"title": "t", "facts": {}, "provenance": None, "rated": None, "tokens": 3, "files": {}}


class FakeWorker:
    """Gives what the payload says, when the gate is open."""

    gate = threading.Event()
    asked: ClassVar[list] = []

    def start(self):
        pass

    def stop(self):
        pass

    def ask(self, task, payload, upload, seconds, is_unwanted):
        self.asked.append(payload)
        while not self.gate.is_set():
            if is_unwanted():
                return "unwanted", None
            time.sleep(0.005)
        outcome, value = payload.get("outcome", ("done", MADE))
        if outcome == "raise":
            raise ZeroDivisionError
        return outcome, value


@pytest.fixture
def make_queue(tmp_path, monkeypatch, settings_of, place):
    monkeypatch.setattr(module, "Worker", FakeWorker)
    FakeWorker.gate = threading.Event()
    FakeWorker.asked = []
    opened = []

    def make(**given):
        database = Database(place)
        settings = settings_of(**{"data_folder": tmp_path, "queue_size": 2, **given})
        pieces = PieceStore(database, open_storage(tmp_path / "p"))
        queue = JobQueue(settings, database, pieces, Metrics())
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
    for refused in (queue.check_room, lambda: submit(queue)):
        with pytest.raises(Refusal, match="all 2 places") as caught:
            refused()
        assert caught.value.status_code == 503
        assert caught.value.headers["Retry-After"]
    FakeWorker.gate.set()
    for job in (first, *others):
        assert job.done.wait(5)
        assert job.state == "done"
        assert queue.find(job.id, "me").to_dict()["piece"] == job.payload["piece"]
    queue.check_room()
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
    assert accepted[0].done.is_set()
    assert all(job.done.is_set() for job in accepted)
    for refused in (queue.check_room, lambda: submit(queue)):
        with pytest.raises(Refusal, match="this service is closing"):
            refused()
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
    kept = queue._table._database.rows(select(tables.jobs.c.payload, tables.jobs.c.upload))
    assert [tuple(row) for row in kept] == [({}, None)]
    queue.delete_older(time.time() + 1)
    with pytest.raises(Refusal, match="no such job"):
        queue.find(job.id, "me")


def ended(queue, job, seconds=8):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = queue.find(job.id, "me")
        if found.is_over:
            return found
        time.sleep(0.02)
    raise TimeoutError(found.state)


def test_jobs_of_one_model_are_done_in_a_row_but_not_for_ever(make_queue):
    queue = make_queue(queue_size=50, batch_size=3)
    jobs = [running(queue, request={"model": "first"})]
    models = ["b", "a", "b", "a", "a", "b", "a", "a"]
    jobs += [submit(queue, request={"model": model}) for model in models]
    FakeWorker.gate.set()
    assert all(job.done.wait(5) for job in jobs)
    order = [payload["request"]["model"] for payload in FakeWorker.asked]
    assert order == ["first", "b", "b", "b", "a", "a", "a", "a", "a"]
    assert b"melodyai_batch_size_count" in queue._metrics.text()


def test_the_oldest_comes_when_a_model_had_its_turns(make_queue):
    queue = make_queue(queue_size=50, batch_size=2)
    jobs = [running(queue, request={"model": "a"})]
    jobs += [submit(queue, request={"model": model}) for model in "baaa"]
    FakeWorker.gate.set()
    assert all(job.done.wait(5) for job in jobs)
    assert [payload["request"]["model"] for payload in FakeWorker.asked] == list("aabaa")


def test_a_job_that_ends_our_processes_is_given_up(make_queue):
    queue = make_queue()
    job = running(queue)
    queue.close()
    begun_often = tables.jobs.update().values(attempts=MOST_ATTEMPTS)
    queue._table._database.write(begun_often.where(tables.jobs.c.id == job.id))
    found = ended(make_queue(), job)
    assert (found.state, found.status) == ("failed", 500)
    assert len(FakeWorker.asked) == 1


def test_a_database_that_fails_at_the_end_costs_no_job(make_queue):
    queue = make_queue()
    end, failures = queue._table.end, iter([OperationalError("end", {}, Exception("away"))])

    def ends(*arguments, **more):
        for failure in failures:
            raise failure
        return end(*arguments, **more)

    queue._table.end = ends
    FakeWorker.gate.set()
    job = submit(queue)
    assert ended(queue, job).state == "done"
    assert len(FakeWorker.asked) == 2


def test_a_job_is_given_back_when_the_database_answers_again(make_queue):
    queue = make_queue(lease_seconds=1)  # where the database is shared, its lease runs out
    for name, times in (("end", 1), ("release", 2)):
        usual = getattr(queue._table, name)
        failures = iter([OperationalError(name, {}, Exception("away"))] * times)

        def fails(*arguments, usual=usual, failures=failures, **more):
            for failure in failures:
                raise failure
            return usual(*arguments, **more)

        setattr(queue._table, name, fails)
    FakeWorker.gate.set()
    job = submit(queue)
    assert ended(queue, job).state == "done"
    assert len(FakeWorker.asked) == 2


def test_what_can_never_be_written_down_is_given_up_with_its_files(make_queue, monkeypatch):
    monkeypatch.setitem(MADE, "files", {"mid": b"MThd"})
    queue = make_queue()
    end = queue._table.end

    def ends(job, state, *arguments, **more):
        if state == "done":
            raise OperationalError("end", {}, Exception("too large"))
        return end(job, state, *arguments, **more)

    queue._table.end = ends
    FakeWorker.gate.set()
    job = submit(queue)
    found = ended(queue, job)
    assert (found.state, found.status) == ("failed", 500)
    assert len(FakeWorker.asked) == MOST_ATTEMPTS
    assert queue._pieces._storage.names() == []


def test_a_piece_that_cannot_be_kept_whole_leaves_nothing(make_queue, monkeypatch):
    monkeypatch.setitem(MADE, "files", {"mid": b"MThd", "musicxml": b"<"})
    queue = make_queue()
    storage = queue._pieces._storage
    put = storage.put

    def puts(name, data):
        if name.endswith("musicxml"):
            raise StorageError("full")
        return put(name, data)

    monkeypatch.setattr(storage, "put", puts)
    FakeWorker.gate.set()
    found = ended(queue, submit(queue))
    assert (found.state, found.status) == ("failed", 503)
    assert storage.names() == []


def test_a_file_made_while_its_piece_was_deleted_is_deleted_too(make_queue):
    queue = make_queue()
    name = new_name()
    queue._pieces._storage.put(f"{name}/piece.wav", b"RIFF")
    FakeWorker.gate.set()
    assert queue.submit("me", "render", {"piece": name, "outcome": ("done", None)}).done.wait(5)
    assert queue._pieces._storage.names() == []


class TestReplicas:
    """Two services that share a database, in one process."""

    @pytest.fixture
    def place(self, make_database):
        return make_database()

    def test_who_waits_hears_what_another_replica_did(self, make_queue):
        busy = make_queue()
        first = running(busy)
        job = submit(busy)
        idle = make_queue()
        FakeWorker.gate.set()
        assert job.done.wait(5)
        assert (job.state, job.value.id) == ("done", job.payload["piece"])
        assert idle.find(job.id, "me").state == "done"
        assert ended(idle, first).state == "done"

    def test_jobs_of_a_replica_that_is_gone_are_done_by_others(self, make_queue, monkeypatch):
        gone = make_queue(lease_seconds=1)
        monkeypatch.setattr(gone._table, "renew", lambda names: set(names))  # it is silent
        job = running(gone)
        gone._table.end = lambda *_, **__: False
        gone._table.claim = lambda *_: None  # nor does it take its own job up again
        other = make_queue(lease_seconds=1)
        time.sleep(1.2)
        FakeWorker.gate.set()
        assert ended(other, job).state == "done"

    def test_a_slow_replica_leaves_alone_what_was_taken_from_it(self, make_queue, monkeypatch):
        slow = make_queue(lease_seconds=1)
        with monkeypatch.context() as patch:
            patch.setattr(slow._table, "renew", lambda names: set(names))  # nothing comes through
            job = running(slow)
            patch.setattr(slow._table, "claim", lambda *_: None)
            other = make_queue(lease_seconds=1)
            end = time.monotonic() + 5
            while len(FakeWorker.asked) < 2 and time.monotonic() < end:
                time.sleep(0.01)
        assert len(FakeWorker.asked) == 2, "the other one takes it"
        time.sleep(1)  # now it hears that it is no more its own
        assert other.find(job.id, "me").state == "running"
        FakeWorker.gate.set()
        assert ended(other, job).state == "done"
        assert job.done.wait(5)
        assert job.state == "done"

    def test_a_lease_is_renewed(self, make_queue):
        queue, other = make_queue(lease_seconds=1), make_queue(lease_seconds=1)
        job = running(queue)
        time.sleep(2.5)
        assert len(FakeWorker.asked) == 1
        FakeWorker.gate.set()
        assert ended(other, job).state == "done"
        assert len(FakeWorker.asked) == 1

    def test_a_job_is_cancelled_from_another_replica(self, make_queue):
        queue = make_queue(lease_seconds=1)
        job = running(queue)
        other = make_queue()
        other.cancel(other.find(job.id, "me"))
        assert job.done.wait(5)
        assert queue.find(job.id, "me").state == "cancelled"

    def test_many_replicas_do_each_job_once(self, make_queue):
        FakeWorker.gate.set()
        queues = [make_queue(queue_size=500, workers=2) for _ in range(3)]
        jobs = [submit(queues[number % 3]) for number in range(60)]
        assert all(job.done.wait(20) for job in jobs)
        assert {job.state for job in jobs} == {"done"}
        assert len(FakeWorker.asked) == len(jobs)

    def test_the_places_are_counted_over_all_replicas(self, make_queue):
        first, second = make_queue(), make_queue()
        running(first)
        running(second)
        submit(first)
        submit(second)
        for queue in (first, second):
            with pytest.raises(Refusal, match="all 2 places"):
                submit(queue)

    def test_a_replica_that_closes_gives_its_jobs_back(self, make_queue):
        closing, other = make_queue(), make_queue()
        jobs = [running(closing), running(other)]
        closing.close()
        FakeWorker.gate.set()
        assert {ended(other, job).state for job in jobs} == {"done"}
