"""An automaton as plain arrays, so that a compiled loop can mask with look-ups.

Conventions
-----------
A batch has B sequences; its state is three arrays of whole numbers [shape=(B,)], as in `State`.
What is added to the logits is 0 for a legal token and minus infinity for any other; with
look-ahead, the logarithm of the message instead.

Arrays are padded to a few sizes: every duration and pitch of the vocabulary has a column, used or
not, and the number of rows is rounded up generously. So a loop that was compiled for one piece
serves the next.

Contents
--------
Tables, build_tables, start_state, look_up, log_weights, advance
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.constraints import Automaton
from melodyai_edu.constraints.automaton import BAR_LINE, DURATION
from melodyai_edu.constraints.grid import DEAD
from melodyai_edu.decoding.exact import Messages
from melodyai_edu.errors import ParameterError

__all__ = ["Tables", "advance", "build_tables", "log_weights", "look_up", "start_state"]

#: What is added to the logit of an illegal token: as good as minus infinity, and safe to add up.
FORBIDDEN_LOGIT = -1e9

#: No more cells than these in one array.
_MOST_CELLS = 200_000_000

#: Arrays have at least so many rows: enough for 32 bars under usual rules.
_FEWEST_ROWS = 1024

BatchState = tuple[Any, Any, Any]


class Tables(NamedTuple):
    """Look-up tables of one automaton, each as rows to be taken by one index.

    Rows behind those that are counted here are padding.

    Parameters
    ----------
    edges : array [shape=((N + 1) * D, 3), int32]
        The node after a note and after a rest, and the move, on each edge; a node that is dead is
        number N.
    contexts : array [shape=(K * (M + 1), P), int32]
        The context after each pitch, for each move and context; a dead one is number M.
    after : array [shape=((N + 1) * L * (M + 1),), float32]
        The logarithm of the message at a node; L is 1, or D + 1 with look-ahead.
    waiting : array [shape=((N + 1) * (M + 1), D), float32]
        The same, where each duration waits for its sound.
    first_column : array [shape=(N + 1,), int32]
        What comes first at a node: a bar line or a duration.
    slot_of_token : array [shape=(V,), int32]
        Where each token stands among: bar line, D durations, P pitches, rest, end, nothing.
    num_contexts : array [shape=(), int32]
        M + 1.
    end : array [shape=(), int32]
        The node where the piece is complete.
    """

    edges: Any
    contexts: Any
    after: Any
    waiting: Any
    first_column: Any
    slot_of_token: Any
    num_contexts: Any
    end: Any

    @property
    def num_durations(self) -> int:
        """D."""
        return int(self.waiting.shape[1])

    @property
    def num_pitches(self) -> int:
        """P."""
        return int(self.contexts.shape[1])

    @property
    def num_levels(self) -> int:
        """L."""
        return int(self.after.shape[0] // self.waiting.shape[0])

    @property
    def num_bytes(self) -> int:
        """What the arrays take [bytes]."""
        arrays = (self.edges, self.contexts, self.after, self.waiting)
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
    columns, pitches = _most_columns(automaton)
    edges = _wide(np.stack([note_next, rest_next, moves], axis=-1), columns, 1, 0)
    after = after if after.shape[1] == 1 else _wide(after, columns + 1, 1, FORBIDDEN_LOGIT)
    rows = _generous((nodes + 1) * (states + 1), 64 * _FEWEST_ROWS)
    return Tables(
        edges=_long(edges.reshape(-1, 3), _generous(nodes + 1) * columns),
        contexts=_long(_wide(contexts, pitches, 2, states).reshape(-1, pitches)),
        after=_long(after.reshape(-1), rows * after.shape[1]),
        waiting=_long(_wide(waiting.transpose(0, 2, 1), columns, 2).reshape(-1, columns), rows),
        first_column=_long(np.where(begins_bar, BAR_LINE, DURATION).astype(np.int32)),
        slot_of_token=_slots(automaton),
        num_contexts=np.array(states + 1, np.int32),
        end=np.array(grid.end, np.int32),
    )


def _most_columns(automaton: Automaton) -> tuple[int, int]:
    """Give how many durations and pitches the vocabulary has."""
    vocabulary = automaton.vocabulary
    return len(vocabulary.ids_of("Duration")), len(vocabulary.ids_of("Pitch")) - 1


def _generous(rows: int, least: int = _FEWEST_ROWS) -> int:
    """Round up to a power of four; beyond a million to a power of two."""
    bits = (max(rows, least) - 1).bit_length()
    return 1 << (bits if bits > 20 else bits + bits % 2)


def _wide(array: np.ndarray, size: int, axis: int, value: float = FORBIDDEN_LOGIT) -> np.ndarray:
    """Pad an axis to its size."""
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, size - array.shape[axis])
    return np.pad(array, widths, constant_values=value)


def _long(array: np.ndarray, rows: int | None = None) -> np.ndarray:
    """Pad with rows of zeros, which no index reaches."""
    return _wide(array, rows or _generous(len(array)), 0, 0)


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
    columns, pitches = _most_columns(automaton)
    slots = np.full(len(automaton.vocabulary), 3 + columns + pitches, np.int32)
    slots[automaton.bar_id] = 0
    slots[automaton.duration_ids] = 1 + np.arange(len(automaton.duration_ids))
    slots[automaton.pitch_ids] = 1 + columns + np.arange(len(automaton.pitch_ids))
    slots[automaton.rest_id] = 1 + columns + pitches
    slots[automaton.vocabulary.id("Sequence_end")] = 2 + columns + pitches
    return slots


def start_state(tables: Tables, batch: int) -> BatchState:
    """Give the state of a batch at the beginning."""
    return (
        np.zeros(batch, np.int32),
        np.full(batch, int(tables.first_column[0]), np.int32),
        np.zeros(batch, np.int32),
    )


def look_up(tables: Tables, state: BatchState) -> tuple[Any, Any]:
    """Give the edge and the contexts that a waiting duration leads to, for each sequence.

    Parameters
    ----------
    tables : Tables
        With numpy arrays, or tensors of the Keras backend.
    state : three arrays [shape=(B,), int]

    Returns
    -------
    edge : tensor [shape=(B, 3), int32]
    reached : tensor [shape=(B, P), int32]
        Without meaning where no duration waits.
    """
    from keras import ops

    node, column, context = state
    edge = ops.take(tables.edges, node * tables.num_durations + ops.maximum(column, 0), axis=0)
    reached = ops.take(tables.contexts, edge[:, 2] * tables.num_contexts + context, axis=0)
    return edge, reached


def log_weights(tables: Tables, state: BatchState, seen: tuple[Any, Any] | None = None) -> Any:
    """Give what to add to the logits [shape=(B, V), float].

    Parameters
    ----------
    tables : Tables
    state : three arrays [shape=(B,), int]
    seen : pair of tensors, optional
        What `look_up` gives.

    Returns
    -------
    log_weights : tensor [shape=(B, V), float32]
    """
    from keras import ops

    node, column, context = state
    edge, reached = look_up(tables, state) if seen is None else seen
    base = edge[:, :2] * (tables.num_levels * tables.num_contexts)
    if tables.num_levels > 1:  # the message depends on the duration that goes before
        base = base + (ops.maximum(column + 1, 0) * tables.num_contexts)[:, None]
    # All sounds at once: the pitches, and the rest, which leaves the context as it is.
    index = ops.concatenate([base[:, :1] + reached, base[:, 1:] + context[:, None]], axis=1)
    sounds = ops.take(tables.after, index)
    durations = ops.take(tables.waiting, node * tables.num_contexts + context, axis=0)
    is_end = node == tables.end
    kind = ops.where(is_end, 3, ops.where(column >= 0, 2, column - BAR_LINE))[:, None]
    closed = ops.full_like(sounds[:, :1], FORBIDDEN_LOGIT)
    parts = [
        ops.where(kind == 0, 0.0, closed),
        ops.where(kind == 1, durations, FORBIDDEN_LOGIT),
        ops.where(kind == 2, sounds, FORBIDDEN_LOGIT),
        ops.where(kind == 3, 0.0, closed),
        closed,
    ]
    return ops.take(ops.concatenate(parts, axis=1), tables.slot_of_token, axis=1)


def advance(
    tables: Tables, state: BatchState, token_ids: Any, seen: tuple[Any, Any] | None = None
) -> BatchState:
    """Give the state after one legal token for each sequence [shape=(B,), int]."""
    from keras import ops

    node, column, context = state
    edge, reached = look_up(tables, state) if seen is None else seen
    slot = ops.take(tables.slot_of_token, token_ids)
    first_pitch = 1 + tables.num_durations
    sounds = ops.logical_and(column >= 0, node != tables.end)
    is_rest = slot == first_pitch + tables.num_pitches
    place = ops.clip(slot - first_pitch, 0, tables.num_pitches - 1)
    moved = ops.take_along_axis(reached, place[:, None], axis=1)[:, 0]
    after = ops.where(sounds, ops.where(is_rest, edge[:, 1], edge[:, 0]), node)
    heard = ops.where(ops.logical_and(sounds, ops.logical_not(is_rest)), moved, context)
    waits = ops.where(column == BAR_LINE, DURATION, slot - 1)
    following = ops.where(sounds, ops.take(tables.first_column, after), waits)
    following = ops.where(node == tables.end, DURATION, following)
    return ops.cast(after, "int32"), ops.cast(following, "int32"), ops.cast(heard, "int32")
