"""Answers that lie ready: written down once, given many times.

Conventions
-----------
An answer is kept as bytes for some seconds, with an ETag of what is in it; who has it already is
told so with 304 and nothing else.

Contents
--------
ReadyAnswer
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["ReadyAnswer"]

_FRESH_SECONDS = 10.0  # what was trained meanwhile is seen then


class ReadyAnswer:
    """An answer as JSON that costs nothing to give.

    Parameters
    ----------
    make : callable
        Gives what is to be answered; it may take its time.
    seconds : float, optional
        After how long it is made again.

    Examples
    --------
    >>> import asyncio
    >>> ready = ReadyAnswer(lambda: {"moods": []})
    >>> request = Request({"type": "http", "headers": []})
    >>> asyncio.run(ready.answer(request)).body
    b'{"moods":[]}'
    """

    def __init__(self, make: Callable[[], dict[str, Any]], seconds: float = _FRESH_SECONDS) -> None:
        self._make, self._seconds = make, seconds
        self._until, self._body, self._tag = 0.0, b"", ""

    async def answer(self, request: Request) -> Response:
        """Give it.

        Parameters
        ----------
        request : Request

        Returns
        -------
        answer : Response
        """
        if time.monotonic() >= self._until:
            if self._body:  # others get what was written last, meanwhile
                self._until = time.monotonic() + self._seconds
            self._keep(await run_in_threadpool(self._make))
        headers = {"ETag": self._tag, "Cache-Control": "private, no-cache"}
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self._body, headers=headers, media_type="application/json")

    def _keep(self, values: dict[str, Any]) -> None:
        self._body = json.dumps(values, separators=(",", ":")).encode()
        self._tag = f'"{sha256(self._body).hexdigest()[:32]}"'
        self._until = time.monotonic() + self._seconds
