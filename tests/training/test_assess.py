from __future__ import annotations

import json

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.statistics import STATISTICS
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.models.saved import ModelCard, save_model
from melodyai_edu.training.assess import assess

pytestmark = pytest.mark.xdist_group("keras")
SIZES = Sizes("transformer", hidden_dim=8, num_layers=1, num_heads=2)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "random"
    save_model(build(SIZES), ModelCard("melody", "tiny", SIZES), folder)
    return str(folder)


def test_a_report_says_what_random_weights_know(model, tmp_path):
    report = assess(
        tmp_path / "report", models=[model], data=["chorales"], tunes=6, pieces=4,
        has_progress=False,
    )  # fmt: skip
    bits = report["bits"]
    assert list(bits) == ["uniform", "n-gram", model]
    assert bits["n-gram"]["pitch"][0] < bits["uniform"]["pitch"][0] < bits[model]["pitch"][0] + 2
    for row in bits.values():
        for what in ("duration", "pitch", "note"):
            mean, low, high = row[what]
            assert low <= mean <= high
    assert report["writing"][model]["music"][0] == 0
    assert bits["n-gram"]["weights"] > 1000
    written = report["writing"]["n-gram"]
    assert written["music"][0] == 1
    assert set(written["statistics"]) == set(STATISTICS)
    for what in ("one-note loops", "windows copied", "longest copied run"):
        mean, low, high = written[what]
        assert low <= mean <= high
    for name in ("n-gram", model):
        hits, number, low, high = report["control"][name]["length"]
        assert number == 4
        assert low <= hits / number <= high
    assert report["control"]["n-gram"]["meter"][0] == 4  # its bars are given
    assert report["control"]["n-gram"]["genre"] == {}  # chorales alone: no genre to tell apart
    assert json.loads((tmp_path / "report" / "report.json").read_text()) == report
    text = (tmp_path / "report" / "report.md").read_text()
    assert "| real tunes |" in text
    assert (tmp_path / "report" / "bits.png").stat().st_size > 5000


@pytest.mark.slow
def test_genres_are_named_with_intervals(model, tmp_path):
    report = assess(
        tmp_path, models=[model], data=["oneill"], tunes=8, pieces=6, has_progress=False
    )
    shares = report["control"]["n-gram"]["genre"]["all"]
    hits, number, low, high = shares[0]
    assert 0 < number <= 6
    assert low <= hits / number <= high
    hits, number, low, high = shares[1]  # real tunes
    assert number > 50
    assert 0.5 < low < hits / number < high
    assert "| genre: " in (tmp_path / "report.md").read_text()


def test_a_rhythm_model_is_refused_before_any_tune_is_read(tmp_path):
    with pytest.raises(ParameterError, match="model='rhythm-tiny-lstm' writes rhythms"):
        assess(tmp_path, models=["rhythm-tiny-lstm"], data=["no corpus at all"])


def test_numbers_must_make_sense(tmp_path):
    with pytest.raises(ParameterError, match="pieces=1 must be at least 2"):
        assess(tmp_path, pieces=1)
    with pytest.raises(ParameterError, match="model='nobody' must be a folder"):
        assess(tmp_path, models=["nobody"], data=["chorales"], tunes=3, pieces=2,
               has_progress=False)  # fmt: skip
