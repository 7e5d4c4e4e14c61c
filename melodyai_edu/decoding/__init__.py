"""Where a model's beliefs and what is legal meet.

Conventions
-----------
A model gives a distribution over the next token, an automaton says which tokens are legal in its
state, a sampler chooses among those. Nothing is ever tried and thrown away.

Contents
--------
sampler, drawing, progress: one token after the other. performance: bars that repeat others.
exact, lookahead, beam, free: other ways to draw. chain, harmony: chords. contrast: sections.
loop, neural, stepwise, tables, contexts: networks under rules. copies, witness: no long copies.
"""

from melodyai_edu.decoding.drawing import Prediction, draw_piece
from melodyai_edu.decoding.exact import ExactSampler, Messages
from melodyai_edu.decoding.lookahead import Lookahead
from melodyai_edu.decoding.performance import Performance, play
from melodyai_edu.decoding.progress import Cancelled, watching
from melodyai_edu.decoding.sampler import Sampler

__all__ = [
    "Cancelled",
    "ExactSampler",
    "Lookahead",
    "Messages",
    "Performance",
    "Prediction",
    "Sampler",
    "draw_piece",
    "play",
    "watching",
]
