"""A small network that weighs the views of a melody and adds what it has learned itself.

The logit of each step is what the network itself thinks of the step, what it thinks of the pitch
that the step leads to, and the log probabilities of the n-gram views, each times a gate that the
network opens as it likes: a product of experts whose weights depend on the moment. All that comes
in is a function of what was heard, so each note is a row of its own and nothing recurs; written
out in numpy, an epoch of a fold takes about a second.

Contents
--------
Sizes, Inputs, Network, Trainer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from neural_features import CLASSES, PITCHES, REACH, STEPS, VOICES

CLASS_COLUMNS, REALS = 33, 44
SHOWN = (1, 2, 4, 5)
"""The short-term voices that the network sees, and does not only weigh."""
ABSOLUTE = 12 + PITCHES
"""The first columns of the network's input tell of absolute pitch."""
FORBIDDEN = np.float32(-1e4)

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Sizes:
    """Width, dropout, and how often absolute pitch is withheld while training."""

    hidden_dim: int = 256
    dropout: float = 0.3
    input_dropout: float = 0.1
    blindness: float = 0.1
    long_voices: int = 0


class Inputs(NamedTuple):
    """What a network is given for N notes, and the steps that came.

    The first four are those of `neural_features.Heard`. ``before``: the pitch before, by which
    ``alphabet`` forbids steps (None: all are allowed). ``long``, ``surety``: see
    `neural_experts.long_voices`; None without a long-term view.
    """

    classes: np.ndarray
    pitch: np.ndarray
    reals: np.ndarray
    voices: np.ndarray
    targets: np.ndarray
    mask: np.ndarray | None = None
    long: np.ndarray | None = None
    surety: np.ndarray | None = None

    def pick(self, rows: np.ndarray | slice) -> Inputs:
        """Take some of the notes."""
        return Inputs(*(None if field is None else field[rows] for field in self))

    def columns(self) -> np.ndarray:
        """Lay all that the first layer sees side by side: ``float32[N, D]``."""
        shown = self.voices[..., SHOWN].astype(np.float32).reshape(len(self.pitch), -1)
        one_hot = np.eye(CLASSES, dtype=np.float32)[self.classes].reshape(len(self.pitch), -1)
        last = np.eye(PITCHES, dtype=np.float32)[self.pitch]
        reals = self.reals.astype(np.float32)
        absolute, others = reals[:, 24:36], np.delete(reals, np.s_[24:36], axis=1)
        return np.concatenate([absolute, last, others, one_hot, 0.2 * shown + 0.6], axis=1)


def mask_of(before: np.ndarray, alphabet: np.ndarray) -> np.ndarray:
    """Forbid all steps that leave the alphabet: ``float32[N, STEPS]``, 0 or very low."""
    led = before[:, None] + np.arange(STEPS)[None, :] - REACH
    return np.where(np.isin(led, alphabet), np.float32(0), FORBIDDEN)


def _silu(value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the activation and its slope."""
    gate = 1 / (1 + np.exp(-value))
    out = value * gate
    return out, gate + out * (1 - gate)


class Network:
    """Two dense layers, two heads, and a gate for each view.

    Parameters
    ----------
    sizes : Sizes
    seed : int
    """

    def __init__(self, sizes: Sizes, seed: int = 0) -> None:
        self.sizes = sizes
        self.rng = np.random.default_rng(seed)
        width, inside = sizes.hidden_dim, ABSOLUTE + REALS - 12
        inside += CLASS_COLUMNS * CLASSES + STEPS * len(SHOWN)
        self.weights: Weights = {
            "first": self._draw(inside, width, 2.0),
            "second": self._draw(width, width),
            "step": self._draw(width, STEPS, 0.3),
            "pitch": self._draw(width, PITCHES + 2 * REACH, 0.3),
            "gate": self._draw(width, VOICES, 0.1),
        }
        for name in list(self.weights):
            self.weights[name + "_bias"] = np.zeros(self.weights[name].shape[1], np.float32)
        self.weights["gate_bias"] += 0.15
        if sizes.long_voices:
            self.open_long(sizes.long_voices)

    def open_long(self, count: int, start: float = 0.1) -> None:
        """Add gates for so many long-term voices."""
        self.weights["long"] = np.zeros((self.sizes.hidden_dim + count + 2, count), np.float32)
        self.weights["long_bias"] = np.full(count, start, np.float32)

    def _draw(self, inside: int, outside: int, gain: float = 1.0) -> np.ndarray:
        scale = gain / np.sqrt(inside)
        return self.rng.normal(0, scale, (inside, outside)).astype(np.float32)

    @property
    def num_weights(self) -> int:
        """How many numbers training sets."""
        return sum(weight.size for weight in self.weights.values())

    def _keep(self, shape: tuple[int, ...], rate: float) -> np.ndarray:
        return (self.rng.random(shape, dtype=np.float32) >= rate) / np.float32(1 - rate)

    def _led(self, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.arange(len(pitch))[:, None], pitch[:, None].astype(int) + np.arange(STEPS)

    def forward(self, inputs: Inputs, *, training: bool = False) -> tuple[np.ndarray, tuple]:
        """Return the logits of all steps, and what `backward` needs."""
        w, sizes = self.weights, self.sizes
        seen = inputs.columns()
        if training:
            seen *= self._keep(seen.shape, sizes.input_dropout)
            seen[:, :ABSOLUTE] *= self.rng.random((len(seen), 1)) >= sizes.blindness
        first, slope_1 = _silu(seen @ w["first"] + w["first_bias"])
        keep_1 = self._keep(first.shape, sizes.dropout) if training else np.float32(1)
        first = first * keep_1
        second, slope_2 = _silu(first @ w["second"] + w["second_bias"])
        keep_2 = self._keep(first.shape, sizes.dropout) if training else np.float32(1)
        hidden = (first + second) * keep_2
        logits = hidden @ w["step"] + w["step_bias"]
        logits += (hidden @ w["pitch"] + w["pitch_bias"])[self._led(inputs.pitch)]
        voices = inputs.voices.astype(np.float32)
        gates = hidden @ w["gate"] + w["gate_bias"]
        logits += np.matmul(voices, gates[:, :, None])[..., 0]
        moment = long = None
        if inputs.long is not None:
            long = inputs.long.astype(np.float32)
            moment = np.concatenate([hidden, inputs.surety.astype(np.float32)], axis=1)
            opened = moment @ w["long"] + w["long_bias"]
            logits += np.matmul(long, opened[:, :, None])[..., 0]
        if inputs.mask is not None:
            logits += inputs.mask
        kept = (seen, first, slope_1, keep_1, slope_2, keep_2, hidden, voices, moment, long)
        return logits, kept

    def backward(self, inputs: Inputs, slope: np.ndarray, kept: tuple) -> Weights:
        """Return the gradient of each weight, given that of the logits."""
        w = self.weights
        seen, first, slope_1, keep_1, slope_2, keep_2, hidden, voices, moment, long = kept
        by_pitch = np.zeros((len(slope), PITCHES + 2 * REACH), np.float32)
        by_pitch[self._led(inputs.pitch)] = slope
        by_gate = np.matmul(slope[:, None, :], voices)[:, 0]
        heads = {"step": slope, "pitch": by_pitch, "gate": by_gate}
        back = sum(value @ w[name].T for name, value in heads.items())
        grads = {name: hidden.T @ value for name, value in heads.items()}
        if long is not None:
            heads["long"] = np.matmul(slope[:, None, :], long)[:, 0]
            back = back + heads["long"] @ w["long"][: hidden.shape[1]].T
            grads["long"] = moment.T @ heads["long"]
        back = back * keep_2
        heads["second"] = back * slope_2
        grads["second"] = first.T @ heads["second"]
        heads["first"] = (back + heads["second"] @ w["second"].T) * keep_1 * slope_1
        grads["first"] = seen.T @ heads["first"]
        return grads | {name + "_bias": value.sum(axis=0) for name, value in heads.items()}

    def distribution(self, inputs: Inputs) -> np.ndarray:
        """Give the probability of each step: ``float64[N, STEPS]``."""
        parts = [
            self.forward(inputs.pick(slice(start, start + 1024)))[0]
            for start in range(0, len(inputs.pitch), 1024)
        ]
        return _softmax(np.concatenate(parts).astype(np.float64))


def _softmax(logits: np.ndarray) -> np.ndarray:
    exact = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exact / exact.sum(axis=1, keepdims=True)


class Trainer:
    """AdamW over one network, with a running average of the weights, which counts in the end.

    Parameters
    ----------
    network : Network
    rate, decay : float
        Of learning, and of forgetting weights.
    average : float
        What is left of the old weights in the average after a step.
    batch : int [notes]
    """

    def __init__(
        self, network: Network, *, rate: float, batch: int, average: float, decay: float = 0.01
    ) -> None:
        self.network, self.rate, self.batch = network, rate, batch
        self.decay, self.average, self.steps = decay, average, 0
        weights = network.weights
        self.mean = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self.square = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self.slow = {name: weight.copy() for name, weight in weights.items()}

    def averaged(self) -> Network:
        """Return a network with the averaged weights."""
        other = Network.__new__(Network)
        other.sizes, other.rng, other.weights = self.network.sizes, self.network.rng, self.slow
        return other

    def epoch(self, inputs: Inputs, fade: tuple[float, float] = (1.0, 1.0)) -> None:
        """Learn each note once; the rate moves evenly between two shares of itself."""
        order = self.network.rng.permutation(len(inputs.pitch))
        batches = max(1, len(order) // self.batch)
        for number, rows in enumerate(np.array_split(order, batches)):
            share = fade[0] + (fade[1] - fade[0]) * number / batches
            self.learn(inputs.pick(np.sort(rows)), self.rate * share)

    def learn(self, inputs: Inputs, rate: float) -> None:
        """Take one step down the mean cost of these notes."""
        logits, kept = self.network.forward(inputs, training=True)
        slope = _softmax(logits)
        slope[np.arange(len(slope)), inputs.targets] -= 1
        slope /= np.float32(len(slope))
        self._move(self.network.backward(inputs, slope, kept), rate)

    def _move(self, grads: Weights, rate: float) -> None:
        self.steps += 1
        norm = np.sqrt(sum(float(np.vdot(grad, grad)) for grad in grads.values()))
        scale = np.float32(min(1.0, 1.0 / norm))
        far = np.float32(rate * np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps))
        keep = np.float32(min(self.average, self.steps / (self.steps + 10)))
        for name, grad in grads.items():
            mean, square = self.mean[name], self.square[name]
            weight, slow = self.network.weights[name], self.slow[name]
            grad *= scale
            mean += np.float32(0.1) * (grad - mean)
            square += np.float32(0.001) * (grad * grad - square)
            if not name.endswith("_bias"):
                weight *= np.float32(1 - rate * self.decay)
            weight -= far * mean / (np.sqrt(square) + np.float32(1e-8))
            slow += (1 - keep) * (weight - slow)
