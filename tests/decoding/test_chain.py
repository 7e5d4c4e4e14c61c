"""Chains: against every path written out, and against a count of draws."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from melodyai_edu.decoding.chain import Chain
from melodyai_edu.errors import ParameterError


def random_chain(seed, places=4, states=3, temperature=1.0, forbidden=0.2):
    random = np.random.default_rng(seed)

    def logs(*shape):
        values = random.normal(size=shape)
        return np.where(random.random(shape) < forbidden, -np.inf, values)

    return Chain(
        logs(places, states), [logs(states, states) for _ in range(places - 1)], temperature
    )


def written_out(chain):
    """Give the weight of every path."""
    states = range(chain.weights.shape[1])
    return {
        path: sum(chain.weights[n, s] for n, s in enumerate(path))
        + sum(chain.moves[n][path[n], path[n + 1]] for n in range(len(path) - 1))
        for path in product(states, repeat=len(chain))
    }


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_all_paths_written_out(seed, temperature):
    chain = random_chain(seed, temperature=temperature)
    paths = written_out(chain)
    total = sum(np.exp(weight) for weight in paths.values())
    if total == 0:
        assert chain.dead_end is not None
        return
    assert np.isclose(np.exp(chain.log_total), total)
    for path, weight in paths.items():
        assert np.isclose(np.exp(chain.log_probability(path)), np.exp(weight) / total)
    best = chain.best()
    assert np.isclose(paths[best], max(paths.values()))
    marginals, moves = chain.marginals(), chain.expected_moves()
    for place, state in product(range(len(chain)), range(3)):
        share = sum(np.exp(w) for p, w in paths.items() if p[place] == state) / total
        assert np.isclose(marginals[place, state], share)
    assert np.allclose(moves.sum(axis=2), marginals[:-1])
    assert np.allclose(moves.sum(axis=1), marginals[1:])


def test_draws_have_the_paths_probabilities():
    chain = random_chain(3)
    random = np.random.default_rng(0)
    drawn = Counter(chain.draw(random) for _ in range(4000))
    for path, count in drawn.items():
        share = np.exp(chain.log_probability(path))
        assert share > 0
        assert abs(count / 4000 - share) < 5 * np.sqrt(share / 4000)


def test_one_place():
    chain = Chain(np.log([[0.25, 0.75]]), [])
    assert chain.best() == (1,)
    assert chain.expected_moves().shape == (0, 2, 2)


def test_what_cannot_be():
    closed = Chain(np.zeros((3, 2)), [np.zeros((2, 2)), np.full((2, 2), -np.inf)])
    assert closed.dead_end == 2
    with pytest.raises(ParameterError, match="no path leads past place 2"):
        closed.draw(np.random.default_rng(0))
    with pytest.raises(ParameterError, match="temperature=0 must be above 0"):
        Chain(np.zeros((1, 2)), [], 0)
    with pytest.raises(ParameterError, match="1 tables of moves must be"):
        Chain(np.zeros((3, 2)), [np.zeros((2, 2))])
