"""Which bars are drawn, which repeat them, and where a repeat needs care at its seams.

Conventions
-----------
A bar that is drawn is an *original*; every bar has one, with the semitones that it sounds higher.
Bars are drawn in order and a repeat sounds as soon as all before it has. A *seam* is a bar line
where the bar before is not the one that the automaton saw there: where a repeat does not follow
what its original followed, or a new bar follows a repeat. At a seam only calm endings within a
few pitches of each other may meet notes that all of them allow; so every repeat is legal
wherever it comes, and nothing has to be tried and thrown away.

Contents
--------
Plan, make_plan
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from melodyai_edu.constraints.rule import Repeat, Setting
from melodyai_edu.errors import ParameterError

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The bars of a piece, and where they come from.

    Parameters
    ----------
    originals : tuple of int
        The original of each bar, from 0; its own number where it is drawn.
    shifts : tuple of int [semitones]
        How much higher each bar sounds than its original.
    first_notes : tuple of (int, int)
        Pairs of bars whose first notes are equal, the later one first.
    """

    originals: tuple[int, ...]
    shifts: tuple[int, ...]
    first_notes: tuple[tuple[int, int], ...] = ()

    def occurrences(self, original: int) -> tuple[tuple[int, int], ...]:
        """List where a drawn bar sounds: bars with semitones, itself first."""
        return _occurrences(self)[original]

    @property
    def drawn(self) -> tuple[int, ...]:
        """The bars that are drawn, in order."""
        return tuple(bar for bar, original in enumerate(self.originals) if bar == original)

    @property
    def guarded_entries(self) -> frozenset[int]:
        """The originals whose first note must fit after every calm ending."""
        before = {bar: previous for previous, bar in pairwise(self.drawn)}
        found = set()
        for bar, original in enumerate(self.originals):
            if bar == original == 0:
                continue
            if bar == original:
                natural = (before.get(bar), 0)
            else:
                natural = self._before(original, self.shifts[bar])
            if self._before(bar, 0) != natural:
                found.add(original)
        return frozenset(found)

    def _before(self, bar: int, shift: int) -> tuple[int | None, int]:
        """Give the original of the bar before and its semitones, raised by a shift."""
        return (self.originals[bar - 1], self.shifts[bar - 1] + shift) if bar else (None, 0)

    @property
    def guarded_exits(self) -> dict[int, frozenset[int]]:
        """The originals that lead into a guarded entry, with the semitones they sound higher."""
        entries = self.guarded_entries
        found: dict[int, set[int]] = {}
        for bar, original in enumerate(self.originals):
            if bar and original in entries:
                found.setdefault(self.originals[bar - 1], set()).add(self.shifts[bar - 1])
        return {bar: frozenset(shifts) for bar, shifts in found.items()}


@lru_cache(maxsize=256)
def _occurrences(plan: Plan) -> dict[int, tuple[tuple[int, int], ...]]:
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for bar, original in enumerate(plan.originals):
        found[original] = (*found.get(original, ()), (bar, plan.shifts[bar]))
    return found


def make_plan(setting: Setting, repeats: Iterable[Repeat]) -> Plan:
    """Work out which bars are drawn.

    Parameters
    ----------
    setting : Setting
    repeats : iterable of Repeat

    Returns
    -------
    plan : Plan

    Raises
    ------
    ParameterError
        If one bar is to repeat two different ones.

    Examples
    --------
    >>> plan = make_plan(Setting(bars=4), [Repeat(2, 0), Repeat(3, 1)])
    >>> plan.originals, sorted(plan.guarded_entries), sorted(plan.guarded_exits)
    ((0, 1, 0, 1), [0], [1])
    """
    originals, shifts = list(range(setting.bars)), [0] * setting.bars
    firsts = []
    for repeat in sorted(repeats):
        if repeat.is_first_only:
            firsts.append((repeat.bar, repeat.original))
            continue
        found = (originals[repeat.original], shifts[repeat.original] + repeat.semitones)
        if originals[repeat.bar] != repeat.bar and found != (
            originals[repeat.bar],
            shifts[repeat.bar],
        ):
            raise ParameterError(
                f"bar {repeat.bar + 1} is to repeat bar {originals[repeat.bar] + 1} and bar "
                f"{repeat.original + 1}: choose one"
            )
        originals[repeat.bar], shifts[repeat.bar] = found
    return Plan(tuple(originals), tuple(shifts), tuple(firsts))
