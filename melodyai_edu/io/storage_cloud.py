"""Objects in an S3 or Google bucket, through fsspec.

Conventions
-----------
Only whole objects are written and read, one request each, and no listing is remembered. The
libraries' own retries are off where that can be: `melodyai_edu.io.storage_retry` does it.

Contents
--------
CloudObjects
"""

from __future__ import annotations

import os
import threading
from typing import Any

from melodyai_edu.errors import MissingDependencyError, StorageError
from melodyai_edu.io.storage_places import Place

__all__ = ["CloudObjects"]

_LIBRARY = {"s3": "s3fs", "gs": "gcsfs"}


class CloudObjects:
    """Read and write whole objects under keys, in a bucket.

    Parameters
    ----------
    place : Place
    timeout : float [seconds]
        How long one request may go without an answer.

    Raises
    ------
    MissingDependencyError
        If the library for that kind of bucket is not installed.
    """

    #: What asking again cannot mend; a missing object is told apart before.
    lasting: tuple[type[Exception], ...] = (PermissionError, ValueError, TypeError, StorageError)

    def __init__(self, place: Place, timeout: float) -> None:
        self.place = place
        self.timeout = timeout
        self._lock = threading.Lock()
        self._made: tuple[int, Any] | None = None
        _check_library(place.protocol)

    def read(self, key: str, limit: int) -> bytes:
        """Read an object, of which at most ``limit`` bytes are wanted."""
        data: bytes = self._files.cat_file(self._path(key), start=0, end=limit)
        return data

    def write(self, key: str, data: bytes) -> None:
        """Write an object in one request."""
        self._files.pipe_file(self._path(key), data)

    def keys(self, prefix: str) -> list[str]:
        """List the objects below a prefix that ends with a slash."""
        root = self.place.root + "/"
        found = self._files.find(self._path(prefix))
        return sorted(path.removeprefix(root) for path in found)

    def remove(self, key: str) -> None:
        """Remove an object; one that is not there is as good as removed."""
        try:
            self._files.rm_file(self._path(key))
        except FileNotFoundError:
            return

    def written(self, key: str) -> float:
        """Tell when an object was written [seconds since 1970]."""
        return float(self._files.modified(self._path(key)).timestamp())

    def sweep(self, seconds: float) -> None:
        """Nothing is left over here: an object whose writing is cut does not exist."""

    def _path(self, key: str) -> str:
        return f"{self.place.root}/{key}"

    @property
    def _files(self) -> Any:
        """The fsspec file system, made anew in a forked process, where the old one would hang."""
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                make = _make_s3 if self.place.protocol == "s3" else _make_gs
                self._made = os.getpid(), make(self.timeout)
            return self._made[1]


def _check_library(protocol: str) -> None:
    from importlib.util import find_spec

    if find_spec(_LIBRARY[protocol]) is None:
        raise MissingDependencyError(
            f'{protocol}:// needs {_LIBRARY[protocol]}; pip install "melodyai-edu[cloud]"'
        )


def _make_s3(timeout: float) -> Any:
    import s3fs

    settings = {
        "connect_timeout": timeout,
        "read_timeout": timeout,
        "retries": {"total_max_attempts": 1},
    }
    files = s3fs.S3FileSystem(
        config_kwargs=settings, use_listings_cache=False, skip_instance_cache=True
    )
    files.retries = 1
    return files


def _make_gs(timeout: float) -> Any:
    # Without it gcsfs asks an emulator for a kind of bucket that it does not know.
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    import aiohttp
    import gcsfs

    return gcsfs.GCSFileSystem(
        token="anon" if os.environ.get("STORAGE_EMULATOR_HOST") else None,
        requests_timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout),
        use_listings_cache=False,
        skip_instance_cache=True,
    )
