"""Preference tuning: a network is moved towards what was chosen, and held near what it was.

Conventions
-----------
The loss of a pair is ``-log sigmoid(beta * (margin - reference margin))``; ``margins`` says what a
margin is. The reference model is frozen: it is heard once, before the first step, so nothing could
change it.

Real tunes are heard beside the pairs, in ``real_ids``, and their loss [nats a token] is added: so
the network does not forget them (Ouyang et al. 2022, there "PPO-ptx"). Every batch can be made anew
from (seed, epoch, number), and dropout is off: so a run that stopped goes on as if it had not.

The step is Keras's own, by `train_on_batch`: the loss is a layer of `keras.ops`, and the reference
margins are its targets. So it runs on each backend; TensorFlow is the one that is tested.

Contents
--------
TuningRecipe, TuningReport, Tuner

References
----------
Rafailov et al. (2023), Direct Preference Optimization: your language model is secretly a reward
model, NeurIPS. Ouyang et al. (2022), Training language models to follow instructions, NeurIPS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.quiet import import_keras
from melodyai_edu.tokens import Encoding
from melodyai_edu.tokens.condition import NUM_CONDITIONS
from melodyai_edu.training.checkpoint import Checkpoint, commit, hash_of, latest
from melodyai_edu.training.examples import Example
from melodyai_edu.training.margins import (
    PairSet,
    loss_of,
    margin_model,
    padded,
    pair_margins,
)

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["Tuner", "TuningRecipe", "TuningReport"]


@dataclass(frozen=True)
class TuningRecipe:
    """How to tune.

    Parameters
    ----------
    beta : float, default 0.2
        How strongly the network is held to the reference model: a low one lets go.
    epochs : int, default 3
        Passes over the pairs.
    learning_rate : float, default 2e-4
    batch_pairs : int, default 16
    real_weight : float, default 3.0
        How much the loss on real tunes counts; 0 hears none.
    seed : int, default 0

    Raises
    ------
    ParameterError
        If a number is impossible.
    """

    beta: float = 0.2
    epochs: int = 3
    learning_rate: float = 2e-4
    batch_pairs: int = 16
    real_weight: float = 3.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("beta", "epochs", "learning_rate", "batch_pairs"):
            if not 0 < getattr(self, name) < np.inf:
                raise ParameterError(f"{name}={getattr(self, name)} must be positive")
        if not 0 <= self.real_weight < np.inf:
            raise ParameterError(f"real_weight={self.real_weight} must be 0 or more")


@dataclass(slots=True)
class TuningReport:
    """How tuning goes.

    Parameters
    ----------
    step : int
        Batches done.
    steps : int
        Batches of the whole run.
    losses : list of float [nats a pair]
        One for each batch.
    is_stopped : bool
        Whether somebody stopped it before its end.
    """

    step: int = 0
    steps: int = 0
    losses: list[float] = field(default_factory=list)
    is_stopped: bool = False


class Tuner:
    """Tunes one network.

    Parameters
    ----------
    network : Network
        As it is now it is the reference model; then it is tuned in place.
    pairs : sequence of (Encoding, Encoding)
    recipe : TuningRecipe, optional
    real : sequence of Example, optional
        Real tunes to hear beside the pairs.
    importance : np.ndarray, optional [shape=(N,), float]
        How much each pair counts; 1 each when left out.
    folder : Path, optional
        Where checkpoints go, one an epoch; none are written when left out.
    """

    def __init__(
        self,
        network: Network,
        pairs: Sequence[tuple[Encoding, Encoding]],
        recipe: TuningRecipe | None = None,
        *,
        real: Sequence[Example] = (),
        importance: np.ndarray | None = None,
        folder: Path | None = None,
    ) -> None:
        import_keras()
        self.network, self.recipe, self.folder = network, recipe or TuningRecipe(), folder
        self.pairs = PairSet(pairs)
        counts = np.ones(len(pairs)) if importance is None else np.asarray(importance, float)
        self.importance = (counts / counts.mean()).astype(np.float32)
        self.real = _real_rows(real, self.pairs.chosen_ids.shape[1])
        self.has_real = bool(len(self.real)) and self.recipe.real_weight > 0
        self.report = TuningReport(steps=self.recipe.epochs * self._batches)
        self._model = margin_model(network, has_real=self.has_real)
        self.reference_margins = self.margins(self.pairs)
        self._identity = {
            "recipe": asdict(self.recipe),
            "pairs": self.pairs.digest,
            "beginning": hash_of([*network.get_weights(), self.importance, self.real]),
        }
        self._compile()

    @property
    def _batches(self) -> int:
        return -(-len(self.pairs) // self.recipe.batch_pairs)

    def margins(self, pairs: PairSet) -> np.ndarray:
        """Give the margins of pairs by the network as it is now [shape=(N,), float, nats]."""
        found = []
        for first in range(0, len(pairs), self.recipe.batch_pairs):
            rows = np.arange(first, min(first + self.recipe.batch_pairs, len(pairs)))
            found.append(pair_margins(self.network, pairs.batch(rows)))
        return np.concatenate(found)

    def _compile(self) -> None:
        import keras

        steps = max(self.report.steps, 2)
        rate = keras.optimizers.schedules.CosineDecay(self.recipe.learning_rate, steps, alpha=0.1)
        optimizer = keras.optimizers.Adam(rate, beta_2=0.98, clipnorm=1.0)
        losses = {"margin": loss_of(self.recipe.beta)}
        weights = {"margin": 1.0}
        if self.has_real:
            losses["nats"] = _mean_of_predictions
            weights["nats"] = self.recipe.real_weight
        self._model.compile(optimizer, losses, loss_weights=weights, jit_compile=False)
        optimizer.build(self._model.trainable_variables)

    def fit(
        self,
        *,
        is_resumed: bool = False,
        on_progress: Callable[[TuningReport], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        has_progress: bool = True,
    ) -> TuningReport:
        """Tune to the end, or until somebody stops it.

        Parameters
        ----------
        is_resumed : bool, default False
            Go on from the newest checkpoint, if there is one.
        on_progress : callable, optional
            Called after each batch.
        should_stop : callable, optional
            Asked before each batch; what was done since the last epoch is done again later.
        has_progress : bool, default True

        Returns
        -------
        report : TuningReport

        Raises
        ------
        ParameterError
            If the checkpoint is of other pairs, another recipe or another beginning.
        """
        from tqdm.auto import tqdm

        if is_resumed:
            self._resume()
        report = self.report
        report.is_stopped = False
        with tqdm(
            total=report.steps, initial=report.step, unit="step", disable=not has_progress
        ) as bar:
            while report.step < report.steps:
                if should_stop is not None and should_stop():
                    report.is_stopped = True
                    break
                report.losses.append(self._step(*divmod(report.step, self._batches)))
                report.step += 1
                bar.update()
                bar.set_postfix_str(f"loss {report.losses[-1]:.3f}")
                if report.step % self._batches == 0 and self.folder is not None:
                    self._commit()
                if on_progress is not None:
                    on_progress(report)
        return report

    def _step(self, epoch: int, number: int) -> float:
        """Learn from one batch; give the mean loss of its pairs."""
        random = np.random.default_rng([self.recipe.seed, epoch])
        size, order = self.recipe.batch_pairs, random.permutation(len(self.pairs))
        rows = np.resize(order, self._batches * size)[number * size : (number + 1) * size]
        inputs = self.pairs.batch(rows)
        targets = {"margin": self.reference_margins[rows].astype(np.float32)[:, None]}
        weights = {"margin": self.importance[rows]}
        if self.has_real:
            chosen = np.random.default_rng([self.recipe.seed, epoch, number])
            inputs["real_ids"] = self.real[chosen.integers(0, len(self.real), size)]
            targets["nats"] = np.zeros((size, 1), np.float32)
            weights["nats"] = np.ones(size, np.float32)
        logs = self._model.train_on_batch(inputs, targets, weights, return_dict=True)
        return float(logs["margin_loss"] if "margin_loss" in logs else logs["loss"])

    def _variables(self) -> dict[str, Any]:
        optimizer = self._model.optimizer
        named = {f"network/{i}": v for i, v in enumerate(self.network.variables)}
        return {**named, **{f"optimizer/{i}": v for i, v in enumerate(optimizer.variables)}}

    def _commit(self) -> None:
        import keras

        arrays = {name: keras.ops.convert_to_numpy(v) for name, v in self._variables().items()}
        state = {"identity": self._identity, "losses": self.report.losses}
        assert self.folder is not None
        commit(self.folder, Checkpoint(self.report.step, arrays, state))

    def _resume(self) -> None:
        found = latest(self.folder) if self.folder is not None else None
        if found is None:
            return
        changed = [n for n, own in self._identity.items() if found.state["identity"].get(n) != own]
        if changed:
            raise ParameterError(
                f"the checkpoint in {self.folder} is of another run, its {' and '.join(changed)} "
                "differ: give another name, or begin anew without resuming"
            )
        for name, variable in self._variables().items():
            variable.assign(found.arrays[name])
        self.report.step, self.report.losses = found.step, list(found.state["losses"])


def _mean_of_predictions(_: Any, nats: Any) -> Any:
    """Give what was predicted as the loss itself."""
    return nats[:, 0]


def _real_rows(real: Sequence[Example], width: int) -> np.ndarray:
    """Write real tunes, each cut off where pairs end, as rows [shape=(N, 7 + width), int32]."""
    bodies = [tuple(example.token_ids[:width].tolist()) for example in real]
    heads = np.array([example.condition_ids for example in real], np.int32)
    if not bodies:
        return np.zeros((0, NUM_CONDITIONS + width), np.int32)
    return np.concatenate([heads, padded(bodies, width)], axis=1)
