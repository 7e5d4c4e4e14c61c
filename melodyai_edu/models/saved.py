"""Trained networks on disk: a JSON card and an archive of numbers, nothing that could run.

Conventions
-----------
A model is a folder with ``card.json`` and ``weights.npz``. The card names an architecture of ours
by its sizes, so the network is built here and only numbers are read; what the numbers must be
(how many, of which shape) is known before the first is read. Weights are stored in half precision
and computed with in single precision.

Contents
--------
ModelCard, SavedModel, save_model, load_model, list_models, models_folder, read_card,
read_weights
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import InputError, MissingDependencyError, ParameterError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import read_bytes, save_bytes
from melodyai_edu.models.presets import KINDS, Sizes, build
from melodyai_edu.tokens import VOCABULARY

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = [
    "ModelCard",
    "SavedModel",
    "has_tensorflow",
    "list_models",
    "load_model",
    "models_folder",
    "read_weights",
    "save_model",
]

_CARD, _WEIGHTS = "card.json", "weights.npz"
_CARD_LIMIT, _WEIGHTS_LIMIT = 1_000_000, 2 * 1024**3  # bytes
_FORMAT = 1

#: No network of a card may be larger than this, whatever the card says.
_MOST = {"hidden_dim": 2048, "num_layers": 48, "num_heads": 64, "units": 4096}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a trained network is, and where it comes from.

    Parameters
    ----------
    kind : str
        ``melody`` or ``rhythm``.
    preset : str
    sizes : Sizes
    training : dict
        Command, seed, data and its hash, losses, hours: whatever JSON can hold.
    sha256 : str
        Of the file of weights.
    """

    kind: str
    preset: str
    sizes: Sizes
    training: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""

    @property
    def name(self) -> str:
        """Such as ``melody-small-transformer``."""
        return f"{self.kind}-{self.preset}-{self.sizes.network}"


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
        return f"{self.card.name} {self.card.sha256[:12]}"


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
    >>> all(name.count("-") >= 2 for name in list_models() if name.startswith("melody"))
    True
    """
    return list(_folders())


def _folders() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for place in (models_folder(), home_folder().parent / "models"):
        for card in sorted(place.glob(f"*/{_CARD}")):
            found.setdefault(card.parent.name, card.parent)
    return found


def save_model(network: Network, card: ModelCard, folder: Path) -> ModelCard:
    """Write a network.

    Parameters
    ----------
    network : Network
    card : ModelCard
        Its checksum is filled in.
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
    card = ModelCard(
        card.kind, card.preset, card.sizes, card.training, hashlib.sha256(data).hexdigest()
    )
    save_bytes(data, folder / _WEIGHTS)
    text = json.dumps(
        {"format": _FORMAT, "vocabulary": _vocabulary_hash(), **asdict(card)}, indent=1
    )
    save_bytes(text.encode() + b"\n", folder / _CARD)
    return card


def load_model(name: str | Path) -> SavedModel:
    """Open a trained network.

    Parameters
    ----------
    name : str or Path
        One of `list_models`, or a folder that `save_model` wrote.

    Returns
    -------
    model : SavedModel

    Raises
    ------
    ParameterError
        If there is no such model.
    InputError
        If its card or its weights are damaged, altered or of another architecture.
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    folders = _folders()
    folder = folders.get(str(name), Path(name))
    if not (folder / _CARD).is_file():
        raise ParameterError(
            f"model={str(name)!r} must be a folder with a {_CARD}, or one of: "
            f"{', '.join(folders) or 'none, train one'}"
        )
    return _open(folder, (folder / _CARD).stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _open(folder: Path, changed: int) -> SavedModel:
    """Read a model once until its card changes (`changed`, nanoseconds)."""
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
    try:
        network = build(card.sizes)
    except ImportError as error:
        raise MissingDependencyError(
            'a neural model needs TensorFlow: pip install "melodyai-edu[neural]", or choose '
            'model="ngram"'
        ) from error
    network.set_weights(read_weights(data, network.get_weights(), folder.name))
    return SavedModel(card, network)


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model; nothing heavy is imported.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    card : ModelCard

    Raises
    ------
    InputError
        If it is no card of ours, or of a network larger than any of ours.
    """
    try:
        values = json.loads(read_bytes(folder / _CARD, _CARD_LIMIT))
        sizes = Sizes(**values["sizes"])
        if values["format"] != _FORMAT or values["kind"] not in KINDS:
            raise InputError(f"{folder.name}/{_CARD}: must be a {_FORMAT} card of {KINDS}")
        if values["vocabulary"] != _vocabulary_hash():
            raise InputError(
                f"{folder.name}/{_CARD}: was trained with another vocabulary; train it anew"
            )
        for limit, most in _MOST.items():
            number = getattr(sizes, limit)
            if not isinstance(number, int) or not 0 <= number <= most:
                raise InputError(f"{folder.name}/{_CARD}: {limit}={number} must be 0 to {most}")
        return ModelCard(
            values["kind"],
            str(values["preset"]),
            sizes,
            dict(values["training"]),
            str(values["sha256"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{folder.name}/{_CARD}: is no card of a model ({error})") from error


def _vocabulary_hash() -> str:
    return hashlib.sha256(VOCABULARY.to_json().encode()).hexdigest()


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
        If one is missing, larger, of another shape or not finite.
    """
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for number, weight in enumerate(wanted):
                member = archive.getinfo(f"{number:04d}.npy")
                if member.file_size > 2 * weight.size + 1024:
                    raise InputError(f"{name}/{_WEIGHTS}: array {number} is larger than its place")
                array = np.load(io.BytesIO(archive.read(member)), allow_pickle=False)
                if array.shape != weight.shape or not np.isfinite(array).all():
                    raise InputError(
                        f"{name}/{_WEIGHTS}: array {number} must be finite and of shape "
                        f"{weight.shape}, is {array.shape}"
                    )
                found.append(array.astype(np.float32))
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{name}/{_WEIGHTS}: is no archive of weights ({error})") from error
    return found
