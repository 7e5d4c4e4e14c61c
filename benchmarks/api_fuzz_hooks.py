"""What Schemathesis needs to know of the service; it is loaded by it, for ``api_fuzz.py``.

What is meant to be right is made cheap and possible: a short piece by the n-gram, mostly with a key
and rules that exist, about half of the names of pieces are of one that is there. What is meant to
be wrong stays as it is.
"""

from __future__ import annotations

import json
import os
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase

PIECE = os.environ.get("API_FUZZ_PIECE", "")
MOST_BARS = 2
LEFT_OUT = ("guidance", "taste", "candidates", "intro", "ending", "corpus")
POSSIBLE: dict[str, list[Any]] = {
    "key": ["D major", "E dorian", "Bb minor", None],
    "meter": ["6/8", "4/4", "3/4", None],
    "form": ["AB", "AABA", None],
    "instruments": [["flute"], ["violin", "acoustic guitar"], ["piano", "drums"], None],
    "arrangement": ["jig", "bossa nova", "waltz", None],
    "rules": [["in_key"], ["max_leap=9", "end_on_tonic"], ["no_copy=5"], []],
}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Make a right request possible, and cheap."""
    name = case.operation.definition.raw.get("operationId")
    if name == "compose" and isinstance(case.body, NotSet):
        case.body, case.media_type = {}, "application/json"
    is_object = isinstance(case.body, dict) and _is_right(case, "BODY")
    if name == "compose" and is_object:
        _shorten(case.body)
    if not PIECE or case.meta is None or case.meta.phase.name == TestPhase.STATEFUL:
        return
    place = case.path_parameters or {}
    wanted = str(place.get("piece_id", ""))
    if name != "delete_piece" and wanted and _draw(wanted, 2) and _is_right(case, "PATH"):
        place["piece_id"] = PIECE
    if name == "rate" and is_object:
        case.body["piece"] = PIECE


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Delete any piece but that one."""
    name = case.operation.definition.raw.get("operationId")
    return name != "delete_piece" or (case.path_parameters or {}).get("piece_id") != PIECE


def _shorten(body: dict[str, Any]) -> None:
    """Have few bars drawn by the n-gram, and most other wishes possible."""
    bars = body.get("bars")
    body["bars"] = min(bars, MOST_BARS) if type(bars) is int else MOST_BARS
    body["model"] = "ngram"
    for name in LEFT_OUT:
        body.pop(name, None)
    for name, values in POSSIBLE.items():
        if name in body and _draw(body, 8):
            body[name] = values[_draw(body[name], len(values))]


def _draw(value: Any, many: int) -> int:
    """Draw a number below ``many``, the same for the same value."""
    return crc32(json.dumps(value, sort_keys=True, default=str).encode("utf-8", "replace")) % many


def _is_right(case: Any, part: str) -> bool:
    """Say whether this part of a request is meant to be right."""
    if case.meta is None:
        return True
    found = case.meta.components.get(ParameterLocation[part])
    return found is None or found.mode == GenerationMode.POSITIVE
