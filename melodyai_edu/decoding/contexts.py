"""What an n-gram of a fixed order remembers, joined to the state of the line.

Conventions
-----------
A *context* is a state of the line with the latest pitches, as many as the model looks back at.

Contents
--------
Contexts, find_contexts
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from melodyai_edu.constraints import Automaton
from melodyai_edu.constraints.grid import DEAD

__all__ = ["Contexts", "find_contexts"]


@dataclass(frozen=True, eq=False)
class Contexts:
    """The state of the line together with the pitches that the model remembers.

    Parameters
    ----------
    line : np.ndarray [shape=(M,), int]
        State of the line.
    heard : tuple of tuples of int
        Token ids of the latest pitches, the newest last.
    moves : tuple of np.ndarray [shape=(M, P), int32]
        As `Line.moves`, from context to context.
    """

    line: np.ndarray
    heard: tuple[tuple[int, ...], ...]
    moves: tuple[np.ndarray, ...]


def find_contexts(automaton: Automaton, order: int) -> Contexts:
    """List every context that can be reached.

    Parameters
    ----------
    automaton : Automaton
    order : int
        How many pitches the model remembers.

    Returns
    -------
    contexts : Contexts
        The first is the beginning.
    """
    line = automaton.line
    size = len(line.pitches) + 1
    keep = size ** max(order - 1, 0)
    # A code holds the line's state and the pitches before the one that the state knows itself.
    found = frontier = np.zeros(1, np.int64)
    while len(frontier):
        reached = [_codes_after(frontier, move, line.previous, size, keep) for move in line.moves]
        codes = np.unique(np.concatenate([r.ravel() for r in reached]))
        frontier = np.setdiff1d(codes[codes >= 0], found, assume_unique=True)
        found = np.union1d(found, frontier)
    moves = []
    for move in line.moves:
        codes = _codes_after(found, move, line.previous, size, keep)
        moves.append(np.where(codes < 0, DEAD, np.searchsorted(found, codes)).astype(np.int32))
    states = found // keep
    newest = line.previous[states] + 1
    digits = [(found // size**place) % size for place in range(max(order - 1, 0))][::-1]
    columns = (
        np.stack([*digits, newest], axis=1)[:, -order:] if order else np.zeros((len(found), 0))
    )
    ids = [0, *automaton.pitch_ids.tolist()]
    heard = tuple(tuple(ids[d] for d in row if d) for row in columns.astype(int).tolist())
    return Contexts(states.astype(np.int32), heard, tuple(moves))


def _codes_after(
    codes: np.ndarray, move: np.ndarray, previous: np.ndarray, size: int, keep: int
) -> np.ndarray:
    states = codes // keep
    after = move[states].astype(np.int64)
    remembered = (codes % keep) * size + previous[states] + 1
    return np.where(after == DEAD, -1, after * keep + (remembered % keep)[:, None])
