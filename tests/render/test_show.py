"""One call shows a score, with and without a trusting notebook."""

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.render import show
from melodyai_edu.score import Melody, Score

TUNE = Score.of_melody(Melody.from_events([(60, 24), (64, 24), (67, 48)]), title="A <b> tune")


def test_all_views():
    page = show(TUNE)._repr_html_()
    assert page.count('src="data:image/png;base64,') == 2
    assert "<iframe" in page
    assert 'src="data:audio/mpeg;base64,' in page
    assert "A <b> tune" not in page


def test_chosen_views():
    page = show(TUNE, ["roll"])._repr_html_()
    assert page.startswith("<img")
    assert "<iframe" not in page


def test_words_where_there_is_no_notebook():
    assert repr(show(TUNE)).startswith("A <b> tune. C major, 4/4")


def test_unknown_view():
    with pytest.raises(ParameterError, match=r"views=\['smell'\] must be of: score, roll"):
        show(TUNE, ["smell"])


def test_the_player_prints_what_is_written_and_plays_what_sounds():
    from melodyai_edu.render import player_iframe
    from melodyai_edu.render.player import player_html
    from melodyai_edu.score import Melody, Score

    written = Score.of_melody(Melody.from_events([(60, 48), (62, 48)]), title="Written")
    played = Score.of_melody(Melody.from_events([(60, 47), (62, 43)]), title="Written")
    page = player_html(played, written)
    assert '"notes":[[0,47,60' in page
    assert page.count('class="note"') == player_html(written).count('class="note"') == 2
    assert player_html(played).count('class="note"') > 2
    assert 'height="400"' in player_iframe(played, written=written, tallest=400)
