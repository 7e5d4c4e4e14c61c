"""The events of a pattern file: lines of text that say who plays what, when.

Conventions
-----------
A line is places, what sounds, length, velocity; ``#`` begins a comment. Places count from 1.
Whatever is wrong is an `InputError` whose message begins with the place in the file.

Contents
--------
MEMBERS, VOICES, read_textures; require, check_name, check_type
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from melodyai_edu.composition.instruments import drum_of
from melodyai_edu.composition.pattern import TEXTURES, Bar, Event
from melodyai_edu.errors import InputError, MelodyAIError
from melodyai_edu.score import Meter
from melodyai_edu.theory.rhythm import strong_beats

__all__ = ["MEMBERS", "VOICES", "check_name", "check_type", "read_textures", "require"]

#: What a bass event may name: the chord's bass and members, or a step towards the next chord.
MEMBERS = (
    "bass", "root", "third", "fifth", "low fifth", "seventh", "octave", "approach",
    "chromatic",
)  # fmt: skip
#: What an accompaniment event may name; single voices may be joined: ``v1+v3``.
VOICES = ("chord", "upper", "bass", "v1", "v2", "v3", "v4")

_BARS, _EVENTS = 16, 256
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?(\+[0-9]{1,2}/[0-9]{1,2})?")


def require(holds: bool, place: str, requirement: str) -> None:
    """Refuse a file in which something does not hold.

    Parameters
    ----------
    holds : bool
    place, requirement : str
        Together the message.

    Raises
    ------
    InputError
        If it does not hold.
    """
    if not holds:
        raise InputError(f"{place} {requirement}")


def check_name(place: str, key: str, names: Any) -> None:
    """Refuse a name that is not among those known.

    Parameters
    ----------
    place, key : str
    names : iterable of str

    Raises
    ------
    InputError
        If it is unknown; the message lists all and the nearest.
    """
    if key not in names:
        near = get_close_matches(key, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{place}: {key[:60]!r} must be one of: {', '.join(names)}{hint}")


def check_type(place: str, value: object, kind: Any) -> None:
    """Refuse a value of another kind.

    Parameters
    ----------
    place : str
    value : object
    kind : type or tuple of type

    Raises
    ------
    InputError
        If the value is no such thing.
    """
    named = {str: "text", list: "a list", dict: "a table", int: "a whole number"}
    is_right = isinstance(value, kind) and not isinstance(value, bool)
    require(is_right, place, f"must be {named.get(kind, 'a number')}")


def read_textures(
    table: Any, place: str, role: str, meters: tuple[Meter, ...], unit: int
) -> dict[str, tuple[Bar, ...]]:
    """Read the bars of one role.

    Parameters
    ----------
    table : object
        Lists of bars by texture, as the file holds them.
    place : str
        Where it stands in the file.
    role : str
    meters : tuple of Meter
        All of one length.
    unit : int [ticks]
        What places and lengths count.

    Returns
    -------
    textures : dict of str to tuple of Bar

    Raises
    ------
    InputError
        If a word or a number cannot be read; the message says where.

    Examples
    --------
    >>> bars = read_textures({"main": ["1 2.5 bass 1 90"]}, "bass", "bass", (Meter(4, 4),), 24)
    >>> [event.position for event in bars["main"][0]]
    [0, 36]
    """
    check_type(place, table, dict)
    for key, bars in table.items():
        check_name(place, key, TEXTURES)
        check_type(f"{place}.{key}", bars, list)
        require(len(bars) <= _BARS, f"{place}.{key}", f"must have {_BARS} bars or fewer")
    require(bool(table.get("main")), f"{place}.main", "must have a bar or more")
    return {
        texture: tuple(
            _bar(bar, f"{place}.{texture}, bar {number}", role, meters, unit)
            for number, bar in enumerate(bars, 1)
        )
        for texture, bars in table.items()
    }


def _bar(text: Any, place: str, role: str, meters: tuple[Meter, ...], unit: int) -> Bar:
    check_type(place, text, str)
    events: list[Event] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if words:
            events += _line(words, f"{place}, line {number}", role, meters, unit)
        require(len(events) <= _EVENTS, place, f"must have {_EVENTS} events or fewer")
    return tuple(sorted(events))


def _line(
    words: list[str], place: str, role: str, meters: tuple[Meter, ...], unit: int
) -> list[Event]:
    """Read one line: places, what, length, velocity."""
    first = next((n for n, word in enumerate(words) if not word[0].isdigit()), len(words))
    what = " ".join(words[first:-2])
    require(
        first > 0 and bool(what) and words[-1].isascii() and words[-1].isdigit(),
        f"{place}: {' '.join(words)[:80]!r}",
        "must be places, what sounds, its length and its velocity, such as '1 3 bass 1.5 90'",
    )
    _check_what(what, place, role)
    velocity = int(words[-1][:6])
    require(1 <= velocity <= 127, f"{place}: velocity={velocity}", "must be from 1 to 127")
    length = _ticks(words[-2], f"{place}, length", unit)
    bar = meters[0].bar_duration
    require(0 < length <= bar, f"{place}, length {words[-2]}", "must be above 0, at most a bar")
    positions = [_ticks(word, place, unit) - unit for word in words[:first]]
    for word, position in zip(words, positions, strict=False):
        last = bar // unit
        require(0 <= position < bar, f"{place}: place {word}", f"must lie in the bar, 1 to {last}")
        if what in ("approach", "chromatic"):
            is_strong = any(position in strong_beats(meter) for meter in meters)
            require(not is_strong, f"{place}: {what} at place {word}", "must be on a weak beat")
    return [Event(position, length, what, velocity) for position in positions]


def _check_what(what: str, place: str, role: str) -> None:
    if role == "drums":
        try:
            drum_of(what)
        except MelodyAIError as error:
            raise InputError(f"{place}: {error}") from error
        return
    if role == "bass":
        check_name(place, what, MEMBERS)
        return
    for voice in what.split("+"):
        check_name(place, voice, VOICES)


def _ticks(word: str, place: str, unit: int) -> int:
    """Read a number of units such as 1.5 or 2+1/3 [ticks]."""
    require(
        bool(_NUMBER.fullmatch(word)), f"{place}: {word[:20]!r}", "must be a number such as 1.5"
    )
    whole, _, part = word.partition("+")
    numerator, _, denominator = part.partition("/")
    require(not part or int(denominator) > 0, f"{place}: {word!r}", "must not divide by 0")
    ticks = (Fraction(whole) + (Fraction(int(numerator), int(denominator)) if part else 0)) * unit
    require(
        ticks.denominator == 1,
        f"{place}: {word!r}",
        f"must fall on the grid, 1/{unit} of the unit",
    )
    return int(ticks)
