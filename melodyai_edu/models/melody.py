"""The composer's model: two n-grams, one for when and one for what.

Conventions
-----------
It speaks the tokens of `melodyai_edu.tokens`, one at a time. A context is not simply the latest
tokens but a list of *features*, the most telling one last; a list of features is a *view*. A
Duration has one view: the place in the bar and the durations before it. A Pitch has two, which
vote: the line (the pitches before it, rests passed over) and the place (where in the bar and in
the phrase it falls). Each view has a long-term and a short-term part that vote as well
(`CombinedNGram.vote`).

Contents
--------
MelodyNGram, MelodyPrediction, Heard, bar_kind, listen
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np

from melodyai_edu.models.context import ContextTable
from melodyai_edu.models.counts import CountMemory
from melodyai_edu.models.ngram import CombinedNGram
from melodyai_edu.models.smoothing import Escape, combine
from melodyai_edu.tokens import VOCABULARY

__all__ = ["Heard", "MelodyNGram", "MelodyPrediction", "bar_kind", "listen"]

_TICKS = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Duration")
}
_SOUNDS = frozenset(VOCABULARY.ids_of("Pitch"))
_HOLD, _REST = VOCABULARY.id("Pitch_hold"), VOCABULARY.id("Pitch_rest")
_BAR = VOCABULARY.id("Bar_line")
_LENGTHS = {
    token_id: number for number, token_id in enumerate(VOCABULARY.ids_of("Length"))
}  # the first is unknown: 0
_FIRST_DURATION, _FIRST_SOUND = min(_TICKS), min(_SOUNDS)
_DURATION_ORDERS, _SOUND_ORDERS = (5,), (5, 7)  # features in each view
# Chosen on the validation tunes; see benchmarks/style_entropy.py.
_LONG_ESCAPE = Escape(constant=1.0, per_type=4.0)
_SHORT_DURATION_ESCAPE = Escape(constant=2.0, per_type=80.0)
_SHORT_PITCH_ESCAPE = Escape(constant=2.0, per_type=20.0)
_NOTHING = 0  # the feature of what lies before the beginning

_OPENING, _INNER, _APPROACH, _HALF, _CLOSE, _FINAL = range(1, 7)


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
        1 opens a phrase, 2 is inside, 3 leads to an ending, 4 ends a phrase, 5 ends a section,
        6 ends the piece.

    Examples
    --------
    >>> [bar_kind(bar, 8) for bar in range(1, 9)]
    [1, 2, 3, 4, 1, 2, 3, 6]
    """
    if bar == bars:
        return _FINAL
    if bars % 4 or not bars:
        return _OPENING if bar == 1 else _APPROACH if bar == bars - 1 else _INNER
    if bar % 8 == 0:
        return _CLOSE
    return (_HALF, _OPENING, _INNER, _APPROACH)[bar % 4]


class _Listener:
    """Follows a token sequence and says in which contexts the next token stands."""

    def __init__(self) -> None:
        self.bars = 0
        self.bar = 0
        self.position = 0
        self.is_sound_next = False
        self.durations = [_NOTHING] * 3  # the latest last, from 1
        self.pitches = [_NOTHING] * 5

    def hear(self, token_id: int) -> None:
        if token_id in _TICKS:
            self.is_sound_next = True
            self.durations = [*self.durations[1:], token_id - _FIRST_DURATION + 1]
        elif self.is_sound_next:
            self.is_sound_next = False
            self.position += _TICKS[self.durations[-1] - 1 + _FIRST_DURATION]
            if token_id not in (_HOLD, _REST):
                self.pitches = [*self.pitches[1:], token_id - _FIRST_SOUND + 1]
        elif token_id == _BAR:
            self.bar += 1
            self.position = 0
        elif token_id in _LENGTHS:
            self.bars = _LENGTHS[token_id]

    def views(self) -> tuple[tuple[int, ...], ...]:
        """Give the context of the next Duration or Pitch in each view."""
        kind = bar_kind(self.bar, self.bars) if self.bar else _NOTHING
        place = self.position + 1 if self.bar else _NOTHING
        third, second, first = self.durations
        if not self.is_sound_next:
            return ((third, second, kind, first, place),)
        _, pitch4, pitch3, pitch2, pitch1 = self.pitches
        return tuple(self.pitches), (pitch4, pitch3, kind, first, pitch2, place, pitch1)


class MelodyNGram:
    """An n-gram over melodies as token sequences.

    Parameters
    ----------
    duration_vote, pitch_vote : CombinedNGram, optional
        Escapes and bias of the votes.

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
        self.duration_vote = duration_vote or CombinedNGram(
            len(_TICKS), escape=_LONG_ESCAPE, short_escape=_SHORT_DURATION_ESCAPE, bias=1.0
        )
        self.pitch_vote = pitch_vote or CombinedNGram(
            len(_SOUNDS), escape=_LONG_ESCAPE, short_escape=_SHORT_PITCH_ESCAPE, bias=1.0
        )
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
        self.heard_durations = listen(tunes if rhythms is None else rhythms, is_sound=False)
        self.heard_sounds = listen(tunes, is_sound=True)
        self.durations = self.heard_durations.tables(len(_TICKS))
        self.sounds = self.heard_sounds.tables(len(_SOUNDS))
        return self

    @property
    def num_cells(self) -> int:
        """How many pairs of context and follower are stored: what it has instead of weights."""
        return sum(table.num_cells for table in (*self.durations, *self.sounds))

    def start(self) -> MelodyPrediction:
        """Begin a piece: nothing has been heard yet."""
        return MelodyPrediction(self)


class Heard(NamedTuple):
    """In which contexts tokens of one type came.

    Parameters
    ----------
    contexts : tuple of np.ndarray [shape=(N, features), int64]
        One for each view, the most telling feature last; of a Pitch the line, then the place.
    targets : np.ndarray [shape=(N,), int64]
        What came, counted from the first token of its type.
    """

    contexts: tuple[np.ndarray, ...]
    targets: np.ndarray

    def tables(self, size: int) -> tuple[ContextTable, ...]:
        """Count, view by view."""
        return tuple(ContextTable(contexts, self.targets, size) for contexts in self.contexts)


def listen(sequences: Iterable[Sequence[int]], *, is_sound: bool) -> Heard:
    """Go through tunes once, and list in which contexts Pitches or else Durations came.

    Parameters
    ----------
    sequences : iterable of sequences of int
    is_sound : bool

    Returns
    -------
    heard : Heard
    """
    tokens, first = (_SOUNDS, _FIRST_SOUND) if is_sound else (_TICKS, _FIRST_DURATION)
    views: list[tuple[tuple[int, ...], ...]] = []
    targets: list[int] = []
    for sequence in sequences:
        listener = _Listener()
        for token_id in sequence:
            if token_id in tokens:
                views.append(listener.views())
                targets.append(token_id - first)
            listener.hear(token_id)
    orders = _SOUND_ORDERS if is_sound else _DURATION_ORDERS
    contexts = tuple(
        np.array([each[view] for each in views], np.int64).reshape(-1, order)
        for view, order in enumerate(orders)
    )
    return Heard(contexts, np.array(targets, np.int64))


class MelodyPrediction:
    """A piece in progress: ask for the next token's distribution, then say what came."""

    def __init__(self, model: MelodyNGram) -> None:
        self._model = model
        self._listener = _Listener()
        self._durations = [CountMemory(len(_TICKS), table.order) for table in model.durations]
        self._sounds = [CountMemory(len(_SOUNDS), table.order) for table in model.sounds]

    def distribution(self) -> np.ndarray:
        """Predict the next Duration, or the Pitch that follows a Duration.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            Sums to 1; 0 for every token of another type.
        """
        model, listener = self._model, self._listener
        if listener.is_sound_next:
            tables, memories, vote = model.sounds, self._sounds, model.pitch_vote
            first = _FIRST_SOUND
        else:
            tables, memories, vote = model.durations, self._durations, model.duration_vote
            first = _FIRST_DURATION
        votes = []
        for table, memory, context in zip(tables, memories, listener.views(), strict=True):
            heard = memory.counts(context)
            votes.append(vote.vote(table.counts(context) + heard, heard))
        probabilities = np.zeros(len(VOCABULARY))
        voted = combine(np.array(votes), vote.bias) if len(votes) > 1 else votes[0]
        probabilities[first : first + len(voted)] = voted
        return probabilities

    def copy(self) -> MelodyPrediction:
        """Give the same piece, to go on otherwise."""
        return copy.deepcopy(self, {id(self._model): self._model})

    def observe(self, token_id: int) -> None:
        """Hear one token, and learn from it."""
        if token_id >= _FIRST_DURATION:
            is_sound = self._listener.is_sound_next
            memories, first = (
                (self._sounds, _FIRST_SOUND) if is_sound else (self._durations, _FIRST_DURATION)
            )
            for memory, context in zip(memories, self._listener.views(), strict=True):
                memory.observe(context, token_id - first)
        self._listener.hear(token_id)
