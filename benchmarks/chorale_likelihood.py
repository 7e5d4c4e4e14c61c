"""How well the four-part network foretells Bach: nats per note and per step of a 16th, honestly.

The pieces are the published split, as far as it is found in music21's corpus
(`datasets/bach_split/card.md`). Every cell (what one voice sounds in one 16th; a rest is one) of
every piece is foretold from the cells before it alone, and all count alike. *Place unknown* hides
where the bar lines are, which the published grid does not tell either.

The last row is no comparison: it is the same network that was told the chord of each step, found
from that step's own four notes. Whoever knows the chord has been told most of the answer; what the
label itself would cost is left out, as in the best known published figure.

Usage: python benchmarks/chorale_likelihood.py [--leak EPOCHS] [--transpositions]
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
NUM_LABELS = 12 * len(KINDS) + 2


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


def labels(cells: np.ndarray) -> np.ndarray:
    """Name the chord of each step by its own notes [shape=(T, 1), int]: a triad, none, silence."""
    found = np.full((len(cells), 1), NUM_LABELS - 2)
    for step, row in enumerate(cells):
        classes = {int(cell - 1) % 12 for cell in row if cell > 0}
        if not classes:
            found[step] = NUM_LABELS - 1
            continue
        fits = []
        for kind, tones in enumerate(KINDS):
            for root in range(12):
                triad = {(root + tone) % 12 for tone in tones}
                shared, others = len(classes & triad), len(classes - triad)
                if (others == 0 and shared >= 2) or (others == 1 and shared == 3):
                    fits.append((others - shared, kind, root))
        if fits:
            _, kind, root = min(fits)
            found[step] = 12 * kind + root
    return found


def told(piece: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Tell a piece the chord of each step."""
    return {**piece, "given": labels(piece["target"]).astype(np.int8)}


def leaking_network(model, sides, epochs: int):
    """Train the network on with the chord of the step as one more input."""
    from melodyai_edu.models.chorale import build_chorale_network
    from melodyai_edu.training.chorale import (
        ChoraleRecipe,
        _compile,
        _epoch,
        _shifts,
        _with_average,
        read_pieces,
    )

    card = model.card
    network = build_chorale_network(card.units, card.hidden_dim, given_sizes=(NUM_LABELS,))
    weights = []
    for own, wanted in zip(model.weights, network.get_weights(), strict=True):
        if own.shape != wanted.shape:  # the rows of the chord come after those of the LSTM
            own = np.insert(own, [card.units] * NUM_LABELS, 0.0, axis=0)
        weights.append(own)
    network.set_weights(weights)
    recipe = ChoraleRecipe(epochs=epochs, learning_rate=1e-3)
    versions = read_pieces(sides["train"], _shifts(sides["train"]))
    pieces = [[told(piece) for piece in some[:: max(1, len(some) // 3)]] for some in versions]
    optimizer = _compile(network, recipe, epochs * (len(pieces) // recipe.batch))
    random = np.random.default_rng(3)
    for _ in range(epochs):
        for arrays, mask in _epoch(pieces, recipe, random):
            target = arrays.pop("target")
            network.train_on_batch(arrays, target, sample_weight=mask)
    network.set_weights(_with_average(network, optimizer, network.get_weights))
    return network


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
    options.add_argument("--leak", type=int, default=0, metavar="EPOCHS")
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
    if asked.leak:
        leaking = leaking_network(model, sides, asked.leak)
        leaks = [evaluate_network(leaking, [*map(told, heard[s])]) for s in ("valid", "test")]
        row("told the chord of the step: no comparison", leaks[0].mean(), leaks[1].mean())
    voices = ", ".join(f"{nats:.3f}" for nats in found["test"])
    print(f"\ntest by voice, soprano to bass: {voices}")
    print(f"target {TARGET}; networks took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
