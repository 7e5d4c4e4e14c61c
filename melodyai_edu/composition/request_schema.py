"""A request described for other programs, as a JSON schema.

Conventions
-----------
Draft 2020-12. Types come from the fields' annotations, sentences from the class's own description,
choices from what the composer offers; so nothing is said twice.

Contents
--------
request_schema
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from melodyai_edu.composition import library
from melodyai_edu.composition.pattern import HARMONY_STYLES
from melodyai_edu.composition.pattern_library import list_patterns
from melodyai_edu.composition.request_values import MODULES
from melodyai_edu.composition.taste import MAX_CANDIDATES
from melodyai_edu.features.mood import MOODS

if TYPE_CHECKING:
    from melodyai_edu.composition.request import CompositionRequest

__all__ = ["request_schema"]

_PLACE = {
    "type": "array",
    "items": {"type": "number", "minimum": -1, "maximum": 1},
    "minItems": 2,
    "maxItems": 2,
}
_TEXTS = {"type": "array", "items": {"type": "string"}}


def _types() -> dict[str, dict[str, Any]]:
    """Give what each field may be, besides null."""
    whole = {"type": "integer"}
    return {
        "genre": {"enum": list(library.offered_genres())},
        "mood": {"anyOf": [{"enum": list(MOODS)}, _PLACE]},
        "key": {"type": "string", "examples": ["D major", "E dorian"]},
        "meter": {"enum": list(library.offered_meters())},
        "bars": whole | {"minimum": 1, "maximum": 128},
        "tempo": {"type": "number", "minimum": 20, "maximum": 400},
        "seed": whole | {"minimum": 0, "maximum": 2**63},
        "temperature": {"type": "number", "minimum": 0.1, "maximum": 3},
        "instruments": _TEXTS | {"minItems": 1, "maxItems": 16},
        "arrangement": {"type": "string", "examples": list(list_patterns())},
        "harmony": {"enum": list(HARMONY_STYLES)},
        "counter_melody": {"type": "boolean"},
        "humanise": {"type": "boolean"},
        "intro": whole | {"minimum": 0, "maximum": 16},
        "ending": whole | {"minimum": 0, "maximum": 16},
        "corpus": {"type": "string"},
        "model": {"type": "string"},
        "guidance": {"type": "number", "minimum": 1, "maximum": 5},
        "taste": {"type": "string"},
        "candidates": whole | {"minimum": 1, "maximum": MAX_CANDIDATES},
        "form": {"type": "string", "examples": ["AABB", "AABA"]},
        "rules": _TEXTS,
        "seeds": {"type": "object", "properties": {name: whole for name in MODULES}}
        | {"additionalProperties": False},
    }


def request_schema(cls: type[CompositionRequest]) -> dict[str, Any]:
    """Describe a request; see `CompositionRequest.json_schema`."""
    sentences, types = _sentences(inspect.getdoc(cls) or ""), _types()
    properties = {}
    for field in fields(cls):
        default = None if field.default is MISSING else field.default
        plain = {} if field.name == "seeds" else default
        of_field = types[field.name]
        if default is None:
            of_field = {"anyOf": [of_field, {"type": "null"}]} | _bounds(of_field)
        properties[field.name] = {
            **of_field,
            "description": sentences[field.name],
            "default": list(plain) if isinstance(plain, tuple) else plain,
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CompositionRequest",
        "description": "A piece to be composed.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _bounds(of_field: dict[str, Any]) -> dict[str, Any]:
    """Keep the examples in sight."""
    return {"examples": of_field["examples"]} if "examples" in of_field else {}


def _sentences(text: str) -> dict[str, str]:
    """Read what a docstring says of each parameter."""
    section = text.split("Parameters\n----------\n")[1].split("\nRaises\n")[0]
    found = {}
    for names, body in re.findall(r"^([\w, ]+) : .*\n((?:    .*\n?|\n)+)", section, re.MULTILINE):
        for name in names.split(", "):
            found[name] = " ".join(body.split())
    return found
