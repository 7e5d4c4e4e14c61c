"""The compiled loop: the same masks as arrays, for a batch, with a cache."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras", reason="Keras is an optional extra")

from melodyai_edu.constraints import compile_rules
from melodyai_edu.constraints.automaton import State
from melodyai_edu.decoding import Messages, Sampler
from melodyai_edu.decoding.neural import NeuralSampler
from melodyai_edu.decoding.tables import advance, build_tables, log_weights, start_state
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.fixed_order import FixedOrderNGram
from melodyai_edu.tokens import VOCABULARY

RULES = ["in_key", "range=D4-D5", "max_leap=7", "leaps_recovered=4", "last_degree=1", "density=1-6"]
END = VOCABULARY.id("Sequence_end")


@pytest.fixture(scope="module")
def automaton():
    return compile_rules(RULES, length=4, key="G major", meter="3/4")


def chain(seed=0):
    """A model of random weights that remembers one token, with a cache that counts steps."""
    from keras import ops

    logits = np.random.default_rng(seed).normal(0, 2, (len(VOCABULARY),) * 2).astype("float32")
    logits[:, [0, *range(3, VOCABULARY.id("Duration_3"))]] = -30.0  # never padding or conditioning

    def next(token_ids, cache, index):
        return ops.take(ops.convert_to_tensor(logits), token_ids, axis=0), cache + 1

    return next


def draw(automaton, seeds, **options):
    sampler = NeuralSampler(chain(), automaton, max_length=160, **options)
    prompt = np.tile(VOCABULARY.ids(["Genre_jig", "Meter_3/4"]), (len(seeds), 1))
    return sampler.draw(prompt, np.zeros(len(seeds), np.float32), seeds)


def test_tables_say_what_the_automaton_says(automaton):
    tables, random = build_tables(automaton), np.random.default_rng(0)
    state, batch = automaton.start(), start_state(build_tables(automaton), 1)
    while not automaton.is_end(state):
        mask = automaton.mask(state)
        weights = np.asarray(log_weights(tables, batch))[0]
        assert ((weights > -1) == mask).all()
        token_id = int(random.choice(np.flatnonzero(mask)))
        state = automaton.next(state, token_id)
        batch = tuple(np.asarray(x) for x in advance(tables, batch, np.array([token_id])))
        assert State(*(int(x[0]) for x in batch))[:1] == state[:1]
    assert np.flatnonzero(np.asarray(log_weights(tables, batch))[0] > -1).tolist() == [END]


def test_every_sequence_is_legal_and_ends(automaton):
    sequences = draw(automaton, range(16))
    for number in range(16):
        drawn = sequences.drawn(number, END)
        assert automaton.is_end(automaton.follow(drawn))
    assert len({tuple(row) for row in sequences.token_ids.tolist()}) > 12


def test_a_seed_gives_its_sequence_whatever_stands_beside_it(automaton):
    alone, together = draw(automaton, [5]), draw(automaton, [3, 4, 5])
    assert alone.drawn(0, END) == together.drawn(2, END)


@pytest.mark.parametrize(
    "sampler", [Sampler(0.2), Sampler(3.0, top_k=2), Sampler(1.0, top_p=0.3)], ids=str
)
def test_temperature_top_k_and_top_p_stay_legal(automaton, sampler):
    sequences = draw(automaton, range(4), sampler=sampler)
    for number in range(4):
        assert automaton.is_end(automaton.follow(sequences.drawn(number, END)))


def test_top_k_of_one_is_greedy(automaton):
    sequences = draw(automaton, [1, 2], sampler=Sampler(top_k=1))
    assert sequences.drawn(0, END) == sequences.drawn(1, END)


def test_its_log_probability_is_the_model_s_own(automaton):
    sequences = draw(automaton, [7])
    model, tokens = chain(), sequences.drawn(0, END)
    before = [VOCABULARY.id("Meter_3/4"), *tokens[:-1]]
    logits = np.asarray(model(np.array(before), 0.0, 0)[0], np.float64)
    chances = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    expected = chances[np.arange(len(tokens)), tokens].sum()
    assert sequences.log_probability[0] == pytest.approx(expected, rel=1e-4)


def test_lookahead_is_legal_too_and_its_weights_choose(automaton):
    messages = Messages(automaton, FixedOrderNGram(1).fit([]))
    sequences = draw(automaton, range(12), lookahead=messages)
    for number in range(12):
        assert automaton.is_end(automaton.follow(sequences.drawn(number, END)))
    chosen = sequences.chosen(groups=3, seed=0)
    assert [number // 4 for number in chosen] == [0, 1, 2]


def test_weights_correct_the_bias_of_masks():
    """The mean weight is the probability that the model makes a legal piece."""
    rules = ["range=C4-E4", "in_key", "durations=1/4", "no_rests", "end_on_tonic"]
    automaton = compile_rules(rules, length=1, meter="3/4")
    seeds = range(3000)
    sequences = draw(automaton, seeds)
    drawn = [tuple(sequences.drawn(number, END)) for number in seeds]
    legal = {tokens: sequences.log_probability[n] for n, tokens in enumerate(drawn)}
    mass = np.logaddexp.reduce(np.array(list(legal.values())))
    mean = np.logaddexp.reduce(sequences.log_weight) - np.log(len(seeds))
    assert mean == pytest.approx(mass, abs=0.1)


def test_without_rules_the_model_goes_on_as_it_likes():
    sequences = draw(None, [1, 2])
    assert sequences.token_ids.shape == (2, 160)
    assert np.isfinite(sequences.log_probability).all()


def test_prompt_and_seeds_must_agree(automaton):
    sampler = NeuralSampler(chain(), automaton)
    with pytest.raises(ParameterError, match="2 rows for 1 seeds"):
        sampler.draw(np.zeros((2, 1), int), np.zeros(2), [1])


def test_look_ahead_of_a_higher_order_is_refused(automaton):
    with pytest.raises(ParameterError, match="order=2 must be 1"):
        build_tables(automaton, Messages(automaton, FixedOrderNGram(2).fit([])))


def test_the_cache_travels_beside_the_state(automaton):
    path = Path(__file__).parents[2] / "benchmarks" / "small_decoder.py"
    spec = importlib.util.spec_from_file_location("small_decoder", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.SmallDecoder(width=8, num_layers=2, num_heads=2, length=96)
    model.build(None)
    token_ids = np.array([[3, 60, 170, 61, 171]])
    whole = np.asarray(model(token_ids))[0]
    cache = model.empty_cache(1)
    for place in range(5):
        logits, cache = model.next(token_ids[:, place], cache, place)
        assert np.allclose(np.asarray(logits)[0], whole[place], atol=1e-4)
