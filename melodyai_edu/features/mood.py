"""The mood of a melody, as a quarter of the plane of valence and arousal.

Conventions
-----------
Valence is how pleasant, arousal how excited (Russell 1980, "A circumplex model of affect"). Both
are read off the notes by the two correlates that studies agree on most: the mode for valence,
the number of notes a beat for arousal (Gabrielsson & Lindstrom 2010, "The role of structure in the
musical expression of emotions", in the Handbook of Music and Emotion).

Contents
--------
mood_of
"""

from __future__ import annotations

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Score

__all__ = ["mood_of"]

#: Modes with a major third above the tonic.
_BRIGHT = frozenset({"major", "lydian", "mixolydian"})

#: The median of the 3,690 training tunes that come with the package [notes a beat].
_BUSY = 2.07


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
