"""Bodies of requests: counted while they stream, and JSON that is only JSON.

Conventions
-----------
A limit holds whatever the headers say: bytes are counted as they come, by the clock. JSON has no
NaN, no name twice, no number without end, no depth without end, and its text can be written down
again.

Contents
--------
BodyLimits, read_json, parse_json
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from melodyai_edu.api.answers import Refusal

__all__ = ["BodyLimits", "parse_json", "read_json"]

_DEEPEST = 64
_LONGEST_NUMBER = 100  # characters
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class BodyLimits:
    """Middleware that ends a body which is too long or too slow.

    Parameters
    ----------
    app : ASGI application
    json_bytes, upload_bytes : int [bytes]
        The longest body, and the longest at a path of ``uploads``.
    seconds : float
        How long a body may take.
    uploads : tuple of str
        Paths that take files.
    """

    def __init__(
        self,
        app: ASGIApp,
        json_bytes: int,
        upload_bytes: int,
        seconds: float,
        uploads: tuple[str, ...] = (),
    ) -> None:
        self.app, self.json_bytes, self.upload_bytes = app, json_bytes, upload_bytes
        self.seconds, self.uploads = seconds, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.upload_bytes if scope["path"] in self.uploads else self.json_bytes
        await self.app(scope, _Counted(receive, limit, self.seconds), send)


class _Counted:
    """Receives a body until it is whole, and then whatever comes."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive, self._limit, self._seconds = receive, limit, seconds
        self._end: float | None = None
        self._count, self._is_whole = 0, False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()
        now = time.monotonic()
        self._end = now + self._seconds if self._end is None else self._end
        try:
            message = await asyncio.wait_for(self._receive(), max(self._end - now, 0.0))
        except TimeoutError as error:
            raise Refusal(
                408, f"the body took longer than {self._seconds:g} seconds; send it faster"
            ) from error
        self._count += len(message.get("body", b""))
        if self._count > self._limit:
            raise Refusal(
                413, f"the body is longer than {self._limit:,} bytes, the limit; send less"
            )
        self._is_whole = not message.get("more_body", False)
        return message


async def read_json(request: Request) -> dict[str, Any]:
    """Read a JSON object from a request.

    Parameters
    ----------
    request : Request

    Returns
    -------
    values : dict
        Empty where there is no body.

    Raises
    ------
    Refusal
        400 if it is no such object, 415 if it says that it is something else.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "a compressed body is not read; send it as it is")
    body = await request.body()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" and (body or kind):
        raise Refusal(415, "the body must be JSON, with content-type: application/json")
    return parse_json(body) if body else {}


def parse_json(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    values : dict

    Raises
    ------
    Refusal
        400 with what is wrong.

    Examples
    --------
    >>> parse_json(b'{"bars": 8}')
    {'bars': 8}
    >>> parse_json(b'{"bars": NaN}')
    Traceback (most recent call last):
    melodyai_edu.api.answers.Refusal: 400: NaN is no JSON: leave it out
    """
    try:
        text = body.decode("utf-8")
        _check_depth(text)
        values = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_fraction,
            object_pairs_hook=_object,
        )
        json.dumps(values, ensure_ascii=False).encode("utf-8")  # half a character cannot be
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise Refusal(400, f"the body must be text in UTF-8 ({error.reason})") from error
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body must be a JSON object ({error})") from error
    if not isinstance(values, dict):
        raise Refusal(400, 'the body must be a JSON object, such as {"genre": "jig"}')
    return values


def _check_depth(text: str) -> None:
    """Count brackets outside of texts, before anything recurses."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        mark = match[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > _DEEPEST:
            raise Refusal(400, f"the body is nested deeper than {_DEEPEST} levels, the limit")


def _refuse_constant(name: str) -> float:
    raise Refusal(400, f"{name} is no JSON: leave it out")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: readers differ in which one counts."""
    values = dict(pairs)
    if len(values) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise Refusal(400, f"the name {twice[:40]!r} stands twice in one object; leave one out")
    return values


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise Refusal(400, f"a number has {len(digits):,} digits; the limit is {_LONGEST_NUMBER}")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if len(digits) > _LONGEST_NUMBER or not math.isfinite(value):
        raise Refusal(400, f"the number {digits[:20]!r} is too large or too long")
    return value
