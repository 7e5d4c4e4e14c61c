"""Corpora in a storage: sent whole, and checked when they come.

Conventions
-----------
A corpus is published under ``corpora/NAME``. What comes from a storage is as untrusted as any
file: it is laid aside, every tune of it is built once, and only then it gets its place. A bucket
of plain music files, which no storage of ours wrote, can be read too: each file then goes through
the checks of ``melodyai data add``.

Contents
--------
push, pull, bring_music
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from melodyai_edu.errors import InputError, MelodyAIError, OutputError, ParameterError
from melodyai_edu.io import limits
from melodyai_edu.io.arrays import read_arrays
from melodyai_edu.io.corpus import corpus_folder, home_folder
from melodyai_edu.io.corpus_columns import Columns
from melodyai_edu.io.disk import read_bytes, save_bytes
from melodyai_edu.io.kinds import SUFFIXES
from melodyai_edu.io.storage import Stored, open_storage
from melodyai_edu.io.storage_files import take_place
from melodyai_edu.io.storage_plain import read_plain

__all__ = ["bring_music", "pull", "push"]

_FILES = {"tunes.npz", "card.md"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CARD_BYTES = 1_000_000
_CORPUS_BYTES = 500_000_000


def push(name: str, url: str, *, allowed: Iterable[str] | None = None) -> Stored:
    """Publish a corpus of this machine.

    Parameters
    ----------
    name : str
        One of `list_corpora`.
    url : str
        As in `open_storage`.
    allowed : iterable of str, optional
        As in `open_storage`.

    Returns
    -------
    stored : Stored

    Raises
    ------
    ParameterError
        If there is no such corpus, or the address is none or not allowed.
    StorageError
        If the storage refuses or keeps failing.
    """
    return open_storage(url, allowed=allowed).publish(f"corpora/{name}", corpus_folder(name))


def pull(
    name: str, url: str, *, replace: bool = False, allowed: Iterable[str] | None = None
) -> Path:
    """Fetch a published corpus, to be opened by its name.

    Parameters
    ----------
    name : str
    url : str
    replace : bool
        Whether an own corpus of that name may be replaced.
    allowed : iterable of str, optional

    Returns
    -------
    folder : Path

    Raises
    ------
    NotStoredError
        If the storage has no corpus of that name.
    InputError
        If what came is no corpus, or damaged.
    OutputError
        If there is one of that name already.
    ParameterError, StorageError
        As for `push`.
    """
    if not _NAME.fullmatch(name):
        raise ParameterError(f"name={name!r} must be small letters, digits and _, at most 40")
    storage, target = open_storage(url, allowed=allowed), home_folder() / name
    if target.exists() and not replace:
        raise OutputError(f"{target}: there is a corpus of that name already; pull with --replace")
    aside = home_folder().parent / "incoming" / "corpora" / name
    storage.fetch(f"corpora/{name}", aside, replace=True, limit=_CORPUS_BYTES)
    _check(aside)
    return take_place(aside, target)


def _check(folder: Path) -> None:
    """Build every tune once; whatever goes wrong is a damaged corpus."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if "tunes.npz" not in files or not files <= _FILES:
        raise InputError(f"{folder.name}: must be a corpus, {' and '.join(sorted(_FILES))}")
    if "card.md" in files:
        _check_card(folder / "card.md")
    file = folder / "tunes.npz"
    read_arrays(read_bytes(file, _CORPUS_BYTES), _CORPUS_BYTES)  # a stranger's has a closer limit
    columns = Columns.read(file)
    try:
        for index in range(len(columns)):
            columns.score(index)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MelodyAIError) as error:
        raise InputError(
            f"{folder.name}: tune {index + 1} of the corpus is damaged ({error})"
        ) from error


def _check_card(file: Path) -> None:
    try:
        read_bytes(file, _CARD_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name}: is no text ({error})") from error


def bring_music(
    url: str, folder: str | os.PathLike[str], *, allowed: Iterable[str] | None = None
) -> int:
    """Copy the music files below an address here, to be made a corpus.

    Parameters
    ----------
    url : str
        ``s3://bucket/prefix`` or ``gs://bucket/prefix`` with MIDI, MusicXML or ABC files.
    folder : path
        Must exist.
    allowed : iterable of str, optional

    Returns
    -------
    count : int

    Raises
    ------
    InputError
        If there are no music files, too many, or one is too large.
    ParameterError, StorageError
        As for `push`.
    """
    count = 0
    for key, data in read_plain(url, set(SUFFIXES), limits.MUSICXML_BYTES, allowed=allowed):
        file = Path(folder, *PurePosixPath(key).parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        save_bytes(data, file)
        count += 1
    if not count:
        raise InputError(f"{url}: there are no music files there; we read {', '.join(SUFFIXES)}")
    return count
