"""Checkpoints that survive a power cut.

Conventions
-----------
A checkpoint is a folder ``00000123`` (the number of training steps) with ``arrays.npz``,
``state.json`` and, written last, ``manifest.json`` with the SHA-256 of both. It is made in a
folder beside it, forced to disk and renamed; the two newest are kept. What is of a later step was
left by another run, or is damaged: it goes. What has no manifest, or another sum than its manifest
says, is torn: it is skipped, and the user is told.

Contents
--------
Checkpoint, commit, latest, hash_of
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.errors import InputError
from melodyai_edu.io.arrays import read_arrays
from melodyai_edu.io.disk import read_bytes
from melodyai_edu.io.storage_files import force_folder

__all__ = ["Checkpoint", "commit", "hash_of", "latest"]

_KEPT = 2
_ARRAYS, _STATE, _MANIFEST = "arrays.npz", "state.json", "manifest.json"
_LIMIT = 2 * 1024**3  # bytes of one file


class Checkpoint(NamedTuple):
    """All that training needs to go on.

    Parameters
    ----------
    step : int
        How many training steps were done.
    arrays : dict of str to np.ndarray
        Weights, optimiser, states of random generators, the best weights so far.
    state : dict
        Epoch, batch, seed, best figure, history: anything that JSON can hold.
    """

    step: int
    arrays: dict[str, np.ndarray]
    state: dict[str, Any]


def commit(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint in one step; keep it and the one before, and remove all others.

    Parameters
    ----------
    folder : Path
        Where checkpoints are kept; made if it is missing.
    checkpoint : Checkpoint

    Returns
    -------
    path : Path
        The folder of this checkpoint.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> commit(folder, Checkpoint(3, {"a": np.arange(2)}, {"epoch": 0})).name
    '00000003'
    >>> latest(folder).state
    {'epoch': 0}
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{checkpoint.step:08d}"
    for left in folder.glob(".*.partial"):
        shutil.rmtree(left, ignore_errors=True)
    partial = folder / f".{path.name}.partial"
    partial.mkdir()
    buffer = io.BytesIO()
    np.savez(buffer, **checkpoint.arrays)  # type: ignore[arg-type] # names are free
    files = {
        _ARRAYS: buffer.getvalue(),
        _STATE: json.dumps(checkpoint.state).encode(),
    }
    for name, data in files.items():
        _write(partial / name, data)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    _write(partial / _MANIFEST, json.dumps(sums).encode())
    force_folder(partial)
    for later in _paths(folder):
        if int(later.name) >= checkpoint.step:
            shutil.rmtree(later, ignore_errors=True)
    partial.rename(path)
    force_folder(folder)
    for old in _paths(folder)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def latest(folder: Path) -> Checkpoint | None:
    """Read the newest whole checkpoint.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    checkpoint : Checkpoint or None
        None if there is none. A torn or altered one is skipped with a warning that names it.
    """
    for path in reversed(_paths(folder)):
        try:
            return _read(path)
        except InputError as error:
            warnings.warn(
                f"checkpoint {path.name} is damaged ({error}); the one before it is used",
                RuntimeWarning,
                stacklevel=2,
            )
    return None


def hash_of(arrays: Sequence[np.ndarray]) -> str:
    """Give the SHA-256 of what a run begins with, so that no other run goes on from it.

    Parameters
    ----------
    arrays : sequence of np.ndarray
        Such as weights; each as 32-bit floating-point numbers.

    Returns
    -------
    sha256 : str [64 hexadecimal digits]
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    return digest.hexdigest()


def _paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and path.name.isdecimal()]
    return sorted(found, key=lambda path: int(path.name))


def _read(path: Path) -> Checkpoint:
    try:
        sums: Mapping[str, str] = json.loads(read_bytes(path / _MANIFEST, _LIMIT))
        files = {name: read_bytes(path / name, _LIMIT) for name in (_ARRAYS, _STATE)}
        for name, data in files.items():
            if sums.get(name) != hashlib.sha256(data).hexdigest():
                raise InputError(f"{name}: its checksum is not the one in {_MANIFEST}")
        arrays = read_arrays(files[_ARRAYS], _LIMIT)
        return Checkpoint(int(path.name), arrays, json.loads(files[_STATE]))
    except (ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"{path.name}: {error}") from error


def _write(file: Path, data: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
