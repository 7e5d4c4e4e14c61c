"""Every tier sounds: same length, same peak, the pitches that were asked for."""

import io

import numpy as np
import pytest

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.render import Audio, audio_bytes, audio_html, available_tiers, render_audio
from melodyai_edu.render.audio import PEAK, TAIL_SECONDS, write_audio
from melodyai_edu.score import Melody, Part, Score

A4 = Score.of_melody(Melody.from_events([(69, 48)]), tempo=60)

every_tier = pytest.mark.parametrize("tier", ["fluidsynth", "sines"])


def play(score, tier, sr=22050):
    if tier not in available_tiers():
        pytest.skip(f"{tier} is not installed")
    return render_audio(score, sr, tier)


@pytest.mark.audio
@every_tier
def test_length_peak_and_type(jig, tier):
    audio = play(jig, tier)
    assert audio.samples.dtype == np.float32
    assert audio.samples.shape[0] == 2
    assert audio.seconds == pytest.approx(jig.seconds + TAIL_SECONDS, abs=0.01)
    assert np.abs(audio.samples).max() == pytest.approx(PEAK, abs=1e-3)
    assert audio.tier == tier


@pytest.mark.audio
@pytest.mark.parametrize("program", [0, 24, 40, 73])
@every_tier
def test_an_a_is_440_hertz(tier, program):
    """A synthesizer may sound like anything, but in tune (docs/decisions/05-audio-tiers.md)."""
    melody = Melody.from_events([(69, 48)])
    audio = play(Score.of_melody(melody, tempo=60, program=program), tier)
    sound = audio.mono[: 2 * audio.sr]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    frequencies = np.fft.rfftfreq(len(sound), 1 / audio.sr)
    near = (frequencies > 300) & (frequencies < 600)
    assert frequencies[near][spectrum[near].argmax()] == pytest.approx(440, abs=3)


@pytest.mark.audio
@every_tier
def test_notes_sound_when_they_should(tier):
    """A second of silence in the middle is quiet, the notes around it are not."""
    score = Score.of_melody(Melody.from_events([(60, 24), (None, 96), (64, 24)]), tempo=60)
    audio = play(score, tier)
    loudness = [
        np.sqrt((audio.mono[int(a * audio.sr) : int(b * audio.sr)] ** 2).mean())
        for a, b in ((0.1, 0.9), (3.5, 4.5), (5.1, 5.9))
    ]
    assert loudness[1] < 0.2 * min(loudness[0], loudness[2])


@pytest.mark.audio
@every_tier
def test_same_score_same_samples(jig, tier):
    assert np.array_equal(play(jig, tier).samples, play(jig, tier).samples)


def test_no_notes_no_sound():
    audio = render_audio(Score((Part(()),), duration=96), 8000)
    assert not audio.samples.any()


@pytest.mark.audio
@pytest.mark.parametrize(("suffix", "kind"), [(".wav", "WAV"), (".mp3", "MP3"), (".ogg", "OGG")])
def test_files_open_elsewhere(jig, tmp_path, suffix, kind):
    import soundfile

    path = tmp_path / f"jig{suffix}"
    audio = write_audio(jig, path, sr=44100)
    information = soundfile.info(path)
    assert (information.format, information.samplerate, information.channels) == (kind, 44100, 2)
    assert information.duration == pytest.approx(audio.seconds, abs=0.1)
    samples, _ = soundfile.read(io.BytesIO(path.read_bytes()))
    correlation = np.corrcoef(samples[: audio.sr, 0], audio.samples[0, : audio.sr])[0, 1]
    assert correlation > 0.95


def test_mp3_in_a_page():
    quiet = Audio(np.zeros((2, 8000), np.float32), 8000, "sines")
    page = audio_html(quiet, 'A "sound"')
    assert "data:audio/mpeg;base64," in page
    assert 'aria-label="A &quot;sound&quot;"' in page


def test_wrong_values_say_what_can_be_had(tmp_path):
    with pytest.raises(ParameterError, match="sr=44000 must be one of: 8000"):
        render_audio(A4, 44000)
    with pytest.raises(ParameterError, match="tier='organ' must be one of: fluidsynth"):
        render_audio(A4, tier="organ")
    with pytest.raises(ParameterError, match=r"must end in one of: \.wav"):
        write_audio(A4, tmp_path / "a.flac")
    with pytest.raises(ParameterError, match=r"suffix='\.aiff' must be one of"):
        audio_bytes(Audio(np.zeros((2, 8), np.float32), 8000, "sines"), ".aiff")
    with pytest.raises(OutputError, match="cannot be written"):
        write_audio(A4, tmp_path / "nowhere" / "a.wav", sr=8000)
    long = Score.of_melody(Melody.from_events([(60, 96)] * 1000), tempo=60)
    with pytest.raises(ParameterError, match="at most 3600"):
        render_audio(long)
