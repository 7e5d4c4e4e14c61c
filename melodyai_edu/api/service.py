"""What the routes share: settings, stores, the queue, and who calls.

Conventions
-----------
One `Service` belongs to one application. A route asks for its caller first, so that nothing of a
body is read from somebody who may not send it.

Contents
--------
Service, caller_for, open_database, result_of, service_of, wait_for
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from melodyai_edu.api.addresses import address_of
from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.audit import Audit
from melodyai_edu.api.database import Database, DatabaseError
from melodyai_edu.api.job_table import Job
from melodyai_edu.api.jobs import JobQueue
from melodyai_edu.api.keys import Caller, KeyRing, local_caller
from melodyai_edu.api.limits import RateLimits
from melodyai_edu.api.metrics import Metrics
from melodyai_edu.api.pieces import PieceStore, piece_storage
from melodyai_edu.api.ratings import FileRatings, Ratings, TableRatings
from melodyai_edu.api.settings import Settings
from melodyai_edu.api.traces import Traces
from melodyai_edu.errors import OutputError
from melodyai_edu.feedback.store import store_file

__all__ = ["Service", "caller_for", "open_database", "result_of", "service_of", "wait_for"]

_log = logging.getLogger("melodyai.api")
_GLANCE = 0.02  # seconds between the first two looks at a job
_LONGEST_GLANCE = 0.1
_HOUR, _DAY = 3_600.0, 86_400.0


class Service:
    """Everything behind the routes.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    OutputError, InputError
        If the data folder cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.limits = RateLimits(
            settings.rate_limit, settings.compose_limit, settings.limit_storage
        )
        self.traces = Traces(settings.traces)
        self.audit = Audit(settings.audit_file)
        self.database = open_database(settings)
        self._lock = None if settings.database else _locked(settings.data_folder / "service.lock")
        self.keys = KeyRing(self.database)
        self.pieces = PieceStore(self.database, piece_storage(settings.storage_url))
        self.jobs = JobQueue(settings, self.database, self.pieces, self.metrics, self.traces)
        self.metrics.queue_length.set_function(self._queue_length)
        self.ratings: Ratings = (
            TableRatings(self.database)
            if self.database.is_shared
            else FileRatings(settings.ratings_file or store_file())
        )
        #: Whether rows and small files are on this computer: to read one takes less time than to
        #: have another thread do it.
        self._reads_here = not self.database.is_shared and settings.storage_url.startswith("file:")
        self._local = local_caller() if settings.auth == "local" else None
        self._is_over = threading.Event()
        self._swept = -math.inf

    def start(self) -> None:
        """Begin to work, and to forget what is old."""
        self.jobs.start()
        threading.Thread(target=self._forget, name="retention", daemon=True).start()
        self.audit.write("service_started")

    def close(self) -> None:
        """End the workers and let go of the files."""
        self._is_over.set()
        self.jobs.close()
        self.database.close()
        self.traces.close()
        self.audit.write("service_stopped")
        if self._lock is not None:
            self._lock.close()

    def _queue_length(self) -> float:
        try:
            return self.jobs.length
        except DatabaseError:
            return math.nan

    def _forget(self) -> None:
        while not self._is_over.is_set():
            try:
                self._forget_once()
            except Exception:
                _log.exception("old pieces could not be deleted")
            self._is_over.wait(_HOUR)

    def _forget_once(self) -> None:
        """Delete what is older than the retention, and finish what was begun."""
        self.pieces.finish_deleting()
        if self.settings.retention_days:
            before = time.time() - self.settings.retention_days * _DAY
            number = self.pieces.delete_older(before)
            self.jobs.delete_older(before)
            if number:
                self.audit.write("retention", pieces=number)
        if time.monotonic() - self._swept > _DAY:
            self.pieces.sweep()
            self._swept = time.monotonic()

    def knows_at_once(self, request: Request, scope: str) -> bool:
        """Say whether nothing needs to be read or written to let somebody in."""
        caller = self._local or self.keys.known(_token(request))
        return caller is not None and scope in caller.scopes and self.limits.is_in_memory

    async def read(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Read rows or small files, without keeping others waiting.

        Parameters
        ----------
        function : callable
        *arguments
            What it is called with.

        Returns
        -------
        read : object
            What it gave.
        """
        if self._reads_here:
            return function(*arguments)
        return await run_in_threadpool(function, *arguments)

    def caller(self, request: Request, scope: str) -> Caller:
        """Say who calls, and that they may.

        Raises
        ------
        Refusal
            401 without a right key, 403 if it is not for this, 429 if they call too often.
        """
        caller = self._local or self._of_key(request)
        request.scope.setdefault("state", {})["key"] = caller.key
        self.limits.count("all", caller.key)
        if scope not in caller.scopes:
            self.audit.write("key_refused", key=caller.key, scope=scope)
            raise Refusal(403, f"this key may not {scope}; it is for: {', '.join(caller.scopes)}")
        return caller

    def _of_key(self, request: Request) -> Caller:
        caller = self.keys.find(_token(request))
        if caller is None:
            self.limits.count("wrong", address_of(request, self.settings.proxies))
            refusal = Refusal(401, "send a key of yours: Authorization: Bearer mai_...")
            refusal.headers = {"WWW-Authenticate": "Bearer"}
            raise refusal
        return caller


def _token(request: Request) -> str:
    """Give the key that a request brings, or nothing."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def open_database(settings: Settings) -> Database:
    """Open the database that settings name.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    database : Database

    Raises
    ------
    OutputError, InputError
        If it cannot be used.
    """
    return Database(settings.database or settings.data_folder / "service.sqlite")


def _locked(file: Path) -> IO[bytes]:
    """Keep a folder to one service, where the system can: two would do each other's jobs."""
    opened = file.open("ab")
    try:
        import fcntl

        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError as error:
        opened.close()
        raise OutputError(
            f"{file.parent} is in use by another service; stop it, or choose another data_folder"
        ) from error
    return opened


def service_of(request: Request) -> Service:
    """Give the service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


def caller_for(scope: str, *, makes_music: bool = False) -> Callable[[Request], Awaitable[Caller]]:
    """Make a dependency of a route: who calls, if they may.

    Parameters
    ----------
    scope : str
        One of `melodyai_edu.api.keys.SCOPES`.
    makes_music : bool, default False
        Whether the request counts among those that make music, too.
    """

    def find(service: Service, request: Request) -> Caller:
        caller = service.caller(request, scope)
        if makes_music:
            service.limits.count("compose", caller.key)
            service.jobs.check_room()
            service.pieces.check_room(caller.owner, service.settings.pieces_per_key)
        return caller

    async def dependency(request: Request) -> Caller:
        service = service_of(request)
        if not service.knows_at_once(request, scope):
            return await run_in_threadpool(find, service, request)
        if makes_music:
            caller: Caller = await service.read(find, service, request)
            return caller
        return find(service, request)

    return dependency


async def wait_for(request: Request, job: Job, seconds: float) -> bool:
    """Wait for a job while the client waits, too.

    Parameters
    ----------
    request : Request
    job : Job
    seconds : float

    Returns
    -------
    is_over : bool
        Whether it ended; its result, or why not, is then in it.

    Raises
    ------
    Refusal
        408 if the client left: the job is then stopped.
    """
    jobs = service_of(request).jobs
    left = asyncio.ensure_future(_has_left(request))
    end, glance = time.monotonic() + seconds, _GLANCE
    try:
        while not (job.done.is_set() or jobs.is_closing) and time.monotonic() < end:
            await asyncio.wait([left], timeout=glance)
            glance = min(1.2 * glance, _LONGEST_GLANCE)
            if left.done():
                await run_in_threadpool(jobs.cancel, job)
                raise Refusal(408, "the client left")
    finally:
        left.cancel()
    return job.state not in ("queued", "running")


async def _has_left(request: Request) -> None:
    """Wait until the client hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def result_of(job: Job) -> Any:
    """Give what a job that is over came to.

    Raises
    ------
    Refusal
        With its status and sentence if it failed or was stopped.
    """
    if job.state == "failed":
        raise Refusal(job.status, job.error, 60 if job.status == 503 else None, "store")
    if job.state == "cancelled":
        raise Refusal(409, "the job was cancelled")
    return job.value
