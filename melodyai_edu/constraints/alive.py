"""From where a piece can still be finished.

Conventions
-----------
Nodes are those of the grid, states those of the line; both automata are asked at once, backwards
from the end.

Contents
--------
find_alive
"""

from __future__ import annotations

import numpy as np

from melodyai_edu.constraints.grid import DEAD, Grid
from melodyai_edu.constraints.line import Line

__all__ = ["find_alive"]


def find_alive(grid: Grid, line: Line) -> np.ndarray:
    """Work out backwards from where the piece can be finished.

    Parameters
    ----------
    grid : Grid
    line : Line

    Returns
    -------
    alive : np.ndarray [shape=(N, Q), bool]
    """
    num_states = len(line.previous)
    # One more state that is never alive: where an illegal move leads (DEAD is the last index).
    alive = np.zeros((len(grid.bars), num_states + 1), bool)
    alive[grid.end, :-1] = line.can_end
    alive[grid.end, :-1] &= _exit(grid, line, grid.end)
    known: dict[tuple[int, int], np.ndarray] = {}
    for node in range(grid.end - 1, -1, -1):
        living = np.zeros(num_states, bool)
        for column in np.flatnonzero(grid.note_next[node] != DEAD):
            edge = int(grid.note_next[node, column]), int(line.move_of[node, column])
            if edge not in known:
                known[edge] = alive[edge[0]][line.moves[edge[1]]].any(axis=1)
            living |= known[edge]
        for column in np.flatnonzero(grid.rest_next[node] != DEAD):
            living |= alive[grid.rest_next[node, column], :-1]
        alive[node, :-1] = living & _exit(grid, line, node)
    return alive[:, :-1]


def _exit(grid: Grid, line: Line, node: int) -> np.ndarray:
    """Say which states may leave the bar before a node, if one begins there [shape=(Q,), bool]."""
    everything = np.ones(len(line.previous), bool)
    if node and (node == grid.end or grid.begins_bar(node)):
        return line.exits.get(int(grid.bars[node - 1]), everything)
    return everything
