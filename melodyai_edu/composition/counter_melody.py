"""A second melody under (or over) the first, found by dynamic programming.

Conventions
-----------
The line moves on the beats and on changes of chord. On strong beats and where the chord changes it
has a member of the chord; elsewhere other notes of the scale pass between neighbours by step.
Between two successive simultaneities it never makes parallel fifths or octaves with the lines that
are there already.

Contents
--------
write_counter_melody, parallel_places
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from melodyai_edu.composition.chord_line import ChordLine
from melodyai_edu.composition.ranges import Compass
from melodyai_edu.composition.textures import BarPlan
from melodyai_edu.score import Key, Note
from melodyai_edu.theory.harmony import Harmony
from melodyai_edu.theory.rhythm import strong_beats

__all__ = ["parallel_places", "write_counter_melody"]

#: What an interval with the melody costs, by semitones modulo the octave: thirds and sixths are
#: sought, fifths and octaves are hollow, seconds, sevenths and the tritone rough.
#: Fux (1725), Gradus ad Parnassum, second species; the sizes are ours.
_INTERVALS = np.array([3.0, 6, 4, 0, 0, 1.5, 4, 1.5, 0, 0, 3.5, 6])
#: Costs of motion: staying, a step, then a semitone more; moving with the melody; lying
#: above the note it sounds with, or above any note of the melody meanwhile.
_STAY, _STEP, _LEAP, _SAME_WAY, _CROSSED, _TOUCHED = 1.2, 0.0, 0.5, 0.8, 5.0, 2.0
_PASSING, _REST, _AWAY, _NOISE = 1.5, 12.0, 0.15, 0.6
_PERFECT = (0, 7)
_VELOCITY = 70
_SHORT_BEAT = 24  # ticks; where beats are shorter the line moves on strong beats only


class _Slot(NamedTuple):
    """A stretch of time in which the line holds one note."""

    onset: int
    end: int
    harmony: Harmony
    key: Key
    is_strong: bool
    others: tuple[tuple[int, int, int] | None, ...]
    """The other lines' first, last and lowest pitch in the slot; None for one that rests."""


def write_counter_melody(
    lines: Sequence[Sequence[Note]],
    line: ChordLine,
    plans: Sequence[BarPlan],
    compass: Compass,
    key_at: Callable[[int], Key],
    random: np.random.Generator,
) -> tuple[Note, ...]:
    """Write a counter-melody.

    Parameters
    ----------
    lines : sequence of sequence of Note
        The melody, and other counter-melodies that are there already.
    line : ChordLine
    plans : sequence of BarPlan
    compass : Compass
    key_at : callable
        Gives the key at an onset.
    random : np.random.Generator
        Decides between lines that are nearly as good.

    Returns
    -------
    notes : tuple of Note
        One at a time, all in the comfortable range of the instrument.

    References
    ----------
    Fux (1725), Gradus ad Parnassum; Schottstaedt (1989), Automatic counterpoint: rules as costs.
    Viterbi (1967), IEEE Transactions on Information Theory 13(2), 260-269.
    """
    slots = _slots(lines, line, plans, key_at)
    pitches = np.arange(compass.easy_low, compass.easy_high + 1)
    goal = _goal(lines[0], compass)
    costs = [_own_cost(slot, pitches, goal, random) for slot in slots]
    chosen: list[Note] = []
    for slot, pitch in zip(slots, _cheapest(slots, pitches, costs), strict=True):
        if pitch is None:
            continue
        last = chosen[-1] if chosen else None
        if last and last.end == slot.onset and last.pitch == pitch:
            chosen[-1] = Note(last.onset, slot.end - last.onset, pitch, last.spelling, _VELOCITY)
        else:
            length = slot.end - slot.onset
            chosen.append(Note(slot.onset, length, pitch, slot.key.spell(pitch), _VELOCITY))
    return tuple(chosen)


def _goal(melody: Sequence[Note], compass: Compass) -> float:
    """Give the height that the line stays near: a sixth under the melody, if it can be played."""
    middle = float(np.median([note.pitch for note in melody])) if melody else 60.0
    low, high = compass.easy_low + 5, compass.easy_high - 5
    return float(np.clip(middle - 9, low, max(low, high)))


def _slots(
    lines: Sequence[Sequence[Note]],
    line: ChordLine,
    plans: Sequence[BarPlan],
    key_at: Callable[[int], Key],
) -> list[_Slot]:
    slots = []
    changes = {span.onset for span in line.spans}
    for plan in plans:
        if plan.texture in ("", "intro"):
            continue
        strong = {plan.onset + beat for beat in strong_beats(plan.meter)}
        beats = {plan.onset + beat for beat in plan.meter.beat_onsets}
        moves = strong if min(plan.meter.beat_durations) < _SHORT_BEAT else beats
        inside = {tick for tick in changes | moves if plan.onset <= tick < plan.end}
        for onset, end in pairwise(sorted(inside | {plan.end})):
            span = line.at(onset)
            if span is not None:
                is_strong = onset in strong or onset in changes
                others = tuple(_around(other, onset, end) for other in lines)
                slots.append(_Slot(onset, end, span.harmony, key_at(onset), is_strong, others))
    return slots


def _around(line: Sequence[Note], onset: int, end: int) -> tuple[int, int, int] | None:
    """Give a line's first, last and lowest pitch in a slot; None where it rests."""
    inside = [n.pitch for n in line if n.onset < end and n.end > onset]
    return (inside[0], inside[-1], min(inside)) if inside else None


def _own_cost(
    slot: _Slot, pitches: np.ndarray, goal: float, random: np.random.Generator
) -> np.ndarray:
    """Give what each pitch costs in a slot; infinite where it is not allowed."""
    is_member = np.isin(pitches % 12, slot.harmony.pitch_classes)
    is_scale = np.isin(pitches % 12, slot.key.scale.pitch_classes)
    cost = _AWAY * np.abs(pitches - goal) + _NOISE * random.random(len(pitches))
    cost = cost + _PASSING * ~is_member
    cost[~is_member & (~is_scale | slot.is_strong)] = np.inf
    for index, heard in enumerate(slot.others):
        if heard is None:
            continue
        first, last, lowest = heard
        for pitch in {first, last}:
            cost = cost + _INTERVALS[np.abs(pitches - pitch) % 12] / (1 + index)
        if index == 0 and goal < first:
            cost = cost + _CROSSED * (pitches >= first) + _TOUCHED * (pitches >= lowest)
    return cost


def _cheapest(
    slots: Sequence[_Slot], pitches: np.ndarray, costs: Sequence[np.ndarray]
) -> list[int | None]:
    """Find the cheapest line; the last state is a rest, which is always allowed and dear."""
    if not slots:
        return []
    total, back = np.append(costs[0], _REST), []
    for (before, after), cost in zip(pairwise(slots), costs[1:], strict=True):
        steps = total[:, None] + _moves(before, after, pitches)
        back.append(steps.argmin(axis=0))
        total = steps.min(axis=0) + np.append(cost, _REST)
    path = [int(total.argmin())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return [int(pitches[s]) if s < len(pitches) else None for s in reversed(path)]


def _moves(before: _Slot, after: _Slot, pitches: np.ndarray) -> np.ndarray:
    """Give what each move costs [from, to], rests last; infinite where it is not allowed."""
    move = pitches[None, :] - pitches[:, None]
    size = np.abs(move)
    cost = np.where(size == 0, _STAY, _STEP + _LEAP * np.clip(size - 2, 0, None))
    cost[size > 12] = np.inf
    passes = ~np.isin(pitches % 12, before.harmony.pitch_classes)[:, None]
    passes = passes | ~np.isin(pitches % 12, after.harmony.pitch_classes)[None, :]
    cost[passes & ((size > 2) | (size == 0))] = np.inf
    for old, new in zip(before.others, after.others, strict=True):
        if old is not None and new is not None:
            for first in set(old[:2]):
                cost[_parallels(first, new[0], pitches)] = np.inf
            cost = cost + _SAME_WAY * (np.sign(move) == np.sign(new[0] - old[0])) * (size > 0)
    whole = np.full((len(pitches) + 1, len(pitches) + 1), 0.0)
    whole[:-1, :-1] = cost
    is_member = np.isin(pitches % 12, before.harmony.pitch_classes)
    whole[:-1, -1] = np.where(is_member, 0.0, np.inf)
    whole[-1, :-1] = np.where(np.isin(pitches % 12, after.harmony.pitch_classes), 0.0, np.inf)
    return whole


def _parallels(old: int, new: int, pitches: np.ndarray) -> np.ndarray:
    """Say which moves make fifths or octaves with another line's move [from, to]."""
    before, after = (old - pitches) % 12, (new - pitches) % 12
    if old == new:
        return np.zeros((len(pitches), len(pitches)), dtype=bool)
    moves = pitches[:, None] != pitches[None, :]
    found = np.zeros(moves.shape, dtype=bool)
    for kind in _PERFECT:
        for one, other in ((before, after), (-before % 12, -after % 12)):
            found |= (one == kind)[:, None] & (other == kind)[None, :] & moves
    return found


def parallel_places(upper: Sequence[Note], lower: Sequence[Note]) -> tuple[int, ...]:
    """List where two lines move in parallel fifths or octaves.

    Parameters
    ----------
    upper, lower : sequence of Note
        Each one note at a time, sorted.

    Returns
    -------
    onsets : tuple of int [ticks]
        Where the second of two equal perfect intervals begins, both lines having moved to it.

    References
    ----------
    Fux (1725), Gradus ad Parnassum; Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> parallel_places([Note(0, 24, 67), Note(24, 24, 69)], [Note(0, 24, 60), Note(24, 24, 62)])
    (24,)
    """
    found = []
    onsets = sorted({note.onset for note in (*upper, *lower)})
    for old, new in pairwise(onsets):
        pairs = [(_sounding(upper, tick), _sounding(lower, tick)) for tick in (old, new)]
        (a, b), (c, d) = pairs
        if a is None or b is None or c is None or d is None or a == c or b == d:
            continue
        for gaps in ((a - b, c - d), (b - a, d - c)):
            if gaps[0] % 12 == gaps[1] % 12 and gaps[1] % 12 in _PERFECT:
                found.append(new)
                break
    return tuple(found)


def _sounding(line: Sequence[Note], tick: int) -> int | None:
    return next((note.pitch for note in line if note.onset <= tick < note.end), None)
