from __future__ import annotations

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.features import mood_of
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.tokens.vocabulary import MOODS


def score(duration, mode, meter="4/4"):
    events = [(60, duration)] * (192 // duration)
    return Score.of_melody(Melody.from_events(events), key=Key("C", mode), meter=Meter.parse(meter))


@pytest.mark.parametrize(
    ("duration", "mode", "mood"),
    [
        (6, "major", "happy"),
        (6, "minor", "tense"),
        (48, "minor", "sad"),
        (48, "lydian", "calm"),
        (48, "phrygian", "sad"),
    ],
)
def test_the_four_quarters(duration, mode, mood):
    assert mood_of(score(duration, mode)) == mood


def test_the_beat_is_the_meter_s():
    """Eighths are three a beat in 6/8, and two a beat in 4/4."""
    assert mood_of(score(12, "major", "6/8")) == "happy"
    assert mood_of(score(12, "major", "4/4")) == "calm"


def test_every_tune_has_a_mood_and_every_mood_has_tunes():
    found = {mood_of(tune.melody_score) for tune in load("oneill")[:400]}
    assert found == set(MOODS)


def test_silence_has_none():
    with pytest.raises(ParameterError, match="the score is empty"):
        mood_of(Score(()))
