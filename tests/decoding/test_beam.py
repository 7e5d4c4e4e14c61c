from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.constraints import compile_rules
from melodyai_edu.decoding.beam import beam_piece
from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY


class Chain:
    """Prefers D after C; only E leads on to what it likes best."""

    WISHES = {  # noqa: RUF012 - a constant
        (): {"Pitch_62": 0.6, "Pitch_64": 0.4},
        ("Pitch_62",): {"Pitch_60": 0.5, "Pitch_62": 0.5},
        ("Pitch_64",): {"Pitch_60": 0.99, "Pitch_62": 0.01},
    }

    def __init__(self, heard=()):
        self.heard = heard

    def distribution(self):
        found = np.full(len(VOCABULARY), 1e-6)
        for token, chance in self.WISHES.get(self.heard[-1:], {}).items():
            found[VOCABULARY.id(token)] = chance
        found[VOCABULARY.id("Duration_48")] = 1.0
        return found

    def observe(self, token_id):
        token = VOCABULARY.token(token_id)
        if token.startswith("Pitch"):
            self.heard = (*self.heard, token)

    def copy(self):
        return Chain(self.heard)


def pitches(token_ids):
    return [t for t in map(VOCABULARY.token, token_ids) if t.startswith("Pitch")]


RULES = ["range=C4-E4", "in_key", "durations=1/2", "no_rests"]


def test_a_wide_beam_finds_what_a_narrow_one_misses():
    automaton = compile_rules(RULES, length=1)
    assert pitches(beam_piece(Chain(), automaton, 1))[0] == "Pitch_62"
    assert pitches(beam_piece(Chain(), automaton, 4)) == ["Pitch_64", "Pitch_60"]


def test_what_it_finds_is_legal():
    automaton = compile_rules([*RULES, "last_degree=2", "form=AA"], length=2)
    assert pitches(beam_piece(Chain(), automaton, 4)) == ["Pitch_62", "Pitch_62"] * 2


def test_a_beam_must_be_positive():
    with pytest.raises(ParameterError, match="num_beams=0 must be a positive integer"):
        beam_piece(Chain(), compile_rules(RULES, length=1), 0)
