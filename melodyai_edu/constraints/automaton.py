"""A compiled automaton: which tokens are legal in a state, and where each leads.

Conventions
-----------
A *state* is three whole numbers: the node of the grid, the column of the duration that waits for
its sound (`BAR_LINE` or `DURATION` if one of these is next), and the state of the line. The two
automata, rhythm and melody, are never multiplied out: ``alive[node, line_state]`` says from where
both together can reach the end. A token is legal if it leads to a living state, so a dead end
cannot be met. Everything is an array; nothing changes after compiling.

Tokens are those of the bars that are drawn; a player of the piece repeats the others.

Contents
--------
State, Automaton, BAR_LINE, DURATION
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.constraints.grid import DEAD, Grid
from melodyai_edu.constraints.line import Line
from melodyai_edu.constraints.rule import Rule, Setting, beat_text
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key
from melodyai_edu.tokens import Vocabulary

__all__ = ["BAR_LINE", "DURATION", "Automaton", "State"]

#: What stands for a column where a bar line or a duration is next.
BAR_LINE, DURATION = -2, -1

_TONIC = 60  # what the tonic is in tokens [MIDI]


class State(NamedTuple):
    """Where a piece stands.

    Parameters
    ----------
    node : int
        Of the grid.
    column : int
        Of the duration that waits for its sound; or BAR_LINE, or DURATION.
    line : int
        State of the line.
    """

    node: int
    column: int
    line: int


@dataclass(frozen=True, eq=False, repr=False)
class Automaton:
    """Rules, compiled.

    Made by `compile_rules`.

    Parameters
    ----------
    setting : Setting
        As it was before the rules widened it.
    rules : tuple of Rule
    grid : Grid
    line : Line
    alive : np.ndarray [shape=(N, Q), bool]
        Whether the piece can be finished from a node and a state of the line.
    vocabulary : Vocabulary
    tonic_pitch : int [MIDI]
        The pitch that ``Pitch_60`` stands for.
    """

    setting: Setting
    rules: tuple[Rule, ...]
    grid: Grid
    line: Line
    alive: np.ndarray
    vocabulary: Vocabulary
    tonic_pitch: int

    def __post_init__(self) -> None:
        for array in self._arrays:  # one automaton serves many pieces
            array.setflags(write=False)

    @property
    def _arrays(self) -> list[np.ndarray]:
        grid, line = self.grid, self.line
        of_grid = [self.alive, grid.bars, grid.positions, grid.note_next, grid.rest_next]
        of_line = [line.previous, line.move_of, line.can_end, *line.moves, *line.exits.values()]
        return of_grid + of_line

    @cached_property
    def duration_ids(self) -> np.ndarray:
        """The token of each column of the grid [shape=(D,), int]."""
        return self._ids(f"Duration_{d}" for d in self.grid.durations)

    @cached_property
    def pitch_ids(self) -> np.ndarray:
        """The token of each pitch of the line [shape=(P,), int]."""
        moved = (pitch - self.tonic_pitch + _TONIC for pitch in self.line.pitches)
        return self._ids(f"Pitch_{pitch}" for pitch in moved)

    def _ids(self, tokens: Iterable[str]) -> np.ndarray:
        ids = np.array(self.vocabulary.ids(tokens))
        ids.setflags(write=False)
        return ids

    @cached_property
    def rest_id(self) -> int:
        """The token of a rest."""
        return self.vocabulary.id("Pitch_rest")

    @cached_property
    def bar_id(self) -> int:
        """The token of a bar line."""
        return self.vocabulary.id("Bar_line")

    @cached_property
    def _moves(self) -> np.ndarray:
        return np.stack(self.line.moves)

    @cached_property
    def _columns(self) -> dict[int, int]:
        return {int(token_id): column for column, token_id in enumerate(self.duration_ids)}

    @cached_property
    def _sounds(self) -> dict[int, int]:
        return {int(token_id): place for place, token_id in enumerate(self.pitch_ids)}

    def __repr__(self) -> str:
        names = ", ".join(rule.title for rule in self.rules) or "no rules"
        return f"<Automaton of {self.num_states:,} states: {names}>"

    @property
    def num_states(self) -> int:
        """How many pairs of node and line state are alive."""
        return int(self.alive.sum())

    @property
    def num_bytes(self) -> int:
        """What the arrays take [bytes]."""
        return sum(array.nbytes for array in self._arrays)

    def living(self, node: int) -> np.ndarray:
        """Say from which states of the line a node leads to the end [shape=(Q,), bool]."""
        row: np.ndarray = self.alive[node]
        return row

    def with_rhythm(self, state: State, values: Sequence[tuple[int, bool]]) -> Automaton | None:
        """Give an automaton that holds this bar to a rhythm, if the rules can be kept so.

        Parameters
        ----------
        state : State
            At the beginning of a bar, its bar line drawn.
        values : sequence of (int, bool)
            Tokens of durations, and whether each is a rest; they fill the bar.

        Returns
        -------
        automaton : Automaton or None
            None if no line is legal in that rhythm.
        """
        nodes, edges = [state.node], []
        for token_id, is_rest in values:
            column = self._columns.get(token_id, DEAD)
            table = self.grid.rest_next if is_rest else self.grid.note_next
            after = DEAD if column == DEAD else int(table[nodes[-1], column])
            if after == DEAD:
                return None
            nodes.append(after)
            edges.append((column, is_rest))
        if not edges or not (nodes[-1] == self.grid.end or self.grid.begins_bar(nodes[-1])):
            return None
        rows = {nodes[-1]: self.living(nodes[-1])}
        for node, after, (column, is_rest) in zip(
            nodes[-2::-1], nodes[:0:-1], edges[::-1], strict=True
        ):
            rows[node] = rows[after]
            if not is_rest:
                move = self.line.moves[self.line.move_of[node, column]]
                rows[node] = np.append(rows[after], False)[move].any(axis=1)
        if not rows[state.node][state.line]:
            return None
        return _hold(self, rows, dict(zip(nodes[:-1], edges, strict=True)))

    def start(self) -> State:
        """Give the state at the beginning."""
        return self._at(0, 0)

    def _at(self, node: int, line: int) -> State:
        return State(node, BAR_LINE if self.grid.begins_bar(node) else DURATION, line)

    def is_end(self, state: State) -> bool:
        """Say whether the piece is complete."""
        return state.node == self.grid.end

    def legal_pitches(self, state: State) -> np.ndarray:
        """Say which pitches may sound [shape=(P,), bool]; a column must wait for its sound."""
        node, column, line = state
        after = self.grid.note_next[node, column]
        if after == DEAD:
            return np.zeros(len(self.line.pitches), bool)
        move: np.ndarray = self.line.moves[self.line.move_of[node, column]][line]
        legal: np.ndarray = (move != DEAD) & self.living(int(after))[move]
        return legal

    def sound_place(self, token_id: int) -> int:
        """Give a sound's place among the pitches; a rest stands behind them."""
        return len(self.line.pitches) if token_id == self.rest_id else self._sounds[token_id]

    def is_rest_legal(self, state: State) -> bool:
        """Say whether a rest may stand where a sound is awaited."""
        after = self.grid.rest_next[state.node, state.column]
        return bool(after != DEAD and self.living(int(after))[state.line])

    def legal_durations(self, state: State) -> np.ndarray:
        """Say which durations may begin [shape=(D,), bool]."""
        node, _, line = state
        notes, rests = self.grid.note_next[node], self.grid.rest_next[node]
        moves = self._moves[self.line.move_of[node], line]
        is_note = (notes[:, None] != DEAD) & (moves != DEAD) & self.alive[notes[:, None], moves]
        is_rest = (rests != DEAD) & self.alive[rests, line]
        legal: np.ndarray = is_note.any(axis=1) | is_rest
        return legal

    def mask(self, state: State) -> np.ndarray:
        """Say which tokens are legal.

        Parameters
        ----------
        state : State

        Returns
        -------
        mask : np.ndarray [shape=(V,), bool]
            Never empty before the end.
        """
        mask = np.zeros(len(self.vocabulary), bool)
        if state.column == BAR_LINE:
            mask[self.bar_id] = True
        elif state.column == DURATION:
            mask[self.duration_ids[self.legal_durations(state)]] = not self.is_end(state)
        else:
            mask[self.pitch_ids[self.legal_pitches(state)]] = True
            mask[self.rest_id] = self.is_rest_legal(state)
        return mask

    def next(self, state: State, token_id: int) -> State:
        """Give the state after a legal token.

        Raises
        ------
        ParameterError
            If the token is not legal.
        """
        node, column, line = state
        if column == BAR_LINE and token_id == self.bar_id:
            return State(node, DURATION, line)
        if column == DURATION and token_id in self._columns:
            waiting = State(node, self._columns[token_id], line)
            if self.is_rest_legal(waiting) or self.legal_pitches(waiting).any():
                return waiting
        elif column >= 0 and token_id == self.rest_id and self.is_rest_legal(state):
            return self._at(int(self.grid.rest_next[node, column]), line)
        elif column >= 0 and token_id in self._sounds:
            place = self._sounds[token_id]
            if self.legal_pitches(state)[place]:
                move = self.line.moves[self.line.move_of[node, column]]
                return self._at(int(self.grid.note_next[node, column]), int(move[line, place]))
        raise ParameterError(
            f"token={self.vocabulary.token(token_id)!r} is not legal at {self.place(state)}"
        )

    def follow(self, token_ids: Iterable[int]) -> State:
        """Walk along a prompt from the beginning.

        Parameters
        ----------
        token_ids : iterable of int
            Bar lines, durations and sounds of the bars that are drawn.

        Returns
        -------
        state : State

        Raises
        ------
        ParameterError
            At the first token that is not legal; the message names bar, beat and rules.
        """
        from melodyai_edu.constraints.judge import refusal_text

        state, drawn = self.start(), list[int]()
        for token_id in token_ids:
            if not hasattr(token_id, "__index__") or not 0 <= token_id < len(self.vocabulary):
                raise ParameterError(
                    f"token {token_id!r} must be the number of one, as vocabulary.ids(...) gives it"
                )
            try:
                state = self.next(state, token_id)
            except ParameterError as error:
                raise ParameterError(refusal_text(self, drawn, token_id)) from error
            drawn.append(token_id)
        return state

    def place(self, state: State) -> str:
        """Say where a state is, ``"bar 3 beat 2"``."""
        if self.is_end(state):
            return "the end"
        bar, position = int(self.grid.bars[state.node]), int(self.grid.positions[state.node])
        return f"bar {bar + 1} beat {beat_text(self.grid.setting.meter, position)}"

    def explain(self, state: State) -> str:
        """Say in words where a state is, what is remembered, and what may come next."""
        from melodyai_edu.constraints.explain import explain

        return explain(self, state)

    def draw(self) -> Any:
        """Draw a small automaton; see `melodyai_edu.constraints.explain.draw`."""
        from melodyai_edu.constraints.explain import draw

        return draw(self)

    def save(self, path: str | Path) -> Path:
        """Write it to a file; see `melodyai_edu.constraints.saving.save_automaton`."""
        from melodyai_edu.constraints.saving import save_automaton

        return save_automaton(self, path)

    @property
    def key(self) -> Key:
        """The key of the piece."""
        return self.grid.setting.key


class _HeldAutomaton(Automaton):
    """An automaton that knows one bar's rhythm: one edge leads on from each node of the bar."""

    rows: dict[int, np.ndarray]
    edges: dict[int, tuple[int, bool]]

    def living(self, node: int) -> np.ndarray:
        row: np.ndarray = self.rows.get(node, self.alive[node])
        return row

    def _is_held(self, state: State, is_rest: bool) -> bool:
        return self.edges.get(state.node) in (None, (state.column, is_rest))

    def legal_pitches(self, state: State) -> np.ndarray:
        legal: np.ndarray = super().legal_pitches(state) & self._is_held(state, is_rest=False)
        return legal

    def is_rest_legal(self, state: State) -> bool:
        return self._is_held(state, is_rest=True) and super().is_rest_legal(state)

    def legal_durations(self, state: State) -> np.ndarray:
        if state.node not in self.edges:
            return super().legal_durations(state)
        legal = np.zeros(len(self.grid.durations), bool)
        legal[self.edges[state.node][0]] = True
        return legal


def _hold(
    automaton: Automaton, rows: dict[int, np.ndarray], edges: dict[int, tuple[int, bool]]
) -> Automaton:
    held = _HeldAutomaton(
        automaton.setting,
        automaton.rules,
        automaton.grid,
        automaton.line,
        automaton.alive,
        automaton.vocabulary,
        automaton.tonic_pitch,
    )
    object.__setattr__(held, "rows", rows)
    object.__setattr__(held, "edges", edges)
    return held
