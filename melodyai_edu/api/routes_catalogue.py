"""Routes that say what can be asked for, and how the service is.

Conventions
-----------
Health says that the process answers, readiness that it takes work. Both say nothing else, and need
no key. Lists are answered from memory, and are looked up again after some seconds.

Contents
--------
make_router
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.keys import Caller
from melodyai_edu.api.ready import ReadyAnswer
from melodyai_edu.api.service import caller_for, service_of
from melodyai_edu.composition import offered_genres, offered_meters
from melodyai_edu.composition.pattern_library import list_patterns
from melodyai_edu.constraints import rules
from melodyai_edu.features.mood import MOODS
from melodyai_edu.models.saved import find_model, list_models, read_card

__all__ = ["make_router"]

_Reader = Annotated[Caller, Depends(caller_for("read"))]
_Watcher = Annotated[Caller, Depends(caller_for("metrics"))]


def make_router() -> APIRouter:
    """Build the routes."""
    router = APIRouter()
    for name, make, text in (
        ("genres", _genres, "List genres with their meters, and arrangements"),
        ("moods", _moods, "List moods with their places"),
        ("rules", _rules, "List rules that a piece can be held to"),
        ("models", _models, "List models for melodies"),
    ):
        router.get(f"/v1/{name}", tags=["catalogue"], summary=text)(_given(make))
    router.get("/healthz", tags=["service"], summary="Say that the process answers")(_health)
    router.get("/readyz", tags=["service"], summary="Say whether work is taken")(_ready)
    router.get("/metrics", tags=["service"], summary="Give figures for Prometheus")(_metrics)
    return router


def _given(make: Callable[[], dict[str, Any]]) -> Callable[..., Any]:
    """Give a list as bytes, which are written anew after some seconds."""
    kept = ReadyAnswer(make)

    async def give(request: Request, caller: _Reader) -> Response:
        return await kept.answer(request)

    return give


def _genres() -> dict[str, Any]:
    genres = [{"name": name, "meters": offered_meters(name)} for name in offered_genres()]
    return {"genres": genres, "arrangements": list_patterns()}


def _moods() -> dict[str, Any]:
    return {"moods": {name: list(place) for name, place in MOODS.items()}}


def _rules() -> dict[str, Any]:
    return {"rules": [fact._asdict() for fact in rules()]}


def _models() -> dict[str, Any]:
    networks = [name for name in list_models() if read_card(find_model(name)).kind == "melody"]
    return {"models": ["ngram", *networks]}


async def _health() -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


def _ready(request: Request) -> dict[str, str]:
    service = service_of(request)
    service.database.check()
    if not service.jobs.is_working:
        raise Refusal(503, "no work is taken at present", 5)
    return {"status": "ready"}


def _metrics(request: Request, caller: _Watcher) -> Response:
    return Response(service_of(request).metrics.text(), media_type="text/plain; version=0.0.4")
