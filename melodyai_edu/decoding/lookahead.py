"""Look-ahead: weighing each token by how likely a piece that goes on from it ends legally.

Conventions
-----------
A model that remembers the whole past cannot add up all futures. A small n-gram can (`Messages`),
and its messages are a good guess of what lies ahead for any model of the same kind of music. They
only weigh legal tokens; legality is the automaton's.

Contents
--------
Lookahead, Follower
"""

from __future__ import annotations

import numpy as np

from melodyai_edu.constraints import State
from melodyai_edu.constraints.automaton import DURATION
from melodyai_edu.decoding.exact import Messages

__all__ = ["Follower", "Lookahead"]


class Lookahead:
    """The messages of a small n-gram, ready to weigh tokens.

    Parameters
    ----------
    messages : Messages
    """

    def __init__(self, messages: Messages) -> None:
        self.messages = messages

    def start(self) -> Follower:
        """Follow a piece from its beginning."""
        return Follower(self.messages)


class Follower:
    """Where one piece stands among the messages."""

    def __init__(self, messages: Messages) -> None:
        self._messages, self._automaton = messages, messages.automaton
        self._state = self._automaton.start()
        self._last, self._context = -1, 0

    def weights(self, state: State) -> np.ndarray:
        """Weigh every token that may come next [shape=(V,), float]; 0 where nothing follows."""
        automaton, messages = self._automaton, self._messages
        weights = np.zeros(len(automaton.vocabulary))
        if state.column == DURATION:
            weights[automaton.duration_ids] = messages.after_durations(state.node, self._context)
        elif state.column >= 0:
            sounds, _ = messages.after_sounds(state.node, state.column, self._context)
            weights[automaton.pitch_ids] = sounds[:-1]
            weights[automaton.rest_id] = sounds[-1]
        return weights

    def take(self, token_id: int) -> None:
        """Go along a token."""
        state, automaton = self._state, self._automaton
        if state.column >= 0:
            _, contexts = self._messages.after_sounds(state.node, state.column, self._context)
            self._context = int(contexts[automaton.sound_place(token_id)])
            self._last = state.column
        self._state = automaton.next(state, token_id)
