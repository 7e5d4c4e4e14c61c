"""Form: which bars of a piece repeat which, as real tunes do it.

Conventions
-----------
*Repeats* are a tuple with one entry a bar: its own number where the bar is new, and the number of
the first equal bar where it repeats one. Bars count from 0; ``(0, 1, 0, 3)`` is a b a c.

Contents
--------
Form, repeats_of, form_letters, choose_form
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import count
from string import ascii_uppercase
from typing import NamedTuple

import numpy as np

__all__ = ["Form", "choose_form", "form_letters", "repeats_of"]

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
    for near in (
        [form for form in forms if len(form.bars) == bars],
        [form for form in forms if len(form.bars) > bars],
    ):
        if len(near) >= _ENOUGH:
            return near[int(random.integers(len(near)))].first(bars)
    form = Form((), ())
    while (start := len(form.bars)) < bars:
        drawn = forms[int(random.integers(len(forms)))] if forms else Form((0,), (0,))
        form = Form(
            form.bars + tuple(start + bar for bar in drawn.bars),
            form.rhythms + tuple(start + bar for bar in drawn.rhythms),
        )
    return form.first(bars)
