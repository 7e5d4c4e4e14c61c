"""Recordings as samples: WAV, FLAC, OGG, MP3 and AIFF, mixed to one channel.

Conventions
-----------
Samples are ``[n]``, float32, usually from -1 to 1. A file is decoded block by block in a child
process (`melodyai_edu.io.sandbox`), so that its length and a damaged place cost little. Above
44.1 kHz neighbouring samples are averaged, since nothing that is measured later lies so high.

Contents
--------
SUFFIXES, read_samples, audio_path, audio_digest, read_head, read_block
"""

from __future__ import annotations

import os
import re
import struct
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.disk import as_path, check_file
from melodyai_edu.io.sandbox import run_limited

__all__ = ["SUFFIXES", "audio_digest", "audio_path", "read_block", "read_head", "read_samples"]

#: Recordings that we read.
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")

_BLOCK = 1 << 22  # samples of all channels together that a child decodes at once
_HIGHEST = 44_100  # samples a second that are kept
_SHORTEST = 0.05  # seconds
#: What a recording begins with: containers, or the tag or first frame of an MP3.
_BEGIN = re.compile(rb"RIFF|RIFX|RF64|FORM|fLaC|OggS|ID3|\xff[\xe0-\xff]")
_EXACT = ("WAV", "WAVEX", "FLAC", "AIFF")  # formats whose header states the true length


def audio_path(path: str | os.PathLike[str]) -> Path:
    """Check that a path names a recording that may be read.

    Parameters
    ----------
    path : path

    Returns
    -------
    file : Path

    Raises
    ------
    InputError
        If the suffix is not one of `SUFFIXES`, or the file is missing, empty, too large or no
        regular file.
    """
    file = as_path(path, InputError)
    try:
        if file.suffix.lower() not in SUFFIXES:
            raise InputError(
                f"{file.suffix or 'no suffix'!r} is no recording that we read; use "
                f"{', '.join(SUFFIXES)}, or convert it: ffmpeg -i {file.name} {file.stem}.wav"
            )
        _check_start(file, check_file(file, limits.AUDIO_BYTES))
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error
    return file


def _check_start(file: Path, size: int) -> None:
    """Refuse what is none of our formats: the decoder knows twenty more, whose code is older.

    A WAV file that ends before its header says so is refused too: a download that broke off.
    """
    with file.open("rb") as opened:
        head = opened.read(8)
    if not _BEGIN.match(head):
        raise InputError(
            "it does not begin like a recording (WAV, FLAC, OGG, MP3 or AIFF); export it as WAV"
        )
    if head[:4] == b"RIFF" and len(head) == 8:
        stated = struct.unpack("<I", head[4:])[0]
        if size < stated + 8 and stated not in (0, 0xFFFFFFFF):
            raise InputError(
                f"it ends after {size:,} of {stated + 8:,} bytes; export or download it again"
            )


def audio_digest(file: Path) -> str:
    """Hash the contents of a file, by which results for it are kept.

    Parameters
    ----------
    file : Path

    Returns
    -------
    digest : str [32 hex digits]
    """
    found = blake2b(digest_size=16)
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def read_samples(path: str | os.PathLike[str]) -> tuple[np.ndarray, int]:
    """Decode a recording.

    Parameters
    ----------
    path : path
        A file with one of `SUFFIXES`: at most 2 hours, 4 to 384 kHz, 1 to 32 channels.

    Returns
    -------
    samples : np.ndarray [shape=(n,), float32]
        The mean of all channels.
    sr : int [samples a second]
        The file's own, divided by a whole number where it is above 44.1 kHz.

    Raises
    ------
    InputError
        If the file is missing, damaged, too long, or has samples that are no numbers.

    Examples
    --------
    >>> read_samples("no such song.wav")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: no such song.wav: there is no such file; ...
    """
    file = audio_path(path)
    try:
        head = run_limited(read_head, str(file.absolute()))
        _check_head(**head)
        return _decode(file, **head)
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error


def _check_head(sr: int, channels: int, frames: int, kind: str) -> None:
    lowest, highest = limits.AUDIO_HERTZ
    if not lowest <= sr <= highest:
        raise InputError(
            f"its sample rate is {sr:,}: it must be {lowest:,} to {highest:,} samples a second; "
            "convert it to 44,100"
        )
    if not 1 <= channels <= limits.AUDIO_CHANNELS:
        raise limits.over_limit("channels", channels, limits.AUDIO_CHANNELS, "mix it down first")
    seconds = frames / sr
    if seconds > limits.AUDIO_SECONDS:
        raise limits.over_limit("seconds", round(seconds), limits.AUDIO_SECONDS, "cut it")
    if seconds < _SHORTEST:
        raise InputError(f"it lasts {seconds:.3f} seconds: it must be {_SHORTEST} at least")


def _decode(file: Path, sr: int, channels: int, frames: int, kind: str) -> tuple[np.ndarray, int]:
    group = -(-sr // _HIGHEST)
    count = _BLOCK // channels // group * group
    blocks, length = [], 0
    while length < frames:
        data = run_limited(read_block, str(file.absolute()), length, count, group)
        if not data:
            break
        blocks.append(np.frombuffer(data, dtype=np.float32))
        length += count
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if kind in _EXACT and len(samples) < frames // group:
        raise InputError(
            f"it ends after {len(samples) * group:,} of {frames:,} samples; export it again"
        )
    if len(samples) * group < _SHORTEST * sr:
        raise InputError("it holds no sound; export or download it again")
    return samples, round(sr / group)


def read_head(file: str) -> dict[str, Any]:
    """Read what a file says of itself; runs inside the child process.

    Parameters
    ----------
    file : str

    Returns
    -------
    head : dict
        ``sr``, ``channels``, ``frames`` and ``kind``, the format's name.

    Raises
    ------
    InputError
        If it is no recording.
    """
    import soundfile

    try:
        found = soundfile.info(file)
    except RuntimeError as error:
        raise InputError(
            f"it is no recording that we can decode ({' '.join(str(error).split())[-120:]}); "
            "export it as WAV"
        ) from error
    return {
        "sr": int(found.samplerate),
        "channels": int(found.channels),
        "frames": int(found.frames),
        "kind": str(found.format),
    }


def read_block(file: str, first: int, count: int, group: int) -> bytes:
    """Decode part of a file to one channel; runs inside the child process.

    Parameters
    ----------
    file : str
    first, count : int [samples of each channel]
    group : int
        So many neighbouring samples become their mean.

    Returns
    -------
    data : bytes
        float32 samples.

    Raises
    ------
    InputError
        If the data are damaged, or a sample is not finite.
    """
    import soundfile

    try:
        with soundfile.SoundFile(file) as opened:
            opened.seek(first)
            frames = opened.read(count, dtype="float32", always_2d=True)
            sr = opened.samplerate
    except (RuntimeError, ValueError) as error:  # the latter: a length below 0
        raise InputError(f"it is damaged ({' '.join(str(error).split())[-120:]})") from error
    mono = frames.mean(axis=1)
    if not np.isfinite(mono).all():
        place = (first + int(np.flatnonzero(~np.isfinite(mono))[0])) / sr
        raise InputError(f"a sample at {place:.2f} seconds is not a finite number; export it again")
    whole = mono[: len(mono) // group * group].reshape(-1, group)
    return bytes(whole.mean(axis=1).astype(np.float32).tobytes())
