"""A client that costs little: plain connections, whole requests as bytes, and honest times.

Used by ``load.py``. A time begins when a request was due, not when it was sent, so that a service
that stands still for a second is not asked less, and looks no better.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field


def request_bytes(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Write a request down."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@dataclass
class Times:
    """What came back of one kind of request."""

    seconds: array = field(default_factory=lambda: array("f"))
    statuses: Counter[int] = field(default_factory=Counter)

    def milliseconds(self, share: float) -> float:
        """Give how long all but the slowest took."""
        ordered = sorted(self.seconds)
        return 1_000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Line(asyncio.Protocol):
    """One connection with one request at a time."""

    def __init__(self, free: asyncio.Queue[Line]) -> None:
        self._free, self._data, self._length = free, b"", -1
        self._times: Times | None = None
        self._due = 0.0
        self.is_open = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Be free."""
        self._transport, self.is_open = transport, True
        self._free.put_nowait(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Count what was not answered as status 0."""
        self.is_open = False
        if self._times is not None:
            self._end(0)

    def ask(self, request: bytes, due: float, times: Times) -> None:
        """Send a request; the connection is free again when it was answered."""
        self._times, self._due, self._data, self._length = times, due, b"", -1
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Read an answer that says its length."""
        self._data += data
        if self._length < 0 and (end := self._data.find(b"\r\n\r\n")) > 0:
            head = self._data[:end].lower()
            place = head.find(b"content-length: ")
            body = int(head[place + 16 :].split(b"\r\n", 1)[0]) if place > 0 else 0
            self._length = end + 4 + body
        if 0 <= self._length <= len(self._data):
            self._end(int(self._data[9:12]))

    def _end(self, status: int) -> None:
        assert self._times is not None
        self._times.seconds.append(time.perf_counter() - self._due)
        self._times.statuses[status] += 1
        self._times = None
        self._free.put_nowait(self)


async def _free_line(free: asyncio.Queue[Line], port: int) -> Line:
    """Give a connection that is open; the service may close one that was idle."""
    while not (line := await free.get()).is_open:
        await asyncio.get_running_loop().create_connection(lambda: Line(free), "127.0.0.1", port)
    return line


async def steadily(
    port: int, requests: dict[str, bytes], rate: float, seconds: float, lines: int = 16
) -> dict[str, Times]:
    """Send requests in turn, so many a second, whatever the answers take."""
    found = {name: Times() for name in requests}
    free: asyncio.Queue[Line] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for _ in range(lines):
        await loop.create_connection(lambda: Line(free), "127.0.0.1", port)
    begun = time.perf_counter()
    for number, name in enumerate(_in_turn(requests, int(rate * seconds))):
        due = begun + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        (await _free_line(free, port)).ask(requests[name], due, found[name])
    await _close(free, lines)
    return found


async def as_fast_as_it_goes(port: int, request: bytes, seconds: float, lines: int = 8) -> Times:
    """Send the next request when one was answered."""
    times, free = Times(), asyncio.Queue()
    loop = asyncio.get_running_loop()
    for _ in range(lines):
        await loop.create_connection(lambda: Line(free), "127.0.0.1", port)
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        (await _free_line(free, port)).ask(request, now, times)
    await _close(free, lines)
    return times


async def _close(free: asyncio.Queue[Line], lines: int) -> None:
    for _ in range(lines):
        line = await free.get()
        if line.is_open:
            line._transport.close()


def _in_turn(requests: dict[str, bytes], number: int) -> Iterator[str]:
    names = deque(requests)
    for _ in range(number):
        yield names[0]
        names.rotate(-1)
