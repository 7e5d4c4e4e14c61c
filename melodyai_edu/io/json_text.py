"""JSON that may come from anybody, read with limits.

Conventions
-----------
The standard library's reader is recursive, takes ``NaN`` for a number, and lets the errors of long
numbers and of text that is none through. Here depth is counted before anything recurses, and
whatever is wrong is one `InputError`.

Contents
--------
read_json
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from melodyai_edu.errors import InputError
from melodyai_edu.io.limits import over_limit

__all__ = ["read_json"]

_DEEPEST, _DIGITS, _BYTES = 64, 400, 10_000_000
#: Texts, in which brackets mean nothing, and brackets.
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


def read_json(data: bytes | str, limit: int = _BYTES) -> Any:
    """Read JSON.

    Parameters
    ----------
    data : bytes or str
        Bytes are UTF-8.
    limit : int, optional [bytes or characters]

    Returns
    -------
    value : object

    Raises
    ------
    InputError
        If it is too long, no JSON, or nested deeper than 64 levels, or holds a number that JSON
        does not know or with very many digits, or half a character.

    Examples
    --------
    >>> read_json(b'{"bars": 8}')
    {'bars': 8}
    >>> read_json("[" * 100)
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: 65 levels of brackets: the limit is 64; it is not one of ours
    """
    if len(data) > limit:
        raise over_limit("bytes of JSON", len(data), limit, "it is not one of ours")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        _check_depth(text)
        value = json.loads(text, parse_constant=_refuse, parse_int=_whole)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a character cannot be
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"it must be JSON ({str(error)[:120]})") from error
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for match in _MARKS.finditer(text):
        mark = match[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > _DEEPEST:
            raise over_limit("levels of brackets", depth, _DEEPEST, "it is not one of ours")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON knows")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)
