"""The outermost layer: where a request comes from, what every answer carries, what is written down.

Conventions
-----------
Every answer has the security headers, also one to a mistake of ours. Logs are JSON, one line a
request: route and key, never a path with a name in it, a body, or a secret.

Contents
--------
Outer, JsonLines
"""

from __future__ import annotations

import itertools
import json
import logging
import secrets
import time
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from melodyai_edu.api.answers import error_answer
from melodyai_edu.api.metrics import Metrics

__all__ = ["JsonLines", "Outer"]

_log = logging.getLogger("melodyai.api")
_UNTOUCHED = ("GET", "HEAD", "OPTIONS")
_METHODS = (*_UNTOUCHED, "POST", "PUT", "PATCH", "DELETE")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_RAW = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


class JsonLines(logging.Formatter):
    """Writes a log entry as one line of JSON.

    Examples
    --------
    >>> entry = logging.LogRecord("melodyai.api", 20, "", 0, "hello", None, None)
    >>> json.loads(JsonLines().format(entry))["message"]
    'hello'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write an entry, with what was handed in as ``extra={"fields": ...}``."""
        line: dict[str, Any] = {
            "time": _written_time(int(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _JSON.encode(line)


_JSON = json.JSONEncoder(default=str)


@lru_cache(maxsize=8)
def _written_time(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Outer:
    """Middleware around everything.

    Parameters
    ----------
    app : ASGI application
    metrics : Metrics
    hosts : tuple of str
        Names that the service may be called by; all where there are none.
    origins : tuple of str
        Origins whose pages may call.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, hosts: tuple[str, ...], origins: tuple[str, ...]
    ) -> None:
        self.app, self.metrics = app, metrics
        self.hosts, self.origins = hosts, origins
        self._begin, self._numbers = secrets.token_hex(6), itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, if it comes from where it may."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answered = _Answered(send, f"{self._begin}{next(self._numbers):08x}")
        begun = time.perf_counter()
        try:
            refusal = self._refusal(scope)
            if refusal is not None:
                await error_answer(*refusal)(scope, receive, answered)
            else:
                await self.app(scope, receive, answered)
        except Exception:
            _log.exception("request broke", extra={"fields": {"request": answered.name}})
            if not answered.status:
                text = f"something went wrong here; it was written down as {answered.name}"
                await error_answer(500, text)(scope, receive, answered)
        finally:
            self._write_down(scope, answered, time.perf_counter() - begun)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Refuse names that are not ours, and pages of strangers."""
        names = [value for name, value in scope["headers"] if name == b"host"]
        if len(names) > 1:
            return 400, "a request has one Host"
        host = b"".join(names).decode("latin-1")
        if self.hosts and _without_port(host) not in self.hosts:
            return 421, "this service has another name: call it by its own"
        if scope["method"] not in _UNTOUCHED and not self._is_ours(scope, host):
            return 403, "a page from elsewhere may not call this service"
        return None

    def _is_ours(self, scope: Scope, host: str) -> bool:
        """Say whether no page sends this, or one that may."""
        found = (value for name, value in scope["headers"] if name == b"origin")
        origin = next(found, b"").decode("latin-1")
        return not origin or origin in self.origins or _netloc(origin) == host

    def _write_down(self, scope: Scope, answered: _Answered, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.requests.labels(method, route, str(answered.status)).inc()
        self.metrics.request_seconds.labels(route).observe(seconds)
        if answered.status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.metrics.refused.labels(scope.get("state", {}).get("refused", "busy")).inc()
        fields = {
            "request": answered.name,
            "method": method,
            "route": route,
            "status": answered.status,
            "milliseconds": round(seconds * 1000, 1),
            "key": scope.get("state", {}).get("key"),
        }
        _log.info("request", extra={"fields": fields})


def _without_port(host: str) -> str:
    head, colon, port = host.rpartition(":")
    return (head if colon and port.isdigit() else host).lower()


def _netloc(origin: str) -> str:
    """Give host and port of an origin; nothing where it is none.

    Examples
    --------
    >>> _netloc("http://localhost:8765"), _netloc("http://[")
    ('localhost:8765', '')
    """
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


class _Answered:
    """Sends an answer with the headers that every answer has."""

    def __init__(self, send: Send, name: str) -> None:
        self._send, self.name, self.status = send, name, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message["headers"])
            known = {name for name, _ in headers}
            headers += [pair for pair in _RAW if pair[0] not in known]
            headers.append((b"x-request-id", self.name.encode()))
            message = {**message, "headers": headers}
        await self._send(message)
