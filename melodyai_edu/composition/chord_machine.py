"""The states that chords are drawn from, style by style, and the rules on them.

Conventions
-----------
A state stands for a chord at each place. In most styles the states are the chords; pop also has a
state for each loop, which stands for the chord that the loop has in that bar. Where a rule asks
what chord came before, each state is there three times, once for each of
`melodyai_edu.constraints.chord_rules.APPROACHES`. Weights of styles are finite: only rules forbid.

Contents
--------
Machine, build_machine, forbid
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from melodyai_edu.composition.chord_chain import counted_moves, counted_start, melody_weights
from melodyai_edu.composition.chord_counts import ChordCounts, read_counts
from melodyai_edu.composition.chord_tables import home_names
from melodyai_edu.composition.progressions import (
    Progression,
    progression_counts,
    read_progressions,
)
from melodyai_edu.constraints.chord_places import ChordPlace
from melodyai_edu.constraints.chord_rules import APPROACHES, ChordRule, approaches
from melodyai_edu.constraints.chords import ChordTable

__all__ = ["Machine", "build_machine", "forbid"]

#: What happens hardly ever, but may [natural logarithm].
_HARDLY = -25.0
#: A last chord on the tonic weighs this much more [natural logarithm]: ten to one.
_HOME = 2.3
#: How much less the chords of folk tunes change inside a bar than was inferred, where every note
#: that another chord would fit better counts as a change [natural logarithm of odds]. By ear:
#: players take one chord a bar, or two.
_CALM = 1.5

#: Pop: the chances that a piece begins with a loop, that a loop goes on at the beginning of a
#: phrase, that it is left elsewhere, and that loops are gone back to. Set by hand.
_BEGIN, _GO_ON, _LEAVE, _RETURN = 0.9, 0.75, 0.01, 0.8
#: How much less a closing progression is taken where nothing ends.
_NOT_YET = 0.05
_PHRASE = 4  # bars
_LOOPS = (2, 4, 8)  # how many bars a loop may have


class Machine(NamedTuple):
    """States and their weights, before any rule.

    Parameters
    ----------
    table : ChordTable
    chords : np.ndarray [shape=(T, S), int]
        The chord of each state at each place.
    weights : np.ndarray [shape=(T, S), float, natural logarithm]
    moves : list of np.ndarray [shape=(S, S), float, natural logarithm]
        ``T - 1`` of them.
    """

    table: ChordTable
    chords: np.ndarray
    weights: np.ndarray
    moves: list[np.ndarray]


def build_machine(
    style: str, places: Sequence[ChordPlace], table: ChordTable, where: Sequence[str] = ()
) -> Machine:
    """Build the states of a style over places in one key.

    Parameters
    ----------
    style : str
    places : sequence of ChordPlace
    table : ChordTable
        From `style_table`, perhaps with more chords.
    where : sequence of str
        A genre and a meter, as in `stay_chances`.

    Returns
    -------
    machine : Machine
    """
    counted = "chorale" if style == "chorale" else "folk"
    own, family = _counts(style, table)
    moves = counted_moves(places, counted, own, family, where)
    if style == "folk":
        moves = [_calmer(table, place) for table, place in zip(moves, places[1:], strict=True)]
    weights = melody_weights(places, table, family.fits)
    weights[0] += counted_start(own, family)
    if style != "chorale" and places[-1].is_last:
        weights[-1] += _HOME * (table.roots == 0)
    chords = np.tile(np.arange(len(table)), (len(places), 1))
    machine = Machine(table, chords, weights, moves)
    return _with_loops(machine, places) if style == "pop" else machine


def _counts(style: str, table: ChordTable) -> tuple[ChordCounts, ChordCounts]:
    names = home_names(table)
    if style in ("pop", "jazz"):
        counts = progression_counts(style, table.key.mode).among(names)
        return counts, counts
    own, family = read_counts(style, table.key.mode)
    mine = own.among(names)
    return (mine, mine) if own is family else (mine, family.among(names))


def _calmer(table: np.ndarray, place: ChordPlace) -> np.ndarray:
    """Let chords change less inside a bar."""
    if place.part == 0:
        return table
    chances = np.exp(table)
    stay = np.diag(chances)
    odds = (1 - stay) / stay * np.exp(-_CALM)
    change = odds / (1 + odds)
    chances = chances * (change / (1 - stay))[:, None]
    np.fill_diagonal(chances, 1 - change)
    found: np.ndarray = np.log(chances)
    return found


# Pop


def _with_loops(machine: Machine, places: Sequence[ChordPlace]) -> Machine:
    """Put the loops of the mode before the single chords, as states of their own."""
    table = machine.table
    loops = [
        p for p in read_progressions("pop", table.key.mode)
        if len(p.chords) in _LOOPS and set(p.chords) <= set(table.names)
    ]  # fmt: skip
    if not loops:
        return machine
    numbers = [[table.names.index(chord) for chord in loop.chords] for loop in loops]
    turns = np.array([[chords[place.bar % len(chords)] for chords in numbers] for place in places])
    rows = np.arange(len(places))[:, None]
    weights = machine.weights.copy()
    singly = counted_start(*_counts("pop", table))
    weights[0] -= singly
    bars = places[-1].bar + 1
    entry = np.log(_BEGIN) + _entry(loops, places[0].bar, bars)
    first = np.concatenate([entry, np.log(1 - _BEGIN) + singly])
    looped = np.concatenate([weights[rows, turns], weights], axis=1)
    looped[0] += first
    moves = [
        _loop_moves(table_of_moves, loops, place, bars, singly)
        for table_of_moves, place in zip(machine.moves, places[1:], strict=True)
    ]
    return Machine(table, np.concatenate([turns, machine.chords], axis=1), looped, moves)


def _entry(loops: Sequence[Progression], bar: int, bars: int) -> np.ndarray:
    """Weigh each loop as the one that begins in a bar [natural logarithm]."""
    is_last = bars - bar <= _PHRASE
    weights = np.array(
        [
            loop.weight
            * (1.0 if loop.closes == is_last else _NOT_YET)
            * (max(bar, 0) % len(loop.chords) == 0)
            for loop in loops
        ]
    )
    if not weights.sum():
        return np.full(len(loops), _HARDLY)
    return np.asarray(np.maximum(np.log(np.maximum(weights / weights.sum(), 1e-12)), _HARDLY))


def _loop_moves(
    singly: np.ndarray, loops: Sequence[Progression], place: ChordPlace, bars: int, free: np.ndarray
) -> np.ndarray:
    """Weigh moves between loops and single chords into a place [shape=(L + C, L + C)]."""
    count, size = len(loops), len(singly)
    found = np.full((count + size, count + size), _HARDLY)
    found[count:, count:] = singly
    begins = place.part == 0 and place.bar % _PHRASE == 0
    np.fill_diagonal(found[:count, :count], np.log(1 - _LEAVE))
    found[:count, count:] = np.log(_LEAVE) + free
    if begins:
        entry = _entry(loops, place.bar, bars)
        found[count:, :count] = np.log(_RETURN) + entry
        found[count:, count:] = np.log(1 - _RETURN) + singly
        goes_on = np.array([place.bar % len(loop.chords) != 0 for loop in loops])
        switch = np.log(np.where(goes_on, 1e-9, 1 - _GO_ON))[:, None] + entry
        stay = np.log(np.where(goes_on, 1 - _LEAVE, _GO_ON * _still(loops, place, bars)))
        found[:count, :count] = switch
        found[np.arange(count), np.arange(count)] = np.logaddexp(np.diag(switch), stay)
    return np.asarray(np.maximum(found, _HARDLY))


def _still(loops: Sequence[Progression], place: ChordPlace, bars: int) -> np.ndarray:
    """Say how readily each loop comes again, as its last turn or as one of many."""
    is_last = bars - place.bar <= _PHRASE
    return np.array([1.0 if loop.closes == is_last else 0.3 for loop in loops])


# Rules


def forbid(
    machine: Machine, places: Sequence[ChordPlace], rules: Sequence[ChordRule]
) -> tuple[Machine, np.ndarray]:
    """Take what rules forbid out of a machine.

    Parameters
    ----------
    machine : Machine
    places : sequence of ChordPlace
    rules : sequence of ChordRule

    Returns
    -------
    machine : Machine
        With ``-inf`` where something is forbidden.
    states : np.ndarray [shape=(S,), int]
        Which state of the old machine each state is.
    """
    asks_before = [rule for rule in rules if rule.overrides("allows_approach")]
    states = np.arange(machine.chords.shape[1])
    if asks_before:
        machine, states = _with_approaches(machine)
    weights, moves = machine.weights.copy(), list(machine.moves)
    came_from = np.arange(len(states)) % len(APPROACHES) if asks_before else None
    for number, place in enumerate(places):
        own = machine.chords[number]
        for rule in rules:
            weights[number][~rule.allows_chord(place, machine.table)[own]] = -np.inf
            if number and rule.overrides("allows_moves"):
                allowed = rule.allows_moves(place, machine.table)
                is_legal = allowed[machine.chords[number - 1]][:, own]
                moves[number - 1] = np.where(is_legal, moves[number - 1], -np.inf)
            if came_from is not None and rule.overrides("allows_approach"):
                is_legal = rule.allows_approach(place, machine.table)[came_from, own]
                weights[number][~is_legal] = -np.inf
    return machine._replace(weights=weights, moves=moves), states


def _with_approaches(machine: Machine) -> tuple[Machine, np.ndarray]:
    """Give each state once for each kind of chord that it may have come from."""
    kinds, size = approaches(machine.table), len(APPROACHES)
    states = np.repeat(np.arange(machine.chords.shape[1]), size)
    came_from = np.tile(np.arange(size), machine.chords.shape[1])
    chords, weights = machine.chords[:, states], machine.weights[:, states].copy()
    weights[0, came_from > 0] = -np.inf
    moves = []
    for number, table in enumerate(machine.moves):
        before, after = chords[number], chords[number + 1]
        is_same = before[:, None] == after[None, :]
        goal = np.where(is_same, came_from[:, None], kinds[before][:, None])
        moves.append(np.where(goal == came_from[None, :], table[states][:, states], -np.inf))
    return Machine(machine.table, chords, weights, moves), states
