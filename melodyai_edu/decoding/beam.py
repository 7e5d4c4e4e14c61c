"""Beam search: the likeliest legal piece, as far as a few hypotheses can see.

Conventions
-----------
Each hypothesis holds a copy of the model, a state of the automaton and a log-probability. Of all
legal ways on, the best are kept; hypotheses that have come equally far in time are compared, so
that a short way does not win by having fewer tokens.

Contents
--------
beam_piece, CopyablePrediction
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from melodyai_edu.constraints import Automaton, State
from melodyai_edu.constraints.automaton import BAR_LINE
from melodyai_edu.decoding.copies import refuse_no_copy
from melodyai_edu.decoding.performance import play
from melodyai_edu.errors import ParameterError

__all__ = ["CopyablePrediction", "beam_piece"]


class CopyablePrediction(Protocol):
    """A model in the middle of a sequence that can go several ways."""

    def distribution(self) -> np.ndarray:
        """Predict the next token [shape=(V,), float]."""
        ...

    def observe(self, token_id: int) -> None:
        """Hear what came."""
        ...

    def copy(self) -> Self:
        """Give the same piece, to go on otherwise."""
        ...


@dataclass(frozen=True, eq=False)
class _Hypothesis:
    log_probability: float
    state: State
    drawn: tuple[int, ...]
    prediction: CopyablePrediction

    def after(self, automaton: Automaton, token_id: int, log_probability: float) -> _Hypothesis:
        prediction = self.prediction.copy()
        prediction.observe(token_id)
        state = automaton.next(self.state, token_id)
        return _Hypothesis(log_probability, state, (*self.drawn, token_id), prediction)


def beam_piece(
    prediction: CopyablePrediction, automaton: Automaton, num_beams: int = 4
) -> list[int]:
    """Find a likely legal piece; nothing is left to chance.

    Parameters
    ----------
    prediction : CopyablePrediction
        Hears the bars that are drawn.
    automaton : Automaton
    num_beams : int, default 4
        How many hypotheses are kept.

    Returns
    -------
    token_ids : list of int
        Of the whole piece.

    Raises
    ------
    ParameterError
        If ``num_beams`` is not positive, or a rule is ``no_copy=...``.

    Examples
    --------
    >>> from melodyai_edu.constraints import compile_rules
    >>> from melodyai_edu.models.melody import MelodyNGram
    >>> automaton = compile_rules(["range=C4-E4", "in_key"], length=1)
    >>> len(beam_piece(MelodyNGram().start(), automaton)) >= 3
    True
    """
    if num_beams < 1:
        raise ParameterError(f"num_beams={num_beams} must be a positive integer")
    refuse_no_copy(automaton, "a beam")
    beam = [_Hypothesis(0.0, automaton.start(), (), prediction)]
    while not all(automaton.is_end(one.state) for one in beam):
        # Those that are furthest behind in time go on first.
        behind = min(one.state.node for one in beam)
        waiting = [one for one in beam if one.state.node > behind]
        moved = [way for one in beam if one.state.node == behind for way in _ways(one, automaton)]
        ways = [(one.log_probability, one, None) for one in waiting] + moved
        ways.sort(key=lambda way: -way[0])
        beam = [
            one if token_id is None else one.after(automaton, token_id, log_probability)
            for log_probability, one, token_id in ways[:num_beams]
        ]
    return play(automaton, max(beam, key=lambda one: one.log_probability).drawn)


def _ways(one: _Hypothesis, automaton: Automaton) -> list[tuple[float, _Hypothesis, int | None]]:
    """List every legal way on, with its log-probability under the model alone."""
    if one.state.column == BAR_LINE:
        return [(one.log_probability, one, automaton.bar_id)]
    legal = np.flatnonzero(automaton.mask(one.state))
    with np.errstate(divide="ignore"):
        logs = np.log(one.prediction.distribution()[legal])
    return [
        (one.log_probability + float(log), one, int(token_id))
        for log, token_id in zip(logs, legal, strict=True)
    ]
