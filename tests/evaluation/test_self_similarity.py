"""What self-similarity hears in real tunes, and in the same tunes put out of order."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.self_similarity import LAGS, compare_lags, self_similarity
from melodyai_edu.score import Melody, Score


@pytest.fixture(scope="module")
def jigs():
    return [t.melody_score for t in mai.load("oneill").filter(genre="jig", split="test")]


def shuffled(score, random):
    """Put the bars of a tune into another order."""
    bar = score.meter.bar_duration
    events = score.parts[0].melody(score.duration).events()
    bars = {}
    for event in events:
        number = (event.onset - score.pickup) // bar
        bars.setdefault(number, []).append((getattr(event, "pitch", None), event.duration))
    order = random.permutation([number for number in bars if number >= 0])
    mixed = [event for number in order for event in bars[number]]
    return Score.of_melody(Melody.from_events(mixed), meter=score.meter, key=score.key)


def test_a_tune_is_like_itself_where_it_returns():
    one, other = [(60, 48), (64, 48)], [(65, 24), (67, 72)]
    tune = Score.of_melody(Melody.from_events((one + other) * 4))
    assert self_similarity(tune) == {1: 0, 2: 1, 4: 1}
    assert self_similarity(tune, (6,)) == {6: 1}


def test_a_pickup_does_not_shift_the_bars():
    events = [(60, 48), (64, 48), (65, 24), (67, 72)] * 3
    plain = Score.of_melody(Melody.from_events(events))
    led = Score.of_melody(Melody.from_events([(55, 24), *events]), pickup=24)
    assert self_similarity(led) == self_similarity(plain)


def test_people_repeat_phrases_more_than_bars(jigs):
    rows = {row.lag: row for row in compare_lags(jigs, jigs)}
    assert set(rows) == set(LAGS)
    assert all(row.is_inside and row.low < row.human < row.high for row in rows.values())
    assert rows[4].human > rows[2].human > rows[1].human


def test_order_is_heard(jigs):
    random = np.random.default_rng(0)
    plain = [score for score in jigs if score.bar_count == 17 and score.pickup]
    mixed = [shuffled(score, random) for score in plain]
    rows = {row.lag: row for row in compare_lags(mixed, plain)}
    assert rows[4].verdict == rows[8].verdict == "BELOW"
    assert rows[1].verdict == "ABOVE"  # what belongs apart now stands together
    assert str(rows[4]).endswith("BELOW")


def test_short_pieces_say_nothing_of_long_lags(jigs):
    short = Score.of_melody(Melody.from_events([(60, 96)] * 3))
    assert list(self_similarity(short)) == [1, 2]
    assert [row.lag for row in compare_lags([short], jigs)] == [1, 2]
    assert compare_lags([short], jigs)[0].verdict == "ABOVE"


def test_nothing_to_compare_is_refused():
    with pytest.raises(ParameterError, match="at least one note"):
        self_similarity(Score.of_melody(Melody(())))
    with pytest.raises(ParameterError, match=r"lags=\(0,\) must be 1 bar or more"):
        self_similarity(Score.of_melody(Melody.from_events([(60, 96)])), (0,))
