"""The two models of the first design, on real tunes."""

from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.io.corpus_csv import read_melody_sequences, write_csv
from melodyai_edu.training.original import (
    regression_faults,
    train_complex_deep_melody_generation_model,
    train_complex_melody_generation_model,
)

pytestmark = pytest.mark.xdist_group("keras")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    file = tmp_path_factory.mktemp("csv") / "jigs.csv"
    write_csv(load("oneill").filter(genre="jig")[:40], file)
    return file


@pytest.fixture(scope="module")
def before_and_after(table):
    melodies = read_melody_sequences(table)[:10]
    rows = [(m[i : i + 16], m[i + 16]) for m in melodies for i in range(0, len(m) - 16, 3)]
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


def test_dense_layers_answer_with_a_number(table, before_and_after):
    model = train_complex_melody_generation_model(table, epochs=3)
    before, came = before_and_after
    said = model.predict(before, verbose=0)
    assert said.shape == (len(before), 1)
    losses = model.history.history["loss"]
    assert losses[-1] < losses[0]
    faults = regression_faults(said, came)
    assert faults.exact < 0.3  # it misses most notes: that is the lesson
    assert faults.between > 0.3
    assert model.loss == "mean_squared_error"


def test_lstms_answer_with_probabilities(table, before_and_after):
    model = train_complex_deep_melody_generation_model(table, epochs=3)
    chances = model.predict(before_and_after[0], verbose=0)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-4)
    assert chances.shape[1] == 128
    losses = model.history.history["loss"]
    assert losses[-1] < losses[0] < np.log(128)
    names = [type(layer).__name__ for layer in model.layers]
    assert names == ["Embedding", "LSTM", "LSTM", "Dense"]


def test_the_same_seed_is_the_same_model(table, before_and_after):
    one, same = (train_complex_melody_generation_model(table, epochs=1, seed=4) for _ in range(2))
    before, _ = before_and_after
    np.testing.assert_array_equal(one.predict(before, verbose=0), same.predict(before, verbose=0))


def test_what_cannot_be_trained_on(tmp_path, table):
    (tmp_path / "one.csv").write_text("melody_sequence\n60 62\n")
    with pytest.raises(InputError, match="must have at least two melodies"):
        train_complex_melody_generation_model(tmp_path / "one.csv")
    with pytest.raises(ParameterError, match="epochs=0 must be a positive integer"):
        train_complex_deep_melody_generation_model(table, epochs=0)
    with pytest.raises(ParameterError, match=r"context=2\.5 must be"):
        train_complex_melody_generation_model(table, context=2.5)


def test_faults_are_counted():
    faults = regression_faults(np.array([60.4, 64.0, 67.1]), np.array([60, 64, 72]))
    assert faults.exact == pytest.approx(2 / 3)
    assert faults.between == pytest.approx(1 / 3)
    with pytest.raises(ParameterError, match="must be alike in length"):
        regression_faults(np.zeros(2), np.zeros(3))
