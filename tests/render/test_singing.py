from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.render.audio import PEAK
from melodyai_edu.render.singing import TIMBRES, sing
from melodyai_edu.score import Melody, Note, Part, Score

SR = 16_000


@pytest.fixture
def tune():
    return Score.of_melody(Melody.from_events([(69, 48), (None, 24), (81, 24)]), tempo=60)


def loudest(samples, sr=SR):
    return np.abs(np.fft.rfft(samples)).argmax() * sr / len(samples)


@pytest.mark.parametrize("timbre", TIMBRES)
def test_notes_sound_where_they_stand_and_rests_are_silent(tune, timbre):
    audio = sing(tune, timbre=timbre, sr=SR)
    y = audio.samples[0]
    assert audio.samples.shape == (1, round(4.5 * SR))
    assert loudest(y[: 2 * SR]) == pytest.approx(440, rel=0.03)
    assert loudest(y[3 * SR : 4 * SR]) == pytest.approx(880, rel=0.03)
    assert np.abs(y[2 * SR : 3 * SR]).max() == 0
    assert np.abs(y).max() == pytest.approx(PEAK)


def test_noise_is_as_loud_as_asked(tune):
    clean, noisy = (
        sing(tune, sr=SR, signal_to_noise=snr, seed=1).mono[2 * SR : 3 * SR] for snr in (None, 20)
    )
    signal = sing(tune, sr=SR).mono
    assert clean.std() == 0
    assert 20 * np.log10(signal.std() / noisy.std()) == pytest.approx(20, abs=1.5)


def test_the_same_seed_is_the_same_voice(tune):
    once, again, other = (sing(tune, sr=SR, seed=seed).samples for seed in (3, 3, 4))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_what_cannot_be_sung():
    both = Score((Part((Note(0, 24, 60), Note(0, 24, 64))),))
    with pytest.raises(ParameterError, match="one note at a time"):
        sing(both)
    with pytest.raises(ParameterError, match="timbre='kazoo' must be one of: hum, flute, plucked"):
        sing(both, timbre="kazoo")
    with pytest.raises(ParameterError, match="sr=4000"):
        sing(both, sr=4000)
    assert not sing(Score(()), sr=8000).samples.any()
