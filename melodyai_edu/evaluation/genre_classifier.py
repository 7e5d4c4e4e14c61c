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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import MissingDependencyError, ParameterError
from melodyai_edu.evaluation.control import Share
from melodyai_edu.score import Score
from melodyai_edu.theory.groove import bar_positions

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["GenreClassifier", "genre_words"]

#: A genre with fewer training tunes is not learned.
_FEWEST = 60

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
class GenreClassifier:
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

        Raises
        ------
        ParameterError
            If the classifier has not been fitted.
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

    def name_tunes(self, tunes: Iterable[Tune]) -> dict[str, list[str]]:
        """Name real tunes, sorted by the genre that they are of; others are left out.

        Parameters
        ----------
        tunes : iterable of Tune
            None that it was fitted on.

        Returns
        -------
        named : dict of str to list of str
            For each genre what its tunes were named: ``named_real`` of `control_table`.
        """
        known = [tune for tune in tunes if tune.genre in self.genres and tune.melody.notes]
        names = self.name([tune.melody_score for tune in known]) if known else []
        named: dict[str, list[str]] = {genre: [] for genre in self.genres}
        for tune, name in zip(known, names, strict=True):
            named[str(tune.genre)].append(name)
        return named

    def accuracy(self, tunes: Iterable[Tune]) -> dict[str, Share]:
        """Count how many real tunes are named rightly, with Wilson intervals.

        Parameters
        ----------
        tunes : iterable of Tune
            None that it was fitted on.

        Returns
        -------
        shares : dict of str to Share
            For each genre, and for ``"all"``.
        """
        named = self.name_tunes(tunes)
        shares = {genre: Share(names.count(genre), len(names)) for genre, names in named.items()}
        hits = sum(share.hits for share in shares.values())
        return {**shares, "all": Share(hits, sum(map(len, named.values())))}
