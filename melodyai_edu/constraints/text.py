"""Rules as text: reading note values, bars, pitches and notes, and writing them again.

Conventions
-----------
A note value is a fraction of a whole note, ``1/8``; a rest has an ``r`` before it, ``r1/4``. Bars
count from 1 in text and from 0 in code.

Contents
--------
as_text, make_rule, check_listed, split_list, whole, read_duration, write_duration, read_bars,
write_bars, read_events, write_events
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import TypeVar

from melodyai_edu.constraints.rule import FixedEvent, Rule
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import TICKS_PER_QUARTER, Key, Pitch

__all__ = [
    "as_text",
    "check_listed",
    "make_rule",
    "read_bars",
    "read_duration",
    "read_events",
    "split_list",
    "whole",
    "write_bars",
    "write_duration",
    "write_events",
]

_WHOLE_NOTE = 4 * TICKS_PER_QUARTER
_R = TypeVar("_R", bound=Rule)


def as_text(rule: Rule, value: object) -> str:
    """Read the value of a rule that is given as an object; a number will do.

    Raises
    ------
    ParameterError
        If it is neither text nor a number.

    Examples
    --------
    >>> from melodyai_edu.constraints import parse_rule
    >>> as_text(parse_rule("max_leap=9"), 7)
    '7'
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ParameterError(
            f"{rule.name}={value!r} must be text, as in {type(rule).__name__}"
            f"({rule.example.partition('=')[2]!r})"
        )
    return str(value)


def make_rule(kind: type[_R], text: str) -> _R:
    """Make a rule of harmony from its text, ``name`` or ``name=value``.

    Parameters
    ----------
    kind : type
        The rule's class.
    text : str

    Returns
    -------
    rule : Rule

    Raises
    ------
    ParameterError
        If there is a value where the rule takes none, or none where it needs one.

    Examples
    --------
    >>> from melodyai_edu.constraints.harmony import Chords
    >>> make_rule(Chords, "chords = I V")
    Chords('chords=I V')
    """
    _, equals, value = text.partition("=")
    takes_value = kind.__init__ is not Rule.__init__
    if bool(equals) != takes_value:
        raise ParameterError(f"rule={text!r} must be written as in {kind.example!r}")
    return kind(value.strip()) if takes_value else kind()  # type: ignore[call-arg]


def check_listed(rules: object) -> None:
    """Refuse rules that are not a list of them.

    Parameters
    ----------
    rules : object

    Raises
    ------
    ParameterError
        If it is one text, or nothing that can be gone through.

    Examples
    --------
    >>> check_listed("in_key")
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: rules='in_key' must be a list: ['in_key']
    """
    if isinstance(rules, str):
        raise ParameterError(f"rules={rules!r} must be a list: [{rules!r}]")
    if not isinstance(rules, Iterable):
        raise ParameterError(f"rules={rules!r:.60} must be a list such as ['max_leap=9']")


def split_list(text: str) -> tuple[str, ...]:
    """Split at commas and blanks.

    Examples
    --------
    >>> split_list("I, IV  V7")
    ('I', 'IV', 'V7')
    """
    return tuple(re.split(r"[,\s]+", text.strip())) if text.strip() else ()


def whole(name: str, text: str, low: int, high: int) -> int:
    """Read a whole number.

    Raises
    ------
    ParameterError
        If it is none, or out of range.

    Examples
    --------
    >>> whole("max_leap", "9", 1, 48)
    9
    """
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ParameterError(f"{name}={text!r} must be a whole number from {low} to {high}")
    return number


def read_duration(text: str) -> int:
    """Read a note value such as ``1/8`` [ticks].

    Raises
    ------
    ParameterError
        If it is no note value, or not on the grid.

    Examples
    --------
    >>> read_duration("3/8"), read_duration("1/12")
    (36, 8)
    """
    match = re.fullmatch(r"(\d{1,2})/(\d{1,3})", text.strip())
    ticks = (
        Fraction(int(match[1]), int(match[2])) * _WHOLE_NOTE if match and int(match[2]) else None
    )
    if ticks is None or ticks.denominator != 1 or ticks < 1:
        raise ParameterError(
            f"note value {text!r} must be a fraction of a whole note such as 1/8 (an eighth), 3/8 "
            f"(a dotted quarter) or 1/12 (an eighth of a triplet)"
        )
    return int(ticks)


def write_duration(ticks: int) -> str:
    """Write a length [ticks] as a note value.

    Examples
    --------
    >>> write_duration(36)
    '3/8'
    """
    value = Fraction(ticks, _WHOLE_NOTE)
    return f"{value.numerator}/{value.denominator}"


def read_bars(text: str, first_bar: int = 1) -> tuple[int, ...]:
    """Read bars such as ``1-4,9`` [from 1] as numbers from 0.

    Parameters
    ----------
    text : str
    first_bar : int, default 1
        The lowest number that may stand there; 0 is a pickup.

    Raises
    ------
    ParameterError
        If the text is no list of bars.

    Examples
    --------
    >>> read_bars("1-3,9")
    (0, 1, 2, 8)
    """
    bars: list[int] = []
    for part in split_list(text):
        match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first_bar <= first <= last:
            pickup = "" if first_bar else "; 0 is a pickup"
            raise ParameterError(
                f"bars {text!r} must look like 5, 5-8 or 1-4,9-12, counted from 1{pickup}"
            )
        bars += range(first - 1, last)
    return tuple(dict.fromkeys(bars))


def write_bars(bars: tuple[int, ...]) -> str:
    """Write bars [from 0] as text [from 1].

    Examples
    --------
    >>> write_bars((0, 1, 2, 8))
    '1-3,9'
    """
    runs: list[list[int]] = []
    for bar in bars:
        if runs and runs[-1][1] == bar - 1:
            runs[-1][1] = bar
        else:
            runs.append([bar, bar])
    return ",".join(f"{a + 1}-{b + 1}" if a < b else f"{a + 1}" for a, b in runs)


def read_events(
    text: str, position: int = 0, *, has_pitches: bool = True
) -> tuple[FixedEvent, ...]:
    """Read ``D4 1/8, E4 1/8, r1/4``, or ``1/8 1/8 r1/4`` without pitches.

    Parameters
    ----------
    text : str
    position : int, default 0 [ticks]
        Where the first one begins in its bar.
    has_pitches : bool, default True

    Returns
    -------
    events : tuple of FixedEvent
        Laid end to end; without pitches a note has pitch 0.

    Raises
    ------
    ParameterError
        If a pitch or a note value cannot be read.

    Examples
    --------
    >>> [(event.position, event.duration, event.pitch) for event in read_events("D4 1/8, r1/8")]
    [(0, 12, 62), (12, 12, None)]
    """
    events: list[FixedEvent] = []
    words = list(split_list(text))
    while words:
        word = words.pop(0)
        pitch: int | None = None if word.startswith("r") else 0
        if has_pitches and pitch is not None:
            pitch = Pitch.parse(word).midi
            if not words:
                raise ParameterError(
                    f"notes {text!r} must have a note value after {word!r}: D4 1/8"
                )
            word = words.pop(0)
        duration = read_duration(word.removeprefix("r"))
        events.append(FixedEvent(position, duration, pitch))
        position += duration
    if not events:
        raise ParameterError(f"notes {text!r} must hold at least one: D4 1/8, E4 1/4, r1/8")
    return tuple(events)


def write_events(
    events: tuple[FixedEvent, ...], key: Key | None = None, *, has_pitches: bool = True
) -> str:
    """Write what `read_events` reads.

    Examples
    --------
    >>> write_events(read_events("D4 1/8, r1/8"))
    'D4 1/8 r1/8'
    """
    words: list[str] = []
    for event in events:
        value = write_duration(event.duration)
        if event.pitch is None:
            words.append(f"r{value}")
        elif has_pitches:
            spelling = (key or Key("C")).spell(event.pitch)
            words.append(f"{_name(event.pitch, spelling)} {value}")
        else:
            words.append(value)
    return " ".join(words)


def _name(pitch: int, spelling: str) -> str:
    return Pitch(pitch, spelling).name
