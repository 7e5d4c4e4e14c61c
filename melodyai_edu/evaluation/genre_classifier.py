"""A listener that was told the genre of many real tunes, and names that of new ones.

Conventions
-----------
It hears words: which note value stands where in the bar, which two and three intervals follow each
other, which scale degrees open bars. The meter alone gives a jig away; so the listener can be told
to hear no meter and no bar lines, and each accuracy says which. Note values still hint at it.

The key is the one that the score states, so the tonic of a generated piece is taken on trust.
Chorales come from a collection of their own: naming them may be naming the collection.

Contents
--------
GenreClassifier, genre_words
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from melodyai_edu.evaluation.tune_classifier import TuneClassifier
from melodyai_edu.score import Score
from melodyai_edu.theory.groove import bar_positions

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["GenreClassifier", "genre_words"]

#: As often as a word must stand to be heard among the notes of a tune; chosen by hand.
_LOUD_MODE, _LOUD_METER = 5, 20


def genre_words(score: Score, *, has_meter: bool = True) -> Counter[str]:
    """Describe a melody as words and how often each occurs.

    Parameters
    ----------
    score : Score
    has_meter : bool, default True
        Say the meter, and what stands where in the bar. Without it nothing that needs a bar line
        is said: pitches, intervals and the durations of neighbouring notes remain.

    Returns
    -------
    words : Counter of str

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Score.of_melody(Melody.from_events([(60, 48), (64, 48)]))
    >>> sorted(genre_words(tune))[:3]
    ['@0:48', '@48:48', 'D0']
    >>> sorted(genre_words(tune, has_meter=False))
    ['d0', 'd4', 'i4', 'mmajor', 'r48/48']
    """
    melody = score.parts[0].melody(score.duration)
    degrees = [(note.pitch - score.key.tonic_pitch_class) % 12 for note in melody.notes]
    durations = [note.duration for note in melody.notes]
    steps = melody.intervals.tolist()
    words = Counter(f"d{degree}" for degree in degrees)
    words.update(f"i{a}" for a in steps)
    words.update(f"i{a},{b}" for a, b in pairwise(steps))
    words.update(f"i{a},{b},{c}" for a, b, c in zip(steps, steps[1:], steps[2:], strict=False))
    words.update(f"r{a}/{b}" for a, b in pairwise(durations))
    words[f"m{score.key.mode}"] = _LOUD_MODE
    if has_meter:
        _, positions = bar_positions(melody, score.meter, score.pickup)
        places = positions.tolist()
        words.update(f"@{place}:{d}" for place, d in zip(places, durations, strict=True))
        words.update(f"D{d}" for d, place in zip(degrees, places, strict=True) if place == 0)
        words[f"M{score.meter.name}"] = _LOUD_METER
    return words


@dataclass
class GenreClassifier(TuneClassifier):
    """Names the genre of a melody: logistic regression on words.

    Parameters
    ----------
    has_meter : bool, default True
        Hear meter and bar lines (see `genre_words`).

    Examples
    --------
    >>> from melodyai_edu.io.corpus import load
    >>> tunes = [tune for tune in load("oneill") if tune.genre in ("reel", "hornpipe")]
    >>> listener = GenreClassifier().fit([tune for tune in tunes if tune.split == "train"][::2])
    >>> listener.genres
    ('hornpipe', 'reel')
    """

    has_meter: bool = True

    what: ClassVar[tuple[str, str]] = ("genre", "genres")

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres that it knows."""
        return self.labels

    def label(self, tune: Tune) -> str | None:
        """Give the genre that the tune's source says."""
        return tune.genre

    def words(self, score: Score) -> Counter[str]:
        """Hear what `genre_words` says."""
        return genre_words(score, has_meter=self.has_meter)
