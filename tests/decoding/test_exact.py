"""Exact sampling draws what the model believes, given the rules; greedy masking does not."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from melodyai_edu.constraints import compile_rules
from melodyai_edu.decoding import ExactSampler, Messages, Sampler, draw_piece, play
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.fixed_order import FixedOrderNGram
from melodyai_edu.tokens import VOCABULARY

DRAWS = 4000


def tunes(number=30):
    """Little tunes that often leave the tonic and seldom come back."""
    random = np.random.default_rng(0)
    pitches = (60, 62, 64, 65, 67)
    found = []
    for _ in range(number):
        tokens = ["Length_1"]
        for _ in range(4):
            tokens.append("Bar_line")
            for _ in range(3):
                pitch = random.choice(pitches, p=[0.1, 0.3, 0.3, 0.2, 0.1])
                tokens += ["Duration_24", f"Pitch_{pitch}"]
        found.append(VOCABULARY.ids(tokens))
    return found


INSTANCES = {
    "a cadence": (["range=C4-F4", "in_key", "durations=1/4", "end_on_tonic", "no_rests"], 1),
    "leaps": (["range=C4-G4", "in_key", "durations=1/4,1/2", "leaps_recovered=4", "no_rests"], 1),
    "one climax": (["range=C4-E4", "in_key", "durations=1/4,1/2", "one_climax", "no_rests"], 1),
    "a form": (
        ["range=C4-E4", "in_key", "durations=1/4,3/4", "form=AAB", "max_leap=2", "no_rests"],
        3,
    ),
}


def enumerated(automaton):
    """List every legal sequence of drawn tokens."""
    found = []

    def go_on(state, tokens):
        if automaton.is_end(state):
            found.append(tuple(tokens))
            return
        for token_id in np.flatnonzero(automaton.mask(state)).tolist():
            go_on(automaton.next(state, token_id), [*tokens, token_id])

    go_on(automaton.start(), [])
    return found


def chi_square(pieces, probabilities, drawn):
    """Give chi-square and its degrees of freedom; rare pieces are one class."""
    counts = Counter(drawn)
    assert set(counts) <= set(pieces), "an illegal piece was drawn"
    expected = len(drawn) * probabilities
    observed = np.array([counts[piece] for piece in pieces], float)
    is_frequent = expected >= 5
    expected = np.append(expected[is_frequent], expected[~is_frequent].sum())
    observed = np.append(observed[is_frequent], observed[~is_frequent].sum())
    kept = expected > 0
    return float(((observed - expected)[kept] ** 2 / expected[kept]).sum()), int(kept.sum()) - 1


def critical(degrees):
    """Give the 99.9% quantile of chi-square (Wilson & Hilferty 1931)."""
    return degrees * (1 - 2 / (9 * degrees) + 3.09 * (2 / (9 * degrees)) ** 0.5) ** 3


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", INSTANCES)
def test_drawn_and_enumerated_distributions_agree(name, order):
    rules, bars = INSTANCES[name]
    automaton = compile_rules(rules, length=bars, meter="3/4")
    sampler = ExactSampler(automaton, FixedOrderNGram(order).fit(tunes()))
    pieces = enumerated(automaton)
    assert len(pieces) > 5
    logs = np.array([sampler.log_probability_of(piece) for piece in pieces])
    total = np.logaddexp.reduce(logs)
    assert total == pytest.approx(sampler.log_probability)
    random = np.random.default_rng(order)
    drawn = [tuple(sampler.draw(random)) for _ in range(DRAWS)]
    found, degrees = chi_square(pieces, np.exp(logs - total), drawn)
    assert found < critical(max(degrees, 1))


class Asked:
    """A fixed-order model that composes note by note, as any other model does."""

    def __init__(self, model, automaton):
        self.model, self.automaton = model, automaton
        self.state, self.last, self.heard = automaton.start(), None, []

    def distribution(self):
        if self.state.column >= 0:
            return self.model.sounds(self.heard[-self.model.order :])
        grid = self.automaton.grid
        bar, position = int(grid.bars[self.state.node]), int(grid.positions[self.state.node])
        return self.model.durations(bar + 1, grid.setting.bars, position, self.last)

    def observe(self, token_id):
        if self.state.column >= 0 and token_id != self.automaton.rest_id:
            self.heard.append(token_id)
        elif token_id in self.automaton.duration_ids:
            self.last = token_id
        self.state = self.automaton.next(self.state, token_id)


def test_greedy_masking_does_not():
    rules, bars = INSTANCES["a cadence"]
    automaton = compile_rules(rules, length=bars, meter="3/4")
    model = FixedOrderNGram(1).fit(tunes())
    sampler = ExactSampler(automaton, model)
    pieces = enumerated(automaton)
    logs = np.array([sampler.log_probability_of(piece) for piece in pieces])
    probabilities = np.exp(logs - np.logaddexp.reduce(logs))
    random = np.random.default_rng(0)
    drawn = [
        tuple(draw_piece(Asked(model, automaton), automaton, Sampler(), random))
        for _ in range(DRAWS)
    ]
    found, degrees = chi_square(pieces, probabilities, drawn)
    assert found > 3 * critical(degrees)


def test_a_temperature_is_applied_to_the_model():
    automaton = compile_rules(["range=C4-D4", "durations=1/4", "no_rests"], meter="2/4", length=1)
    model = FixedOrderNGram(1).fit(tunes())
    tame, wild = (Messages(automaton, model, temperature) for temperature in (0.2, 5.0))
    assert tame.sound_probabilities(0).max() > wild.sound_probabilities(0).max()


def test_long_pieces_neither_overflow_nor_vanish():
    automaton = compile_rules(["in_key", "range=C4-C5", "end_on_tonic", "max_leap=7"], length=64)
    sampler = ExactSampler(automaton, FixedOrderNGram(1).fit(tunes()))
    assert np.isfinite(sampler.log_probability)
    drawn = sampler.draw(np.random.default_rng(0))
    assert automaton.is_end(automaton.follow(drawn))
    assert sum(token_id == automaton.bar_id for token_id in play(automaton, drawn)) == 64


def test_too_high_an_order_is_refused_with_the_memory_it_would_take():
    automaton = compile_rules([], length=128)
    with pytest.raises(ParameterError, match=r"order=3 needs .* GiB of messages"):
        Messages(automaton, FixedOrderNGram(3).fit(tunes()))


@pytest.mark.parametrize("order", [-1, 6])
def test_an_order_out_of_range_is_refused(order):
    with pytest.raises(ParameterError, match=f"order={order} must be from 0 to 5"):
        FixedOrderNGram(order)
