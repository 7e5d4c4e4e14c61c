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

import json
import logging
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from melodyai_edu.api.answers import error_answer
from melodyai_edu.api.metrics import Metrics

__all__ = ["JsonLines", "Outer"]

_log = logging.getLogger("melodyai.api")
_UNTOUCHED = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


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
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, if it comes from where it may."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answered = _Answered(send, secrets.token_hex(8))
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
        headers = Headers(scope=scope)
        names = headers.getlist("host")
        if len(names) > 1:
            return 400, "a request has one Host"
        host = "".join(names)
        if self.hosts and _without_port(host) not in self.hosts:
            return 421, "this service has another name: call it by its own"
        origin = headers.get("origin", "")
        is_ours = not origin or origin in self.origins or _netloc(origin) == host
        if scope["method"] not in _UNTOUCHED and not is_ours:
            return 403, "a page from elsewhere may not call this service"
        return None

    def _write_down(self, scope: Scope, answered: _Answered, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.requests.labels(method, route, str(answered.status)).inc()
        self.metrics.request_seconds.labels(route).observe(seconds)
        fields = {
            "request": answered.name,
            "method": method,
            "route": route,
            "status": answered.status,
            "milliseconds": round(seconds * 1000, 1),
            "key": scope.get("state", {}).get("key"),
        }
        _log.info("request", extra={"fields": fields})


_METHODS = (*_UNTOUCHED, "POST", "PUT", "PATCH", "DELETE")


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
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self.name
        await self._send(message)
