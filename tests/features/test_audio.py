from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.features.audio import HOP_LENGTH, SR, audio_features, read_audio
from melodyai_edu.features.columns import AUDIO, CHROMA, SHARED
from melodyai_edu.features.symbolic import symbolic_features
from melodyai_edu.features.table import audio_table
from melodyai_edu.io.corpus import load
from melodyai_edu.render.singing import sing
from melodyai_edu.score import Key, Melody, Score


@pytest.fixture(scope="module")
def tune():
    """Eight seconds that go round the chords of G major, two notes a second."""
    bar = [(67, 24), (71, 24), (74, 24), (67, 24)]
    close = [(72, 24), (69, 24), (66, 24), (67, 24)]
    return Score.of_melody(Melody.from_events(bar * 3 + close), key=Key("G"), tempo=120)


@pytest.fixture(scope="module")
def heard(tune):
    return audio_features(sing(tune, timbre="plucked", sr=SR).mono, SR)


def test_every_column_is_described_and_a_number(heard):
    row = heard.row()
    assert set(row) == {*SHARED, *AUDIO}
    assert all(isinstance(value, float) and np.isfinite(value) for value in row.values())
    assert sum(row[name] for name in CHROMA) == pytest.approx(1)


def test_a_score_and_its_sound_agree_where_names_are_shared(tune, heard):
    written, row = symbolic_features(tune), heard.row()
    assert row["seconds"] == pytest.approx(written["seconds"] + 0.5)  # the tail
    assert row["beats_a_minute"] == pytest.approx(written["beats_a_minute"], rel=0.03)
    assert row["onsets_a_second"] == pytest.approx(written["onsets_a_second"], rel=0.1)
    assert (row["found_tonic"], row["found_minor"]) == (7, 0)
    assert (written["found_tonic"], written["found_minor"]) == (7, 0)
    chroma = [[side[name] for name in CHROMA] for side in (written, row)]
    assert np.corrcoef(chroma)[0, 1] > 0.8


def test_frames_have_one_length_and_onsets_their_places(heard):
    frames = heard.chroma.shape[1]
    assert frames == -(-round(heard.seconds * SR) // HOP_LENGTH) == len(heard.frame_times)
    for values in (heard.onset_strength, heard.spectral_centroid, heard.loudness):
        assert values.shape == (frames,)
    nearest = np.abs(heard.onsets[:, None] - np.arange(16) / 2).min(axis=1)
    assert np.median(nearest) < 0.06
    assert "G major" in repr(heard)


def test_keys_of_real_tunes_are_mostly_heard_as_they_are_read():
    """A listener to sound and one to the notes agree on the tonic more often than not."""
    same = []
    for tune in load("oneill").filter(split="test", genre="air")[:8]:
        y = sing(tune.melody_score, timbre="plucked", sr=SR).mono[: 12 * SR]
        found = audio_features(y, SR).key
        same.append(found.tonic == tune.key.tonic)
    assert sum(same) >= 4


def test_blocks_join_without_a_seam(monkeypatch, tune, heard):
    monkeypatch.setattr("melodyai_edu.features.audio._BLOCK_SECONDS", 3)
    y = sing(tune, timbre="plucked", sr=SR).mono
    again = audio_features(y, SR)
    assert again.chroma.shape == heard.chroma.shape
    assert np.mean(np.abs(again.spectral_centroid - heard.spectral_centroid) < 1) > 0.95
    assert again.key == heard.key


def test_silence_and_a_click_are_measured():
    silent = audio_features(np.zeros(2000), 8000)
    assert (len(silent.beats), silent.beats_a_minute, len(silent.onsets)) == (0, 0, 0)
    assert np.isfinite(list(silent.row().values())).all()
    click = np.zeros(8000)
    click[4000] = 1
    assert np.isfinite(list(audio_features(click, 8000).row().values())).all()


@pytest.mark.parametrize("y", [np.zeros(0), np.zeros((2, 100)), np.full(100, np.nan)])
def test_samples_must_be_one_finite_channel(y):
    with pytest.raises(ParameterError, match="finite samples of one channel"):
        audio_features(y, 22050)


def test_a_file_is_measured_as_its_samples(wav, tune, heard):
    path = wav(sing(tune, timbre="plucked", sr=SR).mono, SR)
    assert read_audio(path).row() == pytest.approx(heard.row(), rel=1e-3, abs=1e-3)
    with pytest.raises(InputError, match="no such file"):
        read_audio(path.with_name("other.wav"))


def test_a_table_of_recordings_is_kept(wav, tune, monkeypatch, tmp_path):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    files = [
        wav(sing(tune, timbre=name, sr=8000).mono, 8000, f"{name}.wav") for name in ("hum", "flute")
    ]
    table = audio_table(files, progress=False)
    assert table["file"].tolist() == ["hum.wav", "flute.wav"]
    assert set(table.columns) == {"file", *SHARED, *AUDIO}

    def measured_again(*args, **kwargs):
        raise AssertionError("measured again")

    monkeypatch.setattr("melodyai_edu.features.audio.audio_features", measured_again)
    assert audio_table(files, progress=False).equals(table)


def test_librosa_is_imported_only_when_something_is_heard():
    code = (
        "import sys, melodyai_edu as mai; mai.read_audio, mai.hum; print('librosa' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
