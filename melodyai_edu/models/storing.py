"""Models and tastes in a storage: sent whole, and checked when they come.

Conventions
-----------
A model is published under ``models/NAME``, a taste under ``tastes/NAME.json``. What comes from a
storage is as untrusted as any file: only numbers and JSON are read, the card and the checksums
are checked, and where Keras is at hand the network is built once before the model gets its place.

Contents
--------
push_model, pull_model, push_taste, pull_taste
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.io.arrays import read_arrays
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import read_bytes, save_bytes
from melodyai_edu.io.storage import Stored, open_storage
from melodyai_edu.io.storage_files import take_place
from melodyai_edu.models.card import CARD_FILE
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.models.saved import check_weights, find_model, has_tensorflow, load_model
from melodyai_edu.models.tastes import find_taste, tastes_folder

__all__ = ["pull_model", "pull_taste", "push_model", "push_taste"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILES = {CARD_FILE, "weights.npz"}
_MODEL_BYTES = 3 * 1024**3
_TASTE_BYTES = 10_000_000


def push_model(name: str, url: str, *, allowed: Iterable[str] | None = None) -> Stored:
    """Publish a model.

    Parameters
    ----------
    name : str
        One of `list_models`.
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
        If there is no such model, or the address is none or not allowed.
    InputError
        If the model is damaged.
    StorageError
        If the storage refuses or keeps failing.
    """
    folder = find_model(name)
    check_weights(folder)
    return open_storage(url, allowed=allowed).publish(f"models/{_checked(folder.name)}", folder)


def pull_model(
    name: str, url: str, *, replace: bool = False, allowed: Iterable[str] | None = None
) -> Path:
    """Fetch a published model, to be used by its name.

    Parameters
    ----------
    name : str
    url : str
    replace : bool
        Whether an own model of that name may be replaced.
    allowed : iterable of str, optional

    Returns
    -------
    folder : Path

    Raises
    ------
    NotStoredError
        If the storage has no model of that name.
    InputError
        If what came is no model, or damaged.
    OutputError
        If there is one of that name already.
    ParameterError, StorageError
        As for `push_model`.
    """
    storage = open_storage(url, allowed=allowed)
    target = home_folder().parent / "models" / _checked(name)
    if target.exists() and not replace:
        raise OutputError(f"{target}: there is a model of that name already; pull with --replace")
    aside = home_folder().parent / "incoming" / "models" / name
    files = storage.fetch(f"models/{name}", aside, replace=True, limit=_MODEL_BYTES)
    if {file.name for file in files} != _FILES:
        raise InputError(f"{name}: must be a model, {' and '.join(sorted(_FILES))}")
    check_weights(aside)
    read_arrays(read_bytes(aside / "weights.npz", _MODEL_BYTES), _MODEL_BYTES)
    if has_tensorflow():
        load_model(aside)
    return take_place(aside, target)


def push_taste(name: str, url: str, *, allowed: Iterable[str] | None = None) -> Stored:
    """Publish a taste.

    Parameters
    ----------
    name : str
        One of `list_tastes`.
    url : str
    allowed : iterable of str, optional

    Returns
    -------
    stored : Stored

    Raises
    ------
    ParameterError, InputError, StorageError
        As for `push_model`.
    """
    file = find_taste(name)
    PreferenceModel.load(file)
    return open_storage(url, allowed=allowed).put_file(f"tastes/{_checked(file.stem)}.json", file)


def pull_taste(
    name: str, url: str, *, replace: bool = False, allowed: Iterable[str] | None = None
) -> Path:
    """Fetch a taste, to be used by its name.

    Parameters
    ----------
    name : str
    url : str
    replace : bool
        Whether an own taste of that name may be replaced.
    allowed : iterable of str, optional

    Returns
    -------
    file : Path

    Raises
    ------
    NotStoredError, InputError, OutputError, ParameterError, StorageError
        As for `pull_model`.
    """
    storage = open_storage(url, allowed=allowed)
    target = tastes_folder() / f"{_checked(name)}.json"
    if target.exists() and not replace:
        raise OutputError(f"{target}: there is a taste of that name already; pull with --replace")
    data = storage.get(f"tastes/{target.name}", _TASTE_BYTES)
    aside = home_folder().parent / "incoming" / "tastes" / target.name
    for folder in (aside.parent, target.parent):
        folder.mkdir(parents=True, exist_ok=True)
    save_bytes(data, aside)
    PreferenceModel.load(aside)
    aside.replace(target)
    return target


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ParameterError(
            f"name={name!r} must be letters, digits and ._-, begin with a letter or digit and "
            f"have at most 100 characters"
        )
    return name
