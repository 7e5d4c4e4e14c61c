"""A taste: learned, saved, opened again, and nothing else let in."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models import tastes
from melodyai_edu.models.bradley_terry import fit_merits, sigmoid
from melodyai_edu.models.described import FEATURES, describe
from melodyai_edu.models.hearing import body_ids, prompt_ids, shared_prompt
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.tokens import VOCABULARY, Encoding, encode

pytestmark = pytest.mark.xdist_group("keras")
RANGE = FEATURES.index("pitch_range")


@pytest.fixture(scope="module")
def tunes():
    return [encode(tune) for tune in load("oneill")[:60]]


@pytest.fixture(scope="module")
def pairs(tunes):
    """Somebody likes wide ranges."""
    two = list(zip(tunes[::2], tunes[1::2], strict=True))
    return [pair if np.diff(describe(pair)[:, RANGE])[0] < 0 else pair[::-1] for pair in two]


@pytest.fixture(scope="module")
def taste(pairs):
    return PreferenceModel.fit(pairs)


@given(st.integers(0, 10_000), st.floats(0.1, 30))
@settings(max_examples=30, deadline=None)
def test_newton_ends_where_the_slope_is_zero(seed, ridge):
    rows = np.random.default_rng(seed).normal(size=(12, 3)) * 3
    fit = fit_merits(rows, ridge)
    slope = ridge * fit.weights - rows.T @ (1 - sigmoid(rows @ fit.weights))
    np.testing.assert_allclose(slope, 0, atol=1e-4)
    chance = sigmoid(rows @ fit.weights)
    hessian = ridge * np.eye(3) + (rows.T * (chance * (1 - chance))) @ rows
    np.testing.assert_allclose(fit.covariance @ hessian, np.eye(3), atol=1e-6)


def test_merits_are_found_again():
    random = np.random.default_rng(0)
    true, rows = np.array([2.0, -1.0, 0.0]), random.normal(size=(20_000, 3))
    chosen = random.random(len(rows)) < sigmoid(rows @ true)
    fit = fit_merits(np.where(chosen[:, None], rows, -rows), 1e-3)
    np.testing.assert_allclose(fit.weights, true, atol=0.1)
    assert np.abs(fit.weights - true).max() < 4 * np.sqrt(np.diag(fit.covariance)).max()


def test_importance_is_how_often_a_pair_stands_there():
    rows = np.random.default_rng(1).normal(size=(6, 2))
    twice = fit_merits(np.concatenate([rows, rows[:2]]))
    weighed = fit_merits(rows, importance=np.array([2, 2, 1, 1, 1, 1]))
    np.testing.assert_allclose(twice.weights, weighed.weights)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((0, 2)),), "differences must be finite numbers"),
        ((np.full((2, 2), np.nan),), "differences must be finite numbers"),
        ((np.ones((2, 2)), 0.0), "ridge=0.0 must be above 0"),
        ((np.ones((2, 2)), 1.0, np.ones(3)), "importance must be 2 finite numbers"),
    ],
)
def test_what_cannot_be_fitted(arguments, message):
    with pytest.raises(ParameterError, match=message):
        fit_merits(*arguments)


def test_a_taste_foresees_what_it_learned(taste, pairs):
    hits, number = taste.accuracy(pairs)
    assert hits / number > 0.9
    assert "pitch_range" in [name for name, _ in taste.reasons[:8]]


def test_two_chances_make_one(taste, tunes):
    assert taste.prefers(tunes[0], tunes[1]) + taste.prefers(tunes[1], tunes[0]) == pytest.approx(1)
    assert taste.prefers(tunes[0], tunes[0]) == 0.5


def test_rank_is_by_score(taste, tunes):
    order = taste.rank(tunes)
    scores = [taste.score(tunes[place]) for place in order]
    assert sorted(order) == list(range(len(tunes)))
    assert scores == sorted(scores, reverse=True)
    assert taste.rank([]) == []


def test_a_key_is_no_matter_of_taste(taste):
    body = VOCABULARY.ids(["Bar_line", "Duration_48", "Pitch_60", "Duration_48", "Pitch_67"])
    low, high = Encoding(body), Encoding(body, tonic_pitch=72)
    assert taste.score(low) == taste.score(high)


def test_no_music_has_no_score(taste):
    with pytest.raises(ParameterError, match="at least one note"):
        taste.score(Encoding(VOCABULARY.ids(["Bar_line", "Duration_96", "Pitch_rest"])))


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"kind": "smell"}, "kind='smell' must be one of: features"), ({"pairs": []}, "at least one")],
)
def test_what_cannot_be_learned(pairs, fields, message):
    with pytest.raises(ParameterError, match=message):
        PreferenceModel.fit(**{"pairs": pairs, **fields})


def test_what_was_saved_comes_back(taste, tunes, tmp_path):
    again = PreferenceModel.load(taste.save(tmp_path / "new" / "mine.json"))
    assert again.sha256 == taste.sha256
    assert again.scores(tunes).tolist() == taste.scores(tunes).tolist()
    with pytest.raises(ParameterError, match=r"must end in \.json"):
        taste.save(tmp_path / "mine.pkl")


def test_an_embedding_is_heard_by_the_very_network(pairs, tmp_path):
    taste = PreferenceModel.fit(pairs[:8], kind="embedding")
    assert len(taste.weights) == 64
    assert taste.encoder.startswith("melody-tiny-transformer ")
    again = PreferenceModel.load(taste.save(tmp_path / "mine.json"))
    assert again.prefers(*pairs[0]) == taste.prefers(*pairs[0])


def change(file, **values):
    """Change a file, and its checksum with it."""
    said = {**json.loads(file.read_text()), **values}
    said.pop("sha256")
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    file.write_text(json.dumps({**said, "sha256": digest}))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": 2}, "must be a taste of format 1"),
        ({"kind": "smell"}, "must be a taste of format 1"),
        ({"weights": []}, "has 0 weights"),
        ({"weights": [1.0] * 2000}, "has 2000 weights"),
        ({"weights": 3}, "is no saved taste"),
        ({"weights": ["a"] * len(FEATURES)}, "is no saved taste"),
        ({"weights": [10**400] * len(FEATURES)}, "is no saved taste"),
        ({"mean": [float("nan")] * len(FEATURES)}, "mean must be finite"),
        ({"scale": [-1.0] * len(FEATURES)}, "scale must not be below 0"),
        ({"covariance": [[1.0]]}, "covariance must be finite numbers of shape"),
        ({"names": ["loudness"]}, "was learned on other features"),
        ({"facts": 7}, "is no saved taste"),
    ],
)
def test_a_liar_is_refused(taste, tmp_path, values, message):
    file = taste.save(tmp_path / "mine.json")
    change(file, **values)
    with pytest.raises(InputError, match=f"mine.json: .*{message}"):
        PreferenceModel.load(file)


@pytest.mark.parametrize("text", ["", "[]", "{}", "nan", "[" * 100_000, '{"format": 1}', "\0"])
def test_what_is_no_taste(text, tmp_path):
    (tmp_path / "mine.json").write_text(text)
    with pytest.raises(InputError, match=r"mine\.json"):
        PreferenceModel.load(tmp_path / "mine.json")


def test_one_changed_number_is_found(taste, tmp_path):
    file = taste.save(tmp_path / "mine.json")
    file.write_text(file.read_text().replace('"pairs": 30', '"pairs": 31'))
    with pytest.raises(InputError, match="its checksum is not its own"):
        PreferenceModel.load(file)


def test_tastes_have_names_and_identities(taste, tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    with pytest.raises(ParameterError, match="none yet"):
        tastes.load_taste("mine")
    file = taste.save(tastes.tastes_folder() / "mine.json")
    assert tastes.list_tastes() == ["mine"]
    identity = tastes.identify_taste("mine")
    assert identity == f"mine {taste.sha256[:12]}"
    assert tastes.load_taste(identity).sha256 == taste.sha256
    assert tastes.find_taste(str(file)) == file
    elsewhere = taste.save(tmp_path / "other.json")
    assert tastes.load_taste(tastes.identify_taste(elsewhere)).sha256 == taste.sha256
    with pytest.raises(ParameterError, match="perhaps 'mine'"):
        tastes.load_taste("mien")
    with pytest.raises(ParameterError, match="must have that checksum"):
        tastes.load_taste("mine " + "0" * 12)


def test_a_network_is_told_what_a_melody_was_asked_to_be():
    jig = encode(load("oneill").filter(genre="jig")[0])
    told = [VOCABULARY.token(i) for i in prompt_ids(jig)]
    assert told[0] == "Genre_jig"
    assert told[1] == "Mood_unknown"
    assert told[4] == f"Tonic_{jig.tonic_pitch}"
    assert body_ids(jig) == jig.token_ids[4:]
    assert shared_prompt(jig, jig) == prompt_ids(jig)
