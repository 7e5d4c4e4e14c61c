"""Hand work to several processes, here or on a cluster, and take the results in order.

Conventions
-----------
``workers`` are processes on this machine; ``scheduler`` is ``"local"`` for a dask cluster of such
processes that is started for the occasion, or the address of one that is there. Results are the
same, and in the same order, whoever works. Only some jobs are under way at a time, so memory does
not grow with their number.

Contents
--------
LOCAL, map_jobs, map_on_processes
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from melodyai_edu.errors import MelodyAIError, ParameterError
from melodyai_edu.io.cluster import local_cluster, map_on_cluster

__all__ = ["LOCAL", "map_jobs", "map_on_processes"]

Job = TypeVar("Job")
Result = TypeVar("Result")

#: The scheduler that is started here.
LOCAL = "local"

#: Jobs under way for each process.
_AHEAD = 32

#: So often the processes may be lost without a result in between.
_MOST_LOSSES = 3


def map_jobs(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Generator[Result, None, None]:
    """Call a function for every job, on processes here or on a cluster.

    Parameters
    ----------
    function : callable
        Of a module that another process can import.
    jobs : iterable
        One argument each, taken as they are needed.
    workers : int, optional [from 1]
        Processes here; as many as processors when left out. One works in this very process.
    scheduler : str, optional
        ``"local"``, or the address of a dask scheduler, which has its own workers.

    Returns
    -------
    results : generator
        In the order of the jobs. Closing it ends the work.

    Raises
    ------
    ParameterError
        If there is no worker, or both ``workers`` and an address are given.
    MissingDependencyError, MelodyAIError
        See `map_on_processes` and `melodyai_edu.io.cluster.map_on_cluster`.

    Examples
    --------
    >>> list(map_jobs(abs, [-3, 2], workers=1))
    [3, 2]
    """
    if workers is not None and workers < 1:
        raise ParameterError(f"workers={workers} must be 1 or more")
    if scheduler is None or scheduler == LOCAL:
        spread = map_on_processes if scheduler is None else _map_on_local_cluster
        return spread(function, jobs, workers or os.cpu_count() or 1)
    if workers is not None:
        raise ParameterError(
            f"workers={workers} are processes here and scheduler={scheduler!r} has its own: "
            "give one of the two"
        )
    return map_on_cluster(function, jobs, scheduler)


def _map_on_local_cluster(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> Generator[Result, None, None]:
    with local_cluster(workers) as address:
        yield from map_on_cluster(function, jobs, address)


def map_on_processes(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> Generator[Result, None, None]:
    """Call a function for every job, on processes of this machine.

    A process that is killed, as by a system that has no memory left, is replaced, and what it had
    not finished is done again.

    Parameters
    ----------
    function : callable
        Of a module that another process can import.
    jobs : iterable
        One argument each, taken as they are needed.
    workers : int [from 1]
        One works in this very process.

    Yields
    ------
    result
        In the order of the jobs.

    Raises
    ------
    MelodyAIError
        If processes are lost again and again over the same job.
    """
    if workers == 1:
        yield from map(function, jobs)
        return
    left, begun, losses = iter(jobs), deque[Job](), 0
    while True:
        try:
            for result in _until_lost(function, left, begun, workers):
                losses = 0
                yield result
            return
        except BrokenProcessPool as error:
            losses += 1
            if losses > _MOST_LOSSES:
                raise MelodyAIError(
                    f"{losses} times a process was lost over the same work, as where memory runs "
                    f"out; take fewer workers than {workers}"
                ) from error


def _until_lost(
    function: Callable[[Job], Result], left: Iterator[Job], begun: deque[Job], workers: int
) -> Generator[Result, None, None]:
    """Work until all is done or a process is lost; what was begun then stays in ``begun``."""
    # "spawn" works alike on every system, and in a notebook whose process has threads.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context)
    try:
        futures: deque[Future[Result]] = deque(pool.submit(function, job) for job in begun)
        while True:
            while len(begun) < _AHEAD * workers:
                try:
                    begun.append(next(left))
                except StopIteration:
                    break
                futures.append(pool.submit(function, begun[-1]))
            if not futures:
                return
            result = futures.popleft().result()
            begun.popleft()
            yield result
    finally:
        pool.shutdown(cancel_futures=True)
