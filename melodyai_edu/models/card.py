"""The card of a trained network: what it is, where it comes from, and what its weights must be.

Conventions
-----------
A card is ``card.json`` in the folder of a model; the folder's name is the model's. The card names
an architecture of ours by its sizes. It has a checksum of the weights, and one of itself: so a
card that somebody edited is told from the one that was written. (Checksums find accidents. Whoever
wants to deceive can write new ones; what a card then says still must fit its weights.)

Contents
--------
CARD_FILE, ModelCard, read_card, save_card
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.io.disk import read_bytes, save_bytes
from melodyai_edu.models.presets import KINDS, Sizes
from melodyai_edu.tokens import VOCABULARY

__all__ = ["CARD_FILE", "ModelCard", "read_card", "save_card"]

CARD_FILE = "card.json"

_CARD_LIMIT = 1_000_000  # bytes
_FORMAT, _CHECKSUM = 1, "card_sha256"

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
    name : str
        Of the folder that holds it; empty as long as it was not saved.
    """

    kind: str
    preset: str
    sizes: Sizes
    training: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""
    name: str = ""

    @property
    def identity(self) -> str:
        """Its name and the beginning of its checksum: what a piece remembers."""
        return f"{self.name} {self.sha256[:12]}"


def save_card(card: ModelCard, folder: Path) -> None:
    """Write the card of a model.

    Parameters
    ----------
    card : ModelCard
    folder : Path
        Gives the name; that of the card is not written.
    """
    values = {"format": _FORMAT, "vocabulary": _vocabulary_hash(), **asdict(card)}
    del values["name"]
    values[_CHECKSUM] = _checksum(values)
    save_bytes(json.dumps(values, indent=1).encode() + b"\n", folder / CARD_FILE)


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
        If it is no card of ours, was altered, or is of a network that cannot be built or is larger
        than any of ours.
    """
    try:
        values = json.loads(read_bytes(folder / CARD_FILE, _CARD_LIMIT))
        _check(values)
        return ModelCard(
            values["kind"],
            str(values["preset"]),
            _sizes(values["sizes"]),
            dict(values["training"]),
            str(values["sha256"]),
            folder.resolve().name,
        )
    except (KeyError, TypeError, ValueError, RecursionError, InputError) as error:
        what = f"has no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{folder.name}/{CARD_FILE}: is no card of a model: {what}") from error


def _check(values: dict[str, Any]) -> None:
    """Refuse a card that is not as it was written, or not for us."""
    if values["format"] != _FORMAT or values["kind"] not in KINDS:
        raise InputError(f"must be a {_FORMAT} card of {', '.join(KINDS)}")
    if values["vocabulary"] != _vocabulary_hash():
        raise InputError("was trained with another vocabulary; train it anew")
    if values[_CHECKSUM] != _checksum(values):
        raise InputError("its checksum is not its own: it was altered; take it anew")


def _sizes(values: dict[str, Any]) -> Sizes:
    """Give sizes that can be built, and in this house."""
    sizes = Sizes(**values)
    for name, most in _MOST.items():
        number = getattr(sizes, name)
        if type(number) is not int or number > most:
            raise InputError(f"{name}={number} must be at most {most}")
    return sizes


def _checksum(values: dict[str, Any]) -> str:
    """Give the SHA-256 of all that a card says but this."""
    said = {name: value for name, value in values.items() if name != _CHECKSUM}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _vocabulary_hash() -> str:
    return hashlib.sha256(VOCABULARY.to_json().encode()).hexdigest()
