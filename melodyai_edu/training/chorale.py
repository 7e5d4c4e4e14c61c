"""Training the four-part network on the chorales of the published split.

Conventions
-----------
Only the training side is learned from. Every time a piece is heard it is transposed anew, as far as
its voices stay within the ranges of that side, and long ones are cut to a window. In a quarter of
the batches nobody says where the bar lines are, so the network can do without. The weights that are
kept are an exponential moving average (Polyak & Juditsky 1992), from the epoch with the best
likelihood on the valid side.

Contents
--------
ChoraleRecipe, Piece, read_pieces, batch_of, hide_places, evaluate_network, fit_chorale
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.chorales import Chorale, split_chorales
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.models.chorale import (
    SIZES,
    ChoraleCard,
    build_chorale_network,
    save_chorale_model,
)
from melodyai_edu.tokens.chorale_grid import (
    cells_of,
    grid_features,
    places_of,
)

if TYPE_CHECKING:
    from melodyai_edu.models.neural.chorale import ChoraleNetwork

__all__ = [
    "ChoraleRecipe",
    "Piece",
    "batch_of",
    "evaluate_network",
    "fit_chorale",
    "hide_places",
    "read_pieces",
]

_INPUTS = ("heard", "chroma", "cells", "references")
_FARTHEST = 6  # semitones a piece is transposed at most
_NO_PLACE = (24, 4)  # the features of an unknown place
_AT_ONCE = 256  # pieces read side by side

Piece = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class ChoraleRecipe:
    """How the network is trained.

    Parameters
    ----------
    epochs : int
    batch : int
        Pieces at once.
    window : int [steps]
    learning_rate : float
        At its highest; it rises over the first steps and falls along a cosine.
    weight_decay, dropout : float
    average : float
        How much of the averaged weights stays at each step.
    hidden : float
        Share of batches without places.
    seed : int
    """

    epochs: int = 32
    batch: int = 8
    window: int = 192
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.3
    average: float = 0.997
    hidden: float = 0.25
    seed: int = 1


def read_pieces(
    chorales: Sequence[Chorale], shifts: Callable[[np.ndarray], Sequence[int]] | None = None
) -> list[list[Piece]]:
    """Read what the network hears of each piece, in one or several transpositions.

    Parameters
    ----------
    chorales : sequence of Chorale
    shifts : function, optional
        Gives the transpositions [semitones] for the pitches [shape=(T, 4), MIDI] of a piece; only
        as written when left out.

    Returns
    -------
    pieces : list of list of dict of arrays
        For each chorale its transpositions.
    """
    places = [places_of(chorale.score, len(chorale.pitches)) for chorale in chorales]
    jobs = [
        (number, cells_of(np.where(chorale.pitches > 0, chorale.pitches + shift, 0)))
        for number, chorale in enumerate(chorales)
        for shift in (shifts(chorale.pitches) if shifts else (0,))
    ]
    jobs.sort(key=lambda job: len(job[1]))
    found: list[list[Piece]] = [[] for _ in chorales]
    for first in range(0, len(jobs), _AT_ONCE):
        some = jobs[first : first + _AT_ONCE]
        length = max(len(cells) for _, cells in some)
        stacked = np.zeros((len(some), length, 4), np.int16)
        where = np.full((len(some), length, 2), -1, np.int16)
        for row, (number, cells) in enumerate(some):
            stacked[row, : len(cells)] = cells
            where[row, : len(cells)] = places[number]
        features = grid_features(stacked, where)
        for row, (number, cells) in enumerate(some):
            heard = {
                name: _small(array[row, : len(cells)])
                for name, array in zip(_INPUTS, features, strict=True)
            }
            found[number].append({**heard, "target": cells.astype(np.int8)})
    return found


def _small(array: np.ndarray) -> np.ndarray:
    return array if array.dtype == np.float32 else array.astype(np.int8)


def hide_places(piece: Piece) -> Piece:
    """Give the same piece without knowing where its bar lines are."""
    other = dict(piece)
    for name in ("heard", "cells"):
        features = piece[name].copy()
        features[..., -3], features[..., -2] = _NO_PLACE
        other[name] = features
    return other


def batch_of(pieces: Sequence[Piece], length: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Put pieces side by side.

    Parameters
    ----------
    pieces : sequence of dict of arrays
    length : int [steps]
        At least as long as the longest.

    Returns
    -------
    arrays : dict of np.ndarray
        Also ``target`` [shape=(B, length, 4), int32].
    mask : np.ndarray [shape=(B, length, 4), float32]
        1 where a piece has a cell.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, example in pieces[0].items():
        kind = np.float32 if example.dtype == np.float32 else np.int32
        stacked = np.zeros((len(pieces), length, *example.shape[1:]), kind)
        for row, piece in enumerate(pieces):
            stacked[row, : len(piece[name])] = piece[name]
        arrays[name] = stacked
    mask = np.zeros((len(pieces), length, 4), np.float32)
    for row, piece in enumerate(pieces):
        mask[row, : len(piece["target"])] = 1.0
    return arrays, mask


def evaluate_network(network: ChoraleNetwork, pieces: Sequence[Piece]) -> np.ndarray:
    """Measure how well a network foretells pieces.

    Parameters
    ----------
    network : ChoraleNetwork
    pieces : sequence of dict of arrays

    Returns
    -------
    nats : np.ndarray [shape=(4,), float, nats per note]
        For soprano, alto, tenor and bass; all cells of all pieces count alike.
    """
    total, cells = np.zeros(4), 0.0
    ordered = sorted(pieces, key=lambda piece: len(piece["target"]))
    for first in range(0, len(ordered), 16):
        some = ordered[first : first + 16]
        length = -(-len(some[-1]["target"]) // 64) * 64
        arrays, mask = batch_of(some, length)
        target = arrays.pop("target")
        logits = np.asarray(network.predict_on_batch(arrays), np.float64)
        top = logits.max(axis=-1, keepdims=True)
        norm = top[..., 0] + np.log(np.exp(logits - top).sum(axis=-1))
        own = np.take_along_axis(logits, target[..., None], axis=-1)[..., 0]
        total += ((norm - own) * mask).sum(axis=(0, 1))
        cells += float(mask[..., 0].sum())
    found: np.ndarray = total / cells
    return found


def _shifts(chorales: Sequence[Chorale]) -> Callable[[np.ndarray], Sequence[int]]:
    """Say how far each piece can be transposed within the ranges of all."""
    every = np.concatenate([chorale.pitches for chorale in chorales])
    lowest = np.where(every > 0, every, 127).min(axis=0)
    highest = every.max(axis=0)

    def shifts(pitches: np.ndarray) -> Sequence[int]:
        down = int((lowest - np.where(pitches > 0, pitches, 127).min(axis=0)).max())
        up = int((highest - pitches.max(axis=0)).min())
        return range(max(down, -_FARTHEST - 1), min(up, _FARTHEST) + 1)

    return shifts


def _epoch(
    pieces: list[list[Piece]], recipe: ChoraleRecipe, random: np.random.Generator
) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
    """Give the batches of one epoch."""
    order = random.permutation(len(pieces))
    for first in range(0, len(order) - recipe.batch + 1, recipe.batch):
        is_hidden = random.random() < recipe.hidden
        some = []
        for number in order[first : first + recipe.batch]:
            piece = pieces[number][random.integers(len(pieces[number]))]
            last = max(0, len(piece["target"]) - recipe.window)
            begin = 0 if random.random() < 1 / 3 else int(random.integers(last + 1))
            window = {name: array[begin : begin + recipe.window] for name, array in piece.items()}
            some.append(hide_places(window) if is_hidden else window)
        yield batch_of(some, recipe.window)


def _compile(network: ChoraleNetwork, recipe: ChoraleRecipe, steps: int) -> Any:
    """Set optimiser and loss; give the optimiser."""
    import keras

    warmup = min(100, steps // 4 + 1)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 100,
        max(1, steps - warmup),
        alpha=0.02,
        warmup_target=recipe.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=recipe.weight_decay,
        beta_2=0.99,
        global_clipnorm=1.0,
        use_ema=True,
        ema_momentum=min(recipe.average, 1 - 10 / (10 + steps)),
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer=optimizer, loss=loss)
    return optimizer


def fit_chorale(
    preset: str = "tiny",
    *,
    recipe: ChoraleRecipe | None = None,
    folder: str | Path | None = None,
    chorales: dict[str, tuple[Chorale, ...]] | None = None,
) -> tuple[ChoraleCard, Path]:
    """Train a four-part network and write it.

    Parameters
    ----------
    preset : str, default "tiny"
        ``"tiny"`` or ``"small"``.
    recipe : ChoraleRecipe, optional
    folder : str or Path, optional
        ``chorale-PRESET`` among your own models when left out.
    chorales : dict of str to tuple of Chorale, optional
        Sides ``"train"`` and ``"valid"``; the published split when left out.

    Returns
    -------
    card : ChoraleCard
    folder : Path

    Raises
    ------
    ParameterError
        If there is no such preset.
    MissingDependencyError
        If music21's corpus is missing.
    """
    import keras
    from tqdm import tqdm

    if preset not in SIZES:
        raise ParameterError(f"preset={preset!r} must be one of: {', '.join(SIZES)}")
    recipe = recipe or ChoraleRecipe()
    chorales = chorales or split_chorales()
    folder = Path(folder) if folder else home_folder().parent / "models" / f"chorale-{preset}"
    keras.utils.set_random_seed(recipe.seed)
    random, began = np.random.default_rng(recipe.seed), time.monotonic()
    pieces = read_pieces(chorales["train"], _shifts(chorales["train"]))
    valid = [versions[0] for versions in read_pieces(chorales["valid"])]
    network = build_chorale_network(*SIZES[preset], dropout=recipe.dropout)
    steps = recipe.epochs * (len(pieces) // recipe.batch)
    optimizer = _compile(network, recipe, steps)
    best, losses = math.inf, []
    card = ChoraleCard(preset, *SIZES[preset])
    for epoch in tqdm(range(1, recipe.epochs + 1), desc=card.name, unit="epoch"):
        for arrays, mask in _epoch(pieces, recipe, random):
            target = arrays.pop("target")
            network.train_on_batch(arrays, target, sample_weight=mask)
        loss = _with_average(network, optimizer, lambda: evaluate_network(network, valid).mean())
        losses.append([epoch, round(float(loss), 4)])
        if loss < best:
            best = float(loss)
            facts = {
                "command": f"melodyai train harmony --preset {preset}",
                "recipe": asdict(recipe),
                "weights": int(network.count_params()),
                "pieces": {side: len(some) for side, some in chorales.items()},
                "best": round(best, 4),
                "valid_losses": list(losses),
                "hours": round((time.monotonic() - began) / 3600, 2),
            }
            card = replace(card, training=facts)
            weights = _with_average(network, optimizer, network.get_weights)
            card = save_chorale_model(weights, card, folder)
    return card, folder


def _with_average(network: ChoraleNetwork, optimizer: Any, ask: Callable[[], Any]) -> Any:
    """Ask something of the network while it has its averaged weights."""
    kept = network.get_weights()
    optimizer.finalize_variable_values(network.trainable_variables)
    answer = ask()
    network.set_weights(kept)
    return answer
