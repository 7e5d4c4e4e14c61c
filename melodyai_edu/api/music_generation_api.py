"""The service: an application from settings.

Conventions
-----------
Everything that the application needs is made when it is created, so a wrong setting is told before
the first request; processes are started and ended with it.

Contents
--------
create_app
"""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from melodyai_edu.api import (
    page,
    routes_catalogue,
    routes_compositions,
    routes_files,
    routes_ratings,
)
from melodyai_edu.api.answers import error_answer, status_of
from melodyai_edu.api.body import BodyLimits
from melodyai_edu.api.database import DatabaseError
from melodyai_edu.api.description import describe
from melodyai_edu.api.outer import Outer
from melodyai_edu.api.ready import ReadyAnswer
from melodyai_edu.api.service import Service
from melodyai_edu.api.settings import Settings
from melodyai_edu.errors import MelodyAIError, StorageError
from melodyai_edu.version import __version__

__all__ = ["create_app"]

_log = logging.getLogger("melodyai.api")
_ABOUT = (
    "The same pieces as in a notebook and on the command line: one request, one seed, one piece."
)
_UPLOADS = ("/v1/harmonisations",)

#: Our words for the framework's.
_PLAIN = {
    "Not Found": "there is no such address; see /docs",
    "Method Not Allowed": "this address does not take that method; see /docs",
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service.

    Parameters
    ----------
    settings : Settings, optional
        Everything as usual when left out.

    Returns
    -------
    app : FastAPI
        Works while its lifespan lasts.

    Raises
    ------
    OutputError, InputError
        If the data folder cannot be used.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> app = create_app(Settings(data_folder=pathlib.Path(tempfile.mkdtemp())))
    >>> "/v1/compositions" in app.openapi()["paths"]
    True
    """
    settings = settings or Settings()
    service = Service(settings)
    app = FastAPI(
        title="MelodyAI",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        openapi_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # we have our own of each
    )
    app.state.service = service
    for routes in (routes_files, routes_compositions, routes_ratings, routes_catalogue):
        # not `include_router`: that looks for each request's route in a tree of routers
        app.router.routes.extend(routes.make_router().routes)
    _add_pages(app, is_local=settings.auth == "local")
    _describe(app, is_local=settings.auth == "local")
    app.add_exception_handler(MelodyAIError, _mistake)
    app.add_exception_handler(HTTPException, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(DatabaseError, _busy)
    app.add_exception_handler(StorageError, _busy)
    app.add_exception_handler(ClientDisconnect, _left)
    _add_layers(app, service)
    service.traces.watch(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    await run_in_threadpool(service.start)
    try:
        yield
    finally:
        await run_in_threadpool(service.close)


def _add_layers(app: FastAPI, service: Service) -> None:
    """Put the layers around the routes; the last one is the outermost."""
    settings = service.settings
    app.add_middleware(
        BodyLimits,
        json_bytes=settings.json_bytes,
        upload_bytes=settings.upload_bytes,
        seconds=settings.body_seconds,
        uploads=_UPLOADS,
    )
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "content-type", "idempotency-key", "prefer"],
            expose_headers=["location", "retry-after"],
        )
    app.add_middleware(
        Outer, metrics=service.metrics, hosts=settings.hosts, origins=settings.origins
    )


def _add_pages(app: FastAPI, *, is_local: bool) -> None:
    """Add the page to compose on, for this computer only, and the description."""
    if is_local:
        app.get("/", include_in_schema=False)(page.compose_page)

    described = cache(lambda: page.docs_page(app.openapi()))  # written at the first request
    description = ReadyAnswer(lambda: app.openapi(), seconds=math.inf)

    async def docs() -> Response:
        return page.html_answer(described())

    app.get("/docs", include_in_schema=False)(docs)
    app.get("/openapi.json", include_in_schema=False)(description.answer)


def _describe(app: FastAPI, *, is_local: bool) -> None:
    """Complete the description that the framework writes, once."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(plain(), needs_key=not is_local)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


async def _mistake(_: Request, error: Exception) -> Response:
    assert isinstance(error, MelodyAIError)
    return error_answer(status_of(error), str(error))


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    request.scope.setdefault("state", {})["refused"] = getattr(error, "reason", "busy")
    text = _PLAIN.get(str(error.detail), str(error.detail))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # the framework names one route's only
        path = getattr(request.scope.get("route"), "path", "")
        methods = request.app.openapi()["paths"].get(path, ["get"])
        headers["Allow"] = ", ".join(sorted(method.upper() for method in methods))
    return error_answer(error.status_code, text, headers)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return error_answer(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


async def _left(_: Request, __: Exception) -> Response:
    """Write down that the client left in the middle of a body: nobody reads this answer."""
    return error_answer(408, "the client left")


async def _busy(request: Request, error: Exception) -> Response:
    """Say that the database is locked, or the disk full."""
    request.scope.setdefault("state", {})["refused"] = "store"
    _log.error("the database does not answer: %s", error)
    return error_answer(503, "the store is busy; come again in 5 seconds", {"Retry-After": "5"})
