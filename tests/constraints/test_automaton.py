from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.constraints import compile_rules
from melodyai_edu.constraints.saving import load_automaton, save_automaton

RULES = ["in_key", "form=AABA", "leaps_recovered", "max_leap=9"]


def arrays_of(automaton):
    grid, line = automaton.grid, automaton.line
    yield from (automaton.alive, automaton.pitch_ids, automaton.duration_ids)
    yield from (grid.bars, grid.positions, grid.note_next, grid.rest_next)
    yield from (line.previous, line.move_of, line.can_end, *line.moves, *line.exits.values())


def test_nobody_can_change_an_automaton(tmp_path):
    automaton = compile_rules(RULES)
    saved = load_automaton(save_automaton(automaton, tmp_path / "rules.npz"))
    for one in (automaton, saved):
        for array in arrays_of(one):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
    assert compile_rules(RULES) is automaton  # it is remembered, unharmed


def test_a_mask_is_the_caller_s_own():
    automaton = compile_rules(RULES)
    state = automaton.follow([automaton.bar_id])
    mask = automaton.mask(state)
    mask[:] = False
    assert automaton.mask(state).any()
    assert automaton.legal_durations(state).any()


def test_a_held_bar_has_one_rhythm():
    automaton = compile_rules(["in_key"], length=2)
    state = automaton.follow([automaton.bar_id])
    half = int(automaton.duration_ids[automaton.grid.durations.index(48)])
    held = automaton.with_rhythm(state, [(half, False), (half, True)])
    assert np.flatnonzero(held.mask(state)).tolist() == [half]
    assert not held.mask(held.next(state, half))[automaton.rest_id]
