"""Drawing four voices: a model's weights and the automaton of harmony.

Conventions
-----------
A model gives weights that look at one chord, or at two successive ones. Backward messages say how
much of the model's weight lies on legal ways to go on from each, so that every draw is exactly the
model's distribution given that all rules are kept. Nothing is tried and thrown away.

Contents
--------
HarmonyModel, HarmonySampler, draw_by_steps

References
----------
Pachet, Roy & Barbieri (2011), Finite-length Markov processes with constraints, IJCAI, 635-642.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from melodyai_edu.constraints.harmony_automaton import HarmonyAutomaton, HarmonyState
from melodyai_edu.constraints.harmony_compile import narrow
from melodyai_edu.constraints.voicings import Voicings
from melodyai_edu.errors import ParameterError

__all__ = ["HarmonyModel", "HarmonySampler", "draw_by_steps"]


#: Of how many ways to set a slot the messages are worked out; the usual rules leave 100 to 400.
_MOST_WAYS = 800


class HarmonyModel(Protocol):
    """What gives weights to chords in four voices."""

    def weigh_chords(self, voicings: Voicings) -> np.ndarray:
        """Weigh each way to set a slot, for itself [shape=(N,), float, natural logarithm]."""
        ...

    def weigh_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        """Weigh each way after each of the slot before [shape=(N, M), float, natural logarithm]."""
        ...


class HarmonySampler:
    """Draws whole harmonisations from a model, given that they are legal.

    Where so few rules are asked for that a slot can be set in very many ways, only those are drawn
    from that the model weighs most.

    Parameters
    ----------
    automaton : HarmonyAutomaton
    model : HarmonyModel
    temperature : float, default 1.0
        Weights are divided by it; above 0.

    Raises
    ------
    ParameterError
        If the temperature is not above 0.
    """

    def __init__(
        self, automaton: HarmonyAutomaton, model: HarmonyModel, temperature: float = 1.0
    ) -> None:
        if not 0 < temperature < float("inf"):
            raise ParameterError(f"temperature={temperature} must be above 0; 1 is neutral")
        self.model, self.temperature = model, temperature
        weights = [model.weigh_chords(voicings) for voicings in automaton.voicings]
        self.automaton = narrow(automaton, weights, _MOST_WAYS)

    def _chords(self, slot: int) -> np.ndarray:
        weights: np.ndarray = self.model.weigh_chords(self.automaton.voicings[slot])
        return weights / self.temperature

    def _moves(self, slot: int, previous: np.ndarray | None = None) -> np.ndarray:
        """Weigh the legal moves into a slot; others weigh nothing [logarithm]."""
        before, after = self.automaton.voicings[slot - 1 : slot + 1]
        before = before if previous is None else before.take(previous)
        weights = self.model.weigh_moves(before, after) / self.temperature
        return np.where(self.automaton.moves(slot, previous), weights, -np.inf)

    @cached_property
    def messages(self) -> tuple[np.ndarray, ...]:
        """For each slot and way, the weight of all that may follow [logarithm]."""
        last = len(self.automaton) - 1
        found = [np.zeros(len(self.automaton.voicings[last]))]
        for slot in range(last, 0, -1):
            ahead = self._chords(slot) + found[-1]
            top = ahead.max()
            moves = self._moves(slot)
            peak = moves.max(axis=1, keepdims=True)
            sums = np.exp(moves - peak) @ np.exp(ahead - top)
            with np.errstate(divide="ignore"):
                found.append(np.log(sums) + peak[:, 0] + top)
        return tuple(reversed(found))

    def probabilities(self, state: HarmonyState) -> np.ndarray:
        """Give the exact probability of each way to set the next slot [shape=(N,), float]."""
        weights = self._chords(state.slot) + self.messages[state.slot]
        if state.slot:
            weights = weights + self._moves(state.slot, np.array([state.previous]))[0]
        shares = np.exp(weights - weights.max())
        probabilities: np.ndarray = shares / shares.sum()
        return probabilities

    def log_shares(self, slot: int, previous: np.ndarray | None, number: int) -> np.ndarray:
        """Give the same as logarithms, for several beginnings at once [shape=(number, N), float].

        Parameters
        ----------
        slot : int
            The slot to set next.
        previous : np.ndarray, optional [shape=(number,), int]
            How each set the slot before; left out at the beginning.
        number : int

        Returns
        -------
        log_shares : np.ndarray [shape=(number, N), float, natural logarithm]
            Minus infinity just where a way is not legal.
        """
        weights = np.repeat((self._chords(slot) + self.messages[slot])[None], number, axis=0)
        if previous is not None:
            weights = weights + self._moves(slot, previous)
        weights = weights - weights.max(axis=1, keepdims=True)
        found: np.ndarray = weights - np.log(np.exp(weights).sum(axis=1, keepdims=True))
        return found

    def draw(self, random: np.random.Generator) -> tuple[int, ...]:
        """Draw one harmonisation.

        Parameters
        ----------
        random : np.random.Generator

        Returns
        -------
        ways : tuple of int
            How each slot is set, among its ways.
        """
        state = self.automaton.start()
        ways: list[int] = []
        while not self.automaton.is_end(state):
            shares = self.probabilities(state)
            ways.append(int(random.choice(len(shares), p=shares)))
            state = HarmonyState(state.slot + 1, ways[-1])
        return tuple(ways)

    def log_probability(self, ways: Sequence[int]) -> float:
        """Give the logarithm of a harmonisation's probability."""
        total, state = 0.0, self.automaton.start()
        for way in ways:
            with np.errstate(divide="ignore"):
                total += float(np.log(self.probabilities(state)[way]))
            state = HarmonyState(state.slot + 1, way)
        return total


def draw_by_steps(
    automaton: HarmonyAutomaton,
    score: Callable[[HarmonyState], np.ndarray],
    random: np.random.Generator,
) -> tuple[int, ...]:
    """Draw chord, bass, tenor and alto of each slot one by one under the mask, from any model.

    Parameters
    ----------
    automaton : HarmonyAutomaton
    score : function of a HarmonyState
        Gives a logit for each chord of the table, or for each pitch [shape=(C,) or (128,), float].
    random : np.random.Generator

    Returns
    -------
    ways : tuple of int
        How each slot is set, among its ways.
    """
    state, ways = automaton.start(), []
    while not automaton.is_end(state):
        logits = np.where(automaton.step_mask(state), score(state), -np.inf)
        shares = np.exp(logits - logits.max())
        choice = int(random.choice(len(shares), p=shares / shares.sum()))
        after = automaton.step(state, choice)
        if after.slot > state.slot:
            ways.append(after.previous)
        state = after
    return tuple(ways)
