"""Keeping a piece free of long runs of notes from the training tunes.

Conventions
-----------
A run is copied if its intervals and the times between its onsets stand in a tune. Remembering that
would take a state for nearly every run of notes in the corpus, too many for an automaton; so this
guard keeps a *witness* instead, one whole piece that begins with what is drawn so far and keeps
every rule. A token is open if a witness goes on with it. As there always is one, a dead end
cannot be met, however few tokens are open.

Contents
--------
KnownRuns, CopyWatch
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from melodyai_edu.constraints import Automaton, State
from melodyai_edu.decoding.performance import play
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Melody, Note

__all__ = ["CopyWatch", "KnownRuns"]

#: How many ways to go on are tried before a token counts as closed; and at the very beginning.
_TRIES, _FIRST_TRIES = 12, 400


class KnownRuns(Protocol):
    """A set of tunes in which runs of notes can be looked up."""

    def has_run(self, melody: Melody, notes: int) -> bool:
        """Say whether any so many successive notes of a melody stand in a tune."""
        ...


class CopyWatch:
    """Says which tokens leave a piece free of copied runs.

    Parameters
    ----------
    automaton : Automaton
    known : KnownRuns
    longest : int [notes]
        The longest run that may be copied.

    Raises
    ------
    ParameterError
        If no piece is found that keeps to it.
    """

    def __init__(self, automaton: Automaton, known: KnownRuns, longest: int) -> None:
        self._automaton, self._known, self._longest = automaton, known, longest
        self._random = np.random.default_rng(0)
        self._witness = self._find([], automaton.start(), _FIRST_TRIES)
        if not self._witness:
            raise ParameterError(
                f"no_copy={longest}: none of {_FIRST_TRIES} pieces that keep the other rules is "
                f"free of runs of {longest + 1} notes from the training tunes; allow longer runs"
            )

    def is_open(self, drawn: Sequence[int], state: State) -> bool:
        """Say whether the tokens so far can be finished; the last is the one in question."""
        if self._witness[: len(drawn)] == list(drawn):
            return True
        found = self._find(drawn, state, _TRIES)
        if found:
            self._witness = found
        return bool(found)

    def _find(self, drawn: Sequence[int], state: State, tries: int) -> list[int]:
        """Find a whole piece that begins so and copies nothing long; nothing if none is found."""
        for attempt in range(tries):
            piece = [*drawn, *self._completion(len(drawn), state, is_near=attempt < tries // 2)]
            if not self._known.has_run(self._melody(piece), self._longest + 1):
                return piece
        return []

    def _completion(self, length: int, state: State, is_near: bool) -> list[int]:
        """Go on legally: along the witness where that is possible, or anyhow."""
        automaton = self._automaton
        tokens: list[int] = []
        witness = self._witness_states() if is_near and length else {}
        while not automaton.is_end(state):
            if state in witness:
                return [*tokens, *self._witness[witness[state] :]]
            legal = np.flatnonzero(automaton.mask(state))
            token_id = int(self._random.choice(legal))
            tokens.append(token_id)
            state = automaton.next(state, token_id)
        return tokens

    def _witness_states(self) -> dict[State, int]:
        """Say at which token the witness comes through which state."""
        state, found = self._automaton.start(), {}
        for place, token_id in enumerate(self._witness):
            found[state] = place
            state = self._automaton.next(state, token_id)
        return found

    def _melody(self, drawn: Sequence[int]) -> Melody:
        """Give the notes of the piece as it is played."""
        automaton = self._automaton
        pitches = dict(zip(automaton.pitch_ids.tolist(), automaton.line.pitches, strict=True))
        ticks = dict(zip(automaton.duration_ids.tolist(), automaton.grid.durations, strict=True))
        notes, onset = [], 0
        duration = 0
        for token_id in play(automaton, drawn):
            if token_id in ticks:
                duration = ticks[token_id]
            elif token_id != automaton.bar_id:
                if token_id != automaton.rest_id:
                    notes.append(Note(onset, duration, pitches[token_id]))
                onset += duration
        return Melody(tuple(notes), onset)
