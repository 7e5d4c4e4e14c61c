"""TOML that may come from anybody, read with limits.

Conventions
-----------
The standard library's reader takes time by the square of how many parts a key has, and Python's
stack for brackets inside each other: the first is limited by the length of a line, the second is
an error like any other.

Contents
--------
read_toml
"""

from __future__ import annotations

import tomllib
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.io.limits import over_limit

__all__ = ["read_toml"]

_LINE_BYTES = 4_000


def read_toml(data: bytes, limit: int) -> dict[str, Any]:
    r"""Read TOML.

    Parameters
    ----------
    data : bytes
    limit : int [bytes]

    Returns
    -------
    values : dict

    Raises
    ------
    InputError
        If it is too long or no TOML in UTF-8.

    Examples
    --------
    >>> read_toml(b"port = 9000", 100)
    {'port': 9000}
    >>> read_toml(b"a" + b".a" * 9_000 + b" = 1", 100_000)
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: 18,005 bytes in one line: the limit is 4,000; break the line
    """
    if len(data) > limit:
        raise over_limit("bytes", len(data), limit, "a page of text is enough")
    longest = max(map(len, data.split(b"\n")))
    if longest > _LINE_BYTES:
        raise over_limit("bytes in one line", longest, _LINE_BYTES, "break the line")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start} is no UTF-8 text: save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"it must be TOML ({str(error)[:200]})") from error
