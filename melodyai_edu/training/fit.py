"""Training that can be watched, interrupted and resumed.

Conventions
-----------
A step is one batch; an epoch is one pass over the data. Losses are nats a token. Every few steps
all that matters is committed as one `Checkpoint`, so a run that was killed goes on to the same
losses, bit for bit, as one that was not.

Contents
--------
Trainer
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.models.quiet import import_keras
from melodyai_edu.training.batches import Batches
from melodyai_edu.training.checkpoint import Checkpoint, commit, hash_of, latest
from melodyai_edu.training.devices import (
    clipped_adamw,
    in_precision,
    scope_of,
    usual_precision,
    where_it_trains,
)
from melodyai_edu.training.examples import Example, data_hash
from melodyai_edu.training.recipe import Recipe, Report

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["Trainer"]

#: The learning rate ends at this share of its peak.
_LAST_RATE = 0.05

#: What a run can differ in, beside single sizes and fields of its recipe.
_PARTS = {
    "sizes": "other sizes",
    "recipe": "another recipe",
    "data": "other tunes",
    "beginning": "another model to begin with",
}


class Trainer:
    """Trains one network.

    Parameters
    ----------
    sizes : Sizes
    train, valid : sequence of Example
    recipe : Recipe, optional
    folder : Path, optional
        Where checkpoints go; none are written when left out.
    devices : int, default 1
    weights : sequence of np.ndarray, optional
        What to begin with, to fine-tune; random when left out.
    precision : str, optional
        One of `melodyai_edu.training.devices.PRECISIONS`; what suits the devices when left out.
        A run may be resumed in another.
    """

    def __init__(
        self,
        sizes: Sizes,
        train: Sequence[Example],
        valid: Sequence[Example],
        recipe: Recipe | None = None,
        *,
        folder: Path | None = None,
        devices: int = 1,
        weights: Sequence[np.ndarray] | None = None,
        precision: str | None = None,
    ) -> None:
        import_keras()
        self.sizes, self.folder, self.devices = sizes, folder, devices
        self.precision = precision or usual_precision()
        self.recipe = recipe or Recipe()
        limits = self.recipe.batch_tokens, self.recipe.window
        self.train = Batches(train, *limits, seed=self.recipe.seed)
        self.valid = Batches(valid, *limits, is_training=False) if valid else None
        self.data_hash = data_hash(train)
        self._identity = {
            "sizes": asdict(sizes),
            "recipe": asdict(self.recipe),
            "data": [self.data_hash, data_hash(valid)],
            "beginning": None if weights is None else hash_of(weights),
        }
        self.report = Report()
        self.network = self._make(weights)
        self._best: list[np.ndarray] = self.network.get_weights()

    def _make(self, weights: Sequence[np.ndarray] | None) -> Network:
        import keras

        keras.utils.set_random_seed(self.recipe.seed)
        steps = self.recipe.epochs * len(self.train)
        warmup = min(self.recipe.warmup_steps, max(steps // 10, 1))
        rate = keras.optimizers.schedules.CosineDecay(
            self.recipe.learning_rate / warmup,
            max(steps - warmup, 1),
            alpha=_LAST_RATE,
            warmup_target=self.recipe.learning_rate,
            warmup_steps=warmup,
        )
        with scope_of(self.devices), in_precision(self.precision):
            network = build(self.sizes)
            if weights is not None:
                network.set_weights(list(weights))
            optimizer = clipped_adamw(
                rate,
                devices=self.devices,
                clipnorm=1.0,
                weight_decay=self.recipe.weight_decay,
                beta_2=0.98,
            )
            optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
            network.compile(
                optimizer,
                keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                weighted_metrics=[
                    keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="nats")
                ],
                jit_compile="auto" if keras.backend.backend() == "jax" else False,
            )
            optimizer.build(network.trainable_variables)
        return network

    def fit(
        self,
        *,
        is_resumed: bool = False,
        on_report: Callable[[Report], None] | None = None,
        has_progress: bool = True,
    ) -> Report:
        """Train to the end; interrupt and resume as you like.

        Parameters
        ----------
        is_resumed : bool, default False
            Go on from the newest checkpoint; where there is none, a warning says so.
        on_report : callable, optional
            Called after each chunk and each epoch.
        has_progress : bool, default True

        Returns
        -------
        report : Report
            The network has the best weights then.

        Raises
        ------
        ParameterError
            If the checkpoint is of other data, sizes, beginning or another recipe.
        """
        from tqdm.auto import tqdm

        if is_resumed:
            self._resume()
        total = self.recipe.epochs * len(self.train)
        with tqdm(
            desc=where_it_trains(), total=total, initial=self.report.step, unit="step",
            disable=not has_progress,
        ) as bar:  # fmt: skip
            while not self.report.is_over(self.recipe):
                done = self._chunk()
                bar.update(done)
                bar.set_postfix_str(self._postfix())
                if on_report is not None:
                    on_report(self.report)
        self.network.set_weights(self._best)
        return self.report

    def to_compose(self) -> Network:
        """Give the network as it is now, computing in single precision, as whatever draws needs it.

        Returns
        -------
        network : Network
            The trainer's own, if that is how it computes.
        """
        if self.precision == "float32":
            return self.network
        network = build(self.sizes)
        network.set_weights(self.network.get_weights())
        return network

    def _chunk(self) -> int:
        """Train some steps, then commit."""
        report, began = self.report, time.perf_counter()
        last = min(report.batch + self.recipe.chunk, len(self.train))
        done = last - report.batch
        logs = self.network.fit(
            self._dataset(self.train, report.epoch, report.batch, last),
            steps_per_epoch=done,
            epochs=1,
            verbose=0,
            shuffle=False,
        ).history
        report.step, report.batch = report.step + done, last
        report.losses.append((report.step, float(logs["nats"][0])))
        if last == len(self.train):
            report.epoch, report.batch = report.epoch + 1, 0
            self._validate()
        report.seconds += time.perf_counter() - began
        if self.folder is not None:
            self._commit()
        return done

    def _validate(self) -> None:
        report = self.report
        if self.valid is None:
            loss = report.losses[-1][1]
        else:
            logs = self.network.evaluate(
                self._dataset(self.valid, 0, 0, len(self.valid)),
                steps=len(self.valid),
                verbose=0,
                return_dict=True,
            )
            loss = float(logs["nats"])
        report.valid_losses.append((report.epoch, loss))
        if loss < report.best:
            report.best = loss
            self._best = self.network.get_weights()

    def _dataset(self, batches: Batches, epoch: int, first: int, last: int) -> Any:
        """Give some batches as Keras wants them: for TensorFlow a `tf.data` pipeline."""
        import keras

        def make() -> Iterator[Any]:
            for inputs, targets, weights in batches.make(epoch, first, last):
                # Keras divides by all places; so this makes the loss a mean over real tokens.
                share = weights.size / max(weights.sum(), 1) if batches.is_training else 1.0
                yield inputs, targets, (weights * share).astype(np.float32)

        if keras.backend.backend() != "tensorflow":
            return make()
        import tensorflow as tf

        def spec(dtype: Any) -> Any:
            return tf.TensorSpec((None, None), dtype)

        inputs = {"token_ids": spec(tf.int32), "chord_ids": spec(tf.int32)}
        dataset = tf.data.Dataset.from_generator(
            make, output_signature=(inputs, spec(tf.int32), spec(tf.float32))
        )
        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
        return dataset.prefetch(8).with_options(options)

    def _postfix(self) -> str:
        report = self.report
        valid = f", valid {report.valid_losses[-1][1]:.3f}" if report.valid_losses else ""
        epoch = -(-report.step // len(self.train))
        return f"epoch {epoch}, loss {report.losses[-1][1]:.3f}{valid}"

    def _variables(self) -> dict[str, Any]:
        optimizer = self.network.optimizer
        named = {f"network/{i}": v for i, v in enumerate(self.network.variables)}
        return {**named, **{f"optimizer/{i}": v for i, v in enumerate(optimizer.variables)}}

    def _commit(self) -> None:
        import keras

        arrays = {
            name: keras.ops.convert_to_numpy(value) for name, value in self._variables().items()
        }
        best = {f"best/{number}": array for number, array in enumerate(self._best)}
        state = {"report": asdict(self.report), "identity": self._identity}
        assert self.folder is not None
        commit(self.folder, Checkpoint(self.report.step, {**arrays, **best}, state))

    def _resume(self) -> None:
        found = latest(self.folder) if self.folder is not None else None
        if found is None:
            where = self.folder or "no folder"
            warnings.warn(
                f"nothing to resume in {where}: training begins anew", RuntimeWarning, stacklevel=3
            )
            return
        if changes := _changes(found.state["identity"], self._identity):
            raise ParameterError(
                f"the checkpoint in {self.folder} is of another run, with {', '.join(changes)}; "
                f"give another name or folder, or begin anew without resuming"
            )
        for name, variable in self._variables().items():
            variable.assign(found.arrays[name])
        self._best = [found.arrays[f"best/{i}"] for i in range(len(self._best))]
        saved = found.state["report"]
        pairs = {name: [tuple(p) for p in saved[name]] for name in ("losses", "valid_losses")}
        self.report = Report(**{**saved, **pairs})


def _changes(known: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Say in which values a checkpoint's run differs from this one."""
    found = []
    for part, own in ours.items():
        other = known.get(part)
        if isinstance(own, dict) and isinstance(other, dict):
            found += [
                f"{name}={other.get(name)} instead of {value}"
                for name, value in own.items()
                if other.get(name) != value
            ]
        elif other != own:
            found.append(_PARTS[part])
    return found
