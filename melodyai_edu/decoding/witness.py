"""Searching for a whole piece that keeps the rules and copies no long run.

Conventions
-----------
A *move* is an interval [semitones] with the ticks between two onsets, as in
`melodyai_edu.evaluation.copying`. What the moves so far forbid of the next ones depends only on
their *tail*, the longest run of latest moves that some tune has; so two beginnings with the same
tail in the same state have the same futures, once it is known what later repeats bring back. A
beginning that was found to have none is remembered, and never searched again.

Contents
--------
KnownRuns, Move, Place, Finding, WitnessSearch
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from melodyai_edu.constraints import Automaton, State
from melodyai_edu.constraints.automaton import BAR_LINE
from melodyai_edu.constraints.structure import Locked

__all__ = ["Finding", "KnownRuns", "Move", "Place", "WitnessSearch"]

Move = tuple[int, int]
_Event = tuple[int, int | None]  # duration, and pitch or None for a rest
_Step = tuple[list[int], "Place"]  # tokens, and where they lead


class KnownRuns(Protocol):
    """A set of tunes in which runs of notes can be looked up."""

    def knows(self, moves: tuple[Move, ...]) -> bool:
        """Say whether a run of moves stands in a tune."""
        ...


class _Heard(NamedTuple):
    """What of the notes so far bears on the next ones."""

    tail: tuple[Move, ...] = ()
    pitch: int | None = None
    since: int = 0  # the ticks from the last onset on
    locked: int = 0  # how many of the latest notes were locked


_NOTHING = _Heard()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece that is being searched for stands.

    Parameters
    ----------
    state : State
    heard : tuple
        What of the notes so far bears on the next ones.
    bars, ends : dict
        Events of drawn bars that come again, and what was heard at their ends.
    drawing : tuple
        Events of the bar that is being drawn, if it comes again.
    owed : hashable
        What bears on the notes around later repeats.
    """

    state: State
    heard: _Heard = _NOTHING
    bars: Mapping[int, tuple[_Event, ...]] | None = None
    ends: Mapping[int, _Heard] | None = None
    drawing: tuple[_Event, ...] = ()
    owed: Hashable = ()


class Finding(NamedTuple):
    """What a search for a whole piece found.

    Parameters
    ----------
    new : list of int or None
        The tokens that lead to the end, or to where the way is known; None if nothing was found.
    known : list of int
        Those of the known way.
    is_sure : bool
        Whether there is nothing where nothing was found.
    """

    new: list[int] | None
    known: Sequence[int] = ()
    is_sure: bool = True


class WitnessSearch:
    """Finds legal pieces without a known run of more than so many notes.

    Runs that stand in locked bars by themselves are not judged: nobody can mend them.

    Parameters
    ----------
    automaton : Automaton
    known : KnownRuns
    longest : int [notes]
        The longest run that may be copied; it has as many notes as a forbidden one has moves.
    """

    def __init__(self, automaton: Automaton, known: KnownRuns, longest: int) -> None:
        self._automaton, self._known, self._longest = automaton, known, longest
        self._random = np.random.default_rng(0)
        plan = automaton.grid.plan
        self._again = {o for bar, o in enumerate(plan.originals) if o != bar}
        self._locked = {
            bar for rule in automaton.rules if isinstance(rule, Locked) for bar in rule.events
        }
        self._is_known: dict[tuple[Move, ...], bool] = {}
        self._dead: set[Hashable] = set()

    def start(self) -> Place:
        """Give the place where nothing has sounded."""
        return Place(self._automaton.start(), bars={}, ends={})

    def after(self, place: Place, token_id: int) -> Place | None:
        """Go along a legal token; None if it ends a run that is too long."""
        automaton, state = self._automaton, place.state
        moved = automaton.next(state, token_id)
        if state.column < 0:
            return Place(moved, place.heard, place.bars, place.ends, place.drawing, place.owed)
        bar = int(automaton.grid.bars[state.node])
        event = automaton.grid.durations[state.column], self._pitches.get(token_id)
        heard = self._hear(place.heard, event, bar in self._locked)
        if heard is None:
            return None
        drawing = (*place.drawing, event) if bar in self._again else ()
        if automaton.grid.positions[moved.node]:
            return Place(moved, heard, place.bars, place.ends, drawing, place.owed)
        return self._close_bar(place, bar, moved, heard, drawing)

    @cached_property
    def _pitches(self) -> dict[int, int]:
        ids = self._automaton.pitch_ids.tolist()
        return dict(zip(ids, self._automaton.line.pitches, strict=True))

    def _close_bar(
        self, place: Place, bar: int, moved: State, heard: _Heard, drawing: tuple[_Event, ...]
    ) -> Place | None:
        """Keep a bar that comes again, and hear what is repeated before the next one."""
        grid = self._automaton.grid
        following = grid.setting.bars if moved.node == grid.end else int(grid.bars[moved.node])
        bars, ends = dict(place.bars or {}), dict(place.ends or {})
        if bar in self._again:
            bars[bar], ends[bar] = drawing, heard
        for again in range(bar + 1, following):
            original, shift = grid.plan.originals[again], grid.plan.shifts[again]
            for duration, pitch in bars[original]:
                event = duration, None if pitch is None else pitch + shift
                is_locked = again in self._locked or original in self._locked
                after = self._hear(heard, event, is_locked)
                if after is None:
                    return None
                heard = after
        return Place(moved, heard, bars, ends, (), self._owed(bars, ends, following))

    def _hear(self, heard: _Heard, event: _Event, is_locked: bool) -> _Heard | None:
        """Take a note or a rest; None if a known run becomes too long."""
        duration, pitch = event
        if pitch is None:
            return _Heard(heard.tail, heard.pitch, heard.since + duration, heard.locked)
        locked = min(heard.locked + 1, self._longest + 1) if is_locked else 0
        if heard.pitch is None:
            return _Heard((), pitch, duration, locked)
        run = (*heard.tail, (pitch - heard.pitch, heard.since))
        if len(run) == self._longest:
            if self._knows(run) and locked <= self._longest:
                return None
            run = run[1:]
        while run and not self._knows(run):
            run = run[1:]
        return _Heard(run, pitch, duration, locked)

    def _knows(self, run: tuple[Move, ...]) -> bool:
        if run not in self._is_known:
            self._is_known[run] = self._known.knows(run)
        return self._is_known[run]

    def _owed(
        self, bars: Mapping[int, tuple[_Event, ...]], ends: Mapping[int, _Heard], following: int
    ) -> Hashable:
        """Give what bears on the notes around later repeats: how these begin and end."""
        plan = self._automaton.grid.plan
        owed: list[Hashable] = []
        for bar in range(following, len(plan.originals)):
            original = plan.originals[bar]
            if original == bar or original not in bars:
                continue
            if bar in self._seams:
                owed.append(self._beginning(bars, bar))
            if bar + 1 in self._seams:
                owed.append(ends[original])
        return tuple(owed)

    @cached_property
    def _seams(self) -> frozenset[int]:
        """The bars, and the end, before which something else sounds than when they were drawn."""
        plan = self._automaton.grid.plan
        pairs = list(zip(plan.originals, plan.shifts, strict=True))
        found = set[int]()
        for bar in range(1, len(pairs)):
            original, shift = pairs[bar]
            (before, moved), natural = pairs[bar - 1], pairs[original - 1] if original else None
            if (before, moved - shift) != natural or (original == bar and before != bar - 1):
                found.add(bar)
        return frozenset(found)

    def _beginning(self, bars: Mapping[int, tuple[_Event, ...]], bar: int) -> Hashable:
        """Give the first notes of a section that comes again."""
        plan, begun = self._automaton.grid.plan, bar
        events: tuple[_Event, ...] = ()
        while bar < len(plan.originals) and plan.originals[bar] in bars:
            if bar > begun and bar in self._seams:
                break
            events = (*events, *bars[plan.originals[bar]])
            bar += 1
            if sum(pitch is not None for _, pitch in events) >= self._longest:
                break
        return self._first_notes(events)

    def _first_notes(self, events: tuple[_Event, ...]) -> tuple[_Event, ...]:
        """Keep as many notes as a forbidden run can reach into."""
        notes = 0
        for number, (_, pitch) in enumerate(events):
            notes += pitch is not None
            if notes == self._longest:
                return events[: number + 1]
        return events

    def key(self, place: Place) -> Hashable:
        """Give what two places with the same futures share."""
        return place.state, place.heard, self._first_notes(place.drawing), place.owed

    def find(
        self,
        place: Place,
        automaton: Automaton,
        guide: Mapping[int, tuple[int, int]],
        goals: Mapping[Hashable, list[int]],
        most: int,
    ) -> Finding:
        """Find tokens that finish a piece.

        Parameters
        ----------
        place : Place
        automaton : Automaton
            In force; it may hold the bar to a rhythm.
        guide : dict of int to (int, int)
            Duration and sound to try first at a node.
        goals : dict
            Places by their keys from which a way to the end is known already.
        most : int
            How many places to look at.

        Returns
        -------
        finding : Finding
        """
        dead = self._dead if automaton is self._automaton else set()
        stack = [(self.key(place), self._steps(place, automaton, guide), list[int]())]
        if automaton.is_end(place.state):
            return Finding([])
        while stack:
            key, steps, _ = stack[-1]
            tokens, reached = next(steps, ([], None))
            if reached is None:
                dead.add(key)
                stack.pop()
                continue
            after = self.key(reached)
            if automaton.is_end(reached.state) or after in goals:
                path = [token for *_, taken in stack for token in taken]
                return Finding([*path, *tokens], goals.get(after, []))
            if after in dead:
                continue
            most -= 1
            if most < 0:
                return Finding(None, is_sure=False)
            stack.append((after, self._steps(reached, automaton, guide), tokens))
        return Finding(None)

    def _steps(
        self, place: Place, automaton: Automaton, guide: Mapping[int, tuple[int, int]]
    ) -> Iterator[_Step]:
        """Yield the events that may come next: the guide's first, then what is least known."""
        state, tokens = place.state, list[int]()
        if state.column == BAR_LINE:
            tokens = [automaton.bar_id]
            state = automaton.next(state, automaton.bar_id)
        first = guide.get(state.node)
        if first is not None and state.column in (-1, first[0]):
            step = self._step(place, automaton, state, tokens, *first)
            if step is not None:
                yield step
        columns = np.array([state.column])
        if state.column < 0:
            columns = self._random.permutation(np.flatnonzero(automaton.legal_durations(state)))
        for column in columns.tolist():
            for token_id in self._sounds(place, automaton, State(state.node, column, state.line)):
                if (column, token_id) != first:
                    step = self._step(place, automaton, state, tokens, column, token_id)
                    if step is not None:
                        yield step

    def _sounds(self, place: Place, automaton: Automaton, waiting: State) -> list[int]:
        """List the legal sounds, those that end the shortest known runs first."""
        duration = automaton.grid.durations[waiting.column]
        is_locked = int(automaton.grid.bars[waiting.node]) in self._locked
        found = []
        ids = automaton.pitch_ids[automaton.legal_pitches(waiting)].tolist()
        if automaton.is_rest_legal(waiting):
            ids.append(automaton.rest_id)
        for token_id, tie in zip(ids, self._random.random(len(ids)).tolist(), strict=True):
            event = duration, self._pitches.get(token_id)
            heard = self._hear(place.heard, event, is_locked)
            if heard is not None:
                found.append((len(heard.tail), tie, token_id))
        return [token_id for *_, token_id in sorted(found)]

    def _step(
        self,
        place: Place,
        automaton: Automaton,
        state: State,
        tokens: list[int],
        column: int,
        token_id: int,
    ) -> _Step | None:
        """Go along one event; None if it is not legal or ends a run that is too long."""
        waiting = State(state.node, column, state.line)
        is_legal = (
            automaton.is_rest_legal(waiting)
            if token_id == automaton.rest_id
            else automaton.legal_pitches(waiting)[automaton.sound_place(token_id)]
        )
        if not is_legal:
            return None
        here = Place(waiting, place.heard, place.bars, place.ends, place.drawing, place.owed)
        reached = self.after(here, token_id)
        if reached is None:
            return None
        duration_id = [] if state.column >= 0 else [int(automaton.duration_ids[column])]
        return [*tokens, *duration_id, token_id], reached
