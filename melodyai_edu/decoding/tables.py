"""An automaton as plain arrays, so that a compiled loop can mask with look-ups.

Conventions
-----------
A batch has B sequences; its state is three arrays of whole numbers [shape=(B,)], as in `State`.
What is added to the logits is 0 for a legal token and minus infinity for any other; with
look-ahead, the logarithm of the message instead.

Contents
--------
Tables, build_tables, START, log_weights, advance
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from melodyai_edu.constraints import Automaton
from melodyai_edu.constraints.automaton import BAR_LINE, DURATION
from melodyai_edu.constraints.grid import DEAD
from melodyai_edu.decoding.exact import Messages
from melodyai_edu.errors import ParameterError

__all__ = ["Tables", "advance", "build_tables", "log_weights", "start_state"]

#: What is added to the logit of an illegal token: as good as minus infinity, and safe to add up.
FORBIDDEN_LOGIT = -1e9

#: No more cells than these in one array.
_MOST_CELLS = 200_000_000

BatchState = tuple[Any, Any, Any]


@dataclass(frozen=True, eq=False)
class Tables:
    """Look-up tables of one automaton.

    Parameters
    ----------
    note_next, rest_next : np.ndarray [shape=(N + 1, D), int32]
        As in `Grid`; a node that is dead is number N.
    moves : np.ndarray [shape=(N + 1, D, K), int32]
        Which move holds on each edge, ready to look up.
    contexts : np.ndarray [shape=(K, M + 1, P), int32]
        The context after each pitch; a dead one is number M.
    after : np.ndarray [shape=(N + 1, L, M + 1), float32]
        The logarithm of the message at a node; L is 1, or D + 1 with look-ahead.
    waiting : np.ndarray [shape=(N + 1, D, M + 1), float32]
        The same, where a duration waits for its sound.
    begins_bar : np.ndarray [shape=(N + 1,), bool]
    slot_of_token : np.ndarray [shape=(V,), int32]
        Where each token stands among: bar line, D durations, P pitches, rest, end, nothing.
    end : int
        The node where the piece is complete.
    end_id, bar_id, first_duration : int
        Tokens of the end and of a bar line.
    """

    note_next: np.ndarray
    rest_next: np.ndarray
    moves: np.ndarray
    contexts: np.ndarray
    after: np.ndarray
    waiting: np.ndarray
    begins_bar: np.ndarray
    slot_of_token: np.ndarray
    end: int

    @property
    def num_durations(self) -> int:
        """How many durations there are."""
        return int(self.note_next.shape[1])

    @property
    def num_pitches(self) -> int:
        """How many pitches there are."""
        return int(self.contexts.shape[2])

    @property
    def num_bytes(self) -> int:
        """What the arrays take [bytes]."""
        arrays = (self.note_next, self.moves, self.contexts, self.after, self.waiting)
        return sum(array.nbytes for array in arrays)


def build_tables(automaton: Automaton, lookahead: Messages | None = None) -> Tables:
    """Lay an automaton out as arrays.

    Parameters
    ----------
    automaton : Automaton
    lookahead : Messages, optional
        Of the same automaton, with a model that remembers at most one pitch.

    Returns
    -------
    tables : Tables

    Raises
    ------
    ParameterError
        If the arrays would be too large, or the look-ahead remembers more than one pitch.
    """
    grid, line = automaton.grid, automaton.line
    nodes, states = len(grid.bars), len(line.previous)
    if nodes * len(grid.durations) * states > _MOST_CELLS:
        raise ParameterError(
            f"{nodes} nodes with {states} states of the line are too many for the compiled loop: "
            f"give a smaller range, or fewer rules that remember something"
        )
    if lookahead is not None and lookahead.model.order != 1:
        raise ParameterError(
            f"order={lookahead.model.order} must be 1 to look ahead in a compiled loop"
        )
    after = _after(automaton, lookahead)
    contexts = _padded(np.stack(line.moves), states)
    note_next, rest_next = (_dead_last(table, nodes) for table in (grid.note_next, grid.rest_next))
    moves = np.maximum(_dead_last(line.move_of, 0), 0)
    waiting = _waiting(automaton, lookahead, note_next, rest_next, moves, contexts, after)
    begins_bar = np.array([*map(grid.begins_bar, range(nodes)), False])
    return Tables(
        note_next, rest_next, moves, contexts, after, waiting, begins_bar,
        _slots(automaton), grid.end,
    )  # fmt: skip


def _dead_last(table: np.ndarray, dead: int) -> np.ndarray:
    """Let DEAD be a row of its own, which leads to itself."""
    padded = np.vstack([np.where(table == DEAD, dead, table), np.full(table.shape[1], dead)])
    return padded.astype(np.int32)


def _padded(moves: np.ndarray, dead: int) -> np.ndarray:
    padded = np.full((moves.shape[0], moves.shape[1] + 1, moves.shape[2]), dead, np.int32)
    padded[:, :-1] = np.where(moves == DEAD, dead, moves)
    return padded


def _after(automaton: Automaton, lookahead: Messages | None) -> np.ndarray:
    if lookahead is None:
        values = automaton.alive[:, None, :].astype(np.float32)
        logs = np.where(values > 0, 0.0, FORBIDDEN_LOGIT)
    else:
        values = lookahead.log_messages()
        logs = np.where(np.isfinite(values), values, FORBIDDEN_LOGIT)
    padded = np.full(
        (logs.shape[0] + 1, logs.shape[1], logs.shape[2] + 1), FORBIDDEN_LOGIT, np.float32
    )
    padded[:-1, :, :-1] = logs
    return padded


def _waiting(
    automaton: Automaton,
    lookahead: Messages | None,
    note_next: np.ndarray,
    rest_next: np.ndarray,
    moves: np.ndarray,
    contexts: np.ndarray,
    after: np.ndarray,
) -> np.ndarray:
    """Add up the messages after all sounds of each duration."""
    nodes, columns = note_next.shape
    waiting = np.full((nodes, columns, after.shape[2]), FORBIDDEN_LOGIT, np.float32)
    pitches, rests = (0.0, 0.0) if lookahead is None else lookahead.log_sounds()
    known: dict[tuple[int, int, int, int], np.ndarray] = {}
    for node, column in np.argwhere(note_next + rest_next < 2 * nodes - 2).tolist():
        level = column + 1 if after.shape[1] > 1 else 0
        edge = int(note_next[node, column]), int(moves[node, column]), level
        key = (*edge, int(rest_next[node, column]))
        if key not in known:
            sounds = after[edge[0], level][contexts[edge[1]]][:-1] + pitches
            rest = after[key[3], level][:-1] + rests
            known[key] = np.logaddexp(_log_sum(sounds), rest)
        waiting[node, column, :-1] = known[key]
    if lookahead is None:
        waiting = np.where(waiting > FORBIDDEN_LOGIT / 2, 0.0, FORBIDDEN_LOGIT)
    return waiting.astype(np.float32)


def _log_sum(logs: np.ndarray) -> np.ndarray:
    largest = logs.max(axis=1)
    total: np.ndarray = largest + np.log(np.exp(logs - largest[:, None]).sum(axis=1))
    return total


def _slots(automaton: Automaton) -> np.ndarray:
    columns, pitches = len(automaton.duration_ids), len(automaton.pitch_ids)
    slots = np.full(len(automaton.vocabulary), 3 + columns + pitches, np.int32)
    slots[automaton.bar_id] = 0
    slots[automaton.duration_ids] = 1 + np.arange(columns)
    slots[automaton.pitch_ids] = 1 + columns + np.arange(pitches)
    slots[automaton.rest_id] = 1 + columns + pitches
    slots[automaton.vocabulary.id("Sequence_end")] = 2 + columns + pitches
    return slots


def start_state(tables: Tables, batch: int) -> BatchState:
    """Give the state of a batch at the beginning."""
    column = BAR_LINE if tables.begins_bar[0] else DURATION
    return (
        np.zeros(batch, np.int32),
        np.full(batch, column, np.int32),
        np.zeros(batch, np.int32),
    )


def log_weights(tables: Any, state: BatchState) -> Any:
    """Give what to add to the logits [shape=(B, V), float].

    Parameters
    ----------
    tables : Tables
        With numpy arrays, or tensors of the Keras backend.
    state : three arrays [shape=(B,), int]

    Returns
    -------
    log_weights : tensor [shape=(B, V), float32]
    """
    from keras import ops

    node, column, context = state
    waits = column >= 0
    at = ops.maximum(column, 0)
    note, rest = _pick(ops, tables.note_next, node, at), _pick(ops, tables.rest_next, node, at)
    level = at + 1 if tables.after.shape[1] > 1 else ops.zeros_like(at)
    moves = _pick(ops, tables.moves, node, at)
    reached = _rows(ops, tables.contexts, moves, context)
    sounds = _pick3(ops, tables.after, note[:, None], level[:, None], reached)
    rests = _pick3(ops, tables.after, rest, level, context)
    durations = _columns(ops, tables.waiting, node, context)
    never = ops.full_like(rests, FORBIDDEN_LOGIT)
    is_end = node == tables.end
    parts = [
        ops.where(ops.logical_and(column == BAR_LINE, ~is_end), 0.0, never)[:, None],
        ops.where(
            ops.logical_and(column == DURATION, ~is_end)[:, None], durations, FORBIDDEN_LOGIT
        ),
        ops.where(waits[:, None], sounds, FORBIDDEN_LOGIT),
        ops.where(waits, rests, never)[:, None],
        ops.where(is_end, 0.0, never)[:, None],
        never[:, None],
    ]
    return ops.take(ops.concatenate(parts, axis=1), tables.slot_of_token, axis=1)


def advance(tables: Any, state: BatchState, token_ids: Any) -> BatchState:
    """Give the state after one legal token for each sequence [shape=(B,), int]."""
    from keras import ops

    node, column, context = state
    slot = ops.take(tables.slot_of_token, token_ids)
    columns, pitches = tables.note_next.shape[1], tables.contexts.shape[2]
    waits = column >= 0
    at = ops.maximum(column, 0)
    place = ops.clip(slot - 1 - columns, 0, pitches - 1)
    is_rest = slot == 1 + columns + pitches
    moves = _pick(ops, tables.moves, node, at)
    moved = _pick3(ops, tables.contexts, moves, context, place)
    sounded = ops.where(
        is_rest, _pick(ops, tables.rest_next, node, at), _pick(ops, tables.note_next, node, at)
    )
    is_end = node == tables.end
    new_node = ops.where(ops.logical_and(waits, ~is_end), sounded, node)
    new_context = ops.where(
        ops.logical_and(waits, ~ops.logical_or(is_rest, is_end)), moved, context
    )
    at_bar = ops.take(tables.begins_bar, new_node)
    after_sound = ops.where(at_bar, BAR_LINE, DURATION)
    before_sound = ops.where(column == BAR_LINE, DURATION, slot - 1)
    new_column = ops.where(waits, after_sound, before_sound)
    return (
        ops.cast(new_node, "int32"),
        ops.cast(ops.where(is_end, DURATION, new_column), "int32"),
        ops.cast(new_context, "int32"),
    )


def _pick(ops: Any, table: Any, row: Any, column: Any) -> Any:
    """Look up ``table[row, column]`` for each sequence."""
    return ops.take(ops.reshape(table, (-1,)), row * table.shape[1] + column)


def _pick3(ops: Any, table: Any, first: Any, second: Any, third: Any) -> Any:
    index = (first * table.shape[1] + second) * table.shape[2] + third
    return ops.take(ops.reshape(table, (-1,)), index)


def _rows(ops: Any, table: Any, first: Any, second: Any) -> Any:
    """Look up ``table[first, second, :]`` for each sequence."""
    flat = ops.reshape(table, (-1, table.shape[2]))
    return ops.take(flat, first * table.shape[1] + second, axis=0)


def _columns(ops: Any, table: Any, first: Any, third: Any) -> Any:
    """Look up ``table[first, :, third]`` for each sequence."""
    columns = np.arange(table.shape[1], dtype=np.int32)[None, :]
    index = (first[:, None] * table.shape[1] + columns) * table.shape[2] + third[:, None]
    return ops.take(ops.reshape(table, (-1,)), index)
