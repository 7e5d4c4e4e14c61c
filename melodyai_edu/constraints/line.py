"""The melody's automaton: what sounded last, what the rules remember of it, what may come next.

Conventions
-----------
A *state* is the previous pitch with what each rule remembers. A *move* is an array that says for
each state and pitch where it leads. Slots that all rules treat alike share one move, so there are
few of them however long the piece.

Contents
--------
NO_SEAM, Line, build_line
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from melodyai_edu.constraints.asking import Answers
from melodyai_edu.constraints.entries import Entry, Seam, make_entries
from melodyai_edu.constraints.grid import DEAD
from melodyai_edu.constraints.rule import Memory, Rule

__all__ = ["NO_SEAM", "Line", "build_line"]

#: Where no entry is guarded.
_ANYTHING = frozenset(range(-128, 256))
NO_SEAM = Seam(_ANYTHING, _ANYTHING)
_NOWHERE = -1000  # no pitch


@dataclass(frozen=True, eq=False)
class Line:
    """States and moves of the melody.

    Parameters
    ----------
    pitches : tuple of int [MIDI]
        What the columns of the moves stand for.
    previous : np.ndarray [shape=(Q,), int]
        The place in ``pitches`` of what sounded last in each state; -1 before the first note.
    remembering : tuple of Rule
        The rules that remember something.
    memories : tuple of tuples
        What they remember in each state.
    moves : tuple of np.ndarray [shape=(Q, P), int32]
        The state after each pitch; DEAD where it is illegal.
    move_of : np.ndarray [shape=(N, D), int]
        Which move holds for a note on each edge of the grid; DEAD for none.
    exits : dict of int to np.ndarray [shape=(Q,), bool]
        Drawn bars, and the states in which they may be left, where that matters.
    can_end : np.ndarray [shape=(Q,), bool]
        Whether the piece may end.
    num_entries : int
        How many pitches may begin at the guarded entry that has fewest; 0 without one.
    """

    pitches: tuple[int, ...]
    previous: np.ndarray
    remembering: tuple[Rule, ...]
    memories: tuple[tuple[Memory, ...], ...]
    moves: tuple[np.ndarray, ...]
    move_of: np.ndarray
    exits: dict[int, np.ndarray]
    can_end: np.ndarray
    num_entries: int


def build_line(answers: Answers, seam: Seam = NO_SEAM) -> Line | None:
    """Lay out every legal line.

    Parameters
    ----------
    answers : Answers
    seam : Seam, optional
        What may stand around guarded entries; anything when left out.

    Returns
    -------
    line : Line or None
        None if nothing may begin at a guarded entry.
    """
    entries = make_entries(answers, seam)
    if any(entry is not None and not entry.is_legal.any() for entry in entries):
        return None
    return _Builder(answers, entries, seam).build()


class _Builder:
    """Multiplies out what the rules remember, as far as it can be reached.

    A state has a code: the previous pitch and the numbers of all memories as the digits of one
    number.
    """

    def __init__(self, answers: Answers, entries: list[Entry | None], seam: Seam) -> None:
        self.answers, self.seam = answers, seam
        self.rules, self.pitches = answers.remembering, answers.pitches
        self.sizes = [len(memories) for memories in answers.memories]
        self.base = len(self.pitches) + 1
        self.kinds: list[tuple[np.ndarray, list[np.ndarray], Entry | None]] = []
        self.number_of_kind: list[int] = []
        known: dict[Hashable, int] = {}
        for pair, steps, entry in zip(answers.pairs, answers.steps, entries, strict=True):
            key = pair.tobytes(), tuple(map(id, steps)), entry.key if entry else None
            if key not in known:
                known[key] = len(self.kinds)
                self.kinds.append((pair, steps, entry))
            self.number_of_kind.append(known[key])

    def build(self) -> Line:
        codes = self._explore()
        moves, move_of_kind = self._number_moves(codes)
        previous = (codes % self.base - 1).astype(np.int32)
        memories = self._memories(codes)
        lookup = np.array([*(move_of_kind[k] for k in self.number_of_kind), DEAD], np.int32)
        counts = (int(entry.is_legal.sum()) for _, _, entry in self.kinds if entry is not None)
        return Line(
            self.pitches,
            previous,
            self.rules,
            memories,
            moves,
            lookup[self.answers.kind_of],
            self._exits(previous, memories),
            self._ends(previous, memories, 0, hears_once=True),
            min(counts, default=0),
        )

    def _explore(self) -> np.ndarray:
        """Find the code of every state that can be reached, in order."""
        found = frontier = np.zeros(1, np.int64)
        while len(frontier):
            reached = [self._after(frontier, kind).ravel() for kind in range(len(self.kinds))]
            codes = np.unique(np.concatenate(reached)) if reached else frontier[:0]
            frontier = np.setdiff1d(codes[codes != DEAD], found, assume_unique=True)
            found = np.union1d(found, frontier)
        return found

    def _after(self, codes: np.ndarray, kind: int) -> np.ndarray:
        """Give the code after each pitch [shape=(codes, P), int64]; DEAD where illegal."""
        pair, steps, entry = self.kinds[kind]
        previous, rest = codes % self.base, codes // self.base
        legal = pair[previous]
        after = np.broadcast_to(np.arange(1, self.base), legal.shape).astype(np.int64)
        scale = self.base
        for number, (step, size) in enumerate(zip(steps, self.sizes, strict=True)):
            memory = step[rest % size, previous].astype(np.int64)
            rest = rest // size
            legal = legal & (memory != DEAD)
            if entry is not None and not self.rules[number].hears_once:
                memory = np.broadcast_to(entry.memories[number], memory.shape)
            after = after + np.maximum(memory, 0) * scale
            scale *= size
        if entry is not None:
            legal = legal & entry.is_legal
        return np.where(legal, after, DEAD)

    def _number_moves(self, codes: np.ndarray) -> tuple[tuple[np.ndarray, ...], list[int]]:
        """Give all different moves, and which one each kind has."""
        moves: list[np.ndarray] = []
        numbers: dict[bytes, int] = {}
        of_kind = []
        for kind in range(len(self.kinds)):
            after = self._after(codes, kind)
            move = np.where(after == DEAD, DEAD, np.searchsorted(codes, after)).astype(np.int32)
            if move.tobytes() not in numbers:
                numbers[move.tobytes()] = len(moves)
                moves.append(move)
            of_kind.append(numbers[move.tobytes()])
        return tuple(moves), of_kind

    def _memories(self, codes: np.ndarray) -> tuple[tuple[Memory, ...], ...]:
        rest, columns = codes // self.base, []
        for known, size in zip(self.answers.memories, self.sizes, strict=True):
            columns.append([known[number] for number in (rest % size).tolist()])
            rest = rest // size
        return tuple(zip(*columns, strict=True)) if columns else ((),) * len(codes)

    def _exits(
        self, previous: np.ndarray, memories: tuple[tuple[Memory, ...], ...]
    ) -> dict[int, np.ndarray]:
        """Say which states may leave a bar that leads to a seam, or that sounds last."""
        plan = self.answers.plan
        guarded, last = plan.guarded_exits, plan.originals[-1]
        exits = {}
        for bar in {*guarded, last}:
            good = previous >= 0
            for shift in guarded.get(bar, ()):
                good = good & self._is_calm(previous, memories, shift)
            if bar == last:
                good = good & self._ends(previous, memories, plan.shifts[-1], hears_once=False)
            exits[bar] = good
        return exits

    def _is_calm(
        self, previous: np.ndarray, memories: tuple[tuple[Memory, ...], ...], shift: int
    ) -> np.ndarray:
        pitch = np.array([*self.pitches, _NOWHERE])[previous] + shift
        calm = [
            all(
                rule.hears_once or rule.is_calm(rule.shifted(memory, shift))
                for rule, memory in zip(self.rules, remembered, strict=True)
            )
            for remembered in memories
        ]
        is_exit = np.isin(pitch, list(self.seam.exits))
        is_calm: np.ndarray = is_exit & np.array(calm, bool)
        return is_calm

    def _ends(
        self,
        previous: np.ndarray,
        memories: tuple[tuple[Memory, ...], ...],
        shift: int,
        *,
        hears_once: bool,
    ) -> np.ndarray:
        """Say in which states the rules of one kind let the piece end."""
        good = previous >= 0
        for rule in self.answers.all_rules:
            if rule.overrides("ends") and rule.hears_once == hears_once:
                place = self.rules.index(rule) if rule in self.rules else None
                for state in np.flatnonzero(good).tolist():
                    memory = rule.start if place is None else memories[state][place]
                    pitch = self.pitches[previous[state]] + shift
                    good[state] = rule.ends(
                        rule.shifted(memory, shift), pitch, self.answers.setting
                    )
        return good
