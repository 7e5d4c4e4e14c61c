"""How a network is to be trained, and how it goes.

Conventions
-----------
A step is one batch; an epoch is one pass over the data. Losses are nats a token.

Contents
--------
Recipe, Report
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from melodyai_edu.errors import ParameterError

__all__ = ["Recipe", "Report"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train.

    Parameters
    ----------
    epochs : int, default 20
    learning_rate : float, default 1e-3
        At its peak: it rises in the first steps and falls like half a cosine wave
        (Loshchilov & Hutter 2017, "SGDR").
    warmup_steps : int, default 200
    weight_decay : float, default 0.05
        As in AdamW (Loshchilov & Hutter 2019).
    batch_tokens : int, default 4096 [tokens]
    window : int, default 512 [tokens]
    patience : int, default 4 [epochs]
        So many epochs without a better loss on the validation tunes end the training.
    chunk : int, default 50 [steps]
        How often a loss is noted and a checkpoint written.
    seed : int, default 0

    Raises
    ------
    ParameterError
        If a number is not positive.
    """

    epochs: int = 20
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    weight_decay: float = 0.05
    batch_tokens: int = 4096
    window: int = 512
    patience: int = 4
    chunk: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "learning_rate", "batch_tokens", "window", "patience", "chunk"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name}={getattr(self, name)} must be positive")


@dataclass(slots=True)
class Report:
    """How training goes.

    Parameters
    ----------
    step, epoch, batch : int
        Steps done; the epoch, from 0, and the batch in it that come next.
    losses : list of (int, float) [steps, nats a token]
        Mean loss of the steps since the one before.
    valid_losses : list of (int, float) [epochs, nats a token]
    best : float [nats a token]
        The lowest validation loss so far.
    seconds : float
        Time spent, in all runs together.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    valid_losses: list[tuple[int, float]] = field(default_factory=list)
    best: float = math.inf
    seconds: float = 0.0

    @property
    def valid_steps(self) -> list[tuple[int, float]]:
        """The validation losses by step instead of epoch."""
        if not self.valid_losses:
            return []
        last_epoch = self.valid_losses[-1][0]
        done = self.step if self.batch == 0 else self.step - self.batch
        return [(done * epoch // last_epoch, loss) for epoch, loss in self.valid_losses]

    def is_over(self, recipe: Recipe) -> bool:
        """Say whether all epochs are done, or the last ones brought nothing."""
        losses = [loss for _, loss in self.valid_losses]
        earlier, since = losses[: -recipe.patience], losses[-recipe.patience :]
        is_stuck = bool(earlier) and not any(loss < min(earlier) for loss in since)
        return self.epoch >= recipe.epochs or is_stuck
