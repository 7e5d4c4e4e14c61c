"""The record of a stored thing: the one small object that says what it is.

Conventions
-----------
Bytes up to 64 kB lie in their record. More lie beside it in parts of 1 MB that are never written
twice: each writing has a version of its own, a random number. The record is written last, in one
step, so whoever reads it finds everything that it names. ``sums`` are SHA-256 in hexadecimal.

Contents
--------
INLINE_BYTES, PART_BYTES, GoneError, Item, Record, Retired, Stored, TornError, sha256, new_version,
record_key, part_key
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from melodyai_edu.io import limits
from melodyai_edu.io.storage_places import check_name

__all__ = [
    "INLINE_BYTES",
    "PART_BYTES",
    "GoneError",
    "Item",
    "Record",
    "Retired",
    "Stored",
    "TornError",
    "new_version",
    "part_key",
    "record_key",
    "sha256",
]

INLINE_BYTES = 64 * 1024
#: One part is held in memory for each reader, however slow they are.
PART_BYTES = 1024 * 1024
#: A record with all its sums: 2,048 parts of a large thing are 137 kB.
RECORD_LIMIT = INLINE_BYTES + 1_000_000
#: What a record from elsewhere, or from another version of this program, may say.
_MOST_PART_BYTES, _MOST_PARTS = 64 * 1024 * 1024, 100_000
_FIELDS = ("size", "sha256", "version", "parts", "part_bytes")
_KINDS = ("bytes", "folder")
_VERSION = re.compile(r"[0-9a-f]{32}")
_SUM = re.compile(r"[0-9a-f]{64}")


class TornError(Exception):
    """What came is not what was written; reading it again may help."""


class GoneError(Exception):
    """What a record named was replaced or removed meanwhile; its name may hold something new."""


class Stored(NamedTuple):
    """What a storage holds under a name.

    Parameters
    ----------
    name : str
    size : int [bytes]
    sha256 : str
        64 hexadecimal digits.
    """

    name: str
    size: int
    sha256: str


class Retired(NamedTuple):
    """Parts that a record no longer names, kept a while for those who still read them.

    Parameters
    ----------
    version : str
    parts : int
    at : float [seconds since 1970]
        When they were replaced.
    """

    version: str
    parts: int
    at: float


@dataclass(frozen=True)
class Item:
    """Some bytes, and where they lie.

    Parameters
    ----------
    size : int [bytes]
    sha256 : str
    version : str
        Empty if they lie in the record itself.
    parts : tuple of str
        The sum of each part.
    part_bytes : int [bytes]
        The length of each part but the last.
    """

    size: int
    sha256: str
    version: str = ""
    parts: tuple[str, ...] = ()
    part_bytes: int = PART_BYTES

    @classmethod
    def from_json(cls, values: Any) -> Item:
        """Check what a record or a list of files says.

        Parameters
        ----------
        values : dict

        Returns
        -------
        item : Item

        Raises
        ------
        TornError
            If it is anything that no storage wrote.
        """
        try:
            item = cls(**{**{name: values[name] for name in _FIELDS}, "parts": (*values["parts"],)})
            needed = -(-item.size // item.part_bytes) if item.version else 0
            right = (
                type(item.size) is type(item.part_bytes) is int
                and 0 <= item.size <= limits.STORED_BYTES
                and 0 < item.part_bytes <= _MOST_PART_BYTES
                and len(item.parts) == needed
                and (not item.version or _VERSION.fullmatch(item.version))
                and all(_SUM.fullmatch(each) for each in (item.sha256, *item.parts))
            )
        except (KeyError, TypeError, ZeroDivisionError) as error:
            raise TornError(f"its record lacks {error}") from error
        if not right:
            raise TornError("its record does not fit together")
        return item

    def to_json(self) -> dict[str, Any]:
        """Give it as values that JSON can hold.

        Returns
        -------
        values : dict
        """
        return {name: getattr(self, name) for name in _FIELDS}

    def length(self, number: int) -> int:
        """Give the length of one part [bytes].

        Parameters
        ----------
        number : int

        Returns
        -------
        length : int [bytes]
        """
        return min(self.part_bytes, self.size - number * self.part_bytes)


@dataclass(frozen=True)
class Record:
    """What is written under a name.

    Parameters
    ----------
    kind : str
        ``"bytes"``, or ``"folder"`` when the bytes are the list of a folder's files.
    item : Item
    data : bytes
        The bytes themselves, if they are few.
    retired : tuple of Retired
    """

    kind: str
    item: Item
    data: bytes = b""
    retired: tuple[Retired, ...] = field(default=())

    def pack(self) -> bytes:
        """Write it down, with a sum over all of it.

        Returns
        -------
        packed : bytes

        Examples
        --------
        >>> import hashlib
        >>> item = Item(2, hashlib.sha256(b"la").hexdigest())
        >>> Record.unpack(Record("bytes", item, b"la").pack()).data
        b'la'
        """
        header = {"kind": self.kind, **self.item.to_json(), "retired": self.retired}
        body = json.dumps(header).encode() + b"\n" + self.data
        return sha256(body).encode() + b"\n" + body

    @classmethod
    def unpack(cls, packed: bytes) -> Record:
        """Read it again.

        Parameters
        ----------
        packed : bytes

        Returns
        -------
        record : Record

        Raises
        ------
        TornError
            If it is not what was written.
        """
        total, _, body = packed.partition(b"\n")
        if total.decode("latin-1") != sha256(body):
            raise TornError("its record is cut or altered")
        header, _, data = body.partition(b"\n")
        try:
            values = json.loads(header)
            item = Item.from_json(values)
            retired = tuple(Retired(*each) for each in values["retired"])
            right = values["kind"] in _KINDS and all(map(_is_retired, retired))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise TornError("its record cannot be read") from error
        if not right or (not item.version and sha256(data) != item.sha256):
            raise TornError("its record does not fit together")
        return cls(values["kind"], item, data, retired)


def _is_retired(retired: Retired) -> bool:
    return bool(
        isinstance(retired.version, str)
        and _VERSION.fullmatch(retired.version)
        and type(retired.parts) is int
        and 0 <= retired.parts <= _MOST_PARTS
        and isinstance(retired.at, int | float)
    )


def sha256(data: bytes) -> str:
    """Give the sum of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def new_version() -> str:
    """Make a number that nobody else has."""
    return secrets.token_hex(16)


def record_key(name: str) -> str:
    """Give the object that holds a record; ``!`` keeps ``a`` from being the folder of ``a/b``."""
    return f"names/{check_name(name)}!"


def part_key(name: str, version: str, number: int) -> str:
    """Give the object that holds a part."""
    return f"parts/{check_name(name)}!/{version}/{number:05d}"
