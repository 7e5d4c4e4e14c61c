"""From rules of harmony and a melody to an automaton, or to the reason why there is none.

Conventions
-----------
Layers are swept from the beginning and from the end; what cannot be reached from both goes. Where
nothing is left, the rules are in conflict: the error names a smallest set of them and the place.

Contents
--------
compile_harmony, narrow, find_harmony_conflict
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from melodyai_edu.constraints.chords import ChordTable, chord_table
from melodyai_edu.constraints.harmony import Chords, HarmonyRule, as_harmony_rules
from melodyai_edu.constraints.harmony_automaton import HarmonyAutomaton, legal_moves
from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.voicings import ChordSlot, Voicings, list_voicings
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key

__all__ = ["compile_harmony", "find_harmony_conflict", "narrow"]

#: How many ways at a time are looked at when asking which others may follow or go before.
_CHUNK = 48


def compile_harmony(
    rules: Iterable[str | Rule], slots: Sequence[ChordSlot], key: Key
) -> HarmonyAutomaton:
    """Turn rules and the slots of a melody into an automaton.

    Parameters
    ----------
    rules : iterable of str or HarmonyRule
    slots : sequence of ChordSlot
        From `melodyai_edu.constraints.voicings.chord_slots`.
    key : Key

    Returns
    -------
    automaton : HarmonyAutomaton

    Raises
    ------
    ParameterError
        If a rule is unknown, or the rules cannot be kept together; the message names a smallest
        set of them, and the place.

    Examples
    --------
    >>> from melodyai_edu.constraints.voicings import chord_slots
    >>> from melodyai_edu.score import Melody, Score
    >>> slots = chord_slots(Score.of_melody(Melody.from_events([(71, 48), (72, 48)])))
    >>> automaton = compile_harmony(["voice_ranges", "cadence=1 authentic"], slots, Key("C"))
    >>> [sorted({v.name(way) for way in range(len(v))}) for v in automaton.voicings]
    [['V', 'V7'], ['I']]
    """
    read = as_harmony_rules(rules)
    for rule in read:
        rule.check(slots, key)
    asked = tuple(text for rule in read if isinstance(rule, Chords) for text in rule.chords)
    table = chord_table(key, tuple(dict.fromkeys(asked)))
    layers = [_allowed(read, list_voicings(table, slot)) for slot in slots]
    failed = _sweep(read, layers)
    if failed is not None:
        raise ParameterError(_conflict_text(read, slots, table, failed))
    _sweep(read, layers, is_backward=True)
    return HarmonyAutomaton(read, table, tuple(layers))


def narrow(
    automaton: HarmonyAutomaton, weights: Sequence[np.ndarray], most: int
) -> HarmonyAutomaton:
    """Keep the heaviest ways of slots that have very many, as long as a whole is left.

    Parameters
    ----------
    automaton : HarmonyAutomaton
    weights : sequence of np.ndarray [shape=(N,), float]
        One for each slot.
    most : int
        How many ways of a slot are kept; more if nothing legal were left, all if need be.

    Returns
    -------
    automaton : HarmonyAutomaton
        The same one if no slot has more.
    """
    while any(len(layer) > most for layer in automaton.voicings):
        layers = [
            layer.take(np.sort(np.argsort(-own, kind="stable")[:most]))
            for layer, own in zip(automaton.voicings, weights, strict=True)
        ]
        if _sweep(automaton.rules, layers) is None:
            _sweep(automaton.rules, layers, is_backward=True)
            return HarmonyAutomaton(automaton.rules, automaton.table, tuple(layers))
        most *= 2
    return automaton


def _allowed(rules: Sequence[HarmonyRule], voicings: Voicings) -> Voicings:
    """Keep the ways that every rule allows for themselves."""
    for rule in rules:
        if rule.overrides("allows_chords"):
            voicings = voicings.take(rule.allows_chords(voicings))
    return voicings


def _sweep(
    rules: Sequence[HarmonyRule], layers: list[Voicings], *, is_backward: bool = False
) -> int | None:
    """Remove what cannot be reached from one end; give the slot where nothing is left, or None."""
    order = range(len(layers))
    moving = [rule for rule in rules if rule.moves]
    for slot in reversed(order) if is_backward else order:
        last = slot + 1 if is_backward else slot - 1
        if 0 <= last < len(layers):
            reached = _reached(moving, layers[last], layers[slot], is_backward=is_backward)
            layers[slot] = layers[slot].take(reached)
        if not len(layers[slot]):
            return slot
    return None


def _reached(
    rules: Sequence[HarmonyRule], known: Voicings, asked: Voicings, *, is_backward: bool
) -> np.ndarray:
    """Say which ways are joined to at least one known one [shape=(M,), bool].

    Most are joined to many: looking at a few known ways at a time settles nearly all at once.
    """
    reached = np.zeros(len(asked), bool)
    # A stride visits unlike chords first.
    stride = max(len(known) // _CHUNK, 1)
    turn = np.argsort(np.arange(len(known)) % stride, kind="stable")
    for first in range(0, len(known), _CHUNK):
        some, open_ones = known.take(turn[first : first + _CHUNK]), np.flatnonzero(~reached)
        if not len(open_ones):
            break
        rest = asked.take(open_ones)
        if is_backward:
            joined = legal_moves(rules, rest, some).any(axis=1)
        else:
            joined = legal_moves(rules, some, rest).any(axis=0)
        reached[open_ones[joined]] = True
    return reached


def _is_possible(
    rules: Sequence[HarmonyRule], slots: Sequence[ChordSlot], table: ChordTable
) -> bool:
    layers = [_allowed(rules, list_voicings(table, slot)) for slot in slots]
    return _sweep(rules, layers) is None


def find_harmony_conflict(
    rules: Sequence[HarmonyRule], slots: Sequence[ChordSlot], table: ChordTable
) -> tuple[HarmonyRule, ...]:
    """Find a smallest set of rules that cannot be kept together over some slots.

    Parameters
    ----------
    rules : sequence of HarmonyRule
        Cannot be kept together.
    slots : sequence of ChordSlot
    table : ChordTable

    Returns
    -------
    conflict : tuple of HarmonyRule
        Empty if the melody cannot be harmonised even without rules.
    """
    conflict = list(rules)
    for rule in rules:
        without = [other for other in conflict if other is not rule]
        if not _is_possible(without, slots, table):
            conflict = without
    for size in range(len(conflict)):
        for some in combinations(rules, size):
            if not _is_possible(some, slots, table):
                return some
    return tuple(conflict)


def _conflict_text(
    rules: Sequence[HarmonyRule], slots: Sequence[ChordSlot], table: ChordTable, failed: int
) -> str:
    """Say which rules cannot be kept, where, and what to relax."""
    first = failed
    while first and _is_possible(rules, slots[first : failed + 1], table):
        first -= 1
    conflict = find_harmony_conflict(rules, slots[first : failed + 1], table)
    place = slots[failed].place
    if not conflict:
        name = table.key.spell(slots[failed].pitches[0])
        return (
            f"the melody's {name} at {place} belongs to no chord of {table.key.name}: give another "
            f"key=, or chords= with one that has it"
        )
    names = ", ".join(f"{str(rule)!r}" for rule in conflict)
    ways = "; ".join(f"{rule.name}: {rule.relax}" for rule in conflict)
    what = (
        f"the rules {names} cannot be kept together"
        if len(conflict) > 1
        else (f"the rule {names} cannot be kept")
    )
    return f"{what} at {place}. Relax {'one of them' if len(conflict) > 1 else 'it'} ({ways})"
