"""Train one tiny network on one and on two logical processors; print the curves as JSON.

A program of its own: logical processors must be made before TensorFlow does anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import tensorflow as tf

from melodyai_edu.io.corpus import load
from melodyai_edu.models.presets import Sizes
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.fit import Trainer
from melodyai_edu.training.recipe import Recipe, Report


def stop(report: Report) -> None:
    """Interrupt training in its second epoch."""
    if report.epoch:
        raise KeyboardInterrupt


def main() -> None:
    """Train twice."""
    processor = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, two)
    examples = examples_of(load("oneill")[:40])
    sizes = Sizes("transformer", 8, 1, num_heads=2, dropout=0.0)
    recipe = Recipe(epochs=2, learning_rate=1e-2, batch_tokens=1024, window=64, chunk=2)
    found: dict[str, list] = {"replicas": [], "losses": [], "shares": []}
    for devices in (1, 2):
        run = Trainer(sizes, examples[:30], examples[30:], recipe, devices=devices)
        strategy = run.network.distribute_strategy if devices > 1 else None
        found["replicas"].append(strategy.num_replicas_in_sync if strategy else 1)
        if strategy:
            batches = run.train.make(0, 0, 3)
            found["sizes"] = [len(inputs["token_ids"]) for inputs, _, _ in batches]
            data = strategy.experimental_distribute_dataset(run._dataset(run.train, 0, 0, 3))
            found["shares"] = [
                [
                    int(part.shape[0])
                    for part in strategy.experimental_local_results(inputs["token_ids"])
                ]
                for inputs, _, _ in data
            ]
        report = run.fit(has_progress=False)
        found["losses"].append([loss for _, loss in (*report.losses, *report.valid_losses)])
    with tempfile.TemporaryDirectory() as folder:
        for devices in (2, 1):  # begun on two, and after some steps resumed on one
            run = Trainer(
                sizes,
                examples[:30],
                examples[30:],
                recipe,
                folder=Path(folder),
                devices=devices,
            )
            with contextlib.suppress(KeyboardInterrupt):
                report = run.fit(
                    is_resumed=True, has_progress=False, on_report=stop if devices == 2 else None
                )
    found["losses"].append([loss for _, loss in (*report.losses, *report.valid_losses)])
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
