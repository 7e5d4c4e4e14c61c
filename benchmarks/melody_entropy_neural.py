"""Bits per note of neural networks, on the folds and by the protocol of ``melody_entropy.py``.

The alphabet is what occurs in the set; every note is predicted, the first included, from the
pitches before it alone; ten folds, seed 0. Sizes and rates were set once, by no search; the number
of epochs is chosen for each test fold on two folds of its training side. As in the published LTM+,
long-term counts grow while predicting; the networks' weights do not.

Run ``melodyai data build essen`` (20 seconds, once), then
``OPENBLAS_NUM_THREADS=1 python benchmarks/melody_entropy_neural.py``. What is trained lies in
``MELODYAI_HOME``, so a second run goes on where the first was broken off, and prints only.
``MELODYAI_PROFILE=smoke`` trains for one fold of the children's songs, two epochs. More threads
than idle cores make numpy's small products slower, not faster.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from entropy_data import COUNTS, SETS, code, load_set
from entropy_tuning import combined_model
from melody_entropy import BOTH, measure_all, split
from melody_entropy import RESULTS as NGRAM_RESULTS
from neural_experts import FOLDS
from neural_experts import VOICES as LONG_VOICES
from neural_folds import Material, Plan, Row, load_material, run_row
from neural_mixer import Inputs, Sizes
from neural_pretraining import adapted_sizes, cache_folder, pretrained

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
RESULTS = Path(__file__).parent / "results" / "melody_entropy_neural.json"

ALONE = "network and short-term views, no other data"
WITH_LONG = "the same, and long-term views"
NOT_ADAPTED = "pretrained, not adapted, short-term views"
ADAPTED = "pretrained and adapted, all views"

TARGETS = {ALONE: (2.00, 2.28), ADAPTED: (1.85, 2.10)}
"""At most so many bits per note, for the two sets."""

SMALL = Sizes(hidden_dim=128, dropout=0.4, input_dropout=0.1, blindness=0.0)
SMALL_LONG = Sizes(128, 0.4, 0.1, 0.0, LONG_VOICES)
PLANS = {
    ALONE: Plan(SMALL, epochs=2 if SMOKE else 16, rate=1e-3, batch=64),
    WITH_LONG: Plan(SMALL_LONG, epochs=2 if SMOKE else 14, rate=1e-3, batch=64),
    ADAPTED: Plan(
        adapted_sizes(0.3, LONG_VOICES), 5, rate=5e-4, batch=256, average=0.97, pretrained="0-3"
    ),
}
TESTED = range(1 if SMOKE else FOLDS)


class Measured(NamedTuple):
    """One row: bits of all notes by fold, weights, processor seconds, what was chosen."""

    bits: list[np.ndarray]
    weights: int = 0
    seconds: float = 0.0
    epochs: tuple[int, ...] = ()

    @classmethod
    def of(cls, row: Row) -> Measured:
        """Turn probabilities into bits."""
        bits = [-np.log2(given) for given in row.given]
        return cls(bits, row.weights, row.seconds, tuple(row.epochs))

    @property
    def mean(self) -> float:
        """The mean over all notes."""
        return float(np.concatenate(self.bits).mean())


def ngram(name: str, folds: list[np.ndarray]) -> Measured:
    """Predict with the n-gram of ``melody_entropy.py`` and the knobs it chose for each fold."""
    kept = json.loads(NGRAM_RESULTS.read_text(encoding="utf-8"))[name]["pitch"]
    coded, bits, cells = code([line.pitches for line in load_set(name)]), [], 0
    begin = time.process_time()
    for held in TESTED:
        others = np.concatenate(folds[:held] + folds[held + 1 :])
        model = combined_model(len(coded.alphabet), kept["knobs"][held], fall_back=False)
        model.fit([coded.melodies[place] for place in others])
        cells, costs = model.long_term.num_cells, []
        for place in folds[held]:
            piece = model.start()
            for token_id in coded.melodies[place]:
                costs.append(-np.log2(piece.distribution()[token_id]))
                piece.observe(token_id)
            model.update(coded.melodies[place])
        bits.append(np.array(costs))
    return Measured(bits, cells, time.process_time() - begin)


def paired_test(ours: Measured, theirs: Measured) -> tuple[float, float]:
    """Return the mean difference of the folds' bits and how probable it is by chance.

    Exact: if the two were alike, each fold's difference might as well have the other sign. The
    probability is the share of all sign patterns whose mean is at least as far from 0.
    """
    pairs = zip(ours.bits, theirs.bits, strict=True)
    differences = np.array([a.mean() - b.mean() for a, b in pairs])
    signs = 1 - 2 * (np.arange(2 ** len(differences))[:, None] >> np.arange(len(differences)) & 1)
    means = np.abs(signs @ differences)
    return float(differences.mean()), float((means >= means[0] - 1e-12).mean())


def from_others(material: Material, folder: Path) -> dict[str, Row]:
    """Measure the rows that begin with all other tunes."""
    network, seconds = pretrained()
    inputs: list[Inputs] = [
        material.inputs(material.notes.rows([fold]), (fold,), with_long=False) for fold in TESTED
    ]
    given = [
        network.distribution(fold)[np.arange(len(fold.targets)), fold.targets] for fold in inputs
    ]
    found = {NOT_ADAPTED: Row(given, [], seconds, network.num_weights)}
    found[ADAPTED] = run_row(material, PLANS[ADAPTED], folder, begin_with=network)
    return found


def report(name: str, measured: dict[str, Measured]) -> None:
    """Print the table of one set."""
    print(f"\n{'':46}{'target':>8}{'ours':>8}{'n-gram':>8}{'p':>8}{'weights':>10}{'CPU s':>8}")
    for row, found in measured.items():
        target = TARGETS[row][SETS.index(name)] if row in TARGETS else None
        gain, chance = paired_test(found, measured[BOTH])
        met = "" if target is None or SMOKE else " met" if found.mean <= target else " MISSED"
        print(
            f"{row:46}{target or '-':>8}{found.mean:8.3f}{gain:+8.3f}{chance:8.3f}"
            f"{found.weights:10}{found.seconds:8.0f}{met}"
        )


def run_set(name: str) -> dict[str, Any]:
    """Measure all rows of one set and print them."""
    folds = split(COUNTS[name][0], 0)
    material, folder = load_material(name, folds), cache_folder() / "folds"
    rows = {}
    for row in (ALONE, WITH_LONG):
        print(f"{name}: {row}", flush=True)
        rows[row] = run_row(material, PLANS[row], folder, folds=TESTED)
    if not SMOKE:
        print(f"{name}: {ADAPTED}", flush=True)
        rows |= from_others(material, folder)
    measured = {BOTH: ngram(name, folds)}
    measured |= {row: Measured.of(found) for row, found in rows.items()}
    report(name, measured)
    return {
        row: {
            "bits": found.mean,
            "folds": [float(fold.mean()) for fold in found.bits],
            "against the n-gram": dict(
                zip(("difference", "p"), paired_test(found, measured[BOTH]), strict=True)
            ),
            "weights": found.weights,
            "processor seconds": found.seconds,
            "epochs": list(found.epochs),
        }
        for row, found in measured.items()
    }


if __name__ == "__main__":
    measure_all(run_set, RESULTS)
