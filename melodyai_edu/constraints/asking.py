"""Asking the rules of melody, once for each kind of slot, and keeping the answers as arrays.

Conventions
-----------
Slots that all rules treat alike are of one *kind*. A row of a table is the previous pitch, row 0
for none; a column is the pitch in question. Where a bar sounds several times, all of its places
must agree.

Contents
--------
Answers, ask, faults_of_locked_bars
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from melodyai_edu.constraints.grid import DEAD, Grid, occurrence_slots
from melodyai_edu.constraints.rule import FORBIDDEN, Memory, Rule, Setting, Slot, is_forbidden
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.errors import ParameterError

__all__ = ["Answers", "ask", "faults_of_locked_bars"]


class Answers:
    """What the rules say of every kind of slot.

    Parameters
    ----------
    rules : sequence of Rule
    grid : Grid

    Attributes
    ----------
    pitches : tuple of int [MIDI]
        All that may sound anywhere.
    remembering : tuple of Rule
        The rules that remember something of the line.
    memories : list of lists
        All that each of them may remember; what it remembers at the beginning first.
    slots : list of (Slot, bool)
        One of each kind, and whether it is a guarded entry.
    kind_of : np.ndarray [shape=(N, D), int]
        The kind of each edge of the grid; DEAD where no note may stand.
    pairs : list of np.ndarray [shape=(P + 1, P), bool]
        For each kind, which pitch may follow which.
    steps : list of lists of np.ndarray [shape=(M, P + 1, P), int32]
        For each kind and remembering rule, what is remembered next; DEAD where forbidden.
    """

    def __init__(self, rules: Sequence[Rule], grid: Grid) -> None:
        self.all_rules, self.grid = tuple(rules), grid
        self.setting, self.plan = grid.setting, grid.plan
        methods = ("allows", "follows", "step")
        self.rules = tuple(rule for rule in rules if any(map(rule.overrides, methods)))
        self.remembering = tuple(rule for rule in self.rules if rule.overrides("step"))
        self._exempt = faults_of_locked_bars(self.rules, self.setting)
        self._cache: dict[Hashable, np.ndarray] = {}
        self.slots, self.kind_of = self._sort_slots()
        self.pitches = self._sounding_pitches()
        self.pairs = [self._pair_table(slot) for slot, _ in self.slots]
        self._ids: list[dict[Memory, int]] = []
        explored = [self._explore(rule) for rule in self.remembering]
        self.memories = [list(ids) for ids in self._ids]
        self.steps = [
            [
                tables[self._step_key(rule, slot)]
                for rule, tables in zip(self.remembering, explored, strict=True)
            ]
            for slot, _ in self.slots
        ]

    def memory_id(self, number: int, memory: Memory) -> int:
        """Give the number of what a remembering rule remembers; DEAD if it never does."""
        return self._ids[number].get(memory, DEAD)

    def places(self, rule: Rule, slot: Slot) -> list[tuple[Slot, int]]:
        """List where a rule hears a slot, with the semitones it sounds higher there."""
        places = occurrence_slots(slot, self.plan)
        return places[:1] if rule.hears_once else places

    def _is_exempt(self, rule: Rule, slot: Slot) -> bool:
        return (rule, slot.bar, slot.position) in self._exempt

    def _sort_slots(self) -> tuple[list[tuple[Slot, bool]], np.ndarray]:
        """Give every edge a kind, and of each kind one slot and whether it is guarded."""
        grid, entries = self.grid, self.plan.guarded_entries
        kind_of = np.full(grid.note_next.shape, DEAD, np.int32)
        kinds: dict[Hashable, int] = {}
        slots: list[tuple[Slot, bool]] = []
        known: dict[tuple[int, int, int], int] = {}
        for node, column in np.argwhere(grid.note_next != DEAD).tolist():
            place = int(grid.bars[node]), int(grid.positions[node]), column
            if place not in known:
                slot = grid.slot(node, column)
                is_guarded = slot.begins_bar and slot.bar in entries
                known[place] = kinds.setdefault((self._kind(slot), is_guarded), len(kinds))
                if known[place] == len(slots):
                    slots.append((slot, is_guarded))
            kind_of[node, column] = known[place]
        return slots, kind_of

    def _kind(self, slot: Slot) -> Hashable:
        places = occurrence_slots(slot, self.plan)
        return tuple(
            (shift, *((self._is_exempt(rule, each), rule.key_of(each)) for rule in self.rules))
            for each, shift in places
        )

    def _sounding_pitches(self) -> tuple[int, ...]:
        """Keep the pitches that every rule allows somewhere."""
        sounding: set[int] = set()
        for slot, _ in self.slots:
            left = [pitch for pitch in self.setting.pitches if pitch not in sounding]
            sounding.update(pitch for pitch in left if self._is_allowed(pitch, slot))
        return tuple(sorted(sounding))

    def _is_allowed(self, pitch: int, slot: Slot) -> bool:
        return all(
            self._is_exempt(rule, each) or ask(rule, "allows", pitch + shift, each)
            for rule in self.rules
            for each, shift in self.places(rule, slot)
        )

    def _pair_table(self, slot: Slot) -> np.ndarray:
        table = np.ones((len(self.pitches) + 1, len(self.pitches)), bool)
        for rule in self.rules:
            for number, (each, shift) in enumerate(self.places(rule, slot)):
                if not self._is_exempt(rule, each):
                    table &= self._pairs_of(rule, each, shift, is_first=not number)
        return table

    def _pairs_of(self, rule: Rule, slot: Slot, shift: int, *, is_first: bool) -> np.ndarray:
        """Ask one rule at one place; slots with the same key get the same answer."""
        key = (rule, rule.key_of(slot), shift, is_first)
        if key not in self._cache:
            table = np.ones((len(self.pitches) + 1, len(self.pitches)), bool)
            sounding = [pitch + shift for pitch in self.pitches]
            if rule.overrides("allows"):
                table &= np.array([ask(rule, "allows", p, slot) for p in sounding], bool)
            if rule.overrides("follows"):
                # A bar that is played again follows something: row 0 is not its affair.
                before = (None, *sounding) if is_first else sounding
                table[-len(before) :] &= np.array(
                    [[ask(rule, "follows", a, b, slot) for b in sounding] for a in before], bool
                )
            self._cache[key] = table
        return self._cache[key]

    def _explore(self, rule: Rule) -> dict[Hashable, np.ndarray]:
        """Find all that a rule may remember, and where each leads in each kind of slot."""
        ids: dict[Memory, int] = {rule.start: 0}
        self._ids.append(ids)
        slots = {self._step_key(rule, slot): slot for slot, _ in self.slots}
        rows: dict[Hashable, list[np.ndarray]] = {key: [] for key in slots}
        done = 0
        while done < len(ids):
            memory = list(ids)[done]
            for key, slot in slots.items():
                rows[key].append(self._ask_steps(rule, memory, slot, ids))
            done += 1
        return {key: np.array(row, np.int32) for key, row in rows.items()}

    def _step_key(self, rule: Rule, slot: Slot) -> Hashable:
        return tuple(
            (rule.key_of(each), shift, self._is_exempt(rule, each))
            for each, shift in self.places(rule, slot)
        )

    def _ask_steps(
        self, rule: Rule, memory: Memory, slot: Slot, ids: dict[Memory, int]
    ) -> np.ndarray:
        table = np.full((len(self.pitches) + 1, len(self.pitches)), DEAD, np.int32)
        for row, previous in enumerate((None, *self.pitches)):
            if row and not rule.hears_previous:
                table[row] = table[0]
                continue
            for column, pitch in enumerate(self.pitches):
                after = self._step_everywhere(rule, memory, previous, pitch, slot)
                if not is_forbidden(after):
                    table[row, column] = ids.setdefault(after, len(ids))
        return table

    def _step_everywhere(
        self, rule: Rule, memory: Memory, previous: int | None, pitch: int, slot: Slot
    ) -> Memory:
        """Give what is remembered if all places where the slot sounds agree."""
        found: set[Memory] = set()
        for each, shift in self.places(rule, slot):
            before = None if previous is None else previous + shift
            after = ask(rule, "step", rule.shifted(memory, shift), before, pitch + shift, each)
            if is_forbidden(after):
                if not self._is_exempt(rule, each):
                    return FORBIDDEN
                after = rule.start
            found.add(rule.shifted(after, -shift))
        return found.pop() if len(found) == 1 else FORBIDDEN


def ask(rule: Rule, method: str, *arguments: Any) -> Any:
    """Ask a rule, and say which one it was if it fails to answer.

    Raises
    ------
    ParameterError
        If the rule raises an error, or answers None where True or False is meant.
    """
    try:
        answer = getattr(rule, method)(*arguments)
    except Exception as error:
        raise ParameterError(f"the rule {rule.title!r} failed in {method}: {error!r}") from error
    if answer is None and method != "step":
        raise ParameterError(
            f"the rule {rule.title!r} answered None in {method}: return True or False"
        )
    return answer


def faults_of_locked_bars(rules: Sequence[Rule], setting: Setting) -> set[tuple[Rule, int, int]]:
    """List what locked bars break by themselves: nobody can mend that, so it is not judged.

    Parameters
    ----------
    rules : sequence of Rule
    setting : Setting

    Returns
    -------
    faults : set of (Rule, int, int)
        A rule, a bar from 0, and a position in it [ticks].
    """
    faults: set[tuple[Rule, int, int]] = set()
    for locked in (rule for rule in rules if isinstance(rule, Locked)):
        for rule in rules:
            previous, memory, last_bar = None, rule.start, -2
            for (bar, position), event in sorted(locked.known.items()):
                if bar > last_bar + 1:  # what lies between is not known yet
                    previous, memory = None, rule.start
                last_bar = bar
                if event.pitch is None:
                    continue
                slot = Slot(setting, bar, position, event.duration)
                is_kept = rule.allows(event.pitch, slot) and (
                    previous is None or rule.follows(previous, event.pitch, slot)
                )
                memory = rule.step(memory, previous, event.pitch, slot)
                if is_forbidden(memory) or not is_kept:
                    faults.add((rule, bar, position))
                memory = rule.start if is_forbidden(memory) else memory
                previous = event.pitch
    return faults
