"""Filling a plan: the parts of real tunes, put where the sections of a form want them.

Conventions
-----------
Bars count from 0. The first section of each letter has a part of a tune of its own, in the order
of the tune; what returns within that part, or from part to part, returns in the piece.

Contents
--------
Cadences, draw_plan, fill_sections, choose_cadences
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from melodyai_edu.composition.form import Form, draw_tunes
from melodyai_edu.composition.plan_sections import Pattern, PlannedSection, variation_pattern
from melodyai_edu.composition.tune_plan import TunePlan, Variation

__all__ = ["Cadences", "choose_cadences", "draw_plan", "fill_sections"]

#: Bars and ``"half"`` or ``"full"``.
Cadences = tuple[tuple[int, str], ...]


def draw_plan(plans: Sequence[TunePlan], bars: int, random: np.random.Generator) -> TunePlan:
    """Take the plan of a real tune, of part of one, or of several, one after the other.

    Parameters
    ----------
    plans : sequence of TunePlan
    bars : int
    random : np.random.Generator

    Returns
    -------
    plan : TunePlan
        All bars new where there is no tune.
    """
    if not plans:
        numbers = tuple(range(bars))
        return TunePlan("", Form(numbers, numbers), (), {}, (0.5,) * bars, (1.0,) * bars)
    drawn = [plans[i] for i in draw_tunes([plan.bars for plan in plans], bars, random)]
    tune = drawn[0]
    for other in drawn[1:]:
        tune = tune.followed_by(other)
    return tune.cut(0, bars)


def fill_sections(
    plans: Sequence[TunePlan], sections: Sequence[PlannedSection], random: np.random.Generator
) -> TunePlan:
    """Fill sections: those of a new letter from a tune, others with what they repeat or vary.

    Parameters
    ----------
    plans : sequence of TunePlan
    sections : sequence of PlannedSection
    random : np.random.Generator

    Returns
    -------
    plan : TunePlan
    """
    firsts = {section.letter: section.bars for section in reversed(sections)}
    letters = list(dict.fromkeys(section.letter for section in sections))
    ends = np.cumsum([firsts[letter] for letter in letters]).tolist()
    tune = draw_plan(plans, ends[-1], random)
    begins = dict(zip(letters, [0, *ends], strict=False))
    filling = _Filling(tune)
    models: dict[str, PlannedSection] = {}
    for section in sections:
        model = models.get(section.name) or models.get(section.letter + "~")
        if model is None:
            filling.add_new(begins[section.letter], section.bars)
            models[section.letter + "~"] = section
        elif model.name == section.name:
            filling.add_again(model.first_bar, section.bars)
        else:
            filling.add_varied(model.first_bar, variation_pattern(plans, section.bars, random))
        models.setdefault(section.name, section)
    return filling.plan()


class _Filling:
    """A plan that grows section by section, from a tune."""

    def __init__(self, tune: TunePlan) -> None:
        self.tune = tune
        self.bars: list[int] = []
        self.rhythms: list[int] = []
        self.tension: list[float] = []
        self.cadences: dict[int, str] = {}
        self.varied: list[Variation] = []
        self.home: dict[int, int] = {}  # from a bar of the tune to the bar where it came first

    def add_new(self, begin: int, bars: int) -> None:
        """Add bars of the tune; what would be bars of the plan once more gets new ones."""
        first = len(self.bars)
        for bar in range(begin, begin + bars):
            self.home[bar] = len(self.bars)
            form = self.tune.form
            self._add(
                self.home[form.bars[bar]],
                self.home[form.rhythms[bar]],
                self.tune.tension[bar],
                self.tune.cadences.get(bar),
            )
        self.varied += [
            Variation(self.home[one.bar], self.home[one.original], one.kept)
            for one in self.tune.varied
            if begin <= one.bar < begin + bars
        ]
        # Another letter is another section, also where the tune brings earlier bars again, from
        # wherever; its last bar alone cannot tell, for a cadence leaves little choice.
        told = max(bars - 1, 1)
        earlier = [self.bars[start : start + told] for start in range(first - bars + 1)]
        if self.bars[first : first + told] in earlier:
            self.bars[first:] = range(first, first + bars)

    def add_again(self, first: int, bars: int) -> None:
        """Add bars of the plan once more."""
        for bar in range(first, first + bars):
            self._repeat(bar)

    def add_varied(self, first: int, pattern: Pattern) -> None:
        """Add bars of the plan once more, changed."""
        for bar, kept in enumerate(pattern, start=first):
            if isinstance(kept, str):
                self._repeat(bar)
                continue
            number = len(self.bars)
            if kept:
                self.varied.append(Variation(number, self.bars[bar], kept))
            self._add(number, number, self.tension[bar], self.cadences.get(bar))

    def _repeat(self, bar: int) -> None:
        self._add(self.bars[bar], self.rhythms[bar], self.tension[bar], self.cadences.get(bar))

    def _add(self, bar: int, rhythm: int, tension: float, cadence: str | None) -> None:
        if cadence:
            self.cadences[len(self.bars)] = cadence
        self.bars.append(bar)
        self.rhythms.append(rhythm)
        self.tension.append(tension)

    def plan(self) -> TunePlan:
        """Give all that was added."""
        return self.tune._replace(
            form=Form(tuple(self.bars), tuple(self.rhythms)),
            varied=tuple(self.varied),
            cadences=self.cadences,
            tension=tuple(self.tension),
            rests=(1.0,) * len(self.bars),
        )


def choose_cadences(
    tune: TunePlan, phrase: int, sections: Sequence[PlannedSection], wanted: dict[int, str]
) -> Cadences:
    """Choose where a plan closes: as the tune does at the ends of phrases, and as its form asks.

    Parameters
    ----------
    tune : TunePlan
    phrase : int
        How many bars a phrase has.
    sections : sequence of PlannedSection
        Phrases are counted from the beginning of each, and each closes.
    wanted : dict of int to str
        What the form asks for.

    Returns
    -------
    cadences : tuple of (int, str)
        Sorted. A bar that returns closes as it did before, and the last one closes fully.

    References
    ----------
    Caplin (1998), Classical Form, chapter 6: where a contrasting section leads back to an earlier
    one it closes half.
    """
    found: dict[int, str] = {}
    names = [section.name for section in sections]
    for number, section in enumerate(sections):
        leads_back = number + 1 < len(names) and names[number + 1] in names[:number]
        usual = "half" if leads_back and names[number] not in names[:number] else "full"
        last = section.first_bar + section.bars - 1
        found[last] = tune.cadences.get(last, usual)
        for bar in range(section.first_bar + phrase - 1, last, phrase):
            if bar in tune.cadences:
                found[bar] = tune.cadences[bar]
    roots = tune.form.bars
    ends = {**wanted, tune.bars - 1: "full"}
    settled = {roots[bar]: kind for bar, kind in ends.items()}
    for bar in sorted(found):
        settled.setdefault(roots[bar], found[bar])
    return tuple((bar, settled[roots[bar]]) for bar in sorted({**found, **ends}))
