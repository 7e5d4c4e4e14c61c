"""What the cells of lesson 13 call: many callers at one moment, and a piece that is handed over.

Conventions
-----------
A service is anything with the ``call`` and ``wait_for`` of `melodyai_edu.api.own_service`.

Contents
--------
Crowd, crowd
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Crowd", "crowd"]

_MOST = 40  # callers: each is a thread
_GLANCE = 0.03  # seconds between two looks at the queue
_QUEUE = "melodyai_queue_length "


@dataclass(frozen=True)
class Crowd:
    """What became of callers who came at one moment.

    Parameters
    ----------
    visits : tuple of (float, float, int) [seconds, seconds, status of HTTP]
        When each came, when they had their answer, and which.
    queue : tuple of (float, float) [seconds, jobs]
        How many jobs waited at a time.

    Examples
    --------
    >>> print(Crowd(((0.0, 0.2, 201), (0.0, 0.4, 201), (0.0, 0.1, 503)), ()))
     3 callers: 2 got a piece, half of them within 0.3 s, all within 0.4 s; 1 sent away
    """

    visits: tuple[tuple[float, float, int], ...]
    queue: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> list[float]:
        """How long those waited who got a piece, the shortest first."""
        return sorted(end - begin for begin, end, status in self.visits if status < 400)

    def __str__(self) -> str:
        waits = self.seconds
        sent_away = len(self.visits) - len(waits)
        head = f"{len(self.visits):2} callers: {len(waits)} got a piece"
        if waits:
            middle = statistics.median(waits)
            head += f", half of them within {middle:.1f} s, all within {waits[-1]:.1f} s"
        return f"{head}; {sent_away} sent away"

    def draw(self, places: int | None = None) -> Figure:
        """Draw who came, who waited and who was sent away.

        Parameters
        ----------
        places : int, optional
            In the queue.

        Returns
        -------
        figure : matplotlib.figure.Figure
        """
        from melodyai_edu.render.visits import draw_visits

        return draw_visits(self.visits, self.queue, places)


def crowd(service: Any, wish: Mapping[str, Any], number: int) -> Crowd:
    """Let many ask for a piece at one moment, each with a seed of their own.

    Parameters
    ----------
    service : OwnService
    wish : mapping
        What each asks for, but for the seed.
    number : int
        Of callers, 1 to 40.

    Returns
    -------
    crowd : Crowd

    Raises
    ------
    ParameterError
        If the number is not in this range.
    InputError
        If nobody answers.
    """
    if not 1 <= number <= _MOST:
        raise ParameterError(f"number={number} must be 1 to {_MOST}: each caller is a thread here")
    together, over = threading.Barrier(number + 1), threading.Event()
    queue: list[tuple[float, float]] = []

    def visit(seed: int) -> tuple[float, float, int]:
        together.wait()
        begin = time.monotonic()
        answer = service.call("POST", "/v1/compositions", {**wish, "seed": seed})
        return begin, time.monotonic(), answer.status

    def look() -> None:
        while not over.is_set():
            queue.append((time.monotonic(), _waiting(service)))
            over.wait(_GLANCE)

    with ThreadPoolExecutor(number + 1) as pool:
        visitors = [pool.submit(visit, seed) for seed in range(number)]
        together.wait()
        start = time.monotonic()
        watcher = pool.submit(look)
        try:
            visits = [visitor.result() for visitor in visitors]
        finally:
            over.set()
        watcher.result()
    queue.append((time.monotonic(), _waiting(service)))
    return Crowd(
        tuple((max(begin - start, 0.0), end - start, status) for begin, end, status in visits),
        tuple((moment - start, length) for moment, length in queue),
    )


def _waiting(service: Any) -> float:
    """Read the length of the queue from the page of figures."""
    page = service.call("GET", "/metrics").data.decode()
    return next(
        float(line.removeprefix(_QUEUE)) for line in page.splitlines() if line.startswith(_QUEUE)
    )
