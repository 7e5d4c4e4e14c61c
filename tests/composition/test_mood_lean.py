"""What a mood asks of rhythms that a model has learned without it."""

import numpy as np
import pytest

from melodyai_edu.composition import compose
from melodyai_edu.composition.mood_lean import MoodLean, usual_density
from melodyai_edu.composition.voice import _condition
from melodyai_edu.features.mood import Mood
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.score import Meter
from melodyai_edu.tokens import VOCABULARY


def notes_a_quarter(mood):
    pieces = [compose(genre="reel", mood=mood, bars=8, seed=seed) for seed in range(6)]
    return np.mean([p.lead.note_count / (p.lead.duration / 24) for p in pieces])


def test_calm_reels_have_fewer_notes():
    assert notes_a_quarter("calm") < 0.85 * notes_a_quarter(None)


def test_the_middle_leaves_the_model_alone():
    plain = MelodyNGram().start().distribution()
    np.testing.assert_allclose(
        MoodLean(MelodyNGram().start(), Mood(0.6, 0.0)).distribution(), plain / plain.sum()
    )


def test_it_hears_what_came():
    leaning = MoodLean(MelodyNGram().start(), Mood(0.0, -1.0))
    leaning.observe(VOCABULARY.id("Bar_line"))
    assert leaning.distribution().sum() == pytest.approx(1.0)


def test_a_network_is_told_how_busy_such_tunes_are():
    from melodyai_edu.composition import CompositionRequest

    request = CompositionRequest(genre="air", mood="sad", meter="3/4").resolved()
    assert _condition(request, 60).density == 1
    assert _condition(request, 60).meter == Meter(3, 4)
    plain = CompositionRequest(genre="air", meter="3/4").resolved()
    assert _condition(plain, 60).density == 0
    assert usual_density(Mood(0.6, 0.5)) == 0
