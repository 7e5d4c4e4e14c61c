"""From a mood to how it is played: loudness, articulation, register, density.

Conventions
-----------
Valence and arousal are numbers from -1 to 1 (Russell 1980); 0 and 0 is no mood at all. The
*directions* are what listening studies agree on; how far each dial turns is our own choice, small
enough that a piece stays playable. Tension is a number from 0 to 1 for each bar.

Contents
--------
Expression, express, bar_tension, bar_levels, is_intro
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Score
from melodyai_edu.theory.harmony import parse_chord_symbol

__all__ = ["Expression", "bar_levels", "bar_tension", "express", "is_intro"]

#: Nearer to the middle than this there is no mood to name.
_NEUTRAL = 0.25
_SPARSE, _BUSY = -0.5, 0.5

#: Softer in an introduction [MIDI velocity].
_INTRO = -10

#: What makes a bar tense, and how much: high notes, many notes, chords far from the tonic.
#: The kinds are Lerdahl's (2001), Tonal Pitch Space, chapter 4, and Farbood's (2012), Music
#: Perception 29(4), 387-428; the weights are ours.
_WEIGHTS = {"height": 0.4, "density": 0.3, "distance": 0.3}
_SMOOTHING = np.array([0.25, 0.5, 0.25])  # over neighbouring bars


class Expression(NamedTuple):
    """How a mood is played.

    Parameters
    ----------
    mood : str
        ``"happy"``, ``"calm"``, ``"tense"``, ``"sad"``, or empty near the middle.
    loudness : float [MIDI velocity]
        Added to every note.
    contrast : float [MIDI velocity]
        Between the least and the most tense bar.
    articulation : float [0-1]
        The share of its written length that a note sounds; 1 is legato.
    register : int [semitones]
        How far the accompaniment and the bass move.
    density : str
        ``"sparse"``, ``"main"`` or ``"busy"``: the texture that a pattern is played in.
    unevenness : float [milliseconds]
        The standard deviation of human timing.
    """

    mood: str
    loudness: float
    contrast: float
    articulation: float
    register: int
    density: str
    unevenness: float


def express(valence: float = 0.0, arousal: float = 0.0) -> Expression:
    """Give the performance that a mood asks for.

    Excited music is louder, more detached and denser, calm music soft, legato and sparse; pleasant
    music lies higher, unpleasant lower; sad and tender playing is less even in time.

    Parameters
    ----------
    valence, arousal : float [-1 to 1]

    Returns
    -------
    expression : Expression

    Raises
    ------
    ParameterError
        If a value is out of range.

    References
    ----------
    Gabrielsson & Lindström (2010), The role of structure in the musical expression of emotions, in
    the Handbook of Music and Emotion: loudness, articulation, pitch level. Juslin & Timmers
    (2010), Expression and communication of emotion in music performance, in the same: articulation
    and timing variability.

    Examples
    --------
    >>> happy, sad = express(0.7, 0.6), express(-0.7, -0.6)
    >>> happy.mood, happy.loudness > sad.loudness, happy.articulation < sad.articulation
    ('happy', True, True)
    >>> sad.density, sad.register
    ('sparse', -3)
    """
    for name, value in (("valence", valence), ("arousal", arousal)):
        if isinstance(value, bool | str) or not -1 <= value <= 1:
            raise ParameterError(f"{name}={value!r} must be a number from -1 to 1")
    density = "busy" if arousal > _BUSY else "sparse" if arousal < _SPARSE else "main"
    return Expression(
        mood=_quarter(valence, arousal),
        loudness=14 * arousal,
        contrast=24 + 8 * arousal,
        articulation=min(1.0, 0.94 - 0.12 * arousal - 0.04 * valence),
        register=round(3 * valence + arousal),
        density=density,
        unevenness=12 - 5 * arousal,
    )


def _quarter(valence: float, arousal: float) -> str:
    if max(abs(valence), abs(arousal)) < _NEUTRAL:
        return ""
    if valence >= 0:
        return "happy" if arousal >= 0 else "calm"
    return "tense" if arousal >= 0 else "sad"


def bar_tension(score: Score) -> tuple[float, ...]:
    """Estimate how tense each bar is, from its melody and its chords.

    Parameters
    ----------
    score : Score
        Its first part is the melody.

    Returns
    -------
    tension : tuple of float [0-1]
        One for each bar, a pickup counted as one: 0 for the calmest bar, 1 for the tensest.

    References
    ----------
    Farbood (2012), A parametric, temporal model of musical tension, Music Perception 29(4),
    387-428: pitch height, onset frequency and harmony all raise tension.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> low, high = [(60, 48), (62, 48)], [(72, 24), (76, 24), (79, 24), (77, 24)]
    >>> line = Melody.from_events([*low, *low, *high, *low])
    >>> bar_tension(Score.of_melody(line)).index(1.0)
    2
    """
    lines = (*score.bar_onsets(), max(score.duration, 1))
    bars = list(pairwise(lines))
    curves = {
        "height": [_height(score, *bar) for bar in bars],
        "density": [_density(score, *bar) for bar in bars],
        "distance": [_distance(score, *bar) for bar in bars],
    }
    total = sum(weight * _scaled(curves[name]) for name, weight in _WEIGHTS.items())
    padded = np.pad(np.asarray(total), 1, mode="edge")
    return tuple(float(value) for value in _scaled(np.convolve(padded, _SMOOTHING, mode="valid")))


def _scaled(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Bring values to 0-1; what is missing or all equal is in the middle."""
    array = np.array(values, dtype=float)
    known = array[~np.isnan(array)]
    if not known.size or known.max() - known.min() < 1e-9:
        return np.full(array.shape, 0.5)
    scaled = (array - known.min()) / (known.max() - known.min())
    return np.where(np.isnan(scaled), 0.5, scaled)


def _height(score: Score, onset: int, end: int) -> float:
    notes = [note for note in score.parts[0].notes if onset <= note.onset < end]
    total = sum(note.duration for note in notes)
    return sum(note.pitch * note.duration for note in notes) / total if total else float("nan")


def _density(score: Score, onset: int, end: int) -> float:
    return sum(onset <= note.onset < end for note in score.parts[0].notes) / (end - onset)


def _distance(score: Score, onset: int, end: int) -> float:
    """Give how far the bar's chords lie from the tonic on the circle of fifths, on average."""
    tonic = score.key_at(onset).tonic_pitch_class
    places = [(symbol.onset, symbol.text) for symbol in score.chords if symbol.onset < end]
    heard = [text for at, text in places if at >= onset] or [text for _, text in places[-1:]]
    steps = []
    for text in heard:
        harmony = parse_chord_symbol(text)
        fifths = (harmony.root - tonic) * 7 % 12
        steps.append(min(fifths, 12 - fifths) + 0.5 * (len(harmony.pitch_classes) > 3))
    return sum(steps) / len(steps) if steps else float("nan")


def bar_levels(score: Score, tension: Sequence[float], expression: Expression) -> tuple[float, ...]:
    """Give how loud each bar is against the pattern's own velocities.

    Parameters
    ----------
    score : Score
        Its sections say where an introduction is.
    tension : sequence of float [0-1]
        One for each bar, a pickup counted as one.
    expression : Expression

    Returns
    -------
    levels : tuple of float [MIDI velocity]
        To be added to a velocity.

    Raises
    ------
    ParameterError
        If there is not one tension for each bar.
    """
    onsets = score.bar_onsets()
    if len(tension) != len(onsets):
        raise ParameterError(
            f"tension has {len(tension)} values and must have one a bar, a pickup counted: "
            f"{len(onsets)}"
        )
    levels = expression.loudness + expression.contrast * (np.asarray(tension, dtype=float) - 0.5)
    for section, end in zip(score.sections, _ends(score), strict=True):
        if is_intro(section.name):
            levels += [_INTRO * (section.onset <= onset < end) for onset in onsets]
    return tuple(float(level) for level in levels)


def _ends(score: Score) -> tuple[int, ...]:
    return (*(section.onset for section in score.sections[1:]), score.duration)[
        : len(score.sections)
    ]


def is_intro(name: str) -> bool:
    """Say whether a section is an introduction, by its name."""
    return name.strip().lower() in ("intro", "introduction", "prelude")
