"""Folders in a storage: many files that appear, and change, all at once.

Conventions
-----------
The files are written first; then one record, whose bytes are the list of files in JSON. Who
fetches a folder gets the files of one list. What a list says is not trusted: names and sums are
checked before anything is written here.

Contents
--------
publish_folder, fetch_folder, all_items, sweep
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import secrets
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from melodyai_edu.errors import InputError, NotStoredError, OutputError, StorageError
from melodyai_edu.io import limits
from melodyai_edu.io.disk import as_path
from melodyai_edu.io.storage_files import download, lock_folder, open_regular, take_place
from melodyai_edu.io.storage_places import check_name
from melodyai_edu.io.storage_record import GoneError, Item, Record, Stored, TornError
from melodyai_edu.io.storage_shelf import Shelf

__all__ = ["all_items", "fetch_folder", "publish_folder", "sweep"]

#: The list of 100,000 files is some 30 MB.
_LIST_BYTES = 100_000_000
_BEGINNINGS = 5
#: Files that travel at the same time.
_AT_ONCE = 8


def publish_folder(shelf: Shelf, name: str, folder: str | os.PathLike[str]) -> Item:
    """Write a folder under a name.

    Parameters
    ----------
    shelf : Shelf
    name : str
    folder : path

    Returns
    -------
    item : Item
        The list of files.
    """
    root = as_path(folder, InputError)
    sent: dict[str, Item] = {}
    for _ in range(_BEGINNINGS):
        before = {item.sha256: item for item in _listed(shelf, name).values()}
        paths = _paths(root)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            send = partial(_send, shelf, name, root, before, sent)
            files = dict(zip(paths, pool.map(send, paths), strict=True))
        # What the list before named is named again, so nobody may have replaced it meanwhile.
        now = {item.version for item in _listed(shelf, name).values()}
        if all(item.version in now for item in files.values() if item.sha256 not in sent):
            break
    else:
        raise StorageError(f"{shelf.place.url}: others keep replacing {name!r}; publish it again")
    listing = json.dumps({path: item.to_json() for path, item in files.items()}).encode()
    item, data = shelf.add(name, io.BytesIO(listing))
    used = {item.version for item in files.values()}
    return shelf.commit(name, "folder", item, data, partial(all_items, shelf, name), used)


def _listed(shelf: Shelf, name: str) -> dict[str, Item]:
    """Read which files are there already; a damaged list is replaced like any other."""
    try:
        return _files(shelf, name, shelf.before(name))
    except (InputError, GoneError):
        return {}


def _send(
    shelf: Shelf, name: str, root: Path, before: dict[str, Item], sent: dict[str, Item], path: str
) -> Item:
    """Send a file, unless one with the same sum is there."""
    with open_regular(root / path) as opened:
        total = hashlib.file_digest(opened, "sha256").hexdigest()
        known = sent.get(total) or before.get(total)
        if known is not None:
            return known
        opened.seek(0)
        item, _ = shelf.add(name, opened, inline=0)
    sent[item.sha256] = item
    return item


def all_items(shelf: Shelf, name: str, record: Record) -> list[Item]:
    """Give all that a record names: its own bytes, and the files of a folder.

    Parameters
    ----------
    shelf : Shelf
    name : str
    record : Record

    Returns
    -------
    items : list of Item
    """
    try:
        return [record.item, *_files(shelf, name, record).values()]
    except (InputError, GoneError):
        return [record.item]


def _paths(root: Path) -> list[str]:
    """List the files of a folder; nothing but files and folders may be in it."""
    if not root.is_dir():
        raise InputError(f"{root}: there is no such folder; check the name")
    paths: list[str] = []
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise InputError(f"{path}: a folder with links or pipes is not published; remove it")
        if path.is_file():
            paths.append(check_name(path.relative_to(root).as_posix()))
        if len(paths) > limits.STORED_FILES:
            raise limits.over_limit("files or more", len(paths), limits.STORED_FILES, "split it")
    return paths


def _files(shelf: Shelf, name: str, record: Record | None) -> dict[str, Item]:
    """Read the list of files of a record, and believe none of it unchecked."""
    if record is None or record.kind != "folder":
        return {}
    if record.item.size > _LIST_BYTES:
        raise limits.over_limit(
            "bytes in a list of files", record.item.size, _LIST_BYTES, "split it"
        )
    listing = b"".join(shelf.chunks(name, record.data, record.item))
    try:
        values = json.loads(listing)
        files = {check_name(path): Item.from_json(each) for path, each in values.items()}
    except (ValueError, AttributeError, RecursionError, TornError) as error:
        raise InputError(f"{shelf.place.url}: the list of files of {name!r} is damaged") from error
    if len(files) > limits.STORED_FILES or not all(item.version for item in files.values()):
        raise InputError(f"{shelf.place.url}: the list of files of {name!r} is damaged")
    return files


def fetch_folder(
    shelf: Shelf, name: str, folder: str | os.PathLike[str], replace: bool, limit: int
) -> list[Stored]:
    """Bring a published folder here.

    Parameters
    ----------
    shelf : Shelf
    name : str
    folder : path
    replace : bool
    limit : int [bytes]

    Returns
    -------
    files : list of Stored
    """
    target = as_path(folder, OutputError)
    record = shelf.record(name)
    if record.kind != "folder":
        raise NotStoredError(f"{shelf.place.url}: {name!r} is no folder; get it as one file")
    files = _files(shelf, name, record)
    total = sum(item.size for item in files.values())
    if total > limit:
        raise limits.over_limit(f"bytes in {name!r}", total, limit, "allow more")
    _check_target(target, replace)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _partial_folder(target, record.item.sha256) as place:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                bring = partial(_bring, shelf, name, place)
                list(pool.map(bring, files.items()))
            take_place(place, target)
    except OSError as error:
        raise OutputError(f"{target}: it cannot be written ({error.strerror})") from error
    return [Stored(path, item.size, item.sha256) for path, item in files.items()]


def _bring(shelf: Shelf, name: str, place: Path, listed: tuple[str, Item]) -> None:
    """Bring a file, unless an earlier try did."""
    path, item = listed
    file = place / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_file() and file.stat().st_size == item.size:
        with file.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() == item.sha256:
                return
    download(item, partial(shelf.chunks, name, b"", item), file)


def _check_target(target: Path, replace: bool) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError(f"{target}: a file or a link has this name; choose another")
    if target.is_dir() and any(target.iterdir()) and not replace:
        raise OutputError(f"{target}: this folder is there already and not empty; choose another")


@contextlib.contextmanager
def _partial_folder(target: Path, sum_: str) -> Iterator[Path]:
    """Make a hidden folder beside, or take the one that an earlier try left."""
    place = target.with_name(f".{target.name}.{sum_[:16]}.partial")
    with contextlib.suppress(FileExistsError):
        place.mkdir()
    with lock_folder(place) as alone:
        if alone:
            yield place
            return
    place = target.with_name(f".{target.name}.{secrets.token_hex(8)}.partial")
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(shelf: Shelf, seconds: float) -> int:
    """Remove parts that no record leads to.

    Parameters
    ----------
    shelf : Shelf
    seconds : float [seconds]
        Only what is older.

    Returns
    -------
    count : int
    """
    shelf.objects.sweep(seconds)
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key in shelf.keys("parts/"):
        name, _, rest = key.removeprefix("parts/").rpartition("!/")
        parts[name][rest.partition("/")[0]].append(key)
    return sum(_sweep_name(shelf, name, versions, seconds) for name, versions in parts.items())


def _sweep_name(shelf: Shelf, name: str, versions: dict[str, list[str]], seconds: float) -> int:
    old = [
        version
        for version, keys in versions.items()
        if all(shelf.written(name, key) < time.time() - seconds for key in keys)
    ]
    # Read after the listing, so it names all that is old and in use. A damaged one stops here.
    record = shelf.found(name) if old else None
    used = set()
    if record is not None:
        used = {record.item.version, *(each.version for each in record.retired)}
        used |= {item.version for item in _files(shelf, name, record).values()}
    gone = [key for version in old if version not in used for key in versions[version]]
    for key in gone:
        shelf.remove(name, key)
    return len(gone)
