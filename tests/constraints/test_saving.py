from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu import constraints
from melodyai_edu.constraints import Rule, compile_rules
from melodyai_edu.constraints.saving import load_automaton, save_automaton
from melodyai_edu.errors import InputError, ParameterError

RULES = [
    "in_key",
    "max_leap=7",
    "form=ABA'",
    "one_climax",
    "leaps_recovered",
    "section_key=2 A major",
]


def walk(automaton, seed):
    random, state, drawn = np.random.default_rng(seed), automaton.start(), []
    while not automaton.is_end(state):
        drawn.append(int(random.choice(np.flatnonzero(automaton.mask(state)))))
        state = automaton.next(state, drawn[-1])
    return drawn


def test_a_saved_automaton_is_the_same(tmp_path):
    automaton = compile_rules(RULES, length=6, key="D major", meter="6/8")
    path = save_automaton(automaton, tmp_path / "rules.npz")
    loaded = load_automaton(path)
    assert loaded.rules == automaton.rules
    assert loaded.line.memories == automaton.line.memories
    assert loaded.grid.plan == automaton.grid.plan
    for seed in range(5):
        drawn = walk(automaton, seed)
        assert walk(loaded, seed) == drawn
    state = automaton.start()
    assert loaded.explain(state) == automaton.explain(state)


def test_a_rule_of_one_s_own_cannot_be_saved(tmp_path):
    class Mine(Rule):
        """Nothing is forbidden."""

        name = "mine"

    with pytest.raises(ParameterError, match="'mine' cannot be saved"):
        save_automaton(compile_rules([Mine()], length=1), tmp_path / "rules.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_a_damaged_file_is_one_typed_error(tmp_path, content):
    (tmp_path / "rules.npz").write_bytes(content)
    with pytest.raises(InputError, match="no saved automaton"):
        load_automaton(tmp_path / "rules.npz")
    with pytest.raises(InputError, match="no saved automaton"):
        load_automaton(tmp_path / "missing.npz")


def test_an_automaton_saves_itself(tmp_path):
    automaton = compile_rules(["in_key", "leaps_recovered"], length=2)
    path = automaton.save(tmp_path / "rules.npz")
    again = constraints.load_automaton(path)
    assert again.mask(again.start()).tolist() == automaton.mask(automaton.start()).tolist()
    assert constraints.save_automaton is save_automaton
