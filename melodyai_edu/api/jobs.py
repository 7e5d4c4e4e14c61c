"""Jobs: a line of bounded length, and worker processes at its end.

Conventions
-----------
A job that was accepted is in the database before the caller hears of it, and is begun again when
the service was stopped in between: what is composed depends on nothing but the request. Pictures
and sounds are jobs too, but are simply asked for again.

Contents
--------
Job, JobQueue
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database
from melodyai_edu.api.metrics import Metrics
from melodyai_edu.api.pieces import NAME, PieceStore, new_name
from melodyai_edu.api.settings import Settings
from melodyai_edu.api.workers import Worker

__all__ = ["Job", "JobQueue"]

_log = logging.getLogger("melodyai.api")
_RETRY_SECONDS = 5
_KINDS = {"compose": "composition", "regenerate": "composition", "harmonise": "harmonisation"}
_BROKEN = "something went wrong here, and it was written down; please try another request"


@dataclass(eq=False)
class Job:
    """Something to be done.

    Parameters
    ----------
    id, owner, task : str
    payload : dict
    upload : bytes or None
    """

    id: str
    owner: str
    task: str
    payload: dict[str, Any]
    upload: bytes | None = field(default=None, repr=False)
    state: str = "queued"
    status: int = 0
    error: str = ""
    value: Any = field(default=None, repr=False)
    is_unwanted: bool = False
    done: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def is_kept(self) -> bool:
        """Whether it is in the database."""
        return self.task in _KINDS

    def to_dict(self) -> dict[str, Any]:
        """Give it as an answer shows it."""
        answer: dict[str, Any] = {"id": self.id, "state": self.state}
        if self.state == "done":
            name = self.payload["piece"]
            answer |= {"piece": name, "location": f"/v1/compositions/{name}"}
        if self.state == "failed":
            answer |= {"status": self.status, "message": self.error}
        return answer


class JobQueue:
    """The line, and those who work.

    Parameters
    ----------
    settings : Settings
    database : Database
    pieces : PieceStore
    metrics : Metrics
    """

    def __init__(
        self, settings: Settings, database: Database, pieces: PieceStore, metrics: Metrics
    ) -> None:
        self._settings, self._database = settings, database
        self._pieces, self._metrics = pieces, metrics
        self._waiting: deque[Job] = deque()
        self._known: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self.is_closing = False

    def start(self) -> None:
        """Begin to work, first at what was left over."""
        rows = self._database.rows(
            "SELECT id, owner, kind, payload, upload FROM jobs WHERE state IN ('queued', "
            "'running') ORDER BY created"
        )
        for name, owner, task, payload, upload in rows:
            job = Job(str(name), str(owner), str(task), json.loads(str(payload)), upload)  # type: ignore[arg-type]
            self._known[job.id] = job
            self._waiting.append(job)
        for number in range(self._settings.workers):
            thread = threading.Thread(target=self._work, name=f"jobs-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def is_working(self) -> bool:
        """Whether jobs are taken."""
        return not self.is_closing and all(thread.is_alive() for thread in self._threads)

    @property
    def length(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def submit(
        self, owner: str, task: str, payload: dict[str, Any], upload: bytes | None = None
    ) -> Job:
        """Put a job into the line.

        Returns
        -------
        job : Job
            Its ``done`` is set when it ended.

        Raises
        ------
        Refusal
            503 if the line is full, 429 if too much of it is theirs.
        """
        job = Job(new_name(), owner, task, payload, upload)
        with self._changed:
            if self.is_closing or len(self._waiting) >= self._settings.queue_size:
                raise Refusal(
                    503,
                    f"all {self._settings.queue_size} places in the queue are taken; come again "
                    f"in {_RETRY_SECONDS} seconds",
                    _RETRY_SECONDS,
                )
            self._check_share(owner)
            if job.is_kept:
                self._write_down(job)
            self._known[job.id] = job
            self._waiting.append(job)
            self._changed.notify()
        return job

    def find(self, name: str, owner: str) -> Job:
        """Give a job to its owner.

        Raises
        ------
        Refusal
            404 if there is none, or it is somebody else's.
        """
        job = self._known.get(name)
        if job is not None and job.owner == owner and job.is_kept:
            return job
        rows = (
            self._database.rows(
                "SELECT kind, state, piece, status, error FROM jobs WHERE id = ? AND owner = ?",
                name,
                owner,
            )
            if NAME.fullmatch(name)
            else []
        )
        if not rows:
            raise Refusal(404, "there is no such job of yours")
        task, state, piece, status, error = rows[0]
        return Job(
            name, owner, str(task), {"piece": piece}, None, str(state),
            int(str(status or 0)), str(error or ""),
        )  # fmt: skip

    def cancel(self, job: Job) -> None:
        """Stop a job, if it has not ended."""
        with self._changed:
            job.is_unwanted = True
            if job in self._waiting:
                self._waiting.remove(job)
                self._end(job, "cancelled")

    def close(self) -> None:
        """Stop working; what has not ended is begun again at the next start."""
        with self._changed:
            self.is_closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(10)
        for job in list(self._known.values()):
            job.done.set()

    def delete_older(self, than: float) -> None:
        """Forget jobs that ended before a time [seconds since 1970]."""
        self._database.write(
            "DELETE FROM jobs WHERE updated < ? AND state NOT IN ('queued', 'running')", than
        )

    def _check_share(self, owner: str) -> None:
        """Leave places in the line to others, where there are any."""
        share = self._settings.queue_share
        if self._settings.auth == "local" or share > sum(j.owner == owner for j in self._waiting):
            return
        raise Refusal(429, f"{share} jobs of yours wait already; come again later", _RETRY_SECONDS)

    def _write_down(self, job: Job) -> None:
        now = time.time()
        self._database.write(
            "INSERT INTO jobs (id, owner, kind, payload, upload, state, piece, created, updated) "
            "VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?)",
            job.id, job.owner, job.task, json.dumps(job.payload), job.upload,
            job.payload["piece"], now, now,
        )  # fmt: skip

    def _end(self, job: Job, state: str, status: int = 0, error: str = "") -> None:
        """Say how a job ended: to the database, then to those who wait."""
        job.state, job.status, job.error = state, status, error
        try:
            if job.is_kept:  # the payload has done its work
                self._database.write(
                    "UPDATE jobs SET state = ?, status = ?, error = ?, updated = ?, "
                    "upload = NULL, payload = '{}' WHERE id = ?",
                    state, status, error, time.time(), job.id,
                )  # fmt: skip
        except sqlite3.Error:  # it is begun again at the next start
            _log.exception("how job %s ended cannot be written down", job.id)
        finally:
            self._known.pop(job.id, None)
            self._metrics.jobs.labels(job.task, state).inc()
            job.done.set()

    def _next(self) -> Job | None:
        """Wait for a job; none when the service closes."""
        with self._changed:
            while not self._waiting and not self.is_closing:
                self._changed.wait()
            if self.is_closing:
                return None
            job = self._waiting.popleft()
            job.state = "running"
            return job

    def _work(self) -> None:
        """Take one job after the other: the main function of a thread."""
        worker = Worker()
        try:
            worker.start()
            while (job := self._next()) is not None:
                with self._metrics.busy_workers.track_inprogress():
                    try:
                        self._do(worker, job)
                    except Refusal as refusal:
                        self._end(job, "failed", refusal.status_code, str(refusal.detail))
                    except Exception:
                        _log.exception("job %s broke", job.id)
                        self._end(job, "failed", 500, _BROKEN)
        finally:
            worker.stop()

    def _do(self, worker: Worker, job: Job) -> None:
        begun = time.monotonic()
        outcome, value = worker.ask(
            job.task, job.payload, job.upload, self._settings.job_seconds,
            lambda: job.is_unwanted or self.is_closing,
        )  # fmt: skip
        self._metrics.generation_seconds.labels(job.task).observe(time.monotonic() - begun)
        if outcome == "unwanted" and not job.is_unwanted:
            job.state = "queued"  # the service closes; in the database it has never ended
            job.done.set()
        elif outcome == "unwanted" or job.is_unwanted:
            self._end(job, "cancelled")
        elif outcome == "done":
            self._finish(job, value)
        elif outcome == "refused":
            status, text = value
            self._metrics.rule_conflicts.inc("conflict" in text or "cannot be kept" in text)
            self._end(job, "failed", status, text)
        elif outcome == "late":
            text = f"it took longer than {self._settings.job_seconds:g} seconds; ask for less"
            self._end(job, "failed", 422, text)
        else:
            _log.error("job %s (%s) broke: %s", job.id, job.task, value)
            self._end(job, "failed", 500, _BROKEN)

    def _finish(self, job: Job, value: Any) -> None:
        """Keep what came out."""
        if job.is_kept:
            self._metrics.tokens.inc(value["tokens"])
            if "asked" in job.payload:
                value["asked"] = job.payload["asked"]
            job.value = self._pieces.add(job.payload["piece"], job.owner, _KINDS[job.task], value)
        self._end(job, "done")
