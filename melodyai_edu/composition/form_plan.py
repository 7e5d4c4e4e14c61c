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

from melodyai_edu.composition.form import Form, draw_tunes, repeats_of
from melodyai_edu.composition.plan_sections import (
    PlannedSection,
    name_sections,
    read_sections,
    variation_pattern,
)
from melodyai_edu.composition.plan_text import plan_lines
from melodyai_edu.composition.tune_plan import TunePlan, Variation, learn_plans, usual_phrase
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter

__all__ = ["FormPlan", "PlannedSection", "plan_form"]

Cadences = tuple[tuple[int, str], ...]


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
        tune = _drawn(plans, core, random)
        sections = name_sections(tune, core)
        cadences = _closing(tune, phrase, [sections[-1]], {})
    else:
        sections, wanted = read_sections(form, core)
        tune = _filled(plans, sections, random)
        cadences = _closing(tune, phrase, sections, wanted)
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


def _drawn(plans: Sequence[TunePlan], bars: int, random: np.random.Generator) -> TunePlan:
    """Take the plan of a real tune, of part of one, or of several, one after the other."""
    if not plans:
        numbers = tuple(range(bars))
        return TunePlan("", Form(numbers, numbers), (), {}, (0.5,) * bars, (1.0,) * bars)
    drawn = [plans[i] for i in draw_tunes([plan.bars for plan in plans], bars, random)]
    tune = drawn[0]
    for other in drawn[1:]:
        tune = tune.followed_by(other)
    return tune.cut(0, bars)


def _filled(
    plans: Sequence[TunePlan], sections: Sequence[PlannedSection], random: np.random.Generator
) -> TunePlan:
    """Fill sections: new ones with the parts of a tune in order, others with what they repeat."""
    new = [s for i, s in enumerate(sections) if s.letter not in {o.letter for o in sections[:i]}]
    tune = _drawn(plans, sum(section.bars for section in new), random)
    where = dict(zip((s.letter for s in new), np.cumsum([0, *(s.bars for s in new)]), strict=False))
    known: dict[str, int] = {}  # where each name began
    home: dict[int, int] = {}  # from a bar of the tune to the bar where it comes first
    rows: list[tuple[int, int, float, str | None]] = []  # form, rhythm, tension, cadence
    varied: list[Variation] = []
    for section in sections:
        begin, first = int(where[section.letter]), len(rows)
        if section.letter not in {name[0] for name in known}:  # as in the tune
            home |= {begin + bar: first + bar for bar in range(section.bars)}
            for bar in range(begin, begin + section.bars):
                same, rhythm = home[tune.form.bars[bar]], home[tune.form.rhythms[bar]]
                rows.append((same, rhythm, tune.tension[bar], tune.cadences.get(bar)))
            varied += [
                Variation(home[one.bar], home[one.original], one.kept)
                for one in tune.varied
                if begin <= one.bar < begin + section.bars
            ]
        elif section.name in known:  # note for note
            rows += rows[known[section.name] : known[section.name] + section.bars]
        else:  # a variation
            model = known[min(name for name in known if name[0] == section.letter)]
            pattern = variation_pattern(plans, section.bars, random)
            for bar, kept in enumerate(pattern):
                same, rhythm, tension, cadence = rows[model + bar]
                if kept == "same":
                    rows.append((same, rhythm, tension, cadence))
                    continue
                rows.append((first + bar, first + bar, tension, cadence))
                if kept:
                    varied.append(Variation(first + bar, same, tuple(kept)))
        known.setdefault(section.name, first)
    form = Form(tuple(row[0] for row in rows), tuple(row[1] for row in rows))
    cadences = {bar: row[3] for bar, row in enumerate(rows) if row[3]}
    tension = tuple(row[2] for row in rows)
    return TunePlan(tune.title, form, tuple(varied), cadences, tension, (1.0,) * len(rows))


def _closing(
    tune: TunePlan, phrase: int, sections: Sequence[PlannedSection], wanted: dict[int, str]
) -> Cadences:
    """Choose the cadences: those of the tune at the ends of phrases, and those the form asks for.

    A bar that returns closes as it did before.
    """
    found: dict[int, str] = {}
    names = [section.name for section in sections]
    for number, section in enumerate(sections):
        leads_back = number + 1 < len(names) and names[number + 1] in names[:number]
        usual = "half" if leads_back and names[number] not in names[:number] else "full"
        last = section.first_bar + section.bars - 1
        found[last] = tune.cadences.get(last, usual)
        for bar in range(section.first_bar, last):
            if (bar - section.first_bar + 1) % phrase == 0 and bar in tune.cadences:
                found[bar] = tune.cadences[bar]
    if len(sections) == 1:
        for bar in range(phrase - 1, tune.bars, phrase):
            if bar in tune.cadences:
                found[bar] = tune.cadences[bar]
    roots = tune.form.bars
    ends = {**wanted, tune.bars - 1: "full"}
    settled = {roots[bar]: kind for bar, kind in ends.items()}
    for bar in sorted(found):
        settled.setdefault(roots[bar], found[bar])
    return tuple((bar, settled[roots[bar]]) for bar in sorted({**found, **ends}))


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
