"""Hand work to the processes of a dask cluster, and take the results in order.

Conventions
-----------
A cluster is a scheduler, known by its address, and the workers that joined it. dask moves Python
objects as pickles: give only the address of a cluster that you trust. Only some jobs are with the
cluster at a time, so its memory, and that of whoever asks, does not grow with their number.

Contents
--------
map_on_cluster, local_cluster
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from melodyai_edu.errors import MelodyAIError, MissingDependencyError, ParameterError

__all__ = ["local_cluster", "map_on_cluster"]

Job = TypeVar("Job")
Result = TypeVar("Result")

_EXTRA = 'pip install "melodyai-edu[dask]"'

#: Jobs with the cluster at a time: so many for each of its threads, and never fewer than ...
_AHEAD, _FEWEST_AHEAD = 8, 64
#: ... and so many results are fetched at once: a fetch takes 4 ms, whatever it brings.
_BLOCK = 16

#: A cluster of an hour has nobody who looks at profiles: they take time and fill the workers.
_QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.low-level-log-length": 100,
}


def map_on_cluster(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    address: str,
    *,
    timeout: float = 10.0,
    patience: float = 600.0,
) -> Generator[Result, None, None]:
    """Call a function for every job, on a cluster's workers.

    What is not yet done when the iterator is closed is called off. A job whose worker is lost goes
    to another one.

    Parameters
    ----------
    function : callable
        Of a module that the workers can import.
    jobs : iterable
        One argument each, taken as they are needed; they travel as pickles.
    address : str
        The scheduler's, such as ``tcp://10.0.0.5:8786``.
    timeout : float, default 10 [seconds]
        For the scheduler to answer, and for the first worker to be there.
    patience : float, default 600 [seconds]
        The longest wait for the next results, of which up to 16 are fetched at once.

    Yields
    ------
    result
        In the order of the jobs.

    Raises
    ------
    MissingDependencyError
        If dask.distributed is not installed.
    ParameterError
        If no scheduler answers at the address, or it has no worker.
    MelodyAIError
        If the function or the cluster fails, or nothing comes for too long. An error that is
        ours already is passed on as it is.
    """
    client = _connected(address, timeout)
    try:
        _await_worker(client, address, timeout)
        ahead = max(_AHEAD * sum(client.nthreads().values()), _FEWEST_AHEAD)
        left = iter(jobs)
        blocks: deque[list[Any]] = deque()
        while block := list(islice(left, _BLOCK)):
            with _our_errors(address, patience):
                blocks.append(client.map(function, block, pure=False))
            if len(blocks) * _BLOCK >= ahead:
                yield from _results(client, blocks.popleft(), address, patience)
        while blocks:
            yield from _results(client, blocks.popleft(), address, patience)
    finally:
        client.close(timeout=timeout)


@contextmanager
def local_cluster(workers: int) -> Iterator[str]:
    """Start a cluster on this machine, reached from this machine only, for a while.

    Parameters
    ----------
    workers : int [from 1]
        Processes, with a thread each; one that is lost is started again.

    Yields
    ------
    address : str
        The scheduler's.

    Raises
    ------
    MissingDependencyError
        If dask.distributed is not installed.
    """
    distributed = _library()
    import dask

    with (
        dask.config.set(_QUIET),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
    ):
        yield str(cluster.scheduler_address)


def _library() -> Any:
    """Give dask.distributed, which comes without types."""
    try:
        import distributed
    except ImportError as error:
        raise MissingDependencyError(
            f"dask.distributed is not installed, which a scheduler needs; install it with: {_EXTRA}"
        ) from error
    return distributed


def _connected(address: str, timeout: float) -> Any:
    distributed = _library()
    if not isinstance(address, str) or not address.strip():
        raise ParameterError(f"scheduler={address!r} must be an address: tcp://HOST:8786")
    try:
        _call(distributed, address, timeout)
        return distributed.Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise ParameterError(
            f"scheduler={address!r} does not answer within {timeout:g} seconds "
            f"({_first_line(error)}); start one with: dask scheduler ({_EXTRA})"
        ) from error


def _call(distributed: Any, address: str, timeout: float) -> None:
    """Greet the scheduler: dask's client waits for ever on a port that takes calls in silence."""
    options = distributed.Security().get_connection_args("client")

    async def greet() -> None:
        comm = await distributed.comm.connect(address, timeout=timeout, **options)
        await comm.close()

    async def greet_in_time() -> None:
        await asyncio.wait_for(greet(), timeout)

    # A notebook's own thread has a running event loop already.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(greet_in_time())).result()


def _await_worker(client: Any, address: str, timeout: float) -> None:
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as error:
        raise ParameterError(
            f"scheduler={address!r} has no worker after {timeout:g} seconds; "
            f"start one with: dask worker {address}"
        ) from error


def _results(client: Any, block: list[Any], address: str, patience: float) -> list[Any]:
    """Wait for some jobs; the cluster then forgets them."""
    with _our_errors(address, patience), client.as_current():
        _library().wait(block, timeout=patience)
        results: list[Any] = client.gather(block)
    return results


@contextmanager
def _our_errors(address: str, patience: float) -> Iterator[None]:
    """Say what went wrong on a cluster as an error of ours."""
    try:
        yield
    except MelodyAIError:
        raise
    except TimeoutError as error:
        raise MelodyAIError(
            f"the cluster at {address} gave nothing for {patience:g} seconds; see whether its "
            "workers are still there"
        ) from error
    except Exception as error:  # whatever happens on another machine, also in dask itself
        raise MelodyAIError(
            f"the cluster at {address} failed ({type(error).__name__}: {_first_line(error)}); see "
            "the log of its workers, each of which needs the same MelodyAI installed"
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
