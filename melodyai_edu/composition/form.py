"""Form: which bars of a piece repeat which, as real tunes do it.

Conventions
-----------
*Repeats* are a tuple with one entry a bar: its own number where the bar is new, and the number of
the first equal bar where it repeats one. Bars count from 0; ``(0, 1, 0, 3)`` is a b a c.

Contents
--------
Form, repeats_of, form_letters, choose_form, draw_tunes
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import count
from string import ascii_uppercase
from typing import NamedTuple

import numpy as np

__all__ = ["Form", "choose_form", "draw_tunes", "form_letters", "repeats_of"]

Repeats = tuple[int, ...]

#: As many tunes of one length are enough to draw from.
_ENOUGH = 5


class Form(NamedTuple):
    """Which bars of a piece repeat which.

    Parameters
    ----------
    bars : tuple of int
        Repeats note for note.
    rhythms : tuple of int
        Repeats of the rhythm, whatever the pitches.
    """

    bars: Repeats
    rhythms: Repeats

    def first(self, bars: int) -> Form:
        """Give the form of the first bars alone."""
        return Form(self.bars[:bars], self.rhythms[:bars])


def repeats_of(bars: Sequence[Hashable]) -> Repeats:
    """Find which bars repeat an earlier one exactly.

    Parameters
    ----------
    bars : sequence
        What each bar holds; compared by equality.

    Returns
    -------
    repeats : tuple of int

    Examples
    --------
    >>> repeats_of(["la", "li", "la", "lo"])
    (0, 1, 0, 3)
    """
    first: dict[Hashable, int] = {}
    return tuple(first.setdefault(bar, number) for number, bar in enumerate(bars))


def form_letters(repeats: Repeats) -> str:
    """Write repeats as letters, a space after every fourth bar.

    Examples
    --------
    >>> form_letters((0, 1, 0, 3, 0))
    'ABAC A'
    """
    names: dict[int, str] = {}
    number = count()
    for bar in repeats:
        if bar not in names:
            turn, place = divmod(next(number), len(ascii_uppercase))
            names[bar] = ascii_uppercase[place] + "'" * turn
    letters = [names[bar] for bar in repeats]
    return " ".join("".join(letters[first : first + 4]) for first in range(0, len(letters), 4))


def choose_form(forms: Sequence[Form], bars: int, random: np.random.Generator) -> Form:
    """Draw the form of a real tune, for any number of bars.

    A tune of just that length is taken if there are enough; otherwise the beginning of a longer
    one, or, if all are shorter, one after the other.

    Parameters
    ----------
    forms : sequence of Form
    bars : int
    random : np.random.Generator

    Returns
    -------
    form : Form

    Examples
    --------
    >>> form = choose_form([Form((0, 1, 0, 3), (0, 0, 0, 0))], 6, np.random.default_rng(0))
    >>> form.bars, form.rhythms
    ((0, 1, 0, 3, 4, 5), (0, 0, 0, 0, 4, 4))
    """
    form = Form((), ())
    for drawn in draw_tunes([len(form.bars) for form in forms], bars, random):
        start, new = len(form.bars), forms[drawn] if forms else Form((0,), (0,))
        form = Form(
            form.bars + tuple(start + bar for bar in new.bars),
            form.rhythms + tuple(start + bar for bar in new.rhythms),
        )
    return form.first(bars)


def draw_tunes(lengths: Sequence[int], bars: int, random: np.random.Generator) -> tuple[int, ...]:
    """Choose which tunes give their form to so many bars, one after the other.

    Parameters
    ----------
    lengths : sequence of int [bars]
        Of all tunes there are; with none of them, tunes of one bar are assumed.
    bars : int
    random : np.random.Generator

    Returns
    -------
    tunes : tuple of int
        One of just that length if there are enough, else one that is longer, else as many as it
        takes.

    Examples
    --------
    >>> draw_tunes([2, 3], 5, np.random.default_rng(0))
    (1, 1)
    """
    for near in (
        [tune for tune, length in enumerate(lengths) if length == bars],
        [tune for tune, length in enumerate(lengths) if length > bars],
    ):
        if len(near) >= _ENOUGH:
            return (near[int(random.integers(len(near)))],)
    tunes: list[int] = []
    reached = 0
    while reached < bars:
        tunes.append(int(random.integers(len(lengths))) if lengths else 0)
        reached += lengths[tunes[-1]] if lengths else 1
    return tuple(tunes)
