"""What is legal inside one bar: fill it exactly, stay in range, leap no further than allowed.

Conventions
-----------
A *step* is a pair (position, duration) [ticks]: an event of that length may begin there. No event
crosses a bar line. What cannot be finished legally is worked out backwards from the end of the bar
when the automaton is built, so from a state that can be finished no token leads astray.

Contents
--------
BarState, Goal, BarAutomaton
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY

__all__ = ["BarAutomaton", "BarState", "Goal"]

_REST = VOCABULARY.id("Pitch_rest")
_PITCHES = frozenset(VOCABULARY.ids_of("Pitch")) - {_REST, VOCABULARY.id("Pitch_hold")}
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
    sound : int or None
        Token id of the pitch that sounded last; None before the first.
    """

    position: int
    duration: int
    sound: int | None


class Goal(NamedTuple):
    """Where a token must lead.

    Parameters
    ----------
    between : tuple of int
        Token ids that come right after it.
    targets : tuple of int
        Token ids of pitches, one of which comes then.
    """

    between: tuple[int, ...]
    targets: tuple[int, ...]


class BarAutomaton:
    """Fills one bar.

    Parameters
    ----------
    bar_duration : int [ticks]
    steps : collection of (int, int) [ticks]
        Which durations of notes may begin where.
    pitches : collection of int
        Token ids of the pitches in range.
    rests : collection of (int, int), optional [ticks]
        Which durations of rests may begin where; none when left out.
    max_leap : int, optional [semitones]
        The widest interval from one pitch to the next; any when left out.
    endings : collection of int, optional
        Token ids of the pitches on which the bar must end, with a note; any when left out.
    following : sequence of int, optional
        Token ids that are known to come after the bar: the last pitch must reach their first.

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
        rests: Collection[tuple[int, int]] = (),
        max_leap: int | None = None,
        endings: Collection[int] | None = None,
        following: Sequence[int] = (),
    ) -> None:
        self.bar_duration = bar_duration
        self._pitches = np.array(sorted(pitches), np.int64)
        self._notes = _durations_at(steps)
        self._rests = _durations_at(rests)
        self._max_leap = len(VOCABULARY) if max_leap is None else max_leap
        last = self._pitches >= 0
        if endings is not None:
            last &= np.isin(self._pitches, list(endings))
        self._following = tuple(following)
        targets = [token_id for token_id in following if token_id in _PITCHES][:1]
        for target in targets:
            last &= abs(self._pitches - target) <= self._max_leap
        self._endings = tuple(endings or ())
        self._masks: dict[BarState, np.ndarray] = {}
        self._finish = self._work_back(last)

    def _work_back(self, last: np.ndarray) -> dict[int, np.ndarray]:
        """Say for each position after which pitches the bar can be finished [bool, as pitches]."""
        leaps = abs(self._pitches[:, None] - self._pitches) <= self._max_leap
        finish = {self.bar_duration: last}
        for position in sorted({*self._notes, *self._rests}, reverse=True):
            alive = np.zeros(len(self._pitches), bool)
            for duration in self._notes.get(position, ()):
                if position + duration in finish:
                    alive |= (leaps & finish[position + duration]).any(axis=1)
            for duration in self._rests.get(position, ()):
                if self._is_rest_legal(position + duration) and position + duration in finish:
                    alive |= finish[position + duration]
            if alive.any():
                finish[position] = alive
        return finish

    def _is_rest_legal(self, end: int) -> bool:
        return end < self.bar_duration or not self._endings

    def start(self, sound: int | None = None) -> BarState:
        """Stand at the beginning of the bar.

        Parameters
        ----------
        sound : int, optional
            Token id of the pitch that sounded last.

        Raises
        ------
        ParameterError
            If nothing that is legal fills the bar from there; see `can_fill`.
        """
        if not self.can_fill(sound):
            raise ParameterError(
                f"no legal notes fill a bar of {self.bar_duration} ticks after sound={sound}: "
                f"allow more steps, more pitches or a wider max_leap"
            )
        return BarState(0, 0, sound)

    def can_fill(self, sound: int | None = None) -> bool:
        """Say whether the bar can be filled legally after a pitch that sounded last."""
        return bool(self.mask(BarState(0, 0, sound)).any())

    def is_end(self, state: BarState) -> bool:
        """Say whether the bar is full."""
        return state.position == self.bar_duration

    def goal(self, state: BarState) -> Goal | None:
        """Say where the next token must lead, if one of a few pitches is known to come after it.

        Returns
        -------
        goal : Goal or None
            Before the last pitch of the bar: what follows the bar. Before the last but one: an
            ending, if one must come.
        """
        if not state.duration:
            return None
        end = state.position + state.duration
        if end == self.bar_duration:
            for place, token_id in enumerate(self._following):
                if token_id in _PITCHES:
                    return Goal(self._following[:place], (token_id,))
        elif self._endings and self.bar_duration - end in self._notes.get(end, ()):
            return Goal((_DURATION_ID[self.bar_duration - end],), self._endings)
        return None

    def mask(self, state: BarState) -> np.ndarray:
        """Say which tokens are legal [shape=(V,), bool]."""
        if state not in self._masks:
            mask = np.zeros(len(VOCABULARY), bool)
            legal = self._legal_sounds(state) if state.duration else self._legal_durations(state)
            mask[legal] = True
            self._masks[state] = mask
        return self._masks[state]

    def _legal_durations(self, state: BarState) -> list[int]:
        durations = {*self._notes.get(state.position, ()), *self._rests.get(state.position, ())}
        return [
            _DURATION_ID[duration]
            for duration in durations
            if self._legal_sounds(state._replace(duration=duration))
        ]

    def _legal_sounds(self, state: BarState) -> list[int]:
        position, duration, sound = state
        finish = self._finish.get(position + duration)
        if finish is None:
            return []
        legal: list[int] = []
        if duration in self._notes.get(position, ()):
            near = finish
            if sound is not None:
                near = finish & (abs(self._pitches - sound) <= self._max_leap)
            legal = self._pitches[near].tolist()
        if duration in self._rests.get(position, ()) and self._is_rest_legal(position + duration):
            where = np.flatnonzero(self._pitches == sound)
            if finish[where].any() if sound is not None else finish.any():
                legal.append(_REST)
        return legal

    def next(self, state: BarState, token_id: int) -> BarState:
        """Give the state after a legal token."""
        if not state.duration:
            return state._replace(duration=_TICKS[token_id])
        sound = state.sound if token_id == _REST else token_id
        return BarState(state.position + state.duration, 0, sound)


def _durations_at(steps: Collection[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    """Give the durations that may begin at each position and have a token."""
    found: dict[int, tuple[int, ...]] = {}
    for position, duration in sorted(steps):
        if duration in _DURATION_ID:
            found[position] = (*found.get(position, ()), duration)
    return found
