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

import io
import os
from collections.abc import Callable, Iterable
from functools import partial

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.disk import as_path
from melodyai_edu.io.storage_cloud import CloudObjects
from melodyai_edu.io.storage_files import open_regular
from melodyai_edu.io.storage_folder import all_items, fetch_folder, publish_folder, sweep
from melodyai_edu.io.storage_local import LocalObjects
from melodyai_edu.io.storage_places import Place, check_name, find_place
from melodyai_edu.io.storage_reading import BEGINNINGS, Reader
from melodyai_edu.io.storage_record import GoneError, Item, Record, Stored
from melodyai_edu.io.storage_retry import Retries
from melodyai_edu.io.storage_shelf import GRACE_SECONDS, Shelf

__all__ = ["Storage", "Stored", "open_storage"]


def open_storage(
    url: str | os.PathLike[str],
    *,
    allowed: Iterable[str] | None = None,
    retries: Retries | None = None,
    grace: float = GRACE_SECONDS,
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
    grace : float [seconds]
        How long what was replaced is kept for those who still read it.

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
    return _open(find_place(url, allowed), retries or Retries(), grace)


def _open(place: Place, retries: Retries, grace: float) -> Storage:
    if place.protocol == "file":
        return Storage(Shelf(place, LocalObjects(place.folder), retries, grace))
    return Storage(Shelf(place, CloudObjects(place, retries.timeout), retries, grace))


class Storage(Reader):
    """Named bytes, files and folders in one place; made by `open_storage`.

    Parameters
    ----------
    shelf : Shelf
    """

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process, which makes connections of its own."""
        return _open, (self._shelf.place, self._shelf.retries, self._shelf.grace)

    def __repr__(self) -> str:
        return f"Storage({self.url!r})"

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
        self._shelf.commit(name, "bytes", item, few, self._named(name))
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
        self._shelf.commit(name, "bytes", item, few, self._named(name))
        return Stored(name, item.size, item.sha256)

    def delete(self, name: str) -> None:
        """Remove a thing with all its earlier versions, at once; one that is not there is gone.

        A process that dies in between leaves bytes that no name leads to, for `sweep`.

        Parameters
        ----------
        name : str

        Raises
        ------
        StorageError
            If the storage refuses or keeps failing.
        """
        self._shelf.forget(check_name(name), self._named(name))

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
            self._shelf.forget(name, self._named(name))
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
        for _ in range(BEGINNINGS):
            try:
                return fetch_folder(self._shelf, check_name(prefix), folder, replace, limit)
            except GoneError:
                continue
        raise self.lost(prefix)

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

    def _named(self, name: str) -> Callable[[Record], list[Item]]:
        return partial(all_items, self._shelf, name)
