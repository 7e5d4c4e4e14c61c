"""Exact sampling: the model's own distribution, given that the whole piece is legal.

Conventions
-----------
Masking alone is greedy: it forbids a token only where nothing legal can follow, and then shares its
probability among the others, however unlikely it is that they end well. Here each token is
weighted by the probability that a piece going on from there would be legal. These *messages* are
added up backwards from the end, once for each node of the grid, the duration before it, and the
state of the line with the pitches that the model remembers.

Bars that repeat others are played, not drawn: they cost no probability, as a repeat sign does not.

Contents
--------
Messages, ExactSampler

References
----------
Pachet, Roy & Barbieri (2011), Finite-length Markov processes with constraints, IJCAI, 635-642.
Papadopoulos, Pachet, Roy & Sakellariou (2015), Exact sampling for regular and Markov constraints
with belief propagation, CP, 341-350.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from melodyai_edu.constraints import Automaton
from melodyai_edu.constraints.automaton import DURATION
from melodyai_edu.constraints.grid import DEAD
from melodyai_edu.decoding.contexts import find_contexts
from melodyai_edu.decoding.copies import refuse_no_copy
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.fixed_order import FixedOrderNGram

__all__ = ["ExactSampler", "Messages"]

#: No more than this is taken for messages [bytes].
_MOST_BYTES = 4 * 2**30


class Messages:
    """How probable it is that a piece which goes on from here is legal.

    Parameters
    ----------
    automaton : Automaton
    model : FixedOrderNGram
    temperature : float, default 1.0
        Applied to the model's distributions.

    Raises
    ------
    ParameterError
        If the messages would take too much memory: lower the order.

    Attributes
    ----------
    log_probability : float
        The natural logarithm of the probability that the model by itself makes a legal piece, among
        all that fill the bars.
    """

    def __init__(
        self, automaton: Automaton, model: FixedOrderNGram, temperature: float = 1.0
    ) -> None:
        self.automaton, self.model, self.temperature = automaton, model, temperature
        self.contexts = find_contexts(automaton, model.order)
        self.num_columns = len(automaton.grid.durations)
        self._moves = np.stack(self.contexts.moves)
        shape = (len(automaton.grid.bars), self.num_columns + 1, len(self.contexts.line))
        self.num_bytes = 8 * int(np.prod(shape))
        if self.num_bytes > _MOST_BYTES:
            raise ParameterError(
                f"order={model.order} needs {self.num_bytes / 2**30:.1f} GiB of messages for these "
                f"rules, at most {_MOST_BYTES / 2**30:.0f} are taken: lower the order"
            )
        self._values = np.zeros(shape)
        self._scales = np.full(shape[0], -np.inf)
        self._references = np.zeros(shape[0])  # the largest scale among what follows a node
        self._ask_model()
        self._work_back()

    def _tempered(self, probabilities: np.ndarray) -> np.ndarray:
        if self.temperature == 1.0:
            return probabilities
        powered = probabilities ** (1.0 / self.temperature)
        total: np.ndarray = powered / powered.sum(axis=-1, keepdims=True)
        return total

    def _ask_model(self) -> None:
        known = {heard: self.model.sounds(heard) for heard in set(self.contexts.heard)}
        table = self._tempered(np.stack([known[heard] for heard in self.contexts.heard]))
        self._pitches = table[:, self.automaton.pitch_ids]
        self._rests = table[:, self.automaton.rest_id]

    def _durations(self, node: int) -> np.ndarray:
        """Give the distributions of durations at a node [shape=(D + 1, D), float]; row 0: none."""
        grid = self.automaton.grid
        bar, bars = int(grid.bars[node]) + 1, grid.setting.bars
        position = int(grid.positions[node])
        if bar == 0:  # the model counts a pickup from where it begins
            position -= grid.setting.meter.bar_duration - grid.setting.pickup
        ids = self.automaton.duration_ids
        rows = [self.model.durations(bar, bars, position, last) for last in (None, *ids.tolist())]
        tempered: np.ndarray = self._tempered(np.stack(rows))[:, ids]
        return tempered

    def _work_back(self) -> None:
        grid = self.automaton.grid
        can_end = self.automaton.alive[grid.end][self.contexts.line]
        self._values[grid.end] = can_end
        self._scales[grid.end] = 0.0
        sounding: dict[tuple[int, int, int], np.ndarray] = {}
        for node in range(grid.end - 1, -1, -1):
            after = np.concatenate([grid.note_next[node], grid.rest_next[node]])
            scales = self._scales[after[after != DEAD]]
            if not scales.size or not np.isfinite(scales.max()):
                continue
            reference = self._references[node] = float(scales.max())
            waiting = np.stack(
                [self._waiting(node, d, reference, sounding) for d in range(self.num_columns)]
            )
            values = self._durations(node) @ waiting
            values *= self.automaton.alive[node][self.contexts.line]
            if (largest := values.max()) > 0:
                self._values[node] = values / largest
                self._scales[node] = reference + np.log(largest)
        self.log_probability = float(
            np.log(self._values[0, 0, 0]) + self._scales[0] if self._values[0, 0, 0] else -np.inf
        )

    def _waiting(
        self,
        node: int,
        column: int,
        reference: float,
        sounding: dict[tuple[int, int, int], np.ndarray],
    ) -> np.ndarray:
        """Give the message where a duration waits for its sound [shape=(M,), float]."""
        grid, line = self.automaton.grid, self.automaton.line
        total = np.zeros(len(self.contexts.line))
        note, rest = int(grid.note_next[node, column]), int(grid.rest_next[node, column])
        if note != DEAD and np.isfinite(self._scales[note]):
            key = note, column, int(line.move_of[node, column])
            if key not in sounding:
                sounding[key] = self._sounded(note, column, key[2])
            total += sounding[key] * np.exp(self._scales[note] - reference)
        if rest != DEAD and np.isfinite(self._scales[rest]):
            scale = np.exp(self._scales[rest] - reference)
            total += self._rests * self._values[rest, column + 1] * scale
        return total

    def _sounded(self, note: int, column: int, move: int) -> np.ndarray:
        padded = np.append(self._values[note, column + 1], 0.0)
        total: np.ndarray = np.einsum("mp,mp->m", self._pitches, padded[self.contexts.moves[move]])
        return total

    def after_durations(self, node: int, context: int) -> np.ndarray:
        """Give the message after each duration at a node, up to a factor [shape=(D,), float].

        Parameters
        ----------
        node : int
        context : int
        """
        grid, line = self.automaton.grid, self.automaton.line
        notes, rests = grid.note_next[node], grid.rest_next[node]
        columns = np.arange(1, self.num_columns + 1)
        moves = self._moves[line.move_of[node], context]
        sounding = self._values[notes[:, None], columns[:, None], moves]
        sounding = np.where((notes[:, None] != DEAD) & (moves != DEAD), sounding, 0.0)
        sounds = (sounding @ self._pitches[context]) * self._scale(node, notes)
        silent = np.where(rests != DEAD, self._values[rests, columns, context], 0.0)
        messages: np.ndarray = sounds + silent * self._rests[context] * self._scale(node, rests)
        return messages

    def _scale(self, node: int, after: np.ndarray) -> np.ndarray:
        """Bring the messages of later nodes to the scale that a node has."""
        scales = np.exp(self._scales[after] - self._references[node])
        kept: np.ndarray = np.where(after != DEAD, scales, 0.0)
        return kept

    def after_sounds(self, node: int, column: int, context: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the message after each sound: the pitches, and then the rest.

        Parameters
        ----------
        node, column : int
            Of the grid.
        context : int

        Returns
        -------
        messages : np.ndarray [shape=(P + 1,), float]
            Up to a factor that all columns of a node share.
        contexts : np.ndarray [shape=(P + 1,), int]
            Where each leads.
        """
        grid, line = self.automaton.grid, self.automaton.line
        messages = np.zeros(len(line.pitches) + 1)
        contexts = np.full(len(line.pitches) + 1, context)
        note, rest = int(grid.note_next[node, column]), int(grid.rest_next[node, column])
        reference = self._references[node]
        if note != DEAD and np.isfinite(self._scales[note]):
            contexts[:-1] = self.contexts.moves[line.move_of[node, column]][context]
            padded = np.append(self._values[note, column + 1], 0.0)
            messages[:-1] = padded[contexts[:-1]] * np.exp(self._scales[note] - reference)
        if rest != DEAD and np.isfinite(self._scales[rest]):
            scale = np.exp(self._scales[rest] - reference)
            messages[-1] = self._values[rest, column + 1, context] * scale
        return messages, contexts

    def log_messages(self) -> np.ndarray:
        """Give the logarithm of every message [shape=(N, D + 1, M), float]; -inf where none.

        The second axis is the duration before; 0 for none.
        """
        with np.errstate(divide="ignore"):
            logs: np.ndarray = np.log(self._values) + self._scales[:, None, None]
        return logs

    def log_sounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the logarithm of the model's pitches [shape=(M, P)] and rests [shape=(M,)]."""
        with np.errstate(divide="ignore"):
            return np.log(self._pitches), np.log(self._rests)

    def duration_probabilities(self, node: int, last: int) -> np.ndarray:
        """Give the model's distribution of durations at a node [shape=(D,), float].

        Parameters
        ----------
        node : int
        last : int
            Column of the duration before; -1 at the beginning.
        """
        row: np.ndarray = self._durations(node)[last + 1]
        return row

    def sound_probabilities(self, context: int) -> np.ndarray:
        """Give the model's distribution of pitches, and then the rest [shape=(P + 1,), float]."""
        return np.append(self._pitches[context], self._rests[context])


class ExactSampler:
    """Draws legal pieces with just the probabilities that the model gives them.

    Parameters
    ----------
    automaton : Automaton
    model : FixedOrderNGram
    temperature : float, default 1.0

    Raises
    ------
    ParameterError
        If the messages would take too much memory, or a rule is ``no_copy=...``.

    Examples
    --------
    >>> from melodyai_edu.constraints import compile_rules
    >>> from melodyai_edu.tokens import VOCABULARY
    >>> automaton = compile_rules(["in_key", "range=C4-E4", "durations=1/2", "end_on_tonic"],
    ...                           length=1)
    >>> sampler = ExactSampler(automaton, FixedOrderNGram(order=1))
    >>> [VOCABULARY.token(i) for i in sampler.draw(np.random.default_rng(0))][-1]
    'Pitch_60'
    """

    def __init__(
        self, automaton: Automaton, model: FixedOrderNGram, temperature: float = 1.0
    ) -> None:
        refuse_no_copy(automaton, "exact sampling")
        self.messages = Messages(automaton, model, temperature)

    @property
    def log_probability(self) -> float:
        """Natural logarithm of the probability that the model alone would make a legal piece."""
        return self.messages.log_probability

    def draw(self, random: np.random.Generator) -> list[int]:
        """Draw the tokens of one piece: bar lines, durations, sounds of the bars that are drawn.

        Parameters
        ----------
        random : np.random.Generator

        Returns
        -------
        token_ids : list of int
        """
        messages, automaton = self.messages, self.messages.automaton
        grid = automaton.grid
        node, last, context = 0, -1, 0
        token_ids: list[int] = []
        while node != grid.end:
            if grid.begins_bar(node):
                token_ids.append(automaton.bar_id)
            chances = messages.duration_probabilities(node, last)
            column = _choose(chances * messages.after_durations(node, context), random)
            after, contexts = messages.after_sounds(node, column, context)
            place = _choose(after * messages.sound_probabilities(context), random)
            is_rest = place == len(after) - 1
            token_ids.append(int(automaton.duration_ids[column]))
            token_ids.append(automaton.rest_id if is_rest else int(automaton.pitch_ids[place]))
            following = grid.rest_next if is_rest else grid.note_next
            node, last, context = int(following[node, column]), column, int(contexts[place])
        return token_ids

    def log_probability_of(self, token_ids: Sequence[int]) -> float:
        """Give the natural logarithm of the probability that the model alone gives a piece.

        Parameters
        ----------
        token_ids : sequence of int
            Of a legal piece, as `draw` gives them.

        Raises
        ------
        ParameterError
            If a token is not legal.
        """
        messages, automaton = self.messages, self.messages.automaton
        state, last, context, total = automaton.start(), -1, 0, 0.0
        for token_id in token_ids:
            if state.column >= 0:
                place = automaton.sound_place(token_id)
                total += float(np.log(messages.sound_probabilities(context)[place]))
                _, contexts = messages.after_sounds(state.node, state.column, context)
                last, context = state.column, int(contexts[place])
            after = automaton.next(state, token_id)
            if state.column == DURATION:
                chances = messages.duration_probabilities(state.node, last)
                total += float(np.log(chances[after.column]))
            state = after
        return total


def _choose(weights: np.ndarray, random: np.random.Generator) -> int:
    bounds = weights.cumsum()
    place = int(bounds.searchsorted(random.random() * bounds[-1], side="right"))
    return min(place, len(weights) - 1)
