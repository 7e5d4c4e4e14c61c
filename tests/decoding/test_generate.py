from __future__ import annotations

import numpy as np

from melodyai_edu.decoding import BarAutomaton, Sampler, generate
from melodyai_edu.tokens import VOCABULARY

LOW, HIGH = VOCABULARY.ids(["Pitch_60", "Pitch_67"])
QUARTERS = {(0, 24), (24, 24)}


class Uniform:
    """Holds all tokens alike, and remembers what it was told and asked."""

    def __init__(self, foreseen=None):
        self.heard, self.asked, self.foreseen = [], [], foreseen

    def distribution(self):
        return np.full(len(VOCABULARY), 1 / len(VOCABULARY))

    def foresee(self, token_ids, between, targets):
        self.asked.append((tuple(between), tuple(targets)))
        return np.array([float(token_id == self.foreseen) for token_id in token_ids])

    def observe(self, token_id):
        self.heard.append(token_id)


def compose(automaton, prediction, seed=0):
    random = np.random.default_rng(seed)
    return generate(prediction, automaton, automaton.start(), Sampler(), random)


def test_the_model_hears_every_token_and_the_end_is_reached():
    automaton, prediction = BarAutomaton(48, QUARTERS, [LOW, HIGH]), Uniform()
    token_ids, state = compose(automaton, prediction)
    assert prediction.heard == token_ids
    assert len(token_ids) == 4
    assert automaton.is_end(state)


def test_every_legal_piece_can_come():
    automaton = BarAutomaton(48, QUARTERS, [LOW, HIGH])
    pieces = {tuple(compose(automaton, Uniform(), seed)[0][1::2]) for seed in range(60)}
    assert pieces == {(LOW, LOW), (LOW, HIGH), (HIGH, LOW), (HIGH, HIGH)}


def test_the_same_seed_gives_the_same_tokens():
    automaton = BarAutomaton(48, QUARTERS, [LOW, HIGH])
    assert compose(automaton, Uniform(), 5) == compose(automaton, Uniform(), 5)


def test_the_last_token_is_chosen_to_lead_to_what_follows():
    following = (VOCABULARY.id("Bar_line"), HIGH)
    automaton = BarAutomaton(48, QUARTERS, [LOW, HIGH], following=following)
    for seed in range(20):
        prediction = Uniform(foreseen=LOW)
        token_ids, _ = compose(automaton, prediction, seed)
        assert token_ids[-1] == LOW
        assert prediction.asked == [(following[:1], (HIGH,))]


def test_where_only_one_token_is_legal_the_model_is_not_asked():
    class Silent(Uniform):
        def distribution(self):
            raise AssertionError("there was no choice")

    token_ids, _ = compose(BarAutomaton(48, QUARTERS, [LOW]), Silent())
    assert token_ids[1::2] == [LOW, LOW]
