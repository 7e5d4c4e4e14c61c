"""Records and parts in one place: written in the right order, read until they are whole.

Conventions
-----------
Parts first, then the record, in one step: before it nobody sees the new thing, after it everybody
does. What it replaces stays an hour, for those who still read it; the next writing under the
same name removes it. A part is checked before anyone gets a byte of it.

Contents
--------
GRACE_SECONDS, Objects, Shelf
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Protocol, TypeVar

from melodyai_edu.errors import InputError, NotStoredError, StorageError
from melodyai_edu.io import limits
from melodyai_edu.io.storage_places import Place
from melodyai_edu.io.storage_record import (
    INLINE_BYTES,
    PART_BYTES,
    RECORD_LIMIT,
    GoneError,
    Item,
    Record,
    Retired,
    TornError,
    new_version,
    part_key,
    record_key,
    sha256,
)
from melodyai_edu.io.storage_retry import Retries, again

__all__ = ["GRACE_SECONDS", "Objects", "Shelf"]

#: How long replaced parts are kept.
GRACE_SECONDS = 3600.0
#: More than so many are not kept, or the record would grow past what is read.
_RETIRED = 8_000
_REFUSED = re.compile(r"orbidden|redential|nauthorized|\b40[13]\b")
_Result = TypeVar("_Result")
#: Gives all items that a record names.
Named = Callable[[Record], Iterable[Item]]


class Objects(Protocol):
    """Whole objects under keys, as a disk or a bucket keeps them."""

    def lasting(self, error: Exception) -> bool:
        """Tell whether it is of no use to ask again."""

    def read(self, key: str, limit: int) -> bytes:
        """Read an object, of which at most ``limit`` bytes are wanted."""

    def write(self, key: str, data: bytes) -> None:
        """Write an object in one step."""

    def keys(self, prefix: str) -> list[str]:
        """List the objects below a prefix that ends with a slash."""

    def remove(self, key: str) -> None:
        """Remove an object, if it is there."""

    def written(self, key: str) -> float:
        """Tell when an object was written [seconds since 1970]."""

    def sweep(self, seconds: float) -> None:
        """Remove what a process that died was about to write."""


@dataclass(frozen=True)
class Shelf:
    """What a storage is made of.

    Parameters
    ----------
    place : Place
    objects : Objects
    retries : Retries
    grace : float [seconds]
        How long replaced parts are kept.
    """

    place: Place
    objects: Objects
    retries: Retries
    grace: float = GRACE_SECONDS

    def record(self, name: str) -> Record:
        """Read what is written under a name.

        Parameters
        ----------
        name : str

        Returns
        -------
        record : Record

        Raises
        ------
        NotStoredError
            If nothing is.
        """
        key = record_key(name)
        try:
            return self.attempt(
                "read", name, lambda: Record.unpack(self.objects.read(key, RECORD_LIMIT))
            )
        except FileNotFoundError as error:
            raise NotStoredError(
                f"{self.place.url} holds nothing named {name!r}; check the name"
            ) from error

    def found(self, name: str) -> Record | None:
        """Read what is written under a name, or give None."""
        try:
            return self.record(name)
        except NotStoredError:
            return None

    def before(self, name: str) -> Record | None:
        """Read what is to be replaced, or give None; a damaged record can be replaced too."""
        try:
            return self.record(name)
        except InputError:
            return None

    def add(self, name: str, file: BinaryIO, inline: int = INLINE_BYTES) -> tuple[Item, bytes]:
        """Write the parts of a file, which nobody sees before they are committed.

        Parameters
        ----------
        name : str
            Of the thing that they are for.
        file : binary file
            At its beginning.
        inline : int [bytes]
            As many go into the record.

        Returns
        -------
        item : Item
        data : bytes
            What is for the record.

        Raises
        ------
        InputError
            If the file is over the limit.
        """
        data = file.read(inline + 1)
        if inline and len(data) <= inline:
            return Item(len(data), sha256(data)), data
        file.seek(0)
        return self._add_parts(name, file), b""

    def _add_parts(self, name: str, file: BinaryIO) -> Item:
        version, total, size = new_version(), hashlib.sha256(), 0
        sums: list[str] = []
        try:
            while data := file.read(PART_BYTES):
                size += len(data)
                if size > limits.STORED_BYTES:
                    raise limits.over_limit("bytes or more", size, limits.STORED_BYTES, "split it")
                key = part_key(name, version, len(sums))
                self.attempt("write", name, partial(self.objects.write, key, data))
                total.update(data)
                sums.append(sha256(data))
        except BaseException:
            with contextlib.suppress(Exception):
                self._remove(name, version, len(sums) + 1)
            raise
        return Item(size, total.hexdigest(), version, tuple(sums), PART_BYTES)

    def commit(
        self,
        name: str,
        kind: str,
        item: Item,
        data: bytes = b"",
        named: Named = lambda record: [record.item],
        used: Collection[str] = (),
    ) -> Item:
        """Write the record: from here on the new thing is what everybody gets.

        Parameters
        ----------
        name : str
        kind : str
        item : Item
        data : bytes
            The bytes themselves, if they are few.
        named : callable
            Gives all that the record before names.
        used : collection of str
            Versions among them that are named again.

        Returns
        -------
        item : Item
        """
        old, now = self.before(name), time.time()
        retired = [] if old is None else _retired(old, named, now)
        retired = [each for each in retired if each.version not in used]
        due = [
            each.at < now - self.grace or place < len(retired) - _RETIRED
            for place, each in enumerate(retired)
        ]
        kept = [
            each
            for each, is_due in zip(retired, due, strict=True)
            if not (is_due and self._remove_retired(name, each))
        ]
        packed = Record(kind, item, data, tuple(kept)).pack()
        self.attempt("write", name, lambda: self.objects.write(record_key(name), packed))
        return item

    def chunks(self, name: str, record_data: bytes, item: Item, start: int = 0) -> Iterator[bytes]:
        """Read the parts from a number on, each checked.

        Parameters
        ----------
        name : str
        record_data : bytes
            The bytes themselves, if they lie in the record.
        item : Item
        start : int

        Yields
        ------
        part : bytes

        Raises
        ------
        InputError
            If a part is not what was written.
        GoneError
            If a part is not there (any more).
        """
        if not item.version:
            yield record_data
            return
        try:
            for number in range(start, len(item.parts)):
                yield self.attempt("read", name, partial(self._part, name, item, number))
        except FileNotFoundError as error:
            raise GoneError(name) from error

    def forget(self, name: str, named: Named) -> None:
        """Remove a record, and all bytes that it or an earlier one named.

        What somebody is writing under the name just now is none of it, and stays.

        Parameters
        ----------
        name : str
        named : callable
            As in `commit`.
        """
        old = self.before(name)
        if old is not None:
            parts = _retired(old, named, time.time())
            keys = [part_key(name, each.version, n) for each in parts for n in range(each.parts)]
        else:  # if it is damaged, nothing says what is being written
            keys = self.keys(f"parts/{record_key(name).removeprefix('names/')}/")
        self.remove(name, record_key(name))
        for key in keys:
            self.remove(name, key)

    def keys(self, prefix: str) -> list[str]:
        """List the objects below a prefix that ends with a slash."""
        return self.attempt("list", prefix, lambda: self.objects.keys(prefix))

    def remove(self, name: str, key: str) -> None:
        """Remove one object of a thing."""
        self.attempt("remove", name, lambda: self.objects.remove(key))

    def written(self, name: str, key: str) -> float:
        """Tell when an object of a thing was written; one that is gone, just now."""
        try:
            return self.attempt("read", name, lambda: self.objects.written(key))
        except FileNotFoundError:
            return time.time()

    def _part(self, name: str, item: Item, number: int) -> bytes:
        length = item.length(number)
        data = self.objects.read(part_key(name, item.version, number), length + 1)
        if len(data) != length or sha256(data) != item.parts[number]:
            raise TornError(f"part {number} is cut or altered ({len(data):,} bytes came)")
        return data

    def _remove_retired(self, name: str, retired: Retired) -> bool:
        """Remove what was replaced long ago; tell whether it is gone."""
        try:
            self._remove(name, retired.version, retired.parts)
        except StorageError:
            return False
        return True

    def _remove(self, name: str, version: str, parts: int) -> None:
        for number in range(parts):
            self.remove(name, part_key(name, version, number))

    def attempt(self, operation: str, name: str, call: Callable[[], _Result]) -> _Result:
        """Call until it works; let only typed errors out, and FileNotFoundError."""
        try:
            return again(call, self.retries, self.objects.lasting)
        except (FileNotFoundError, StorageError):
            raise
        except TornError as error:
            raise InputError(
                f"{self.place.url}: {name!r} is damaged ({error}); write it anew"
            ) from error
        except Exception as error:
            raise StorageError(_explain(self.place.url, operation, name, error)) from error


def _retired(old: Record, named: Named, now: float) -> list[Retired]:
    """List the versions of a record that is replaced or removed, and of those before it."""
    items = [each for each in named(old) if each.version]
    return [*old.retired, *(Retired(each.version, len(each.parts), now) for each in items)]


def _explain(url: str, operation: str, name: str, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    # An endpoint may be written with a password, and an address with a signature.
    reason = re.sub(r"://[^/\s]*@", "://...@", re.sub(r"\?\S+", "?...", str(reason)))[:300]
    way_out = "try again later, and check that it can be reached"
    if isinstance(error, PermissionError) or re.search(_REFUSED, reason):
        way_out = "check the credentials and their rights"
    return f"{url}: cannot {operation} {name!r} ({reason}); {way_out}"
