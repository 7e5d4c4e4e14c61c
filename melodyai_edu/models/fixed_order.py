"""The n-gram at a fixed order: all it knows of the past is a few pitches and one duration.

Conventions
-----------
This is the long-term part of `MelodyNGram` with contexts cut short. Nothing is learned while a
piece is drawn, so the same context always gives the same distribution; only therefore can the
probability of a whole family of pieces be added up exactly.

Contents
--------
FixedOrderNGram
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Self

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.context import ContextTable
from melodyai_edu.models.melody import Heard, MelodyNGram, bar_kind, listen
from melodyai_edu.models.smoothing import Escape, interpolate
from melodyai_edu.tokens import VOCABULARY

__all__ = ["FixedOrderNGram"]

_SOUNDS = VOCABULARY.ids_of("Pitch")
_DURATIONS = VOCABULARY.ids_of("Duration")
_ESCAPE = Escape(constant=1.0, per_type=4.0)  # as in `MelodyNGram`


class FixedOrderNGram:
    """Predicts a sound from the pitches before it and a duration from its place in the bar.

    Parameters
    ----------
    order : int, default 1
        How many pitches a sound depends on, from 0 to 5; rests are passed over.

    Raises
    ------
    ParameterError
        If the order is out of range.

    Examples
    --------
    >>> tune = VOCABULARY.ids(["Length_1", "Bar_line"] + ["Duration_24", "Pitch_60"] * 4)
    >>> model = FixedOrderNGram(order=1).fit([tune])
    >>> sounds = model.sounds((VOCABULARY.id("Pitch_60"),))
    >>> sounds.argmax() == VOCABULARY.id("Pitch_60"), round(float(sounds.sum()), 9)
    (np.True_, 1.0)
    """

    def __init__(self, order: int = 1) -> None:
        if not 0 <= order <= 5:
            raise ParameterError(f"order={order} must be from 0 to 5")
        self.order = order
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
        durations = listen(tunes if rhythms is None else rhythms, is_sound=False)
        return self._count(durations, listen(tunes, is_sound=True))

    @classmethod
    def of(cls, model: MelodyNGram, order: int = 1) -> Self:
        """Give the small model of the tunes that a large one has heard."""
        return cls(order)._count(model.heard_durations, model.heard_sounds)

    def _count(self, durations: Heard, sounds: Heard) -> Self:
        # Kind of bar, last duration, place: as MelodyNGram has them, the oldest two left out.
        (features,), (line, _) = durations.contexts, sounds.contexts
        self._durations = ContextTable(features[:, 2:], durations.targets, len(_DURATIONS))
        newest = line[:, line.shape[1] - self.order :]
        self._sounds = ContextTable(newest, sounds.targets, len(_SOUNDS))
        self._cached_durations = lru_cache(maxsize=None)(self._duration_distribution)
        self._cached_sounds = lru_cache(maxsize=None)(self._sound_distribution)
        return self

    def durations(self, bar: int, bars: int, position: int, last: int | None) -> np.ndarray:
        """Predict a duration.

        Parameters
        ----------
        bar : int [from 1; 0 for a pickup]
        bars : int
            Length of the piece.
        position : int [ticks]
            In the bar.
        last : int or None
            Token id of the duration before; None at the beginning.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            Sums to 1; 0 for every token of another type.
        """
        kind = bar_kind(bar, bars) if bar else 0
        first = 0 if last is None else last - _DURATIONS[0] + 1
        return self._cached_durations((kind, first, position + 1 if bar else 0))

    def sounds(self, pitches: Sequence[int]) -> np.ndarray:
        """Predict a sound.

        Parameters
        ----------
        pitches : sequence of int
            Token ids of the latest pitches, the newest last; as many as there were, at most
            `order`.

        Returns
        -------
        probabilities : np.ndarray [shape=(V,), float64]
            Sums to 1; 0 for every token of another type.
        """
        known = [pitch - _SOUNDS[0] + 1 for pitch in pitches]
        missing = max(self.order - len(known), 0)
        return self._cached_sounds((*[0] * missing, *known[len(known) + missing - self.order :]))

    def _duration_distribution(self, context: tuple[int, ...]) -> np.ndarray:
        return _spread(interpolate(self._durations.counts(context), _ESCAPE), _DURATIONS)

    def _sound_distribution(self, context: tuple[int, ...]) -> np.ndarray:
        return _spread(interpolate(self._sounds.counts(context), _ESCAPE), _SOUNDS)


def _spread(probabilities: np.ndarray, token_ids: Sequence[int]) -> np.ndarray:
    spread = np.zeros(len(VOCABULARY))
    spread[token_ids[0] : token_ids[-1] + 1] = probabilities
    return spread
