"""Which names and which addresses a storage accepts.

Conventions
-----------
An address that a user sets could read this computer's files or reach addresses inside its
network. So: three protocols, no options in the address, and a list of what is allowed. What is
allowed is compared part by part: ``s3://music/mine`` does not allow ``s3://music/mine2``.

Contents
--------
Place, check_name, find_place
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.disk import as_path

__all__ = ["Place", "check_name", "find_place"]

#: Names the addresses that are allowed, with commas between them.
ALLOWED = "MELODYAI_STORAGE_ALLOWED"
_NAME_LENGTH, _PART_LENGTH = 512, 120
_PART = re.compile(r"[A-Za-z0-9._-]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_FORMS = "file:///folder, s3://bucket/prefix or gs://bucket/prefix"


class Place(NamedTuple):
    """Where a storage lies.

    Parameters
    ----------
    protocol : str
        ``"file"``, ``"s3"`` or ``"gs"``.
    root : str
        A folder with all links followed, or a bucket and a prefix, without a slash at the end.
    """

    protocol: str
    root: str

    @property
    def url(self) -> str:
        """The address again; it never holds credentials."""
        return f"{self.protocol}://{self.root}"

    @property
    def folder(self) -> Path:
        """The folder of a place on this computer."""
        return Path(self.root)

    def holds(self, other: Place) -> bool:
        """Tell whether another place is this one, or inside it.

        Parameters
        ----------
        other : Place

        Returns
        -------
        holds : bool

        Examples
        --------
        >>> Place("s3", "music/mine").holds(Place("s3", "music/mine2"))
        False
        """
        inside = other.root == self.root or other.root.startswith(self.root.rstrip("/") + "/")
        return self.protocol == other.protocol and inside


def check_name(name: str) -> str:
    """Check the name of a stored thing.

    Parameters
    ----------
    name : str
        Letters, digits, ``.``, ``_``, ``-``, in parts with ``/`` between them.

    Returns
    -------
    name : str

    Raises
    ------
    ParameterError
        If it is anything else, too long, or has a part ``.`` or ``..``.

    Examples
    --------
    >>> check_name("pieces/2026/7.mid")
    'pieces/2026/7.mid'
    """
    parts = name.split("/") if isinstance(name, str) else []
    right = parts and len(name) <= _NAME_LENGTH
    if not right or not all(_is_part(part) for part in parts):
        shown = repr(name) if len(repr(name)) < 200 else repr(name)[:200] + "..."
        raise ParameterError(
            f"name={shown} must be parts of letters, digits and ._- with / between them, no part "
            f"'.' or '..', at most {_NAME_LENGTH} characters ({_PART_LENGTH} a part)"
        )
    return name


def _is_part(part: str) -> bool:
    return bool(_PART.fullmatch(part)) and set(part) != {"."} and len(part) <= _PART_LENGTH


def find_place(url: str | os.PathLike[str], allowed: Iterable[str] | None = None) -> Place:
    """Read an address, and refuse it unless it is allowed.

    Parameters
    ----------
    url : str
        ``file:///folder``, ``s3://bucket/prefix``, ``gs://bucket/prefix``, or the path of a
        folder.
    allowed : iterable of str, optional
        Addresses that are allowed, with all inside them. When left out: those of the variable
        ``MELODYAI_STORAGE_ALLOWED``; without it, any folder of this computer and nothing else.

    Returns
    -------
    place : Place

    Raises
    ------
    ParameterError
        If it is no such address, or not allowed.

    Examples
    --------
    >>> find_place("s3://music/mine", allowed=["s3://music"]).root
    'music/mine'
    """
    place = _read(url)
    names = [allowed] if isinstance(allowed, str) else allowed
    if names is None and (listed := os.environ.get(ALLOWED, "").strip()):
        names = [each.strip() for each in listed.split(",") if each.strip()]
    if names is None and place.protocol == "file":
        return place
    if names is None or not any(_read(each).holds(place) for each in names):
        raise ParameterError(
            f"url={place.url!r} is not among the addresses that are allowed; if you trust it, "
            f"allow it: export {ALLOWED}={place.url}"
        )
    return place


def _read(url: str | os.PathLike[str]) -> Place:
    if isinstance(url, os.PathLike) or (isinstance(url, str) and "://" not in url):
        if isinstance(url, str) and "::" in url:
            raise _wrong(url, "chained addresses are not read")
        return _folder(url)
    if not isinstance(url, str):
        raise ParameterError(f"url={url!r} must be an address as text: {_FORMS}")
    protocol, rest = url.split("://", 1)
    if protocol not in ("file", "s3", "gs"):
        raise _wrong(url, "no other protocol is read")
    if any(sign in rest for sign in "?#%@\\") or "::" in rest or "://" in rest:
        raise _wrong(url, "it may hold no option, no user, no escape and no second address")
    if protocol == "file":
        if not rest.startswith("/") or rest.startswith("//"):
            raise _wrong(url, "a file has no host: write three slashes")
        return _folder(rest)
    return _bucket(url, protocol, rest.rstrip("/"))


def _bucket(url: str, protocol: str, rest: str) -> Place:
    bucket, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise _wrong(url, "it needs the name of a bucket")
    if prefix:
        check_name(prefix)
    return Place(protocol, rest)


def _folder(path: str | os.PathLike[str]) -> Place:
    file = as_path(path, InputError)
    if ".." in file.parts:
        raise _wrong(str(path), "it may hold no '..'")
    return Place("file", os.path.realpath(file))


def _wrong(url: str, why: str) -> ParameterError:
    # What stands before an @ may be a password, and what follows a ? a signature.
    shown = re.sub(r"[?#].*", "?...", re.sub(r"://[^/]*@", "://...@", url))[:200]
    return ParameterError(f"url={shown!r}: {why}; an address is {_FORMS}")
