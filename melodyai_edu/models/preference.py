"""A taste, learned from pairs: how much better one melody is liked than another.

Conventions
-----------
A pair is (chosen, rejected). A score is a merit on the scale of log odds: one that is higher by 1
is preferred with probability 0.73. Only differences of scores mean anything.

Contents
--------
KINDS, ENCODER, PreferenceModel
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.disk import read_bytes, save_bytes
from melodyai_edu.models.bradley_terry import fit_merits, sigmoid
from melodyai_edu.models.described import FEATURES, describe
from melodyai_edu.models.saved import identify, load_model
from melodyai_edu.tokens import Encoding

__all__ = ["ENCODER", "KINDS", "PreferenceModel"]

#: What a melody is described by: features, or the mean hidden state of a network.
KINDS = ("features", "embedding")

#: The network whose hidden states describe melodies when no other is named.
ENCODER = "melody-tiny-transformer"

_FORMAT, _CHECKSUM = 1, "sha256"
_LIMIT = 20_000_000  # bytes of a file
_MOST_COLUMNS = 1024


@dataclass(frozen=True, eq=False)
class PreferenceModel:
    """The model of Bradley and Terry on descriptions of melodies.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    mean, scale : np.ndarray [shape=(F,), float]
        By which descriptions are standardised; a scale of 0 leaves a column out.
    weights : np.ndarray [shape=(F,), float]
        The merit of one standard deviation.
    covariance : np.ndarray [shape=(F, F), float]
        How sure the weights are: Laplace's approximation.
    encoder : str, optional
        The network of an embedding, with its checksum.
    facts : dict, optional
        Pairs, ridge, accuracy: whatever JSON can hold.

    References
    ----------
    Bradley & Terry (1952), Biometrika 39, 324-345.
    """

    kind: str
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    covariance: np.ndarray
    encoder: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        pairs: Sequence[tuple[Encoding, Encoding]],
        *,
        kind: str = "features",
        ridge: float = 3.0,
        importance: np.ndarray | None = None,
        encoder: str | Path | None = None,
    ) -> Self:
        """Learn from pairs; `melodyai_edu.training.preference.fit_preference` also chooses how.

        Parameters
        ----------
        pairs : sequence of (Encoding, Encoding)
            The chosen one first.
        kind : str, default "features"
        ridge : float, default 3.0
            How strongly weights are held small; see `fit_merits`.
        importance : np.ndarray, optional [shape=(N,), float]
            How much each pair counts.
        encoder : str or Path, optional
            A network, for ``kind="embedding"``; `ENCODER` when left out.

        Returns
        -------
        model : PreferenceModel

        Raises
        ------
        ParameterError
            If there is no pair, a melody is no music, or a name or number is impossible.
        """
        if kind not in KINDS:
            raise ParameterError(f"kind={kind!r} must be one of: {', '.join(KINDS)}")
        if not pairs:
            raise ParameterError("pairs=[] must hold at least one pair (chosen, rejected): rate")
        named = identify(encoder or ENCODER) if kind == "embedding" else ""
        both = [encoding for side in zip(*pairs, strict=True) for encoding in side]
        described = _describe(kind, named, both)
        mean, scale = described.mean(axis=0), described.std(axis=0)
        scale = np.where(scale > 1e-9 * (1 + np.abs(mean)), scale, 0.0)
        chosen, rejected = np.split(_standardise(described, mean, scale), 2)
        fit = fit_merits(chosen - rejected, ridge, importance)
        facts = {"pairs": len(pairs), "ridge": ridge}
        return cls(kind, mean, scale, fit.weights, fit.covariance, named, facts)

    def standardised(self, encodings: Sequence[Encoding]) -> np.ndarray:
        """Describe melodies as the weights see them.

        Parameters
        ----------
        encodings : sequence of Encoding

        Returns
        -------
        described : np.ndarray [shape=(N, F), float]
        """
        if not encodings:
            return np.zeros((0, len(self.weights)))
        return _standardise(_describe(self.kind, self.encoder, encodings), self.mean, self.scale)

    def scores(self, encodings: Sequence[Encoding]) -> np.ndarray:
        """Say how well each melody is liked [shape=(N,), float, log odds]."""
        merits: np.ndarray = self.standardised(encodings) @ self.weights
        return merits

    def score(self, encoding: Encoding) -> float:
        """Say how well a melody is liked.

        Parameters
        ----------
        encoding : Encoding

        Returns
        -------
        score : float [log odds]

        Raises
        ------
        ParameterError
            If the melody is no music.
        """
        return float(self.scores([encoding])[0])

    def prefers(self, a: Encoding, b: Encoding) -> float:
        """Say how likely the first melody is preferred.

        Parameters
        ----------
        a, b : Encoding

        Returns
        -------
        probability : float [0-1]
        """
        first, second = self.scores([a, b])
        return float(sigmoid(first - second))

    def rank(self, encodings: Sequence[Encoding]) -> list[int]:
        """Put melodies in order.

        Parameters
        ----------
        encodings : sequence of Encoding

        Returns
        -------
        places : list of int
            The places of the melodies, the one that is liked most first; equals stay in order.
        """
        order: list[int] = np.argsort(-self.scores(encodings), kind="stable").tolist()
        return order

    def accuracy(self, pairs: Sequence[tuple[Encoding, Encoding]]) -> tuple[int, int]:
        """Count the pairs whose choice is foreseen.

        Parameters
        ----------
        pairs : sequence of (Encoding, Encoding)

        Returns
        -------
        hits, number : int
            A draw is no hit.
        """
        if not pairs:
            return 0, 0
        chosen, rejected = (self.scores(side) for side in zip(*pairs, strict=True))
        return int((chosen > rejected).sum()), len(pairs)

    @property
    def reasons(self) -> list[tuple[str, float]]:
        """What counts most, with its weight: the names of features, the weightiest first."""
        names = FEATURES if self.kind == "features" else tuple(map(str, range(len(self.weights))))
        order = np.argsort(-np.abs(self.weights), kind="stable")
        return [(names[i], float(self.weights[i])) for i in order if self.weights[i]]

    @property
    def sha256(self) -> str:
        """The checksum of all it says."""
        return _checksum(self._values())

    def save(self, path: str | Path) -> Path:
        """Write the model as JSON.

        Parameters
        ----------
        path : str or Path
            Ends in ``.json``; its folder is made.

        Returns
        -------
        path : Path

        Raises
        ------
        ParameterError
            If the name ends otherwise.
        OutputError
            If the file cannot be written.
        """
        file = Path(path)
        if file.suffix != ".json":
            raise ParameterError(f"path={str(path)!r} must end in .json")
        file.parent.mkdir(parents=True, exist_ok=True)
        values = self._values()
        save_bytes(json.dumps({**values, _CHECKSUM: _checksum(values)}).encode() + b"\n", file)
        return file

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        model : PreferenceModel

        Raises
        ------
        InputError
            If the file is missing, too large, damaged, altered, or no taste of ours.
        """
        file = Path(path)
        try:
            values = json.loads(read_bytes(file, _LIMIT))
            return cls(**_checked(values))
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            what = f"has no {error}" if isinstance(error, KeyError) else str(error)
            raise InputError(f"{file.name}: is no saved taste: {what}") from error
        except InputError as error:
            raise InputError(f"{file.name}: {error}") from error

    def _values(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "kind": self.kind,
            "names": list(FEATURES) if self.kind == "features" else [],
            "encoder": self.encoder,
            "facts": dict(self.facts),
            **{name: getattr(self, name).tolist() for name in _ARRAYS},
        }


_ARRAYS = ("mean", "scale", "weights", "covariance")


def _standardise(described: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    found: np.ndarray = (described - mean) * np.where(scale > 0, 1 / np.maximum(scale, 1e-12), 0)
    return found


def _describe(kind: str, encoder: str, encodings: Sequence[Encoding]) -> np.ndarray:
    if kind == "features":
        return describe(encodings)
    from melodyai_edu.models.hearing import hidden_means

    return hidden_means(load_model(encoder).network, encodings)


def _checksum(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _checked(values: Any) -> dict[str, Any]:
    """Give the fields of a file, if they are what `PreferenceModel.save` writes."""
    if not isinstance(values, dict) or values["format"] != _FORMAT or values["kind"] not in KINDS:
        raise InputError(f"must be a taste of format {_FORMAT}, by {' or '.join(KINDS)}")
    said = {name: value for name, value in values.items() if name != _CHECKSUM}
    if values[_CHECKSUM] != _checksum(said):
        raise InputError("its checksum is not its own: it was altered; take it anew")
    columns = len(values["weights"])
    if not 1 <= columns <= _MOST_COLUMNS:
        raise InputError(f"has {columns} weights: it must have from 1 to {_MOST_COLUMNS}")
    if values["kind"] == "features" and tuple(values["names"]) != FEATURES:
        raise InputError("was learned on other features; learn it anew")
    arrays = {name: np.asarray(values[name], float) for name in _ARRAYS}
    for name, array in arrays.items():
        shape = (columns, columns) if name == "covariance" else (columns,)
        if array.shape != shape or not np.isfinite(array).all():
            raise InputError(f"{name} must be finite numbers of shape {shape}, is {array.shape}")
    if (arrays["scale"] < 0).any():
        raise InputError("scale must not be below 0")
    texts = {"kind": values["kind"], "encoder": str(values["encoder"])}
    return {**texts, "facts": dict(values["facts"]), **arrays}
