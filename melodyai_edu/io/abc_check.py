"""A look at ABC text before anything reads it: linear, without recursion.

Conventions
-----------
Every refusal is an `InputError` that names the place, the limit and the way out. Repeats are never
expanded, so the text's own size bounds the work.

Contents
--------
check_abc, decode_abc
"""

from __future__ import annotations

import re

from melodyai_edu.errors import InputError
from melodyai_edu.io.limits import ABC_BYTES, ABC_LINE_BYTES, ABC_TOKENS, over_limit

__all__ = ["check_abc", "decode_abc"]

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_TOKEN = re.compile(r"[A-Ga-gxzXZ|\[{(<>!\"&:-]")
_KEY_FIELD = re.compile(r"^\s*K:", re.MULTILINE)


def decode_abc(data: bytes) -> str:
    r"""Decode the bytes of an ABC file: UTF-8, or Latin-1 where that fails, as older files are.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    text : str

    Raises
    ------
    InputError
        If there are more than 2 MB.

    Examples
    --------
    >>> decode_abc(b"T:Caf\xe9")
    'T:Café'
    """
    if len(data) > ABC_BYTES:
        raise over_limit("bytes of ABC", len(data), ABC_BYTES, "split the book")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def check_abc(text: str) -> None:
    r"""Refuse text that is too large, or that is no ABC.

    Parameters
    ----------
    text : str

    Raises
    ------
    InputError
        If the text exceeds 2 MB, a line 64 kB, the music 200,000 tokens; if it holds control
        characters; or if it has no ``K:`` field, without which nothing is a tune.

    Examples
    --------
    >>> check_abc("X:1\nK:C\nCDEF|")
    >>> check_abc("Dear diary")
    Traceback (most recent call last):
    ...
    melodyai_edu.errors.InputError: no line begins with 'K:', as every ABC tune needs
    """
    if len(text) > ABC_BYTES:
        raise over_limit("characters of ABC", len(text), ABC_BYTES, "split the book")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise InputError(
            f"line {line} holds the control character {control.group()!r}: this is no ABC text"
        )
    tokens = 0
    for number, line_text in enumerate(text.splitlines(), 1):
        if len(line_text) > ABC_LINE_BYTES:
            what = f"characters in line {number}"
            raise over_limit(what, len(line_text), ABC_LINE_BYTES, "break the line")
        tokens += len(_TOKEN.findall(line_text))
    if tokens > ABC_TOKENS:
        raise over_limit("notes, bars and marks", tokens, ABC_TOKENS, "split the book")
    if not _KEY_FIELD.search(text):
        raise InputError("no line begins with 'K:', as every ABC tune needs")
