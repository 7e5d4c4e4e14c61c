from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.audio_read import SUFFIXES, audio_digest, read_samples


@pytest.fixture
def tone():
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".aiff"])
def test_every_format_gives_the_tone_back(tmp_path, tone, suffix):
    assert suffix in SUFFIXES
    path = tmp_path / f"tone{suffix}"
    soundfile.write(path, tone, 22050)
    samples, sr = read_samples(path)
    assert sr == 22050
    assert samples.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(samples[:22050]))
    assert abs(int(spectrum.argmax()) * sr / min(len(samples), 22050) - 440) < 3
    assert samples.std() == pytest.approx(tone.std(), rel=0.05)


def test_channels_become_their_mean(tmp_path, tone):
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.stack([tone, np.zeros_like(tone)], axis=1), 22050, subtype="FLOAT")
    samples, _ = read_samples(path)
    assert samples == pytest.approx(tone / 2, abs=1e-6)


def test_high_sample_rates_are_averaged_down(tmp_path):
    sr = 192_000
    low = np.sin(2 * np.pi * 440 * np.arange(sr) / sr)
    path = tmp_path / "high.wav"
    soundfile.write(path, low, sr)
    samples, kept = read_samples(path)
    assert kept == 38_400
    assert len(samples) == kept
    assert int(np.abs(np.fft.rfft(samples)).argmax()) == 440


def test_blocks_join_without_a_seam(tmp_path, tone, monkeypatch):
    monkeypatch.setattr("melodyai_edu.io.audio_read._BLOCK", 1000)
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone[:5500], 22050, subtype="FLOAT")
    samples, _ = read_samples(path)
    assert samples == pytest.approx(tone[:5500], abs=1e-6)


def test_samples_that_are_no_numbers_are_refused_with_their_place(tmp_path, tone):
    tone[11025] = np.nan
    path = tmp_path / "broken.wav"
    soundfile.write(path, tone, 22050, subtype="FLOAT")
    with pytest.raises(InputError, match=r"broken\.wav: a sample at 0\.50 seconds is not a finite"):
        read_samples(path)


@pytest.mark.parametrize(("sr", "channels"), [(2000, 1), (400_000, 1), (8000, 33)])
def test_rates_and_channels_outside_the_limits_are_refused(tmp_path, sr, channels):
    path = tmp_path / "odd.wav"
    soundfile.write(path, np.zeros((4000, channels)), sr)
    with pytest.raises(InputError, match=r"sample rate is|33 channels: the limit is 32"):
        read_samples(path)


@pytest.mark.parametrize("sr", limits.AUDIO_HERTZ)
def test_the_limits_themselves_are_allowed(tmp_path, sr):
    path = tmp_path / "edge.wav"
    soundfile.write(path, np.zeros((sr // 10, 32)), sr)
    assert len(read_samples(path)[0])


def test_more_than_two_hours_are_refused_before_they_are_decoded(tmp_path):
    path = tmp_path / "long.wav"
    path.write_bytes(_sparse_head(seconds=7201, sr=4000))
    os.truncate(path, 44 + 7201 * 4000)
    with pytest.raises(InputError, match=r"7,201 seconds: the limit is 7,200; cut it"):
        read_samples(path)


def _sparse_head(seconds: int, sr: int) -> bytes:
    data = seconds * sr
    parts = (b"RIFF", (data + 36).to_bytes(4, "little"), b"WAVEfmt ", (16).to_bytes(4, "little"))
    form = (1).to_bytes(2, "little") * 2 + sr.to_bytes(4, "little") * 2
    return b"".join(parts) + form + b"\1\0\x08\0data" + data.to_bytes(4, "little")


def test_a_file_cut_short_is_refused(tmp_path, tone):
    path = tmp_path / "cut.wav"
    soundfile.write(path, tone, 22050)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(InputError, match=r"cut\.wav: it ends after 20,000 of 44,144 bytes"):
        read_samples(path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("song.mid", b"MThd", "no recording that we read; use .wav"),
        ("song.wav", b"", "it is empty"),
        ("song.wav", b"MThd" + bytes(200), "does not begin like a recording"),
        ("song.wav", b".snd" + bytes(200), "does not begin like a recording"),
        ("song.wav", b"RIFF\xd4\0\0\0AVI " + bytes(208), "no recording that we can decode"),
        ("song.mp3", os.urandom(0) + bytes(range(256)) * 8, "song.mp3: it"),
        ("song.flac", b"fLaC" + bytes(100), "song.flac: it"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_samples(path)


def test_pipes_folders_and_missing_files_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    for name, message in (("pipe", "pipe or a device"), ("folder", "a folder"), ("no", "no such")):
        with pytest.raises(InputError, match=message):
            read_samples(tmp_path / f"{name}.wav")


def test_no_sound_at_all_is_refused(tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, np.zeros(100), 22050)
    with pytest.raises(InputError, match=r"it lasts 0\.005 seconds"):
        read_samples(path)


def test_the_digest_is_that_of_the_contents(tmp_path):
    for name, data in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).write_bytes(data)
    a, b, c = (audio_digest(tmp_path / name) for name in "abc")
    assert a == b != c
