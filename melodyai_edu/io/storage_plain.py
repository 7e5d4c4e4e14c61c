"""Plain files of a bucket, which no storage of ours wrote.

Conventions
-----------
They have no record and no sum: what comes is what the bucket says it is. So they are only read,
and whoever gets them checks them.

Contents
--------
read_plain
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath

from melodyai_edu.io import limits
from melodyai_edu.io.storage_cloud import CloudObjects
from melodyai_edu.io.storage_local import LocalObjects
from melodyai_edu.io.storage_places import find_place
from melodyai_edu.io.storage_retry import Retries
from melodyai_edu.io.storage_shelf import Objects, Shelf

__all__ = ["read_plain"]

_NAME_LENGTH, _PART_LENGTH = 512, 200


def read_plain(
    url: str,
    suffixes: Collection[str],
    limit: int,
    *,
    allowed: Iterable[str] | None = None,
    retries: Retries | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Read files below an address.

    Parameters
    ----------
    url : str
        As in `open_storage`.
    suffixes : collection of str
        Other files are passed over, and so are names that a file here could not have.
    limit : int [bytes]
        Of one file.
    allowed : iterable of str, optional
    retries : Retries, optional

    Yields
    ------
    name : str
        Relative to the address.
    data : bytes

    Raises
    ------
    InputError
        If there are too many files, or one is over the limit.
    ParameterError, StorageError
        As for `open_storage`.
    """
    place, retries = find_place(url, allowed), retries or Retries()
    objects: Objects
    if place.protocol == "file":
        objects = LocalObjects(place.folder)
    else:
        objects = CloudObjects(place, retries.timeout)
    shelf = Shelf(place, objects, retries)
    found = [key for key in shelf.keys("") if _is_wanted(key, suffixes)]
    if len(found) > limits.STORED_FILES:
        raise limits.over_limit("files", len(found), limits.STORED_FILES, "take a part of them")
    for key in found:
        data = shelf.attempt("read", key, partial(objects.read, key, limit + 1))
        if len(data) > limit:
            raise limits.over_limit(f"bytes or more in {key}", len(data), limit, "leave it out")
        yield key, data


def _is_wanted(key: str, suffixes: Collection[str]) -> bool:
    parts = key.split("/")
    is_name = all(
        part and set(part) != {"."} and len(part.encode()) <= _PART_LENGTH and part.isprintable()
        for part in parts
    )
    is_safe = "\\" not in key and ":" not in key and len(key) <= _NAME_LENGTH
    return is_name and is_safe and PurePosixPath(key).suffix.lower() in suffixes
