"""Scores as sound: WAV, MP3 and OGG.

Conventions
-----------
Samples are ``[channels, n]``, float32 from -1 to 1. Every tier gives the same length, the score's
playing time plus a tail in which the last notes ring out, and the same peak. The same score gives
the same samples.

Contents
--------
PEAK, TAIL_SECONDS, Audio, available_tiers, render_audio, render_stems, audio_bytes, write_audio
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from melodyai_edu.errors import MissingDependencyError, OutputError, ParameterError
from melodyai_edu.render.synthesis import TIERS, is_available
from melodyai_edu.score import Score

__all__ = [
    "PEAK",
    "TAIL_SECONDS",
    "Audio",
    "audio_bytes",
    "available_tiers",
    "render_audio",
    "render_stems",
    "write_audio",
]

#: One decibel below full scale: leaves room for the overshoot of MP3 and OGG.
PEAK = 10 ** (-1 / 20)

#: How long the last notes ring out.
TAIL_SECONDS = 1.5

_FORMATS = {".wav": "WAV", ".mp3": "MP3", ".ogg": "OGG"}
_SAMPLE_RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)
_BLOCK = 1 << 16  # libsndfile's Vorbis encoder overflows its stack on very long single writes
_LONGEST = 3600  # seconds; an hour of stereo is 1.3 GB in memory


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Sound, ready to be written or played.

    Parameters
    ----------
    samples : np.ndarray [shape=(channels, n), float32, -1 to 1]
    sr : int [samples a second]
    tier : str
        The synthesizer that made it: a name from `available_tiers`.
    """

    samples: np.ndarray
    sr: int
    tier: str

    @property
    def seconds(self) -> float:
        """The playing time, tail included [seconds]."""
        return int(self.samples.shape[-1]) / self.sr

    @property
    def mono(self) -> np.ndarray:
        """Both channels mixed to one [shape=(n,), float32]."""
        return np.asarray(self.samples.mean(axis=0), dtype=np.float32)


def available_tiers() -> tuple[str, ...]:
    """List the synthesizers that work here, the best first.

    Returns
    -------
    tiers : tuple of str
        Out of ``"fluidsynth"`` and ``"sines"``; see
        `melodyai_edu.render.synthesis`.

    Examples
    --------
    >>> available_tiers()[-1]
    'sines'
    """
    return tuple(tier for tier in TIERS if is_available(tier))


def _choose(tier: str | None) -> str:
    available = available_tiers()
    if tier is None:
        if not available:
            raise MissingDependencyError("sound needs a synthesizer: pip install pretty_midi")
        return available[0]
    if tier not in TIERS:
        raise ParameterError(f"tier={tier!r} must be one of: {', '.join(TIERS)}")
    return tier


def _fit(samples: np.ndarray, length: int, sr: int) -> np.ndarray:
    """Bring samples to one length, fading out over the last tenth of a second."""
    samples = samples[:, :length]
    samples = np.pad(samples, ((0, 0), (0, length - samples.shape[1])))
    fade = min(sr // 10, length)
    samples[:, length - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return samples


def _gain(*sounds: np.ndarray) -> np.float32:
    """Give the factor that brings the loudest of several sounds to the one peak."""
    peak = max(np.abs(samples).max(initial=0) for samples in sounds)
    return np.float32(PEAK / peak if peak > 0 else 1)


def render_audio(score: Score, sr: int = 44100, tier: str | None = None) -> Audio:
    """Play a score into samples.

    Parameters
    ----------
    score : Score
    sr : int, default 44100 [samples a second]
        One of 8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000: those that MP3 knows too.
    tier : str, optional
        ``"fluidsynth"`` or ``"sines"``; the best that is there when left out.

    Returns
    -------
    audio : Audio
        Stereo, as long as the score plus 1.5 seconds, its peak one decibel below full scale.

    Raises
    ------
    ParameterError
        If a value is unknown or the score plays for more than an hour.
    MissingDependencyError
        If the synthesizer is not there.
    OutputError
        If MIDI cannot carry the score.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> audio = render_audio(Score.of_melody(Melody.from_events([(60, 24)])), 8000, "sines")
    >>> audio.samples.shape, round(float(abs(audio.samples).max()), 3)
    ((2, 16000), 0.891)
    """
    _check(sr, score.seconds)
    chosen = _choose(tier)
    samples = _played(score, sr, chosen)
    return Audio(samples * _gain(samples), sr, chosen)


def _check(sr: int, seconds: float) -> None:
    if sr not in _SAMPLE_RATES:
        raise ParameterError(f"sr={sr} must be one of: {', '.join(map(str, _SAMPLE_RATES))}")
    if seconds > _LONGEST:
        raise ParameterError(
            f"the score plays for {seconds:.0f} seconds, it must be at most {_LONGEST}: "
            "raise its tempo or render it in pieces"
        )


def _played(score: Score, sr: int, tier: str) -> np.ndarray:
    """Play a score, at whatever loudness its synthesizer gives [shape=(2, n), float32]."""
    from melodyai_edu.io.midi_write import midi_bytes

    length = math.ceil((score.seconds + TAIL_SECONDS) * sr)
    if score.note_count == 0:
        return np.zeros((2, length), dtype=np.float32)
    return _fit(TIERS[tier](midi_bytes(score), sr), length, sr)


def render_stems(
    score: Score, sr: int = 44100, tier: str | None = None, *, progress: bool = False
) -> tuple[Audio, ...]:
    """Play each part of a score by itself, all at one gain.

    Parameters
    ----------
    score : Score
    sr : int, default 44100 [samples a second]
        As in `render_audio`.
    tier : str, optional
        As in `render_audio`.
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    stems : tuple of Audio
        One for each part, as long as the whole. The peak of the loudest of them and of their sum
        is one decibel below full scale.

    Raises
    ------
    ParameterError
        If a value is unknown or the parts play for more than an hour together.
    MissingDependencyError
        If the synthesizer is not there.
    OutputError
        If MIDI cannot carry the score.

    Examples
    --------
    >>> from melodyai_edu.score import Note, Part
    >>> low, high = Part((Note(0, 24, 48),)), Part((Note(24, 24, 72),))
    >>> [stem.samples.shape for stem in render_stems(Score((low, high)), 8000, "sines")]
    [(2, 20000), (2, 20000)]
    """
    from tqdm.auto import tqdm

    _check(sr, score.seconds * len(score.parts))
    chosen = _choose(tier)
    parts = tqdm(score.parts, desc="stems", unit="part", disable=not progress)
    sounds = [_played(replace(score, parts=(part,)), sr, chosen) for part in parts]
    if not sounds:
        return ()
    gain = _gain(np.sum(sounds, axis=0), *sounds)
    return tuple(Audio(samples * gain, sr, chosen) for samples in sounds)


def audio_bytes(audio: Audio, suffix: str = ".mp3", *, bits: int = 16) -> bytes:
    """Encode sound as the bytes of a file.

    Parameters
    ----------
    audio : Audio
    suffix : str, default ".mp3"
        ``".wav"``, ``".mp3"`` or ``".ogg"`` (Vorbis).
    bits : {16, 24}, default 16
        How finely a WAV file says each sample.

    Returns
    -------
    data : bytes

    Raises
    ------
    ParameterError
        If the suffix is unknown.

    Examples
    --------
    >>> audio_bytes(Audio(np.zeros((2, 800), np.float32), 8000, "sines"), ".wav")[:4]
    b'RIFF'
    """
    import soundfile

    if suffix not in _FORMATS:
        raise ParameterError(f"suffix={suffix!r} must be one of: {', '.join(_FORMATS)}")
    buffer = io.BytesIO()
    channels = audio.samples.shape[0]
    kind = _FORMATS[suffix]
    subtype = "PCM_24" if bits == 24 and kind == "WAV" else None
    with soundfile.SoundFile(buffer, "w", audio.sr, channels, subtype, format=kind) as file:
        for begin in range(0, audio.samples.shape[1], _BLOCK):
            file.write(audio.samples[:, begin : begin + _BLOCK].T)
    return buffer.getvalue()


def write_audio(
    score: Score, path: str | Path, *, sr: int = 44100, tier: str | None = None
) -> Audio:
    """Play a score into a sound file.

    Parameters
    ----------
    score : Score
    path : str or Path
        Its suffix chooses the format: ``.wav``, ``.mp3`` or ``.ogg``.
    sr : int, default 44100 [samples a second]
    tier : str, optional
        As in `render_audio`.

    Returns
    -------
    audio : Audio
        What was written; ``audio.tier`` names the synthesizer.

    Raises
    ------
    ParameterError
        If the suffix or another value is unknown.
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in _FORMATS:
        raise ParameterError(f"path={str(path)!r} must end in one of: {', '.join(_FORMATS)}")
    audio = render_audio(score, sr, tier)
    data = audio_bytes(audio, path.suffix.lower())
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    return audio
