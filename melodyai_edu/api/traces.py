"""Traces of requests and jobs, for those who collect them; off when no address is set.

Conventions
-----------
Spans carry routes, tasks and times; no body, key or name of a piece. A job's span hangs below that
of the request it came from, also when another replica does it.

Contents
--------
Traces
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import MissingDependencyError
from melodyai_edu.version import __version__

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["Traces"]

_CARRIED = "trace"
_TOLD = {
    "http.method", "http.route", "http.scheme", "http.flavor", "http.status_code",
    "http.request.method", "http.response.status_code", "network.protocol.version", "url.scheme",
}  # fmt: skip
_UNTRACED = "healthz,readyz,metrics"


class Traces:
    """OpenTelemetry, or nothing.

    Parameters
    ----------
    endpoint : str
        Of a collector that takes OTLP over HTTP, such as ``http://localhost:4318/v1/traces``; empty
        for nothing.

    Raises
    ------
    MissingDependencyError
        If it is asked for and its packages are not there.

    Examples
    --------
    >>> traces = Traces("")
    >>> traces.carried()
    {}
    >>> with traces.span("job compose", {}):
    ...     pass
    """

    def __init__(self, endpoint: str) -> None:
        self._provider = _provider(endpoint) if endpoint else None
        self._tracer = self._provider.get_tracer("melodyai") if self._provider else None

    def watch(self, app: FastAPI) -> None:
        """Make a span of every request."""
        if self._provider is not None:
            from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

            FastAPIInstrumentor.instrument_app(
                app,
                tracer_provider=self._provider,
                excluded_urls=_UNTRACED,
                server_request_hook=_forget_who,
            )

    def carried(self) -> dict[str, Any]:
        """Give what a job keeps of the request that it came from."""
        if self._tracer is None:
            return {}
        from opentelemetry.propagate import inject

        carrier: dict[str, str] = {}
        inject(carrier)
        return {_CARRIED: carrier}

    @contextlib.contextmanager
    def span(self, name: str, payload: dict[str, Any]) -> Iterator[None]:
        """Make a span of what is inside.

        Parameters
        ----------
        name : str
        payload : dict
            Of a job: with what `carried` gave.
        """
        if self._tracer is None:
            yield
            return
        from opentelemetry.propagate import extract

        with self._tracer.start_as_current_span(name, context=extract(payload.get(_CARRIED, {}))):
            yield

    def close(self) -> None:
        """Send what was not sent yet."""
        if self._provider is not None:
            self._provider.shutdown()


def _forget_who(span: Any, _: dict[str, Any]) -> None:
    """Empty what names a caller or a piece: addresses, programs, paths as they were asked for."""
    if not span.is_recording():
        return
    for name in set(span.attributes or ()) - _TOLD:
        span.set_attribute(name, "")


def _provider(endpoint: str) -> Any:
    try:
        import_module("opentelemetry.instrumentation.fastapi")
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingDependencyError(
            'traces need OpenTelemetry; install it with: pip install "melodyai-edu[traces]"'
        ) from error
    about = Resource.create({"service.name": "melodyai", "service.version": __version__})
    provider = TracerProvider(resource=about)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
