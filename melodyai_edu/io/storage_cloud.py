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
from typing import Any

from melodyai_edu.errors import MissingDependencyError, StorageError
from melodyai_edu.io.storage_places import Place

__all__ = ["CloudObjects"]

_LIBRARY = {"s3": "s3fs", "gs": "gcsfs"}
#: Answers that stay the same; 400 is none, since a cut request gets it too, and 404, 410 and 501
#: neither: gcsfs may get them when it clears away what it failed to send.
_REFUSALS = {401, 403, 405, 411, 413, 414}
_LASTING = (FileNotFoundError, PermissionError, ValueError, TypeError, StorageError)
_NO_CREDENTIALS = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "DefaultCredentialsError",
}


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

    def __init__(self, place: Place, timeout: float) -> None:
        self.place = place
        self.timeout = timeout
        self._made: tuple[int, Any] | None = None
        _check_library(place.protocol)

    def read(self, key: str, limit: int) -> bytes:
        """Read an object, of which at most ``limit`` bytes are wanted."""
        try:
            data: bytes = self._files.cat_file(self._path(key), start=0, end=limit)
        except FileNotFoundError as error:
            if "bucket" in str(error).lower():  # S3 tells the two apart, Google does not
                raise self._no_bucket() from error
            raise
        return data

    def write(self, key: str, data: bytes) -> None:
        """Write an object in one step.

        One chunk as long as the object: then gcsfs does not send a body of several parts, which
        loses a carriage return at its end and is cut where the object holds the mark between them.
        """
        try:
            self._files.pipe_file(self._path(key), data, chunksize=max(len(data), 1))
        except FileNotFoundError as error:
            if "upload_id" in str(error):  # the upload has gone, not the bucket
                raise ConnectionError("the upload was broken off") from error
            raise self._no_bucket() from error

    def keys(self, prefix: str) -> list[str]:
        """List the objects below a prefix that ends with a slash, or all."""
        root = self.place.root + "/"
        try:
            found = self._files.find(self._path(prefix))
        except FileNotFoundError as error:  # an empty prefix is no error
            raise self._no_bucket() from error
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

    def lasting(self, error: Exception) -> bool:
        """Tell whether it is of no use to ask again."""
        if isinstance(error, _LASTING):
            return True
        if type(error).__name__ in _NO_CREDENTIALS or str(error).startswith("Forbidden"):
            return True  # the second is how gcsfs says 403
        return _status(error) in _REFUSALS

    def sweep(self, seconds: float) -> None:
        """Nothing is left over here: an object whose writing is cut does not exist."""

    def _no_bucket(self) -> StorageError:
        bucket = self.place.root.partition("/")[0]
        return StorageError(f"{self.place.url}: there is no bucket {bucket!r}; make it first")

    def _path(self, key: str) -> str:
        return f"{self.place.root}/{key}"

    @property
    def _files(self) -> Any:
        """The fsspec file system, made anew in a forked process, where the old one would hang."""
        made = self._made
        if made is None or made[0] != os.getpid():
            make = _make_s3 if self.place.protocol == "s3" else _make_gs
            made = self._made = os.getpid(), make(self.timeout)
        return made[1]


def _status(error: BaseException) -> int | None:
    """Find the HTTP status of an error of s3fs or gcsfs, if it has one."""
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    if isinstance(response, dict):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        status = getattr(error, "code", None)
    return int(status) if str(status).isdecimal() else None


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
    import aiohttp
    from gcsfs.core import GCSFileSystem  # plain buckets only, which emulators know too

    class Files(GCSFileSystem):  # type: ignore[misc]
        protocol = ()  # not to be found by others
        # Its own six tries take a minute, whatever was asked.
        _request = getattr(GCSFileSystem._request, "__wrapped__", GCSFileSystem._request)

    return Files(
        token="anon" if os.environ.get("STORAGE_EMULATOR_HOST") else None,
        endpoint_url=_emulator(),
        requests_timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout),
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _emulator() -> str | None:
    host = os.environ.get("STORAGE_EMULATOR_HOST")
    return f"http://{host}" if host and "://" not in host else host or None
