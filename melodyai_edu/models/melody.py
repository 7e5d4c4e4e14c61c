"""The composer's model: two n-grams, one for when and one for what.

Conventions
-----------
It speaks the tokens of `melodyai_edu.tokens`, one at a time. A Duration is predicted from the
place in the bar and the durations before it, a Pitch from the pitches before it and the place it
falls on: a context is not simply the latest tokens but a list of *features*, the most telling one
last. Both n-grams have a long-term and a short-term part that vote (`CombinedNGram.vote`).

Contents
--------
MelodyNGram, MelodyPrediction, bar_kind
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Self

import numpy as np

from melodyai_edu.models.context import ContextTable
from melodyai_edu.models.counts import CountMemory
from melodyai_edu.models.ngram import CombinedNGram
from melodyai_edu.tokens import VOCABULARY

__all__ = ["MelodyNGram", "MelodyPrediction", "bar_kind"]

_TICKS = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Duration")
}
_SOUNDS = frozenset(VOCABULARY.ids_of("Pitch"))
_HOLD = VOCABULARY.id("Pitch_hold")
_BAR = VOCABULARY.id("Bar_line")
_LENGTHS = {
    token_id: number for number, token_id in enumerate(VOCABULARY.ids_of("Length"))
}  # the first is unknown: 0
_FIRST_DURATION, _FIRST_SOUND = min(_TICKS), min(_SOUNDS)
_DURATION_FEATURES, _SOUND_FEATURES = 5, 7
_NOTHING = 0  # the feature of what lies before the beginning

_OPENING, _INNER, _APPROACH, _HALF, _CLOSE = range(1, 6)


def bar_kind(bar: int, bars: int) -> int:
    """Say what part a bar plays in its phrase.

    Phrases of four bars pair up to sections of eight, as in nearly every dance tune and most
    songs of the corpora. A length that is no multiple of four only has a first and a last bar.

    Parameters
    ----------
    bar : int [from 1]
    bars : int [bars]
        Length of the piece, 0 if unknown.

    Returns
    -------
    kind : int
        1 opens a phrase, 2 is inside, 3 leads to an ending, 4 ends a phrase, 5 ends a section
        or the piece.

    Examples
    --------
    >>> [bar_kind(bar, 8) for bar in range(1, 9)]
    [1, 2, 3, 4, 1, 2, 3, 5]
    """
    if bar == bars:
        return _CLOSE
    if bars % 4 or not bars:
        return _OPENING if bar == 1 else _APPROACH if bar == bars - 1 else _INNER
    if bar % 8 == 0:
        return _CLOSE
    return (_HALF, _OPENING, _INNER, _APPROACH)[bar % 4]


class _Listener:
    """Follows a token sequence and says in which context the next token stands."""

    def __init__(self) -> None:
        self.bars = 0
        self.bar = 0
        self.position = 0
        self.is_sound_next = False
        self.durations = [_NOTHING] * 3  # the latest last, from 1
        self.pitches = [_NOTHING] * 4

    def hear(self, token_id: int) -> None:
        if token_id in _TICKS:
            self.is_sound_next = True
            self.durations = [*self.durations[1:], token_id - _FIRST_DURATION + 1]
        elif self.is_sound_next:
            self.is_sound_next = False
            self.position += _TICKS[self.durations[-1] - 1 + _FIRST_DURATION]
            if token_id != _HOLD:
                self.pitches = [*self.pitches[1:], token_id - _FIRST_SOUND + 1]
        elif token_id == _BAR:
            self.bar += 1
            self.position = 0
        elif token_id in _LENGTHS:
            self.bars = _LENGTHS[token_id]

    def context(self) -> tuple[int, ...]:
        """Give the features of the next Duration or Pitch, the most telling last."""
        kind = bar_kind(self.bar, self.bars) if self.bar else _NOTHING
        place = self.position + 1 if self.bar else _NOTHING
        third, second, first = self.durations
        if not self.is_sound_next:
            return third, second, kind, first, place
        *_, pitch4, pitch3, pitch2, pitch1 = self.pitches
        return pitch4, pitch3, kind, first, pitch2, place, pitch1


class MelodyNGram:
    """An n-gram over melodies as token sequences.

    Parameters
    ----------
    duration_vote, pitch_vote : CombinedNGram, optional
        Escapes and bias of the two models' votes.

    Examples
    --------
    >>> tune = VOCABULARY.ids(["Length_1", "Bar_line"] + ["Duration_24", "Pitch_60"] * 4)
    >>> piece = MelodyNGram().fit([tune]).start()
    >>> for token_id in tune[:3]:
    ...     piece.observe(token_id)
    >>> VOCABULARY.token(int(piece.distribution().argmax()))
    'Pitch_60'
    """

    def __init__(
        self, duration_vote: CombinedNGram | None = None, pitch_vote: CombinedNGram | None = None
    ) -> None:
        self.duration_vote = duration_vote or CombinedNGram(len(_TICKS))
        self.pitch_vote = pitch_vote or CombinedNGram(len(_SOUNDS))
        self.fit([])

    def fit(
        self, sequences: Iterable[Sequence[int]], rhythms: Iterable[Sequence[int]] | None = None
    ) -> Self:
        """Learn a corpus, forgetting all that was learned before.

        Parameters
        ----------
        sequences : iterable of sequences of int
            Token ids as `melodyai_edu.tokens.encode` gives them.
        rhythms : iterable of sequences of int, optional
            What to learn durations from; ``sequences`` when left out.
        """
        tunes = list(sequences)
        self.durations = _table(tunes if rhythms is None else rhythms, _TICKS, _FIRST_DURATION)
        self.sounds = _table(tunes, _SOUNDS, _FIRST_SOUND)
        return self

    def start(self) -> MelodyPrediction:
        """Begin a piece: nothing has been heard yet."""
        return MelodyPrediction(self)


def _table(sequences: Iterable[Sequence[int]], tokens: Collection[int], first: int) -> ContextTable:
    """Count in which contexts tokens of one type came."""
    contexts: list[tuple[int, ...]] = []
    targets: list[int] = []
    for sequence in sequences:
        listener = _Listener()
        for token_id in sequence:
            if token_id in tokens:
                contexts.append(listener.context())
                targets.append(token_id - first)
            listener.hear(token_id)
    order = _SOUND_FEATURES if first == _FIRST_SOUND else _DURATION_FEATURES
    return ContextTable(
        np.array(contexts, np.int64).reshape(-1, order), np.array(targets), len(tokens)
    )


class MelodyPrediction:
    """A piece in progress: ask for the next token's distribution, then say what came."""

    def __init__(self, model: MelodyNGram) -> None:
        self._model = model
        self._listener = _Listener()
        self._durations = CountMemory(len(_TICKS), model.durations.order)
        self._sounds = CountMemory(len(_SOUNDS), model.sounds.order)

    def distribution(self) -> np.ndarray:
        """Predict the next Duration, or the Pitch that follows a Duration.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            Sums to 1; 0 for every token of another type.
        """
        model, context = self._model, self._listener.context()
        if self._listener.is_sound_next:
            table, memory, vote, first = model.sounds, self._sounds, model.pitch_vote, _FIRST_SOUND
        else:
            table, memory = model.durations, self._durations
            vote, first = model.duration_vote, _FIRST_DURATION
        heard = memory.counts(context)
        probabilities = np.zeros(len(VOCABULARY))
        voted = vote.vote(table.counts(context) + heard, heard)
        probabilities[first : first + len(voted)] = voted
        return probabilities

    def observe(self, token_id: int) -> None:
        """Hear one token, and learn from it."""
        if token_id >= _FIRST_DURATION:
            is_sound = self._listener.is_sound_next
            memory, first = (
                (self._sounds, _FIRST_SOUND) if is_sound else (self._durations, _FIRST_DURATION)
            )
            memory.observe(self._listener.context(), token_id - first)
        self._listener.hear(token_id)
