"""One token at a time: the same distributions as the whole sequence, at any length."""

from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.decoding import stepwise
from melodyai_edu.decoding.stepwise import NeuralPrediction
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.score import Meter
from melodyai_edu.tokens import VOCABULARY, Condition

pytestmark = pytest.mark.xdist_group("keras")
JIG = Condition(genre="jig", meter=Meter(6, 8), bars=2)
LINE = VOCABULARY.ids(["Bar_line", *["Duration_12", "Pitch_60", "Duration_24", "Pitch_64"] * 4])


@pytest.fixture(scope="module", params=["transformer", "lstm"])
def network(request):
    if request.param == "lstm":
        return build(Sizes("lstm", hidden_dim=8, num_layers=2, units=8))
    return build(Sizes("transformer", hidden_dim=8, num_layers=2, num_heads=2))


def whole(network, condition, token_ids, chord=0):
    """Give the distribution after a whole sequence, heard at once."""
    ids = np.array([[*condition.token_ids, *token_ids]], np.int32)
    chords = np.full_like(ids, chord)
    logits = np.asarray(network({"token_ids": ids, "chord_ids": chords}))[0, -1].astype(float)
    chances = np.exp(logits - logits.max())
    return chances / chances.sum()


def told(prediction, token_ids):
    for token_id in token_ids:
        prediction.observe(token_id)
    return prediction.distribution()


def test_steps_and_the_whole_agree(network):
    steps = told(NeuralPrediction(network, JIG), LINE)
    np.testing.assert_allclose(steps, whole(network, JIG, LINE), atol=1e-5)
    assert steps.sum() == pytest.approx(1)


def test_a_long_piece_is_heard_again_with_a_longer_cache(network, monkeypatch):
    monkeypatch.setattr(stepwise, "_FIRST_LENGTH", 8)
    steps = told(NeuralPrediction(network, JIG), LINE)
    np.testing.assert_allclose(steps, whole(network, JIG, LINE), atol=1e-5)


def test_guidance_moves_away_from_the_unasked(network):
    own = np.log(whole(network, JIG, LINE))
    other = np.log(whole(network, JIG.without_style(), LINE))
    guided = np.exp(other + 2.5 * (own - other))
    found = told(NeuralPrediction(network, JIG, guidance=2.5), LINE)
    np.testing.assert_allclose(found, guided / guided.sum(), atol=1e-5)


def test_chords_are_heard_bar_by_bar(network):
    chords = [5, 5, 5]  # the pickup's, and two bars
    found = told(NeuralPrediction(network, JIG, chord_ids=chords), LINE)
    np.testing.assert_allclose(found, whole(network, JIG, LINE, chord=5), atol=1e-5)


def test_a_copy_goes_its_own_way(network):
    piece = NeuralPrediction(network, JIG)
    told(piece, LINE[:3])
    before, other = piece.distribution(), piece.copy()
    told(other, LINE[3:])
    np.testing.assert_array_equal(piece.distribution(), before)
    np.testing.assert_array_equal(told(piece, LINE[3:]), other.distribution())
