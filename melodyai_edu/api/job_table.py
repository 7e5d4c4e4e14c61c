"""Jobs in the database: who waits, who works at what, and how it ended.

Conventions
-----------
Several services (replicas) may share the table. Who takes a job has it for some seconds, the lease,
and renews that while it works; a job whose lease ran out belongs to a service that is gone, and is
taken again. What is composed depends on nothing but the request, so that a job that is done twice
gives the same piece. Clocks of replicas must agree within a fraction of the lease.

Contents
--------
KINDS, MOST_ATTEMPTS, RETRY_SECONDS, Job, JobTable, closing, full, too_many
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, insert, or_, select, update

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database, DatabaseError
from melodyai_edu.api.tables import jobs

__all__ = [
    "KINDS",
    "MOST_ATTEMPTS",
    "RETRY_SECONDS",
    "Job",
    "JobTable",
    "closing",
    "full",
    "too_many",
]

#: What comes of a task that is kept in the table.
KINDS = {"compose": "composition", "regenerate": "composition", "harmonise": "harmonisation"}

#: How often a job is begun before it is given up: it may be what ends our processes.
MOST_ATTEMPTS = 3

RETRY_SECONDS = 5
_OPEN = ("queued", "running")


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
    is_lost: bool = False  # it is another service's by now, or was ended there
    attempts: int = 0
    done: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def is_kept(self) -> bool:
        """Whether it is in the database: pictures and sounds are simply asked for again."""
        return self.task in KINDS

    @property
    def is_over(self) -> bool:
        """Whether it ended, in whatever way."""
        return self.state not in _OPEN

    @property
    def model(self) -> str:
        """What it needs to have loaded: jobs of one model are done in a row."""
        asked = self.payload.get("request") or (self.payload.get("provenance") or {}).get("request")
        return str((asked or {}).get("model") or "") if self.task != "harmonise" else "harmony"

    def to_dict(self) -> dict[str, Any]:
        """Give it as an answer shows it."""
        answer: dict[str, Any] = {"id": self.id, "state": self.state}
        if self.state == "done":
            name = self.payload["piece"]
            answer |= {"piece": name, "location": f"/v1/compositions/{name}"}
        if self.state == "failed":
            answer |= {"status": self.status, "message": self.error}
        return answer


class JobTable:
    """All jobs that are kept.

    Parameters
    ----------
    database : Database
    lease_seconds : float
        How long a service may be silent before its jobs are given to others; counts only where the
        database is shared.
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database, self._lease_seconds = database, lease_seconds
        #: The name of this service among those that share the table.
        self.replica = secrets.token_hex(6)
        self._owed: deque[tuple[Job, bool]] = deque()

    @property
    def is_shared(self) -> bool:
        """Whether other services may work at the same jobs."""
        return self._database.is_shared

    def _lease(self) -> float | None:
        return time.time() + self._lease_seconds if self.is_shared else None

    def reopen(self) -> None:
        """Put back what was begun and never ended; only where nobody else works."""
        if not self.is_shared:
            self._database.write(
                update(jobs).where(jobs.c.state == "running").values(state="queued")
            )

    def add(self, job: Job, places: int, share: int | None) -> None:
        """Write a job down, if there is room.

        Parameters
        ----------
        job : Job
        places : int
            How many may wait.
        share : int or None
            How many of them may be this owner's.

        Raises
        ------
        Refusal
            503 if the line is full, 429 if too much of it is theirs.
        """
        now = time.time()
        row = {
            "id": job.id, "owner": job.owner, "kind": job.task, "payload": job.payload,
            "upload": job.upload, "state": "queued", "piece": job.payload["piece"],
            "created": now, "updated": now, "model": job.model, "attempts": 0,
        }  # fmt: skip
        with self._database.writing(alone=True) as connection:
            if _waiting(connection) >= places:
                raise full(places)
            if share is not None and _waiting(connection, job.owner) >= share:
                raise too_many(share)
            connection.execute(insert(jobs).values(row))

    def waiting(self) -> int:
        """Count the jobs that wait, of all services together."""
        waits = select(func.count()).where(jobs.c.state == "queued")
        return int(self._database.rows(waits)[0][0])

    def claim(self, model: str | None = None) -> Job | None:
        """Take the next job.

        Parameters
        ----------
        model : str, optional
            Jobs of this model come first; otherwise the oldest.

        Returns
        -------
        job : Job or None
            None if nothing waits.
        """
        is_ours = jobs.c.state == "queued"
        if self.is_shared:
            is_ours = or_(is_ours, and_(jobs.c.state == "running", jobs.c.lease < time.time()))
        other = case((jobs.c.model == model, 0), else_=1)
        order = (jobs.c.created,) if model is None else (other, jobs.c.created)
        oldest = select(jobs).where(is_ours).order_by(*order).limit(1)
        self._release_owed()
        with self._database.writing() as connection:
            row = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            begun = update(jobs).where(jobs.c.id == row.id)
            connection.execute(
                begun.values(
                    state="running", replica=self.replica, lease=self._lease(),
                    attempts=(row.attempts or 0) + 1, updated=time.time(),
                )
            )  # fmt: skip
        return Job(
            row.id, row.owner, row.kind, row.payload, row.upload, "running",
            attempts=(row.attempts or 0) + 1,
        )  # fmt: skip

    def renew(self, names: Collection[str]) -> set[str]:
        """Go on having jobs; give the names of those that are still ours."""
        ours = and_(jobs.c.id.in_(names), *self._mine())
        with self._database.writing() as connection:
            connection.execute(update(jobs).where(ours).values(lease=self._lease()))
            return set(connection.scalars(select(jobs.c.id).where(ours)))

    @property
    def is_owing(self) -> bool:
        """Whether a job could not be given back: the next claim tries it again."""
        return bool(self._owed)

    def give_back(self, job: Job, *, counts: bool = False) -> None:
        """Give a job back, unfinished; if the database is away, when it answers again.

        Parameters
        ----------
        job : Job
        counts : bool, default False
            Whether this was an attempt: it may be what breaks us.

        Raises
        ------
        DatabaseError
            If it is away.
        """
        self._owed.append((job, counts))
        self._release_owed()

    def _release_owed(self) -> None:
        for _ in range(len(self._owed)):
            try:
                job, counts = self._owed.popleft()
            except IndexError:  # another thread was quicker
                return
            try:
                self.release(job, counts=counts)
            except DatabaseError:
                if not self.is_shared:  # there its lease runs out
                    self._owed.append((job, counts))
                raise

    def release(self, job: Job, *, counts: bool) -> None:
        """Put a job back into its place in the line, now.

        Parameters
        ----------
        job : Job
        counts : bool
            Whether this was an attempt.
        """
        back = update(jobs).where(jobs.c.id == job.id, *self._mine())
        attempts = job.attempts if counts else max(job.attempts - 1, 0)
        self._database.write(back.values(state="queued", lease=None, attempts=attempts))

    def end(
        self,
        job: Job,
        state: str,
        status: int = 0,
        error: str = "",
        also: Callable[[Connection], None] | None = None,
    ) -> bool:
        """Write down how a job ended; its payload has done its work, and is forgotten.

        Parameters
        ----------
        job : Job
        state : str
            ``"done"``, ``"failed"`` or ``"cancelled"``.
        status : int
        error : str
        also : callable, optional
            Writes what belongs to it, in the same transaction.

        Returns
        -------
        is_ended : bool
            False if it had ended already, or is somebody else's by now: then nothing is written.
        """
        open_ = jobs.c.state.in_(_OPEN) if state == "cancelled" else and_(*self._mine())
        with self._database.writing() as connection:
            changed = connection.execute(
                update(jobs)
                .where(jobs.c.id == job.id, open_)
                .values(
                    state=state,
                    status=status,
                    error=error,
                    updated=time.time(),
                    upload=None,
                    payload={},
                    lease=None,
                )
            ).rowcount
            if changed and also is not None:
                also(connection)
        return bool(changed)

    def look(self, names: Collection[str], owner: str | None = None) -> list[Job]:
        """Give jobs as they are now, without what they hold."""
        columns = (jobs.c.id, jobs.c.owner, jobs.c.kind, jobs.c.piece, jobs.c.state)
        wanted = select(*columns, jobs.c.status, jobs.c.error).where(jobs.c.id.in_(names))
        if owner is not None:
            wanted = wanted.where(jobs.c.owner == owner)
        return [
            Job(
                row.id, row.owner, row.kind, {"piece": row.piece}, None, row.state,
                row.status or 0, row.error or "",
            )
            for row in self._database.rows(wanted)
        ]  # fmt: skip

    def delete_older(self, than: float) -> None:
        """Forget jobs that ended before a time [seconds since 1970]."""
        self._database.write(delete(jobs).where(jobs.c.updated < than, jobs.c.state.not_in(_OPEN)))

    def _mine(self) -> tuple[Any, ...]:
        return jobs.c.state == "running", jobs.c.replica == self.replica


def _waiting(connection: Connection, owner: str | None = None) -> int:
    waits = select(func.count()).where(jobs.c.state == "queued")
    return int(
        connection.scalar(waits if owner is None else waits.where(jobs.c.owner == owner)) or 0
    )


def closing() -> Refusal:
    """Say that no work is taken any more."""
    text = f"this service is closing; come again in {RETRY_SECONDS} seconds"
    return Refusal(503, text, RETRY_SECONDS)


def full(places: int) -> Refusal:
    """Say that the line is full."""
    text = f"all {places} places in the queue are taken; come again in {RETRY_SECONDS} seconds"
    return Refusal(503, text, RETRY_SECONDS, "full")


def too_many(share: int) -> Refusal:
    """Say that somebody has their share of the line."""
    return Refusal(429, f"{share} jobs of yours wait already; come again later", RETRY_SECONDS)
