from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.features.mood import (
    CUE_WEIGHTS,
    MOODS,
    feel_mood,
    mood_cues,
    mood_of,
    named_mood,
    nearest_mood,
    parse_mood,
)
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Meter, Note, Part, Score
from melodyai_edu.tokens.vocabulary import MOODS as QUARTERS


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
    assert found == set(QUARTERS)


def test_silence_has_none():
    with pytest.raises(ParameterError, match="the score is empty"):
        mood_of(Score(()))


def test_names_are_understood_and_near_ones_suggested():
    assert named_mood(" Sad ") == MOODS["sad"] == parse_mood("sad") == parse_mood((-0.6, -0.5))
    with pytest.raises(ParameterError, match="did you mean 'gloomy'"):
        named_mood("gloomi")
    with pytest.raises(ParameterError, match=r"it must be one of: happy, calm"):
        parse_mood("qqq")


@pytest.mark.parametrize("pair", [(0.1,), (1.2, 0), (0, -2), ("a", "b"), 3, (float("nan"), 0)])
def test_a_pair_must_be_in_the_plane(pair):
    with pytest.raises(ParameterError, match="valence"):
        parse_mood(pair)


def test_every_name_is_nearest_to_its_own_place():
    for name, place in MOODS.items():
        assert nearest_mood(place) == name
        assert all(-1 <= value <= 1 for value in place)


def test_the_four_moods_of_the_models_are_named_places_in_their_quarters():
    signs = {"happy": (1, 1), "calm": (1, -1), "tense": (-1, 1), "sad": (-1, -1)}
    for name, (valence, arousal) in signs.items():
        assert MOODS[name].valence * valence > 0
        assert MOODS[name].arousal * arousal > 0
    assert set(QUARTERS) == set(signs)


def test_weights_add_up_so_a_mood_stays_in_the_plane():
    for axis in (0, 1):
        assert sum(weights[axis] for weights in CUE_WEIGHTS.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "axis", "sign"),
    [
        ({"key": Key("C", "minor")}, 0, -1),
        ({"key": Key("C", "phrygian")}, 0, -1),
        ({"tempo": 150}, 1, 1),
        ({"tempo": 150}, 0, 1),
        ({"tempo": 60}, 1, -1),
        ({"pitches": (72, 74, 76, 77)}, 0, 1),
        ({"pitches": (60, 67, 60, 67)}, 1, 1),
        ({"duration": 12}, 1, 1),
    ],
)
def test_each_cue_moves_the_mood_as_published(change, axis, sign):
    def piece(pitches=(60, 62, 64, 65), duration=24, **facts):
        events = [(pitch, duration) for pitch in pitches] * 4
        return feel_mood(Score.of_melody(Melody.from_events(events), **{"tempo": 100, **facts}))

    assert (piece(**change)[axis] - piece()[axis]) * sign > 0


def test_modes_darken_with_each_lowered_degree():
    melody = Melody.from_events([(60, 24), (62, 24)])
    modes = ("major", "mixolydian", "dorian", "minor", "phrygian")
    places = [feel_mood(Score.of_melody(melody, key=Key("C", mode))).valence for mode in modes]
    assert places == sorted(places, reverse=True)
    assert len(set(places)) == 5


def test_real_tunes_stay_in_the_plane_and_mostly_in_the_quarter_of_their_label():
    tunes = [tune.melody_score for tune in [*load("oneill")[::25], *load("chorales")[::25]]]
    places = [feel_mood(score) for score in tunes]
    assert np.abs(places).max() <= 1
    assert np.std(places, axis=0).min() > 0.2
    same = [
        nearest_mood(place, QUARTERS) == mood_of(score)
        for place, score in zip(places, tunes, strict=True)
    ]
    assert np.mean(same) > 0.6


def test_a_chord_counts_as_its_highest_note():
    top = Score((Part((Note(0, 96, 72),)),))
    chord = Score((Part((Note(0, 96, 72), Note(0, 96, 60))),))
    assert mood_cues(top) == mood_cues(chord)
    with pytest.raises(ParameterError, match="the score is empty"):
        feel_mood(Score(()))
