"""What must hold: rules, and the automata that they compile to.

Conventions
-----------
A *rule* is what a musician says, an *automaton* is what it compiles to (immutable: which tokens
are legal in which state, and where each leads), a *state* is a few whole numbers, a *mask* says
which tokens are legal. What cannot be finished legally is removed when compiling.

Contents
--------
rule, text, catalogue: what a rule is, and reading it. rhythm, melody, phrase, structure: the rules.
compile, plan, alive; grid; asking, line, line_search, entries; automaton: what they compile to.
explain, judge, saving: looking into it, asking it why, keeping it.
voice_rules, harmony, voicings, harmony_compile, harmony_automaton: the same for four voices.
chords, chord_places, chord_rules: for chord symbols.
"""

from melodyai_edu.constraints.automaton import Automaton, State
from melodyai_edu.constraints.catalogue import as_rules, parse_rule, rules
from melodyai_edu.constraints.compile import compile_in, compile_rules, find_conflict
from melodyai_edu.constraints.rule import FORBIDDEN, Rule, Setting, Slot
from melodyai_edu.constraints.saving import load_automaton, save_automaton

__all__ = [
    "FORBIDDEN",
    "Automaton",
    "Rule",
    "Setting",
    "Slot",
    "State",
    "as_rules",
    "compile_in",
    "compile_rules",
    "find_conflict",
    "load_automaton",
    "parse_rule",
    "rules",
    "save_automaton",
]
