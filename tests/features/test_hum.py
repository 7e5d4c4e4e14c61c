from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.features.hum import HeardNote, find_tempo, hear_notes, hum, quantise
from melodyai_edu.render.singing import TIMBRES, sing
from melodyai_edu.score import Key, Melody, Note, Score

SR = 16_000
EVENTS = [
    (67, 24),
    (67, 12),
    (69, 12),
    (71, 24),
    (None, 24),
    (72, 12),
    (71, 12),
    (69, 24),
    (67, 48),
]


@pytest.fixture(scope="module")
def tune():
    return Score.of_melody(Melody.from_events(EVENTS), key=Key("G"), tempo=100)


def heard(score, **asked):
    return hear_notes(sing(score, sr=SR, **asked).mono, SR)


def assert_same(notes, score, cents=0):
    written = score.parts[0].notes
    assert [round(note.pitch - cents / 100) for note in notes] == [note.pitch for note in written]
    for note, own in zip(notes, written, strict=True):
        assert note.onset == pytest.approx(score.seconds_at(own.onset), abs=0.05)
        assert note.onset < note.end


@pytest.mark.parametrize("timbre", TIMBRES)
@pytest.mark.parametrize("noise", [None, 20])
def test_every_voice_is_heard_clean_and_in_noise(tune, timbre, noise):
    assert_same(heard(tune, timbre=timbre, signal_to_noise=noise), tune)


def test_notes_struck_again_are_told_apart(tune):
    three = Score.of_melody(Melody.from_events([(64, 24)] * 3), tempo=100)
    for timbre in TIMBRES:
        assert_same(heard(three, timbre=timbre), three)


def test_a_singer_s_own_tuning_is_kept_and_taken_out(tune):
    y = sing(tune, sr=SR).mono
    slower = round(SR * 2 ** (-35 / 1200))  # as a recording 35 cents flat
    notes = hear_notes(y, slower)
    assert np.mean([note.pitch % 1 for note in notes]) == pytest.approx(0.65, abs=0.07)
    assert quantise(notes, 98).pitches.tolist() == [note.pitch for note in tune.parts[0].notes]


def test_silence_and_noise_are_no_notes():
    assert hear_notes(np.zeros(SR), SR) == ()
    assert hear_notes(np.zeros(10), SR) == ()
    noise = np.random.default_rng(0).standard_normal(SR)
    assert len(hear_notes(0.1 * noise, SR)) <= 2


def test_samples_must_be_one_finite_channel_and_not_too_long():
    with pytest.raises(ParameterError, match="finite samples of one channel"):
        hear_notes(np.zeros((2, 100)), SR)
    with pytest.raises(ParameterError, match="lasts 700 s"):
        hear_notes(np.zeros(700 * 100), 100)


@pytest.mark.parametrize("tempo", [75, 92, 100, 120, 140])
def test_the_tempo_is_found_from_uneven_onsets(tempo):
    random = np.random.default_rng(tempo)
    ticks = np.cumsum(random.choice([12, 12, 24, 24, 48], size=24))
    onsets = 3 + ticks * 60 / tempo / 24 + random.normal(0, 0.01, 24)
    found = find_tempo(onsets)
    assert min(abs(found / tempo * factor - 1) for factor in (0.5, 1, 2)) < 0.02


def test_two_onsets_tell_no_tempo():
    assert find_tempo([]) == find_tempo([0, 1]) == 105


@pytest.mark.parametrize("drift", [0.985, 1, 1.015])
def test_the_grid_follows_a_singer_who_slows_down_or_hurries(drift):
    onsets = np.cumsum(0.5 * drift ** np.arange(20))
    notes = [HeardNote(a, a + 0.4, 60 + i) for i, a in enumerate(onsets)]
    assert set(np.diff(quantise(notes, 120).onsets)) == {24}


def test_breath_is_no_rest_and_a_rest_is_one():
    sung = [HeardNote(1.0, 1.4, 60), HeardNote(1.5, 1.9, 62), HeardNote(2.5, 3, 64)]
    melody = quantise(sung, 120)
    assert melody.onsets.tolist() == [0, 24, 72]
    assert melody.durations.tolist() == [24, 18, 24]
    for tempo in (0, 500, float("nan")):
        with pytest.raises(ParameterError, match="from 20 to 400"):
            quantise(sung, tempo)
    with pytest.raises(ParameterError, match="at least one note"):
        quantise([], 100)


def test_notes_too_close_for_the_grid_stay_apart():
    sung = [HeardNote(0, 0.03, 60), HeardNote(0.03, 0.06, 62), HeardNote(0.06, 0.5, 64)]
    assert quantise(sung, 60).onsets.tolist() == [0, 6, 12]


@pytest.mark.parametrize("tempo", [100, None])
def test_a_hummed_file_becomes_a_melody(wav, tune, tempo):
    score = hum(wav(sing(tune, sr=SR).mono, SR), tempo=tempo)
    assert score.tempo == pytest.approx(100, abs=2)
    assert score.key == Key("G")
    written = tune.parts[0].notes
    found = score.parts[0].notes
    assert [note.pitch for note in found] == [note.pitch for note in written]
    assert [note.onset for note in found] == [note.onset for note in written]


def test_it_can_be_harmonised(wav, tune):
    from melodyai_edu.composition import harmonise

    score = hum(wav(sing(tune, sr=SR).mono, SR), tempo=100)
    assert len(harmonise(score).score.parts) == 4


def test_a_file_without_a_voice_says_what_to_do(wav):
    with pytest.raises(InputError, match=r"sound\.wav: no note was heard; hum one line alone"):
        hum(wav(np.zeros(SR), SR))


def test_pitches_of_a_voice_outside_the_range_are_not_invented():
    low = Score.of_melody(Melody((Note(0, 96, 30),)), tempo=120)  # F#1, below C2
    assert all(note.pitch > 35.5 for note in heard(low))
