"""A listener that names the mood of a tune without being told mode, tempo or note values.

Conventions
-----------
Nobody was asked how these tunes feel. A tune's label is computed from its written mode and its
notes a beat (`melodyai_edu.features.mood.mood_of`), and whoever is told both can repeat the label
without a fault: that would be a circle, not a judge. So this listener is told neither, nor meter,
tempo or any note value. It hears the intervals between notes and to the last one, as a listener
hears the final note as home, and how long each note is beside the one before. The mode can mostly
be guessed from that, the speed only from how busy tunes *go*. Its accuracy on held-out tunes is the
measure against which generated pieces are held. It says nothing of what a listener feels.

Contents
--------
MoodClassifier, mood_words
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from melodyai_edu.evaluation.tune_classifier import TuneClassifier
from melodyai_edu.features.mood import mood_of
from melodyai_edu.score import Score

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["MoodClassifier", "mood_words"]


def mood_words(score: Score) -> Counter[str]:
    """Describe a melody as words that name neither mode nor speed.

    Parameters
    ----------
    score : Score

    Returns
    -------
    words : Counter of str
        Pitches above the last note's, in any octave; intervals alone, in pairs and in threes; and
        ratios of neighbouring note values, alone and in pairs.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> slow, fast = (Melody.from_events([(60, d), (64, d), (67, 2 * d)]) for d in (24, 6))
    >>> mood_words(Score.of_melody(slow)) == mood_words(Score.of_melody(fast, tempo=90))
    True
    """
    melody = score.parts[0].melody(score.duration)
    steps = melody.intervals.tolist()
    ratios = [Fraction(b, a) for a, b in pairwise(melody.durations.tolist())]
    words = Counter(f"f{(note.pitch - melody.notes[-1].pitch) % 12}" for note in melody)
    words.update(f"i{a}" for a in steps)
    words.update(f"i{a},{b}" for a, b in pairwise(steps))
    words.update(f"i{a},{b},{c}" for a, b, c in zip(steps, steps[1:], steps[2:], strict=False))
    words.update(f"r{ratio}" for ratio in ratios)
    words.update(f"r{a},{b}" for a, b in pairwise(ratios))
    return words


@dataclass
class MoodClassifier(TuneClassifier):
    """Names the mood of a melody: logistic regression on `mood_words`.

    Parameters
    ----------
    mood : callable, default `melodyai_edu.features.mood.mood_of`
        Says of a score which mood it is labelled with.

    Examples
    --------
    >>> from melodyai_edu.io.corpus import load
    >>> listener = MoodClassifier().fit(load("chorales").filter(split="train"))
    >>> listener.labels
    ('calm', 'sad')
    """

    mood: Callable[[Score], str] = mood_of

    what: ClassVar[tuple[str, str]] = ("mood", "moods")

    def label(self, tune: Tune) -> str | None:
        """Compute the mood of a tune from its mode and its density."""
        return self.mood(tune.melody_score)

    def words(self, score: Score) -> Counter[str]:
        """Hear what `mood_words` says."""
        return mood_words(score)
