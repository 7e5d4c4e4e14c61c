"""Training the four-part network: a small run writes a model that knows more than chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.chorales import Chorale, sounding
from melodyai_edu.io.corpus import load
from melodyai_edu.models.chorale import load_chorale_model
from melodyai_edu.tokens.chorale_grid import NUM_CELLS
from melodyai_edu.training.chorale import (
    ChoraleRecipe,
    evaluate_network,
    fit_chorale,
    hide_places,
    read_pieces,
)

pytest.importorskip("keras", reason="needs Keras with a backend")
pytestmark = pytest.mark.xdist_group("keras")


@pytest.fixture(scope="module")
def sides():
    some = [tune.score for tune in load("chorales")[:5]]
    made = [Chorale(str(i), score, sounding(score)[:64]) for i, score in enumerate(some)]
    return {"train": tuple(made[:4]), "valid": tuple(made[4:])}


def test_a_small_run_learns_and_is_written(sides, tmp_path):
    recipe = ChoraleRecipe(epochs=8, batch=2, window=32, learning_rate=0.02, average=0.5)
    card, folder = fit_chorale("tiny", recipe=recipe, folder=tmp_path / "mine", chorales=sides)
    losses = [loss for _, loss in card.training["valid_losses"]]
    assert losses[-1] < losses[0]
    assert card.training["best"] < math.log(NUM_CELLS) / 2
    model = load_chorale_model(folder)
    assert model.card == card
    valid = [versions[0] for versions in read_pieces(sides["valid"])]
    measured = evaluate_network(model.network(), valid).mean()
    assert measured == pytest.approx(card.training["best"], abs=0.02)


def test_pieces_are_transposed_as_asked(sides):
    versions = read_pieces(sides["valid"], lambda pitches: (-1, 0, 2))[0]
    low, own, high = (piece["target"].astype(int) for piece in versions)
    assert np.array_equal(low, np.where(own > 0, own - 1, 0))
    assert np.array_equal(high, np.where(own > 0, own + 2, 0))


def test_hidden_places_tell_nothing(sides):
    piece = read_pieces(sides["valid"])[0][0]
    hidden = hide_places(piece)
    assert len({tuple(row) for row in hidden["heard"][:, -3:-1].tolist()}) == 1
    assert np.array_equal(hidden["heard"][:, -1], piece["heard"][:, -1])
    assert len({tuple(row) for row in piece["heard"][:, -3:-1].tolist()}) > 8


def test_an_unknown_preset():
    with pytest.raises(ParameterError, match="preset='huge' must be one of: tiny, small"):
        fit_chorale("huge")
