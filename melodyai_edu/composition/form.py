"""Form: which bars of a piece repeat which, as real tunes do it.

Conventions
-----------
A form is a tuple with one entry a bar: its own number where the bar is new, and the number of the
first equal bar where it repeats one. Bars count from 0; ``(0, 1, 0, 3)`` is a b a c.

Contents
--------
form_of, form_letters, choose_form
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from string import ascii_uppercase

import numpy as np

__all__ = ["choose_form", "form_letters", "form_of"]

Form = tuple[int, ...]


def form_of(bars: Sequence[object]) -> Form:
    """Find which bars repeat an earlier one exactly.

    Parameters
    ----------
    bars : sequence
        What each bar holds; compared by equality.

    Returns
    -------
    form : tuple of int

    Examples
    --------
    >>> form_of(["la", "li", "la", "lo"])
    (0, 1, 0, 3)
    """
    first: dict[object, int] = {}
    return tuple(first.setdefault(bar, number) for number, bar in enumerate(bars))


def form_letters(form: Form) -> str:
    """Write a form as letters, a space after every fourth bar.

    Examples
    --------
    >>> form_letters((0, 1, 0, 3, 0))
    'ABAC A'
    """
    names: dict[int, str] = {}
    number = count()
    for bar in form:
        if bar not in names:
            turn, place = divmod(next(number), len(ascii_uppercase))
            names[bar] = ascii_uppercase[place] + "'" * turn
    letters = [names[bar] for bar in form]
    return " ".join("".join(letters[first : first + 4]) for first in range(0, len(letters), 4))


def choose_form(forms: Sequence[Form], bars: int, random: np.random.Generator) -> Form:
    """Draw the form of a real tune, for any number of bars.

    A tune of just that length is taken if there are at least five; otherwise the beginning of a
    longer one, or, if all are shorter, one after the other.

    Parameters
    ----------
    forms : sequence of form
    bars : int
    random : np.random.Generator

    Returns
    -------
    form : tuple of int

    Examples
    --------
    >>> choose_form([(0, 1, 0, 3)], 6, np.random.default_rng(0))
    (0, 1, 0, 3, 4, 5)
    """
    same = [form for form in forms if len(form) == bars]
    if len(same) >= 5:
        return same[random.integers(len(same))]
    longer = [form for form in forms if len(form) >= bars]
    if len(longer) >= 5:
        return longer[random.integers(len(longer))][:bars]
    form: Form = ()
    while len(form) < bars and forms:
        drawn = forms[random.integers(len(forms))]
        form += tuple(bar + len(form) for bar in drawn)
    return form[:bars] or tuple(range(bars))
