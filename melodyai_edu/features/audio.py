"""What a recording is like, in numbers: tempo and beats, key, timbre, onsets.

Conventions
-----------
``y`` are samples of one channel [shape=(n,), float32], ``sr`` samples a second. A recording is
measured at 22,050 samples a second, a frame every 512 of them, minute by minute, so that a long one
needs no more memory than a short one. Names and units stand in `melodyai_edu.features.columns`.

Contents
--------
AudioFeatures, audio_features, read_audio, import_librosa
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from melodyai_edu.errors import MissingDependencyError, ParameterError
from melodyai_edu.features.symbolic import key_columns
from melodyai_edu.io.audio_read import read_samples
from melodyai_edu.io.estimate import key_of_durations
from melodyai_edu.score import Key

__all__ = ["AudioFeatures", "audio_features", "import_librosa", "read_audio"]

SR = 22_050
HOP_LENGTH = 512
_N_FFT = 2048
_CHROMA_N_FFT = 4096  # tells semitones apart from A2 on
_BLOCK_SECONDS = 60
_HIGHEST_CHROMA = 1100.0  # Hz: above lie overtones, which tell of other pitch classes
_NUMBER_OF_MFCC = 13
_SILENT = -100.0  # dB


@dataclass(frozen=True, eq=False)
class AudioFeatures:
    """A recording, measured frame by frame.

    Parameters
    ----------
    seconds : float [seconds]
    beats : np.ndarray [shape=(beats,), float, seconds]
        Where a listener would tap.
    beats_a_minute : float
        0 where no beat was found.
    onsets : np.ndarray [shape=(onsets,), float, seconds]
        Where notes begin.
    onset_strength : np.ndarray [shape=(frames,), float]
        How much louder the spectrum became.
    chroma : np.ndarray [shape=(12, frames), float]
        Energy of each pitch class, the loudest of a frame 1.
    spectral_centroid : np.ndarray [shape=(frames,), float, Hz]
    spectral_contrast : np.ndarray [shape=(7, frames), float, dB]
    mfcc : np.ndarray [shape=(13, frames), float]
    loudness : np.ndarray [shape=(frames,), float, dB]

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> found = audio_features(tone, 22050)
    >>> int(found.chroma.mean(axis=1).argmax()), found.seconds
    (9, 1.0)
    """

    seconds: float
    beats: np.ndarray
    beats_a_minute: float
    onsets: np.ndarray
    onset_strength: np.ndarray
    chroma: np.ndarray
    spectral_centroid: np.ndarray
    spectral_contrast: np.ndarray
    mfcc: np.ndarray
    loudness: np.ndarray

    @property
    def key(self) -> Key:
        """The major or minor key that fits the pitch classes best (Krumhansl & Kessler 1982)."""
        return key_of_durations(self._sounding())

    @property
    def frame_times(self) -> np.ndarray:
        """Where each frame lies [shape=(frames,), float, seconds]."""
        return np.arange(self.chroma.shape[1]) * HOP_LENGTH / SR

    def _sounding(self) -> np.ndarray:
        """Add up each pitch class over the frames that are not silent [shape=(12,)]."""
        heard = self.loudness > _SILENT
        total: np.ndarray = self.chroma[:, heard].astype(float).sum(axis=1)
        return total

    def row(self) -> dict[str, float]:
        """Give one number for each feature.

        Returns
        -------
        features : dict of str to float
            By the names in `melodyai_edu.features.columns.SHARED` and ``AUDIO``.
        """
        contrast = self.spectral_contrast.mean(axis=1).tolist()
        mfcc = self.mfcc.mean(axis=1).tolist()
        return {
            "seconds": self.seconds,
            "beats_a_minute": self.beats_a_minute,
            "beats": float(len(self.beats)),
            "onsets_a_second": len(self.onsets) / self.seconds,
            **key_columns(self._sounding()),
            "onset_strength": float(self.onset_strength.mean()),
            "onset_strength_spread": float(self.onset_strength.std()),
            "loudness": float(self.loudness.mean()),
            "spectral_centroid": float(self.spectral_centroid.mean()),
            "spectral_centroid_spread": float(self.spectral_centroid.std()),
            **{f"spectral_contrast_{band}": value for band, value in enumerate(contrast)},
            **{f"mfcc_{number}": value for number, value in enumerate(mfcc)},
        }

    def __repr__(self) -> str:
        return (
            f"<AudioFeatures: {self.seconds:.1f} s, {self.beats_a_minute:.0f} beats a minute, "
            f"{self.key.name}, {len(self.onsets)} onsets>"
        )


def import_librosa() -> Any:
    """Import librosa, or say how to get it.

    Returns
    -------
    librosa : module

    Raises
    ------
    MissingDependencyError
        If it is not installed.
    """
    try:
        import librosa
    except ImportError as error:
        raise MissingDependencyError(
            'listening to recordings needs librosa: pip install "melodyai-edu[audio]"'
        ) from error
    return librosa


def read_audio(path: str | os.PathLike[str], *, progress: bool = True) -> AudioFeatures:
    """Measure a recording.

    Parameters
    ----------
    path : path
        A ``.wav``, ``.flac``, ``.ogg``, ``.mp3`` or ``.aiff`` file: at most 2 hours, 4 to 384 kHz,
        1 to 32 channels.
    progress : bool, default True
        Show a progress bar for recordings longer than a minute.

    Returns
    -------
    features : AudioFeatures

    Raises
    ------
    InputError
        If the file is missing, damaged, too long, or has samples that are no numbers.
    MissingDependencyError
        If librosa is not installed.

    Examples
    --------
    >>> read_audio("song.mid")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: song.mid: '.mid' is no recording that we read; use .wav, ...
    """
    samples, sr = read_samples(path)
    return audio_features(samples, sr, progress=progress)


def audio_features(y: np.ndarray, sr: int, *, progress: bool = False) -> AudioFeatures:
    """Measure samples.

    Parameters
    ----------
    y : np.ndarray [shape=(n,), float, -1 to 1]
    sr : int [samples a second]
    progress : bool, default False

    Returns
    -------
    features : AudioFeatures

    Raises
    ------
    ParameterError
        If the samples are not of one channel, are none, or are not finite.
    MissingDependencyError
        If librosa is not installed.

    References
    ----------
    Chroma: Müller (2015), Fundamentals of Music Processing, chapter 3. Beats: Ellis (2007), Journal
    of New Music Research 36(1), 51-60. Spectral contrast: Jiang et al. (2002), ICME. Onset
    strength: Böck & Widmer (2013), DAFx. All as librosa computes them: McFee et al. (2015), SciPy.
    """
    y = np.asarray(y, dtype=np.float32)
    if y.ndim != 1 or not len(y) or not np.isfinite(y).all():
        raise ParameterError(f"y of shape {y.shape} must be finite samples of one channel")
    librosa = import_librosa()
    seconds = len(y) / sr
    if sr != SR:
        y = librosa.resample(y, orig_sr=sr, target_sr=SR, res_type="soxr_hq")
    frames = _frames(librosa, y, progress)
    strength = frames["onset_strength"]
    at = {"onset_envelope": strength, "sr": SR, "hop_length": HOP_LENGTH, "units": "time"}
    tempo, beats = librosa.beat.beat_track(**at)
    onsets = librosa.onset.onset_detect(**at) if strength.any() else np.zeros(0)
    if len(beats) > 2:
        tempo = 60 / np.median(np.diff(beats))
    return AudioFeatures(
        seconds=seconds,
        beats=np.asarray(beats, dtype=float),
        beats_a_minute=float(np.squeeze(tempo)) if len(beats) else 0.0,
        onsets=np.asarray(onsets, dtype=float),
        **frames,
    )


def _frames(librosa: Any, y: np.ndarray, progress: bool) -> dict[str, np.ndarray]:
    """Measure every frame, minute by minute."""
    from tqdm.auto import tqdm

    size = _BLOCK_SECONDS * SR // HOP_LENGTH * HOP_LENGTH
    starts = range(0, len(y), size)
    tuning = librosa.estimate_tuning(y=y[:size], sr=SR) if y[:size].any() else 0.0
    shown = tqdm(starts, unit=" minutes", desc="listening", disable=not progress or len(starts) < 2)
    blocks = [_block(librosa, y[start : start + size], tuning) for start in shown]
    return {name: np.concatenate([b[name] for b in blocks], axis=-1) for name in blocks[0]}


def _block(librosa: Any, y: np.ndarray, tuning: float) -> dict[str, np.ndarray]:
    count = -(-len(y) // HOP_LENGTH)
    if len(y) < _CHROMA_N_FFT:
        y = np.pad(y, (0, _CHROMA_N_FFT - len(y)))
    spectrum = np.abs(librosa.stft(y, n_fft=_N_FFT, hop_length=HOP_LENGTH))
    fine = np.abs(librosa.stft(y, n_fft=_CHROMA_N_FFT, hop_length=HOP_LENGTH)) ** 2
    fine[librosa.fft_frequencies(sr=SR, n_fft=_CHROMA_N_FFT) > _HIGHEST_CHROMA] = 0
    mel = librosa.power_to_db(librosa.feature.melspectrogram(S=spectrum**2, sr=SR))
    rms = librosa.feature.rms(S=spectrum, frame_length=_N_FFT)[0]
    found = {
        "onset_strength": librosa.onset.onset_strength(S=mel, sr=SR, hop_length=HOP_LENGTH),
        "chroma": librosa.feature.chroma_stft(S=fine, sr=SR, tuning=tuning, n_fft=_CHROMA_N_FFT),
        "spectral_centroid": librosa.feature.spectral_centroid(S=spectrum, sr=SR)[0],
        "spectral_contrast": librosa.feature.spectral_contrast(S=spectrum, sr=SR),
        "mfcc": librosa.feature.mfcc(S=mel, n_mfcc=_NUMBER_OF_MFCC),
        "loudness": 20 * np.log10(np.maximum(rms, 1e-5)),
    }
    return {name: np.asarray(values)[..., :count] for name, values in found.items()}
