"""What the description of the service shows: schemas and examples of bodies and answers.

Conventions
-----------
OpenAPI 3.1 takes the request's own JSON schema as it is, so nothing is said twice.

Contents
--------
NAME, REFUSALS, composition_body, regeneration_body, rating_body, harmonisation_body, headers,
refusal, and examples
"""

from __future__ import annotations

from typing import Any

from melodyai_edu.api.answers import kind_of
from melodyai_edu.composition import CompositionRequest

__all__ = [
    "NAME",
    "REFUSALS",
    "composition_body",
    "harmonisation_body",
    "headers",
    "rating_body",
    "refusal",
    "regeneration_body",
]

_JIG = {"genre": "jig", "mood": "happy", "key": "D major", "bars": 16, "seed": 7}
_ID, _JOB_ID = "0123456789abcdef01234567", "89abcdef0123456789abcdef"
_TIME = 1_764_000_000.0

#: The name of a piece or of a job.
NAME = {"type": "string", "pattern": "^[0-9a-f]{24}$", "examples": [_ID]}

LISTED = {"id": _ID, "title": "Jig in D major", "created": _TIME}
PIECE = {
    **LISTED,
    "kind": "composition",
    "request": _JIG,
    "facts": {"bars": 16, "key": "D major"},
    "provenance": {"request": _JIG},
    "links": {"mid": f"/v1/compositions/{_ID}.mid"},
}
ACCEPTED = {"id": _JOB_ID, "state": "queued", "location": f"/v1/jobs/{_JOB_ID}"}
JOB = {"id": _JOB_ID, "state": "done", "piece": _ID, "location": f"/v1/compositions/{_ID}"}
RATED = {
    "piece": _ID,
    "kind": "stars",
    "value": 4,
    "word": "lively",
    "rater": "rater-0123456789ab",
    "time": "2026-11-25T10:00:00Z",
}
MINE = {"rater": "rater-0123456789ab", "ratings": []}
ERASED = {"rater": "rater-0123456789ab", "erased": 1}
GENRES = {"genres": [{"name": "jig", "meters": ["6/8", "9/8"]}], "arrangements": ["jig"]}
MOODS = {"moods": {"happy": [0.6, 0.5]}}
RULES = {
    "rules": [
        {
            "layer": "melody",
            "name": "max_leap",
            "sentence": "No leap is wider than this.",
            "example": "max_leap=9",
        }
    ]
}
MODELS = {"models": ["ngram", "melody-small-transformer"]}


def _links(parameter: str, place: str, *operations: str) -> dict[str, Any]:
    found = {"parameters": {parameter: f"$response.body#/{place}"}}
    return {name: {"operationId": name, **found} for name in operations}


_OF_PIECE = (
    "get_piece",
    "get_piece_mid",
    "get_piece_musicxml",
    "get_piece_svg",
    "get_piece_wav",
    "get_piece_stems",
    "get_piece_player",
    "regenerate",
    "delete_piece",
)
_RATE = {"operationId": "rate", "requestBody": {"piece": "$response.body#/id", "stars": 4}}

#: What can be done with a piece that was made, and with a job.
PIECE_LINKS = {**_links("piece_id", "id", *_OF_PIECE), "rate": _RATE}
JOB_LINKS = _links("job_id", "id", "get_job", "cancel_job")

_REFUSALS = {
    400: ("The body, a file or a header is damaged", "the body must be a JSON object"),
    401: ("No right key", "send a key of yours: Authorization: Bearer mai_..."),
    403: ("The key is not for this", "this key may not compose; it is for: read"),
    404: ("There is no such thing of yours", "there is no such piece of yours"),
    408: ("The body took too long", "the body took longer than 30 seconds; send it faster"),
    409: ("The job was cancelled meanwhile", "the job was cancelled"),
    413: ("The body is too long", "the body is longer than 64,000 bytes, the limit"),
    415: ("The body is of another kind", "the body must be JSON"),
    421: ("The service has another name", "this service has another name: call it by its own"),
    422: ("A value cannot be had", "bars=0 must be an integer from 1 to 128"),
    429: ("Too many requests; see Retry-After", "more than 60 per 1 minute: come again in 12 s"),
    503: ("No room; see Retry-After", "all 16 places in the queue are taken"),
}
_WAIT = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "seconds"}}


def refusal(status: int) -> dict[str, Any]:
    """Describe how a request may be refused.

    Examples
    --------
    >>> refusal(404)["content"]["application/json"]["example"]["error"]
    'not_found'
    """
    text, message = _REFUSALS[status]
    schema = {"$ref": "#/components/schemas/Error"}
    example = {"error": kind_of(status), "message": message}
    answer: dict[str, Any] = {
        "description": text,
        "content": {"application/json": {"schema": schema, "example": example}},
    }
    return {**answer, "headers": _WAIT} if status in (429, 503) else answer


#: For routers, before the description is completed.
REFUSALS: dict[int | str, dict[str, Any]] = {}


def headers(operation: str) -> list[dict[str, Any]]:
    """Describe the headers that an operation understands."""
    known = {
        "Prefer": (("compose", "regenerate", "harmonise"), "respond-async", "do not wait for it"),
        "If-None-Match": (
            ("list_genres", "list_moods", "list_rules", "list_models"),
            '"0123456789abcdef0123456789abcdef"',
            "the ETag of what you have",
        ),
    }
    return [
        {"name": name, "in": "header", "required": False, "description": text,
         "schema": {"type": "string"}, "example": example}
        for name, (operations, example, text) in known.items()
        if operation in operations
    ]  # fmt: skip


def _json(schema: dict[str, Any], example: dict[str, Any], *, required: bool = True) -> Any:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": required, "content": content}}


def composition_body() -> Any:
    """Describe the body of a request for a piece."""
    schema = {k: v for k, v in CompositionRequest.json_schema().items() if k != "$schema"}
    return _json(schema, _JIG, required=False)


def regeneration_body() -> Any:
    """Describe what is to be made anew."""
    bar = {"type": "integer", "minimum": 1}
    properties = {
        "bars": {"type": "array", "items": bar, "minItems": 2, "maxItems": 2},
        "module": {"enum": ["harmony", "pitches", "melody", "arrangement"]},
        "seed": {"type": "integer", "minimum": 0},
        "lock": {"type": "array", "items": {"type": "string"}},
    }
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return _json(schema, {"bars": [5, 8], "seed": 3})


def rating_body() -> Any:
    """Describe a rating."""
    properties: dict[str, Any] = {
        "piece": {"type": "string"},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "thumb": {"enum": [1, -1]},
        "better_than": {"type": "string"},
        "word": {"type": "string", "maxLength": 200},
        "action": {"enum": ["shown", "kept", "exported"]},
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["piece"],
        "additionalProperties": False,
    }
    body = _json(schema, {"piece": "0123456789abcdef01234567", "stars": 4, "word": "lively"})
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "description": "the same key again is the same rating, counted once",
    }
    return {**body, "parameters": [key]}


def harmonisation_body() -> Any:
    """Describe a melody that is sent, and what is wanted of it."""
    properties: dict[str, Any] = {
        "melody": {"type": "string", "format": "binary", "description": "MIDI, MusicXML or ABC"},
        "style": {"enum": ["chorale", "folk", "pop", "jazz"], "default": "chorale"},
        "seed": {"type": "integer", "minimum": 0, "default": 0},
        "temperature": {"type": "number", "minimum": 0.1, "maximum": 3, "default": 1},
        "chords": {"type": "string", "examples": ["I | IV V7 | I"]},
        "key": {"type": "string", "examples": ["D major"]},
        "meter": {"type": "string", "examples": ["6/8"]},
        "rules": {"type": "string", "description": "with semicolons between them"},
    }
    schema = {"type": "object", "properties": properties, "required": ["melody"]}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }
