"""The four-part network: its weights on disk, and running it step by step without Keras.

Conventions
-----------
A model is a folder with ``chorale.json`` and ``weights.npz``, kept as in
`melodyai_edu.models.saved`: the card names sizes, weights are numbers in half precision, nothing in
it could run. `ChoraleReader` does the same sums as `melodyai_edu.models.neural.ChoraleNetwork`, in
numpy, one cell at a time: so a melody is harmonised without waiting for TensorFlow.

Contents
--------
SIZES, ChoraleCard, ChoraleModel, ChoraleReader, ReaderState, save_chorale_model,
load_chorale_model, build_chorale_network
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.disk import is_file, read_bytes, save_bytes
from melodyai_edu.models.saved import models_folder, read_weights
from melodyai_edu.tokens.chorale_grid import CELL_SIZES, HEARD_SIZES, NUM_CELLS, GridReader

if TYPE_CHECKING:
    from melodyai_edu.models.neural.chorale import ChoraleNetwork

__all__ = [
    "SIZES",
    "ChoraleCard",
    "ChoraleModel",
    "ChoraleReader",
    "ReaderState",
    "build_chorale_network",
    "load_chorale_model",
    "save_chorale_model",
]

#: Cells of the LSTM, width of the dense layers.
SIZES = {"tiny": (48, 48), "small": (224, 160)}

_CARD, _WEIGHTS, _FORMAT = "chorale.json", "weights.npz", 1
_CARD_LIMIT, _WEIGHTS_LIMIT, _MOST = 1_000_000, 64 * 1024**2, 4096
_REACH = 30  # as in ChoraleNetwork
_WIDTH = 2 * _REACH + 1
_GELU = float(np.sqrt(2 / np.pi))


@dataclass(frozen=True, slots=True)
class ChoraleCard:
    """What a trained four-part network is, and where it comes from.

    Parameters
    ----------
    preset : str
    units, hidden_dim : int
    training : dict
        Whatever JSON can hold.
    sha256 : str
        Of the file of weights.
    """

    preset: str
    units: int
    hidden_dim: int
    training: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""

    @property
    def name(self) -> str:
        """Such as ``chorale-small``."""
        return f"chorale-{self.preset}"


def _shapes(units: int, hidden_dim: int) -> list[tuple[int, ...]]:
    """List the weights of a network in the order in which Keras lists them."""
    heard, cells = sum(HEARD_SIZES) + 12, sum(CELL_SIZES) + 12
    outputs = NUM_CELLS + 4 * _WIDTH
    return [
        (heard, hidden_dim),
        (hidden_dim,),
        (hidden_dim, 4 * units),
        (units, 4 * units),
        (4 * units,),
        (units + 12, 4 * hidden_dim),
        (4 * hidden_dim,),
        (4, cells, hidden_dim),
        (4, hidden_dim),
        (4, hidden_dim, hidden_dim),
        (4, hidden_dim),
        (hidden_dim, outputs),
        (outputs,),
    ]


@dataclass(frozen=True, eq=False)
class ChoraleModel:
    """A trained network's numbers with their card.

    Parameters
    ----------
    card : ChoraleCard
    weights : tuple of np.ndarray [float32]
        As Keras lists them.
    """

    card: ChoraleCard
    weights: tuple[np.ndarray, ...] = field(repr=False)

    @property
    def identity(self) -> str:
        """Its name and the beginning of its checksum."""
        return f"{self.card.name} {self.card.sha256[:12]}"

    def network(self) -> ChoraleNetwork:
        """Give the Keras network with these weights."""
        network = build_chorale_network(self.card.units, self.card.hidden_dim)
        network.set_weights(list(self.weights))
        return network


def build_chorale_network(units: int, hidden_dim: int, **options: Any) -> ChoraleNetwork:
    """Make a Keras network with random weights.

    Parameters
    ----------
    units, hidden_dim : int
    options
        Of `melodyai_edu.models.neural.ChoraleNetwork`.

    Returns
    -------
    network : ChoraleNetwork
    """
    from melodyai_edu.models.neural import ChoraleNetwork

    return ChoraleNetwork(units, hidden_dim, **options)


def save_chorale_model(weights: list[np.ndarray], card: ChoraleCard, folder: Path) -> ChoraleCard:
    """Write a model.

    Parameters
    ----------
    weights : list of np.ndarray
        Of the Keras network.
    card : ChoraleCard
        Its checksum is filled in.
    folder : Path
        Made if it is missing.

    Returns
    -------
    card : ChoraleCard
        As written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    halves = {f"{i:04d}": w.astype(np.float16) for i, w in enumerate(weights)}
    np.savez_compressed(buffer, **halves)  # type: ignore[arg-type]
    data = buffer.getvalue()
    card = ChoraleCard(
        card.preset, card.units, card.hidden_dim, card.training, hashlib.sha256(data).hexdigest()
    )
    save_bytes(data, folder / _WEIGHTS)
    text = json.dumps({"format": _FORMAT, **asdict(card)}, indent=1)
    save_bytes(text.encode() + b"\n", folder / _CARD)
    return card


def load_chorale_model(name: str | Path = "chorale-small") -> ChoraleModel:
    """Open a trained four-part network; nothing heavy is imported.

    Parameters
    ----------
    name : str or Path, default "chorale-small"
        One that comes with the package, or a folder that `save_chorale_model` wrote.

    Returns
    -------
    model : ChoraleModel

    Raises
    ------
    ParameterError
        If there is no such model.
    InputError
        If its card or its weights are damaged or altered.
    """
    inside = models_folder() / str(name)
    folder = inside if is_file(inside / _CARD) else Path(name)
    if not is_file(folder / _CARD):
        known = ", ".join(sorted(card.parent.name for card in models_folder().glob(f"*/{_CARD}")))
        raise ParameterError(f"model={str(name)!r} must be a folder with a {_CARD}, or: {known}")
    return _open(folder, (folder / _CARD).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _open(folder: Path, changed: int) -> ChoraleModel:
    """Read a model once until its card changes (`changed`, nanoseconds)."""
    card = _read_card(folder)
    data = read_bytes(folder / _WEIGHTS, _WEIGHTS_LIMIT)
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise InputError(
            f"{folder.name}/{_WEIGHTS}: its checksum is not the one on its card: it was altered "
            "or cut off; take it anew"
        )
    shapes = [np.empty(shape, np.float32) for shape in _shapes(card.units, card.hidden_dim)]
    return ChoraleModel(card, tuple(read_weights(data, shapes, folder.name)))


def _read_card(folder: Path) -> ChoraleCard:
    try:
        values = json.loads(read_bytes(folder / _CARD, _CARD_LIMIT))
        if values.pop("format") != _FORMAT:
            raise InputError(f"{folder.name}/{_CARD}: must be a card of format {_FORMAT}")
        card = ChoraleCard(**values)
        sizes = (card.units, card.hidden_dim)
        if not all(type(size) is int and 0 < size <= _MOST for size in sizes):
            raise InputError(f"{folder.name}/{_CARD}: sizes {sizes} must be 1 to {_MOST}")
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
        raise InputError(f"{folder.name}/{_CARD}: is no card of a model ({error})") from error
    return card


@dataclass(eq=False)
class ReaderState:
    """What a reader knows after some steps, for a batch of pieces.

    Parameters
    ----------
    grid : GridReader
    hidden, cell : np.ndarray [shape=(B, units), float32]
        Of the LSTM.
    told : np.ndarray [shape=(B, 4, hidden_dim), float32]
        What the LSTM tells each voice about the step to come.
    shares : np.ndarray [shape=(B, 12), float32]
    """

    grid: GridReader
    hidden: np.ndarray
    cell: np.ndarray
    told: np.ndarray
    shares: np.ndarray

    def take(self, which: np.ndarray) -> ReaderState:
        """Give the state of some pieces of the batch, perhaps several times."""
        return ReaderState(
            self.grid.take(which),
            self.hidden[which],
            self.cell[which],
            self.told[which],
            self.shares[which],
        )


class ChoraleReader:
    """Runs a model cell by cell: `start`, then for each step `listen`, `logits`, `advance`.

    Parameters
    ----------
    model : ChoraleModel
    """

    def __init__(self, model: ChoraleModel) -> None:
        self.model = model
        (
            self._step,
            self._step_bias,
            self._input,
            self._recurrent,
            self._lstm_bias,
            self._memory,
            self._memory_bias,
            self._voices,
            self._voices_bias,
            self._second,
            self._second_bias,
            self._scores,
            self._scores_bias,
        ) = model.weights

    @cached_property
    def _offsets(self) -> tuple[np.ndarray, np.ndarray]:
        """Say where the rows of each feature begin, heard and cells."""
        starts = [np.concatenate([[0], np.cumsum(s)[:-1]]) for s in (HEARD_SIZES, CELL_SIZES)]
        return starts[0], starts[1]

    def start(self, batch: int) -> ReaderState:
        """Give the state before the first step."""
        card = self.model.card
        empty = np.zeros((batch, card.units), np.float32)
        told = np.zeros((batch, 4, card.hidden_dim), np.float32)
        return ReaderState(GridReader(batch), empty, empty, told, np.zeros((batch, 12), np.float32))

    def listen(self, state: ReaderState, places: np.ndarray) -> None:
        """Hear what came before the step to come, which has this place [shape=(B, 2)]."""
        heard = state.grid.heard(places)
        state.shares = state.grid.shares().astype(np.float32)
        rows = self._step[self._offsets[0] + heard].sum(axis=1)
        x = _gelu(rows + state.shares @ self._step[sum(HEARD_SIZES) :] + self._step_bias)
        gates = x @ self._input + state.hidden @ self._recurrent + self._lstm_bias
        enter, forget, new, leave = np.split(gates, 4, axis=1)
        state.cell = _sigmoid(forget) * state.cell + _sigmoid(enter) * np.tanh(new)
        state.hidden = _sigmoid(leave) * np.tanh(state.cell)
        context = np.concatenate([state.hidden, state.shares], axis=1)
        told = context @ self._memory + self._memory_bias
        state.told = told.reshape(len(told), 4, -1)

    def logits(
        self, state: ReaderState, voice: int, named: np.ndarray, places: np.ndarray
    ) -> np.ndarray:
        """Score every cell of one voice [shape=(B, NUM_CELLS), float32].

        Parameters
        ----------
        state : ReaderState
            After `listen`.
        voice : int
        named : np.ndarray [shape=(B, 4), int]
            Only the voices before this one in ``ORDER`` are read.
        places : np.ndarray [shape=(B, 2), int]
        """
        features, references = state.grid.cell(voice, named, places)
        rows = self._voices[voice][self._offsets[1] + features].sum(axis=1)
        classes = (references[:, :1] - 1 + np.arange(12)) % 12
        turned = np.take_along_axis(state.shares, classes, axis=1)
        rows = rows + turned @ self._voices[voice][sum(CELL_SIZES) :] + self._voices_bias[voice]
        x = _gelu(rows + state.told[:, voice])
        x = x + _gelu(x @ self._second[voice] + self._second_bias[voice])
        return _add_up(x @ self._scores + self._scores_bias, references)

    def advance(self, state: ReaderState, cells: np.ndarray) -> None:
        """Hear the cells of the step [shape=(B, 4)]."""
        state.grid.advance(cells)


def _add_up(scores: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Add the five parts of every candidate's score."""
    total = scores[:, :NUM_CELLS].copy()
    candidates = np.arange(1, NUM_CELLS)
    for part in range(4):
        first = NUM_CELLS + part * _WIDTH
        reference = references[:, part].astype(int)
        intervals = np.clip(candidates - reference[:, None] + _REACH, 0, 2 * _REACH)
        found = np.take_along_axis(scores[:, first : first + _WIDTH], intervals, axis=1)
        total[:, 1:] += found * (reference > 0)[:, None]
    return total


def _sigmoid(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = 0.5 + 0.5 * np.tanh(0.5 * x)
    return found


def _gelu(x: np.ndarray) -> np.ndarray:
    """Give the Gaussian error linear unit by its usual approximation (Hendrycks & Gimpel 2016)."""
    found: np.ndarray = 0.5 * x * (1 + np.tanh(_GELU * (x + 0.044715 * x * x * x)))
    return found
