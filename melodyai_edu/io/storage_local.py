"""Objects in a folder of this computer, or of a disk that several share.

Conventions
-----------
An object is written beside, forced to disk and renamed: after a power cut it is there whole or
not at all. Links inside the folder that lead out of it are refused.

Contents
--------
LocalObjects
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from melodyai_edu.errors import StorageError
from melodyai_edu.io.storage_files import force_folder

__all__ = ["LocalObjects"]

_PARTIAL = "partial"
_TRIES = 20


class LocalObjects:
    """Read and write whole objects under keys, in a folder.

    Parameters
    ----------
    folder : Path
        Without links; made with the first object.

    Examples
    --------
    >>> import tempfile
    >>> objects = LocalObjects(Path(tempfile.mkdtemp()).resolve())
    >>> objects.write("names/a!", b"la")
    >>> objects.read("names/a!", 10), objects.keys("names/")
    (b'la', ['names/a!'])
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: str, limit: int) -> bytes:
        """Read an object, of which at most ``limit`` bytes are wanted."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        flags |= getattr(os, "O_BINARY", 0)
        try:
            opened = os.open(self._path(key), flags)
        except NotADirectoryError as error:
            raise FileNotFoundError(key) from error
        with open(opened, "rb") as file:  # noqa: PTH123
            return file.read(limit)

    def write(self, key: str, data: bytes) -> None:
        """Write an object; who reads meanwhile gets the old one or the new one."""
        partial = self._path(f"{_PARTIAL}/{secrets.token_hex(16)}")
        path = self._path(key)
        try:
            _in_folder(partial.parent, lambda: _save(partial, data))
            _in_folder(path.parent, lambda: partial.replace(path))
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        with contextlib.suppress(FileNotFoundError):  # it is removed already
            force_folder(path.parent)

    def keys(self, prefix: str) -> list[str]:
        """List the objects below a prefix that ends with a slash."""
        folder = self._path(prefix + "x").parent
        found = (
            Path(path, name)
            for path, _, names in os.walk(folder, followlinks=False)
            for name in names
        )
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def remove(self, key: str) -> None:
        """Remove an object, and the folders that it leaves empty."""
        path = self._path(key)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self.folder or not folder.is_relative_to(self.folder):
                return
            try:
                folder.rmdir()
            except OSError:  # not empty
                return

    def written(self, key: str) -> float:
        """Tell when an object was written [seconds since 1970]."""
        return self._path(key).stat().st_mtime

    def lasting(self, error: Exception) -> bool:
        """Tell whether it is of no use to ask again; a disk is not asked twice."""
        return True

    def sweep(self, seconds: float) -> None:
        """Remove what a process that died was about to write."""
        for left in (self.folder / _PARTIAL).glob("*"):
            with contextlib.suppress(OSError):
                if left.stat().st_mtime < time.time() - seconds:
                    left.unlink()

    def _path(self, key: str) -> Path:
        path = self.folder / key
        if not Path(os.path.realpath(path.parent)).is_relative_to(self.folder):
            raise StorageError(
                f"{self.folder}: a link inside it leads out of it; remove it, or give the real "
                f"folder"
            )
        return path


def _save(file: Path, data: bytes) -> None:
    with file.open("xb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _in_folder(folder: Path, act: Callable[[], object]) -> None:
    """Act in a folder that another process may remove at any time, while it is empty."""
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):
            _make(folder)
            act()
            return
    raise StorageError(f"{folder}: it cannot be made, or others keep removing it; try again")


def _make(folder: Path) -> None:
    """Make a folder so that a power cut does not lose it."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    force_folder(folder.parent)
