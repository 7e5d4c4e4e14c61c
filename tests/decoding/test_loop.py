"""The compiled loop over our own networks: exact, compiled once, with guidance."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras", reason="Keras is an optional extra")

from melodyai_edu.constraints import compile_rules
from melodyai_edu.decoding import Sampler
from melodyai_edu.decoding.neural import NeuralSampler
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.neural import MelodyLSTM, MelodyTransformer
from melodyai_edu.tokens import VOCABULARY, Condition

END = VOCABULARY.id("Sequence_end")
CONDITION = Condition(genre="jig", bars=2)
PROMPT, OTHER = (np.array([c.token_ids]) for c in (CONDITION, CONDITION.without_style()))
LENGTH = 64


@pytest.fixture(scope="module")
def network():
    import keras

    keras.utils.set_random_seed(0)
    network = MelodyTransformer(1, 16, 2)
    for weight in network.trainable_variables:  # larger than at the start, so that tokens differ
        weight.assign(weight.value * 3)
    return network


@pytest.fixture(scope="module")
def automaton():
    return compile_rules(["in_key", "range=D4-D5"], length=2, key="G major", meter="3/4")


def draw(network, automaton, seeds, other=None, **options):
    sampler = NeuralSampler(network.next, automaton, max_length=LENGTH, **options)
    voices = len(seeds) * (1 if other is None else 2)
    cache = network.empty_cache(voices, LENGTH + PROMPT.shape[1])
    prompts = [None if p is None else np.repeat(p, len(seeds), axis=0) for p in (PROMPT, other)]
    return sampler.draw(prompts[0], cache, seeds, other_prompt=prompts[1])


@pytest.mark.parametrize("make", [MelodyTransformer, MelodyLSTM], ids=["transformer", "lstm"])
def test_a_step_with_the_cache_says_what_the_whole_sequence_says(make):
    network = make(2, 16, 4)
    token_ids = np.random.default_rng(0).integers(0, len(VOCABULARY), (3, 20))
    chord_ids = np.tile(np.arange(3)[:, None], (1, 20))
    inputs = {"token_ids": token_ids, "chord_ids": chord_ids}
    whole = np.asarray(network(inputs))
    cache = network.empty_cache(3, 24, chord_ids)
    for place in range(20):
        logits, cache = network.next(token_ids[:, place], cache, place)
        assert np.allclose(np.asarray(logits), whole[:, place], atol=1e-5)


def test_the_loop_hears_the_prompt_and_what_it_drew(network):
    sequences = draw(network, None, [1, 2, 3])
    for number in range(3):
        drawn = sequences.drawn(number, END)
        heard = np.array([[*PROMPT[0], *drawn]])
        logits = np.asarray(network({"token_ids": heard, "chord_ids": heard * 0}), np.float64)[0]
        chances = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        places = np.arange(len(drawn)) + PROMPT.shape[1] - 1
        expected = chances[places, drawn].sum()
        assert sequences.log_probability[number] == pytest.approx(expected, abs=1e-3)
    assert len({tuple(row) for row in sequences.token_ids.tolist()}) == 3


def test_rules_of_another_piece_and_another_temperature_compile_nothing_anew(network, automaton):
    traced = []

    def next(token_ids, cache, index):
        traced.append(index)
        return network.next(token_ids, cache, index)

    other = compile_rules(["max_leap=5", "end_on_tonic"], length=3, key="D minor", meter="4/4")
    cache = network.empty_cache(1, LENGTH + PROMPT.shape[1])
    counts = []
    for rules, temperature in ((automaton, 1.0), (other, 0.7)):
        sampler = NeuralSampler(next, rules, Sampler(temperature), max_length=LENGTH)
        drawn = sampler.draw(PROMPT, cache, [4]).drawn(0, END)
        assert rules.is_end(rules.follow(drawn))
        counts.append(len(traced))
    assert counts[0] == counts[1] > 0


def test_a_seed_gives_its_sequence_whatever_stands_beside_it(network, automaton):
    alone, together = draw(network, automaton, [5]), draw(network, automaton, [3, 4, 5])
    assert alone.drawn(0, END) == together.drawn(2, END)
    assert alone.log_probability[0] == pytest.approx(together.log_probability[2], abs=1e-3)


def test_new_weights_are_heard_by_the_compiled_loop(network, automaton):
    before = draw(network, automaton, [5]).log_probability
    table = network.embedding.tokens
    old = network.embedding.get_weights()[0]
    table.assign(old[::-1])
    after = draw(network, automaton, [5]).log_probability
    table.assign(old)
    assert before != after
    assert draw(network, automaton, [5]).log_probability == before


def test_guidance_of_one_is_the_model_itself(network, automaton):
    plain = draw(network, automaton, [5, 6])
    guided = draw(network, automaton, [5, 6], OTHER, guidance=1.0)
    assert (plain.token_ids == guided.token_ids).all()
    assert guided.log_probability == pytest.approx(plain.log_probability, abs=1e-3)


def test_guidance_of_zero_is_the_model_without_the_style(network):
    guided = draw(network, None, [5], OTHER, guidance=0.0)
    sampler = NeuralSampler(network.next, None, max_length=LENGTH)
    other = sampler.draw(OTHER, network.empty_cache(1, LENGTH + PROMPT.shape[1]), [5])
    assert (other.token_ids == guided.token_ids).all()


def test_guidance_moves_away_from_the_other_prompt_and_stays_legal(network, automaton):
    sequences = draw(network, automaton, range(8), OTHER, guidance=3.0)
    plain = draw(network, automaton, range(8))
    assert (sequences.token_ids != plain.token_ids).any()
    for number in range(8):
        assert automaton.is_end(automaton.follow(sequences.drawn(number, END)))


def test_guidance_needs_the_other_prompt(network):
    cache = network.empty_cache(1, 16)
    with pytest.raises(ParameterError, match=r"guidance=2.0 needs other_prompt"):
        NeuralSampler(network.next, None, guidance=2.0).draw(PROMPT, cache, [0])
    with pytest.raises(ParameterError, match=r"shape \(1, 2\)"):
        NeuralSampler(network.next, None).draw(PROMPT, cache, [0], other_prompt=OTHER[:, :2])
