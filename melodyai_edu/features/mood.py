"""The mood of a melody, as a place in the plane of valence and arousal.

Conventions
-----------
Valence is how pleasant, arousal how excited (Russell 1980, "A circumplex model of affect", Journal
of Personality and Social Psychology 39(6), 1161-1178); each runs from -1 to 1. Named moods are
places in the plane; a piece's mood is the name nearest to its place.

The place is computed from the notes, so it says what listeners in published studies heard in such
notes, most of them listeners to Western music. Nobody was asked about these tunes.

Contents
--------
Mood, MOODS, CUE_WEIGHTS, named_mood, parse_mood, nearest_mood, mood_cues, feel_mood; mood_of, the
quarter of the plane that the models were trained with
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.estimate import skyline
from melodyai_edu.score import TICKS_PER_QUARTER, Score

__all__ = [
    "CUE_WEIGHTS",
    "MOODS",
    "Mood",
    "feel_mood",
    "mood_cues",
    "mood_of",
    "named_mood",
    "nearest_mood",
    "parse_mood",
]


class Mood(NamedTuple):
    """A place in the plane of moods.

    Parameters
    ----------
    valence : float [-1 to 1]
        From unpleasant to pleasant.
    arousal : float [-1 to 1]
        From still to excited.

    Examples
    --------
    >>> Mood(0.7, 0.5).valence
    0.7
    """

    valence: float
    arousal: float


#: Named places. The four that the models know stand in the middle of their quarters; around the
#: circle the words follow each other as in Russell (1980), figure 2, and Juslin & Laukka (2004),
#: Journal of New Music Research 33(3), 217-238, figure 1. The figures are ours.
MOODS: dict[str, Mood] = {
    "happy": Mood(0.6, 0.5),
    "calm": Mood(0.6, -0.5),
    "tense": Mood(-0.6, 0.5),
    "sad": Mood(-0.6, -0.5),
    "excited": Mood(0.5, 0.9),
    "playful": Mood(0.8, 0.25),
    "tender": Mood(0.7, -0.2),
    "peaceful": Mood(0.5, -0.85),
    "angry": Mood(-0.5, 0.9),
    "restless": Mood(-0.2, 0.45),
    "gloomy": Mood(-0.8, -0.25),
    "mournful": Mood(-0.45, -0.85),
    "wistful": Mood(-0.2, -0.4),
    "neutral": Mood(0.0, 0.0),
}

#: How much each cue moves valence and arousal. That cues add up is what Eerola, Friberg & Bresin
#: (2013), Frontiers in Psychology 4, 487, found, and mode before tempo before register is their
#: ranking; the signs are those of Gabrielsson & Lindström (2010), "The role of structure in the
#: musical expression of emotions", Handbook of Music and Emotion, table 14.2, and of the rules in
#: Livingstone, Muhlberger, Brown & Thompson (2010), Computer Music Journal 34(1), 41-64. The
#: figures are ours: chosen so that each column adds up to 1.
CUE_WEIGHTS: dict[str, Mood] = {
    "mode": Mood(0.65, 0.0),
    "tempo": Mood(0.20, 0.40),
    "density": Mood(0.0, 0.40),
    "register": Mood(0.15, 0.0),
    "intervals": Mood(0.0, 0.20),
}

#: How bright each mode sounds [-1 to 1]. Temperley & Tan (2013), Music Perception 30(3), 237-257:
#: happiness falls with each lowered degree, and major is happiest of all. The spacing is ours.
_BRIGHTNESS = {
    "major": 1.0,
    "lydian": 0.7,
    "mixolydian": 0.7,
    "dorian": -0.4,
    "minor": -0.8,
    "phrygian": -1.0,
    "locrian": -1.0,
}

#: Where a cue is neither high nor low: near the middle of the 3,690 training tunes that come with
#: the package [beats a minute, MIDI pitch, semitones].
_USUAL_TEMPO, _USUAL_PITCH, _USUAL_INTERVAL = 104.0, 72.0, 2.5
#: A cue is at its end one octave, or half as much again, away from there.
_OCTAVE, _MUCH = 12, 1.5

#: Modes with a major third above the tonic.
_BRIGHT = frozenset({"major", "lydian", "mixolydian"})

#: From so many notes a beat a tune is busy, as two thirds of the training tunes are. The shipped
#: models were trained with this figure, so it stays.
_BUSY = 2.07


def named_mood(name: str) -> Mood:
    """Give the place of a named mood.

    Parameters
    ----------
    name : str
        One of `MOODS`.

    Returns
    -------
    mood : Mood

    Raises
    ------
    ParameterError
        If there is no such mood; near matches are suggested.

    Examples
    --------
    >>> named_mood("Happy")
    Mood(valence=0.6, arousal=0.5)
    """
    known = str(name).strip().lower()
    if known not in MOODS:
        close = difflib.get_close_matches(known, MOODS, n=2, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(map(repr, close))}? It must be" if close else "it must be"
        )
        raise ParameterError(
            f"mood={name!r} is not known; {hint} one of: {', '.join(MOODS)}; "
            "or a pair (valence, arousal), each from -1 to 1"
        )
    return MOODS[known]


def parse_mood(mood: str | Sequence[float]) -> Mood:
    """Understand a mood given by name or by place.

    Parameters
    ----------
    mood : str or (float, float)
        One of `MOODS`, or valence and arousal from -1 to 1.

    Returns
    -------
    mood : Mood

    Raises
    ------
    ParameterError
        If the name is not known, or the pair is none or out of range.

    Examples
    --------
    >>> parse_mood("sad"), parse_mood((0, -1))
    (Mood(valence=-0.6, arousal=-0.5), Mood(valence=0.0, arousal=-1.0))
    """
    if isinstance(mood, str):
        return named_mood(mood)
    try:
        valence, arousal = (float(value) for value in mood)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"mood={mood!r} must be a name such as 'happy', or a pair (valence, arousal)"
        ) from error
    if not (-1 <= valence <= 1 and -1 <= arousal <= 1):
        raise ParameterError(f"mood={mood!r} must be valence and arousal, each from -1 to 1")
    return Mood(valence, arousal)


def nearest_mood(mood: Sequence[float], names: Iterable[str] = ()) -> str:
    """Name the mood nearest to a place.

    Parameters
    ----------
    mood : Mood or (float, float)
    names : iterable of str, optional
        The moods to choose from; all when left out.

    Returns
    -------
    name : str

    Raises
    ------
    ParameterError
        If a name is not known or the place is none.

    Examples
    --------
    >>> nearest_mood((0.5, 0.4)), nearest_mood((-0.7, -0.4), ["happy", "calm", "tense", "sad"])
    ('happy', 'sad')
    """
    place = parse_mood(mood)
    return min(tuple(names) or MOODS, key=lambda name: math.dist(place, named_mood(name)))


def mood_cues(score: Score) -> dict[str, float]:
    """Measure what a melody's mood is made of.

    Parameters
    ----------
    score : Score
        Its first part is the melody; the highest note where several begin together.

    Returns
    -------
    cues : dict of str to float [-1 to 1]
        By the names in `CUE_WEIGHTS`; 0 is what is usual. ``mode`` is the key's brightness. 1
        means for ``register`` an octave higher than usual, or beyond; for ``tempo`` (beats a
        minute), ``density`` (notes a beat) and ``intervals`` (mean size) half as much again.

    Raises
    ------
    ParameterError
        If the melody has no note.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> scale = Melody.from_events([(60 + step, 24) for step in (0, 2, 4, 5, 7)])
    >>> cues = mood_cues(Score.of_melody(scale, tempo=52))
    >>> cues["mode"], cues["tempo"], round(cues["register"], 2)
    (1.0, -1.0, -0.7)
    """
    notes = skyline(score.parts[0].notes) if score.parts else ()
    if not notes:
        raise ParameterError("a mood needs a melody: the score is empty")
    pitches = np.array([note.pitch for note in notes])
    beat = score.meter.beat_durations[0]
    leaps = np.abs(np.diff(pitches))
    cues = {
        "mode": _BRIGHTNESS.get(score.key.mode, 0.0),
        "tempo": _times(score.tempo * TICKS_PER_QUARTER / beat, _USUAL_TEMPO),
        "density": _times(len(notes) * beat / score.duration, _BUSY),
        "register": (float(pitches.mean()) - _USUAL_PITCH) / _OCTAVE,
        "intervals": _times(float(leaps.mean()), _USUAL_INTERVAL) if leaps.any() else -1.0,
    }
    return {name: min(1.0, max(-1.0, value)) for name, value in cues.items()}


def _times(value: float, usual: float) -> float:
    """Say how often a value is the usual one and half as much again."""
    return math.log(value / usual, _MUCH)


def feel_mood(score: Score) -> Mood:
    """Compute the place of a melody in the plane of moods.

    Parameters
    ----------
    score : Score
        Its first part is the melody.

    Returns
    -------
    mood : Mood
        The sum of `mood_cues`, each with its `CUE_WEIGHTS`.

    Raises
    ------
    ParameterError
        If the melody has no note.

    References
    ----------
    See `CUE_WEIGHTS`.

    Examples
    --------
    >>> from melodyai_edu.score import Key, Melody
    >>> slow = Melody.from_events([(62, 48), (65, 48), (64, 48), (62, 48)])
    >>> mood = feel_mood(Score.of_melody(slow, key=Key("D", "minor"), tempo=60))
    >>> nearest_mood(mood)
    'mournful'
    """
    cues = mood_cues(score)
    valence, arousal = (
        sum(cues[name] * weights[axis] for name, weights in CUE_WEIGHTS.items()) for axis in (0, 1)
    )
    return Mood(round(valence, 6), round(arousal, 6))


def mood_of(score: Score) -> str:
    """Name the mood of a melody.

    Parameters
    ----------
    score : Score
        Its first part is the melody.

    Returns
    -------
    mood : str
        ``"happy"`` (bright and busy), ``"calm"`` (bright, few notes), ``"tense"`` (dark and busy)
        or ``"sad"`` (dark, few notes).

    Raises
    ------
    ParameterError
        If the score is empty.

    Examples
    --------
    >>> from melodyai_edu.score import Key, Melody
    >>> hymn = Melody.from_events([(60, 24), (64, 24), (67, 48)])
    >>> mood_of(Score.of_melody(hymn)), mood_of(Score.of_melody(hymn, key=Key("C", "minor")))
    ('calm', 'sad')
    """
    if not score.parts or not score.duration:
        raise ParameterError("a mood needs a melody: the score is empty")
    beat = score.meter.beat_durations[0]
    is_busy = len(score.parts[0].notes) * beat / score.duration >= _BUSY
    if score.key.mode in _BRIGHT:
        return "happy" if is_busy else "calm"
    return "tense" if is_busy else "sad"
