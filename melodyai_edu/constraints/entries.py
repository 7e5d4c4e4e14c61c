"""Guarded entries: first notes that are legal whatever calm ending comes before them.

Conventions
-----------
Where a repeat begins, or a new bar after one, the state before is not known for certain (see
`melodyai_edu.constraints.plan`). A pitch is legal there only if it is after every calm state whose
pitch lies in a window, and what the rules remember then is the worst that any of these leaves.

Contents
--------
Entry, make_entries
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melodyai_edu.constraints.asking import Answers
from melodyai_edu.constraints.grid import DEAD, occurrence_slots
from melodyai_edu.constraints.rule import Rule, Slot, is_forbidden

__all__ = ["Entry", "make_entries"]


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


def make_entries(answers: Answers, window: tuple[int, int]) -> list[Entry | None]:
    """Work out the guarded entries.

    Parameters
    ----------
    answers : Answers
    window : (int, int) [MIDI]
        Where the pitches before and after each seam lie.

    Returns
    -------
    entries : list of Entry or None
        One for each kind of slot; None where the state before is known.
    """
    low, high = window
    before = [pitch for pitch in answers.pitches if low <= pitch <= high]
    return [
        _make_entry(answers, slot, before, window) if is_guarded else None
        for slot, is_guarded in answers.slots
    ]


def _make_entry(
    answers: Answers, slot: Slot, before: Sequence[int], window: tuple[int, int]
) -> Entry:
    places = occurrence_slots(slot, answers.plan)
    is_legal = np.array([_follows_all(answers, p, places, before, window) for p in answers.pitches])
    memories = np.zeros((len(answers.remembering), len(answers.pitches)), np.int32)
    for number, rule in enumerate(answers.remembering):
        if rule.hears_once:
            continue
        for column in np.flatnonzero(is_legal).tolist():
            worst = _worst(answers, number, rule, answers.pitches[column], places, before)
            is_legal[column] = worst != DEAD
            memories[number, column] = max(worst, 0)
    return Entry(is_legal, memories)


def _follows_all(
    answers: Answers,
    pitch: int,
    places: Sequence[tuple[Slot, int]],
    before: Sequence[int],
    window: tuple[int, int],
) -> bool:
    """Say whether a pitch may follow every pitch of the window, wherever the bar sounds."""
    return all(
        window[0] <= pitch + shift <= window[1]
        and all(
            rule.follows(previous, pitch + shift, each)
            for rule in answers.rules
            if rule.overrides("follows") and not rule.hears_once
            for previous in before
        )
        for each, shift in places
    )


def _worst(
    answers: Answers,
    number: int,
    rule: Rule,
    pitch: int,
    places: Sequence[tuple[Slot, int]],
    before: Sequence[int],
) -> int:
    """Give the number of the worst that a rule may remember after a pitch; DEAD if it forbids."""
    calm = [memory for memory in answers.memories[number] if rule.is_calm(memory)]
    found = set()
    for each, shift in places:
        for memory in calm:
            for previous in before:
                after = rule.step(memory, previous, pitch + shift, each)
                if is_forbidden(after):
                    return DEAD
                found.add(rule.shifted(after, -shift))
    worst = rule.worst(frozenset(found))
    return DEAD if is_forbidden(worst) else answers.memory_id(number, worst)
