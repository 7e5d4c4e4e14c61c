"""Two ways from MIDI to sound: the best, and the one that is always there.

Conventions
-----------
A synthesizer takes a MIDI file's bytes and a sample rate and gives samples ``[2, n]`` at whatever
loudness and length it likes; `melodyai_edu.render.audio` brings them to one loudness and length.

Contents
--------
TIERS, find_soundfont, fluidsynth, sines, is_available
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from melodyai_edu.errors import MissingDependencyError

__all__ = ["TIERS", "find_soundfont", "fluidsynth", "is_available", "sines"]

#: Where Debian, Fedora, Homebrew and Chocolatey put General MIDI soundfonts; the first that is
#: there is used. FluidR3 is MIT-licensed, and the smaller mono version sounds nearly the same.
_SOUNDFONTS = (
    "/usr/share/sounds/sf3/FluidR3Mono_GM.sf3",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/usr/share/sounds/sf3/default-GM.sf3",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/soundfonts/default.sf2",
)
_DRUM_SECONDS = 0.2
_DRUM_LEVEL = 0.6  # of a tone of the same velocity: heard among the tones, not above them
_LOWEST_DRUM = 35  # General MIDI's percussion map begins here, with the bass drums
_NOISY_DRUM = 37  # from the side stick upwards a stroke is mostly noise


def find_soundfont() -> Path | None:
    """Find an installed General MIDI soundfont for fluidsynth.

    Returns
    -------
    path : Path or None
        The one that the pretty_midi wheel carries where no better one is installed.
    """
    carried = _carried_soundfont()
    places = [*map(Path, _SOUNDFONTS), *([carried] if carried else [])]
    return next((path for path in places if path.is_file()), None)


def _carried_soundfont() -> Path | None:
    """Find the soundfont inside the installed pretty_midi; it is GPL-2, so it is never copied."""
    spec = find_spec("pretty_midi")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name("TimGM6mb.sf2")
    return path if path.is_file() else None


def fluidsynth(midi: bytes, sr: int) -> np.ndarray:
    """Play MIDI with the fluidsynth program and an installed soundfont.

    Parameters
    ----------
    midi : bytes
        A MIDI file.
    sr : int [samples a second]

    Returns
    -------
    samples : np.ndarray [shape=(2, n), float32]

    Raises
    ------
    MissingDependencyError
        If the program or a soundfont is missing, or the program fails.
    """
    import soundfile

    program, font = shutil.which("fluidsynth"), find_soundfont()
    if program is None or font is None:
        raise MissingDependencyError(
            "tier='fluidsynth' needs the program and a soundfont: "
            "apt-get install fluidsynth fluidr3mono-gm-soundfont, or leave the tier out"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.mid"), Path(folder, "out.wav")
        source.write_bytes(midi)
        # One core and no MIDI input: the same file gives the same samples every time.
        options = ["-n", "-i", "-q", "-r", str(sr), "-g", "0.5", "-T", "wav", "-O", "float"]
        # Of a compressed soundfont only the instruments that play are unpacked: ten times quicker.
        options += ["-o", "synth.cpu-cores=1", "-o", "synth.dynamic-sample-loading=1"]
        options += ["-F", str(target), str(font), str(source)]
        done = subprocess.run([program, *options], capture_output=True, check=False, timeout=600)
        if done.returncode or not target.is_file():
            raise MissingDependencyError(
                f"fluidsynth failed ({done.stderr.decode(errors='replace').strip()[-200:]}); "
                "leave the tier out to use another"
            )
        samples, _ = soundfile.read(target, dtype="float32", always_2d=True)
    return np.asarray(samples).T


def _stroke(pitch: int, sr: int) -> np.ndarray:
    """Draw one drum stroke: a falling thud for a bass drum, a burst of noise for the rest."""
    seconds = np.arange(int(_DRUM_SECONDS * sr)) / sr
    if pitch < _NOISY_DRUM:
        return np.sin(2 * np.pi * 60 * seconds) * np.exp(-18 * seconds)
    noise = np.random.default_rng(pitch).uniform(-0.5, 0.5, seconds.size)
    return noise * np.exp(-(20 + 2 * max(0, pitch - _LOWEST_DRUM)) * seconds)


def _plucked(phase: np.ndarray) -> np.ndarray:
    """Draw a tone with three overtones, each half as loud: fuller than a sine."""
    overtones = [np.sin(phase * number) / 2 ** (number - 1) for number in range(1, 5)]
    return np.asarray(sum(overtones)) / 2


def sines(midi: bytes, sr: int) -> np.ndarray:
    """Play MIDI as sums of sine waves with pretty_midi; needs no soundfont.

    pretty_midi leaves drums silent, so their strokes are drawn here: a thud or a burst of noise.

    Parameters
    ----------
    midi : bytes
        A MIDI file.
    sr : int [samples a second]

    Returns
    -------
    samples : np.ndarray [shape=(2, n), float32]
        Both channels are the same.
    """
    from pretty_midi import PrettyMIDI

    music = PrettyMIDI(io.BytesIO(midi))
    samples = np.zeros(int((music.get_end_time() + _DRUM_SECONDS) * sr) + 1)
    for instrument in music.instruments:
        if not instrument.is_drum:
            tones = instrument.synthesize(fs=sr, wave=_plucked)[: samples.size]
            samples[: tones.size] += tones
        for note in instrument.notes if instrument.is_drum else ():
            begin = int(note.start * sr)
            stroke = _stroke(note.pitch, sr)[: samples.size - begin]
            samples[begin : begin + stroke.size] += stroke * note.velocity * _DRUM_LEVEL
    return np.tile(samples.astype(np.float32) / 127, (2, 1))


#: Synthesizers by name, the best first.
TIERS: dict[str, Callable[[bytes, int], np.ndarray]] = {
    "fluidsynth": fluidsynth,
    "sines": sines,
}


def is_available(tier: str) -> bool:
    """Say whether a synthesizer's program, library and soundfont are there.

    Parameters
    ----------
    tier : str
        One of ``TIERS``.

    Returns
    -------
    available : bool
    """
    if tier == "fluidsynth":
        return shutil.which("fluidsynth") is not None and find_soundfont() is not None
    return find_spec("pretty_midi") is not None
