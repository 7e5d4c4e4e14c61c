"""Files on this computer: sent as they are, and received whole or not at all.

Conventions
-----------
Bytes go into a hidden file beside the destination, named after their sum. A download that was
cut leaves it there, and the next one goes on from its last whole part. Two downloads at once do
not share it: the second one takes a file of its own.

Contents
--------
download, open_regular, lock_folder, take_place, force_folder
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.io import limits
from melodyai_edu.io.disk import as_path, check_file
from melodyai_edu.io.storage_record import Item

__all__ = ["download", "force_folder", "lock_folder", "open_regular", "take_place"]


@contextlib.contextmanager
def open_regular(file: Path) -> Iterator[BufferedReader]:
    """Open a file to be sent.

    Parameters
    ----------
    file : Path

    Yields
    ------
    opened : binary file

    Raises
    ------
    InputError
        If it is missing, no regular file or too large, or if it changed meanwhile.
    """
    if not file.is_file() or file.stat().st_size:  # an empty file may be sent
        check_file(file, limits.STORED_BYTES)
    try:
        with file.open("rb") as opened:
            before = os.fstat(opened.fileno())
            yield opened
            after = os.fstat(opened.fileno())
    except OSError as error:
        raise InputError(f"{file.name}: it cannot be read ({error.strerror})") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError(f"{file.name}: it changed while it was sent; send it again")


def download(
    item: Item, parts: Callable[[int], Iterator[bytes]], path: str | os.PathLike[str]
) -> None:
    """Bring parts into a file.

    Parameters
    ----------
    item : Item
        What they must amount to.
    parts : callable
        Gives the parts from a number on, each one checked.
    path : path
        Its folder must exist.

    Raises
    ------
    InputError
        If what came is not what was stored.
    OutputError
        If it cannot be written.
    """
    file = as_path(path, OutputError)
    if file.exists() and not file.is_file():
        raise OutputError(f"{file.name}: a folder or a device has this name; choose another")
    if not file.parent.is_dir():
        raise OutputError(f"{file.name}: there is no folder {str(file.parent)!r}; make it first")
    try:
        with _partial(file, item) as (opened, partial):
            total, number = _whole_parts(opened, item)
            for part in parts(number):
                total.update(part)
                opened.write(part)
            if total.hexdigest() != item.sha256:
                partial.unlink()
                raise InputError(f"{file.name}: what came is not what was stored; fetch it again")
            opened.flush()
            os.fsync(opened.fileno())
            partial.replace(file)
    except OSError as error:
        raise OutputError(f"{file.name}: it cannot be written ({error.strerror})") from error


@contextlib.contextmanager
def _partial(file: Path, item: Item) -> Iterator[tuple[BinaryIO, Path]]:
    """Open the hidden file alone; it stays if the download is cut."""
    shared = file.with_name(f".{file.name}.{item.sha256[:16]}.partial")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(shared, flags, 0o666), "r+b") as opened:  # noqa: PTH123
        if _take(opened.fileno(), shared):
            yield opened, shared
            return
    own = file.with_name(f".{file.name}.{secrets.token_hex(8)}.partial")
    try:
        with own.open("x+b") as opened:
            yield opened, own
    finally:
        own.unlink(missing_ok=True)


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[bool]:
    """Lock a folder while the block runs; give False if another has it, or it is gone.

    Parameters
    ----------
    folder : Path

    Yields
    ------
    alone : bool
    """
    try:
        opened = os.open(
            folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
        )
    except OSError:
        yield False
        return
    try:
        yield _take(opened, folder)
    finally:
        os.close(opened)


def take_place(place: Path, target: Path) -> Path:
    """Put a whole folder where an old one may be.

    Parameters
    ----------
    place : Path
        Is gone afterwards.
    target : Path
        The folders above it are made.

    Returns
    -------
    target : Path

    Raises
    ------
    OutputError
        If it cannot be done.
    """
    old = place.with_name(f".{target.name}.{secrets.token_hex(8)}.old")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.rename(old)
        place.rename(target)
        force_folder(target.parent)
    except OSError as error:
        raise OutputError(f"{target}: it cannot be put there ({error.strerror})") from error
    shutil.rmtree(old, ignore_errors=True)
    return target


def force_folder(folder: Path) -> None:
    """Let a folder's own entries reach the disk, where the system can.

    Parameters
    ----------
    folder : Path
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _take(opened: int, path: Path) -> bool:
    """Lock a file, if nobody has and it still has its name."""
    try:
        import fcntl
    except ImportError:  # on Windows each download starts anew
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(opened), path.stat())
    except OSError:
        return False


def _whole_parts(opened: BinaryIO, item: Item) -> tuple[hashlib._Hash, int]:
    """Count the parts that are there already, and cut off what stands behind them."""
    total, number, end = hashlib.sha256(), 0, 0
    for number_sum in item.parts:
        data = opened.read(item.length(number))
        if hashlib.sha256(data).hexdigest() != number_sum:
            break
        total.update(data)
        number, end = number + 1, end + len(data)
    opened.seek(end)
    opened.truncate()
    return total, number
