"""Saved tastes by name: where they lie, and which one is meant.

Conventions
-----------
A taste is a file ``NAME.json`` in the folder ``tastes`` of your own folder, or a file elsewhere,
meant by its path. Its identity is ``"NAME CHECKSUM"``: then it must be that very one.

Contents
--------
tastes_folder, list_tastes, find_taste, identify_taste, load_taste
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import is_file
from melodyai_edu.models.preference import PreferenceModel

__all__ = ["find_taste", "identify_taste", "list_tastes", "load_taste", "tastes_folder"]

#: A name with (the beginning of) a checksum behind it.
_IDENTITY = re.compile(r"(.+) ([0-9a-f]{12,64})")


def tastes_folder() -> Path:
    """Give the folder of the tastes that were learned on this machine."""
    return home_folder().parent / "tastes"


def list_tastes() -> list[str]:
    """List the names that `load_taste` knows, sorted."""
    return sorted(file.stem for file in tastes_folder().glob("*.json"))


def find_taste(name: str | Path) -> Path:
    """Find the file of a taste.

    Parameters
    ----------
    name : str or Path
        One of `list_tastes`, or a ``.json`` file; behind it may stand a space and the beginning of
        its checksum (12 digits or more).

    Returns
    -------
    file : Path

    Raises
    ------
    ParameterError
        If there is no such taste, or it has another checksum.
    InputError
        If its file is damaged and a checksum is asked for.
    """
    text = str(name)
    if (file := _file(text)) is not None:
        return file
    match = _IDENTITY.fullmatch(text)
    file = _file(match[1]) if match else None
    if match is None or file is None:
        near = get_close_matches(text, list_tastes(), n=2)
        hint = f" (perhaps {' or '.join(map(repr, near))}?)" if near else ""
        known = ", ".join(list_tastes()) or "none yet, rate pieces and learn one"
        raise ParameterError(
            f"taste={text!r} must be a .json file of a taste, or one of: {known}{hint}"
        )
    if not (here := _open(file, file.stat().st_mtime_ns).sha256).startswith(match[2]):
        raise ParameterError(
            f"taste={text!r}: it must have that checksum, the one here has "
            f"{here[: len(match[2])]}; bring the very taste back, or name it without a checksum"
        )
    return file


def _file(text: str) -> Path | None:
    """Give the file of a name or a path, if there is one."""
    if text in list_tastes():
        return tastes_folder() / f"{text}.json"
    return Path(text) if text.endswith(".json") and is_file(text) else None


def identify_taste(name: str | Path) -> str:
    """Name a taste so that no other can be meant: what a piece remembers.

    Parameters
    ----------
    name : str or Path
        As in `find_taste`.

    Returns
    -------
    identity : str
        Its name, or its path, and the beginning of its checksum; `find_taste` knows it.

    Raises
    ------
    ParameterError, InputError
        As `load_taste`.
    """
    file = find_taste(name)
    is_named = file.parent == tastes_folder()
    return f"{file.stem if is_named else file} {load_taste(name).sha256[:12]}"


def load_taste(name: str | Path) -> PreferenceModel:
    """Open a taste.

    Parameters
    ----------
    name : str or Path
        As in `find_taste`.

    Returns
    -------
    taste : PreferenceModel

    Raises
    ------
    ParameterError
        If there is no such taste, or it has another checksum.
    InputError
        If its file is damaged or altered.
    """
    file = find_taste(name)
    return _open(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _open(file: Path, changed: int) -> PreferenceModel:
    """Read a taste once until its file changes (`changed`, nanoseconds)."""
    return PreferenceModel.load(file)
