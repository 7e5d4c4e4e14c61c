"""The learner's disk: names of files, opening them safely, saving them whole.

Conventions
-----------
Only regular files are opened, and nothing waits for a pipe. Saving is atomic: the old file stays
until the new one is whole.

Contents
--------
as_path, is_file, check_file, read_bytes, save_bytes
"""

from __future__ import annotations

import difflib
import os
import secrets
import stat
from pathlib import Path

from melodyai_edu.errors import InputError, MelodyAIError, OutputError, ParameterError
from melodyai_edu.io import limits

__all__ = ["as_path", "check_file", "is_file", "read_bytes", "save_bytes"]


def as_path(path: str | os.PathLike[str], error: type[MelodyAIError]) -> Path:
    """Make a path of what a caller gave; a leading ``~`` is the home folder.

    Parameters
    ----------
    path : path
    error : type
        `InputError` for a file to read, `OutputError` for one to write.

    Returns
    -------
    file : Path

    Raises
    ------
    ParameterError
        If it is neither text nor a path.
    InputError, OutputError
        If no file can have that name.

    Examples
    --------
    >>> as_path("tunes/jig.abc", InputError).suffix
    '.abc'
    """
    if not isinstance(path, str | os.PathLike):
        raise ParameterError(f"path={path!r} must be the name of a file, as text or a Path")
    text = os.fspath(path)
    if not isinstance(text, str) or not text or "\0" in text:
        raise error(f"path={text!r} is no name that a file can have")
    return Path(text).expanduser() if text.startswith("~") else Path(text)


def read_bytes(file: Path, limit: int) -> bytes:
    """Read a regular file whole; a pipe, a device or a folder is refused, and never waited for.

    Parameters
    ----------
    file : Path
    limit : int [bytes]

    Returns
    -------
    data : bytes

    Raises
    ------
    InputError
        If the file is missing, not a regular file, not readable, empty or over the limit.
    """
    try:
        _check_regular(file.stat().st_mode)  # before opening: to open a device may do something
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(file, flags), "rb") as opened:  # noqa: PTH123
            status = os.fstat(opened.fileno())
            _check_regular(status.st_mode)
            if status.st_size > limit:
                raise limits.over_limit("bytes", status.st_size, limit, "split the piece")
            # No more is asked for than there is: so much memory is taken before anything is read.
            data = opened.read(status.st_size + 1)
    except FileNotFoundError as error:
        raise InputError(f"there is no such file; {_similar_names(file)}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"it cannot be opened ({reason}); check its name and rights") from error
    if len(data) > status.st_size:
        raise InputError("it grows while it is read; wait until it is whole")
    if not data:
        raise InputError("it is empty (0 bytes); export or download it again")
    return data


def is_file(path: str | os.PathLike[str]) -> bool:
    """Say whether there is such a file; no file has an impossible name.

    Parameters
    ----------
    path : path

    Returns
    -------
    is_there : bool

    Examples
    --------
    >>> is_file("x" * 5000)
    False
    """
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def check_file(file: Path, limit: int) -> int:
    """Refuse what is no regular file, before anything opens it.

    Parameters
    ----------
    file : Path
    limit : int [bytes]

    Returns
    -------
    size : int [bytes]

    Raises
    ------
    InputError
        If the file is missing, not a regular file, empty or over the limit.
    """
    try:
        status = file.stat()
    except FileNotFoundError as error:
        raise InputError(f"there is no such file; {_similar_names(file)}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"it cannot be opened ({error}); check its name and rights") from error
    _check_regular(status.st_mode)
    if not status.st_size:
        raise InputError("it is empty (0 bytes); export or download it again")
    if status.st_size > limit:
        raise limits.over_limit("bytes", status.st_size, limit, "split the file")
    return status.st_size


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise InputError("it is a folder; give the name of one file inside it")
    if not stat.S_ISREG(mode):
        raise InputError("it is a pipe or a device, not a file; copy its contents to a file")


def _similar_names(file: Path) -> str:
    """Suggest what the name may have meant."""
    try:
        names = [entry.name for entry, _ in zip(file.parent.iterdir(), range(2000), strict=False)]
    except OSError:
        return f"there is no folder {str(file.parent)!r} either"
    close = difflib.get_close_matches(file.name, names, n=3)
    hint = f"did you mean {' or '.join(map(repr, close))}?" if close else "check the name and"
    return hint if close else f"{hint} the folder, {str(file.parent.absolute())!r}"


def save_bytes(data: bytes, path: str | os.PathLike[str]) -> None:
    """Put bytes into a file in one step: it is there whole or not at all.

    Parameters
    ----------
    data : bytes
    path : path
        Its folder must exist.

    Raises
    ------
    OutputError
        If the folder is missing, the path is a folder or a device, or the disk refuses.
    """
    file = Path(os.path.realpath(as_path(path, OutputError)))  # keeps a link a link
    if file.exists() and not file.is_file():
        raise OutputError(f"{file.name}: a folder or a device has this name; choose another")
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with partial.open("xb") as opened:
            opened.write(data)
        if file.exists():
            partial.chmod(stat.S_IMODE(file.stat().st_mode))
        partial.replace(file)
    except FileNotFoundError as error:
        folder = str(file.parent)
        raise OutputError(f"{file.name}: there is no folder {folder!r}; make it first") from error
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"{file.name}: it cannot be written ({error.strerror}); choose another name or folder"
        ) from error
