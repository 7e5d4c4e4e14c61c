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

from collections.abc import Sequence

from melodyai_edu.composition.form import Form
from melodyai_edu.composition.hearing import PITCHES, TONIC
from melodyai_edu.composition.style import Style
from melodyai_edu.constraints import Automaton, Rule, Setting, Slot
from melodyai_edu.constraints.compile import compile_or_none, conflict_error
from melodyai_edu.constraints.melody import EndOnTonic, MaxLeap
from melodyai_edu.constraints.rule import Repeat
from melodyai_edu.decoding.copies import find_watch, longest_copy
from melodyai_edu.decoding.witness import KnownRuns
from melodyai_edu.score import Key, Meter

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
        The style's; None where the rules have their own.
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
    setting = style_setting(style, key, meter, bars)
    wider = _wider(setting)
    rhythm, leap, end = StyleRhythm(style), MaxLeap(str(MAX_LEAP)), EndOnTonic()
    again = [] if form is None else [StyleForm(form)]
    tonic_pitch = style.tonic_pitch(key)
    for here, base in (
        (setting, (*again, rhythm, leap, end)),
        (setting, (rhythm, leap, end)),
        (setting, (rhythm, leap)),
        (wider, (leap, end)),
        (wider, (leap,)),
        (wider, ()),
    ):
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


def _wider(setting: Setting) -> Setting:
    """Let a setting have every pitch around its own, and the usual lengths."""
    low, high = min(setting.pitches), max(setting.pitches)
    pitches = tuple(range(max(low - _WIDER, 0), min(high + _WIDER, 127) + 1))
    durations = tuple(sorted({*setting.durations, *Setting().durations}))
    return Setting(setting.key, setting.meter, setting.bars, pitches=pitches, durations=durations)
