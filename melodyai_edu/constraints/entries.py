"""Guarded entries: first notes that are legal whatever calm ending comes before them.

Conventions
-----------
Where a repeat begins, or a new bar after one, the state before is not known for certain (see
`melodyai_edu.constraints.plan`). A pitch is legal there only if it is after every calm state whose
pitch is one of the seam's exits, and what the rules remember then is the worst that any of these
leaves.

Contents
--------
Entry, Seam, seams, make_entries
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from melodyai_edu.constraints.asking import Answers
from melodyai_edu.constraints.grid import DEAD, occurrence_slots
from melodyai_edu.constraints.rule import Rule, Slot, is_forbidden

__all__ = ["Entry", "Seam", "make_entries", "seams"]

#: Widths of windows that are tried, the widest first [semitones], and how many of each.
_WIDTHS = (48, 24, 19, 16, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
_STARTS = 5


@dataclass(frozen=True, eq=False)
class Entry:
    """What may sound at one kind of guarded entry.

    Parameters
    ----------
    is_legal : np.ndarray [shape=(P,), bool]
    memories : np.ndarray [shape=(rules, P), int32]
        What each remembering rule remembers then, by its number.
    """

    is_legal: np.ndarray
    memories: np.ndarray

    @property
    def key(self) -> tuple[bytes, bytes]:
        """What two equal entries share."""
        return self.is_legal.tobytes(), self.memories.tobytes()


class Seam(NamedTuple):
    """What may stand on both sides of a seam.

    Parameters
    ----------
    exits : frozenset of int [MIDI]
        The pitches that may sound last before it.
    entries : frozenset of int [MIDI]
        The pitches that may begin after it.
    """

    exits: frozenset[int]
    entries: frozenset[int]


def make_entries(answers: Answers, seam: Seam) -> list[Entry | None]:
    """Work out the guarded entries.

    Parameters
    ----------
    answers : Answers
    seam : Seam

    Returns
    -------
    entries : list of Entry or None
        One for each kind of slot; None where the state before is known.
    """
    return [
        _make_entry(answers, slot, seam) if is_guarded else None
        for slot, is_guarded in answers.slots
    ]


def seams(answers: Answers) -> Iterator[Seam]:
    """Yield seams to try, the freest first.

    First windows, in which any pitch may meet any other. Where a rule forbids that (no pitch may
    be repeated, say), a few entries with all exits that lead to each of them alike.

    Parameters
    ----------
    answers : Answers

    Yields
    ------
    seam : Seam
    """
    shifts = {0, *answers.plan.shifts}
    pitches = sorted({pitch + shift for pitch in answers.pitches for shift in shifts})
    windows = list(_windows(pitches))
    for window in windows:
        yield Seam(window, window)
    middle = (pitches[0] + pitches[-1]) / 2 if pitches else 0
    nearest = sorted(pitches, key=lambda pitch: abs(pitch - middle))
    groups = [frozenset(nearest[:number:2]) for number in (9, 7, 5, 3)]
    for entries in (*groups, *(frozenset([pitch]) for pitch in nearest)):
        exits = frozenset(before for before in pitches if _fits(answers, before, entries))
        if exits:
            yield Seam(exits, entries)


def _windows(pitches: Sequence[int]) -> Iterator[frozenset[int]]:
    """Yield the pitches of windows, wide ones first and those in the middle first."""
    if not pitches:
        return
    low, high = pitches[0], pitches[-1]
    seen = set()
    for width in _WIDTHS:
        starts = range(low, max(high - width, low) + 1)
        middle = (low + high - width) / 2
        nearest = sorted(starts, key=lambda start: abs(start - middle))
        for start in nearest[:: max(len(nearest) // _STARTS, 1)]:
            window = frozenset(p for p in pitches if start <= p <= start + width)
            if window and window not in seen:
                seen.add(window)
                yield window


def _fits(answers: Answers, before: int, entries: frozenset[int]) -> bool:
    """Say whether every entry may follow a pitch, and leaves nothing pending."""
    guarded = [slot for slot, is_guarded in answers.slots if is_guarded][:1]
    return all(
        rule.follows(before, pitch, slot)
        for slot in guarded
        for rule in answers.rules
        if rule.overrides("follows") and not rule.hears_once
        for pitch in entries
    ) and all(
        _is_settled(answers, number, rule, before, pitch, slot)
        for slot in guarded
        for number, rule in enumerate(answers.remembering)
        if not rule.hears_once
        for pitch in entries
    )


def _is_settled(
    answers: Answers, number: int, rule: Rule, before: int, pitch: int, slot: Slot
) -> bool:
    """Say whether a rule remembers nothing pending after a step over the seam."""
    calm = [memory for memory in answers.memories[number] if rule.is_calm(memory)]
    after = [rule.step(memory, before, pitch, slot) for memory in calm]
    return all(not is_forbidden(memory) and rule.is_calm(memory) for memory in after)


def _make_entry(answers: Answers, slot: Slot, seam: Seam) -> Entry:
    places = occurrence_slots(slot, answers.plan)
    is_legal = np.array(
        [_follows_all(answers, pitch, places, seam) for pitch in answers.pitches], bool
    )
    memories = np.zeros((len(answers.remembering), len(answers.pitches)), np.int32)
    for number, rule in enumerate(answers.remembering):
        if rule.hears_once:
            continue
        for column in np.flatnonzero(is_legal).tolist():
            worst = _worst(answers, number, rule, answers.pitches[column], places, seam)
            is_legal[column] = worst != DEAD
            memories[number, column] = max(worst, 0)
    return Entry(is_legal, memories)


def _follows_all(
    answers: Answers, pitch: int, places: Sequence[tuple[Slot, int]], seam: Seam
) -> bool:
    """Say whether a pitch may follow every exit, wherever the bar sounds."""
    return all(
        pitch + shift in seam.entries
        and all(
            rule.follows(before, pitch + shift, each)
            for rule in answers.rules
            if rule.overrides("follows") and not rule.hears_once
            for before in seam.exits
        )
        for each, shift in places
    )


def _worst(
    answers: Answers,
    number: int,
    rule: Rule,
    pitch: int,
    places: Sequence[tuple[Slot, int]],
    seam: Seam,
) -> int:
    """Give the number of the worst that a rule may remember after a pitch; DEAD if it forbids."""
    calm = [memory for memory in answers.memories[number] if rule.is_calm(memory)]
    found = set()
    for each, shift in places:
        for memory in calm:
            for before in seam.exits:
                after = rule.step(memory, before, pitch + shift, each)
                if is_forbidden(after):
                    return DEAD
                found.add(rule.shifted(after, -shift))
    worst = rule.worst(frozenset(found))
    return DEAD if is_forbidden(worst) else answers.memory_id(number, worst)
