"""The sections of a plan: read from a form's letters, or named by what returns in a tune.

Conventions
-----------
Bars count from 0. A name is a letter with any number of apostrophes; equal names are equal
sections, equal letters vary each other.

Contents
--------
PlannedSection, read_sections, name_sections, variation_pattern
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.composition.tune_plan import TunePlan
from melodyai_edu.errors import ParameterError
from melodyai_edu.theory.structure import FORMS, split_letters

if TYPE_CHECKING:
    from melodyai_edu.score import Key

__all__ = ["PlannedSection", "name_sections", "read_sections", "variation_pattern"]

#: Strains of dances and sections of songs have eight bars as a rule, half as many in short pieces.
#: Breathnach (1971), Folk Music and Dances of Ireland.
_SECTION_BARS = (8, 4)

#: What becomes of each bar of a section that is varied: "same", what of it is kept, or nothing.
Pattern = tuple[str | tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """One section of a plan.

    Parameters
    ----------
    name : str
        ``"A"``, ``"A'"``, ``"Intro"``.
    first_bar : int
        From 0.
    bars : int
    key : Key, optional
        Its own; the piece's when left out.
    texture : str, optional
        How it is accompanied, in a word or two; ``"thin"`` or ``"full"`` by its tension.
    """

    name: str
    first_bar: int
    bars: int
    key: Key | None = None
    texture: str = ""

    @property
    def letter(self) -> str:
        """Its name without apostrophes."""
        return self.name.rstrip("'")


def read_sections(form: str, bars: int) -> tuple[list[PlannedSection], dict[int, str]]:
    """Share out bars among the sections of a form.

    Parameters
    ----------
    form : str
        Letters, or the name of one of `melodyai_edu.theory.structure.FORMS`.
    bars : int

    Returns
    -------
    sections : list of PlannedSection
        Equal ones for letters, in the form's own proportions for a name.
    cadences : dict of int to str
        What the form itself closes with, by bar.

    Raises
    ------
    ParameterError
        If it is neither letters nor a name, or the bars cannot be shared out so.

    Examples
    --------
    >>> sections, cadences = read_sections("period", 8)
    >>> [(section.name, section.bars) for section in sections], cadences
    ([('A', 4), ("A'", 4)], {3: 'half', 7: 'full'})
    """
    known = FORMS.get(form)
    try:
        letters = split_letters(known.letters if known else form.replace(" ", ""))
    except ParameterError:
        raise ParameterError(
            f"form={form!r} must be letters, such as AABA, or one of: {', '.join(FORMS)}"
        ) from None
    usual = known.bars if known else (1,) * len(letters)
    shares = [number // gcd(*usual) for number in usual]
    unit, left = divmod(bars, sum(shares))
    if left or not unit:
        raise ParameterError(
            f"form={form!r} shares out its bars among {len(letters)} sections: bars={bars} must be "
            f"a multiple of {sum(shares)}"
        )
    firsts = np.cumsum([0, *shares]) * unit
    sections = [
        PlannedSection(name, int(first), share * unit)
        for name, first, share in zip(letters, firsts, shares, strict=False)
    ]
    whole = sum(usual)
    asked = dict(known.cadences) if known else {}
    return sections, {bar * bars // whole - 1: kind for bar, kind in asked.items()}


def name_sections(tune: TunePlan, bars: int) -> list[PlannedSection]:
    """Name the sections of a tune's plan by what returns.

    Parameters
    ----------
    tune : TunePlan
    bars : int

    Returns
    -------
    sections : list of PlannedSection
        Of eight bars, in pieces under sixteen of four; the last one takes what is left. All bars
        alike: the same name. Half of them or more return, exactly or varied: an apostrophe.
    """
    length = next((n for n in _SECTION_BARS if bars >= 2 * n), bars)
    starts = list(range(0, max(bars - length, 0) + 1, length))
    found: list[PlannedSection] = []
    for first, last in zip(starts, [*starts[1:], bars], strict=True):
        found.append(PlannedSection(_name(tune, first, last - first, found), first, last - first))
    return found


def _name(tune: TunePlan, first: int, bars: int, earlier: Sequence[PlannedSection]) -> str:
    names = [section.name for section in earlier]
    for section in earlier:
        pattern = _relation(tune, section.first_bar, first, bars)
        if section.bars == bars and all(kept == "same" for kept in pattern):
            return section.name
    for section in earlier:
        if 2 * sum(map(bool, _relation(tune, section.first_bar, first, bars))) >= bars:
            return section.letter + "'" * sum(n.rstrip("'") == section.letter for n in {*names})
    return chr(ord("A") + len({name.rstrip("'") for name in names}))


def _relation(tune: TunePlan, model: int, first: int, bars: int) -> Pattern:
    """Say what of a section stands in another one, bar by bar."""
    roots, found = tune.form.bars, []
    varied = {one.bar: one for one in tune.varied}
    for bar in range(bars):
        here, there = first + bar, roots[model + bar] if model + bar < first else -1
        change = varied.get(roots[here]) if here == roots[here] else None
        if roots[here] == there:
            found.append("same")
        elif change is not None and change.original == there:
            found.append(change.kept)  # type: ignore[arg-type]
        else:
            found.append(())  # type: ignore[arg-type]
    return tuple(found)


def variation_pattern(plans: Sequence[TunePlan], bars: int, random: np.random.Generator) -> Pattern:
    """Draw how a section of so many bars comes back varied, as one in a real tune does.

    Parameters
    ----------
    plans : sequence of TunePlan
    bars : int
    random : np.random.Generator

    Returns
    -------
    pattern : tuple
        For each bar ``"same"``, the spans [ticks] that are kept, or nothing. Where no tune varies
        a section so long, its last quarter is new.
    """
    found: list[Pattern] = []
    for plan in plans:
        for first in range(bars, plan.bars - bars + 1, bars):
            for model in range(0, first, bars):
                pattern = _relation(plan, model, first, bars)
                returns = sum(map(bool, pattern))
                if pattern[0] and 2 * returns >= bars and set(pattern) != {"same"}:
                    found.append(pattern)
    if not found:
        new = -(-bars // 4)
        return ("same",) * (bars - new) + ((),) * new
    return found[int(random.integers(len(found)))]
