"""How a written arrangement is played: swing, articulation, small unevenness.

Conventions
-----------
Time stays on the grid of 24 ticks a quarter. A note's end moves with whatever begins there, so
nothing overlaps that did not before, and every written note is played once: the n-th note of a
written part is the n-th of the played one, or in one chord with it.

Contents
--------
perform
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from melodyai_edu.composition.expression import Expression
from melodyai_edu.composition.pattern import Pattern
from melodyai_edu.composition.textures import BarPlan
from melodyai_edu.score import TICKS_PER_QUARTER, Note, Part, Score

__all__ = ["perform"]

#: A tick longer than this is a stumble, so that slow music keeps to the grid [milliseconds]:
#: ensembles are heard as together within about 30 ms (Rasch 1979, Acustica 43, 121-131).
_LONGEST_SHIFT = 30.0
#: Behind or before the drums and the melody [ticks]; of the size of Butterfield (2010), Music
#: Perception 27(3), 157-175: bass and drums differ by 10 to 30 ms.
_FEELS = {"laid back": 1, "even": 0, "driving": -1}
_VELOCITY_SPREAD = 3.0  # standard deviation of touch [MIDI velocity]; ours
_SHORTEST = 2  # ticks
_FINEST = 4  # equal shares of a swung pair: two are its halves, four their halves


def perform(
    parts: Sequence[Part],
    roles: Sequence[str],
    score: Score,
    plans: Sequence[BarPlan],
    pattern: Pattern,
    expression: Expression,
    seed: int,
) -> tuple[Part, ...]:
    """Play written parts as people would.

    Parameters
    ----------
    parts : sequence of Part
    roles : sequence of str
        The role of each part.
    score : Score
        Gives tempo and length.
    plans : sequence of BarPlan
    pattern : Pattern
        Gives swing and feel.
    expression : Expression
        Gives articulation and unevenness.
    seed : int

    Returns
    -------
    parts : tuple of Part
        With as many notes.
    """
    played = []
    for index, (part, role) in enumerate(zip(parts, roles, strict=True)):
        notes = _swung(part.notes, plans, pattern, score.duration)
        notes = _shifted(notes, role, score, plans, pattern, expression, seed + 7919 * index)
        if role not in ("drums", "pad"):
            notes = _articulated(notes, expression.articulation, score.duration)
        notes = _touched(notes, plans, (seed, 3, index))
        played.append(replace(part, notes=tuple(notes)))
    return tuple(played)


def _swung(
    notes: Sequence[Note], plans: Sequence[BarPlan], pattern: Pattern, duration: int
) -> list[Note]:
    """Make pairs long and short; a pair that is divided into three stays."""
    pair = pattern.swing_pair
    middle = round(pair * pattern.swing / (1 + pattern.swing))
    edges = {tick for note in notes for tick in (note.onset, note.end)}
    moved: dict[int, int] = {}
    for plan in plans if pattern.swing > 1 else ():
        if any(beat % pair for beat in plan.meter.beat_durations):
            continue
        # A pickup and a short last bar are cut from whole bars at their other end.
        first = plan.end - -(-(plan.end - plan.onset) // pair) * pair if not plan.texture else None
        for start in range(plan.onset if first is None else first, plan.end, pair):
            inside = [tick - start for tick in edges if start < tick < start + pair]
            if all(place * _FINEST % pair == 0 for place in inside):
                moved.update({start + p: start + _warp(p, pair, middle) for p in inside})
    return _moved(notes, lambda tick: moved.get(tick, tick), duration)


def _warp(place: int, pair: int, middle: int) -> int:
    """Move a place in a pair whose middle moves."""
    half = pair // 2
    if place <= half:
        return round(place * middle / half)
    return middle + round((place - half) * (pair - middle) / half)


def _moved(notes: Iterable[Note], move: Callable[[int], int], duration: int) -> list[Note]:
    found = []
    for note in notes:
        onset = min(max(move(note.onset), 0), duration - 1)
        end = min(move(note.end), duration)
        found.append(replace(note, onset=onset, duration=max(end - onset, 1), ties=()))
    return found


def _shifted(
    notes: Sequence[Note],
    role: str,
    score: Score,
    plans: Sequence[BarPlan],
    pattern: Pattern,
    expression: Expression,
    seed: int,
) -> list[Note]:
    """Shift onsets by a tick, so often that the spread is a person's; drums keep the time."""
    tick = 60_000 / (score.tempo * TICKS_PER_QUARTER)  # milliseconds
    if role == "drums" or tick > _LONGEST_SHIFT:
        return list(notes)
    feel = _FEELS[pattern.feel] if role in ("bass", "accompaniment") else 0
    chance = min((expression.unevenness / tick) ** 2, 0.4)
    shifts: dict[int, int] = {}
    onsets = sorted({note.onset for note in notes})
    for bar, plan in enumerate(plans):
        random = np.random.default_rng([seed, 2, bar])
        draws = random.random((plan.end - plan.onset, 2)).tolist()
        for onset in (o for o in onsets if plan.onset <= o < plan.end):
            late, sign = draws[onset - plan.onset]
            uneven = 0 if late >= chance else 1 if sign < 0.5 else -1
            shifts[onset] = min(max(feel + uneven, -1), 1)
    shifts.pop(0, None)
    ordered = sorted(shifts)
    for before, after in pairwise(ordered):
        if after + shifts[after] <= before + shifts[before]:
            shifts[after] = shifts[before]
    return _moved(notes, lambda t: t + shifts.get(t, 0), score.duration)


def _articulated(notes: Sequence[Note], share: float, duration: int) -> list[Note]:
    """Let each note sound a share of its length; what ends the piece rings on."""
    return [
        note
        if note.end >= duration
        else replace(
            note, duration=max(round(note.duration * share), min(note.duration, _SHORTEST))
        )
        for note in notes
    ]


def _touched(notes: Sequence[Note], plans: Sequence[BarPlan], seed: tuple[int, ...]) -> list[Note]:
    """Vary the velocities a little, bar by bar from the seed."""
    found = []
    for bar, plan in enumerate(plans):
        inside = [note for note in notes if plan.onset <= note.onset < plan.end]
        touch = np.random.default_rng([*seed, bar]).standard_normal(len(inside))
        for note, change in zip(inside, touch.tolist(), strict=True):
            velocity = round(note.velocity + _VELOCITY_SPREAD * change)
            found.append(replace(note, velocity=min(max(velocity, 1), 127)))
    return found
