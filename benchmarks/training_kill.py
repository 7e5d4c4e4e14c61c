"""Kill training again and again, and see whether it goes on as if nothing had been.

A very small network learns a few tunes and commits a checkpoint after every second step. The run
is ended with ``kill -9`` at a random moment after its first checkpoint began; every third time the
killer waits until it sees the folder of an unfinished checkpoint, so that it strikes inside a
save. Each run is then resumed in a new process, and must end with the losses and the weights of a
run that nobody touched, bit for bit.

Processes are forked from this one, which has imported TensorFlow but never used it: so none waits
for the import, and the training itself is the package's own, unchanged. What a kill cannot show is
a power cut, in which the system itself loses what it had not yet written; and networks this small
are saved in milliseconds: of large ones a larger share of kills would strike inside a save.

Usage: python benchmarks/training_kill.py [--network lstm] [--kills 50]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras  # noqa: F401 # imported once, here, for all processes
import numpy as np

from melodyai_edu.io.corpus import load
from melodyai_edu.models.presets import Sizes
from melodyai_edu.training.examples import Example, examples_of
from melodyai_edu.training.fit import Trainer
from melodyai_edu.training.recipe import Recipe

SIZES = {
    "transformer": Sizes("transformer", 8, 1, num_heads=2, dropout=0.2),
    "lstm": Sizes("lstm", 8, 2, units=8, dropout=0.2),
}
RECIPE = Recipe(epochs=2, learning_rate=1e-2, batch_tokens=1024, window=64, chunk=2, patience=9)


def train(examples: Sequence[Example], folder: Path, network: str) -> str:
    """Train, or go on, to the end; give all figures and the hash of the weights as text."""
    run = Trainer(SIZES[network], examples[:30], examples[30:], RECIPE, folder=folder)
    report = run.fit(is_resumed=True, has_progress=False)
    weights = hashlib.sha256(b"".join(w.tobytes() for w in run.network.get_weights()))
    return json.dumps([report.losses, report.valid_losses, report.best, weights.hexdigest()])


@dataclass
class Run:
    """One training process."""

    process: int
    folder: Path

    @classmethod
    def start(cls, examples: Sequence[Example], folder: Path, network: str) -> Run:
        """Fork a process that trains."""
        process = os.fork()
        if process:
            return cls(process, folder)
        code = 1
        try:
            os.dup2(os.open(folder.with_suffix(".log"), os.O_CREAT | os.O_WRONLY), 2)
            warnings.simplefilter("ignore")  # a torn checkpoint is told, and that is right
            folder.with_suffix(".json").write_text(train(examples, folder, network))
            code = 0
        finally:
            os._exit(code)

    def is_over(self) -> bool:
        """Say whether it has ended, and take leave of it."""
        return os.waitpid(self.process, os.WNOHANG) != (0, 0)

    def end(self) -> str:
        """Wait for it, and give what it found."""
        _, status = os.waitpid(self.process, 0)
        if status:
            raise SystemExit(f"training failed: {self.folder.with_suffix('.log').read_text()}")
        return self.folder.with_suffix(".json").read_text()

    def kill(self) -> None:
        """End it as nothing can prevent."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)

    def partial(self) -> list[str]:
        """List the unfinished checkpoints."""
        if not self.folder.is_dir():
            return []
        return [name for name in os.listdir(self.folder) if name.endswith(".partial")]  # noqa: PTH208

    def wait_for_save(self, number: int) -> bool:
        """Wait until its save of that number begins; False if it ends before."""
        seen: set[str] = set()
        while not self.is_over():
            seen.update(self.partial())
            if len(seen) >= number:
                return True
            time.sleep(0.0003)
        return False


def unbroken(examples: Sequence[Example], folder: Path, network: str) -> tuple[str, float]:
    """Train without a kill: the figures, and the seconds from the first save to the end."""
    run = Run.start(examples, folder, network)
    run.wait_for_save(1)
    begin = time.perf_counter()
    return run.end(), time.perf_counter() - begin


def strike(
    examples: Sequence[Example],
    folder: Path,
    network: str,
    random: np.random.Generator,
    seconds: float,
    *,
    is_in_save: bool,
) -> bool | None:
    """Train and kill; say whether a save was going on, or None if it was over before."""
    run = Run.start(examples, folder, network)
    if not run.wait_for_save(int(random.integers(1, 15)) if is_in_save else 1):
        return None
    time.sleep(random.uniform(0, 0.004) if is_in_save else random.uniform(0, seconds))
    if run.is_over():
        return None
    run.kill()
    return bool(run.partial())


def main() -> int:
    """Print how many of the killed runs end like the one that nobody touched."""
    is_smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", choices=SIZES, default="transformer")
    parser.add_argument("--kills", type=int, default=3 if is_smoke else 50)
    options = parser.parse_args([] if is_smoke else None)
    kills, network = options.kills, options.network
    examples = examples_of(load("oneill")[:40])
    random = np.random.default_rng(0)
    same = in_save = done = 0
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        wanted, seconds = unbroken(examples, Path(home) / "unbroken", network)
        print(f"unbroken: {len(json.loads(wanted)[0])} losses, {seconds:.1f} s", flush=True)
        for number in range(10 * kills):
            folder = Path(home) / str(number)
            wants_save = 3 * in_save <= done
            hit = strike(examples, folder, network, random, seconds, is_in_save=wants_save)
            if hit is None:
                continue  # it was quicker: another moment is drawn
            done, in_save = done + 1, in_save + hit
            is_same = Run.start(examples, folder, network).end() == wanted
            same += is_same
            print(f"kill {done}{' in a save' if hit else ''}: {is_same}", flush=True)
            if done == kills:
                break
    print(f"{same} of {done} killed runs end bit-equal; {in_save} of them were inside a save")
    print(f"{time.perf_counter() - begin:.0f} s")
    return same != kills or 3 * in_save < kills


if __name__ == "__main__":
    sys.exit(main())
