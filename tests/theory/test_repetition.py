"""How alike bars are, and where phrases end."""

import numpy as np
import pytest

from melodyai_edu.score import Melody, Meter
from melodyai_edu.theory.repetition import (
    bar_similarity,
    boundary_strengths,
    find_phrases,
    find_repeated_bars,
    repetition_share,
)

FOUR = Meter(4, 4)


def test_similarity_of_bars():
    melody = Melody.from_events(
        [(60, 48), (64, 48), (60, 48), (None, 48), (60, 96), (62, 48), (64, 48)]
    )
    similarity = bar_similarity(melody, FOUR)
    assert np.array_equal(similarity, similarity.T)
    assert similarity.diagonal().tolist() == [1] * 4
    assert similarity[0].tolist() == [1, 0.5, 0.5, 0.5]
    assert similarity[1, 3] == 0


def test_a_note_held_over_the_bar_line_is_not_one_that_begins():
    melody = Melody.from_events([(60, 192), (60, 96)])
    assert bar_similarity(melody, FOUR)[1, 2] == pytest.approx(95 / 96)
    assert find_repeated_bars(melody, FOUR) == (None, None, 0)  # what sounds inside the bar counts


def test_repeated_bars_with_a_pickup():
    events = [(67, 24), (60, 96), (62, 96), (60, 96)]
    melody = Melody.from_events(events)
    assert find_repeated_bars(melody, FOUR, pickup=24) == (None, None, 0)
    assert repetition_share(melody, FOUR, pickup=24) == pytest.approx(1 / 3)
    assert repetition_share(Melody(()), FOUR) == 0


def test_boundaries_follow_rests_and_long_notes():
    melody = Melody.from_events([(60, 24), (62, 24), (64, 72), (62, 24), (60, 24)])
    assert boundary_strengths(melody).argmax() == 2
    even = Melody.from_events([(60, 24)] * 5)
    assert boundary_strengths(even).tolist() == [0] * 4


def test_phrases():
    phrase = [(60, 24), (62, 24), (64, 24), (60, 24), (62, 48), (None, 48)]
    assert find_phrases(Melody.from_events(phrase * 3)) == ((0, 5), (5, 10), (10, 15))
    assert find_phrases(Melody.from_events([(60, 24)] * 5)) == ((0, 5),)
    assert find_phrases(Melody.from_events([(60, 24)])) == ((0, 1),)
    assert find_phrases(Melody(())) == ()
