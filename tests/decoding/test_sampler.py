from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from melodyai_edu.decoding import Sampler
from melodyai_edu.errors import ParameterError

SIZE = 6
ALL = np.ones(SIZE, bool)


def draw(sampler, probabilities, mask=ALL, number=2000):
    random = np.random.default_rng(0)
    drawn = [sampler.sample(np.array(probabilities), mask, random) for _ in range(number)]
    return np.bincount(drawn, minlength=len(mask)) / number


@given(
    arrays(float, SIZE, elements=st.floats(0, 1)),
    arrays(bool, SIZE).filter(np.any),
    st.floats(0.05, 5),
    st.none() | st.integers(1, SIZE),
    st.none() | st.floats(0.01, 1),
    st.integers(0, 2**32),
)
def test_only_legal_tokens_are_drawn(probabilities, mask, temperature, top_k, top_p, seed):
    sampler = Sampler(temperature, top_k, top_p)
    assert mask[sampler.sample(probabilities, mask, np.random.default_rng(seed))]


def test_at_temperature_1_tokens_come_as_often_as_predicted():
    probabilities = np.array([0.5, 0.25, 0.15, 0.1, 0, 0])
    assert draw(Sampler(), probabilities) == pytest.approx(probabilities, abs=0.04)


def test_the_mask_shares_out_what_it_takes():
    mask = np.array([False, True, True, False, False, False])
    assert draw(Sampler(), [0.7, 0.2, 0.1, 0, 0, 0], mask)[1:3] == pytest.approx(
        [2 / 3, 1 / 3], abs=0.04
    )


def test_a_low_temperature_draws_the_likeliest():
    assert draw(Sampler(0.01), [0.3, 0.31, 0.1, 0.1, 0.1, 0.09])[1] > 0.9


def test_a_high_temperature_makes_all_alike():
    assert draw(Sampler(1000.0), [0.9, 0.02, 0.02, 0.02, 0.02, 0.02]).min() > 0.12


def test_top_k_and_top_p_leave_the_rest_out():
    probabilities = [0.4, 0.3, 0.2, 0.05, 0.03, 0.02]
    assert np.flatnonzero(draw(Sampler(top_k=2), probabilities)).tolist() == [0, 1]
    assert np.flatnonzero(draw(Sampler(top_p=0.8), probabilities)).tolist() == [0, 1, 2]


def test_the_same_seed_draws_the_same():
    assert draw(Sampler(), np.ones(SIZE)).tolist() == draw(Sampler(), np.ones(SIZE)).tolist()


def test_where_the_model_gives_nothing_all_legal_tokens_are_alike():
    mask = np.array([True, True, False, False, False, False])
    assert draw(Sampler(), np.zeros(SIZE), mask)[:2] == pytest.approx([0.5, 0.5], abs=0.05)


def test_a_mask_that_allows_nothing_is_refused():
    with pytest.raises(ParameterError, match="mask must allow at least one token"):
        Sampler().sample(np.ones(SIZE), ~ALL, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperature": 0}, "temperature=0 must be above 0"),
        ({"temperature": float("nan")}, "temperature=nan must be above 0"),
        ({"temperature": float("inf")}, "temperature=inf must be above 0"),
        ({"top_k": 0}, "top_k=0 must be a positive integer or None"),
        ({"top_p": 0}, "top_p=0 must be above 0 and at most 1"),
        ({"top_p": 1.1}, "top_p=1.1 must be above 0 and at most 1"),
    ],
)
def test_a_parameter_out_of_range_is_refused(arguments, message):
    with pytest.raises(ParameterError, match=message):
        Sampler(**arguments)
