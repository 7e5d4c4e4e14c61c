"""The rhythm's automaton: where in the piece one stands, and what may begin there.

Conventions
-----------
A *node* is a place between two events with what the rules remember of the rhythm; an *edge* is a
duration from a node, on which a note or a rest may stand, each leading to another node. Nodes are
numbered in the order of time, so an edge always leads to a higher number. Only bars that are
drawn have nodes.

Contents
--------
DEAD, Grid, build_grid, occurrence_slots
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melodyai_edu.constraints.plan import Plan
from melodyai_edu.constraints.rule import FORBIDDEN, Memory, Rule, Setting, Slot
from melodyai_edu.constraints.structure import Locked

__all__ = ["DEAD", "Grid", "build_grid", "occurrence_slots"]

#: Where nothing legal leads.
DEAD = -1

_Place = tuple[int, int, tuple[Memory, ...]]  # drawn bar, position, what is remembered


@dataclass(frozen=True, eq=False)
class Grid:
    """Nodes and edges of the rhythm.

    Parameters
    ----------
    setting : Setting
    plan : Plan
    durations : tuple of int [ticks]
        What the columns below stand for.
    bars, positions : np.ndarray [shape=(N,), int, bar from 0 and ticks]
        Where each node is; the last node is the end of the piece.
    note_next, rest_next : np.ndarray [shape=(N, D), int]
        The node after a note or a rest of each duration; DEAD where it may not stand.
    """

    setting: Setting
    plan: Plan
    durations: tuple[int, ...]
    bars: np.ndarray
    positions: np.ndarray
    note_next: np.ndarray
    rest_next: np.ndarray

    @property
    def is_possible(self) -> bool:
        """Whether any rhythm fills the piece."""
        return bool((self.note_next[0] != DEAD).any() or (self.rest_next[0] != DEAD).any())

    @property
    def end(self) -> int:
        """The node where the piece is complete."""
        return len(self.bars) - 1

    def slot(self, node: int, column: int, is_rest: bool = False) -> Slot:
        """Give the slot of an edge."""
        return self.slot_of(node, self.durations[column], is_rest=is_rest)

    def slot_of(self, node: int, duration: int, *, is_rest: bool) -> Slot:
        """Give the slot of a note or a rest of any length [ticks] at a node."""
        bar = int(self.bars[node])
        shifts = tuple(shift for _, shift in self.plan.occurrences(bar)) if bar >= 0 else (0,)
        position = int(self.positions[node])
        return Slot(self.setting, bar, position, duration, is_rest, shifts)

    def begins_bar(self, node: int) -> bool:
        """Say whether a bar line stands at a node."""
        return bool(self.positions[node] == 0) and node != self.end


def occurrence_slots(slot: Slot, plan: Plan) -> list[tuple[Slot, int]]:
    """List a slot everywhere it sounds, with the semitones it sounds higher there."""
    places = plan.occurrences(slot.bar) if slot.bar >= 0 else ()
    if len(places) < 2:
        return [(slot, 0)]
    setting, position, duration = slot.setting, slot.position, slot.duration
    return [
        (Slot(setting, bar, position, duration, slot.is_rest, slot.shifts), shift)
        for bar, shift in places
    ]


class _Builder:
    def __init__(self, rules: Sequence[Rule], setting: Setting, plan: Plan) -> None:
        self.setting, self.plan = setting, plan
        self.stateless = [rule for rule in rules if rule.overrides("allows_event")]
        self.counting = [rule for rule in rules if rule.overrides("count")]
        self.locked = [rule for rule in rules if isinstance(rule, Locked)]
        firsts = {plan.originals[bar] for pair in plan.first_notes for bar in pair}
        self.entries = plan.guarded_entries | firsts
        drawn = ((-1,) if setting.pickup else ()) + plan.drawn
        self.following = dict(zip(drawn, (*drawn[1:], setting.bars), strict=True))
        self.bar_duration = setting.meter.bar_duration
        self.found: dict[tuple[int, int, int, bool], list[tuple[Slot, int]] | None] = {}

    def first(self) -> _Place:
        bar = self.setting.first_bar
        position = self.bar_duration - self.setting.pickup if bar < 0 else 0
        return bar, position, tuple(rule.start for rule in self.counting)

    def places(self, bar: int, position: int, duration: int, is_rest: bool) -> list[Slot]:
        """List where an event sounds; nothing if a rule without memory forbids it."""
        if is_rest and position == 0 and bar in self.entries:
            return []
        slot = Slot(self.setting, bar, position, duration, is_rest)
        slots = [each for each, _ in occurrence_slots(slot, self.plan)]
        return slots if all(self._is_allowed(each) for each in slots) else []

    def _is_allowed(self, slot: Slot) -> bool:
        for locked in self.locked:
            if slot.bar in locked.events:
                return locked.allows_event(slot)
        return all(rule.allows_event(slot) for rule in self.stateless)

    def after(self, place: _Place, slots: Sequence[Slot]) -> _Place | None:
        """Go along an edge."""
        bar, position, memories = place
        kept = []
        for rule, memory in zip(self.counting, memories, strict=True):
            after = {rule.count(memory, slot) for slot in slots}
            if len(after) > 1 or FORBIDDEN in after:
                return None
            kept.append(after.pop())
        end = position + slots[0].duration
        if end < self.bar_duration:
            return bar, end, tuple(kept)
        return self.following[bar], 0, tuple(kept)


def build_grid(rules: Sequence[Rule], setting: Setting, plan: Plan) -> Grid:
    """Lay out every legal rhythm.

    Parameters
    ----------
    rules : sequence of Rule
    setting : Setting
    plan : Plan

    Returns
    -------
    grid : Grid
        Nodes from which the end cannot be reached may still be there; `Automaton` finds them.

    Examples
    --------
    >>> setting = Setting(bars=1, durations=(24, 48))
    >>> grid = build_grid([], setting, Plan((0,), (0,)))
    >>> grid.positions.tolist(), grid.note_next.tolist()
    ([0, 24, 48, 72, 0], [[1, 2], [2, 3], [3, 4], [4, -1], [-1, -1]])
    """
    builder = _Builder(rules, setting, plan)
    durations = setting.durations
    layers: dict[tuple[int, int], dict[_Place, list[tuple[_Place | None, _Place | None]]]] = {}
    todo = {builder.first()}
    while todo:
        bar, position = min(place[:2] for place in todo)
        here = {place for place in todo if place[:2] == (bar, position)}
        todo -= here
        if bar == setting.bars:
            layers[bar, position] = {place: [] for place in here}
            continue
        layer = layers.setdefault((bar, position), {})
        choices = [_choices(builder, bar, position, duration) for duration in durations]
        for place in here:
            layer[place] = [
                (
                    builder.after(place, notes) if notes else None,
                    builder.after(place, rests) if rests else None,
                )
                for notes, rests in choices
            ]
            todo.update(after for pair in layer[place] for after in pair if after is not None)
    return _number(layers, setting, plan)


def _choices(
    builder: _Builder, bar: int, position: int, duration: int
) -> tuple[list[Slot], list[Slot]]:
    if position + duration > builder.bar_duration:
        return [], []
    return (
        builder.places(bar, position, duration, False),
        builder.places(bar, position, duration, True),
    )


def _number(
    layers: dict[tuple[int, int], dict[_Place, list[tuple[_Place | None, _Place | None]]]],
    setting: Setting,
    plan: Plan,
) -> Grid:
    """Give every place a number in the order of time; all ends are one node, the last."""
    inner = [
        (place, edges)
        for where in sorted(layers)
        if where[0] < setting.bars
        for place, edges in layers[where].items()
    ]
    numbers: dict[_Place | None, int] = {place: n for n, (place, _) in enumerate(inner)}
    numbers[None] = DEAD
    end = len(inner)
    for where in layers:
        if where[0] == setting.bars:
            numbers.update(dict.fromkeys(layers[where], end))
    note_next = np.full((end + 1, len(setting.durations)), DEAD, np.int32)
    rest_next = note_next.copy()
    for node, (_, edges) in enumerate(inner):
        for column, (note, rest) in enumerate(edges):
            note_next[node, column] = numbers[note]
            rest_next[node, column] = numbers[rest]
    places = [place[:2] for place, _ in inner] + [(setting.bars, 0)]
    bars, positions = np.array(places, np.int32).T
    _prune(note_next, rest_next)
    return Grid(setting, plan, setting.durations, bars, positions, note_next, rest_next)


def _prune(note_next: np.ndarray, rest_next: np.ndarray) -> None:
    """Remove edges to nodes from which no rhythm reaches the end."""
    living = np.zeros(len(note_next) + 1, bool)  # the last one is where DEAD points
    living[-2] = True
    for node in range(len(note_next) - 2, -1, -1):
        for table in (note_next, rest_next):
            table[node][~living[table[node]]] = DEAD
        living[node] = (note_next[node] != DEAD).any() or (rest_next[node] != DEAD).any()
