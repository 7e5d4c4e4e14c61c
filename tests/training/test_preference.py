"""Tuning to a taste: the loss is that of the paper, the reference stays, stopping loses nothing."""

from __future__ import annotations

import json
import sys
import types
from dataclasses import replace

import numpy as np
import pytest

from melodyai_edu.cli import main
from melodyai_edu.cli_preference import STAYS
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models.described import FEATURES, describe
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.models.saved import ModelCard, list_models, load_model, save_model
from melodyai_edu.models.tastes import load_taste
from melodyai_edu.tokens import VOCABULARY, encode
from melodyai_edu.training import preference
from melodyai_edu.training.active import answer_value, choose_pair
from melodyai_edu.training.dpo import Tuner, TuningRecipe
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.guards import distinct_share, draw_like, judge_guards
from melodyai_edu.training.margins import PairSet, dpo_loss, loss_of, pair_margins
from melodyai_edu.training.preference import fit_preference, learn_from_pairs, next_name
from melodyai_edu.training.taste import choose_half_life, hold_out, recency

pytest.importorskip("keras", reason="needs Keras with a backend")
pytestmark = pytest.mark.xdist_group("keras")

SIZES = {
    "transformer": Sizes("transformer", 8, 2, num_heads=2),
    "lstm": Sizes("lstm", 8, 2, units=8),
}
RANGE = FEATURES.index("pitch_range")


def beginning(tune, bars=4):
    """Give the first bars, so that tests are quick."""
    whole = encode(tune)
    lines = [i for i, token in enumerate(whole.tokens) if token == "Bar_line"]
    head = VOCABULARY.ids([*whole.tokens[:3], f"Length_{bars}"])
    body = whole.token_ids[4 : lines[bars]]
    return replace(whole, token_ids=(*head, *body, VOCABULARY.id("Sequence_end")))


@pytest.fixture(scope="module")
def tunes():
    found = [beginning(tune) for tune in load("oneill")[:80]]
    return [encoding for encoding in found if len(encoding.token_ids) < 72][:64]


@pytest.fixture(scope="module")
def pairs(tunes):
    """Somebody likes wide ranges."""
    two = list(zip(tunes[::2], tunes[1::2], strict=True))
    return [pair if np.diff(describe(pair)[:, RANGE])[0] < 0 else pair[::-1] for pair in two]


@pytest.fixture(scope="module")
def real():
    return examples_of(load("oneill")[:8])


def network_of(kind="transformer"):
    import keras

    keras.utils.set_random_seed(0)
    return build(SIZES[kind])


def tuner_of(pairs, kind="transformer", real=(), **recipe):
    given = {"epochs": 2, "learning_rate": 1e-2, "batch_pairs": 4, **recipe}
    return Tuner(network_of(kind), pairs, TuningRecipe(**given), real=real)


def log_probability(network, prompt, body):
    """Say it again, token by token, in plain numbers."""
    ids = np.array([*prompt, *[i for i in body if i]], np.int32)[None]
    inputs = {"token_ids": ids[:, :-1], "chord_ids": np.zeros_like(ids[:, :-1])}
    logits = np.asarray(network(inputs, training=False), np.float64)[0]
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return sum(logs[place, ids[0, place + 1]] for place in range(6, ids.shape[1] - 1))


def test_margins_are_log_probabilities(pairs):
    network, found = network_of(), PairSet(pairs[:3])
    margins = pair_margins(network, found.batch(np.arange(3)))
    for row, margin in enumerate(margins):
        one, other = (
            log_probability(network, found.prompt_ids[row], ids[row])
            for ids in (found.chosen_ids, found.rejected_ids)
        )
        assert margin == pytest.approx(one - other, abs=1e-2)


def test_the_loss_is_that_of_the_paper():
    random = np.random.default_rng(0)
    margins, reference = random.normal(size=(2, 9, 1)).astype(np.float32) * 30
    for beta in (0.01, 0.1, 1.0):
        expected = -np.log(1 / (1 + np.exp(-beta * (margins - reference).astype(np.float64))))
        np.testing.assert_allclose(
            np.asarray(loss_of(beta)(reference, margins)), expected[:, 0], rtol=1e-4, atol=1e-5
        )
        np.testing.assert_allclose(dpo_loss(margins, reference, beta), expected, atol=1e-6)


def test_its_slope_is_that_of_the_paper():
    """By finite differences: beta sigmoid(-beta margin), towards the chosen one."""
    margins, reference, beta = np.array([3.0, -2.0]), np.array([1.0, 1.0]), 0.2
    step = 1e-5
    slope = (dpo_loss(margins + step, reference, beta) - dpo_loss(margins, reference, beta)) / step
    sigmoid = 1 / (1 + np.exp(beta * (margins - reference)))
    np.testing.assert_allclose(slope, -beta * sigmoid, atol=1e-5)


def test_before_the_first_step_every_pair_costs_log_2(pairs):
    tuner = tuner_of(pairs)
    assert tuner._step(0, 0) == pytest.approx(np.log(2), abs=1e-4)


def test_a_beta_of_nearly_0_moves_nothing(pairs):
    losses = dpo_loss(np.array([-40.0, 0.0, 40.0]), np.zeros(3), 1e-9)
    np.testing.assert_allclose(losses, np.log(2), atol=1e-6)
    with pytest.raises(ParameterError, match="beta=0 must be positive"):
        TuningRecipe(beta=0)


@pytest.mark.parametrize("kind", ["transformer", "lstm"])
def test_what_was_chosen_becomes_likelier(kind, pairs):
    tuner = tuner_of(pairs[:8], kind, epochs=4)
    reference = tuner.reference_margins.copy()
    report = tuner.fit(has_progress=False)
    assert np.mean(report.losses[-2:]) < report.losses[0]
    assert (tuner.margins(tuner.pairs) > reference).mean() > 0.7
    np.testing.assert_array_equal(tuner.reference_margins, reference)


def test_the_reference_model_is_frozen(pairs):
    network = network_of()
    before = pair_margins(network, PairSet(pairs[:4]).batch(np.arange(4)))
    copy = network_of()
    copy.set_weights(network.get_weights())
    weights = [w.copy() for w in network.get_weights()]
    Tuner(copy, pairs[:8], TuningRecipe(learning_rate=1e-2)).fit(has_progress=False)
    for old, new in zip(weights, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(
        before, pair_margins(network, PairSet(pairs[:4]).batch(np.arange(4)))
    )
    assert any((a != b).any() for a, b in zip(weights, copy.get_weights(), strict=True))


def test_real_tunes_are_kept_in_mind(pairs, real):
    from melodyai_edu.training.guards import bits_per_note_of

    found = []
    for weight in (0.0, 5.0):
        tuner = tuner_of(pairs[:8], real=real, real_weight=weight, epochs=4)
        tuner.fit(has_progress=False)
        found.append(bits_per_note_of(tuner.network, real))
    assert found[1] < found[0]


@pytest.mark.slow
def test_a_run_that_stopped_goes_on_to_the_same_weights(pairs, real, tmp_path):
    whole = tuner_of(pairs[:8], real=real, epochs=3)
    whole.fit(has_progress=False)
    cut = Tuner(network_of(), pairs[:8], whole.recipe, real=real, folder=tmp_path)
    asked = iter([False] * 5 + [True])
    assert cut.fit(has_progress=False, should_stop=lambda: next(asked)).is_stopped
    again = Tuner(network_of(), pairs[:8], whole.recipe, real=real, folder=tmp_path)
    report = again.fit(is_resumed=True, has_progress=False)
    assert not report.is_stopped
    assert report.losses == whole.report.losses
    for one, other in zip(whole.network.get_weights(), again.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    other = Tuner(network_of(), pairs[:7], whole.recipe, real=real, folder=tmp_path)
    with pytest.raises(ParameterError, match="of another run, its pairs"):
        other.fit(is_resumed=True, has_progress=False)


def test_batches_have_the_names_of_the_trade(pairs):
    batch = PairSet(pairs[:3]).batch(np.arange(2))
    assert set(batch) == {"prompt_ids", "chosen_ids", "rejected_ids"}
    assert batch["prompt_ids"].shape == (2, 7)
    assert batch["chosen_ids"].shape == batch["rejected_ids"].shape
    with pytest.raises(ParameterError, match="at least one pair"):
        PairSet([])


def test_recency_halves():
    np.testing.assert_allclose(recency(5, 2.0)[::2], [0.25, 0.5, 1.0])
    assert recency(3, None).tolist() == [1, 1, 1]
    with pytest.raises(ParameterError, match="half_life=0 must be above 0"):
        recency(3, 0)


def test_who_changed_their_mind_is_noticed(pairs):
    steady = pairs * 4
    assert choose_half_life(steady) is None
    changed = [pair[::-1] for pair in steady[:64]] + steady[64:]
    assert choose_half_life(changed) == 40.0
    assert choose_half_life(pairs[:10]) is None


def test_what_is_held_out_is_new_and_unknown(pairs):
    kept, held = hold_out(pairs, 3)
    assert not set(kept) & set(held)
    assert min(held) >= len(pairs) // 2
    assert len(held) == round(0.2 * len(pairs))
    known = {encoding for i in kept for encoding in pairs[i]}
    assert all(known.isdisjoint(pairs[i]) for i in held)


def test_a_ridge_is_chosen_and_said(pairs):
    taste = fit_preference(pairs, half_life=20.0, seed=5)
    assert taste.facts["ridge"] in (1.0, 3.0, 10.0, 30.0, 100.0)
    assert taste.facts["half_life"] == 20.0
    assert fit_preference(pairs, seed=5).sha256 == fit_preference(pairs, seed=5).sha256


def test_the_next_pair_is_the_one_that_tells_most(pairs, tunes):
    taste = PreferenceModel.fit(pairs[:6])
    first, second = choose_pair(taste, tunes[:20], seed=1)
    described = taste.standardised(tunes[:20])
    best = answer_value(taste, described[[first]] - described[[second]])[0]
    for one in range(20):
        others = answer_value(taste, described[[one]] - described)
        assert (others <= best + 1e-12).all()
        assert others[one] == 0
    assert len(set(choose_pair(None, tunes[:5]))) == 2
    with pytest.raises(ParameterError, match="a pair needs at least two"):
        choose_pair(taste, tunes[:1])


def test_who_says_one_thing_is_found_out(tunes):
    bodies = [encoding.token_ids[4:] for encoding in tunes]
    same = [bodies[0]] * len(bodies)
    before, after = distinct_share(bodies, same)
    assert after < 0.5 * before
    assert distinct_share(bodies, bodies)[0] == distinct_share(bodies, bodies)[1]
    with pytest.raises(ParameterError, match="at least 4 notes"):
        distinct_share(bodies, [[]])


GOOD = {"bits before": 2.0, "bits after": 2.05, "distinct before": 0.6, "distinct after": 0.585}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, ""),
        ({"bits after": 2.11}, "real tunes surprise it by 5.5% more"),
        ({"bits after": float("nan")}, "real tunes surprise it"),
        ({"distinct after": 0.3}, "50.0% fewer distinct 4-grams"),
        ({"held-out accuracy": 0.5}, "no more than a coin"),
    ],
)
def test_guards(changes, message):
    said = judge_guards({**GOOD, "held-out accuracy": 0.7, **changes})
    assert (message in said) if message else said == ""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A small base network, few real tunes; what it writes is drawn only where a test says so."""
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    card = ModelCard("melody", "tiny", SIZES["transformer"])
    save_model(network_of(), card, tmp_path / "models" / "base")
    for name, number in (("_REAL", 8), ("_VALID", 4), ("_PIECES", 4)):
        monkeypatch.setattr(preference, name, number)
    monkeypatch.setattr(preference, "draw_like", pretend_to_draw)
    return tmp_path


def pretend_to_draw(network, encodings, pieces, seed):
    return [types.SimpleNamespace(token_ids=one.token_ids) for one in encodings[:pieces]]


def hold(monkeypatch, verdict):
    monkeypatch.setattr(preference, "judge_guards", lambda guards: verdict)


@pytest.mark.slow
def test_what_is_accepted_is_a_new_version(home, pairs, monkeypatch):
    hold(monkeypatch, "")
    monkeypatch.setattr(preference, "draw_like", draw_like)
    heard = []
    learned = learn_from_pairs(
        pairs, base="base", seed=4, on_progress=heard.append, has_progress=False
    )
    assert learned.is_accepted, learned.reason
    assert learned.model == "melody-mine-1"
    assert learned.base.startswith("base ")
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    card = load_model("melody-mine-1").card
    assert card.training["base"] == learned.base
    assert (card.training["pairs"], card.training["beta"]) == (len(pairs), 0.2)
    assert card.training["seed"] == 4
    assert set(card.training["guards"]) == set(learned.guards)
    assert load_taste("melody-mine-1").sha256 == learned.taste.sha256
    assert next_name() == "melody-mine-2"
    assert "accepted: melody-mine-1" in str(learned)
    with pytest.raises(ParameterError, match="name='melody-mine-1' is taken"):
        learn_from_pairs(pairs, base="base", name="melody-mine-1")


def test_what_is_refused_replaces_nothing(home, pairs, monkeypatch):
    hold(monkeypatch, "it repeats itself")
    learned = learn_from_pairs(pairs, base="base", has_progress=False)
    assert not learned.is_accepted
    assert learned.model == learned.base
    assert learned.reason == "it repeats itself"
    assert "melody-mine-1" not in list_models()
    assert not (home / "tastes").exists()


@pytest.mark.slow
def test_it_goes_only_as_far_as_the_guards_allow(home, pairs, monkeypatch):
    told = []

    def judged(guards):
        told.append(guards["share"])
        return "" if guards["share"] <= 0.5 else "too far"

    monkeypatch.setattr(preference, "judge_guards", judged)
    old = load_model("base").network.get_weights()
    full = learn_from_pairs(pairs, base="base", shares=[1], has_progress=False)
    assert (full.is_accepted, full.reason, full.guards["share"]) == (False, "too far", 1)
    half = learn_from_pairs(pairs, base="base", has_progress=False)
    assert told == [1, 1.0, 0.75, 0.5]
    assert half.is_accepted
    assert "50% of the way" in half.reason
    for before, tuned, mixed in zip(
        old, full.network.get_weights(), half.network.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mixed, (before + tuned) / 2, atol=2e-3)


@pytest.mark.slow
def test_what_is_stopped_can_go_on(home, pairs, monkeypatch):
    hold(monkeypatch, "")
    whole = learn_from_pairs(pairs, base="base", name="whole", has_progress=False, batch_pairs=8)
    asked = iter([False] * 5 + [True])
    options = {"base": "base", "has_progress": False, "batch_pairs": 8}
    stopped = learn_from_pairs(pairs, should_stop=lambda: next(asked), **options)
    assert not stopped.is_accepted
    assert stopped.reason.startswith("stopped after 5 of")
    resumed = learn_from_pairs(pairs, resume=True, **options)
    assert resumed.model == "melody-mine-1"
    for one, other in zip(whole.network.get_weights(), resumed.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pairs": []}, "pairs=0 must be at least 10"),
        ({"base": "nobody"}, "model='nobody' must be"),
        ({"base": "rhythm-tiny-transformer"}, "writes rhythms"),
        ({"name": "../mine"}, "must be the name of a folder"),
        ({"beta": -1.0}, "beta=-1.0 must be positive"),
        ({"shares": [0.0]}, r"shares=\[0.0\] must be numbers above 0"),
        ({"pieces": 0}, "pieces=0 must be at least 1: guards judge what is written"),
        ({"speed": 3}, "field='speed' must be one of: beta, epochs"),
    ],
)
def test_what_cannot_be_learned_from(home, pairs, fields, message):
    with pytest.raises(ParameterError, match=message):
        learn_from_pairs(**{"pairs": pairs, "base": "base", **fields})


def test_the_command_line(home, pairs, monkeypatch, capsys):
    """With a store of ratings that stands in for the real one."""
    asked = []

    class Store:
        def pairs(self, rater=None):
            asked.append(rater)
            return pairs if rater == "ann" else []

    fake = types.ModuleType("melodyai_edu.feedback")
    fake.open_store = lambda path=None: asked.append(path) or Store()
    monkeypatch.setitem(sys.modules, "melodyai_edu.feedback", fake)
    hold(monkeypatch, "")
    command = ["train", "preference", "--base", "base", "--store", "r.sqlite", "--beta", "0.3"]
    assert main([*command, "--rater", "ann", "--name", "anns", "--seed", "2"]) == 0
    assert asked == ["r.sqlite", "ann"]
    assert "melodyai compose --model anns" in capsys.readouterr().out
    facts = json.loads((home / "models" / "anns" / "card.json").read_text())["training"]
    assert (facts["beta"], facts["seed"]) == (0.3, 2)
    assert main([*command, "--rater", "bob"]) == STAYS
    assert "pairs=0" in capsys.readouterr().err
    hold(monkeypatch, "it repeats itself")
    assert main([*command, "--rater", "ann"]) == STAYS
    assert "not accepted: base" in capsys.readouterr().out
    assert main([*command, "--rater", "ann", "--name", "anns"]) == 2
