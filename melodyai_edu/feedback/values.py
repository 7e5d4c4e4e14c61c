"""What the values of a rating may be, and how a wrong one is answered.

Conventions
-----------
Each function gives the value as a rating keeps it, or raises a `ParameterError` that names the
field, the value and what it must be. A rating may come from a stranger's file: every text, list
and JSON object has a limit.

Contents
--------
choice, words, name_text, whole, token_numbers, plain_object, read_json, fields_of, canonical,
utc_text, now
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from melodyai_edu.errors import ParameterError, perhaps
from melodyai_edu.tokens import VOCABULARY

__all__ = [
    "canonical",
    "choice",
    "fields_of",
    "name_text",
    "now",
    "plain_object",
    "read_json",
    "token_numbers",
    "utc_text",
    "whole",
    "words",
]

#: The most that JSON in a rating may hold [characters, levels].
_JSON_BYTES, _JSON_DEPTH = 64_000, 16
#: A piece has 128 bars at most, and no bar a hundred events.
_MOST_TOKENS = 20_000
#: Unicode's categories of what has no place in a line: controls, halves of pairs, line ends.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: Marks that turn the direction of what follows, in which one text looks like another.
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)")


def choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Give a text that is among the choices; suggest near matches of another one.

    Raises
    ------
    ParameterError
        If the value is none of them.

    Examples
    --------
    >>> choice("action", "keep", ["shown", "kept"])
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: action='keep' must be one of: shown, kept (perhaps 'kept'?)
    """
    known = tuple(choices)
    if isinstance(value, str) and value in known:
        return value
    listed = f"{', '.join(known)}{perhaps(value, known)}"
    raise ParameterError(f"{name}={str(value)[:80]!r} must be one of: {listed}")


def words(name: str, value: object, longest: int) -> str:
    """Give a text of one line without blanks around it, possibly empty.

    Raises
    ------
    ParameterError
        If it is no text, too long, or holds control characters.

    Examples
    --------
    >>> words("word", " lively ", 200)
    'lively'
    """
    if not isinstance(value, str):
        raise ParameterError(f"{name}={str(value)[:80]!r} must be text")
    text = unicodedata.normalize("NFC", value[: 4 * longest + 4]).strip()
    if len(text) > longest:
        raise ParameterError(f"{name}={text[:40]!r}... must have at most {longest} characters")
    if any(unicodedata.category(c) in _UNSEEN or c in _BIDIRECTIONAL for c in text):
        raise ParameterError(f"{name}={text[:80]!r} must be one line without control characters")
    return text


def name_text(name: str, value: object, longest: int = 64) -> str:
    """Give a text of one line that is not empty.

    Raises
    ------
    ParameterError
        If it is none.
    """
    text = words(name, value, longest)
    if not text:
        raise ParameterError(f"{name}={value!r} must not be empty")
    return text


def whole(name: str, value: object, choices: Sequence[int]) -> int:
    """Give a whole number that is among the choices; ``True`` is none.

    Raises
    ------
    ParameterError
        If the value is none of them.

    Examples
    --------
    >>> whole("stars", 6, range(1, 6))
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: stars=6 must be an integer: 1, 2, 3, 4, 5
    """
    is_number = hasattr(value, "__index__") and not isinstance(value, bool)
    if not is_number or value not in choices:
        is_long = len(choices) > 9
        listed = f"from {choices[0]} to {choices[-1]}" if is_long else ", ".join(map(str, choices))
        raise ParameterError(
            f"{name}={str(value)[:80]} must be an integer{' ' if is_long else ': '}{listed}"
        )
    return int(value)  # type: ignore[call-overload,no-any-return]


def token_numbers(value: object) -> tuple[int, ...]:
    """Give the token_ids of a melody.

    Raises
    ------
    ParameterError
        If it is no list of places in the vocabulary, is empty, or has more than 20,000.
    """
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise ParameterError(f"token_ids={str(value)[:60]} must be a list of integers")
    if not 0 < len(value) <= _MOST_TOKENS:
        raise ParameterError(f"token_ids must be 1 to {_MOST_TOKENS:,}, are {len(value):,}")
    places = range(len(VOCABULARY))
    return tuple(whole("token_id", token_id, places) for token_id in value)


def plain_object(name: str, value: object) -> dict[str, Any]:
    """Give a JSON object as plain values of its own, so that nobody can change it later.

    Raises
    ------
    ParameterError
        If it is none, is deeper than 16 levels, longer than 64,000 characters, or holds NaN.
    """
    if not isinstance(value, dict):
        raise ParameterError(f"{name}={str(value)[:60]!r} must be a dict")
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(f"{name} must be what JSON can hold ({error})") from error
    plain = read_json(name, text)
    if not isinstance(plain, dict):
        raise ParameterError(f"{name}={str(value)[:60]!r} must be a dict")
    return plain


def read_json(name: str, text: object, longest: int = _JSON_BYTES) -> Any:
    """Read JSON from a stranger.

    Parameters
    ----------
    name : str
    text : object
        Text, or anything else, which is refused.
    longest : int, default 64,000 [characters]

    Returns
    -------
    value : plain values

    Raises
    ------
    ParameterError
        If it is no JSON, too long, too deep, or holds a number that is not finite.

    Examples
    --------
    >>> read_json("rules", '["in_key"]')
    ['in_key']
    """
    if not isinstance(text, str):
        raise ParameterError(f"{name}={str(text)[:60]!r} must be JSON text")
    if len(text) > longest:
        raise ParameterError(f"{name} has {len(text):,} characters of JSON, limit {longest:,}")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"{name}={text[:60]!r} must be JSON ({error})") from error
    _check_depth(name, value)
    return value


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no number that JSON knows")


def _check_depth(name: str, value: Any) -> None:
    """Refuse what lies too deep or is not finite (1e999), level by level and without recursion."""
    level = [value]
    for _ in range(_JSON_DEPTH):
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            raise ParameterError(f"{name} must hold finite numbers only")
        inner: list[Any] = []
        for each in level:
            inner += each.values() if isinstance(each, dict) else each if _is_list(each) else ()
        if not inner:
            return
        level = inner
    raise ParameterError(f"{name} must not be deeper than {_JSON_DEPTH} levels")


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def fields_of(kind: type, name: str, values: object) -> dict[str, Any]:
    """Give the fields of a dataclass from a dict: every one of them and no other.

    Raises
    ------
    ParameterError
        If it is no dict, or a field is missing or unknown.
    """
    if not isinstance(values, dict):
        raise ParameterError(f"{name}={str(values)[:60]!r} must be a dict")
    known = [each.name for each in fields(kind)]
    for given in values:
        choice(f"field of {name}", given, known)
    lacking = [each for each in known if each not in values]
    if lacking:
        raise ParameterError(f"{name} must also have: {', '.join(lacking)}")
    return values


def canonical(value: Any) -> str:
    """Write plain values as JSON, the same ones always alike.

    Examples
    --------
    >>> canonical({"b": 1, "a": [2]})
    '{"a":[2],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def utc_text(value: object) -> str:
    """Give a moment as text that sorts by time.

    Parameters
    ----------
    value : str or datetime
        Aware; text in ISO 8601, UTC.

    Returns
    -------
    time : str
        Such as ``"2026-11-03T09:30:00.000000Z"``.

    Raises
    ------
    ParameterError
        If it is no moment, or not in UTC.

    Examples
    --------
    >>> utc_text("2026-11-03T09:30:00Z")
    '2026-11-03T09:30:00.000000Z'
    """
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat('T', 'microseconds')}Z"
    except (ValueError, OverflowError):
        pass
    raise ParameterError(
        f"time={str(value)[:60]!r} must be a moment in UTC, such as 2026-11-03T09:30:00Z"
    )


def now() -> str:
    """Give the moment as text."""
    return utc_text(datetime.now(UTC))
