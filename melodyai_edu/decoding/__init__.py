"""Where a model's beliefs and what is legal meet.

Conventions
-----------
A model gives a distribution over the next token, an automaton says which tokens are legal in its
state, a sampler chooses among those. Nothing is ever tried and thrown away.

Contents
--------
sampler, bars, melody
"""

from melodyai_edu.decoding.bars import BarAutomaton, BarState
from melodyai_edu.decoding.melody import Automaton, Prediction, generate
from melodyai_edu.decoding.sampler import Sampler

__all__ = ["Automaton", "BarAutomaton", "BarState", "Prediction", "Sampler", "generate"]
