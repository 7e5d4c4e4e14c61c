"""What every listener to tunes shares: words in, logistic regression, names out.

Conventions
-----------
A listener hears a melody as words and how often each occurs; what the words are, and what is to be
named, is for `melodyai_edu.evaluation.genre_classifier` and
`melodyai_edu.evaluation.mood_classifier` to say. A label with fewer than 60 training tunes is not
learned. Accuracies are of tunes that were not learned from, with Wilson intervals.

Contents
--------
TuneClassifier
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from melodyai_edu.errors import MissingDependencyError, ParameterError
from melodyai_edu.evaluation.control import Share
from melodyai_edu.score import Score

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["TuneClassifier"]

#: A label with fewer training tunes is not learned.
_FEWEST = 60

_Self = TypeVar("_Self", bound="TuneClassifier")


@dataclass
class TuneClassifier:
    """Names something about a melody: logistic regression on words.

    A kind of listener says in `label` what a tune is, and in `words` what is heard of it.
    """

    labels: tuple[str, ...] = field(default=(), init=False)
    _model: Any = field(default=None, init=False, repr=False)

    #: What it names, in the singular and the plural.
    what: ClassVar[tuple[str, str]] = ("label", "labels")

    def label(self, tune: Tune) -> str | None:
        """Say what a tune is, or ``None`` where that is not known."""
        raise NotImplementedError

    def words(self, score: Score) -> Counter[str]:
        """Say what is heard of a melody."""
        raise NotImplementedError

    def fit(self: _Self, tunes: Sequence[Tune]) -> _Self:
        """Learn from tunes whose label is known; rare labels are left out.

        Parameters
        ----------
        tunes : sequence of Tune

        Returns
        -------
        self : TuneClassifier

        Raises
        ------
        ParameterError
            If fewer than two labels have 60 tunes.
        MissingDependencyError
            If scikit-learn is not installed.
        """
        one, many = self.what
        try:
            from sklearn.feature_extraction import DictVectorizer
            from sklearn.feature_extraction.text import TfidfTransformer
            from sklearn.linear_model import LogisticRegression
            from sklearn.pipeline import make_pipeline
        except ImportError as error:
            raise MissingDependencyError(
                f'the {one} classifier needs scikit-learn: pip install "melodyai-edu[train]"'
            ) from error
        known = [(tune, self.label(tune)) for tune in tunes if tune.melody.notes]
        counts = Counter(label for _, label in known if label)
        self.labels = tuple(sorted(label for label, n in counts.items() if n >= _FEWEST))
        if len(self.labels) < 2:
            raise ParameterError(f"tunes must have two {many} of at least {_FEWEST} tunes each")
        known = [(tune, label) for tune, label in known if label in self.labels]
        self._model = make_pipeline(
            DictVectorizer(),
            TfidfTransformer(sublinear_tf=True),
            LogisticRegression(C=30.0, max_iter=1000, class_weight="balanced"),
        )
        heard = [self.words(tune.melody_score) for tune, _ in known]
        self._model.fit(heard, [label for _, label in known])
        return self

    def probabilities(self, scores: Sequence[Score]) -> np.ndarray:
        """Give a probability for each label [shape=(N, labels), float].

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
            raise ParameterError(f"the classifier must be fitted before it can name {self.what[1]}")
        found: np.ndarray = self._model.predict_proba([self.words(score) for score in scores])
        return found

    def name(self, scores: Sequence[Score]) -> list[str]:
        """Name the likeliest label of each melody.

        Parameters
        ----------
        scores : sequence of Score

        Returns
        -------
        labels : list of str
        """
        best = self.probabilities(scores).argmax(axis=1)
        return [self.labels[i] for i in best]

    def name_tunes(self, tunes: Iterable[Tune]) -> dict[str, list[str]]:
        """Name real tunes, sorted by what they are; tunes of other labels are left out.

        Parameters
        ----------
        tunes : iterable of Tune
            None that it was fitted on.

        Returns
        -------
        named : dict of str to list of str
            For each label what its tunes were named: ``named_real`` of `control_table`.
        """
        pairs = [(tune, self.label(tune)) for tune in tunes if tune.melody.notes]
        known = [(tune, label) for tune, label in pairs if label in self.labels]
        names = self.name([tune.melody_score for tune, _ in known]) if known else []
        named: dict[str, list[str]] = {label: [] for label in self.labels}
        for (_, label), name in zip(known, names, strict=True):
            named[str(label)].append(name)
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
            For each label, and for ``"all"``.
        """
        named = self.name_tunes(tunes)
        shares = {label: Share(names.count(label), len(names)) for label, names in named.items()}
        hits = sum(share.hits for share in shares.values())
        return {**shares, "all": Share(hits, sum(map(len, named.values())))}
