"""A melody as one voice: hummed, blown or plucked, from nothing but numpy.

Conventions
-----------
Samples are ``[1, n]``, float32 from -1 to 1, as in `melodyai_edu.render.audio`. A voice slides from
note to note, swells and trembles; so it is a fairer test for what listens than a synthesizer's
steady tone. The same melody, timbre and seed give the same samples.

Contents
--------
TIMBRES, Timbre, sing
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.render.audio import PEAK, Audio
from melodyai_edu.score import Melody, Score

__all__ = ["TIMBRES", "Timbre", "sing"]

_TAIL_SECONDS = 0.5
_SWELL_SECONDS = 0.1  # vibrato begins when a note has stood for a while, and grows as long
_A4, _A4_HERTZ = 69, 440.0


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a voice sounds and moves.

    Parameters
    ----------
    partials : tuple of float
        Loudness of the fundamental and the overtones above it.
    attack, release : float [seconds]
    decay : float [seconds]
        In which a held note falls to a third; infinite where it is sustained.
    glide : float [seconds]
        The slide from one note to the next.
    vibrato : float [cents]
        How far the pitch swings to each side.
    vibrato_rate : float [hertz]
    breath : float
        Noise beside the tone, as a share of its loudness.
    dip : float [0-1]
        How loud the voice stays between notes that touch; a note struck again is parted by half.

    References
    ----------
    Sundberg (1987), The Science of the Singing Voice: vibrato of 5 to 7 hertz, half a semitone to
    each side at most.
    """

    partials: tuple[float, ...]
    attack: float = 0.03
    release: float = 0.05
    decay: float = math.inf
    glide: float = 0.0
    vibrato: float = 0.0
    vibrato_rate: float = 5.5
    breath: float = 0.0
    dip: float = 0.4


#: Voices by name. A hum has a strong fundamental and little above it.
TIMBRES = {
    "hum": Timbre((1.0, 0.5, 0.2, 0.1, 0.04), 0.04, 0.06, glide=0.04, vibrato=40, breath=0.01),
    "flute": Timbre((1.0, 0.35, 0.12, 0.03), 0.025, 0.05, vibrato=12, breath=0.03, dip=0.3),
    "plucked": Timbre((1.0, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1), 0.004, 0.03, decay=0.5, dip=0.0),
}


def sing(
    score: Score,
    *,
    timbre: str = "hum",
    sr: int = 22050,
    signal_to_noise: float | None = None,
    seed: int = 0,
) -> Audio:
    """Sing the first part of a score.

    Parameters
    ----------
    score : Score
        Its first part must be a melody, one note at a time.
    timbre : str, default "hum"
        One of `TIMBRES`.
    sr : int, default 22050 [samples a second]
    signal_to_noise : float, optional [dB]
        Adds white noise so much softer than the voice; none when left out.
    seed : int, default 0
        Of breath and noise.

    Returns
    -------
    audio : Audio
        One channel, half a second longer than the score.

    Raises
    ------
    ParameterError
        If the timbre is unknown, the sample rate is too low, or notes sound together.

    Examples
    --------
    >>> audio = sing(Score.of_melody(Melody.from_events([(69, 48)]), tempo=60), sr=8000)
    >>> audio.samples.shape, audio.tier
    ((1, 20000), 'hum')
    """
    if timbre not in TIMBRES:
        raise ParameterError(f"timbre={timbre!r} must be one of: {', '.join(TIMBRES)}")
    if sr < 8000:
        raise ParameterError(f"sr={sr} must be 8000 samples a second or more")
    voice = TIMBRES[timbre]
    random = np.random.default_rng(seed)
    melody = score.parts[0].melody(score.duration) if score.parts else Melody(())
    length = math.ceil((score.seconds + _TAIL_SECONDS) * sr)
    spans = [(score.seconds_at(note.onset), score.seconds_at(note.end)) for note in melody]
    pitch, loudness = _lines(melody, spans, voice, length, sr)
    samples = _tone(pitch, voice, sr) * loudness
    samples += voice.breath * random.standard_normal(length) * loudness
    if signal_to_noise is not None:
        level = np.sqrt(np.mean(samples**2)) * 10 ** (-signal_to_noise / 20)
        samples += level * random.standard_normal(length)
    peak = np.abs(samples).max(initial=0)
    samples = samples * PEAK / peak if peak > 0 else samples
    return Audio(samples.astype(np.float32)[None], sr, timbre)


def _lines(
    melody: Melody, spans: list[tuple[float, float]], voice: Timbre, length: int, sr: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pitch [MIDI] and loudness [0-1] for every sample."""
    pitch = np.full(length, float(_A4))
    loudness = np.zeros(length)
    before_pitch, before_end = 0, -1.0
    for number, (note, (begin, end)) in enumerate(zip(melody, spans, strict=True)):
        is_last = number + 1 == len(spans) or spans[number + 1][0] > end + 1e-6
        first, last = round(begin * sr), min(length, round(end * sr))
        seconds = np.arange(last - first) / sr
        touches = begin <= before_end + 1e-6
        pitch[first:] = note.pitch
        if touches and voice.glide:
            slide = np.clip(seconds / voice.glide, 0, 1)
            way = (1 - np.cos(np.pi * slide)) / 2
            pitch[first:last] = before_pitch + (note.pitch - before_pitch) * way
        swell = np.clip((seconds - _SWELL_SECONDS) / _SWELL_SECONDS, 0, 1)
        swing = swell * np.sin(2 * np.pi * voice.vibrato_rate * seconds)
        pitch[first:last] += voice.vibrato / 100 * swing
        floor = 0.0
        if touches:
            floor = voice.dip / 2 if before_pitch == note.pitch else voice.dip
        loudness[first:last] = _envelope(seconds, voice, floor, 0.0 if is_last else voice.dip / 2)
        before_pitch, before_end = note.pitch, end
    return pitch, loudness


def _envelope(seconds: np.ndarray, voice: Timbre, floor: float, ending: float) -> np.ndarray:
    """Let one note rise from a floor and fall to its ending."""
    rise = floor + (1 - floor) * np.clip(seconds / voice.attack, 0, 1)
    left = (seconds[-1] - seconds) if len(seconds) else seconds
    fall = ending + (1 - ending) * np.clip(left / voice.release, 0, 1)
    return np.asarray(np.minimum(rise, fall) * np.exp(-seconds / voice.decay))


def _tone(pitch: np.ndarray, voice: Timbre, sr: int) -> np.ndarray:
    """Add up the partials that lie below half the sample rate."""
    hertz = _A4_HERTZ * 2 ** ((pitch - _A4) / 12)
    phase = 2 * np.pi * np.cumsum(hertz) / sr
    tone = np.zeros(len(pitch))
    for number, loudness in enumerate(voice.partials, start=1):
        tone += loudness * np.where(number * hertz < sr / 2, np.sin(number * phase), 0)
    return tone
