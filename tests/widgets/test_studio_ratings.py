"""Ratings reach the store, comparisons stay blind, and what is learned can be undone."""

from types import SimpleNamespace

import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.widgets import studio_ratings


class FakeStore:
    """Keeps what is rated; knows as many pairs as preferences."""

    def __init__(self):
        self.kept = []

    def pairs(self):
        return [
            (piece.encoding, said["better_than"].encoding)
            for piece, said in self.kept
            if "better_than" in said
        ]


@pytest.fixture
def store(monkeypatch):
    """Stand in for the layers that keep ratings and learn from them."""
    store = FakeStore()
    feedback = SimpleNamespace(
        rate=lambda piece, *, store, **said: store.kept.append((piece, said)),
        open_store=lambda: store,
    )
    preference = SimpleNamespace(learn_from_pairs=learn_from_pairs)
    layers = {
        "melodyai_edu.feedback": feedback,
        "melodyai_edu.training.preference": preference,
    }
    monkeypatch.setattr(studio_ratings, "import_module", layers.__getitem__)
    return store


def learn_from_pairs(pairs, *, on_progress, should_stop, base, has_progress, is_accepted=True):
    assert base is None  # an n-gram cannot be tuned
    on_progress(0.5)
    assert not should_stop()
    return SimpleNamespace(
        model="melody-tiny-transformer", base="ngram", is_accepted=is_accepted,
        reason=f"<learned> from {len(pairs)} pairs", guards={"bits per note": 2.1},
    )  # fmt: skip


@pytest.fixture
def studio(tmp_path, store):
    studio = mai.studio(
        tmp_path, genre="jig", bars=4, model="ngram", store=store, is_threaded=False
    )
    for _ in range(2):
        studio.generate_button.click()
    return studio


def said(store):
    return [said for _, said in store.kept if "action" not in said]


def test_thumbs_stars_and_a_word(studio, store):
    studio.ratings.up.click()
    studio.ratings.down.click()
    studio.ratings.stars[3].click()
    studio.ratings.word.value = "lively"
    studio.ratings.word_button.click()
    assert said(store) == [{"thumb": 1}, {"thumb": -1}, {"stars": 4}, {"word": "lively"}]
    assert store.kept[-1][0] is studio.piece
    assert "Noted: word: lively" in studio.ratings.said.value
    studio.ratings.keep.click()
    actions = [s["action"] for _, s in store.kept if "action" in s]
    assert actions == ["shown", "shown", "kept"]


def test_a_rating_that_cannot_be_kept_is_a_sentence(studio, monkeypatch):
    def broken(*args, **kwargs):
        raise mai.OutputError("ratings.sqlite is <damaged>")

    monkeypatch.setattr(studio_ratings, "rate", broken)
    studio.ratings.up.click()
    assert "ratings.sqlite is &lt;damaged&gt;" in studio.ratings.said.value
    studio.compare.show_button.click()
    studio.compare.prefer[1].click()
    assert "ratings.sqlite is &lt;damaged&gt;" in studio.compare.said.value
    assert "right: 2. new piece" in studio.compare.said.value


def test_without_the_layer_it_is_a_sentence(studio, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(studio_ratings, "import_module", missing)
    studio.ratings.up.click()
    assert "is needed to rate and learn" in studio.ratings.said.value
    studio.generate_button.click()
    assert studio.job.status.value == ""


def test_a_before_b(studio, store):
    compare = studio.compare
    assert (compare.a.value, compare.b.value) == (1, 2)
    compare.show_button.click()
    assert [take.number for take in compare.shown] == [1, 2]
    compare.prefer[1].click()
    ((piece, rating),) = [one for one in store.kept if "better_than" in one[1]]
    assert piece is studio.session.find(2).piece
    assert rating["better_than"] is studio.session.find(1).piece
    assert all(button.disabled for button in compare.prefer)


def test_blind_tells_nothing_before_the_answer(studio, store):
    compare = studio.compare
    compare.blind.value = True
    orders = set()
    for _ in range(12):
        compare.show_button.click()
        page = "".join(player.value for player in compare.players)
        for take in studio.session.takes:
            assert take.piece.score.title not in page
            assert take.label not in page
        orders.add(tuple(take.number for take in compare.shown))
        assert compare.said.value == ""
        assert studio.player.layout.display == studio.roll.widget.layout.display == "none"
        compare.prefer[0].click()
        assert compare.shown[0].label in compare.said.value
        assert studio.player.layout.display == ""
    assert orders == {(1, 2), (2, 1)}
    assert len(store.pairs()) == 12


def test_looking_at_another_piece_ends_a_blind_comparison(studio, store):
    studio.compare.blind.value = True
    studio.compare.show_button.click()
    studio.undo_button.click()
    assert studio.compare.shown == ()
    assert studio.player.layout.display == ""
    studio.compare.prefer[0].click()
    assert store.pairs() == []


def test_one_take_is_no_comparison(studio):
    studio.compare.a.value = 2
    studio.compare.show_button.click()
    assert "must be two different takes" in studio.job.status.value


def test_nothing_to_learn_from(studio):
    studio.ratings.learn_button.click()
    assert "compare A and B" in studio.job.status.value
    with pytest.raises(ParameterError, match="pairs=0"):
        studio_ratings.learn()


def test_learning_changes_the_model_and_back(studio, store):
    studio.compare.show_button.click()
    studio.compare.prefer[0].click()
    studio.ratings.learn_button.click()
    model = studio.controls.named["model"]
    assert model.value == "melody-tiny-transformer"
    assert "&lt;learned&gt; from 1 pairs" in studio.ratings.about.value
    before, after = (take.piece.request.model for take in studio.compare.shown)
    assert before == "ngram"  # the fake's base
    assert after.startswith("melody-tiny-transformer")
    assert studio.compare.sides.layout.display == "flex"
    studio.ratings.back_button.click()
    assert model.value == "ngram"
    assert studio.ratings.back_button.disabled


def test_what_the_guards_refuse_changes_nothing(studio, store, monkeypatch):
    monkeypatch.setattr(
        "melodyai_edu.widgets.studio_ratings.learn",
        lambda store, **given: learn_from_pairs([], **given, is_accepted=False),
    )
    studio.ratings.learn_button.click()
    assert "Nothing was changed: &lt;learned&gt; from 0 pairs" in studio.job.status.value
    assert studio.controls.named["model"].value == "ngram"
    assert studio.ratings.back_button.disabled
