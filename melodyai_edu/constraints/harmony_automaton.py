"""Rules of harmony and a melody, compiled: which ways to set each chord are legal.

Conventions
-----------
The automaton has a layer for each slot. Its states are the ways to set that slot, and two
neighbouring ways are joined if every rule allows the one after the other. What cannot be reached
from the beginning, or cannot reach the end, is removed when compiling: no dead end can be met.

A model may choose a whole chord at once (`mask`), or go step by step: the chord, then bass, tenor
and alto (`step_mask`).

Contents
--------
HarmonyState, legal_moves, HarmonyAutomaton
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.constraints.chords import ChordTable
from melodyai_edu.constraints.voice_rules import HarmonyRule
from melodyai_edu.constraints.voicings import ChordSlot, Voicings
from melodyai_edu.errors import ParameterError

__all__ = ["HarmonyAutomaton", "HarmonyState", "legal_moves"]

#: More ways than these make no picture that anyone can read.
_MOST_DRAWN = 60

_STEPS = 4  # chord, bass, tenor, alto
_NUM_PITCHES = 128


class HarmonyState(NamedTuple):
    """Where a harmonisation stands.

    Parameters
    ----------
    slot : int
        The slot to set next.
    previous : int
        How the slot before was set, among its ways; -1 at the beginning.
    chosen : tuple of int, default ()
        What is chosen of this slot so far: the chord, then pitches of bass, tenor, alto [MIDI].
    """

    slot: int
    previous: int
    chosen: tuple[int, ...] = ()


def legal_moves(rules: Sequence[HarmonyRule], before: Voicings, after: Voicings) -> np.ndarray:
    """Say which ways to set a slot may follow which of the slot before [shape=(N, M), bool]."""
    legal = np.ones((len(before), len(after)), bool)
    for rule in rules:
        if rule.moves:
            legal &= rule.allows_moves(before, after)
    return legal


@dataclass(frozen=True, eq=False)
class HarmonyAutomaton:
    """Rules of harmony over a melody, compiled.

    Made by `melodyai_edu.constraints.harmony_compile.compile_harmony`.

    Parameters
    ----------
    rules : tuple of HarmonyRule
    table : ChordTable
    voicings : tuple of Voicings
        For each slot those ways that are part of a legal whole.
    """

    rules: tuple[HarmonyRule, ...]
    table: ChordTable
    voicings: tuple[Voicings, ...] = field(repr=False)
    _latest: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for voicings in self.voicings:
            voicings.chords.setflags(write=False)
            voicings.pitches.setflags(write=False)

    def __len__(self) -> int:
        return len(self.voicings)

    @property
    def slots(self) -> tuple[ChordSlot, ...]:
        """Where the chords stand."""
        return tuple(voicings.slot for voicings in self.voicings)

    @property
    def num_states(self) -> int:
        """How many ways there are, of all slots together."""
        return sum(map(len, self.voicings))

    def start(self) -> HarmonyState:
        """Give the state at the beginning."""
        return HarmonyState(0, -1)

    def is_end(self, state: HarmonyState) -> bool:
        """Say whether every slot is set."""
        return state.slot == len(self)

    def moves(self, slot: int, previous: np.ndarray | None = None) -> np.ndarray:
        """Say which ways to set a slot may follow which of the slot before [shape=(N, M), bool].

        Parameters
        ----------
        slot : int [from 1]
        previous : np.ndarray, optional
            Only from these ways.
        """
        before = self.voicings[slot - 1]
        before = before if previous is None else before.take(previous)
        return legal_moves(self.rules, before, self.voicings[slot])

    def mask(self, state: HarmonyState) -> np.ndarray:
        """Say which ways to set the slot are legal.

        Parameters
        ----------
        state : HarmonyState

        Returns
        -------
        mask : np.ndarray [shape=(N,), bool]
            Never empty before the end. Agrees with what is chosen so far.
        """
        voicings = self.voicings[state.slot]
        legal = self._after(state.slot, state.previous)
        for step, value in enumerate(state.chosen):
            legal = legal & (_column(voicings, step) == value)
        return legal

    def _after(self, slot: int, previous: int) -> np.ndarray:
        """Say what may follow; the latest answer is kept, for it is asked again at every step."""
        if self._latest.get("at") != (slot, previous):
            if slot == 0:
                legal = np.ones(len(self.voicings[0]), bool)
            else:
                legal = self.moves(slot, np.array([previous]))[0]
            legal.setflags(write=False)
            self._latest.update(at=(slot, previous), legal=legal)
        found: np.ndarray = self._latest["legal"]
        return found

    def step_mask(self, state: HarmonyState) -> np.ndarray:
        """Say what is legal for the next step.

        Parameters
        ----------
        state : HarmonyState

        Returns
        -------
        mask : np.ndarray [shape=(C,), bool] or [shape=(128,), bool]
            Over the table's chords first, then over pitches [MIDI] of bass, tenor, alto.
        """
        step = len(state.chosen)
        mask = np.zeros(_NUM_PITCHES if step else len(self.table), bool)
        mask[_column(self.voicings[state.slot], step)[self.mask(state)]] = True
        return mask

    def step(self, state: HarmonyState, value: int) -> HarmonyState:
        """Give the state after a legal step: a chord, or a pitch of bass, tenor or alto.

        Raises
        ------
        ParameterError
            If it is not legal.
        """
        state = state._replace(chosen=(*state.chosen, value))
        found = np.flatnonzero(self.mask(state))
        if not len(found):
            self._refuse(state.slot, f"step={value}")
        return state if len(state.chosen) < _STEPS else HarmonyState(state.slot + 1, int(found[0]))

    def next(self, state: HarmonyState, voicing: int) -> HarmonyState:
        """Give the state after a slot is set.

        Raises
        ------
        ParameterError
            If it may not be set so.
        """
        if not (0 <= voicing < len(self.voicings[state.slot]) and self.mask(state)[voicing]):
            self._refuse(state.slot, f"voicing={voicing}")
        return HarmonyState(state.slot + 1, voicing)

    def explain(self, state: HarmonyState) -> str:
        """Say in words where a state is, what was chosen, and which chords may come next.

        Parameters
        ----------
        state : HarmonyState

        Returns
        -------
        text : str
        """
        if self.is_end(state):
            return "the end: every chord is set"
        layer, legal = self.voicings[state.slot], np.flatnonzero(self.mask(state))
        names = list(dict.fromkeys(layer.name(int(way)) for way in legal))
        after = (
            f"after {self.voicings[state.slot - 1].name(state.previous)}, " if state.slot else ""
        )
        steps = ("the chord", "the bass", "the tenor", "the alto")
        return (
            f"{layer.slot.place}: {after}{steps[len(state.chosen)]} is next; {len(legal)} of "
            f"{len(layer)} ways may follow, as {', '.join(names)}"
        )

    def draw(self) -> Any:
        """Draw a small automaton: the ways to set each slot, and which may follow which.

        Returns
        -------
        figure : matplotlib.figure.Figure

        Raises
        ------
        ParameterError
            If there are more than sixty ways.
        """
        from melodyai_edu.render.graph import draw_graph

        if self.num_states > _MOST_DRAWN:
            raise ParameterError(
                f"this automaton has {self.num_states} ways, more than {_MOST_DRAWN}: draw one of "
                f"fewer chords or more rules, or ask automaton.explain(state)"
            )
        ways = [
            (slot, way) for slot, layer in enumerate(self.voicings) for way in range(len(layer))
        ]
        numbers = {pair: number for number, pair in enumerate(ways)}
        labels = {numbers[pair]: self._label(*pair) for pair in ways}
        arrows = [
            (numbers[slot - 1, before], numbers[slot, after], "")
            for slot in range(1, len(self))
            for before, after in np.argwhere(self.moves(slot)).tolist()
        ]
        title = f"{', '.join(map(str, self.rules)) or 'no rules'}: {len(ways)} ways"
        places = {numbers[pair]: (float(pair[0]), float(pair[1])) for pair in ways}
        return draw_graph(labels, places, arrows, title)

    def _label(self, slot: int, way: int) -> str:
        layer = self.voicings[slot]
        names = [self.table.key.spell(int(pitch)) for pitch in layer.pitches[way]]
        return f"{layer.name(way)}\n{' '.join(reversed(names))}"

    def _refuse(self, slot: int, what: str) -> None:
        place = self.voicings[slot].slot.place
        raise ParameterError(f"{what} is not legal at {place}: choose what the mask allows")


def _column(voicings: Voicings, step: int) -> np.ndarray:
    """Give what a step chooses: the chord, or the pitch of bass, tenor, alto."""
    return voicings.pitches[:, 4 - step] if step else voicings.chords
