from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.intervals import bootstrap, sign_flip, wilson


def test_wilson_as_in_the_books():
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263, 15 of 148."""
    assert [round(b, 4) for b in wilson(81, 263)] == [0.2553, 0.3662]
    assert [round(b, 4) for b in wilson(15, 148)] == [0.0624, 0.1605]
    assert wilson(0, 20)[0] == pytest.approx(0, abs=1e-12)
    assert wilson(20, 20)[1] == pytest.approx(1)


@given(st.integers(0, 300), st.integers(1, 300))
def test_wilson_holds_the_share(successes, trials):
    if successes > trials:
        with pytest.raises(ParameterError, match="no more successes than trials"):
            wilson(successes, trials)
        return
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1


def test_a_bootstrap_covers_the_truth_about_as_often_as_it_says():
    random, hits = np.random.default_rng(1), 0
    for _ in range(200):
        _, low, high = bootstrap(random.normal(3, 1, 40), rounds=300)
        hits += low <= 3 <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_notes_count_by_tune():
    mean, low, high = bootstrap([10, 30], [10, 10])
    assert (mean, low, high) == (2, 1, 3)
    assert bootstrap([1.0] * 5) == (1, 1, 1)
    assert bootstrap([1, 2, 3], seed=4) == bootstrap([1, 2, 3], seed=4)


@pytest.mark.parametrize(("totals", "counts"), [([], None), ([1, 2], [1])])
def test_nothing_to_resample(totals, counts):
    with pytest.raises(ParameterError, match="must be alike and not empty"):
        bootstrap(totals, counts)


def test_a_sign_flip_knows_all_sixteen_ways():
    """Of the 16 signs of four equal differences, two are as extreme."""
    assert sign_flip([1, 1, 1, 1], [0, 0, 0, 0]) == pytest.approx(2 / 16, abs=0.01)
    assert sign_flip([1, 2, 3], [1, 2, 3]) == 1
    with pytest.raises(ParameterError, match="at least 1 pair"):
        sign_flip([], [])


def test_chance_alone_is_rarely_significant():
    random = np.random.default_rng(2)
    values = [
        sign_flip(random.normal(size=20), random.normal(size=20), rounds=199) for _ in range(200)
    ]
    assert np.mean(np.array(values) < 0.05) < 0.12


def test_pairs_must_be_pairs():
    with pytest.raises(ParameterError, match="equally long"):
        sign_flip([1.0], [1.0, 2.0])
    with pytest.raises(ParameterError, match="must be finite"):
        sign_flip([1.0, np.nan], [1.0, 2.0])


@pytest.mark.parametrize(("totals", "counts"), [([1, 2], [1, 0]), ([1, np.nan], None)])
def test_a_tune_without_notes_is_no_tune(totals, counts):
    with pytest.raises(ParameterError, match="leave out tunes without a note"):
        bootstrap(totals, counts)
