"""Worker processes: one job at a time each, ended when nobody waits any more.

Conventions
-----------
A process is started fresh (spawn), not copied, so that it shares nothing with the service's
threads. It lives as long as it behaves; one that is stopped in the middle of a job is replaced at
the next one.

Contents
--------
Worker
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from melodyai_edu.api.work import serve_tasks

__all__ = ["Worker"]

_GLANCE = 0.05  # seconds between two looks at whether anybody still waits


class Worker:
    """One process that works.

    Examples
    --------
    >>> worker = Worker()
    >>> worker.is_alive
    False
    """

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._connection: Any = None
        self._is_busy = False

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        """Start the process, if it does not run."""
        if self.is_alive:
            return
        self.stop()
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=serve_tasks, args=(theirs,), name="melodyai-worker", daemon=True
        )
        self._process.start()
        theirs.close()

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._connection.close()  # one that waits goes by itself
            self._process.join(0 if self._is_busy else 3)
            self._process.terminate()
            self._process.join(2)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(5)
            self._process.close()
        self._process = self._connection = None
        self._is_busy = False

    def ask(
        self,
        task: str,
        payload: dict[str, Any],
        upload: bytes | None,
        seconds: float,
        is_unwanted: Callable[[], bool],
    ) -> tuple[str, Any]:
        """Have a task done.

        Parameters
        ----------
        task : str
            One of `melodyai_edu.api.work.TASKS`.
        payload : dict
        upload : bytes or None
        seconds : float
            How long it may take.
        is_unwanted : callable
            Says whether nobody waits for it any more.

        Returns
        -------
        outcome : str
            ``"done"``, ``"refused"``, ``"broken"``, ``"late"`` or ``"unwanted"``.
        value : object
            What came out; a status and a sentence if refused; a traceback if broken.
        """
        self.start()
        end = time.monotonic() + seconds
        self._is_busy = True
        try:
            self._connection.send((task, payload, upload))
            while not self._connection.poll(_GLANCE):
                if is_unwanted():
                    self.stop()
                    return "unwanted", None
                if time.monotonic() > end:
                    self.stop()
                    return "late", None
            outcome: tuple[str, Any] = self._connection.recv()
            self._is_busy = False
        except (EOFError, OSError) as error:
            self.stop()
            return "broken", f"the worker process ended ({type(error).__name__})"
        return outcome
