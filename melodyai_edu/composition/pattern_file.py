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
read_pattern, parse_pattern, MEMBERS, VOICES
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from melodyai_edu.composition.instruments import DRUM_KIT, drum_of, instrument_named
from melodyai_edu.composition.pattern import ROLES, TEXTURES, Bar, Event, Groove, Pattern
from melodyai_edu.errors import InputError, MelodyAIError
from melodyai_edu.io.disk import as_path, read_bytes
from melodyai_edu.io.limits import over_limit
from melodyai_edu.score import TICKS_PER_QUARTER, Meter
from melodyai_edu.theory.rhythm import strong_beats

__all__ = ["MEMBERS", "VOICES", "parse_pattern", "read_pattern"]

#: What a bass event may name: the chord's bass and members, or a step towards the next chord.
MEMBERS = (
    "bass", "root", "third", "fifth", "low fifth", "seventh", "octave", "approach",
    "chromatic",
)  # fmt: skip
#: What an accompaniment event may name; single voices may be joined: ``v1+v3``.
VOICES = ("chord", "upper", "bass", "v1", "v2", "v3", "v4")

_BYTES, _GROOVES, _BARS, _EVENTS = 64_000, 16, 16, 256
_FIELDS = {
    "about": str, "genres": list, "usual_in": list, "tempo": list, "swing": (int, float),
    "swing_pair": str, "feel": str, "voices": int, "instruments": dict, "groove": list,
}  # fmt: skip
_FEELS = ("laid back", "even", "driving")
_MOODS = ("happy", "calm", "tense", "sad")
_PLAYERS = ("melody", "counter_melody", *ROLES)
_NUMBER = re.compile(r"\d{1,3}(\.\d{1,4})?(\+\d{1,2}/\d{1,2})?")
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
    fields = _toml(data)
    for key, value in fields.items():
        _known("the file", key, _FIELDS)
        _typed(key, value, _FIELDS[key])
    grooves = fields.get("groove", [])
    _require(0 < len(grooves) <= _GROOVES, "groove", f"must be there, at most {_GROOVES} times")
    tempo = fields.get("tempo", [60, 120])
    is_tempo = len(tempo) == 2 and all(type(value) in (int, float) for value in tempo)
    _require(is_tempo and 20 <= tempo[0] <= tempo[1] <= 400, "tempo", "must be [low, high], 20-400")
    swing, voices = fields.get("swing", 1), fields.get("voices", 3)
    _require(1 <= swing <= 3, "swing", "must be a ratio from 1 (even) to 3 (dotted)")
    _require(2 <= voices <= 4, "voices", "must be 2, 3 or 4 notes in a chord")
    feel = fields.get("feel", "even")
    _require(feel in _FEELS, "feel", f"must be one of: {', '.join(_FEELS)}")
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
        voices=voices,
    )


def _toml(data: bytes) -> dict[str, Any]:
    import tomllib

    if len(data) > _BYTES:
        raise over_limit("bytes", len(data), _BYTES, "a pattern is a page of text")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start} is no UTF-8 text: save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"it must be TOML ({str(error)[:200]})") from error


def _require(holds: bool, place: str, requirement: str) -> None:
    if not holds:
        raise InputError(f"{place} {requirement}")


def _known(place: str, key: str, names: Any) -> None:
    if key not in names:
        near = get_close_matches(key, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{place}: {key[:60]!r} must be one of: {', '.join(names)}{hint}")


def _typed(place: str, value: object, kind: Any) -> None:
    named = {str: "text", list: "a list", dict: "a table", int: "a whole number"}
    is_right = isinstance(value, kind) and not isinstance(value, bool)
    _require(is_right, place, f"must be {named.get(kind, 'a number')}")


def _texts(place: str, values: list[Any]) -> tuple[str, ...]:
    are_names = all(isinstance(value, str) and _NAME.fullmatch(value) for value in values)
    _require(are_names and len(values) <= 64, place, "must be a list of short texts")
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
        _known("instruments", key, (*_PLAYERS, *_MOODS))
        if key in _MOODS:
            _typed(f"instruments.{key}", value, dict)
            for role in value:
                _known(f"instruments.{key}", role, _PLAYERS)
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
    _require(
        (name == DRUM_KIT) == (role == "drums"),
        f"instruments.{place}={value!r}",
        "must be 'drums' for the role drums, and an instrument with pitches for all others",
    )
    return name


def _groove(table: Any, place: str) -> Groove:
    _typed(place, table, dict)
    for key in table:
        _known(place, key, ("meters", "unit", *ROLES))
    names = _texts(f"{place}, meters", table.get("meters", []))
    _require(bool(names), f"{place}, meters", "must name one meter or more, such as ['6/8']")
    try:
        meters = tuple(Meter.parse(name) for name in names)
    except MelodyAIError as error:
        raise InputError(f"{place}: {error}") from error
    lengths = {meter.bar_duration for meter in meters}
    _require(len(lengths) == 1, f"{place}, meters", "must have bars of one length")
    unit = _unit(f"{place}, unit", table.get("unit", "1/4"))
    bars = {role: _textures(table[role], f"{place}, {role}", role, meters, unit)
            for role in ROLES if role in table}  # fmt: skip
    return Groove(meters, bars)


def _textures(
    table: Any, place: str, role: str, meters: tuple[Meter, ...], unit: int
) -> dict[str, tuple[Bar, ...]]:
    _typed(place, table, dict)
    for key, bars in table.items():
        _known(place, key, TEXTURES)
        _typed(f"{place}.{key}", bars, list)
        _require(len(bars) <= _BARS, f"{place}.{key}", f"must have {_BARS} bars or fewer")
    _require(bool(table.get("main")), f"{place}.main", "must have a bar or more")
    return {
        texture: tuple(
            _bar(bar, f"{place}.{texture}, bar {number}", role, meters, unit)
            for number, bar in enumerate(bars, 1)
        )
        for texture, bars in table.items()
    }


def _bar(text: Any, place: str, role: str, meters: tuple[Meter, ...], unit: int) -> Bar:
    _typed(place, text, str)
    events: list[Event] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if words:
            events += _line(words, f"{place}, line {number}", role, meters, unit)
        _require(len(events) <= _EVENTS, place, f"must have {_EVENTS} events or fewer")
    return tuple(sorted(events))


def _line(
    words: list[str], place: str, role: str, meters: tuple[Meter, ...], unit: int
) -> list[Event]:
    """Read one line: places, what, length, velocity."""
    first = next((n for n, word in enumerate(words) if not word[0].isdigit()), len(words))
    what = " ".join(words[first:-2])
    _require(
        first > 0 and bool(what) and words[-1].isascii() and words[-1].isdigit(),
        f"{place}: {' '.join(words)[:80]!r}",
        "must be places, what sounds, its length and its velocity, such as '1 3 bass 1.5 90'",
    )
    _check_what(what, place, role)
    velocity = int(words[-1][:6])
    _require(1 <= velocity <= 127, f"{place}: velocity={velocity}", "must be from 1 to 127")
    length = _ticks(words[-2], f"{place}, length", unit)
    bar = meters[0].bar_duration
    _require(0 < length <= bar, f"{place}, length {words[-2]}", "must be above 0, at most a bar")
    positions = [_ticks(word, place, unit) - unit for word in words[:first]]
    for word, position in zip(words, positions, strict=False):
        last = bar // unit
        _require(0 <= position < bar, f"{place}: place {word}", f"must lie in the bar, 1 to {last}")
        if what in ("approach", "chromatic"):
            is_strong = any(position in strong_beats(meter) for meter in meters)
            _require(not is_strong, f"{place}: {what} at place {word}", "must be on a weak beat")
    return [Event(position, length, what, velocity) for position in positions]


def _check_what(what: str, place: str, role: str) -> None:
    if role == "drums":
        try:
            drum_of(what)
        except MelodyAIError as error:
            raise InputError(f"{place}: {error}") from error
        return
    if role == "bass":
        _known(place, what, MEMBERS)
        return
    for voice in what.split("+"):
        _known(place, voice, VOICES)


def _ticks(word: str, place: str, unit: int) -> int:
    """Read a number of units such as 1.5 or 2+1/3 [ticks]."""
    _require(
        bool(_NUMBER.fullmatch(word)), f"{place}: {word[:20]!r}", "must be a number such as 1.5"
    )
    whole, _, part = word.partition("+")
    numerator, _, denominator = part.partition("/")
    _require(not part or int(denominator) > 0, f"{place}: {word!r}", "must not divide by 0")
    ticks = (Fraction(whole) + (Fraction(int(numerator), int(denominator)) if part else 0)) * unit
    _require(
        ticks.denominator == 1,
        f"{place}: {word!r}",
        f"must fall on the grid, 1/{unit} of the unit",
    )
    return int(ticks)
