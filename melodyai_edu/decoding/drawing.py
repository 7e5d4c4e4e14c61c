"""The drawing loop: distribution, mask, sampler, next state.

Conventions
-----------
Any model with ``distribution()`` and ``observe(token_id)`` composes under any automaton. It hears
the piece as it is played, repeats included. Nothing is drawn twice. Who watches
(`melodyai_edu.decoding.progress`) hears of every token.

Contents
--------
Prediction, Watch, draw_piece
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from melodyai_edu.constraints import Automaton, State
from melodyai_edu.constraints.automaton import BAR_LINE
from melodyai_edu.decoding.contrast import Contrast, avoid
from melodyai_edu.decoding.copies import refuse_no_copy
from melodyai_edu.decoding.lookahead import Lookahead
from melodyai_edu.decoding.performance import Performance
from melodyai_edu.decoding.progress import watcher
from melodyai_edu.decoding.sampler import Sampler

__all__ = ["Prediction", "Watch", "draw_piece"]


class Prediction(Protocol):
    """A model in the middle of a sequence."""

    def distribution(self) -> np.ndarray:
        """Predict the next token [shape=(V,), float]."""
        ...

    def observe(self, token_id: int) -> None:
        """Hear what came."""
        ...


class Watch(Protocol):
    """What forbids more than an automaton can remember."""

    def is_open(self, drawn: Sequence[int], automaton: Automaton | None = None) -> bool:
        """Say whether the tokens so far can be finished under the automaton in force.

        The last token is the one in question. Where the answer was yes, one token at least that
        goes on from there is open under the same automaton.
        """
        ...

    def follow(self, prompt: Sequence[int]) -> None:
        """Raise a ParameterError that names the first note of a prompt that is not open."""
        ...


def draw_piece(
    prediction: Prediction,
    automaton: Automaton,
    sampler: Sampler,
    random: np.random.Generator,
    *,
    lookahead: Lookahead | None = None,
    watch: Watch | None = None,
    rhythms: Mapping[int, int] | None = None,
    contrast: Contrast | None = None,
    prompt: Sequence[int] = (),
) -> list[int]:
    """Draw a legal piece.

    Parameters
    ----------
    prediction : Prediction
        Hears every token that is played.
    automaton : Automaton
    sampler : Sampler
    random : np.random.Generator
    lookahead : Lookahead, optional
        Weighs each token by how likely it ends well.
    watch : Watch, optional
        Asked about each token that is drawn, where the automaton leaves a choice, and about each
        rhythm. Rules ``no_copy=...`` need one.
    rhythms : mapping of int to int, optional
        Bars that take the rhythm of an earlier one wherever the rules let them, from 0.
    contrast : Contrast, optional
        Sections that must not come out alike, wherever the rules let them differ.
    prompt : sequence of int, optional
        Drawn tokens that the piece begins with.

    Returns
    -------
    token_ids : list of int
        Bar lines, durations and sounds of the whole piece.

    Raises
    ------
    ParameterError
        If the prompt breaks a rule; the message names its first illegal note by bar and beat. If
        a rule needs a watch and there is none.

    Examples
    --------
    >>> from melodyai_edu.constraints import compile_rules
    >>> from melodyai_edu.models.melody import MelodyNGram
    >>> from melodyai_edu.tokens import VOCABULARY
    >>> automaton = compile_rules(["durations=1/2", "range=C4-C4"], length=1)
    >>> token_ids = draw_piece(MelodyNGram().start(), automaton, Sampler(),
    ...                        np.random.default_rng(2))
    >>> sum(VOCABULARY.token(i).startswith("Duration") for i in token_ids) > 0
    True
    """
    if watch is None:
        refuse_no_copy(automaton, "draw_piece without a watch")
    automaton.follow(prompt)
    if watch is not None:
        watch.follow(prompt)
    given = list(prompt)
    drawing = _Drawing(prediction, automaton, sampler, random, lookahead, watch)
    performance = Performance(automaton, prediction.observe)
    state, current = automaton.start(), automaton
    tell = watcher()
    while not automaton.is_end(state):
        if given:
            token_id, current = given.pop(0), automaton
        elif state.column == BAR_LINE:
            token_id = automaton.bar_id
        else:
            token_id = drawing.choose(current, state)
        performance.draw(token_id)
        if tell is not None:
            tell(performance.bar)
        drawing.take(token_id)
        if state.column == BAR_LINE:
            state = automaton.next(state, token_id)
            twin = performance.bars.get((rhythms or {}).get(performance.bar, -2))
            current = drawing.hold(state, _values(automaton, twin))
            if contrast is not None:
                twins = contrast.twins(
                    performance.bar, performance.bars, automaton.grid.plan.originals
                )
                current = drawing.differ(current, state, twins)
        else:
            state = current.next(state, token_id)
    return performance.finish()


def _values(automaton: Automaton, tokens: Sequence[int] | None) -> list[tuple[int, bool]]:
    """Read (duration token, whether it is a rest) off the tokens of a bar."""
    pairs = zip((tokens or [])[::2], (tokens or [])[1::2], strict=True)
    return [(duration, sound == automaton.rest_id) for duration, sound in pairs]


class _Drawing:
    """One piece that is being drawn: chooses token after token."""

    def __init__(
        self,
        prediction: Prediction,
        automaton: Automaton,
        sampler: Sampler,
        random: np.random.Generator,
        lookahead: Lookahead | None,
        watch: Watch | None,
    ) -> None:
        self.prediction, self.automaton = prediction, automaton
        self.sampler, self.random = sampler, random
        self.follower = lookahead.start() if lookahead else None
        self.watch = watch
        self.drawn: list[int] = []
        self.in_bar: tuple[int, ...] = ()
        self.avoided: dict[tuple[int, ...], frozenset[int]] = {}  # by the bar's tokens so far

    def choose(self, automaton: Automaton, state: State) -> int:
        """Choose a legal token."""
        mask = self._contrasted(automaton.mask(state), automaton)
        if mask.sum() == 1:
            return int(mask.argmax())
        probabilities = self.prediction.distribution()
        if self.follower is not None:
            weighed = probabilities * self.follower.weights(state)
            if weighed[mask].any():
                probabilities = weighed
        while True:
            token_id = self.sampler.sample(probabilities, mask, self.random)
            # Of the tokens that are legal in this automaton one is open; it may be the last.
            if mask.sum() == 1 or self._is_open(token_id, automaton):
                return token_id
            mask[token_id] = False

    def differ(
        self, automaton: Automaton, state: State, twins: Sequence[Sequence[int]]
    ) -> Automaton:
        """Keep the bar that begins from being one of these; give the automaton that allows it."""
        avoided = avoid(automaton, state, twins)
        if avoided is None and automaton is not self.automaton:
            automaton = self.automaton  # the rhythm is held, and nothing else can differ
            avoided = avoid(automaton, state, twins)
        self.avoided = avoided or {}
        return automaton

    def _contrasted(self, mask: np.ndarray, automaton: Automaton) -> np.ndarray:
        """Take out what leads to twins only, if something else is open."""
        avoided = self.avoided.get(self.in_bar)
        if avoided is None:
            return mask
        others = mask.copy()
        others[list(avoided)] = False
        if self.watch is not None:
            is_open = any(self._is_open(int(i), automaton) for i in np.flatnonzero(others))
            return others if is_open else mask
        return others if others.any() else mask

    def _is_open(self, token_id: int, automaton: Automaton) -> bool:
        return self.watch is None or self.watch.is_open([*self.drawn, token_id], automaton)

    def hold(self, state: State, values: Sequence[tuple[int, bool]]) -> Automaton:
        """Hold the bar that begins to a rhythm, if every rule lets that be."""
        held = self.automaton.with_rhythm(state, values)
        if held is None or (self.watch is not None and not self.watch.is_open(self.drawn, held)):
            return self.automaton
        return held

    def take(self, token_id: int) -> None:
        """Keep a token."""
        self.drawn.append(token_id)
        if token_id == self.automaton.bar_id:
            self.in_bar, self.avoided = (), {}
        else:
            self.in_bar = (*self.in_bar, token_id)
        if self.follower is not None:
            self.follower.take(token_id)
