"""Every piece there is in a tiny setting, and every piece that an automaton lets through.

A piece is a tuple of events (onset, duration, pitch), onsets in ticks from the first bar line, a
pickup's before it, and None for a rest.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

from melodyai_edu.constraints import Automaton, State, compile_in
from melodyai_edu.constraints.rule import Setting


def all_pieces(setting: Setting, *, has_rests: bool = True) -> set[tuple]:
    """List every piece that fills its bars and has at least one note."""
    start, end = -setting.pickup, setting.bars * setting.meter.bar_duration
    sounds = (*setting.pitches, None) if has_rests else setting.pitches

    @cache
    def go_on(onset: int) -> list[tuple]:
        if onset == end:
            return [()]
        to_bar_line = setting.meter.bar_duration - onset % setting.meter.bar_duration
        return [
            ((onset, duration, sound), *rest)
            for duration in setting.durations
            if duration <= to_bar_line
            for rest in go_on(onset + duration)
            for sound in sounds
        ]

    return {piece for piece in go_on(start) if any(pitch is not None for *_, pitch in piece)}


def accepted(automaton: Automaton) -> set[tuple]:
    """List every piece that an automaton lets through, by its masks alone."""
    sounds: dict = dict(zip(automaton.pitch_ids.tolist(), automaton.line.pitches, strict=True))
    sounds[automaton.rest_id] = None
    ticks = dict(zip(automaton.duration_ids.tolist(), automaton.grid.durations, strict=True))

    @cache
    def go_on(state: State, onset: int, duration: int) -> list[tuple]:
        if automaton.is_end(state):
            return [()]
        legal = np.flatnonzero(automaton.mask(state)).tolist()
        assert legal, "a dead end"
        found = []
        for token_id in legal:
            after = automaton.next(state, token_id)
            if token_id in ticks:
                found += go_on(after, onset, ticks[token_id])
            elif token_id in sounds:
                event = (onset, duration, sounds[token_id])
                found += [(event, *rest) for rest in go_on(after, onset + duration, 0)]
            else:
                found += go_on(after, onset, 0)
        return found

    return set(go_on(automaton.start(), -automaton.grid.setting.pickup, 0))


def notes(piece: tuple) -> list[tuple[int, int, int]]:
    """Leave the rests out."""
    return [event for event in piece if event[2] is not None]


def pitches(piece: tuple) -> list[int]:
    return [pitch for _, _, pitch in notes(piece)]


def intervals(piece: tuple) -> list[int]:
    return [b - a for a, b in pairwise(pitches(piece))]


def broken(rule, method):
    """Give a rule of the same text whose method forgets its duty."""
    answer = {
        "allows": lambda *_: True,
        "follows": lambda *_: True,
        "allows_event": lambda *_: True,
        "ends": lambda *_: True,
        "step": lambda self, memory, *_: memory,
        "count": lambda self, memory, *_: memory,
    }[method]
    fault = type(f"Broken{type(rule).__name__}", (type(rule),), {method: answer})
    other = object.__new__(fault)
    other.__dict__.update(rule.__dict__)
    return other


def judge(rule, where: Setting, keeps) -> None:
    """Let the rule through just the pieces that keep it: some, and not all."""
    everything = all_pieces(where)
    expected = set(filter(keeps, everything))
    assert expected
    assert expected < everything
    assert accepted(compile_in(where, [rule])) == expected


def judge_fault(rule, where: Setting, keeps, method: str) -> None:
    """Notice a rule whose method forgets its duty."""
    let_through = accepted(compile_in(where, [broken(rule, method)]))
    assert let_through != set(filter(keeps, all_pieces(where)))


def texts(cases):
    """Name each case by its strings: addresses of functions differ between two workers."""
    return [" ".join(part for part in case if isinstance(part, str)) for case in cases]
