"""Stars at the end of a lesson."""

import pytest

from melodyai_edu.composition import compose
from melodyai_edu.feedback import open_store
from melodyai_edu.score import Melody, Score
from melodyai_edu.widgets import rating_panel


@pytest.fixture
def store(tmp_path):
    return tmp_path / "ratings.sqlite"


def test_a_click_is_kept_with_its_word(store):
    panel = rating_panel(compose(genre="jig", bars=4, seed=1), store)
    widget = panel._widget()
    word = widget.children[0].children[5]
    word.value = "  lively "
    panel.buttons[3].click()
    with open_store(store) as opened:
        (rating,) = opened.ratings()
    assert (rating.kind, rating.value, rating.word) == ("stars", 4, "lively")
    assert rating.piece.genre == "jig"
    assert "4 of 5" in widget.children[1].value


def test_nothing_is_kept_before_a_click(store):
    rating_panel(compose(genre="jig", bars=4, seed=1), store)._widget()
    with open_store(store) as opened:
        assert opened.ratings() == []


def test_a_score_of_several_parts_is_rated_by_its_melody(store):
    part = Score.of_melody(Melody.from_events([(60, 24)] * 8), title="<b>").parts[0]
    score = Score((part, part), title="mine")
    assert "kept: 5 of 5" in repr(rating_panel(score, store).give(5))
    with open_store(store) as opened:
        assert opened.ratings()[0].piece.request == {"title": "mine"}


def test_what_cannot_be_kept_is_said(store):
    panel = rating_panel(Score(()), store)
    assert "nothing to rate" in repr(panel.give(3))
    widget = panel._widget()
    panel.buttons[0].click()
    assert "nothing to rate" in widget.children[1].value
    assert "stars=9" in repr(rating_panel(compose(bars=4), store).give(9))
