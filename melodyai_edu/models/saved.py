"""Trained networks on disk: a JSON card and an archive of numbers, nothing that could run.

Conventions
-----------
A model is a folder with ``card.json`` and ``weights.npz``; its name is the folder's. The network is
built here, from the sizes on the card, and only numbers are read; what the numbers must be (how
many, of which shape) is known before the first is read. Weights are stored in half precision and
computed with in single precision.

A model is named by its folder's name, or by its identity, ``"NAME CHECKSUM"``: then it must be that
very one. Where one of yours has the name of one of the package, the name means yours.

Contents
--------
SavedModel, has_tensorflow, models_folder, list_models, find_model, identify, load_model,
check_weights, read_weights, save_model, ModelCard, read_card
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.arrays import open_archive, read_array
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import is_file, read_bytes, save_bytes
from melodyai_edu.models.card import CARD_FILE, ModelCard, read_card, save_card
from melodyai_edu.models.presets import build
from melodyai_edu.models.quiet import require_keras

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = [
    "ModelCard",
    "SavedModel",
    "check_weights",
    "find_model",
    "has_tensorflow",
    "identify",
    "list_models",
    "load_model",
    "models_folder",
    "read_card",
    "read_weights",
    "save_model",
]

_WEIGHTS = "weights.npz"
_WEIGHTS_LIMIT = 2 * 1024**3  # bytes

#: A name with (the beginning of) a checksum behind it.
_IDENTITY = re.compile(r"(.+) ([0-9a-f]{12,64})")


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A network with its card.

    Parameters
    ----------
    card : ModelCard
    network : Network
    """

    card: ModelCard
    network: Network

    @property
    def identity(self) -> str:
        """Its name and the beginning of its checksum: what a piece remembers."""
        return self.card.identity


def has_tensorflow() -> bool:
    """Say whether TensorFlow could be imported; nothing is imported."""
    from importlib.util import find_spec

    return find_spec("tensorflow") is not None and find_spec("keras") is not None


def models_folder() -> Path:
    """Give the folder of the networks that come with the package."""
    return Path(__file__).resolve().parent / "shipped"


def list_models() -> list[str]:
    """List the names that `load_model` knows: the package's own, then yours.

    Returns
    -------
    names : list of str

    Examples
    --------
    >>> "melody-small-transformer" in list_models()
    True
    """
    return list(dict.fromkeys(folder.name for folder in _places()))


def _places() -> list[Path]:
    """Give the folders of all models at hand, those of the package first."""
    return [
        card.parent
        for place in (models_folder(), home_folder().parent / "models")
        for card in sorted(place.glob(f"*/{CARD_FILE}"))
    ]


def find_model(name: str | Path) -> Path:
    """Find the folder of a model; nothing heavy is imported.

    Parameters
    ----------
    name : str or Path
        One of `list_models`, or a folder that `save_model` wrote; behind it may stand a space and
        the checksum of its weights, or the beginning of it (12 digits or more).

    Returns
    -------
    folder : Path

    Raises
    ------
    ParameterError
        If there is no such model, or none with that checksum.
    InputError
        If a checksum is asked for and the card is damaged.

    Examples
    --------
    >>> find_model("melody-small-transformer").name
    'melody-small-transformer'
    >>> find_model(identify("melody-small-transformer")).name
    'melody-small-transformer'
    """
    text = str(name)
    if found := _named(text):
        return found[-1]
    if match := _IDENTITY.fullmatch(text):
        found = _named(match[1])
        checksums = [read_card(folder).sha256 for folder in found]
        for folder, checksum in zip(found, checksums, strict=True):
            if checksum.startswith(match[2]):
                return folder
        if found:
            here = " and ".join(checksum[: len(match[2])] for checksum in checksums)
            raise ParameterError(
                f"model={text!r}: its weights must have that checksum, those here have {here}; "
                f"bring the very model back, or name it without a checksum to use this one"
            )
    raise ParameterError(
        f"model={text!r} must be a folder with a {CARD_FILE}, or one of: "
        f"{', '.join(list_models()) or 'none, train one'}"
    )


def _named(name: str) -> list[Path]:
    """Give the folders that have a name, yours last; or the one that a path leads to."""
    found = [folder for folder in _places() if folder.name == name]
    return found or ([Path(name)] if is_file(Path(name) / CARD_FILE) else [])


def identify(name: str | Path) -> str:
    """Name a model so that no other can be meant: what a piece remembers.

    Parameters
    ----------
    name : str or Path
        As in `find_model`.

    Returns
    -------
    identity : str
        Its name, or the path of a folder elsewhere, and the beginning of its checksum;
        `find_model` knows it.

    Raises
    ------
    ParameterError
        As `find_model`.
    InputError
        If its card is damaged.

    Examples
    --------
    >>> identify("melody-small-transformer")
    'melody-small-transformer fdfdbc5ef7d3'
    """
    folder = find_model(name)
    card = read_card(folder)
    return card.identity if folder in _places() else f"{folder} {card.sha256[:12]}"


def save_model(network: Network, card: ModelCard, folder: Path) -> ModelCard:
    """Write a network.

    Parameters
    ----------
    network : Network
    card : ModelCard
        Its checksum and its name are filled in.
    folder : Path
        Made if it is missing.

    Returns
    -------
    card : ModelCard
        As written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    halves = {f"{i:04d}": w.astype(np.float16) for i, w in enumerate(network.get_weights())}
    np.savez_compressed(buffer, **halves)
    data = buffer.getvalue()
    card = replace(card, sha256=hashlib.sha256(data).hexdigest(), name=folder.resolve().name)
    save_bytes(data, folder / _WEIGHTS)
    save_card(card, folder)
    return card


def load_model(name: str | Path) -> SavedModel:
    """Open a trained network.

    Parameters
    ----------
    name : str or Path
        As in `find_model`.

    Returns
    -------
    model : SavedModel

    Raises
    ------
    ParameterError
        If there is no such model, or it has another checksum than asked for.
    InputError
        If its card or its weights are damaged, altered or of another architecture.
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    folder = find_model(name)
    return _open(folder, (folder / CARD_FILE).stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _open(folder: Path, changed: int) -> SavedModel:
    """Read a model once until its card changes (`changed`, nanoseconds)."""
    card, data = check_weights(folder)
    require_keras()
    network = build(card.sizes)
    network.set_weights(read_weights(data, network.get_weights(), folder.name))
    return SavedModel(card, network)


def check_weights(folder: Path) -> tuple[ModelCard, bytes]:
    """Read the card and the weights as bytes, and check that they belong together.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    card : ModelCard
    data : bytes

    Raises
    ------
    InputError
        If either is missing, damaged or altered.
    """
    card = read_card(folder)
    try:
        data = read_bytes(folder / _WEIGHTS, _WEIGHTS_LIMIT)
    except InputError as error:
        raise InputError(f"{folder.name}/{_WEIGHTS}: {error}") from error
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise InputError(
            f"{folder.name}/{_WEIGHTS}: its checksum is not the one on its card: it was altered "
            "or cut off; take it anew"
        )
    return card, data


def read_weights(data: bytes, wanted: list[np.ndarray], name: str) -> list[np.ndarray]:
    """Read just the arrays that the network has, each of just the size it has there.

    Parameters
    ----------
    data : bytes
        An archive of arrays named 0000, 0001 and so on.
    wanted : list of np.ndarray
        Arrays of the shapes that they must have.
    name : str
        What messages call the model.

    Returns
    -------
    weights : list of np.ndarray [float32]

    Raises
    ------
    InputError
        If one is missing or too many, larger, of another shape or not finite.
    """
    found = []
    try:
        with open_archive(data) as archive:
            names = [f"{number:04d}.npy" for number in range(len(wanted))]
            if surplus := sorted({*archive.namelist()} - {*names}):
                raise InputError(
                    f"the network on the card has no place for {surplus[0]} ({len(surplus)} such "
                    f"arrays): card and weights are of different networks"
                )
            for number, weight in enumerate(wanted):
                room = 2 * weight.size + 1024  # half precision, and the header
                if archive.getinfo(names[number]).file_size > room:
                    raise InputError(f"array {number} is larger than its place")
                array = read_array(archive, names[number], room)
                is_number = array.dtype.kind == "f" and np.isfinite(array).all()
                if array.shape != weight.shape or not is_number:
                    raise InputError(
                        f"array {number} must be finite and of shape {weight.shape}, is "
                        f"{array.shape}"
                    )
                found.append(array.astype(np.float32))
    except InputError as error:
        raise InputError(f"{name}/{_WEIGHTS}: is no archive of weights: {error}") from error
    return found
