"""A network that has heard every other tune: trained once, kept outside the repository.

Run ``python benchmarks/neural_pretraining.py`` to train it beforehand (or to go on after a break:
each epoch is kept); ``melody_entropy_neural.py`` does so itself where it finds none.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from neural_corpus import load_others, split_others
from neural_features import Heard
from neural_mixer import Inputs, Network, Sizes, Trainer

SIZES = Sizes(hidden_dim=512, dropout=0.1, input_dropout=0.05, blindness=0.3)
EPOCHS, RATE, BATCH, AVERAGE = 3, 1e-3, 512, 0.999
FADE = 6
"""The rate falls evenly and would be 0 after so many epochs; the weights' average does the rest."""
SHARE_OF_DANCES = 1 / 3
"""The part of the dance tunes' notes that an epoch takes: they are further from the sets."""


def cache_folder() -> Path:
    """Give the folder for what is trained on this machine."""
    home = os.environ.get("MELODYAI_HOME")
    return (Path(home) if home else Path.home() / ".melodyai") / "benchmarks" / "melody_entropy"


def to_inputs(heard: Heard) -> Inputs:
    """Give a network all steps to choose from."""
    return Inputs(*heard[:4], heard.targets.astype(np.int64))


def bits(network: Network, inputs: Inputs) -> float:
    """Return the mean cost of a note [bits]."""
    chosen = network.distribution(inputs)[np.arange(len(inputs.targets)), inputs.targets]
    return float(-np.log2(chosen).mean())


def pretrained(seed: int = 0, epochs: int = EPOCHS) -> tuple[Network, float]:
    """Return the trained network and the seconds that it took, training what is missing."""
    state = cache_folder() / f"pretrained-{seed}-{epochs}.npz"
    network = Network(SIZES, seed)
    trainer = Trainer(network, rate=RATE, batch=BATCH, average=AVERAGE)
    done, seconds = _restore(trainer, state)
    if done < epochs:
        learned, is_dance, unheard = split_others(load_others(cache_folder() / "others.npz"))
        inputs, rest = to_inputs(learned), to_inputs(unheard)
        print(f"{len(is_dance)} notes, {is_dance.sum()} of dances; {network.num_weights} weights")
    for epoch in range(done, epochs):
        begin = time.process_time()
        network.rng = np.random.default_rng([seed, epoch])
        taken = ~is_dance | (network.rng.random(len(is_dance)) < SHARE_OF_DANCES)
        fade = 1 - epoch / FADE, 1 - (epoch + 1) / FADE
        trainer.epoch(inputs.pick(np.flatnonzero(taken)), fade)
        seconds += time.process_time() - begin
        _keep(trainer, state, epoch + 1, seconds)
        held = bits(trainer.averaged(), rest)
        print(f"epoch {epoch}: {held:.4f} bits on held-out tunes, {seconds:.0f} s", flush=True)
    return trainer.averaged(), seconds


def _keep(trainer: Trainer, file: Path, epochs: int, seconds: float) -> None:
    """Write all that going on needs, whole or not at all."""
    kinds = {"weight": trainer.network.weights, "slow": trainer.slow}
    kinds |= {"mean": trainer.mean, "square": trainer.square}
    arrays = {f"{kind}.{name}": a for kind, group in kinds.items() for name, a in group.items()}
    arrays |= {"steps": np.array(trainer.steps), "epochs": np.array(epochs)}
    arrays["seconds"] = np.array(seconds)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new.npz")
    np.savez(fresh, allow_pickle=False, **arrays)
    fresh.replace(file)


def _restore(trainer: Trainer, file: Path) -> tuple[int, float]:
    """Go on where the file ends; return its epochs and seconds."""
    if not file.exists():
        return 0, 0.0
    with np.load(file) as found:
        for kind, group in (
            ("weight", trainer.network.weights),
            ("slow", trainer.slow),
            ("mean", trainer.mean),
            ("square", trainer.square),
        ):
            group.update({name: found[f"{kind}.{name}"] for name in group})
        trainer.steps = int(found["steps"])
        return int(found["epochs"]), float(found["seconds"])


def adapted_sizes(dropout: float, long_voices: int) -> Sizes:
    """Give the sizes of a pretrained network that is adapted."""
    return replace(SIZES, dropout=dropout, long_voices=long_voices)


if __name__ == "__main__":
    pretrained()
