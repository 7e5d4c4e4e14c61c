"""Reading from a storage: whole, as a file, as a stream; and what there is.

Conventions
-----------
What is read was checked: each part before anyone gets a byte of it, and the whole at the end.
Whoever reads what is replaced meanwhile gets the old bytes, or begins anew and gets the new ones.

Contents
--------
Reader
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import partial

from melodyai_edu.errors import InputError, NotStoredError
from melodyai_edu.io import limits
from melodyai_edu.io.storage_files import download
from melodyai_edu.io.storage_places import check_name
from melodyai_edu.io.storage_record import GoneError, Record, Stored
from melodyai_edu.io.storage_shelf import Shelf

__all__ = ["Reader"]

_CHUNK = 64 * 1024
#: How often a reader begins anew because the thing was replaced or removed under its hands.
BEGINNINGS = 5


class Reader:
    """The half of a `melodyai_edu.io.storage.Storage` that reads.

    Parameters
    ----------
    shelf : Shelf
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @property
    def url(self) -> str:
        """Where it lies."""
        return self._shelf.place.url

    def get(self, name: str, limit: int) -> bytes:
        """Read bytes whole.

        Parameters
        ----------
        name : str
        limit : int [bytes]
            Larger things are refused, before they are read.

        Returns
        -------
        data : bytes

        Raises
        ------
        NotStoredError
            If nothing has that name.
        InputError
            If it is over the limit, or damaged.
        StorageError
            If the storage refuses or keeps failing.
        """
        for _ in range(BEGINNINGS):
            record = self._bytes(name, limit)
            try:
                return b"".join(self._shelf.chunks(name, record.data, record.item))
            except GoneError:
                continue
        raise self.lost(name)

    def get_file(
        self, name: str, path: str | os.PathLike[str], limit: int = limits.STORED_BYTES
    ) -> Stored:
        """Read into a file, which is there only when it is whole.

        A download that was cut is resumed by the next call, from its last whole part of 1 MB.

        Parameters
        ----------
        name : str
        path : path
            Its folder must exist.
        limit : int [bytes]

        Returns
        -------
        stored : Stored

        Raises
        ------
        NotStoredError, InputError, StorageError
            As for `get`.
        OutputError
            If the file cannot be written.
        """
        for _ in range(BEGINNINGS):
            record = self._bytes(name, limit)
            item = record.item
            try:
                download(item, partial(self._shelf.chunks, name, record.data, item), path)
                return Stored(name, item.size, item.sha256)
            except GoneError:
                continue
        raise self.lost(name)

    def open(self, name: str, limit: int = limits.STORED_BYTES) -> tuple[Stored, Iterator[bytes]]:
        """Read as a stream; every byte is checked before it is given.

        Parameters
        ----------
        name : str
        limit : int [bytes]

        Returns
        -------
        stored : Stored
        chunks : iterator of bytes
            Of 64 kB each, the last one shorter. At its end it raises InputError if the whole is
            not what was stored.

        Raises
        ------
        NotStoredError, InputError, StorageError
            As for `get`; the iterator too.
        """
        record = self._bytes(name, limit)
        item = record.item
        return Stored(name, item.size, item.sha256), self._stream(name, record)

    def _stream(self, name: str, record: Record) -> Iterator[bytes]:
        total = hashlib.sha256()
        try:
            for part in self._shelf.chunks(name, record.data, record.item):
                total.update(part)
                for start in range(0, len(part), _CHUNK):
                    yield part[start : start + _CHUNK]
        except GoneError as error:
            raise self.lost(name) from error
        if total.hexdigest() != record.item.sha256:
            raise InputError(f"{self.url}: {name!r} is damaged; write it anew")

    def has(self, name: str) -> bool:
        """Tell whether something has a name.

        Parameters
        ----------
        name : str

        Returns
        -------
        has : bool
        """
        return self._shelf.found(check_name(name)) is not None

    def names(self, prefix: str = "") -> list[str]:
        """List what is stored.

        A store whose listings lag behind may leave out the newest names and still give removed
        ones; reading by name is never behind.

        Parameters
        ----------
        prefix : str
            Only this name and those below it: ``"pieces"`` lists ``"pieces/7.mid"`` and not
            ``"pieces2"``. A slash at its end changes nothing.

        Returns
        -------
        names : list of str
            In order of the alphabet.
        """
        start = prefix.rstrip("/")
        if start:
            check_name(start)
        below = self._shelf.keys(f"names/{start}/" if start else "names/")
        found = [key.removeprefix("names/")[:-1] for key in below if key.endswith("!")]
        return sorted([start, *found] if start and self.has(start) else found)

    def _bytes(self, name: str, limit: int) -> Record:
        record = self._shelf.record(check_name(name))
        if record.kind != "bytes":
            raise NotStoredError(f"{self.url}: {name!r} is a folder; fetch it as one")
        if record.item.size > limit:
            raise limits.over_limit(f"bytes of {name!r}", record.item.size, limit, "allow more")
        return record

    def lost(self, name: str) -> InputError:
        """Build the error for what never stood still."""
        return InputError(f"{self.url}: {name!r} was replaced or removed while it was read")
