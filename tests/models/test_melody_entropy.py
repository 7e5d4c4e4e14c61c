"""The benchmark's protocol, on the data that it names."""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.setenv("MELODYAI_PROFILE", "smoke")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import melody_entropy

    yield melody_entropy
    for name in ("melody_entropy", "entropy_data", "entropy_tuning"):
        sys.modules.pop(name, None)


def test_intervals_tell_the_pitches_that_they_lead_to(benchmark):
    alphabet = np.array([60, 62, 65])
    evidence = benchmark.gather_intervals([[0, 1, 2]], [[0, 1], [1]], alphabet)
    assert evidence.targets.tolist() == [0, 1, 1]
    # The corpus went up by 2 and by 3; from 60 that is to 62, and to 63, which is no pitch here.
    assert evidence.fixed[:, 0].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_search_finds_the_bottom(benchmark):
    found = benchmark.tune(
        lambda k: (k["order"] - 3) ** 2 + abs(np.log2(k["bias"]) + 2), {"order": 6, "bias": 1.0}
    )
    assert found["order"] == 3
    assert found["bias"] == pytest.approx(0.25)


def test_every_melody_is_tested_once(benchmark):
    folds = benchmark.split(213, seed=3)
    assert sorted(np.concatenate(folds)) == list(range(213))
    assert {len(fold) for fold in folds} == {21, 22}


def test_what_is_reported_was_never_trained_on(benchmark):
    seen = []
    folds = benchmark.split(40, seed=0)
    named = benchmark.Coded([[place] for place in range(40)], np.arange(40))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "INNER_FOLDS", 3)
        fold = benchmark.make_fold(
            named, folds, 4, lambda a, b: seen.append((a, b)) or benchmark.gather(a, b, 40)
        )
    *inner, (training, test) = [[{n for (n,) in side} for side in pair] for pair in seen]
    assert test == set(folds[4])
    assert training == set(range(40)) - test
    assert len(inner) == 3
    for fitted, held in inner:
        assert not (fitted | held) & test
        assert fitted | held == training
        assert not fitted & held
    assert fold.test == [[place] for place in folds[4]]


def test_order_2_by_hand(benchmark):
    # Corpus 0 1; method C: each is (1 + 2/2)/4 = 1/2. After 0 came 1: (1 + 1/2)/2.
    evidence = benchmark.gather([[0, 1]], [[0, 1]], 2)
    np.testing.assert_allclose(benchmark.order_2(evidence), [[0.5, 0.5], [0.25, 0.75]])


def test_evidence_is_taken_before_the_note_is_learned(benchmark):
    evidence = benchmark.gather([[1]], [[0, 0], [0]], 2)
    assert evidence.fixed[:, 0].tolist() == [[0, 1]] * 3
    assert evidence.known[:, 0].tolist() == [[0, 1], [1, 1], [2, 1]]
    assert evidence.heard[:, 0].tolist() == [[0, 0], [1, 0], [0, 0]]


def test_arrays_and_the_shipped_class_agree(benchmark):
    melodies = np.random.default_rng(0).integers(0, 4, (20, 12)).tolist()
    knobs = benchmark.ALL_KNOBS
    evidence = benchmark.gather(melodies[:15], melodies[15:], 4)
    fold = benchmark.Fold(evidence, evidence, melodies[:15], melodies[15:])
    probabilities = benchmark.published_scheme(evidence, knobs)
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1)
    np.testing.assert_allclose(benchmark.replay(fold, 4, knobs)[0], evidence.bits(probabilities))


def test_verdicts(benchmark):
    children = benchmark.SETS[0]
    assert benchmark.verdict("pitch", children, benchmark.BOTH, 2.061) == "met"
    assert benchmark.verdict("pitch", children, benchmark.BOTH, 2.062) == "MISSED"
    assert benchmark.verdict("pitch", children, benchmark.ORDER_2, 2.5) == "MISSED"
    assert benchmark.verdict("duration", children, benchmark.ORDER_2, 2.5) == ""


@pytest.mark.slow
def test_sets_are_the_measured_ones(benchmark):
    for name in benchmark.SETS:
        lines = benchmark.load_set(name)
        longer = [line for line in lines if len(line.pitches) != len(line.durations)]
        assert len(longer) == (0 if name == benchmark.SETS[0] else 2)


@pytest.mark.slow
def test_published_order_2_is_reproduced(benchmark):
    name = benchmark.SETS[0]
    coded = benchmark.code([line.pitches for line in benchmark.load_set(name)])
    folds = benchmark.split(len(coded.melodies), seed=0)
    bits = []
    for held, test in enumerate(folds):
        training = np.concatenate(folds[:held] + folds[held + 1 :])
        picked = [[coded.melodies[place] for place in places] for places in (training, test)]
        evidence = benchmark.gather(*picked, len(coded.alphabet))
        bits.append(evidence.bits(benchmark.order_2(evidence)))
    published = benchmark.PUBLISHED["pitch", name][benchmark.ORDER_2]
    assert np.concatenate(bits).mean() == pytest.approx(published, abs=0.05)
