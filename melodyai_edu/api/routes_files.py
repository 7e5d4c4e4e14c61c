"""Routes that give pieces: as JSON, and as files.

Conventions
-----------
A file that was not made yet is made in a worker, and kept. Nobody but the owner of a piece learns
that it exists.

Contents
--------
make_router
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from melodyai_edu.api import examples
from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.keys import Caller
from melodyai_edu.api.pieces import FORMATS, LARGEST_HELD, PieceStore, StoredPiece, file_name
from melodyai_edu.api.service import caller_for, result_of, service_of, wait_for

__all__ = ["make_router"]

_Reader = Annotated[Caller, Depends(caller_for("read"))]
_Composer = Annotated[Caller, Depends(caller_for("compose"))]
_RENDER_SECONDS = 30.0
_HOME = "/v1/compositions/{piece_id}"

#: The player may run its own scripts and sound, and nothing else; its page says which scripts.
_PLAYER_POLICY = "sandbox allow-scripts; frame-ancestors 'self'"


def make_router() -> APIRouter:
    """Build the routes; those with a suffix come before the one without."""
    router = APIRouter(tags=["pieces"], responses=examples.REFUSALS)
    router.get("/v1/compositions", summary="List your last pieces")(_list)
    for suffix in ("mid", "musicxml", "wav", "svg"):
        _add_file(router, f"{_HOME}.{suffix}", suffix)
    _add_file(router, f"{_HOME}/stems.zip", "stems")
    _add_file(router, f"{_HOME}/player", "player")
    router.get(_HOME, summary="Give a piece as JSON")(_piece)
    router.delete(_HOME, status_code=204, summary="Delete a piece")(_delete)
    return router


def _add_file(router: APIRouter, path: str, kind: str) -> None:
    async def give(request: Request, caller: _Reader, piece_id: str) -> Response:
        return await _file(request, caller, piece_id, kind)

    media = FORMATS[kind].split(";")[0]
    router.get(
        path,
        summary=f"Give a piece as {kind}",
        operation_id=f"get_piece_{kind}",
        response_class=Response,
        responses={200: {"content": {media: {}}}},
    )(give)


def _list(request: Request, caller: _Reader) -> dict[str, Any]:
    return {"pieces": service_of(request).pieces.list(caller.owner)}


async def _piece(request: Request, caller: _Reader, piece_id: str) -> Response:
    service = service_of(request)
    piece = await service.read(service.pieces.get, piece_id, caller.owner)
    return JSONResponse(piece.to_dict())


def _delete(request: Request, caller: _Composer, piece_id: str) -> Response:
    service = service_of(request)
    service.pieces.delete(piece_id, caller.owner)
    service.audit.write("piece_deleted", key=caller.key, owner=caller.owner, piece=piece_id)
    return Response(status_code=204)


async def _file(request: Request, caller: Caller, piece_id: str, kind: str) -> Response:
    service = service_of(request)
    pieces = service.pieces
    piece, opened = await service.read(_opened, pieces, piece_id, caller.owner, kind)
    if opened is None:
        await _render(request, caller, piece, kind)
        piece, opened = await service.read(_opened, pieces, piece_id, caller.owner, kind)
    if opened is None:
        raise Refusal(404, "there is no such piece of yours any more")
    size, data = opened
    headers = {"Content-Length": str(size)}
    if kind == "player":
        headers["Content-Security-Policy"] = _PLAYER_POLICY
    else:
        headers["Content-Disposition"] = f'attachment; filename="{_offered_name(piece.id, kind)}"'
    if isinstance(data, bytes):
        return Response(data, headers=headers, media_type=FORMATS[kind])
    return StreamingResponse(data, headers=headers, media_type=FORMATS[kind])


def _opened(
    pieces: PieceStore, name: str, owner: str, kind: str
) -> tuple[StoredPiece, tuple[int, bytes | Iterator[bytes]] | None]:
    """Give a piece, and the size of a file of it with what is in it, whole if it is small."""
    piece = pieces.get(name, owner)
    opened = pieces.open_file(piece.id, kind)
    if opened is None:
        return piece, None
    stored, chunks = opened
    return piece, (stored.size, b"".join(chunks) if stored.size <= LARGEST_HELD else chunks)


def _offered_name(name: str, kind: str) -> str:
    return f"{name}-stems.zip" if kind == "stems" else f"{name}.{kind}"


async def _render(request: Request, caller: Caller, piece: StoredPiece, kind: str) -> None:
    """Have a file made, while the client waits."""
    service = service_of(request)
    payload = {
        "piece": piece.id,
        "format": kind,
        "provenance": piece.record["provenance"],
        "file": file_name(piece.id, kind),
        "storage": service.settings.storage_url,
    }
    midi = None
    if payload["provenance"] is None:
        midi = await run_in_threadpool(service.pieces.midi, piece.id)
    job = await run_in_threadpool(service.jobs.submit, caller.owner, "render", payload, midi)
    if not await wait_for(request, job, _RENDER_SECONDS):
        raise Refusal(503, "the file is still being made; come again in 5 seconds", 5, "late")
    result_of(job)
