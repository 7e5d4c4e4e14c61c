"""What the description of the service shows: schemas and examples of bodies and answers.

Conventions
-----------
OpenAPI 3.1 takes the request's own JSON schema as it is, so nothing is said twice.

Contents
--------
composition_body, regeneration_body, rating_body, harmonisation_body, REFUSALS
"""

from __future__ import annotations

from typing import Any

from melodyai_edu.composition import CompositionRequest

__all__ = [
    "REFUSALS",
    "composition_body",
    "harmonisation_body",
    "rating_body",
    "regeneration_body",
]

_JIG = {"genre": "jig", "mood": "happy", "key": "D major", "bars": 16, "seed": 7}


def _answer(text: str, message: str) -> dict[str, Any]:
    example = {"error": "kind", "message": message}
    return {"description": text, "content": {"application/json": {"example": example}}}


#: How a request may be refused.
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _answer("The body or a file is damaged", "the body must be a JSON object"),
    401: _answer("No right key", "send a key of yours: Authorization: Bearer mai_..."),
    403: _answer("The key is not for this", "this key may not compose; it is for: read"),
    404: _answer("There is no such thing of yours", "there is no such piece of yours"),
    413: _answer("The body is too long", "the body is longer than 64,000 bytes, the limit"),
    422: _answer("A value cannot be had", "bars=0 must be an integer from 1 to 128"),
    429: _answer("Too many requests", "more than 60 per 1 minute: come again in 12 seconds"),
    503: _answer("No room; see Retry-After", "all 16 places in the queue are taken"),
}


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
