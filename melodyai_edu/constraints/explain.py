"""Looking inside an automaton: a state in words, a small automaton as a picture.

Conventions
-----------
Bars and beats count from 1, as a musician counts.

Contents
--------
explain, next_text, spell, draw
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from melodyai_edu.constraints.automaton import BAR_LINE, DURATION, Automaton, State
from melodyai_edu.constraints.text import write_duration
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Pitch

__all__ = ["draw", "explain", "next_text", "spell"]

#: More states than these make no picture that anyone can read.
_MOST_STATES = 60


def spell(pitch: int, key: Key) -> str:
    """Write a pitch [MIDI] as the key spells it.

    Examples
    --------
    >>> spell(66, Key("D"))
    'F#4'
    """
    return Pitch(pitch, key.spell(pitch)).name


def explain(automaton: Automaton, state: State) -> str:
    """Say in words where a state is, what is remembered, and what may come next.

    Parameters
    ----------
    automaton : Automaton
    state : State

    Returns
    -------
    text : str
    """
    if not isinstance(state, State):
        raise ParameterError(f"state={state!r:.40} must be a State, such as automaton.start()")
    sizes = zip(state, (*automaton.grid.note_next.shape, len(automaton.line.previous)), strict=True)
    if any(not (BAR_LINE if n == 1 else 0) <= part < size for n, (part, size) in enumerate(sizes)):
        raise ParameterError(f"{state} is none of this automaton: start at automaton.start()")
    if automaton.is_end(state):
        return "The end: the piece is complete and every rule is kept."
    lines = [f"{automaton.place(state).capitalize()}: {_last(automaton, state)}."]
    line = automaton.line
    for rule, memory in zip(line.remembering, line.memories[state.line], strict=True):
        if memory != rule.start:
            lines.append(f"{rule.title} remembers {rule.describe(memory)}.")
    lines.append(next_text(automaton, state))
    return "\n".join(lines)


def _last(automaton: Automaton, state: State) -> str:
    number = int(automaton.line.previous[state.line])
    if number < 0:
        return "nothing has sounded yet"
    return f"{spell(automaton.line.pitches[number], automaton.key)} sounded last"


def next_text(automaton: Automaton, state: State) -> str:
    """Say what may come next, in one sentence."""
    if state.column == BAR_LINE:
        return "Next comes the bar line."
    if state.column == DURATION:
        legal = np.flatnonzero(automaton.legal_durations(state))
        values = ", ".join(write_duration(automaton.grid.durations[c]) for c in legal)
        return f"Next comes a length, one of: {values}."
    names = [
        spell(automaton.line.pitches[place], automaton.key)
        for place in np.flatnonzero(automaton.legal_pitches(state))
    ]
    names += ["a rest"] if automaton.is_rest_legal(state) else []
    length = write_duration(automaton.grid.durations[state.column])
    return f"Next comes what sounds for {length}, one of: {', '.join(names)}."


def draw(automaton: Automaton) -> Any:
    """Draw a small automaton: what sounded last, place by place, and what may come next.

    Parameters
    ----------
    automaton : Automaton

    Returns
    -------
    figure : matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If it has more than sixty states.
    """
    from melodyai_edu.render.graph import draw_graph

    states, arrows = _explore(automaton)
    numbers = {state: number for number, state in enumerate(states)}
    labels = {numbers[state]: _label(automaton, state) for state in states}
    title = (
        f"{', '.join(rule.title for rule in automaton.rules) or 'no rules'}: {len(states)} states"
    )
    return draw_graph(
        labels,
        {numbers[state]: place for state, place in _places(states).items()},
        [(numbers[a], numbers[b], words) for a, b, words in arrows],
        title,
    )


_Pair = tuple[int, int]  # node and state of the line


def _explore(automaton: Automaton) -> tuple[list[_Pair], list[tuple[_Pair, _Pair, str]]]:
    """Walk through all living states between events, and join arrows between the same two."""
    start = automaton.start()
    todo: list[_Pair] = [(start.node, start.line)]
    words: dict[tuple[_Pair, _Pair], list[str]] = {}
    found = dict.fromkeys(todo)
    while todo:
        here = todo.pop(0)
        for after, word in _events(automaton, here):
            words.setdefault((here, after), []).append(word)
            if after not in found:
                found[after] = None
                todo.append(after)
        if len(found) > _MOST_STATES:
            raise ParameterError(
                f"this automaton has more than {_MOST_STATES} states: draw a smaller one (fewer "
                f"bars, pitches or lengths), or ask automaton.explain(state)"
            )
    arrows = [(a, b, _join(texts)) for (a, b), texts in words.items()]
    return sorted(found), arrows


def _events(automaton: Automaton, here: _Pair) -> list[tuple[_Pair, str]]:
    node, line = here
    if node == automaton.grid.end:
        return []
    found = []
    for column, duration in enumerate(automaton.grid.durations):
        state = State(node, column, line)
        value = write_duration(duration)
        for place in np.flatnonzero(automaton.legal_pitches(state)):
            after = automaton.next(state, int(automaton.pitch_ids[place]))
            name = spell(automaton.line.pitches[place], automaton.key)
            found.append(((after.node, after.line), f"{name} {value}"))
        if automaton.is_rest_legal(state):
            after = automaton.next(state, automaton.rest_id)
            found.append(((after.node, after.line), f"rest {value}"))
    return found


def _join(texts: Sequence[str]) -> str:
    return "\n".join(texts[:3]) + ("\n..." if len(texts) > 3 else "")


def _label(automaton: Automaton, pair: _Pair) -> str:
    node, line = pair
    number = int(automaton.line.previous[line])
    sound = spell(automaton.line.pitches[number], automaton.key) if number >= 0 else "start"
    memory = [str(m) for m in automaton.line.memories[line] if isinstance(m, str)]
    if node == automaton.grid.end:
        return f"{sound}\nend"
    where = automaton.place(State(node, DURATION, line)).replace("bar ", "").replace(" beat ", ".")
    return "\n".join([sound if not memory else f"{sound} ({', '.join(memory)})", where])


def _places(states: Sequence[_Pair]) -> dict[_Pair, tuple[float, float]]:
    """Put each node into a column, and its states below each other."""
    nodes = sorted({node for node, _ in states})
    rows: dict[int, int] = {}
    places = {}
    for node, line in states:
        places[node, line] = (float(nodes.index(node)), float(rows.get(node, 0)))
        rows[node] = rows.get(node, 0) + 1
    return places
