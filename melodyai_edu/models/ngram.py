"""The first composer: a model that counts what usually comes next.

Conventions
-----------
Sequences are token ids from 0 to ``vocabulary_size - 1``. A distribution is ``float64[V]``,
all values positive, summing to 1. Nothing here is random.

Contents
--------
NGram: one memory. CombinedNGram: a long-term and a short-term one that vote, each with its escape,
LONG_ESCAPE and SHORT_ESCAPE. Prediction: a sequence in progress.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.counts import CountMemory, CountTable
from melodyai_edu.models.smoothing import Escape, combine, get_escape, interpolate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["LONG_ESCAPE", "SHORT_ESCAPE", "CombinedNGram", "NGram", "Prediction"]

LONG_ESCAPE = Escape(constant=1.0, per_type=5.0)
SHORT_ESCAPE = Escape(constant=2.0, per_type=2.0)
"""What tuning on folk songs and chorales settles near (benchmarks/melody_entropy.py)."""


class NGram:
    """Predicts the next token from how often it followed the latest ones.

    Contexts of every length from 0 to `order` are blended (interpolated variable-order
    model): long ones speak when they are known, short ones fill the gaps.

    Parameters
    ----------
    vocabulary_size : int
        How many different tokens there are, at least 1.
    order : int [tokens]
        Length of the longest context, at least 0.
    escape : str or Escape
        How much a context leaves to the shorter ones: "A", "C", "D", "AX" or own values.

    Raises
    ------
    ParameterError
        If a parameter is out of range.

    References
    ----------
    Pearce & Wiggins (2004), Journal of New Music Research 33(4), 367-385.

    Examples
    --------
    Token 1 followed token 0 twice. Without a context, each came twice in four: method C
    gives ``(2 + 2 * 1/2) / 6 = 1/2`` each. After 0: ``(2 + 1 * 1/2) / 3 = 5/6``.

    >>> model = NGram(vocabulary_size=2, order=1).fit([[0, 1, 0, 1]])
    >>> model.distribution([0]).round(4).tolist()
    [0.1667, 0.8333]
    """

    def __init__(self, vocabulary_size: int, order: int = 5, *, escape: str | Escape = "C") -> None:
        _check_sizes(vocabulary_size, order)
        self.vocabulary_size = vocabulary_size
        self.order = order
        self.escape = get_escape(escape)
        self._table: CountTable | None = None
        self._memory = CountMemory(vocabulary_size, order)

    @property
    def num_cells(self) -> int:
        """How many pairs of context and follower the model holds."""
        return self._memory.num_cells + (self._table.num_cells if self._table else 0)

    def fit(self, sequences: Iterable[Sequence[int]]) -> Self:
        """Learn a corpus, forgetting all that was learned before.

        Raises
        ------
        ParameterError
            If a token id lies outside the vocabulary.
        """
        self._table = CountTable(sequences, self.vocabulary_size, self.order)
        self._memory = CountMemory(self.vocabulary_size, self.order)
        return self

    def update(self, sequence: Sequence[int]) -> None:
        """Learn one more sequence, keeping all that was learned before.

        Raises
        ------
        ParameterError
            If a token id lies outside the vocabulary.

        Examples
        --------
        >>> model = NGram(vocabulary_size=2, order=0).fit([[0]])
        >>> model.update([1, 1])
        >>> model.counts([]).tolist()
        [[1.0, 2.0]]
        """
        for place, token_id in enumerate(sequence):
            self._memory.observe(sequence[max(0, place - self.order) : place], token_id)

    def counts(self, context: Sequence[int]) -> np.ndarray:
        """Count what followed each ending of the context: ``float64[order + 1, V]``."""
        matrix = self._memory.counts(context)
        if self._table:
            self._table.add_counts(context, matrix)
        return matrix

    def distribution(self, context: Sequence[int]) -> np.ndarray:
        """Predict the token after this context.

        Parameters
        ----------
        context : sequence of int
            All tokens since the sequence began (empty: predict the first one). Only the
            newest `order` of them matter.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            All positive; they sum to 1.
        """
        return interpolate(self.counts(context), self.escape)


class CombinedNGram:
    """A long-term model of a corpus and a short-term one of the present piece, voting.

    The long-term model also learns from the piece in progress; the short-term one learns
    from nothing else. Each piece starts afresh: call `start`.

    Parameters
    ----------
    vocabulary_size : int
        How many different tokens there are.
    order, short_order : int [tokens]
        Longest context of the long-term and of the short-term model.
    escape, short_escape : str or Escape
        Their escapes; see `NGram`.
    bias : float
        How much louder the surer model is; see `combine`.
    fall_back : bool
        Where the short-term model knows nothing, it repeats the long-term one (True) or
        holds all tokens alike, as in the published models (False).

    Raises
    ------
    ParameterError
        If a parameter is out of range.

    References
    ----------
    Conklin & Witten (1995), Journal of New Music Research 24(1), 51-73. Long-term and short-term.
    Pearce (2005), The construction and evaluation of statistical models of melodic structure in
    music perception and composition, chapters 6-7. The long-term model that learns on ("LTM+").

    Examples
    --------
    >>> model = CombinedNGram(vocabulary_size=3).fit([[0, 1, 2, 0, 1, 2]])
    >>> piece = model.start()
    >>> piece.observe(0)
    >>> int(piece.distribution().argmax())
    1
    """

    def __init__(
        self,
        vocabulary_size: int,
        order: int = 5,
        *,
        short_order: int = 5,
        escape: str | Escape = LONG_ESCAPE,
        short_escape: str | Escape = SHORT_ESCAPE,
        bias: float = 1.5,
        fall_back: bool = True,
    ) -> None:
        _check_sizes(vocabulary_size, short_order)
        self.long_term = NGram(vocabulary_size, order, escape=escape)
        self.short_order = short_order
        self.short_escape = get_escape(short_escape)
        self.bias = bias
        self.fall_back = fall_back

    @property
    def vocabulary_size(self) -> int:
        """How many different tokens there are."""
        return self.long_term.vocabulary_size

    def fit(self, sequences: Iterable[Sequence[int]]) -> Self:
        """Learn a corpus, forgetting all that was learned before."""
        self.long_term.fit(sequences)
        return self

    def update(self, sequence: Sequence[int]) -> None:
        """Learn one more sequence for good."""
        self.long_term.update(sequence)

    def vote(self, known: np.ndarray, heard: np.ndarray) -> np.ndarray:
        """Predict from counts.

        Parameters
        ----------
        known : np.ndarray [shape=(..., order + 1, V), float]
            What followed each context in the corpus and in the piece.
        heard : np.ndarray [shape=(..., short_order + 1, V), float]
            What followed each context in the piece alone.

        Returns
        -------
        probabilities : np.ndarray [shape=(..., V), float64]
            All positive; they sum to 1.

        Examples
        --------
        >>> model = CombinedNGram(vocabulary_size=2, order=0, short_order=0)
        >>> model.vote(np.zeros((1, 2)), np.zeros((1, 2))).tolist()
        [0.5, 0.5]
        """
        long_term = interpolate(known, self.long_term.escape)
        short_term = interpolate(heard, self.short_escape, long_term if self.fall_back else None)
        return combine(np.stack([long_term, short_term], axis=-2), self.bias)

    def start(self) -> Prediction:
        """Begin a piece: nothing has been heard yet."""
        return Prediction(self)


class Prediction:
    """A piece in progress: ask for the next token's distribution, then say what came.

    Made by `CombinedNGram.start`; any number may run side by side.

    Examples
    --------
    Nothing is known beforehand. Having heard 1 three times, it expects a fourth.

    >>> piece = CombinedNGram(vocabulary_size=2).start()
    >>> piece.distribution().tolist()
    [0.5, 0.5]
    >>> for token_id in [1, 1, 1]:
    ...     piece.observe(token_id)
    >>> bool(piece.distribution()[1] > 0.7)
    True
    """

    def __init__(self, model: CombinedNGram) -> None:
        self._model = model
        self._heard: list[int] = []
        order = max(model.short_order, model.long_term.order)
        self._memory = CountMemory(model.vocabulary_size, order)

    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what is known and what was heard here, as `CombinedNGram.vote` takes them."""
        heard = self._memory.counts(self._heard)
        known = self._model.long_term.counts(self._heard)
        known += heard[: len(known)]
        return known, heard[: self._model.short_order + 1]

    def distribution(self) -> np.ndarray:
        """Predict the next token.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            All positive; they sum to 1.
        """
        return self._model.vote(*self.counts())

    def observe(self, token_id: int) -> None:
        """Hear one token, and learn from it.

        Raises
        ------
        ParameterError
            If the token id lies outside the vocabulary.
        """
        self._memory.observe(self._heard, token_id)
        self._heard.append(token_id)


def _check_sizes(vocabulary_size: int, order: int) -> None:
    if vocabulary_size < 1:
        msg = f"vocabulary_size={vocabulary_size} must be an integer of at least 1"
        raise ParameterError(msg)
    if order < 0:
        msg = f"order={order} must be an integer of at least 0"
        raise ParameterError(msg)
