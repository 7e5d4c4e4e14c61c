"""The decoding loop: distribution, mask, sampler, next state.

Conventions
-----------
Any model with ``distribution()``, ``foresee(...)`` and ``observe(token_id)`` composes under any
automaton with ``mask(state)``, ``next(state, token_id)``, ``goal(state)`` and ``is_end(state)``.

Contents
--------
Prediction, Automaton, generate
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import numpy as np

from melodyai_edu.decoding.sampler import Sampler

__all__ = ["Automaton", "Prediction", "generate"]

State = TypeVar("State")


class Prediction(Protocol):
    """A model in the middle of a sequence."""

    def distribution(self) -> np.ndarray:
        """Predict the next token [shape=(V,), float]."""
        ...

    def foresee(
        self, token_ids: Iterable[int], between: Sequence[int], targets: Sequence[int]
    ) -> np.ndarray:
        """Say how well each of several next tokens leads to one of the targets [float]."""
        ...

    def observe(self, token_id: int) -> None:
        """Hear what came."""
        ...


class Automaton(Protocol[State]):
    """What is legal, state by state."""

    def is_end(self, state: State) -> bool:
        """Say whether the sequence is complete."""
        ...

    def goal(self, state: State) -> tuple[Sequence[int], Sequence[int]] | None:
        """Say what is known to come after the next token: tokens between, and then targets."""
        ...

    def mask(self, state: State) -> np.ndarray:
        """Say which tokens are legal [shape=(V,), bool]; never none."""
        ...

    def next(self, state: State, token_id: int) -> State:
        """Give the state after a legal token."""
        ...


def generate(
    prediction: Prediction,
    automaton: Automaton[State],
    state: State,
    sampler: Sampler,
    random: np.random.Generator,
) -> tuple[list[int], State]:
    """Draw tokens until the automaton has reached an end.

    Parameters
    ----------
    prediction : Prediction
        Hears every token that is drawn.
    automaton : Automaton
    state : state of the automaton
        Where to begin.
    sampler : Sampler
    random : np.random.Generator

    Returns
    -------
    token_ids : list of int
    state : state of the automaton
        Where it ended.

    Examples
    --------
    >>> from melodyai_edu.decoding.bars import BarAutomaton
    >>> from melodyai_edu.models.melody import MelodyNGram
    >>> from melodyai_edu.tokens import VOCABULARY
    >>> bar = BarAutomaton(24, {(0, 12), (12, 12)}, VOCABULARY.ids(["Pitch_60"]))
    >>> token_ids, _ = generate(MelodyNGram().start(), bar, bar.start(), Sampler(),
    ...                         np.random.default_rng(0))
    >>> [VOCABULARY.token(token_id) for token_id in token_ids]
    ['Duration_12', 'Pitch_60', 'Duration_12', 'Pitch_60']
    """
    token_ids: list[int] = []
    while not automaton.is_end(state):
        mask = automaton.mask(state)
        if mask.sum() == 1:
            token_id = int(mask.argmax())
        else:
            probabilities = prediction.distribution()
            goal = automaton.goal(state)
            if goal is not None:
                legal = np.flatnonzero(mask)
                probabilities[legal] *= prediction.foresee(legal.tolist(), *goal)
            token_id = sampler.sample(probabilities, mask, random)
        prediction.observe(token_id)
        state = automaton.next(state, token_id)
        token_ids.append(token_id)
    return token_ids, state
