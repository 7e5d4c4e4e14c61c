"""The name under which somebody rates: random, and nothing of the person in it.

Conventions
-----------
Drawn once for a home folder and kept there in ``rater.txt``. It says nothing of the person, the
machine or the time, so who deletes the file is somebody else from then on.

Contents
--------
rater_name, forget_rater
"""

from __future__ import annotations

import contextlib
import re
import secrets
from pathlib import Path

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.feedback.database import put_new
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import read_bytes

__all__ = ["forget_rater", "rater_name"]

_NAME = re.compile(r"rater-[0-9a-f]{12}\n?")


def _file() -> Path:
    return home_folder().parent / "rater.txt"


def rater_name() -> str:
    """Give the pseudonym of this home folder; the first time it is drawn.

    Returns
    -------
    rater : str
        Such as ``"rater-5f02c47bd91e"``.

    Raises
    ------
    InputError
        If the file that keeps it holds something else.
    OutputError
        If it cannot be kept.
    """
    file = _file()
    if not file.exists():
        _draw(file)
    try:
        text = read_bytes(file, 100).decode(errors="replace")
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error
    if not _NAME.fullmatch(text):
        raise InputError(f"{file.name}: it holds no pseudonym of ours; delete it for a new one")
    return text.strip()


def _draw(file: Path) -> None:
    """Draw a pseudonym and keep it, unless another process was quicker."""
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(mode=0o600, exist_ok=False)
        partial.write_text(f"rater-{secrets.token_hex(6)}\n", encoding="utf-8")
        put_new(partial, file)
    except OSError as error:
        raise OutputError(
            f"{file.name}: no pseudonym can be kept ({error.strerror}); say rater=... yourself"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def forget_rater() -> None:
    """Delete the pseudonym; the next rating is under a new one.

    Raises
    ------
    OutputError
        If the file cannot be deleted.
    """
    try:
        _file().unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{_file().name}: it cannot be deleted ({error.strerror})") from error
