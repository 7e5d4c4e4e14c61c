"""Tension: each feature lifts it, and real tunes relax towards their end."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Meter
from melodyai_edu.theory.motif import transposed
from melodyai_edu.theory.tension import TENSION_FEATURES, tension_curve, tension_features

FOUR, C = Meter(4, 4), Key("C")
CALM = [(60, 48), (60, 48)]


def curve(*bars, key=C):
    return tension_curve(Melody.from_events([event for bar in bars for event in bar]), FOUR, key)


@pytest.mark.parametrize(
    ("feature", "bar"),
    [
        ("register", [(72, 48), (72, 48)]),
        ("density", [(60, 12)] * 8),
        ("dissonance", [(61, 48), (61, 48)]),
        ("leaps", [(67, 48), (55, 48)]),
    ],
)
def test_each_feature_makes_a_bar_tense(feature, bar):
    melody = Melody.from_events([*CALM, *bar, *CALM])
    found = tension_features(melody, FOUR, C)
    assert set(found) == set(TENSION_FEATURES)
    assert found[feature].argmax() in (1, 2) if feature == "leaps" else found[feature][1] > found[
        feature][0]  # fmt: skip
    assert curve(CALM, bar, CALM)[1] == 1


def test_the_curve_compares_bars_of_one_melody():
    tune = next(t for t in mai.load("oneill") if t.genre == "jig" and t.key.mode == "major")
    score = tune.melody_score
    melody = score.parts[0].melody(score.duration)
    found = tension_curve(melody, score.meter, score.key, score.pickup)
    assert found.min() == 0
    assert found.max() == 1
    assert len(found) == score.bar_count - bool(score.pickup)
    higher = transposed(melody, 2)
    key = score.key.transposed(2)
    assert np.allclose(tension_curve(higher, score.meter, key, score.pickup), found)
    assert not np.allclose(tension_curve(higher, score.meter, score.key, score.pickup), found)


def test_bars_that_are_alike_have_no_curve():
    assert curve(CALM, CALM, CALM).tolist() == [0.5, 0.5, 0.5]


def test_a_bar_in_which_nothing_begins_is_that_of_before():
    melody = Melody.from_events([(60, 96), (72, 96), (None, 96), (72, 96)])
    found = tension_features(melody, FOUR, C)
    assert found["register"].tolist() == [60, 72, 72, 72]
    assert found["density"].tolist() == [1, 1, 0, 1]
    assert found["leaps"].tolist() == [0, 12, 0, 0]


def test_a_pickup_counts_with_the_bar_that_it_leads_into():
    melody = Melody.from_events([(67, 24), (60, 96), (60, 96)])
    found = tension_features(melody, FOUR, C, pickup=24)
    assert found["density"].tolist() == [2, 1]
    with pytest.raises(ParameterError, match="pickup=96 must be shorter"):
        tension_features(melody, FOUR, C, pickup=96)


def test_real_tunes_end_calmer_than_they_are():
    """Eight of O'Neill's jigs in ten, and more, end below their own mean."""
    jigs = mai.load("oneill").filter(genre="jig", split="test")
    below = []
    for tune in jigs:
        score = tune.melody_score
        melody = score.parts[0].melody(score.duration)
        found = tension_curve(melody, score.meter, score.key, score.pickup)
        below.append(found[-1] < found.mean())
    assert np.mean(below) > 0.8
