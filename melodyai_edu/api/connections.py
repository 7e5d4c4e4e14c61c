"""Connections: heads with an end, clients that read, and never more of them than there is room for.

Conventions
-----------
The server below has no limit for a request's head, and none for a client that does not read its
answer: both are set here, in bytes and in seconds. Where there are too many connections the one
that has waited for longest goes, so that whoever sends a whole request is answered.

Contents
--------
GuardedProtocol, guarded
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from melodyai_edu.api.answers import error_answer

__all__ = ["GuardedProtocol", "guarded"]

#: So many requests of one connection wait as requests; those after them wait as bytes, and these
#: are understood so many at a time.
_WAITING, _PART = 16, 4_096
_FRAME = 16  # bytes around a chunk of a body, at most; more is no honest chunk
_BAD = (HTTPStatus.BAD_REQUEST, "this is no request that can be read; send HTTP/1.1")


class GuardedProtocol(HttpToolsProtocol):
    """One connection, as uvicorn's own, with limits.

    Attributes
    ----------
    head_bytes : int
        The longest address with its headers; and all that stands around the parts of a body.
    head_seconds : float
        How long these may take.
    read_seconds : float
        How long a client may read nothing of an answer that waits.
    most : int
        Connections at one time.
    """

    head_bytes = 32_000
    head_seconds = 10.0
    read_seconds = 30.0
    most = 1_000

    _head = 0  # bytes of this head, as far as it was understood
    _other = 0  # bytes that came and are no body
    _place = "between"  # two requests; or in the "head", or the "body" of one
    _refusal = _BAD
    _head_end: asyncio.TimerHandle | None = None
    _read_end: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._open: deque[RequestResponseCycle] = deque()  # requests that wait for their answers
        self._later = bytearray()  # what came and is not read yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, and let another one go where there is no room."""
        super().connection_made(transport)
        self._set_head_end()
        if len(self.connections) > self.most:
            self._make_room()

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, GuardedProtocol)]
        waiting = [(each.ends_at, each) for each in others if each is not self and each.ends_at]
        if waiting:
            _, oldest = min(waiting, key=lambda pair: pair[0])
            self.connections.discard(oldest)
            oldest.hang_up()
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections: come again soon")

    @property
    def ends_at(self) -> float | None:
        """When it is closed if nothing more comes; None while a request is answered."""
        end = self._head_end or self.timeout_keep_alive_task
        return None if end is None else end.when()

    def data_received(self, data: bytes) -> None:
        """Take what comes: a hundred bytes of requests are kilobytes once they are understood."""
        self._later += data
        self._read_on()

    def _read_on(self) -> None:
        while self._later and len(self._open) < _WAITING:
            part = bytes(self._later[:_PART])
            del self._later[:_PART]
            self._understand(part)
        if self._later:
            self.flow.pause_reading()

    def _understand(self, data: bytes) -> None:
        """Read on; the longest head is a long one, and the last."""
        if self.transport.is_closing():
            return
        self._other += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._other > self.head_bytes + len(data):
            self._refuse(*self._too_long())
        elif self._head_end is None and self._is_waiting:
            self._set_head_end()

    @property
    def _is_waiting(self) -> bool:
        """Whether a head is under way, or might be."""
        return self._place == "head" or (self._place == "between" and not self._open)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._place, self._head, self._other = "head", 0, 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        super().on_url(url)
        self._head += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body is none."""
        if self._place == "head":
            super().on_header(name, value)
            self._head += len(name) + len(value) + len(": \r\n")

    def on_headers_complete(self) -> None:
        """Begin with the answer."""
        if self._head > self.head_bytes:
            self._refusal = self._too_long()
            raise ValueError(self._refusal[1])  # the parser ends, and a refusal is sent
        super().on_headers_complete()
        self._open.append(self.cycle)
        self._place, self._other = "body", 0
        self._unset_head_end()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._other -= len(body) + _FRAME
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for the next request."""
        super().on_message_complete()
        self._place, self._other = "between", 0
        self._unset_head_end()

    def on_response_complete(self) -> None:
        """Give the rest of a body some time where it was answered early."""
        self._open.popleft()
        super().on_response_complete()
        self._read_on()
        if self._place == "body" and self._head_end is None:
            self._set_head_end()

    def pause_writing(self) -> None:
        """Give a client that does not read some time."""
        super().pause_writing()
        self._read_end = self.loop.call_later(self.read_seconds, self.hang_up)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        if self._read_end is not None:
            self._read_end.cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._unset_head_end()
        self._tell()
        super().connection_lost(exc)
        if self._read_end is not None:
            self._read_end.cancel()

    def hang_up(self) -> None:
        """End the connection at once."""
        self._tell()
        self.transport.abort()

    def _tell(self) -> None:
        """Tell all who answer that nobody listens; the server tells only the last one."""
        for cycle in self._open:
            cycle.disconnected = True
            cycle.message_event.set()

    def send_400_response(self, msg: str) -> None:
        """Answer what was not understood, in our own words."""
        self._refuse(*self._refusal)

    def _set_head_end(self) -> None:
        self._unset_head_end()
        self._head_end = self.loop.call_later(self.head_seconds, self._end_head)

    def _unset_head_end(self) -> None:
        if self._head_end is not None:
            self._head_end.cancel()
            self._head_end = None

    def _end_head(self) -> None:
        """End a connection whose request does not come."""
        if self._open:
            self._set_head_end()  # first the answer to the one before
        elif self._place == "head":
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "the request took too long: send it faster")
        else:
            self.transport.close()

    def _too_long(self) -> tuple[HTTPStatus, str]:
        return (
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"address and headers are longer than {self.head_bytes:,} bytes, the limit",
        )

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Send a refusal, unless an answer is on its way, and end the connection."""
        is_first = len(self._open) < 2 and not any(cycle.response_started for cycle in self._open)
        self._tell()
        if is_first:
            self.transport.write(_plain_answer(status, message))
        with contextlib.suppress(RuntimeError):
            self.transport.close()


def _plain_answer(status: HTTPStatus, message: str) -> bytes:
    """Write a whole answer, where there is no application to give one."""
    headers = {"Connection": "close", "X-Content-Type-Options": "nosniff"}
    answer = error_answer(status, message, headers)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in answer.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(answer.body)])


def guarded(read_seconds: float, most: int | None = None) -> type[GuardedProtocol]:
    """Build the protocol of a service.

    Parameters
    ----------
    read_seconds : float
        How long a client may read nothing; a head may take as long, and never more than ten.
    most : int, optional
        Connections at one time. When left out 1,000, or half of the files that may be open.

    Returns
    -------
    protocol : type
        For ``uvicorn.Config(http=...)``.

    Examples
    --------
    >>> guarded(5.0).head_seconds
    5.0
    """
    limits = {
        "head_seconds": min(read_seconds, GuardedProtocol.head_seconds),
        "read_seconds": read_seconds,
        "most": most or min(GuardedProtocol.most, _open_files() // 2),
    }
    return type("Guarded", (GuardedProtocol,), limits)


def _open_files() -> int:
    """Say how many files may be open; as many as the system allows from now on."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 2 * GuardedProtocol.most
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 4 * GuardedProtocol.most
    wanted = most if hard == resource.RLIM_INFINITY else min(hard, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else soft
