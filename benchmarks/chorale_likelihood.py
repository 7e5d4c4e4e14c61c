"""How well the four-part network foretells Bach: nats per note and per step of a 16th, honestly.

The pieces are the published split, as far as it is found in music21's corpus
(`datasets/bach_split/card.md`). Every cell (what one voice sounds in one 16th; a rest is one) of
every piece is foretold from the cells before it alone, and all count alike. *Place unknown* hides
where the bar lines are, which the published grid does not tell either.

The last row is no comparison: the same network, but wherever all that sounds in a step belongs to
one triad, that triad is told beforehand, and only its notes and a rest stay possible. Whoever knows
the chord has been told much of the answer; what the chord itself would cost is left out, as in the
best known published figure (0.220; 0.396 with its chords paid for).

Usage: python benchmarks/chorale_likelihood.py [--transpositions]
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

TARGET = 0.45  # nats per note, test
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
KINDS = ((0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8))


class CellNgram:
    """Counts of a cell after ever more of what is known, drawn together (Witten & Bell 1991)."""

    def __init__(self) -> None:
        self.counts: dict[tuple, Counter] = defaultdict(Counter)

    @staticmethod
    def contexts(cells: np.ndarray, step: int, voice: int) -> Iterator[tuple]:
        """Give what is looked at, the least first."""
        from melodyai_edu.tokens.chorale_grid import ORDER

        last = tuple(map(int, cells[step - 1])) if step else (-1,) * 4
        now = tuple(int(cells[step, v]) for v in ORDER[: ORDER.index(voice)])
        yield (voice,)
        yield voice, last[voice]
        yield voice, last[voice], step % 4
        yield voice, last[voice], step % 4, now[-1:]
        yield voice, last[voice], step % 4, now
        yield voice, last, step % 4, now

    def learn(self, pieces: Sequence[np.ndarray]) -> None:
        """Count the cells of pieces."""
        for cells in pieces:
            for step in range(len(cells)):
                for voice in range(4):
                    for context in self.contexts(cells, step, voice):
                        self.counts[context][int(cells[step, voice])] += 1

    def nats(self, pieces: Sequence[np.ndarray]) -> float:
        """Give the nats per note."""
        from melodyai_edu.tokens.chorale_grid import NUM_CELLS

        total, number = 0.0, 0
        for cells in pieces:
            for step in range(len(cells)):
                for voice in range(4):
                    chance = 1 / NUM_CELLS
                    for context in self.contexts(cells, step, voice):
                        seen = self.counts.get(context)
                        if seen:
                            size, kinds = sum(seen.values()), len(seen)
                            own = seen[int(cells[step, voice])]
                            chance = (own + kinds * chance) / (size + kinds)
                    total -= math.log(chance)
                    number += 1
        return total / number


def chord_cells(cells: np.ndarray) -> np.ndarray:
    """Say which cells the chord of each step leaves possible [shape=(T, NUM_CELLS), bool].

    The chord is the triad that holds all that sounds; where there is none, nothing is told.
    """
    from melodyai_edu.tokens.chorale_grid import NUM_CELLS

    classes = (np.arange(NUM_CELLS) - 1) % 12
    possible = np.ones((len(cells), NUM_CELLS), bool)
    for step, row in enumerate(cells):
        sounding = {int(cell - 1) % 12 for cell in row if cell > 0}
        triads = ({(root + tone) % 12 for tone in tones} for tones in KINDS for root in range(12))
        holding = next((triad for triad in triads if len(sounding) > 1 and sounding <= triad), None)
        if holding is not None:
            possible[step] = np.isin(classes, list(holding))
            possible[step, 0] = True  # a rest
    return possible


def leaking(network, pieces: Sequence[dict[str, np.ndarray]]) -> float:
    """Foretell with the chord of the step told beforehand [nats per note]."""
    from melodyai_edu.training.chorale import batch_of

    total, number = 0.0, 0
    for piece in pieces:
        length = -(-len(piece["target"]) // 64) * 64
        arrays, _ = batch_of([piece], length)
        target = arrays.pop("target")[0, : len(piece["target"])]
        logits = np.asarray(network.predict_on_batch(arrays), np.float64)[0, : len(target)]
        logits = np.where(chord_cells(target)[:, None, :], logits, -np.inf)
        top = logits.max(-1, keepdims=True)
        norm = top[..., 0] + np.log(np.exp(logits - top).sum(-1))
        total += (norm - np.take_along_axis(logits, target[..., None], -1)[..., 0]).sum()
        number += target.size
    return total / number


def averaged(network, chorales, shifts: Sequence[int]) -> float:
    """Foretell with the mean of the distributions over several transpositions [nats per note]."""
    from melodyai_edu.training.chorale import batch_of, read_pieces

    total, number = 0.0, 0
    for chorale in chorales:
        sung = chorale.pitches[chorale.pitches > 0]
        fitting = [s for s in shifts if sung.min() + s >= 36 and sung.max() + s <= 81]
        versions = read_pieces([chorale], lambda _, fitting=fitting: fitting)[0]
        arrays, _ = batch_of(versions, len(chorale.pitches))
        target = arrays.pop("target")
        logits = np.asarray(network.predict_on_batch(arrays), np.float64)
        chances = np.exp(logits - logits.max(-1, keepdims=True))
        chances /= chances.sum(-1, keepdims=True)
        own = np.take_along_axis(chances, target[..., None], axis=-1)[..., 0]
        total -= np.log(own.mean(axis=0)).sum()
        number += own[0].size
    return total / number


def row(name: str, valid: float, test: float) -> None:
    """Print one line of the table."""
    print(f"| {name} | {valid:.4f} | {test:.4f} | {4 * valid:.3f} | {4 * test:.3f} |", flush=True)


def main() -> None:
    """Measure and print the table."""
    from melodyai_edu.io.chorales import split_chorales
    from melodyai_edu.models.chorale import load_chorale_model
    from melodyai_edu.tokens.chorale_grid import NUM_CELLS, cells_of
    from melodyai_edu.training.chorale import evaluate_network, hide_places, read_pieces

    options = argparse.ArgumentParser()
    options.add_argument("--transpositions", action="store_true")
    options.add_argument("--model", default="chorale-small")
    asked = options.parse_args()
    sides = split_chorales()
    if SMOKE:
        sides = {side: some[:3] for side, some in sides.items()}
    for side, some in sides.items():
        print(f"{side}: {len(some)} pieces, {sum(len(one.pitches) for one in some)} steps")
    print("\n| model | nats per note: valid | test | nats per step: valid | test |")
    print("|---|---|---|---|---|")
    row("uniform over 46 pitches and the rest", math.log(NUM_CELLS), math.log(NUM_CELLS))
    cells = {side: [cells_of(one.pitches) for one in some] for side, some in sides.items()}
    ngram = CellNgram()
    ngram.learn(cells["train"])
    row("n-gram", ngram.nats(cells["valid"]), ngram.nats(cells["test"]))
    model = load_chorale_model(asked.model)
    network, began = model.network(), time.perf_counter()
    heard = {s: [p[0] for p in read_pieces(sides[s])] for s in ("valid", "test")}
    found = {side: evaluate_network(network, some) for side, some in heard.items()}
    name = f"{model.card.name}, {network.count_params():,} weights"
    row(name, found["valid"].mean(), found["test"].mean())
    unknown = {s: evaluate_network(network, [*map(hide_places, p)]) for s, p in heard.items()}
    row("the same, place unknown", unknown["valid"].mean(), unknown["test"].mean())
    if asked.transpositions:
        shifts = (-4, -2, 0, 2, 4)
        mixed = [averaged(network, sides[side], shifts) for side in ("valid", "test")]
        row("the same, mean of five transpositions", *mixed)
    leaks = [leaking(network, heard[side]) for side in ("valid", "test")]
    row("told the triad of the step: no comparison", *leaks)
    voices = ", ".join(f"{nats:.3f}" for nats in found["test"])
    print(f"\ntest by voice, soprano to bass: {voices}")
    print(f"target {TARGET}; networks took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
