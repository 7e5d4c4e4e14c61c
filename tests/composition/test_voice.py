"""Composing with a network: what is asked for holds, and one request is one piece."""

from __future__ import annotations

from itertools import pairwise

import pytest

from melodyai_edu.composition import CompositionRequest, compose
from melodyai_edu.composition.voice import _named_chords, check_model, default_model
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.models.saved import ModelCard, identify, save_model
from melodyai_edu.tokens.condition import chord_id

NETWORK = "melody-small-transformer"
SIZES = Sizes("transformer", hidden_dim=16, num_layers=2, num_heads=2)
pytestmark = [pytest.mark.xdist_group("keras"), pytest.mark.usefixtures("home")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Random weights: what must hold may not depend on what a network learned."""
    import keras

    keras.utils.set_random_seed(5)
    home = tmp_path_factory.mktemp("home")
    save_model(build(SIZES), ModelCard("melody", "small", SIZES), home / "models" / NETWORK)
    return home


@pytest.fixture
def home(folder, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(folder))
    monkeypatch.setattr("melodyai_edu.models.saved.models_folder", lambda: folder / "nowhere")


def test_a_network_is_the_default_and_says_so():
    assert default_model(None) == NETWORK
    assert default_model("oneill") == "ngram"


@pytest.mark.best_model
def test_naming_the_model_gives_the_same_piece_again():
    piece = compose(genre="jig", bars=8, seed=3)
    assert piece.facts["model"].startswith(NETWORK)
    assert compose(genre="jig", bars=8, seed=3, model=NETWORK).score == piece.score
    assert compose(genre="jig", bars=8, seed=3, model="ngram").score != piece.score


@pytest.mark.best_model
def test_a_piece_remembers_the_very_model(folder, monkeypatch):
    """Where the default is another, what a piece says of itself still gives the same piece."""
    piece = compose(genre="jig", bars=4, seed=3)
    said = piece.facts["model"].partition(",")[0]
    assert piece.request.model == said == identify(NETWORK)
    monkeypatch.setattr("melodyai_edu.composition.voice.has_tensorflow", lambda: False)
    again = compose(CompositionRequest.from_json(piece.request.to_json()))
    assert again.score == piece.score
    assert again.request == piece.request
    assert compose(genre="jig", bars=4, seed=3).request.model == "ngram"


def test_a_model_that_is_another_now_is_refused():
    with pytest.raises(ParameterError, match=r"model=.*: its weights must have that checksum"):
        compose(genre="jig", bars=4, model=f"{NETWORK} {'0' * 12}")


def test_a_model_is_a_rhythm_model_by_its_card_not_by_its_name(folder):
    save_model(build(SIZES), ModelCard("rhythm", "small", SIZES), folder / "models" / "drums")
    save_model(build(SIZES), ModelCard("melody", "small", SIZES), folder / "models" / "rhythm-x")
    with pytest.raises(ParameterError, match="model='drums' writes rhythms"):
        check_model("drums")
    check_model("rhythm-x")


@pytest.mark.parametrize("seed", range(4))
def test_rules_hold_whatever_a_network_believes(seed):
    piece = compose(
        genre="reel",
        bars=8,
        seed=seed,
        model=NETWORK,
        rules=["max_leap=5", "last_degree=1", "in_key"],
    )
    pitches = [note.pitch for note in piece.score.parts[0].notes]
    assert max(abs(b - a) for a, b in pairwise(pitches)) <= 5
    assert (pitches[-1] - piece.score.key.tonic_pitch_class) % 12 == 0
    assert set(p % 12 for p in pitches) <= set(piece.score.key.scale.pitch_classes)
    assert piece.score.bar_count == 8


def test_guidance_moves_the_notes_and_one_is_no_guidance():
    plain = compose(genre="jig", bars=4, seed=5, model=NETWORK)
    assert compose(genre="jig", bars=4, seed=5, model=NETWORK, guidance=1.0).score == plain.score
    assert compose(genre="jig", bars=4, seed=5, model=NETWORK, guidance=4.0).score != plain.score


def test_other_bars_stay_when_a_network_composes_some_anew():
    piece = compose(genre="air", bars=8, seed=2, model=NETWORK)
    other = compose(regenerate=(3, 4), of=piece)
    bar = piece.score.meter.bar_duration
    first = piece.score.pickup + 2 * bar
    kept = [n for n in piece.score.parts[0].notes if not first <= n.onset < first + 2 * bar]
    assert kept == [n for n in other.score.parts[0].notes if not first <= n.onset < first + 2 * bar]


def test_a_network_explains_its_notes():
    why = compose(genre="jig", bars=4, seed=2, model=NETWORK).why(2, 1)
    assert sum(choice.is_chosen for choice in why.choices) == 1
    assert 0.1 < sum(choice.probability for choice in why.choices) <= 1.0001


def test_chords_of_a_rule_reach_the_network():
    request = CompositionRequest(key="A minor", bars=4, rules=["chord_tones=i iv V7"])
    expected = (chord_id(0, "minor"), chord_id(5, "minor"), chord_id(7, "major"))
    assert _named_chords(request.resolved()) == (0, *expected, expected[0])
    assert _named_chords(CompositionRequest(bars=4).resolved()) == ()


def test_what_is_no_model_is_refused():
    with pytest.raises(ParameterError, match=r"model='nobody' must be .*or 'ngram'"):
        check_model("nobody")


@pytest.mark.parametrize("guidance", [0.5, 6, float("nan")])
def test_guidance_has_bounds(guidance):
    with pytest.raises(ParameterError, match=r"guidance=.* must be a number from 1"):
        CompositionRequest(guidance=guidance)


def test_an_n_gram_cannot_be_guided():
    with pytest.raises(ParameterError, match=r"guidance=2\.0 needs a network: model='ngram'"):
        CompositionRequest(model="ngram", guidance=2.0)
    with pytest.raises(ParameterError, match=r"guidance=2\.0 needs a network"):
        compose(bars=4, guidance=2.0)  # the default is the n-gram here
