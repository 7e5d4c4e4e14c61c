"""What a style asks for by itself, and how far it yields to rules.

Conventions
-----------
A style's own rules are never the reason for a refusal: where a rule that was asked for cannot be
kept with them, they are given up one after the other, the least audible last.

Contents
--------
MAX_LEAP, StyleRhythm, StyleForm, StyleChords, HeldRhythm, compile_for_style
"""

from __future__ import annotations

from bisect import bisect_right
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
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.decoding.copies import find_watch, longest_copy
from melodyai_edu.decoding.witness import KnownRuns
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import ChordSymbol, Key, Meter, Score
from melodyai_edu.theory.harmony import parse_chord_symbol
from melodyai_edu.theory.rhythm import strong_beats

if TYPE_CHECKING:
    from melodyai_edu.composition.form_plan import FormPlan

__all__ = ["MAX_LEAP", "HeldRhythm", "StyleChords", "StyleForm", "StyleRhythm", "compile_for_style"]

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


class StyleChords(Rule):
    """What sounds on a strong beat belongs to the chord there; nowhere is its seventh contradicted.

    Over a chord with the lowered seventh degree, as pop has it, there is no leading note.
    """

    name, layer, title = "style_chords", "melody", "the chords planned for it"

    def __init__(self, chords: Sequence[ChordSymbol], meter: Meter) -> None:
        """Take chords with onsets that count from the first whole bar [ticks]."""
        self.chords, self.strong = tuple(chords), strong_beats(meter)
        self.onsets = [chord.onset for chord in self.chords]
        self.classes = [frozenset(parse_chord_symbol(c.text).pitch_classes) for c in self.chords]

    @property
    def value(self) -> str:
        return ",".join(f"{chord.onset}:{chord.text}" for chord in self.chords)

    def key_of(self, slot: Slot) -> tuple[int, int | None] | None:
        """Give the chord's number and, off the strong beats, the one class that is not allowed."""
        if slot.bar < 0 or not self.chords:
            return None
        chord = max(bisect_right(self.onsets, slot.onset - slot.setting.pickup) - 1, 0)
        if slot.position in self.strong:
            return chord, None
        leading = (slot.setting.key_at(slot.bar).tonic_pitch_class - 1) % 12
        classes = self.classes[chord]
        is_lowered = (leading - 1) % 12 in classes and leading not in classes
        return (-1, leading) if is_lowered else None

    def allows(self, pitch: int, slot: Slot) -> bool:
        found = self.key_of(slot)
        if found is None:
            return True
        chord, leading = found
        return pitch % 12 != leading if leading is not None else pitch % 12 in self.classes[chord]


class HeldRhythm(Locked):
    """These bars keep their rhythm; what sounds may change."""

    name, title = "held_rhythm", "the rhythm that is kept"

    def of(self, score: Score) -> HeldRhythm:
        return HeldRhythm(self.value, super().of(score).events)

    def key_of(self, slot: Slot) -> None:
        return None

    def allows(self, pitch: int, slot: Slot) -> bool:
        return True


def _style_setting(style: Style, key: Key, meter: Meter, bars: int) -> Setting:
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
    chords: Sequence[ChordSymbol] = (),
    known: KnownRuns | None = None,
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
    chords : sequence of ChordSymbol, optional
        What will sound under it, counted from the first whole bar; strong beats keep to them where
        they can.
    known : KnownRuns, optional
        The tunes that rules ``no_copy=...`` mean.

    Returns
    -------
    automaton : Automaton

    Raises
    ------
    ParameterError
        If the rules cannot be kept, whatever the style gives up.
    """
    setting = _style_setting(style, key, meter, bars)
    wider = _wider(setting)
    tonic_pitch = style.tonic_pitch(key)
    wishes = _Wishes(style, form, plan, locked, rules)
    chord_rules = [(StyleChords(chords, meter),)] if chords else []
    for harmony in (*chord_rules, ()):
        for base in wishes.planned(harmony):
            try:
                automaton = compile_or_none(setting, rules, base, tonic_pitch=tonic_pitch)
            except ParameterError:  # returns of the plan that contradict those asked for
                continue
            if automaton is not None and _is_free(automaton, known):
                return automaton
        for is_wide, base in wishes.usual(harmony):
            here = wider if is_wide else setting
            automaton = compile_or_none(here, rules, base, tonic_pitch=tonic_pitch)
            if automaton is not None and _is_free(automaton, known):
                return automaton

    def can_keep(some: Sequence[Rule]) -> bool:
        automaton = compile_or_none(wider, some, tonic_pitch=tonic_pitch)
        return automaton is not None and _is_free(automaton, known)

    raise conflict_error(wider, rules, tonic_pitch=tonic_pitch, can_keep=can_keep)


def _is_free(automaton: Automaton, known: KnownRuns | None) -> bool:
    """Say whether some piece copies nothing too long."""
    if known is None or longest_copy(automaton.rules) is None:
        return True
    return find_watch(automaton, known) is not None


class _Wishes:
    """What a style and a plan ask for of themselves: each time a little less."""

    def __init__(
        self,
        style: Style,
        form: Form | None,
        plan: FormPlan | None,
        locked: Collection[int],
        rules: Sequence[Rule],
    ) -> None:
        self.again = () if form is None else (StyleForm(form),)
        self.rhythm, self.leap, self.end = StyleRhythm(style), MaxLeap(str(MAX_LEAP)), EndOnTonic()
        self.keys = () if plan is None else plan_keys(plan, locked)
        self.cadences = plan_cadences(plan, style.rhythm.cadences, locked) if plan else ()
        self.is_planned = plan is not None
        self.has_returns = any(rule.overrides("repeats") for rule in rules)

    def planned(self, harmony: tuple[Rule, ...]) -> list[tuple[Rule, ...]]:
        """List what to ask for of a plan."""
        if not self.is_planned:
            return []
        usual = (*harmony, self.rhythm, self.leap, self.end)
        wishes = [(*self.again, *self.keys, rule) for rule in self.cadences]
        wishes += [(*self.again, *self.keys), *((*self.keys, rule) for rule in self.cadences)]
        return [(*wish, *usual) for wish in (*wishes, self.keys)]

    def usual(self, harmony: tuple[Rule, ...]) -> list[tuple[bool, tuple[Rule, ...]]]:
        """List what to ask for of a style, and whether pitches around its own may be used."""
        again = () if self.is_planned and self.has_returns else self.again
        rhythm, leap, end = self.rhythm, self.leap, self.end
        near: list[tuple[Rule, ...]] = [
            (*again, *harmony, rhythm, leap, end),
            (*harmony, rhythm, leap, end),
            (*harmony, rhythm, leap),
        ]
        far: list[tuple[Rule, ...]] = [(*harmony, leap, end), (*harmony, leap), harmony]
        return [*((False, wish) for wish in near), *((True, wish) for wish in far)]


def _wider(setting: Setting) -> Setting:
    """Let a setting have every pitch around its own, and the usual lengths."""
    low, high = min(setting.pitches), max(setting.pitches)
    pitches = tuple(range(max(low - _WIDER, 0), min(high + _WIDER, 127) + 1))
    durations = tuple(sorted({*setting.durations, *Setting().durations}))
    return Setting(setting.key, setting.meter, setting.bars, pitches=pitches, durations=durations)
