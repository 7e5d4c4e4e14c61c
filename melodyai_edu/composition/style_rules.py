"""What a style asks for by itself, and how far it yields to rules.

Conventions
-----------
A style's own rules are never the reason for a refusal: where a rule that was asked for cannot be
kept with them, they are given up one after the other, the least audible last.

Contents
--------
MAX_LEAP, StyleRhythm, StyleForm, compile_for_style
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from melodyai_edu.composition.form import Form
from melodyai_edu.composition.hearing import PITCHES, TONIC
from melodyai_edu.composition.plan_rules import plan_cadences, plan_keys
from melodyai_edu.composition.style import Style
from melodyai_edu.constraints import Automaton, Rule, Setting, Slot
from melodyai_edu.constraints.compile import compile_or_none, conflict_error
from melodyai_edu.constraints.melody import EndOnTonic, MaxLeap
from melodyai_edu.constraints.rule import Repeat
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter

if TYPE_CHECKING:
    from melodyai_edu.composition.form_plan import FormPlan

__all__ = ["MAX_LEAP", "StyleForm", "StyleRhythm", "compile_for_style"]

#: The widest interval [semitones], an octave.
MAX_LEAP = 12

#: Widest range that a style leaves to rules that need more than its own [semitones].
_WIDER = 12


class StyleRhythm(Rule):
    """Notes and rests begin and last as in the tunes of the style; the last bar comes to rest."""

    name, layer, title = "style_rhythm", "rhythm", "the style's rhythm"

    def __init__(self, style: Style) -> None:
        self.rhythm = style.rhythm

    @property
    def value(self) -> str:
        return str(hash(self.rhythm[:3]))

    def allows_event(self, slot: Slot) -> bool:
        step = (slot.position, slot.duration)
        if slot.bar == slot.setting.bars - 1:
            return not slot.is_rest and step in self.rhythm.cadences
        steps = self.rhythm.rests if slot.is_rest else self.rhythm.steps | self.rhythm.cadences
        return step in steps


class StyleForm(Rule):
    """Bars come again as in a tune of the style."""

    name, layer, title = "style_form", "structure", "the style's form"

    def __init__(self, form: Form) -> None:
        self.form = form

    @property
    def value(self) -> str:
        return ",".join(map(str, self.form.bars))

    def repeats(self, setting: Setting) -> tuple[Repeat, ...]:
        return tuple(
            Repeat(bar, original)
            for bar, original in enumerate(self.form.bars[: setting.bars])
            if original < bar
        )


def style_setting(style: Style, key: Key, meter: Meter, bars: int) -> Setting:
    """Give the bars, lengths and pitches that a style has."""
    tonic_pitch = style.tonic_pitch(key)
    pitches = tuple(PITCHES[i] - TONIC + tonic_pitch for i in style.pitches(tonic_pitch))
    rhythm = style.rhythm
    durations = {d for _, d in rhythm.steps | rhythm.rests | rhythm.cadences}
    return Setting(key, meter, bars, pitches=pitches, durations=tuple(sorted(durations)))


def compile_for_style(
    style: Style,
    key: Key,
    meter: Meter,
    bars: int,
    rules: Sequence[Rule],
    form: Form | None,
    *,
    plan: FormPlan | None = None,
    locked: Collection[int] = (),
) -> Automaton:
    """Compile what was asked for with as much of the style as it allows.

    Parameters
    ----------
    style : Style
    key : Key
    meter : Meter
    bars : int
    rules : sequence of Rule
        What was asked for.
    form : Form or None
        The style's or the plan's; None where the rules have their own.
    plan : FormPlan, optional
        Its cadences and the keys of its sections are asked for as well, as far as they can be had.
    locked : collection of int, optional
        Bars that the plan leaves alone.

    Returns
    -------
    automaton : Automaton

    Raises
    ------
    ParameterError
        If the rules cannot be kept, whatever the style gives up.
    """
    setting = style_setting(style, key, meter, bars)
    wider = _wider(setting)
    rhythm, leap, end = StyleRhythm(style), MaxLeap(str(MAX_LEAP)), EndOnTonic()
    again = () if form is None else (StyleForm(form),)
    tonic_pitch = style.tonic_pitch(key)
    if plan is not None:
        usual = (rhythm, leap, end)
        planned = _compile_planned(setting, rules, again, usual, plan, style, locked)
        if planned is not None:
            return planned
        again = () if any(rule.overrides("repeats") for rule in rules) else again
    for here, base in (
        (setting, (*again, rhythm, leap, end)),
        (setting, (rhythm, leap, end)),
        (setting, (rhythm, leap)),
        (wider, (leap, end)),
        (wider, (leap,)),
        (wider, ()),
    ):
        automaton = compile_or_none(here, rules, base, tonic_pitch=tonic_pitch)
        if automaton is not None:
            return automaton
    raise conflict_error(wider, rules, tonic_pitch=tonic_pitch)


def _compile_planned(
    setting: Setting,
    rules: Sequence[Rule],
    again: Sequence[Rule],
    usual: Sequence[Rule],
    plan: FormPlan,
    style: Style,
    locked: Collection[int],
) -> Automaton | None:
    """Compile with as much of a plan as the rules allow; None if nothing of it can be had."""
    keys = plan_keys(plan, locked)
    cadences = plan_cadences(plan, style.rhythm.cadences, locked)
    wishes: list[tuple[Rule, ...]] = [(*again, *keys, rule) for rule in cadences]
    wishes += [(*again, *keys), *((*keys, rule) for rule in cadences), keys]
    for base in wishes:
        try:
            tonic_pitch = style.tonic_pitch(setting.key)
            found = compile_or_none(setting, rules, (*base, *usual), tonic_pitch=tonic_pitch)
        except ParameterError:  # returns of the plan that contradict those asked for
            continue
        if found is not None:
            return found
    return None


def _wider(setting: Setting) -> Setting:
    """Let a setting have every pitch around its own, and the usual lengths."""
    low, high = min(setting.pitches), max(setting.pitches)
    pitches = tuple(range(max(low - _WIDER, 0), min(high + _WIDER, 127) + 1))
    durations = tuple(sorted({*setting.durations, *Setting().durations}))
    return Setting(setting.key, setting.meter, setting.bars, pitches=pitches, durations=durations)
