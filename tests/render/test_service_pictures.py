"""The way of a request and a crowd of callers, as pictures with words beside them."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from melodyai_edu.errors import ParameterError
from melodyai_edu.render.service_map import draw_service_map
from melodyai_edu.render.visits import draw_visits

VISITS = [(0.0, 0.4, 201), (0.0, 0.1, 503), (0.1, 0.9, 201)]
QUEUE = [(0.0, 0.0), (0.1, 2.0), (0.5, 1.0), (0.9, 0.0)]


def words(figure):
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_the_map_says_in_words_what_it_shows():
    figure = draw_service_map()
    for status in ("201", "202", "401", "403", "422", "429", "503"):
        assert status in words(figure)
        assert status in figure.description
    assert 'alt="The way of a request' in figure._repr_html_()


def test_boxes_and_words_of_the_map_do_not_overlap():
    figure = draw_service_map()
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts if text.get_text()]
    whole = figure.bbox
    for place, box in enumerate(boxes):
        assert whole.x0 <= box.x0
        assert box.x1 <= whole.x1
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])


@pytest.mark.parametrize("make", [draw_service_map, lambda: draw_visits(VISITS, QUEUE)])
def test_a_dark_page_does_not_shine_through(make):
    assert make().get_facecolor() == (1, 1, 1, 1)


def test_callers_are_told_apart_by_colour_and_by_hatch():
    figure = draw_visits(VISITS, QUEUE, places=4)
    above, below = figure.axes
    assert {bar.get_hatch() for bar in above.patches} == {"", "///"}
    assert len({bar.get_facecolor() for bar in above.patches}) == 2
    assert sorted(round(bar.get_width(), 3) for bar in above.patches) == [0.1, 0.4, 0.8]
    assert below.get_ylim()[1] > 4
    said = figure.description
    assert said.startswith("3 callers: 2 got a piece, the last after 0.8 seconds; 1 told to come")
    assert said.endswith("At most 2 waited in the queue.")


def test_all_were_sent_away_and_nobody_looked():
    figure = draw_visits([(0.0, 0.0, 503)], [])
    assert "0 got a piece; 1 told" in figure.description


def test_somebody_must_have_come():
    with pytest.raises(ParameterError, match="at least one caller"):
        draw_visits([], [])
