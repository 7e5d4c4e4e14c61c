"""Routes for ratings: rate, export what is kept of you, erase it.

Conventions
-----------
Who rates is the pseudonym of the key's owner, never a name that was sent. A rating sent twice with
one Idempotency-Key counts once.

Contents
--------
make_router
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from melodyai_edu.api import examples
from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.body import read_json
from melodyai_edu.api.checking import check_rating
from melodyai_edu.api.keys import Caller
from melodyai_edu.api.service import Service, caller_for, service_of
from melodyai_edu.feedback import RatedPiece, rating_of

__all__ = ["make_router"]

_Rater = Annotated[Caller, Depends(caller_for("rate"))]
_LONGEST_KEY = 200


def make_router() -> APIRouter:
    """Build the routes."""
    router = APIRouter(tags=["ratings"], responses=examples.REFUSALS)
    router.post(
        "/v1/ratings",
        status_code=201,
        summary="Rate a piece",
        openapi_extra=examples.rating_body(),
    )(_rate)
    router.get("/v1/raters/me", summary="Give everything that is kept of your ratings")(_export)
    router.delete("/v1/raters/me", summary="Erase all your ratings")(_erase)
    return router


async def _rate(request: Request, caller: _Rater) -> dict[str, Any]:
    service = service_of(request)
    name, said = check_rating(await read_json(request))
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _LONGEST_KEY:
        raise Refusal(422, f"Idempotency-Key must have 1 to {_LONGEST_KEY} characters")
    return await run_in_threadpool(_keep, service, caller, name, said, key)


def _keep(
    service: Service, caller: Caller, name: str, said: dict[str, Any], key: str | None
) -> dict[str, Any]:
    """Write a rating down."""
    piece = _rated(service, caller, name)
    if "better_than" in said:
        said = {**said, "better_than": _rated(service, caller, said["better_than"])}
    mark = None if key is None else hashlib.sha256(f"{caller.rater} {key}".encode()).hexdigest()
    rating = service.ratings.add(rating_of(piece, **said, rater=caller.rater, key=mark))
    service.metrics.ratings.labels(rating.kind).inc()
    return {
        "piece": name,
        "kind": rating.kind,
        "value": rating.value,
        "word": rating.word,
        "rater": rating.rater,
        "time": rating.time,
    }


def _rated(service: Service, caller: Caller, name: str) -> RatedPiece:
    record = service.pieces.get(name, caller.owner).record
    if record["rated"] is None:
        raise Refusal(422, "this piece cannot be rated: its melody is none that we can write down")
    return RatedPiece.from_dict(record["rated"])


def _export(request: Request, caller: _Rater) -> dict[str, Any]:
    service = service_of(request)
    service.audit.write("ratings_exported", key=caller.key, owner=caller.owner)
    return service.ratings.export(caller.rater)


def _erase(request: Request, caller: _Rater) -> dict[str, Any]:
    service = service_of(request)
    erased = service.ratings.erase(caller.rater)
    service.audit.write("ratings_erased", key=caller.key, owner=caller.owner, ratings=erased)
    return {"rater": caller.rater, "erased": erased}
