"""Form plans: what a piece will be before it has a note.

Conventions
-----------
Bars count from 0 in code and from 1 where people read. A plan is learned from real tunes of a genre
and a meter; a named form is filled with what those do inside their sections.

Contents
--------
PlannedSection, FormPlan, plan_form
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from melodyai_edu.composition.form import Form, repeats_of
from melodyai_edu.composition.plan_filling import (
    Cadences,
    choose_cadences,
    draw_plan,
    fill_sections,
)
from melodyai_edu.composition.plan_sections import PlannedSection, name_sections, read_sections
from melodyai_edu.composition.plan_text import plan_lines
from melodyai_edu.composition.tune_plan import Variation, learn_plans, usual_phrase
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter

__all__ = ["FormPlan", "PlannedSection", "plan_form"]


@dataclass(frozen=True)
class FormPlan:
    """The plan of a piece.

    Parameters
    ----------
    form : Form
        Which bars return exactly, and which rhythms do.
    sections : tuple of PlannedSection
    cadences : tuple of (int, str)
        Bars that close a phrase, with ``"half"`` or ``"full"``.
    tension : tuple of float [0-1]
        One for each bar.
    varied : tuple of Variation
        Which bars return changed, and what of them stays.
    phrase_bars : int
        How many bars a phrase has as a rule.
    sources : str
        The titles of the tunes that the plan was learned from.
    """

    form: Form
    sections: tuple[PlannedSection, ...]
    cadences: Cadences
    tension: tuple[float, ...]
    varied: tuple[Variation, ...] = ()
    phrase_bars: int = 4
    sources: str = ""

    @property
    def bars(self) -> int:
        """How many bars the piece has."""
        return len(self.form.bars)

    @property
    def name(self) -> str:
        """The names of the sections, one after the other: ``"A B A"``."""
        return " ".join(section.name for section in self.sections)

    def section(self, bar: int) -> PlannedSection:
        """Give the section that a bar, from 0, stands in.

        Raises
        ------
        ParameterError
            If the piece has no such bar.
        """
        for section in self.sections:
            if section.first_bar <= bar < section.first_bar + section.bars:
                return section
        raise ParameterError(f"bar={bar} must be from 0 to {self.bars - 1}, those of the plan")

    def with_section(
        self, name: str, *, key: Key | str | None = None, texture: str | None = None
    ) -> FormPlan:
        """Give the same plan with a key or a texture for all sections of one name.

        Notes do not return in another key; rhythms do.

        Parameters
        ----------
        name : str
        key : Key or str, optional
        texture : str, optional
            What accompanies it, in a word or two.

        Returns
        -------
        plan : FormPlan

        Raises
        ------
        ParameterError
            If no section has the name.

        Examples
        --------
        >>> plan = plan_form("jig", "6/8", 16, np.random.default_rng(1), form="ABA'B")
        >>> plan.with_section("B", key="G major").sections[1].key.name
        'G major'
        """
        names = {section.name for section in self.sections}
        if name not in names:
            raise ParameterError(f"section={name!r} must be one of: {', '.join(sorted(names))}")
        own = Key.parse(key) if isinstance(key, str) else key
        changed = (
            replace(
                section,
                key=own or section.key,
                texture=section.texture if texture is None else texture,
            )
            if section.name == name
            else section
            for section in self.sections
        )
        return replace(self, sections=tuple(changed))._in_keys()

    def _in_keys(self) -> FormPlan:
        """Let nothing return, but for its rhythm, in a section of another key."""
        keys = [section.key for section in self.sections for _ in range(section.bars)]
        bars = repeats_of(list(zip(keys, self.form.bars, strict=True)))
        varied = [one for one in self.varied if bars[one.bar] == one.bar]
        varied = [one for one in varied if keys[one.bar] == keys[one.original]]
        return replace(self, form=Form(bars, self.form.rhythms), varied=tuple(varied))

    def draw(self) -> Any:
        """Draw the plan: sections, returns, cadences and tension.

        Returns
        -------
        figure : matplotlib.figure.Figure
        """
        from melodyai_edu.render.plan import draw_plan

        return draw_plan(
            [(section.name, section.first_bar, section.bars) for section in self.sections],
            self.form.bars,
            {one.bar: one.original for one in self.varied},
            dict(self.cadences),
            self.tension,
        )

    def __str__(self) -> str:
        return "\n".join(plan_lines(self))

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def plan_form(
    genre: str | None,
    meter: Meter | str,
    bars: int,
    random: np.random.Generator,
    *,
    form: str | None = None,
    corpus: str | None = None,
    intro: int = 0,
    ending: int = 0,
) -> FormPlan:
    """Plan a piece as real tunes of a genre are planned.

    Parameters
    ----------
    genre : str or None
        None: all genres together.
    meter : Meter or str
    bars : int
        Of the whole piece.
    random : np.random.Generator
    form : str, optional
        Letters for equal sections, ``"AABA"``; an apostrophe varies a section, ``"AA'"``. Or the
        name of one of `melodyai_edu.theory.structure.FORMS`, such as ``"rondo"``. Left out: as a
        real tune has it.
    corpus : str, optional
        The package's own when left out.
    intro, ending : int, default 0 [bars]
        Bars before the form, without the melody, and bars after it, which bring its last bars
        again. They are part of ``bars``.

    Returns
    -------
    plan : FormPlan

    Raises
    ------
    ParameterError
        If the bars cannot be shared out among the sections, or intro and ending leave no bar.

    References
    ----------
    `melodyai_edu.theory.structure.FORMS` has those of the named forms. Where a contrasting section
    leads back to an earlier one it closes half: Caplin (1998), Classical Form, chapter 6.

    Examples
    --------
    >>> plan = plan_form("reel", "2/2", 32, np.random.default_rng(3), form="AABA")
    >>> [(section.name, section.first_bar) for section in plan.sections]
    [('A', 0), ('A', 8), ('B', 16), ('A', 24)]
    >>> plan.form.bars[24:28] == plan.form.bars[:4], plan.cadences[-1]
    (True, (31, 'full'))
    """
    meter = Meter.parse(meter) if isinstance(meter, str) else meter
    core = bars - intro - ending
    if min(intro, ending) < 0 or core < 1 or ending > core:
        raise ParameterError(
            f"bars={bars} must leave more bars than intro={intro} and ending={ending} take, and an "
            f"ending at most as long as the form"
        )
    plans = learn_plans(genre, meter, corpus)
    phrase = usual_phrase(plans)
    if form is None:
        tune = draw_plan(plans, core, random)
        sections = name_sections(tune, core)
        whole = [PlannedSection("", 0, core)]  # phrases run through a tune
        cadences = choose_cadences(tune, phrase, whole, {})
    else:
        sections, wanted = read_sections(form, core)
        tune = fill_sections(plans, sections, random)
        cadences = choose_cadences(tune, phrase, sections, wanted)
    plan = FormPlan(
        form=tune.form,
        sections=_textured(sections, tune.tension),
        cadences=cadences,
        tension=_stretched(tune.tension),
        varied=tune.varied,
        phrase_bars=phrase,
        sources=tune.title,
    )
    return _framed(plan, intro, ending)


def _textured(
    sections: Sequence[PlannedSection], tension: Sequence[float]
) -> tuple[PlannedSection, ...]:
    """Let sections that are tenser than the piece sound full, the others thin."""
    middle = float(np.mean(tension))

    def texture(section: PlannedSection) -> str:
        bars = tension[section.first_bar : section.first_bar + section.bars]
        return "full" if float(np.mean(bars)) > middle else "thin"

    return tuple(replace(section, texture=texture(section)) for section in sections)


def _stretched(tension: Sequence[float]) -> tuple[float, ...]:
    """Let the calmest bar be 0 and the tensest 1."""
    low, high = min(tension), max(tension)
    if high - low < 1e-9:
        return (0.5,) * len(tension)
    return tuple(round((one - low) / (high - low), 3) for one in tension)


def _framed(plan: FormPlan, intro: int, ending: int) -> FormPlan:
    """Put an intro before the form and an ending after it."""
    if not intro and not ending:
        return plan
    bars, core = plan.bars, intro + plan.bars
    before = tuple(range(intro))
    rows = [
        (*before, *(intro + bar for bar in part), *(intro + bar for bar in part[bars - ending :]))
        for part in plan.form
    ]
    sections = [replace(s, first_bar=s.first_bar + intro) for s in plan.sections]
    if intro:
        sections.insert(0, PlannedSection("Intro", 0, intro, texture="accompaniment alone"))
    if ending:
        sections.append(PlannedSection("Ending", core, ending, texture="full"))
    cadences = [(bar + intro, kind) for bar, kind in plan.cadences]
    again = [(bar + ending, kind) for bar, kind in cadences if bar >= core - ending]
    rising = np.linspace(0, plan.tension[0], intro, endpoint=False)
    falling = np.linspace(plan.tension[-1], 0, ending + 1)[1:]
    return replace(
        plan,
        form=Form(rows[0], rows[1]),
        sections=tuple(sections),
        cadences=(*((intro - 1, "half") for _ in before[:1]), *cadences, *again),
        tension=tuple(round(float(one), 3) for one in (*rising, *plan.tension, *falling)),
        varied=tuple(one.moved(intro) for one in plan.varied),
    )
