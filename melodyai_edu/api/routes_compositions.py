"""Routes that make pieces: compose, regenerate, harmonise; and the jobs behind them.

Conventions
-----------
A short piece is waited for and answered with 201; otherwise the answer is 202, with the job. Who
leaves while a piece is waited for has cancelled it.

Contents
--------
make_router
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from melodyai_edu.api import checking, examples
from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.body import read_json
from melodyai_edu.api.job_table import Job
from melodyai_edu.api.keys import Caller
from melodyai_edu.api.pieces import StoredPiece, new_name
from melodyai_edu.api.service import caller_for, result_of, service_of, wait_for

__all__ = ["make_router"]

_Composer = Annotated[Caller, Depends(caller_for("compose", makes_music=True))]
_Canceller = Annotated[Caller, Depends(caller_for("compose"))]
_Reader = Annotated[Caller, Depends(caller_for("read"))]
_MOST_FIELDS = 10
_MOST_FIELD_BYTES = 10_000


def make_router() -> APIRouter:
    """Build the routes."""
    router = APIRouter(tags=["pieces"])
    router.post(
        "/v1/compositions",
        status_code=201,
        summary="Compose a piece",
        openapi_extra=examples.composition_body(),
    )(_compose)
    router.post(
        "/v1/compositions/{piece_id}/regenerate",
        status_code=201,
        summary="Make bars or a module of a piece anew, as a new piece",
        openapi_extra=examples.regeneration_body(),
    )(_regenerate)
    router.post(
        "/v1/harmonisations",
        status_code=201,
        summary="Harmonise a melody that is sent as a file",
        openapi_extra=examples.harmonisation_body(),
    )(_harmonise)
    router.get("/v1/jobs/{job_id}", summary="Look at a job")(_job)
    router.delete("/v1/jobs/{job_id}", summary="Cancel a job")(_cancel)
    return router


async def _compose(request: Request, caller: _Composer) -> JSONResponse:
    service = service_of(request)
    asked = await run_in_threadpool(checking.check_composition, await read_json(request))
    payload = {"piece": new_name(), "request": asked.to_dict()}
    is_short = asked.bars <= service.settings.answer_bars
    return await _submit(request, caller, "compose", payload, is_waited_for=is_short)


async def _regenerate(request: Request, caller: _Composer, piece_id: str) -> JSONResponse:
    service = service_of(request)
    what = checking.check_regeneration(await read_json(request))
    piece = await run_in_threadpool(service.pieces.get, piece_id, caller.owner)
    if piece.record["provenance"] is None:
        raise Refusal(422, "this piece was harmonised: only one that was composed has such parts")
    payload = {"piece": new_name(), "of": piece.id, "provenance": piece.record["provenance"]}
    return await _submit(request, caller, "regenerate", payload | what)


async def _harmonise(request: Request, caller: _Composer) -> JSONResponse:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "a compressed body is not read; send it as it is")
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Refusal(415, "send the melody in a form: multipart/form-data with a file 'melody'")
    form = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD_BYTES)
    try:
        suffix, data = await _melody(form.get("melody"))
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    finally:
        await form.close()
    asked = checking.check_harmonisation(fields)
    payload = {"piece": new_name(), "suffix": suffix, "asked": asked}
    return await _submit(request, caller, "harmonise", payload, data)


async def _melody(sent: object) -> tuple[str, bytes]:
    """Give what kind of file was sent, by the end of its name, and what is in it."""
    if not isinstance(sent, UploadFile):
        raise Refusal(422, "the form must have a file 'melody': MIDI, MusicXML or ABC")
    suffix = PurePosixPath((sent.filename or "").replace("\\", "/")).suffix.lower()
    if suffix not in checking.UPLOADS:
        known = ", ".join(checking.UPLOADS)
        raise Refusal(422, f"the melody's name must end in one of: {known}")
    return suffix, await sent.read()


def _job(request: Request, caller: _Reader, job_id: str) -> dict[str, Any]:
    return service_of(request).jobs.find(job_id, caller.owner).to_dict()


def _cancel(request: Request, caller: _Canceller, job_id: str) -> dict[str, Any]:
    jobs = service_of(request).jobs
    job = jobs.find(job_id, caller.owner)
    if job.state in ("queued", "running"):
        jobs.cancel(job)
        job.done.wait(5)
    return jobs.find(job_id, caller.owner).to_dict()


async def _submit(
    request: Request,
    caller: Caller,
    task: str,
    payload: dict[str, Any],
    upload: bytes | None = None,
    *,
    is_waited_for: bool = True,
) -> JSONResponse:
    """Put a job into the line, and wait for it if it is short."""
    service = service_of(request)
    job = await run_in_threadpool(service.jobs.submit, caller.owner, task, payload, upload)
    is_waited_for = is_waited_for and "respond-async" not in request.headers.get("prefer", "")
    if is_waited_for and await wait_for(request, job, service.settings.answer_seconds):
        return _made(result_of(job))
    return _accepted(job)


def _made(piece: StoredPiece) -> JSONResponse:
    return JSONResponse(piece.to_dict(), 201, headers={"Location": f"/v1/compositions/{piece.id}"})


def _accepted(job: Job) -> JSONResponse:
    place = f"/v1/jobs/{job.id}"
    answer = {"id": job.id, "state": job.state, "location": place}
    return JSONResponse(answer, 202, headers={"Location": place, "Retry-After": "1"})
