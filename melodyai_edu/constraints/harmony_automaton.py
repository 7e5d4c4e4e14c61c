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
HarmonyState, HarmonyAutomaton, compile_harmony, find_harmony_conflict
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.constraints.chords import ChordTable, chord_table
from melodyai_edu.constraints.harmony import Chords, HarmonyRule, as_harmony_rules
from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.voicings import ChordSlot, Voicings, list_voicings
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key

__all__ = ["HarmonyAutomaton", "HarmonyState", "compile_harmony", "find_harmony_conflict"]

#: How many ways at a time are looked at when asking which others may follow or go before.
_CHUNK = 48
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
    """Rules of harmony over a melody, compiled. Made by `compile_harmony`.

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

    def _refuse(self, slot: int, what: str) -> None:
        place = self.voicings[slot].slot.place
        raise ParameterError(f"{what} is not legal at {place}: choose what the mask allows")


def _column(voicings: Voicings, step: int) -> np.ndarray:
    """Give what a step chooses: the chord, or the pitch of bass, tenor, alto."""
    return voicings.pitches[:, 4 - step] if step else voicings.chords


def compile_harmony(
    rules: Iterable[str | Rule], slots: Sequence[ChordSlot], key: Key
) -> HarmonyAutomaton:
    """Turn rules and the slots of a melody into an automaton.

    Parameters
    ----------
    rules : iterable of str or HarmonyRule
    slots : sequence of ChordSlot
        From `melodyai_edu.constraints.voicings.chord_slots`.
    key : Key

    Returns
    -------
    automaton : HarmonyAutomaton

    Raises
    ------
    ParameterError
        If a rule is unknown, or the rules cannot be kept together; the message names a smallest
        set of them, and the place.

    Examples
    --------
    >>> from melodyai_edu.constraints.voicings import chord_slots
    >>> from melodyai_edu.score import Melody, Score
    >>> slots = chord_slots(Score.of_melody(Melody.from_events([(71, 48), (72, 48)])))
    >>> automaton = compile_harmony(["voice_ranges", "cadence=1 authentic"], slots, Key("C"))
    >>> {voicings.name(i) for voicings in automaton.voicings for i in range(len(voicings))}
    {'V', 'V7', 'I'}
    """
    read = as_harmony_rules(rules)
    for rule in read:
        rule.check(slots, key)
    asked = tuple(text for rule in read if isinstance(rule, Chords) for text in rule.chords)
    table = chord_table(key, tuple(dict.fromkeys(asked)))
    layers = [_allowed(read, list_voicings(table, slot)) for slot in slots]
    failed = _sweep(read, layers)
    if failed is not None:
        raise ParameterError(_conflict_text(read, slots, table, failed))
    _sweep(read, layers, is_backward=True)
    return HarmonyAutomaton(read, table, tuple(layers))


def _allowed(rules: Sequence[HarmonyRule], voicings: Voicings) -> Voicings:
    """Keep the ways that every rule allows for themselves."""
    for rule in rules:
        if rule.overrides("allows_chords"):
            voicings = voicings.take(rule.allows_chords(voicings))
    return voicings


def _sweep(
    rules: Sequence[HarmonyRule], layers: list[Voicings], *, is_backward: bool = False
) -> int | None:
    """Remove what cannot be reached from one end; give the slot where nothing is left, or None."""
    order = range(len(layers))
    moving = [rule for rule in rules if rule.moves]
    for slot in reversed(order) if is_backward else order:
        last = slot + 1 if is_backward else slot - 1
        if 0 <= last < len(layers):
            reached = _reached(moving, layers[last], layers[slot], is_backward=is_backward)
            layers[slot] = layers[slot].take(reached)
        if not len(layers[slot]):
            return slot
    return None


def _reached(
    rules: Sequence[HarmonyRule], known: Voicings, asked: Voicings, *, is_backward: bool
) -> np.ndarray:
    """Say which ways are joined to at least one known one [shape=(M,), bool].

    Most are joined to many: looking at a few known ways at a time settles nearly all at once.
    """
    reached = np.zeros(len(asked), bool)
    # A stride visits unlike chords first.
    stride = max(len(known) // _CHUNK, 1)
    turn = np.argsort(np.arange(len(known)) % stride, kind="stable")
    for first in range(0, len(known), _CHUNK):
        some, open_ones = known.take(turn[first : first + _CHUNK]), np.flatnonzero(~reached)
        if not len(open_ones):
            break
        rest = asked.take(open_ones)
        if is_backward:
            joined = legal_moves(rules, rest, some).any(axis=1)
        else:
            joined = legal_moves(rules, some, rest).any(axis=0)
        reached[open_ones[joined]] = True
    return reached


def _is_possible(
    rules: Sequence[HarmonyRule], slots: Sequence[ChordSlot], table: ChordTable
) -> bool:
    layers = [_allowed(rules, list_voicings(table, slot)) for slot in slots]
    return _sweep(rules, layers) is None


def find_harmony_conflict(
    rules: Sequence[HarmonyRule], slots: Sequence[ChordSlot], table: ChordTable
) -> tuple[HarmonyRule, ...]:
    """Find a smallest set of rules that cannot be kept together over some slots.

    Parameters
    ----------
    rules : sequence of HarmonyRule
        Cannot be kept together.
    slots : sequence of ChordSlot
    table : ChordTable

    Returns
    -------
    conflict : tuple of HarmonyRule
        Empty if the melody cannot be harmonised even without rules.
    """
    conflict = list(rules)
    for rule in rules:
        without = [other for other in conflict if other is not rule]
        if not _is_possible(without, slots, table):
            conflict = without
    for size in range(len(conflict)):
        for some in combinations(rules, size):
            if not _is_possible(some, slots, table):
                return some
    return tuple(conflict)


def _conflict_text(
    rules: Sequence[HarmonyRule], slots: Sequence[ChordSlot], table: ChordTable, failed: int
) -> str:
    """Say which rules cannot be kept, where, and what to relax."""
    first = failed
    while first and _is_possible(rules, slots[first : failed + 1], table):
        first -= 1
    conflict = find_harmony_conflict(rules, slots[first : failed + 1], table)
    place = slots[failed].place
    if not conflict:
        name = table.key.spell(slots[failed].pitches[0])
        return (
            f"the melody's {name} at {place} belongs to no chord of {table.key.name}: give another "
            f"key=, or chords= with one that has it"
        )
    names = ", ".join(f"{str(rule)!r}" for rule in conflict)
    ways = "; ".join(f"{rule.name}: {rule.relax}" for rule in conflict)
    what = (
        f"the rules {names} cannot be kept together"
        if len(conflict) > 1
        else (f"the rule {names} cannot be kept")
    )
    return f"{what} at {place}. Relax {'one of them' if len(conflict) > 1 else 'it'} ({ways})"
