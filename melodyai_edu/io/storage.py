"""One way to keep things in a folder, an S3 bucket or a Google bucket.

Conventions
-----------
A name is a relative path of letters, digits and ``._-/``. Writing is all or nothing: readers get
the old bytes or the new ones, whole and checked against their SHA-256, never a mixture. Failures
in passing are tried again. Any number of threads and processes may use one place.

Contents
--------
Storage, open_storage; Stored
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from melodyai_edu.errors import InputError, NotStoredError
from melodyai_edu.io import limits
from melodyai_edu.io.disk import as_path
from melodyai_edu.io.storage_cloud import CloudObjects
from melodyai_edu.io.storage_files import download, open_regular
from melodyai_edu.io.storage_folder import fetch_folder, publish_folder, sweep
from melodyai_edu.io.storage_local import LocalObjects
from melodyai_edu.io.storage_places import Place, check_name, find_place
from melodyai_edu.io.storage_record import GoneError, Record, Stored
from melodyai_edu.io.storage_retry import Retries
from melodyai_edu.io.storage_shelf import Shelf

__all__ = ["Storage", "Stored", "open_storage"]

_CHUNK = 64 * 1024
#: How often a reader begins anew because the thing was replaced or removed under its hands.
_BEGINNINGS = 5


def open_storage(
    url: str | os.PathLike[str],
    *,
    allowed: Iterable[str] | None = None,
    retries: Retries | None = None,
) -> Storage:
    """Open a storage; nothing is read or made yet.

    Parameters
    ----------
    url : str
        ``file:///folder`` (or just a folder), ``s3://bucket/prefix`` or ``gs://bucket/prefix``.
        Credentials and endpoints come from the usual variables: ``AWS_ACCESS_KEY_ID``,
        ``AWS_SECRET_ACCESS_KEY``, ``AWS_ENDPOINT_URL_S3``; ``GOOGLE_APPLICATION_CREDENTIALS``,
        ``STORAGE_EMULATOR_HOST``.
    allowed : iterable of str, optional
        Addresses that are allowed, with all inside them. When left out: those of the variable
        ``MELODYAI_STORAGE_ALLOWED``; without it, any folder of this computer and nothing else.
    retries : Retries, optional
        How patient it is.

    Returns
    -------
    storage : Storage

    Raises
    ------
    ParameterError
        If the address is none, or not allowed.
    MissingDependencyError
        If the library for that kind of bucket is not installed.

    Examples
    --------
    >>> import tempfile
    >>> storage = open_storage(tempfile.mkdtemp())
    >>> storage.put("pieces/7.abc", b"X:7").size
    3
    >>> storage.get("pieces/7.abc", limit=1000), storage.names()
    (b'X:7', ['pieces/7.abc'])
    """
    return _open(find_place(url, allowed), retries or Retries())


def _open(place: Place, retries: Retries) -> Storage:
    if place.protocol == "file":
        return Storage(Shelf(place, LocalObjects(Path(place.root)), retries))
    return Storage(Shelf(place, CloudObjects(place, retries.timeout), retries))


class Storage:
    """Named bytes, files and folders in one place; made by `open_storage`.

    Parameters
    ----------
    shelf : Shelf
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process, which makes connections of its own."""
        return _open, (self._shelf.place, self._shelf.retries)

    def __repr__(self) -> str:
        return f"Storage({self.url!r})"

    @property
    def url(self) -> str:
        """Where it lies."""
        return self._shelf.place.url

    def put(self, name: str, data: bytes) -> Stored:
        """Store bytes under a name, in one step.

        Parameters
        ----------
        name : str
        data : bytes

        Returns
        -------
        stored : Stored

        Raises
        ------
        ParameterError
            If the name is none.
        InputError
            If there are too many bytes.
        StorageError
            If the storage refuses or keeps failing; what was there before is still there.
        """
        if len(data) > limits.STORED_BYTES:
            raise limits.over_limit("bytes", len(data), limits.STORED_BYTES, "split them")
        item, few = self._shelf.add(check_name(name), io.BytesIO(data))
        self._shelf.commit(name, "bytes", item, few)
        return Stored(name, item.size, item.sha256)

    def put_file(self, name: str, path: str | os.PathLike[str]) -> Stored:
        """Store a file under a name, in one step.

        Parameters
        ----------
        name : str
        path : path

        Returns
        -------
        stored : Stored

        Raises
        ------
        ParameterError, StorageError
            As for `put`.
        InputError
            If there is no such file, it is too large, or it changed meanwhile.
        """
        check_name(name)
        with open_regular(as_path(path, InputError)) as file:
            item, few = self._shelf.add(name, file)
        self._shelf.commit(name, "bytes", item, few)
        return Stored(name, item.size, item.sha256)

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
        for _ in range(_BEGINNINGS):
            record = self._bytes(name, limit)
            try:
                return b"".join(self._shelf.chunks(name, record.data, record.item))
            except GoneError:
                continue
        raise self._lost(name)

    def get_file(
        self, name: str, path: str | os.PathLike[str], limit: int = limits.STORED_BYTES
    ) -> Stored:
        """Read into a file, which is there only when it is whole.

        A download that was cut is resumed by the next call, from its last whole part of 8 MB.

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
        for _ in range(_BEGINNINGS):
            record = self._bytes(name, limit)
            item = record.item
            try:
                download(item, partial(self._shelf.chunks, name, record.data, item), path)
                return Stored(name, item.size, item.sha256)
            except GoneError:
                continue
        raise self._lost(name)

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
            raise self._lost(name) from error
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

    def delete(self, name: str) -> None:
        """Remove a thing with all its earlier versions, at once; one that is not there is gone.

        Parameters
        ----------
        name : str

        Raises
        ------
        StorageError
            If the storage refuses or keeps failing.
        """
        self._shelf.forget(check_name(name))

    def delete_all(self, prefix: str) -> int:
        """Remove a name and all below it, as `names` lists them.

        Parameters
        ----------
        prefix : str

        Returns
        -------
        count : int

        Raises
        ------
        ParameterError
            If the prefix is empty.
        StorageError
            If the storage refuses or keeps failing.
        """
        names = self.names(check_name(prefix.rstrip("/")))
        for name in names:
            self._shelf.forget(name)
        return len(names)

    def publish(self, prefix: str, folder: str | os.PathLike[str]) -> Stored:
        """Store a folder with all its files, in one step.

        A file that the published folder of before has with the same sum is not sent again.

        Parameters
        ----------
        prefix : str
            The name of the whole.
        folder : path

        Returns
        -------
        stored : Stored
            Size and sum of the list of files.

        Raises
        ------
        ParameterError
            If the prefix or a file's name is no name.
        InputError
            If there is no such folder, or it holds links, pipes or too much.
        StorageError
            If the storage refuses or keeps failing; what was there before is still there.
        """
        item = publish_folder(self._shelf, check_name(prefix), folder)
        return Stored(prefix, item.size, item.sha256)

    def fetch(
        self,
        prefix: str,
        folder: str | os.PathLike[str],
        *,
        replace: bool = False,
        limit: int = limits.STORED_FOLDER_BYTES,
    ) -> list[Stored]:
        """Bring a published folder here; it is there only when it is whole.

        What was cut is resumed by the next call.

        Parameters
        ----------
        prefix : str
        folder : path
            Made, with the folders above it.
        replace : bool
            Whether a folder of that name that is not empty may be replaced.
        limit : int [bytes]
            Of all files together.

        Returns
        -------
        files : list of Stored
            Named relative to the folder.

        Raises
        ------
        NotStoredError
            If no folder was published under that name.
        InputError, StorageError
            As for `get`.
        OutputError
            If the folder cannot be written, or is there already.
        """
        for _ in range(_BEGINNINGS):
            try:
                return fetch_folder(self._shelf, check_name(prefix), folder, replace, limit)
            except GoneError:
                continue
        raise self._lost(prefix)

    def sweep(self, seconds: float = 24 * 3600.0) -> int:
        """Remove what writers left behind that died, and that no name leads to.

        Parameters
        ----------
        seconds : float [seconds]
            Only what is older; nothing may take longer to write.

        Returns
        -------
        count : int
            Objects removed.
        """
        return sweep(self._shelf, seconds)

    def _bytes(self, name: str, limit: int) -> Record:
        record = self._shelf.record(check_name(name))
        if record.kind != "bytes":
            raise NotStoredError(f"{self.url}: {name!r} is a folder; fetch it as one")
        if record.item.size > limit:
            raise limits.over_limit(f"bytes of {name!r}", record.item.size, limit, "allow more")
        return record

    def _lost(self, name: str) -> InputError:
        return InputError(f"{self.url}: {name!r} was replaced or removed while it was read")
