"""Jobs: a line of bounded length, and worker processes at its end.

Conventions
-----------
A job that was accepted is in the database before the caller hears of it, and is begun again when
the service was stopped in between. Jobs of one model are done in a row, up to a number, so that a
worker seldom has to load another one; then the oldest comes. Pictures and sounds are jobs too, in a
line of this service's own, and take turns with the others.

Contents
--------
JobQueue
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from typing import Any

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database, DatabaseError
from melodyai_edu.api.job_table import KINDS, MOST_ATTEMPTS, Job, JobTable, closing, full, too_many
from melodyai_edu.api.metrics import Metrics
from melodyai_edu.api.pieces import NAME, PieceStore, new_name
from melodyai_edu.api.settings import Settings
from melodyai_edu.api.traces import Traces
from melodyai_edu.api.workers import Worker

__all__ = ["JobQueue"]

_log = logging.getLogger("melodyai.api")
_GLANCE = 0.5  # seconds between two looks at what other services did
_BROKEN = "something went wrong here, and it was written down; please try another request"


class JobQueue:
    """The line, and those who work.

    Parameters
    ----------
    settings : Settings
    database : Database
    pieces : PieceStore
    metrics : Metrics
    traces : Traces, optional
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        pieces: PieceStore,
        metrics: Metrics,
        traces: Traces | None = None,
    ) -> None:
        self._settings, self._pieces, self._metrics = settings, pieces, metrics
        self._traces = traces or Traces("")
        self._table = JobTable(database, settings.lease_seconds)
        self._renders: deque[Job] = deque()
        self._known: dict[str, Job] = {}  # somebody here waits for them, or works at them
        self._running: set[str] = set()
        self._changed = threading.Condition()
        self._news = 0
        self._threads: list[threading.Thread] = []
        self.is_closing = False

    def start(self) -> None:
        """Begin to work, first at what was left over."""
        self._table.reopen()
        tasks = [(f"jobs-{number}", self._work) for number in range(self._settings.workers)]
        if self._table.is_shared:
            tasks.append(("jobs-watch", self._watch))
        for name, task in tasks:
            thread = threading.Thread(target=task, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def is_working(self) -> bool:
        """Whether jobs are taken."""
        return not self.is_closing and all(thread.is_alive() for thread in self._threads)

    @property
    def length(self) -> int:
        """How many jobs wait; those of all services where they share a database."""
        return self._table.waiting() + len(self._renders)

    def check_room(self) -> None:
        """Refuse early, before anything of a request is read, where the line is full.

        Raises
        ------
        Refusal
            503 if so.
        """
        if self.is_closing:
            raise closing()
        if self._table.waiting() >= self._settings.queue_size:
            raise full(self._settings.queue_size)

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
        job = Job(new_name(), owner, task, payload | self._traces.carried(), upload)
        places, share = self._settings.queue_size, self._settings.queue_share
        if self.is_closing:
            raise closing()
        if job.is_kept:
            with self._changed:
                self._known[job.id] = job
            try:
                self._table.add(job, places, None if self._settings.auth == "local" else share)
            except BaseException:
                self._known.pop(job.id, None)
                raise
        with self._changed:
            if not job.is_kept:
                self._add_render(job, places, share)
            self._news += 1
            self._changed.notify()
        return job

    def _add_render(self, job: Job, places: int, share: int) -> None:
        if len(self._renders) >= places:
            raise full(places)
        of_theirs = sum(other.owner == job.owner for other in self._renders)
        if self._settings.auth != "local" and of_theirs >= share:
            raise too_many(share)
        self._renders.append(job)

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
        found = self._table.look([name], owner) if NAME.fullmatch(name) else []
        if not found:
            raise Refusal(404, "there is no such job of yours")
        return found[0]

    def cancel(self, job: Job) -> None:
        """Stop a job, if it has not ended; whoever works at it."""
        with self._changed:
            job.is_unwanted = True
            is_waiting = job in self._renders
            if is_waiting:
                self._renders.remove(job)
        if is_waiting or job.is_kept:
            self._end(job, "cancelled")

    def close(self) -> None:
        """Stop working; what has not ended is begun again, here or elsewhere."""
        with self._changed:
            self.is_closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(10)
        for job in list(self._known.values()):
            job.done.set()

    def delete_older(self, than: float) -> None:
        """Forget jobs that ended before a time [seconds since 1970]."""
        self._table.delete_older(than)

    def _end(self, job: Job, state: str, status: int = 0, error: str = "") -> bool:
        """Say how a job ended: to the database, if it is ours to end, then to those who wait."""
        is_ended = not job.is_kept
        try:
            is_ended = is_ended or self._table.end(job, state, status, error)
            if not is_ended:
                self._refresh(job)
                return False
        except DatabaseError:  # it is begun again when its lease ran out, or at the next start
            _log.exception("how job %s ended cannot be written down", job.id)
        self._tell(job, state, status, error)
        return is_ended

    def _tell(self, job: Job, state: str, status: int = 0, error: str = "") -> None:
        self._known.pop(job.id, None)
        if not job.done.is_set():
            job.state, job.status, job.error = state, status, error
            self._metrics.jobs.labels(job.task, state).inc()
            job.done.set()

    def _refresh(self, job: Job) -> None:
        """Tell those who wait here how a job ended elsewhere."""
        for found in self._table.look([job.id]):
            self._hear(found)

    def _hear(self, found: Job) -> None:
        job = self._known.get(found.id)
        if job is None or not found.is_over:
            return
        if found.state == "done":
            try:
                job.value = self._pieces.get(found.payload["piece"], found.owner)
            except Refusal as gone:
                self._tell(job, "failed", gone.status_code, str(gone.detail))
                return
        self._tell(job, found.state, found.status, found.error)

    def _watch(self) -> None:
        """Keep our leases, and hear of what others did: the main function of a thread."""
        renewed = 0.0
        while not self.is_closing:
            try:
                if time.monotonic() - renewed > self._settings.lease_seconds / 3:
                    self._renew()
                    renewed = time.monotonic()
                elsewhere = set(self._known) - self._running
                for found in self._table.look(elsewhere) if elsewhere else ():
                    self._hear(found)
            except DatabaseError as error:
                _log.warning("the database does not answer: %s", type(error).__name__)
            with self._changed:
                if not self.is_closing:
                    self._changed.wait_for(lambda: self.is_closing, _GLANCE)

    def _renew(self) -> None:
        running = set(self._running)
        for lost in running - (self._table.renew(running) if running else set()):
            job = self._known.get(lost)
            if job is not None:
                job.is_lost = True

    def _next(self, model: str | None, *, renders_first: bool) -> Job | None:
        """Wait for a job; none when the service closes."""
        while not self.is_closing:
            seen = self._news
            job = self._take(model, renders_first=renders_first)
            if job is not None:
                return job
            with self._changed:
                patience = _GLANCE if self._table.is_shared or self._table.is_owing else None
                self._changed.wait_for(lambda: self.is_closing or self._news != seen, patience)  # noqa: B023
        return None

    def _take(self, model: str | None, *, renders_first: bool) -> Job | None:
        if renders_first and (job := self._take_render()) is not None:
            return job
        try:
            claimed = self._table.claim(model)
        except DatabaseError as error:
            _log.warning("no job can be taken: %s", type(error).__name__)
            time.sleep(_GLANCE)
            claimed = None
        if claimed is None:
            return self._take_render()
        with self._changed:
            job = self._known.setdefault(claimed.id, claimed)
            job.state, job.attempts, job.payload = "running", claimed.attempts, claimed.payload
            job.is_lost = False
            self._running.add(job.id)
        return job

    def _take_render(self) -> Job | None:
        with self._changed:
            if not self._renders:
                return None
            job = self._renders.popleft()
            job.state = "running"
            return job

    def _work(self) -> None:
        """Take one job after the other: the main function of a thread."""
        worker = Worker()
        model, in_a_row, last = None, 0, ""
        try:
            worker.start()
            while (job := self._next(model, renders_first=last != "render")) is not None:
                last = job.task
                with self._metrics.busy_workers.track_inprogress():
                    self._attempt(worker, job)
                self._running.discard(job.id)
                if job.is_kept:
                    model, in_a_row = self._counted(job.model, model, in_a_row)
        finally:
            worker.stop()

    def _counted(self, model: str, before: str | None, in_a_row: int) -> tuple[str | None, int]:
        """Count jobs of one model in a row; after enough of them anybody's turn comes."""
        if before is not None and model != before:
            self._metrics.batch_size.observe(in_a_row)
        in_a_row = in_a_row + 1 if model == before else 1
        if in_a_row < self._settings.batch_size:
            return model, in_a_row
        self._metrics.batch_size.observe(in_a_row)
        return None, 0

    def _attempt(self, worker: Worker, job: Job) -> None:
        try:
            if job.attempts > MOST_ATTEMPTS:
                _log.error("job %s was begun %d times and never ended", job.id, MOST_ATTEMPTS)
                self._give_up(job)
                return
            with self._traces.span(f"job {job.task}", job.payload):
                self._do(worker, job)
        except Refusal as refusal:
            self._give_up(job, refusal.status_code, str(refusal.detail))
        except DatabaseError:
            _log.exception("what came of job %s cannot be written down", job.id)
            self._give_back(job, counts=True)
        except Exception:
            _log.exception("job %s broke", job.id)
            self._give_up(job)

    def _do(self, worker: Worker, job: Job) -> None:
        begun = time.monotonic()
        outcome, value = worker.ask(
            job.task, job.payload, job.upload, self._settings.job_seconds,
            lambda: job.is_unwanted or job.is_lost or self.is_closing,
        )  # fmt: skip
        self._metrics.generation_seconds.labels(job.task).observe(time.monotonic() - begun)
        if not job.is_kept:
            self._pieces.tidy(job.payload["piece"])
        if job.is_lost:
            self._refresh(job)
        elif outcome == "unwanted" and not job.is_unwanted:
            self._give_back(job)
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

    def _give_back(self, job: Job, *, counts: bool = False) -> None:
        """Leave a job to whoever comes next; where the database is away, that is later."""
        job.state = "queued"
        self._known.pop(job.id, None)
        self._running.discard(job.id)
        with contextlib.suppress(DatabaseError):
            if job.is_kept:
                self._table.give_back(job, counts=counts)
        job.done.set()

    def _give_up(self, job: Job, status: int = 500, error: str = _BROKEN) -> None:
        """End a job that nothing comes of, with what was kept of it."""
        if self._end(job, "failed", status, error) and job.is_kept:
            self._pieces.forget_files(job.payload["piece"])

    def _finish(self, job: Job, value: dict[str, Any]) -> None:
        if not job.is_kept:
            self._end(job, "done")
            return
        self._metrics.tokens.inc(value["tokens"])
        if "asked" in job.payload:
            value["asked"] = job.payload["asked"]
        name = job.payload["piece"]
        piece = self._pieces.keep_files(name, job.owner, KINDS[job.task], value)
        if self._table.end(
            job, "done", also=lambda connection: self._pieces.add(connection, piece)
        ):
            job.value = piece
            self._tell(job, "done")
        else:
            self._drop(job)

    def _drop(self, job: Job) -> None:
        """Let go of what is not wanted: the job was cancelled, or another service did it, too."""
        for found in self._table.look([job.id]):
            if found.state == "cancelled":
                self._pieces.forget_files(job.payload["piece"])
            self._hear(found)
