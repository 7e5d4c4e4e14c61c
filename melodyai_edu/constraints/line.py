"""The melody's automaton: what sounded last, what the rules remember of it, what may come next.

Conventions
-----------
A *state* is the previous pitch with what each rule remembers. A *move* is an array that says for
each state and pitch where it leads. Slots that all rules treat alike share one move, so there are
few of them however long the piece.

At a guarded entry (see `Plan`) the state before is not known for certain: a pitch is legal there
only if it is after every calm state whose pitch lies in the guard's window, and what the rules
remember then is the worst that any of these would leave.

Contents
--------
Line, LineBuilder
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from melodyai_edu.constraints.grid import DEAD, Grid, occurrence_slots
from melodyai_edu.constraints.rule import Memory, Rule, Setting, Slot, is_forbidden
from melodyai_edu.constraints.structure import Locked

__all__ = ["Line", "LineBuilder"]

_NOTHING = 0  # the index of "no previous pitch"; pitch number p has index p + 1


@dataclass(frozen=True, eq=False)
class Line:
    """States and moves of the melody.

    Parameters
    ----------
    pitches : tuple of int [MIDI]
        What the columns of the moves stand for.
    previous : np.ndarray [shape=(Q,), int]
        The place in ``pitches`` of what sounded last in each state; -1 before the first note.
    memories : tuple of tuples
        What the rules of ``remembering`` remember in each state.
    remembering : tuple of Rule
    moves : tuple of np.ndarray [shape=(Q, P), int32]
        The state after each pitch; DEAD where it is illegal.
    move_of : np.ndarray [shape=(N, D), int]
        Which move holds for a note on each edge of the grid; DEAD for none.
    is_calm : np.ndarray [shape=(Q,), bool]
        Whether a guarded entry may follow.
    can_end : np.ndarray [shape=(Q,), bool]
        Whether the piece may end.
    """

    pitches: tuple[int, ...]
    previous: np.ndarray
    memories: tuple[tuple[Memory, ...], ...]
    remembering: tuple[Rule, ...]
    moves: tuple[np.ndarray, ...]
    move_of: np.ndarray
    exits: dict[int, np.ndarray]
    can_end: np.ndarray
    num_entries: int = 0


class _Tables:
    """What single rules say, asked once for each kind of slot."""

    def __init__(self, rules: Sequence[Rule], setting: Setting, grid: Grid) -> None:
        self.setting, self.grid, self.plan = setting, grid, grid.plan
        methods = ("allows", "follows", "step")
        self.rules = [rule for rule in rules if any(map(rule.overrides, methods))]
        self.remembering = tuple(rule for rule in self.rules if rule.overrides("step"))
        self.exempt = _faults_of_locked_bars(self.rules, setting)
        self.cache: dict[Hashable, np.ndarray] = {}
        self.memories: dict[Rule, dict[Memory, int]] = {}

    def kind(self, slot: Slot) -> tuple[Hashable, ...]:
        """Give what distinguishes a slot for any rule."""
        places = occurrence_slots(slot, self.plan)
        return tuple(tuple(self._key(rule, each) for each, _ in places) for rule in self.rules), tuple(
            shift for _, shift in places
        )

    def _key(self, rule: Rule, slot: Slot) -> Hashable:
        return (rule, slot.bar, slot.position) in self.exempt or (rule.key_of(slot),)

    def places(self, rule: Rule, slot: Slot) -> list[tuple[Slot, int]]:
        """List where a rule hears a slot."""
        places = occurrence_slots(slot, self.plan)
        return places[:1] if rule.hears_once else places

    def is_exempt(self, rule: Rule, slot: Slot) -> bool:
        return (rule, slot.bar, slot.position) in self.exempt


def _faults_of_locked_bars(rules: Sequence[Rule], setting: Setting) -> set[tuple[Rule, int, int]]:
    """List what a locked piece breaks by itself: nobody can mend that."""
    faults = set()
    for locked in (rule for rule in rules if isinstance(rule, Locked)):
        for rule in rules:
            previous, memory, last_bar = None, rule.start, -2
            for (bar, position), event in sorted(locked.known.items()):
                if bar != last_bar and bar != last_bar + 1:
                    previous, memory = None, rule.start
                last_bar = bar
                if event.pitch is None:
                    continue
                slot = Slot(setting, bar, position, event.duration)
                is_kept = rule.allows(event.pitch, slot)
                if previous is not None:
                    is_kept &= rule.follows(previous, event.pitch, slot)
                memory = rule.step(memory, previous, event.pitch, slot)
                if is_forbidden(memory) or not is_kept:
                    faults.add((rule, bar, position))
                memory = rule.start if is_forbidden(memory) else memory
                previous = event.pitch
    return faults


class LineBuilder:
    """Lays out every legal line.

    Parameters
    ----------
    rules : sequence of Rule
    grid : Grid
    """

    def __init__(self, rules: Sequence[Rule], grid: Grid) -> None:
        self.grid, self.setting, self.plan = grid, grid.setting, grid.plan
        self.tables = _Tables(rules, grid.setting, grid)
        self.rules, self.remembering = self.tables.rules, self.tables.remembering
        self.window = (0, 127)
        self.all_rules = rules
        self.slots, self.kind_of = self._sort_slots()
        self.pitches = self._sounding_pitches()
        self.memory_ids: list[dict[Memory, int]] = []
        self.pairs = [self._pair_table(slot) for slot, _ in self.slots]
        self.steps = [self._explore(rule) for rule in self.remembering]

    def _sort_slots(self) -> tuple[list[tuple[Slot, bool]], np.ndarray]:
        """Give every edge a kind, and of each kind one slot and whether it is guarded."""
        grid = self.grid
        kind_of = np.full(grid.note_next.shape, DEAD, np.int32)
        kinds: dict[Hashable, int] = {}
        slots: list[tuple[Slot, bool]] = []
        known: dict[tuple[int, int, int], int] = {}
        entries = self.plan.guarded_entries
        for node, column in np.argwhere(grid.note_next != DEAD).tolist():
            place = int(grid.bars[node]), int(grid.positions[node]), column
            if place not in known:
                slot = grid.slot(node, column)
                is_guarded = slot.begins_bar and slot.bar in entries
                kind = (self.tables.kind(slot), is_guarded)
                known[place] = kinds.setdefault(kind, len(kinds))
                if known[place] == len(slots):
                    slots.append((slot, is_guarded))
            kind_of[node, column] = known[place]
        return slots, kind_of

    def _sounding_pitches(self) -> tuple[int, ...]:
        """Keep the pitches that every rule without memory allows somewhere."""
        sounding = set()
        for slot, _ in self.slots:
            left = [p for p in self.setting.pitches if p not in sounding]
            sounding.update(p for p in left if self._is_allowed(p, slot))
        return tuple(sorted(sounding))

    def _is_allowed(self, pitch: int, slot: Slot) -> bool:
        return all(
            self.tables.is_exempt(rule, each) or rule.allows(pitch + shift, each)
            for rule in self.rules
            for each, shift in self.tables.places(rule, slot)
        )

    def build(self, window: tuple[int, int] = (0, 127)) -> Line | None:
        """Give states and moves, with the pitches around guarded entries in a window [MIDI].

        None if nothing may begin at one of them.
        """
        self.window = window
        product = _Product(self, self.pairs, self.steps)
        if self.plan.guarded_entries and not product.num_entries:
            return None
        product.explore()
        return product.line()

    def _cached(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        cache = self.tables.cache
        if key not in cache:
            cache[key] = make()
        return cache[key]

    def _pair_table(self, slot: Slot) -> np.ndarray:
        """Say which pitch may follow which, for all rules [shape=(P + 1, P), bool]."""
        table = np.ones((len(self.pitches) + 1, len(self.pitches)), bool)
        for rule in self.rules:
            for each, shift in self.tables.places(rule, slot):
                if not self.tables.is_exempt(rule, each):
                    key = (rule, "pair", rule.key_of(each), shift)
                    table = table & self._cached(
                        key, lambda r=rule, s=each, t=shift: self._ask_pairs(r, s, t)
                    )
        return table

    def _ask_pairs(self, rule: Rule, slot: Slot, shift: int) -> np.ndarray:
        table = np.ones((len(self.pitches) + 1, len(self.pitches)), bool)
        sounding = [pitch + shift for pitch in self.pitches]
        if rule.overrides("allows"):
            table &= np.array([rule.allows(pitch, slot) for pitch in sounding], bool)
        if rule.overrides("follows"):
            table &= np.array(
                [[rule.follows(a, b, slot) for b in sounding] for a in (None, *sounding)], bool
            )
        return table

    def _explore(self, rule: Rule) -> dict[Hashable, np.ndarray]:
        """Number all that a rule may remember, and say where each leads in each kind of slot.

        Gives for each key of the rule an array [shape=(M, P + 1, P), int32].
        """
        ids: dict[Memory, int] = {rule.start: 0}
        self.memory_ids.append(ids)
        keys = {self.step_key(rule, slot): slot for slot, _ in self.slots}
        rows: dict[Hashable, list[np.ndarray]] = {key: [] for key in keys}
        done = 0
        while done < len(ids):
            memory = list(ids)[done]
            for key, slot in keys.items():
                rows[key].append(self._ask_steps(rule, memory, slot, ids))
            done += 1
        return {key: np.array(row, np.int32) for key, row in rows.items()}

    def step_key(self, rule: Rule, slot: Slot) -> Hashable:
        """Give what distinguishes a slot for what a rule remembers."""
        return tuple(
            (rule.key_of(each), shift, self.tables.is_exempt(rule, each))
            for each, shift in self.tables.places(rule, slot)
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
        first: Memory = None
        for number, (each, shift) in enumerate(self.tables.places(rule, slot)):
            before = None if previous is None else previous + shift
            after = rule.step(rule.shifted(memory, shift), before, pitch + shift, each)
            if is_forbidden(after):
                if not self.tables.is_exempt(rule, each):
                    return after
                after = rule.start
            after = rule.shifted(after, -shift)
            if number and after != first:
                from melodyai_edu.constraints.rule import FORBIDDEN

                return FORBIDDEN
            first = after
        return first


class _Product:
    """All rules that remember something, side by side with the previous pitch."""

    def __init__(
        self,
        builder: LineBuilder,
        pairs: list[np.ndarray],
        steps: list[dict[Hashable, np.ndarray]],
    ) -> None:
        self.builder, self.rules = builder, builder.remembering
        self.pitches = builder.pitches
        self.sizes = [len(ids) for ids in builder.memory_ids]
        self.memories = [list(ids) for ids in builder.memory_ids]
        self.kinds: list[tuple[np.ndarray, list[np.ndarray], np.ndarray | None]] = []
        self.kind_numbers: list[int] = []
        known: dict[Hashable, int] = {}
        for (slot, is_guarded), pair in zip(builder.slots, pairs, strict=True):
            tables = [
                step[builder.step_key(rule, slot)]
                for rule, step in zip(self.rules, steps, strict=True)
            ]
            joined = self._joined(slot) if is_guarded else None
            key = pair.tobytes(), tuple(map(id, tables)), None if joined is None else joined.tobytes()
            if key not in known:
                known[key] = len(self.kinds)
                self.kinds.append((pair, tables, joined))
            self.kind_numbers.append(known[key])

    @property
    def num_entries(self) -> int:
        """How many pitches may begin at that guarded entry which has fewest."""
        counts = (int((joined[0] != DEAD).sum()) for _, _, joined in self.kinds if joined is not None)
        return min(counts, default=0)

    def _joined(self, slot: Slot) -> np.ndarray:
        """Give what each rule remembers after each pitch of a guarded entry [(rules, P), int].

        DEAD where the pitch is not legal after all that may come before. A row of a rule that
        hears a repeat once is not used.
        """
        joined = np.full((len(self.rules), len(self.pitches)), DEAD, np.int32)
        places = occurrence_slots(slot, self.builder.plan)
        for column, pitch in enumerate(self.pitches):
            legal = all(
                self._follows_all(pitch + shift, each, shift == 0) for each, shift in places
            )
            for number, rule in enumerate(self.rules):
                if rule.hears_once:
                    joined[number, column] = 0 if legal else DEAD
                elif legal:
                    joined[number, column] = self._worst(number, rule, pitch, places)
            if not legal or (joined[:, column] == DEAD).any():
                joined[:, column] = DEAD
        if not self.rules:
            self_legal = [
                all(self._follows_all(p + shift, each, shift == 0) for each, shift in places)
                for p in self.pitches
            ]
            return np.where(self_legal, 0, DEAD)[None, :].astype(np.int32)
        return joined

    def _before(self) -> list[int]:
        low, high = self.builder.window
        return [pitch for pitch in self.pitches if low <= pitch <= high]

    def _follows_all(self, pitch: int, slot: Slot, is_first: bool) -> bool:
        low, high = self.builder.window
        if not low <= pitch <= high:
            return False
        return all(
            rule.follows(before, pitch, slot)
            for rule in self.builder.rules
            if rule.overrides("follows") and not rule.hears_once
            for before in self._before()
        )

    def _worst(
        self, number: int, rule: Rule, pitch: int, places: list[tuple[Slot, int]]
    ) -> int:
        found = set()
        for each, shift in places:
            for memory in self.memories[number]:
                if not rule.is_calm(memory):
                    continue
                for before in self._before():
                    after = rule.step(memory, before, pitch + shift, each)
                    if is_forbidden(after):
                        return DEAD
                    found.add(rule.shifted(after, -shift))
        worst = rule.worst(frozenset(found))
        return self.builder.memory_ids[number].get(worst, DEAD) if not is_forbidden(worst) else DEAD

    def _moves(self, states: np.ndarray, kind: int) -> np.ndarray:
        """Give the code of the state after each pitch [shape=(states, P), int64]; DEAD if none."""
        pair, tables, joined = self.kinds[kind]
        codes, previous = states.copy(), states % (len(self.pitches) + 1)
        legal = pair[previous]
        rest = codes // (len(self.pitches) + 1)
        after = np.zeros((len(states), len(self.pitches)), np.int64)
        scale = len(self.pitches) + 1
        after += np.arange(1, scale)
        for number, (table, size) in enumerate(zip(tables, self.sizes, strict=True)):
            memory = rest % size
            rest = rest // size
            following = table[memory, previous].astype(np.int64)
            legal = legal & (following != DEAD)
            if joined is not None and not self.rules[number].hears_once:
                following = np.broadcast_to(joined[number].astype(np.int64), following.shape)
            after += np.maximum(following, 0) * scale
            scale *= size
        if joined is not None:
            legal = legal & (joined[0] != DEAD)
        return np.where(legal, after, DEAD)

    def explore(self) -> None:
        """Find every state that can be reached, and number them."""
        found = frontier = np.zeros(1, np.int64)
        while len(frontier):
            reached = [self._moves(frontier, kind).ravel() for kind in range(len(self.kinds))]
            codes = np.unique(np.concatenate(reached)) if reached else frontier[:0]
            frontier = np.setdiff1d(codes[codes != DEAD], found, assume_unique=True)
            found = np.union1d(found, frontier)
        self.codes = found

    def line(self) -> Line:
        """Put all together."""
        builder = self.builder
        moves: list[np.ndarray] = []
        numbers: dict[bytes, int] = {}
        number_of_kind = []
        for kind in range(len(self.kinds)):
            codes = self._moves(self.codes, kind)
            move = np.where(codes == DEAD, DEAD, np.searchsorted(self.codes, codes)).astype(np.int32)
            key = move.tobytes()
            if key not in numbers:
                numbers[key] = len(moves)
                moves.append(move)
            number_of_kind.append(numbers[key])
        previous = (self.codes % (len(self.pitches) + 1) - 1).astype(np.int32)
        memories = self._memories_of_states()
        lookup = np.array([*(number_of_kind[k] for k in self.kind_numbers), DEAD], np.int32)
        return Line(
            self.pitches,
            previous,
            memories,
            self.rules,
            tuple(moves),
            lookup[builder.kind_of],
            self._exits(previous, memories),
            self._can_end(previous, memories),
            self.num_entries,
        )

    def _memories_of_states(self) -> tuple[tuple[Memory, ...], ...]:
        rest = self.codes // (len(self.pitches) + 1)
        columns = []
        for number, size in enumerate(self.sizes):
            columns.append([self.memories[number][m] for m in (rest % size).tolist()])
            rest = rest // size
        return tuple(zip(*columns, strict=True)) if columns else ((),) * len(self.codes)

    def _exits(
        self, previous: np.ndarray, memories: tuple[tuple[Memory, ...], ...]
    ) -> dict[int, np.ndarray]:
        """Say for bars with an exit of their own which states may leave them."""
        plan, exits = self.builder.plan, {}
        last = plan.originals[-1]
        shifts_of = plan.guarded_exits
        for bar in {*shifts_of, last}:
            good = previous >= 0
            for shift in shifts_of.get(bar, ()):
                good = good & self._is_calm(previous, memories, shift)
            if bar == last:
                good = good & self._ends(previous, memories, plan.shifts[-1], hears_once=False)
            exits[bar] = good
        return exits

    def _is_calm(
        self, previous: np.ndarray, memories: tuple[tuple[Memory, ...], ...], shift: int
    ) -> np.ndarray:
        low, high = self.builder.window
        pitch = np.array([*self.pitches, -1000])[previous] + shift
        calm = [
            all(
                rule.hears_once or rule.is_calm(rule.shifted(memory, shift))
                for rule, memory in zip(self.rules, remembered, strict=True)
            )
            for remembered in memories
        ]
        return np.array(calm, bool) & (pitch >= low) & (pitch <= high)

    def _ends(
        self,
        previous: np.ndarray,
        memories: tuple[tuple[Memory, ...], ...],
        shift: int,
        *,
        hears_once: bool,
    ) -> np.ndarray:
        rules = [
            rule
            for rule in self.builder.all_rules
            if rule.overrides("ends") and rule.hears_once == hears_once
        ]
        places = [self.rules.index(rule) if rule in self.rules else None for rule in rules]
        good = np.ones(len(previous), bool)
        for state, number in enumerate(previous.tolist()):
            if number < 0:
                good[state] = False
                continue
            for rule, place in zip(rules, places, strict=True):
                memory = rule.start if place is None else memories[state][place]
                pitch = self.pitches[number] + shift
                if not rule.ends(rule.shifted(memory, shift), pitch, self.builder.setting):
                    good[state] = False
        return good

    def _can_end(
        self, previous: np.ndarray, memories: tuple[tuple[Memory, ...], ...]
    ) -> np.ndarray:
        return self._ends(previous, memories, 0, hears_once=True)
