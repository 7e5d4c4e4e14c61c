"""Read an accompaniment pattern from its file.

Conventions
-----------
A pattern file is TOML. Places and lengths are counted in the groove's ``unit``, a note value: with
``unit = "1/8"`` the bar of 6/8 has the places 1 to 6. An event is a line of text::

    1 3      bass drum 1   0.5  96
    places   what          length  velocity

docs/patterns.md explains each word. Whatever is wrong is one `InputError` that names the file, the
place in it and what is required.

Contents
--------
read_pattern, parse_pattern
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from melodyai_edu.composition.instruments import DRUM_KIT, instrument_named
from melodyai_edu.composition.pattern import HARMONY_STYLES, ROLES, Groove, Pattern
from melodyai_edu.composition.pattern_events import (
    check_name,
    check_type,
    read_textures,
    require,
)
from melodyai_edu.errors import InputError, MelodyAIError
from melodyai_edu.io.disk import as_path, read_bytes
from melodyai_edu.io.toml import read_toml
from melodyai_edu.score import TICKS_PER_QUARTER, Meter

__all__ = ["parse_pattern", "read_pattern"]

_BYTES, _GROOVES = 64_000, 16
_FIELDS = {
    "about": str, "genres": list, "usual_in": list, "tempo": list, "swing": (int, float),
    "swing_pair": str, "feel": str, "harmony": str, "voices": int, "instruments": dict,
    "groove": list,
}  # fmt: skip
_FEELS = ("laid back", "even", "driving")
_MOODS = ("happy", "calm", "tense", "sad")
_PLAYERS = ("melody", "counter_melody", *ROLES)
_NAME = re.compile(r"[^\x00-\x1f]{1,60}")


def read_pattern(path: str | os.PathLike[str]) -> Pattern:
    """Read a pattern file.

    Parameters
    ----------
    path : path

    Returns
    -------
    pattern : Pattern
        Named like the file, with spaces for underscores.

    Raises
    ------
    InputError
        If the file is missing, too large or no pattern; the message names file, place and
        requirement.
    """
    file = as_path(path, InputError)
    try:
        return parse_pattern(read_bytes(file, _BYTES), file.stem.replace("_", " "))
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error


def parse_pattern(data: bytes, name: str) -> Pattern:
    """Make a pattern of the text of its file.

    Parameters
    ----------
    data : bytes
        TOML in UTF-8.
    name : str
        The pattern's name.

    Returns
    -------
    pattern : Pattern

    Raises
    ------
    InputError
        If it is no pattern; the message names place and requirement.

    Examples
    --------
    >>> text = b'''about = "One chord a bar."
    ... [[groove]]
    ... meters = ["3/4"]
    ... unit = "1/4"
    ... [groove.accompaniment]
    ... main = ["1  chord  3  70"]'''
    >>> pattern = parse_pattern(text, "held")
    >>> pattern.groove(Meter(3, 4)).bar("accompaniment", "main", 0)
    (Event(position=0, duration=72, what='chord', velocity=70),)
    """
    fields = read_toml(data, _BYTES)
    for key, value in fields.items():
        check_name("the file", key, _FIELDS)
        check_type(key, value, _FIELDS[key])
    grooves = fields.get("groove", [])
    require(0 < len(grooves) <= _GROOVES, "groove", f"must be there, at most {_GROOVES} times")
    tempo = fields.get("tempo", [60, 120])
    is_tempo = len(tempo) == 2 and all(type(value) in (int, float) for value in tempo)
    require(is_tempo and 20 <= tempo[0] <= tempo[1] <= 400, "tempo", "must be [low, high], 20-400")
    swing, voices = fields.get("swing", 1), fields.get("voices", 3)
    require(1 <= swing <= 3, "swing", "must be a ratio from 1 (even) to 3 (dotted)")
    require(2 <= voices <= 4, "voices", "must be 2, 3 or 4 notes in a chord")
    feel = fields.get("feel", "even")
    require(feel in _FEELS, "feel", f"must be one of: {', '.join(_FEELS)}")
    harmony = fields.get("harmony", "folk")
    require(harmony in HARMONY_STYLES, "harmony", f"must be one of: {', '.join(HARMONY_STYLES)}")
    return Pattern(
        name,
        about=fields.get("about", ""),
        genres=_texts("genres", fields.get("genres", [])),
        usual_in=_texts("usual_in", fields.get("usual_in", [])),
        grooves=tuple(_groove(groove, f"groove {n}") for n, groove in enumerate(grooves, 1)),
        instruments=_instruments(fields.get("instruments", {})),
        tempo=(float(tempo[0]), float(tempo[1])),
        swing=float(swing),
        swing_pair=_unit("swing_pair", fields.get("swing_pair", "1/4")),
        feel=feel,
        harmony=harmony,
        voices=voices,
    )


def _texts(place: str, values: list[Any]) -> tuple[str, ...]:
    are_names = all(isinstance(value, str) and _NAME.fullmatch(value) for value in values)
    require(are_names and len(values) <= 64, place, "must be a list of short texts")
    return tuple(values)


def _unit(place: str, text: object) -> int:
    """Read a note value [ticks]."""
    match = re.fullmatch(r"1/(1|2|4|8|16|32)", text) if isinstance(text, str) else None
    if match is None:
        raise InputError(f"{place}={text!r} must be a note value from '1/1' to '1/32'")
    return 4 * TICKS_PER_QUARTER // int(match[1])


def _instruments(table: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Read who plays what, by mood."""
    found: dict[str, dict[str, str]] = {"": {}}
    for key, value in table.items():
        check_name("instruments", key, (*_PLAYERS, *_MOODS))
        if key in _MOODS:
            check_type(f"instruments.{key}", value, dict)
            for role in value:
                check_name(f"instruments.{key}", role, _PLAYERS)
            found[key] = {role: _player(f"{key}.{role}", role, value[role]) for role in value}
        else:
            found[""][key] = _player(key, key, value)
    return found


def _player(place: str, role: str, value: object) -> str:
    if value in ("", "none"):
        return ""
    try:
        name = instrument_named(value if isinstance(value, str) else "")
    except MelodyAIError as error:
        raise InputError(f"instruments.{place}: {error}") from error
    require(
        (name == DRUM_KIT) == (role == "drums"),
        f"instruments.{place}={value!r}",
        "must be 'drums' for the role drums, and an instrument with pitches for all others",
    )
    return name


def _groove(table: Any, place: str) -> Groove:
    check_type(place, table, dict)
    for key in table:
        check_name(place, key, ("meters", "unit", *ROLES))
    check_type(f"{place}, meters", table.get("meters", []), list)
    names = _texts(f"{place}, meters", table.get("meters", []))
    require(bool(names), f"{place}, meters", "must name one meter or more, such as ['6/8']")
    try:
        meters = tuple(Meter.parse(name) for name in names)
    except MelodyAIError as error:
        raise InputError(f"{place}: {error}") from error
    lengths = {meter.bar_duration for meter in meters}
    require(len(lengths) == 1, f"{place}, meters", "must have bars of one length")
    unit = _unit(f"{place}, unit", table.get("unit", "1/4"))
    bars = {role: read_textures(table[role], f"{place}, {role}", role, meters, unit)
            for role in ROLES if role in table}  # fmt: skip
    return Groove(meters, bars)
