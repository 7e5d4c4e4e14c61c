"""The line of pitches on a grid: with how wide a window, and with which shared first notes.

Conventions
-----------
A bar that returns may be entered from elsewhere: the line guards its entry by a window of pitches.
Where the first notes of several bars depend on each other, their pitches are drawn beforehand, the
same for the same rules.

Contents
--------
find_line
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from melodyai_edu.constraints.alive import find_alive
from melodyai_edu.constraints.asking import Answers
from melodyai_edu.constraints.entries import seams
from melodyai_edu.constraints.grid import DEAD, Grid
from melodyai_edu.constraints.line import NO_SEAM, Line, build_line
from melodyai_edu.constraints.plan import Plan
from melodyai_edu.constraints.rule import Rule, Slot

__all__ = ["find_line"]

#: A window is taken at once if so many pitches may begin a repeat.
_ENOUGH_PITCHES = 4
#: How often pitches for shared first notes are drawn before giving up.
_MAX_DRAWS = 10
_PITCHES_TO_DRAW_FROM, _WINDOWS_A_DRAW = 5, 20


def find_line(
    rules: Sequence[Rule],
    grid: Grid,
    enough: int = _ENOUGH_PITCHES,
    most_windows: int | None = None,
) -> tuple[Line, np.ndarray] | None:
    """Compile the line, with the widest window that leaves enough pitches at guarded entries.

    Parameters
    ----------
    rules : sequence of Rule
    grid : Grid
    enough : int, default 4
        A window is taken at once if so many pitches may begin a repeat.
    most_windows : int, optional
        How many windows are tried; all when left out.

    Returns
    -------
    found : tuple of Line and np.ndarray, or None
        The line, and which of its states are alive on the grid; None if no window leaves any.
    """
    plan = grid.plan
    best, most = None, -1 if not plan.guarded_entries else 0
    if plan.first_notes:
        return _with_first_notes(rules, grid)
    answers = Answers(rules, grid)
    tried = seams(answers) if plan.guarded_entries else iter([NO_SEAM])
    for seam in islice(tried, most_windows):
        if best is not None and seam.exits != seam.entries:
            break  # a window is freer
        line = build_line(answers, seam)
        if line is None or (plan.guarded_entries and line.num_entries <= most):
            continue
        alive = find_alive(grid, line)
        if alive[0, 0]:
            best, most = (line, alive), line.num_entries
            if most >= enough or not plan.guarded_entries:
                break
    return best


class _Pinned(Rule):
    """These bars begin with these pitches."""

    name = "pinned"
    layer = "structure"

    def __init__(self, pitches: dict[int, int]) -> None:
        self.pitches = pitches

    @property
    def value(self) -> str:
        return ",".join(f"{bar}:{pitch}" for bar, pitch in self.pitches.items())

    def allows_event(self, slot: Slot) -> bool:
        return not (slot.is_rest and slot.begins_bar and slot.bar in self.pitches)

    def key_of(self, slot: Slot) -> int | None:
        return self.pitches.get(slot.bar) if slot.begins_bar else None

    def allows(self, pitch: int, slot: Slot) -> bool:
        return not slot.begins_bar or self.pitches.get(slot.bar, pitch) == pitch


def _with_first_notes(rules: Sequence[Rule], grid: Grid) -> tuple[Line, np.ndarray] | None:
    """Choose the pitches of first notes that bars share, then compile.

    A bar's first note cannot be remembered until another bar begins: that would multiply the
    states by the number of pitches for each such pair. So these few notes are drawn beforehand,
    always the same for the same rules.
    """
    plan = grid.plan
    free = replace(grid, plan=replace(plan, first_notes=()))
    found = find_line(rules, free)
    if found is None:
        return None
    line, alive = found
    groups = _groups(plan)
    if groups is None:
        return None
    choices = [_common_first_pitches(free, line, alive, group) for group in groups]
    if not all(choices):
        return None
    random = np.random.default_rng(0)
    for draw in range(_MAX_DRAWS):
        pins: dict[int, int] = {}
        middle = float(np.mean(line.pitches))
        for group, pitches in zip(groups, choices, strict=True):
            near = sorted(pitches, key=lambda pitch: abs(pitch - middle))
            # Ever nearer to each other, the longer nothing fits.
            reach = max(min(len(near), _PITCHES_TO_DRAW_FROM) - draw // 2, 1)
            pitch = near[int(random.integers(reach))]
            middle = (middle + pitch) / 2
            pins.update({bar: pitch + offset for bar, offset in group.items()})
        found = find_line((*rules, _Pinned(pins)), free, enough=1, most_windows=_WINDOWS_A_DRAW)
        if found is not None:
            return found
    return None


def _groups(plan: Plan) -> list[dict[int, int]] | None:
    """Join originals whose first notes depend on each other, with the semitones between them.

    None if they contradict each other.
    """
    groups: list[dict[int, int]] = []
    for bar, other in plan.first_notes:
        first, second = plan.originals[other], plan.originals[bar]
        interval = plan.shifts[other] - plan.shifts[bar]  # from the first to the second
        near = next((g for g in groups if first in g), {first: 0})
        far = next((g for g in groups if second in g), {second: 0})
        offset = near[first] + interval - far[second]
        moved = {number: pitch + offset for number, pitch in far.items()}
        if any(near.get(number, pitch) != pitch for number, pitch in moved.items()):
            return None
        groups = [g for g in groups if g is not near and g is not far]
        groups.append(near | moved)
    return sorted(groups, key=min)


def _common_first_pitches(
    grid: Grid, line: Line, alive: np.ndarray, group: dict[int, int]
) -> list[int]:
    """List the pitches that all bars of a group may begin with, as the first of it sounds."""
    found: list[set[int]] = []
    for bar, offset in group.items():
        here: set[int] = set()
        for node in np.flatnonzero((grid.bars == bar) & (grid.positions == 0)):
            for column in np.flatnonzero(grid.note_next[node] != DEAD):
                move = line.moves[line.move_of[node, column]]
                living = (move != DEAD) & alive[grid.note_next[node, column]][move]
                here.update((np.array(line.pitches)[living.any(axis=0)] - offset).tolist())
        found.append(here)
    return sorted(set.intersection(*found))
