"""Sections that must not come out alike: another letter is another section.

Conventions
-----------
Bars count from 0. Equal sections are the automaton's business: it repeats bars. That two sections
differ is decided while drawing: as long as the later one came out like the earlier one, a new bar
may not be its twin. No automaton has to remember a whole section for it.

Contents
--------
Contrast, avoid
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from melodyai_edu.constraints import Automaton, State

__all__ = ["Contrast", "avoid"]


class Contrast:
    """Says which bars a bar must not be.

    Parameters
    ----------
    letters : sequence of str
        One for each bar; runs of ``bars_each`` bars are a section.
    bars_each : int
        Bars of a section.

    Examples
    --------
    >>> contrast = Contrast("AB", 1)
    >>> contrast.twins(1, {0: [7, 8]}, (0, 1)), contrast.twins(0, {}, (0, 1))
    ([[7, 8]], [])
    """

    def __init__(self, letters: Sequence[str], bars_each: int) -> None:
        self.length = bars_each
        starts = range(0, len(letters) * bars_each, bars_each)
        self.pairs = [
            (later, earlier)
            for earlier, later in combinations(starts, 2)
            if letters[earlier // bars_each] != letters[later // bars_each]
        ]

    def twins(
        self, bar: int, bars: Mapping[int, list[int]], originals: Sequence[int]
    ) -> list[list[int]]:
        """Give what a bar that is about to be drawn must not be.

        Parameters
        ----------
        bar : int
        bars : mapping of int to list of int
            Token ids of the bars so far.
        originals : sequence of int
            For each bar the one that it repeats, or itself.

        Returns
        -------
        twins : list of list of int
            Token ids, each of a whole bar.
        """
        return [
            bars[earlier + bar - later]
            for later, earlier in self.pairs
            if later <= bar < later + self.length and originals[bar] == bar
            if all(bars.get(later + i) == bars.get(earlier + i) for i in range(bar - later))
        ]


def avoid(
    automaton: Automaton, state: State, twins: Sequence[Sequence[int]]
) -> dict[tuple[int, ...], frozenset[int]] | None:
    """Say which token may not follow which beginning of a bar, so that it becomes no twin.

    Parameters
    ----------
    automaton : Automaton
    state : State
        After the bar's line.
    twins : sequence of sequence of int
        Token ids, each of a whole bar.

    Returns
    -------
    avoided : dict or None
        From the tokens of the bar so far to those that would lead to twins only; None if every
        legal bar is a twin.

    Examples
    --------
    >>> from melodyai_edu.constraints import compile_rules
    >>> from melodyai_edu.tokens import VOCABULARY
    >>> bar = VOCABULARY.ids(["Duration_96", "Pitch_62"])
    >>> free = compile_rules(["durations=1/1", "range=C4-D4"], length=1)
    >>> avoid(free, free.next(free.start(), free.bar_id), [bar]) == {bar[:1]: {bar[1]}}
    True
    >>> fixed = compile_rules(["fixed=1.1: D4 1/1"], length=1)
    >>> avoid(fixed, fixed.next(fixed.start(), fixed.bar_id), [bar]) is None
    True
    """
    wholes = {tuple(twin) for twin in twins}
    avoided: dict[tuple[int, ...], frozenset[int]] = {}

    def is_closed(prefix: tuple[int, ...], state: State) -> bool:
        """Say whether only twins begin so."""
        place, mask = len(prefix), automaton.mask(state)
        onward = {twin[place] for twin in wholes if twin[:place] == prefix and len(twin) > place}
        closed = frozenset(
            token_id
            for token_id in onward
            if mask[token_id]
            and (
                (*prefix, token_id) in wholes
                or is_closed((*prefix, token_id), automaton.next(state, token_id))
            )
        )
        if closed:
            avoided[prefix] = closed
        return len(closed) == int(mask.sum())

    return None if is_closed((), state) else avoided
