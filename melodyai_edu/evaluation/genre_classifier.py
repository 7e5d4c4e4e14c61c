"""A listener that was told the genre of many real tunes, and names that of new ones.

Conventions
-----------
It hears words: which note value stands where in the bar, which two and three intervals follow each
other, which scale degrees open and close bars. The meter alone gives a jig away; so the listener
can be told to hear it or not, and each accuracy says which.

Contents
--------
GenreClassifier, genre_words
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import MissingDependencyError, ParameterError
from melodyai_edu.score import Score
from melodyai_edu.theory.groove import bar_positions

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["GenreClassifier", "genre_words"]

#: A genre with fewer training tunes is not learned.
_FEWEST = 60


def genre_words(score: Score, *, has_meter: bool = True) -> Counter[str]:
    """Describe a melody as words and how often each occurs.

    Parameters
    ----------
    score : Score
    has_meter : bool, default True
        Say the meter, and places in the bar in ticks; without it places and durations are
        fractions of a bar.

    Returns
    -------
    words : Counter of str

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Score.of_melody(Melody.from_events([(60, 48), (64, 48)]))
    >>> sorted(genre_words(tune))[:3]
    ['@0:48', '@48:48', 'D0']
    """
    melody = score.parts[0].melody(score.duration)
    _, positions = bar_positions(melody, score.meter, score.pickup)
    bar = score.meter.bar_duration
    words: Counter[str] = Counter()
    durations = [note.duration for note in melody.notes]
    for position, duration in zip(positions.tolist(), durations, strict=True):
        place = (
            f"{position}:{duration}" if has_meter else f"{position / bar:.2f}:{duration / bar:.2f}"
        )
        words[f"@{place}"] += 1
    degrees = [(note.pitch - score.key.tonic_pitch_class) % 12 for note in melody.notes]
    intervals = melody.intervals.tolist()
    words.update(f"d{degree}" for degree in degrees)
    words.update(f"D{degree}" for degree, p in zip(degrees, positions, strict=True) if p == 0)
    words.update(f"i{a}" for a in intervals)
    words.update(f"i{a},{b}" for a, b in pairwise(intervals))
    words.update(
        f"i{a},{b},{c}" for a, b, c in zip(intervals, intervals[1:], intervals[2:], strict=False)
    )
    words.update(f"r{a}/{b}" for a, b in pairwise(durations))
    words[f"m{score.key.mode}"] = 5
    if has_meter:
        words[f"M{score.meter.name}"] = 20
    return words


@dataclass
class GenreClassifier:
    """Names the genre of a melody: logistic regression on words.

    Parameters
    ----------
    has_meter : bool, default True
    """

    has_meter: bool = True
    genres: tuple[str, ...] = field(default=(), init=False)
    _model: Any = field(default=None, init=False, repr=False)

    def fit(self, tunes: Sequence[Tune]) -> GenreClassifier:
        """Learn from tunes whose genre is known; rare genres are left out.

        Parameters
        ----------
        tunes : sequence of Tune

        Returns
        -------
        self : GenreClassifier

        Raises
        ------
        ParameterError
            If fewer than two genres have 60 tunes.
        MissingDependencyError
            If scikit-learn is not installed.
        """
        try:
            from sklearn.feature_extraction import DictVectorizer
            from sklearn.feature_extraction.text import TfidfTransformer
            from sklearn.linear_model import LogisticRegression
            from sklearn.pipeline import make_pipeline
        except ImportError as error:
            raise MissingDependencyError(
                'the genre classifier needs scikit-learn: pip install "melodyai-edu[train]"'
            ) from error
        counts = Counter(tune.genre for tune in tunes if tune.genre and tune.melody.notes)
        self.genres = tuple(sorted(g for g, n in counts.items() if g and n >= _FEWEST))
        if len(self.genres) < 2:
            raise ParameterError(f"tunes must have two genres of at least {_FEWEST} tunes each")
        known = [tune for tune in tunes if tune.genre in self.genres and tune.melody.notes]
        self._model = make_pipeline(
            DictVectorizer(),
            TfidfTransformer(sublinear_tf=True),
            LogisticRegression(C=30.0, max_iter=1000, class_weight="balanced"),
        )
        self._model.fit(self._words([t.melody_score for t in known]), [t.genre for t in known])
        return self

    def _words(self, scores: Sequence[Score]) -> list[Counter[str]]:
        return [genre_words(score, has_meter=self.has_meter) for score in scores]

    def probabilities(self, scores: Sequence[Score]) -> np.ndarray:
        """Give a probability for each genre [shape=(N, genres), float].

        Parameters
        ----------
        scores : sequence of Score
            Melodies with at least one note.
        """
        if self._model is None:
            raise ParameterError("the classifier must be fitted before it can name genres")
        found: np.ndarray = self._model.predict_proba(self._words(scores))
        return found

    def name(self, scores: Sequence[Score]) -> list[str]:
        """Name the likeliest genre of each melody.

        Parameters
        ----------
        scores : sequence of Score

        Returns
        -------
        genres : list of str
        """
        best = self.probabilities(scores).argmax(axis=1)
        return [self.genres[i] for i in best]
