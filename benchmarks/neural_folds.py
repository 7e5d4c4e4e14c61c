"""Networks of one set of melodies, fold by fold, with every choice made on the training side.

Network ``(i, i + 1)`` learns from eight folds and hears neither fold i nor its neighbour. What it
costs on fold i + 1 helps to choose the number of epochs for test fold i, and the other way round:
ten networks give each test fold two validation folds, both from its own training side. The two
that never heard the test fold then predict it together: the mean of their distributions counts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from entropy_data import load_set
from neural_experts import FOLDS, VOICES, Notes, compare, long_voices
from neural_features import STEPS, Heard, hear, join
from neural_mixer import Inputs, Network, Sizes, Trainer, mask_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """How the networks of a row are made and trained; ``pretrained`` names what they begin with."""

    sizes: Sizes
    epochs: int
    rate: float
    batch: int
    average: float = 0.99
    pretrained: str = ""

    def digest(self) -> str:
        """Name this plan in a few letters: another plan is never taken for it."""
        return blake2b(repr(self).encode(), digest_size=6).hexdigest()


class Material(NamedTuple):
    """A set of melodies with all that is heard and counted before each note."""

    name: str
    notes: Notes
    heard: Heard

    def inputs(self, rows: np.ndarray, hidden: tuple[int, ...], *, with_long: bool) -> Inputs:
        """Give a network these notes; no long-term count stems from a hidden fold.

        Notes of other folds than the hidden ones are for training: their own fold is hidden too.
        """
        heard, long, surety = self.heard.pick(rows), None, None
        if with_long:
            long = np.zeros((len(rows), STEPS, VOICES), np.float16)
            surety = np.zeros((len(rows), VOICES + 2), np.float16)
            for fold in np.unique(self.notes.fold[rows]):
                own = self.notes.fold[rows] == fold
                unseen = {int(fold), *hidden}
                long[own], surety[own] = long_voices(self.notes, rows[own], unseen)
        mask = mask_of(self.notes.before[rows], self.notes.alphabet)
        return Inputs(*heard[:4], heard.targets.astype(np.int64), mask, long, surety)


def load_material(name: str, folds: list[np.ndarray]) -> Material:
    """Load a set and compare each of its notes with each other."""
    melodies = [line.pitches for line in load_set(name)]
    notes = compare(melodies, folds)
    heard = join(hear(melodies[place]) for places in folds for place in places)
    reach = (STEPS - 1) // 2
    if (notes.pitch - notes.before + reach != heard.targets).any():
        msg = f"{name}: an interval is wider than {reach} semitones, which no network here can sing"
        raise ValueError(msg)
    return Material(name, notes, heard)


class Outcome(NamedTuple):
    """What the notes that came were given, ``float64[epochs, notes]`` for each fold left out.

    ``valid``: with no count of any fold left out. ``test``: with the nine folds' counts.
    """

    valid: dict[int, np.ndarray]
    test: dict[int, np.ndarray]
    seconds: float
    weights: int


def cached(file: Path, make: Callable[[], Outcome]) -> Outcome:
    """Read an outcome, or make and keep it."""
    if not file.exists():
        made = make()
        arrays = {"seconds": np.array(made.seconds), "weights": np.array(made.weights)}
        arrays |= {f"valid-{fold}": given for fold, given in made.valid.items()}
        arrays |= {f"test-{fold}": given for fold, given in made.test.items()}
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new.npz")
        np.savez(fresh, allow_pickle=False, **arrays)
        fresh.replace(file)
    with np.load(file) as found:
        valid, test = (
            {int(key.split("-")[1]): found[key] for key in found if key.startswith(kind)}
            for kind in ("valid", "test")
        )
        return Outcome(valid, test, float(found["seconds"]), int(found["weights"]))


def run_network(
    material: Material, plan: Plan, out: tuple[int, ...], epochs: int, begin_with: Network | None
) -> Outcome:
    """Train one network without some folds, and let it predict these after each epoch."""
    begin = time.process_time()
    with_long = plan.sizes.long_voices > 0
    network = Network(plan.sizes, seed=out[0])
    if begin_with is not None:
        network.weights |= {name: value.copy() for name, value in begin_with.weights.items()}
    learned = material.notes.rows(set(range(FOLDS)) - set(out))
    inputs = material.inputs(learned, out, with_long=with_long)
    asked = {}
    for fold in out:
        rows = material.notes.rows([fold])
        asked["valid", fold] = material.inputs(rows, out, with_long=with_long)
        asked["test", fold] = material.inputs(rows, (fold,), with_long=with_long)
    trainer = Trainer(network, rate=plan.rate, batch=plan.batch, average=plan.average)
    given: dict[tuple[str, int], list[np.ndarray]] = {key: [] for key in asked}
    for epoch in range(epochs + 1):
        if epoch:
            trainer.epoch(inputs)
        for key, notes in asked.items():
            given[key].append(_given(trainer.averaged(), notes))
    valid, test = (
        {fold: np.array(given[kind, fold]) for fold in out} for kind in ("valid", "test")
    )
    return Outcome(valid, test, time.process_time() - begin, network.num_weights)


def _given(network: Network, inputs: Inputs) -> np.ndarray:
    """Return the probability that each note had before it came."""
    given: np.ndarray = network.distribution(inputs)[np.arange(len(inputs.targets)), inputs.targets]
    return given


def run_pair(
    material: Material, plan: Plan, folder: Path, pair: tuple[int, int], begin_with: Network | None
) -> Outcome:
    """Train the network that hears neither of two folds, or read what it said before."""
    name = f"{material.name.split()[0][:8]}-{plan.digest()}-{pair[0]}-{pair[1]}"
    file = folder / f"{name}-{plan.epochs}.npz"
    return cached(file, lambda: run_network(material, plan, pair, plan.epochs, begin_with))


class Row(NamedTuple):
    """One row of the table: probabilities of the notes by test fold, epochs chosen, costs."""

    given: list[np.ndarray]
    epochs: list[int]
    seconds: float
    weights: int


def run_row(
    material: Material,
    plan: Plan,
    folder: Path,
    *,
    begin_with: Network | None = None,
    folds: range = range(FOLDS),
) -> Row:
    """Train the networks of all folds; each test fold is predicted by the mean of two."""
    given, chosen = [], []
    outcomes: dict[tuple[int, ...], Outcome] = {}
    for test in folds:
        after, before = (test + 1) % FOLDS, (test - 1) % FOLDS
        pairs = {after: (test, after), before: (before, test)}
        for pair in pairs.values():
            outcomes[pair] = run_pair(material, plan, folder, pair, begin_with)
        costs = [-np.log2(outcomes[pair].valid[fold]) for fold, pair in pairs.items()]
        chosen.append(int(np.concatenate(costs, axis=1).mean(axis=1).argmin()))
        both = [outcomes[pair].test[test][chosen[-1]] for pair in pairs.values()]
        given.append(np.mean(both, axis=0))
        print(f"  fold {test}: {-np.log2(given[-1]).mean():.3f}, {chosen[-1]} epochs", flush=True)
    seconds = sum(outcome.seconds for outcome in outcomes.values())
    return Row(given, chosen, seconds, max(outcome.weights for outcome in outcomes.values()))
