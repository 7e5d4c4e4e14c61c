"""What is legal inside one bar: fill it exactly, stay in range, end where asked.

Conventions
-----------
A *step* is a pair (position, duration) [ticks]: an event of that length may begin there. A position
from which no chain of steps reaches the end of the bar is removed when the automaton is built, so
in every state at least one token is legal.

Contents
--------
BarState, BarAutomaton
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY

__all__ = ["BarAutomaton", "BarState"]

_HOLD = VOCABULARY.id("Pitch_hold")
_REST = VOCABULARY.id("Pitch_rest")
_TICKS = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Duration")
}
_DURATION_ID = {ticks: token_id for token_id, ticks in _TICKS.items()}


class BarState(NamedTuple):
    """Where in a bar a melody stands.

    Parameters
    ----------
    position : int [ticks]
        What is filled so far.
    duration : int [ticks]
        Of the event that waits for its pitch; 0 if a Duration is next.
    sound : int
        Token id of the pitch that sounded last, or of the rest.
    """

    position: int
    duration: int
    sound: int


class BarAutomaton:
    """Fills one bar.

    Parameters
    ----------
    bar_duration : int [ticks]
    steps : collection of (int, int) [ticks]
        Which durations may begin where.
    pitches : collection of int
        Token ids of the pitches in range.
    endings : collection of int, optional
        Token ids of the pitches on which the last note of the bar must end; any when left out.
        The bar then does not end in a rest.
    has_rests, has_holds : bool, default True
        Whether the bar may have rests, and begin by holding the note before it.

    Raises
    ------
    ParameterError
        If no chain of steps fills the bar, or no pitch is left.

    Examples
    --------
    >>> steps = {(0, 24), (0, 48), (24, 24), (0, 36)}           # a dotted quarter leads nowhere
    >>> automaton = BarAutomaton(48, steps, VOCABULARY.ids(["Pitch_60", "Pitch_67"]))
    >>> mask = automaton.mask(automaton.start())
    >>> [VOCABULARY.token(token_id) for token_id in np.flatnonzero(mask)]
    ['Duration_24', 'Duration_48']
    """

    def __init__(
        self,
        bar_duration: int,
        steps: Collection[tuple[int, int]],
        pitches: Collection[int],
        *,
        endings: Collection[int] | None = None,
        has_rests: bool = True,
        has_holds: bool = True,
    ) -> None:
        self.bar_duration = bar_duration
        self._pitches = tuple(pitches)
        self._endings = None if endings is None else tuple(endings)
        self._extra = ((_REST,) if has_rests else ()) + ((_HOLD,) if has_holds else ())
        self._duration_masks = _duration_masks(bar_duration, steps)
        if 0 not in self._duration_masks:
            raise ParameterError(f"steps={sorted(steps)} must fill a bar of {bar_duration} ticks")
        if not self._pitches or self._endings == ():
            raise ParameterError("pitches and endings must name at least one pitch")
        self._pitch_masks: dict[tuple[bool, bool, int], np.ndarray] = {}

    def start(self, sound: int = _REST) -> BarState:
        """Stand at the beginning of the bar.

        Parameters
        ----------
        sound : int, optional
            Token id of the pitch that sounded last; a rest when left out.
        """
        return BarState(0, 0, sound)

    def is_end(self, state: BarState) -> bool:
        """Say whether the bar is full."""
        return state.position == self.bar_duration

    def mask(self, state: BarState) -> np.ndarray:
        """Say which tokens are legal [shape=(V,), bool]."""
        if not state.duration:
            return self._duration_masks[state.position]
        is_last = state.position + state.duration == self.bar_duration
        # A hold is legal only over the bar line; what it holds matters only if it ends the bar.
        key = (is_last, state.position == 0, state.sound if state.position == 0 else _REST)
        if key not in self._pitch_masks:
            self._pitch_masks[key] = self._pitch_mask(*key)
        return self._pitch_masks[key]

    def _pitch_mask(self, is_last: bool, is_first: bool, sound: int) -> np.ndarray:
        mask = np.zeros(len(VOCABULARY), bool)
        if is_last and self._endings is not None:
            mask[list(self._endings)] = True
            can_hold = sound in self._endings
        else:
            mask[list(self._pitches)] = True
            mask[_REST] = _REST in self._extra
            can_hold = sound != _REST
        mask[_HOLD] = is_first and can_hold and _HOLD in self._extra
        return mask

    def next(self, state: BarState, token_id: int) -> BarState:
        """Give the state after a legal token."""
        if not state.duration:
            return state._replace(duration=_TICKS[token_id])
        sound = state.sound if token_id == _HOLD else token_id
        return BarState(state.position + state.duration, 0, sound)


def _duration_masks(bar_duration: int, steps: Collection[tuple[int, int]]) -> dict[int, np.ndarray]:
    """Give each position that can still reach the end its mask of durations."""
    masks: dict[int, np.ndarray] = {}
    alive = {bar_duration}
    for position, duration in sorted(steps, reverse=True):
        if position + duration in alive and duration in _DURATION_ID:
            alive.add(position)
            masks.setdefault(position, np.zeros(len(VOCABULARY), bool))
            masks[position][_DURATION_ID[duration]] = True
    return masks
