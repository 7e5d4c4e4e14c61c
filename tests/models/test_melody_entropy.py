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
    published = benchmark.PUBLISHED[name, benchmark.ORDER_2]
    assert np.concatenate(bits).mean() == pytest.approx(published, abs=0.05)
