"""Preference tuning: a network is moved towards what was chosen, and held near what it was.

Conventions
-----------
A batch is ``{"prompt_ids" [B, 7], "chosen_ids" [B, T], "rejected_ids" [B, T]}``, 0 behind the end.
A margin is the log probability of the chosen melody less that of the rejected one [nats]; the loss
of a pair is ``-log sigmoid(beta * (margin - reference margin))``. The reference model is frozen: it
is heard once, before the first step, so nothing could change it.

Real tunes are heard beside the pairs, in ``real_ids``, and their loss [nats a token] is added: so
the network does not forget them (Ouyang et al. 2022, there "PPO-ptx"). Every batch can be made anew
from (seed, epoch, number), and dropout is off: so a run that stopped goes on as if it had not.

The step is Keras's own, by `train_on_batch`: the loss is a layer of `keras.ops`, and the reference
margins are its targets. So it runs on each backend; TensorFlow is the one that is tested.

Contents
--------
TuningRecipe, PairSet, TuningReport, Tuner, dpo_loss
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.hearing import body_ids, shared_prompt
from melodyai_edu.models.quiet import import_keras
from melodyai_edu.tokens import Encoding
from melodyai_edu.tokens.condition import NUM_CONDITIONS
from melodyai_edu.training.checkpoint import Checkpoint, commit, latest
from melodyai_edu.training.examples import Example

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["PairSet", "Tuner", "TuningRecipe", "TuningReport", "dpo_loss"]

_WIDTH_STEP = 64  # tokens
_WINDOW = 512  # tokens of a melody, at most


@dataclass(frozen=True, slots=True)
class TuningRecipe:
    """How to tune.

    Parameters
    ----------
    beta : float, default 0.1
        How strongly the network is held to the reference model: a low one lets go.
    epochs : int, default 6
        Passes over the pairs.
    learning_rate : float, default 3e-4
    batch_pairs : int, default 16
    real_weight : float, default 1.0
        How much the loss on real tunes counts; 0 hears none.
    seed : int, default 0

    Raises
    ------
    ParameterError
        If a number is impossible.
    """

    beta: float = 0.1
    epochs: int = 6
    learning_rate: float = 3e-4
    batch_pairs: int = 16
    real_weight: float = 1.0
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


class PairSet:
    """Pairs of melodies as arrays, all of one width.

    Parameters
    ----------
    pairs : sequence of (Encoding, Encoding)
        The chosen one first. Melodies longer than 512 tokens are heard that far.
    """

    def __init__(self, pairs: Sequence[tuple[Encoding, Encoding]]) -> None:
        if not pairs:
            raise ParameterError("pairs=[] must hold at least one pair (chosen, rejected)")
        bodies = [[body_ids(e)[:_WINDOW] for e in side] for side in zip(*pairs, strict=True)]
        width = _round_up(max(len(body) for side in bodies for body in side))
        self.prompt_ids = np.array([shared_prompt(*pair) for pair in pairs], np.int32)
        self.chosen_ids, self.rejected_ids = (_padded(side, width) for side in bodies)

    def __len__(self) -> int:
        return len(self.prompt_ids)

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Give some pairs by the names of a batch."""
        names = ("prompt_ids", "chosen_ids", "rejected_ids")
        return {name: getattr(self, name)[rows] for name in names}

    @property
    def digest(self) -> str:
        """A checksum of all pairs, in their order."""
        found = hashlib.sha256()
        for array in (self.prompt_ids, self.chosen_ids, self.rejected_ids):
            found.update(np.ascontiguousarray(array, "<i4").tobytes())
        return found.hexdigest()


def dpo_loss(margins: np.ndarray, reference_margins: np.ndarray, beta: float) -> np.ndarray:
    """Give the loss of pairs, in numbers.

    Parameters
    ----------
    margins, reference_margins : np.ndarray [shape=(B,), float, nats]
        Log probability of the chosen melody less that of the rejected one, by the network and by
        the reference model.
    beta : float

    Returns
    -------
    losses : np.ndarray [shape=(B,), float, nats]
        ``log 2`` where the two models agree.

    References
    ----------
    Rafailov et al. (2023), Direct Preference Optimization, NeurIPS: equation 7.

    Examples
    --------
    >>> dpo_loss(np.array([2.0]), np.array([2.0]), 0.1).round(3).tolist()
    [0.693]
    """
    losses: np.ndarray = np.logaddexp(0.0, -beta * (margins - reference_margins))
    return losses


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
        self._model = _margin_model(network, has_real=self.has_real)
        self.reference_margins = self.margins(self.pairs)
        self._identity = {
            "recipe": asdict(self.recipe),
            "pairs": self.pairs.digest,
            "beginning": _hash_of([*network.get_weights(), self.importance, self.real]),
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
        losses = {"margin": _loss_of(self.recipe.beta)}
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


def pair_margins(network: Network, batch: dict[str, np.ndarray]) -> np.ndarray:
    """Give the margins of a batch by a network [shape=(B,), float64, nats].

    Parameters
    ----------
    network : Network
    batch : dict of str to np.ndarray
        As `PairSet.batch`.

    Returns
    -------
    margins : np.ndarray [shape=(B,), float64, nats]
    """
    from keras import ops

    chosen, rejected = (
        ops.convert_to_numpy(_log_probability(network, batch["prompt_ids"], batch[name]))
        for name in ("chosen_ids", "rejected_ids")
    )
    margins: np.ndarray = chosen.astype(np.float64) - rejected.astype(np.float64)
    return margins


def _log_probability(network: Network, prompt_ids: Any, body: Any) -> Any:
    """Give the log probability of each melody after its prompt [shape=(B,), nats]."""
    from keras import ops

    body = ops.cast(body, "int32")
    token_ids = ops.concatenate([ops.cast(prompt_ids, "int32"), body], axis=1)[:, :-1]
    inputs = {"token_ids": token_ids, "chord_ids": ops.zeros_like(token_ids)}
    logits = network(inputs, training=False)[:, NUM_CONDITIONS - 1 :]
    chosen = ops.take_along_axis(logits, body[:, :, None], axis=2)[:, :, 0]
    logs = chosen - ops.logsumexp(logits, axis=2)
    return ops.sum(logs * ops.cast(body > 0, logs.dtype), axis=1)


def _margin_model(network: Network, *, has_real: bool) -> Any:
    """Give a model from batches to margins, and to the loss on real tunes, of the same weights."""
    import keras
    from keras import ops

    class Margins(keras.Model):
        """The network, asked for margins."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def call(self, inputs: Any) -> Any:
            prompt = inputs["prompt_ids"]
            chosen, rejected = (
                _log_probability(self.network, prompt, inputs[name])
                for name in ("chosen_ids", "rejected_ids")
            )
            found = {"margin": (chosen - rejected)[:, None]}
            if has_real:
                real = inputs["real_ids"]
                head, body = real[:, :NUM_CONDITIONS], real[:, NUM_CONDITIONS:]
                tokens = ops.sum(ops.cast(body > 0, "float32"), axis=1)
                found["nats"] = (-_log_probability(self.network, head, body) / tokens)[:, None]
            return found

    return Margins()


def _loss_of(beta: float) -> Callable[[Any, Any], Any]:
    """Give the loss of pairs: what is asked for is the reference model's margin."""
    from keras import ops

    def loss(reference_margins: Any, margins: Any) -> Any:
        return ops.softplus(-beta * (margins - reference_margins))[:, 0]

    return loss


def _mean_of_predictions(_: Any, nats: Any) -> Any:
    """Give what was predicted as the loss itself."""
    return nats[:, 0]


def _real_rows(real: Sequence[Example], width: int) -> np.ndarray:
    """Write real tunes, each cut off where pairs end, as rows [shape=(N, 7 + width), int32]."""
    bodies = [tuple(example.token_ids[:width].tolist()) for example in real]
    heads = np.array([example.condition_ids for example in real], np.int32)
    if not bodies:
        return np.zeros((0, NUM_CONDITIONS + width), np.int32)
    return np.concatenate([heads, _padded(bodies, width)], axis=1)


def _padded(rows: Sequence[Sequence[int]], width: int) -> np.ndarray:
    found = np.zeros((len(rows), width), np.int32)
    for number, row in enumerate(rows):
        found[number, : len(row)] = row
    return found


def _round_up(length: int) -> int:
    return -(-length // _WIDTH_STEP) * _WIDTH_STEP


def _hash_of(arrays: Sequence[np.ndarray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    return digest.hexdigest()
