"""What the description of the service says of each route: its name, answers, examples and links.

Conventions
-----------
One table, by method and path; a route that is not in it cannot be described, so none is forgotten.
Which refusals a route has follows from what it takes: a key, a name, a body, time.

Contents
--------
describe
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from melodyai_edu.api import examples, schemas

__all__ = ["describe"]

_HOME = "/v1/compositions/{piece_id}"
_OPEN = ("/healthz", "/readyz")
_REF = "#/components/schemas/{model}"


@dataclass(frozen=True)
class _Route:
    """How a route answers when all is well."""

    name: str
    status: int = 200
    model: type[BaseModel] | None = None
    example: Any = None
    media: str = "application/json"
    may_fail: bool = False


def _made(name: str) -> _Route:
    return _Route(name, 201, schemas.Piece, examples.PIECE, may_fail=True)


def _file(kind: str, media: str) -> _Route:
    return _Route(f"get_piece_{kind}", media=media, may_fail=True)


_ROUTES = {
    ("post", "/v1/compositions"): _made("compose"),
    ("get", "/v1/compositions"): _Route(
        "list_pieces", 200, schemas.Pieces, {"pieces": [examples.LISTED]}
    ),
    ("get", _HOME): _Route("get_piece", 200, schemas.Piece, examples.PIECE),
    ("delete", _HOME): _Route("delete_piece", 204),
    ("get", f"{_HOME}.mid"): _file("mid", "audio/midi"),
    ("get", f"{_HOME}.musicxml"): _file("musicxml", "application/vnd.recordare.musicxml+xml"),
    ("get", f"{_HOME}.wav"): _file("wav", "audio/wav"),
    ("get", f"{_HOME}.svg"): _file("svg", "image/svg+xml"),
    ("get", f"{_HOME}/stems.zip"): _file("stems", "application/zip"),
    ("get", f"{_HOME}/player"): _file("player", "text/html"),
    ("post", f"{_HOME}/regenerate"): _made("regenerate"),
    ("post", "/v1/harmonisations"): _made("harmonise"),
    ("get", "/v1/jobs/{job_id}"): _Route("get_job", 200, schemas.Job, examples.JOB),
    ("delete", "/v1/jobs/{job_id}"): _Route(
        "cancel_job", 200, schemas.Job, {**examples.ACCEPTED, "state": "cancelled"}
    ),
    ("post", "/v1/ratings"): _Route("rate", 201, schemas.Rated, examples.RATED),
    ("get", "/v1/raters/me"): _Route("get_my_ratings", 200, schemas.MyRatings, examples.MINE),
    ("delete", "/v1/raters/me"): _Route("erase_my_ratings", 200, schemas.Erased, examples.ERASED),
    ("get", "/v1/genres"): _Route("list_genres", 200, schemas.Genres, examples.GENRES),
    ("get", "/v1/moods"): _Route("list_moods", 200, schemas.Moods, examples.MOODS),
    ("get", "/v1/rules"): _Route("list_rules", 200, schemas.Rules, examples.RULES),
    ("get", "/v1/models"): _Route("list_models", 200, schemas.Models, examples.MODELS),
    ("get", "/healthz"): _Route("get_health", 200, schemas.Status, {"status": "ok"}),
    ("get", "/readyz"): _Route("get_readiness", 200, schemas.Status, {"status": "ready"}),
    ("get", "/metrics"): _Route(
        "get_metrics", example="melodyai_queue_length 0.0", media="text/plain"
    ),
}


def describe(schema: dict[str, Any], *, needs_key: bool) -> dict[str, Any]:
    """Complete the description that the framework writes.

    Parameters
    ----------
    schema : dict
        OpenAPI; it is changed.
    needs_key : bool
        Whether callers need keys.

    Returns
    -------
    schema : dict

    Raises
    ------
    KeyError
        If a route is not in the table.
    """
    components: dict[str, Any] = {"schemas": _models()}
    if needs_key:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schema["components"] = components
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method, path, _ROUTES[method, path])
            if needs_key and path not in _OPEN:
                operation["security"] = [{"key": []}]
    return schema


def _models() -> dict[str, Any]:
    models = [route.model for route in _ROUTES.values() if route.model is not None]
    wanted: dict[type[BaseModel], None] = dict.fromkeys([*models, schemas.Accepted, schemas.Error])
    _, found = models_json_schema([(model, "serialization") for model in wanted], ref_template=_REF)
    return dict(found["$defs"])


def _complete(operation: dict[str, Any], method: str, path: str, route: _Route) -> None:
    operation["operationId"] = route.name
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            parameter["schema"] = examples.NAME
    parameters += examples.headers(route.name)
    answers = {str(route.status): _good(route)}
    if path in ("/v1/genres", "/v1/moods", "/v1/rules", "/v1/models"):
        answers["304"] = {"description": "You have it already; see ETag"}
    if route.model is schemas.Piece and method == "post":
        accepted = _content(schemas.Accepted, examples.ACCEPTED)
        accepted |= {"description": "A job; see Location", "links": examples.JOB_LINKS}
        answers["202"] = accepted
    for status in _refusals(path, route, has_body="requestBody" in operation):
        answers[str(status)] = examples.refusal(status)
    operation["responses"] = dict(sorted(answers.items()))


def _good(route: _Route) -> dict[str, Any]:
    """Describe the answer when all is well."""
    answer: dict[str, Any] = {"description": "Done"}
    if route.model is not None:
        answer |= _content(route.model, route.example)
    elif route.status != 204:
        answer["content"] = {route.media: {"schema": {"type": "string"}}}
        if route.example:
            answer["content"][route.media]["example"] = route.example
    if route.status == 201 and route.model is schemas.Piece:
        answer["links"] = examples.PIECE_LINKS
    return answer


def _content(model: type[BaseModel], example: Any) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=model.__name__)}
    return {"content": {"application/json": {"schema": schema, "example": example}}}


def _refusals(path: str, route: _Route, *, has_body: bool) -> list[int]:
    """Say how a route may refuse."""
    found = [400, 421]
    if path not in _OPEN:
        found += [401, 403, 429]
    if "{" in path or route.name == "rate":
        found += [404]
    if has_body:
        found += [408, 413, 415, 422]
    if route.may_fail:
        found += [409, 422]
    if path != "/healthz":
        found += [503]
    return sorted(set(found))
