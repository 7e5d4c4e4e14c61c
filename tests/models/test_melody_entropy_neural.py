"""The networks' benchmark: nothing of the future is heard, and nothing of a hidden fold counted."""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.setenv("MELODYAI_PROFILE", "smoke")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    import melody_entropy_neural

    yield melody_entropy_neural
    for name in set(sys.modules) - before:
        if name.startswith(("neural_", "melody_entropy", "entropy_")):
            del sys.modules[name]


@pytest.fixture
def melodies():
    rng = np.random.default_rng(5)
    steps = rng.choice([-2, -1, 0, 1, 2, 4], (20, 15))
    return [np.clip(67 + np.cumsum(row), 60, 74).tolist() for row in steps]


@pytest.fixture
def material(benchmark, melodies, monkeypatch):
    import neural_folds

    lines = [neural_folds.load_set.__globals__["Line"](melody, []) for melody in melodies]
    monkeypatch.setattr(neural_folds, "load_set", lambda _: lines)
    return neural_folds.load_material("a set", benchmark.split(20, 0))


def test_what_is_heard_is_the_past(benchmark, melodies):
    from neural_features import hear

    melody = melodies[0]
    other = melody[:9] + [pitch - 12 for pitch in melody[9:]]
    for known, same in zip(hear(melody)[:-1], hear(other)[:-1], strict=True):
        np.testing.assert_array_equal(known[:10], same[:10])
    assert (hear(melody).targets[:9] == hear(other).targets[:9]).all()
    assert hear(melody).targets[9] != hear(other).targets[9]


def test_short_views_predict_what_followed_before(benchmark):
    from neural_features import REACH, hear

    heard = hear([60, 64, 67, 60, 64])
    # After 60 and +4 came +3; the bold voices say so, of steps and of pitches.
    said = np.exp(heard.voices.astype(float)).sum(axis=1)
    np.testing.assert_allclose(said, 1, atol=0.02)
    assert (hear([60, 64, 67, 60, 64, 67]).voices[5].argmax(axis=0)[[2, 5]] == REACH + 3).all()


def test_counts_are_those_of_the_n_gram(benchmark, melodies, material):
    from entropy_data import code
    from entropy_tuning import MAX_ORDER, gather
    from neural_experts import known

    folds, notes, coded = benchmark.split(20, 0), material.notes, code(melodies)
    training, test = (
        [coded.melodies[place] for place in places]
        for places in (np.concatenate(folds[1:]), folds[0])
    )
    evidence = gather(training, test, len(coded.alphabet))
    counts = known(notes.by_pitch, notes.rows([0]), {0})
    np.testing.assert_array_equal(counts[:, : MAX_ORDER + 1], evidence.known)


def test_hidden_folds_change_nothing(benchmark, material):
    notes = material.notes
    rows = notes.rows([3])
    seen = material.inputs(rows, (7,), with_long=True)
    notes.by_pitch[:, 7] = 9
    notes.by_step[:, 7] = 9
    again = material.inputs(rows, (7,), with_long=True)
    np.testing.assert_array_equal(seen.long, again.long)
    changed = material.inputs(rows, (8,), with_long=True)
    assert (changed.long != seen.long).any()


def test_slopes_are_those_of_the_cost(benchmark, material):
    from neural_mixer import Network, Sizes

    inputs = material.inputs(material.notes.rows([1])[:6], (), with_long=True)
    network = Network(Sizes(8, long_voices=benchmark.LONG_VOICES), seed=1)
    network.weights = {name: value.astype(float) for name, value in network.weights.items()}
    places = np.arange(len(inputs.targets)), inputs.targets

    def cost():
        return -np.log(network.distribution(inputs)[places]).sum()

    _, kept = network.forward(inputs)
    slope = network.distribution(inputs)
    slope[places] -= 1
    for name, slopes in network.backward(inputs, slope, kept).items():
        place = np.unravel_index(np.abs(slopes).argmax(), slopes.shape)
        weight, before = network.weights[name], network.weights[name][place]
        costs = []
        for moved in (1e-4, -1e-4):
            weight[place] = before + moved
            costs.append(cost())
        weight[place] = before
        assert (costs[0] - costs[1]) / 2e-4 == pytest.approx(slopes[place], rel=1e-3), name


def test_probabilities_of_the_alphabet_sum_to_one(benchmark, material):
    from neural_folds import Plan, run_network
    from neural_mixer import Network, Sizes

    sizes = Sizes(8, long_voices=benchmark.LONG_VOICES)
    inputs = material.inputs(material.notes.rows([0]), (0,), with_long=True)
    said = Network(sizes).distribution(inputs)
    np.testing.assert_allclose(said.sum(axis=1), 1)
    assert said[inputs.mask < 0].max() == 0
    outcome = run_network(material, Plan(sizes, 3, 1e-2, 32, average=0.5), (0, 1), 3, None)
    assert outcome.valid[1].shape == (4, (material.notes.fold == 1).sum())
    assert np.log(outcome.valid[1][3]).mean() > np.log(outcome.valid[1][0]).mean()


def test_paired_test_counts_sign_patterns(benchmark):
    ours, theirs = (
        benchmark.Measured([np.array([value]) for value in values])
        for values in ([1.0, 1.0, 1.0], [2.0, 2.5, 3.0])
    )
    assert benchmark.paired_test(ours, theirs) == (-1.5, 0.25)
