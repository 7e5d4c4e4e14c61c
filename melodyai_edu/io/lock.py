"""One at a time: a lock that programs on one machine hold while they change a file.

Conventions
-----------
The lock is an empty file beside the file that is changed. The system lets it go when its holder
ends, however that ends, so nothing is ever left locked.

Contents
--------
lock_beside
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

__all__ = ["lock_beside"]

_PAUSE = 0.01


@contextlib.contextmanager
def lock_beside(file: Path, seconds: float = 10.0) -> Iterator[bool]:
    """Hold the lock of a file, and wait for whoever holds it now.

    Parameters
    ----------
    file : Path
        What is to be changed; the lock is called ``.NAME.lock`` and lies in its folder.
    seconds : float, default 10 [s]
        How long to wait.

    Yields
    ------
    is_held : bool
        False where somebody else held it all the time. A system or a disk that knows no locks
        gives True, for there nobody can be waited for.

    Raises
    ------
    OSError
        If the folder is missing, or nothing may be written there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, lock_beside(Path(folder) / "notes.json") as is_held:
    ...     is_held
    True
    """
    with file.with_name(f".{file.name}.lock").open("ab") as opened:
        end = time.monotonic() + seconds
        while not (is_held := _try(opened)) and time.monotonic() < end:
            time.sleep(_PAUSE)
        yield is_held


def _try(opened: IO[bytes]) -> bool:
    """Lock an open file, if nobody else has; closing it lets it go."""
    try:
        import fcntl
    except ImportError:
        return _try_windows(opened)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # this disk knows no locks
        return True
    return True


def _try_windows(opened: IO[bytes]) -> bool:
    import msvcrt

    try:
        opened.seek(0)
        msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    return True
