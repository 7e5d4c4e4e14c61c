"""The chords of a piece before it has a melody.

Conventions
-----------
Onsets count from the first whole bar. Bars that come again have the chords that they had, moved
where they come again higher or lower; sections with a key of their own are planned in it. Chords
that a rule ``chord_tones=...`` names are kept as they are.

Contents
--------
plan_harmony, returns_of, moved_chord
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from melodyai_edu.composition.chord_plan import plan_chords
from melodyai_edu.composition.form import Form
from melodyai_edu.composition.form_plan import FormPlan
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.constraints import Rule, Setting
from melodyai_edu.constraints.phrase import ChordTones
from melodyai_edu.constraints.structure import SectionKey
from melodyai_edu.score import ChordSymbol, Key, Meter
from melodyai_edu.score.pitch import pitch_class_of
from melodyai_edu.theory.harmony import parse_chord
from melodyai_edu.theory.naming import find_chord

__all__ = ["moved_chord", "plan_harmony", "returns_of"]


def plan_harmony(
    request: CompositionRequest,
    rules: Sequence[Rule],
    form: Form,
    plan: FormPlan | None,
    random: np.random.Generator,
) -> tuple[ChordSymbol, ...]:
    """Plan the chords of a piece.

    Parameters
    ----------
    request : CompositionRequest
        Resolved.
    rules : sequence of Rule
        Their chords, keys and repeats come first.
    form : Form
        Which bars come again, where no rule says so.
    plan : FormPlan or None
        Where phrases close.
    random : np.random.Generator

    Returns
    -------
    chords : tuple of ChordSymbol
        Onsets count from the first whole bar [ticks].
    """
    meter, bars = Meter.parse(str(request.meter)), request.bars
    home, keys = Key.parse(str(request.key)), _keys(request, rules, plan)
    returns = returns_of(request, rules, form)
    named = _named(rules, keys, meter)
    if named:
        return named
    found: list[ChordSymbol] = []
    cadences = plan.cadences if plan else ((bars - 1, "full"),)
    for key, group in groupby(range(bars), key=lambda bar: keys[bar]):
        span = list(group)
        first, last = span[0], span[-1]
        inside = tuple(
            bar - first if returns[bar][0] < first or returns[bar][1] else returns[bar][0] - first
            for bar in span
        )
        chords = plan_chords(
            key,
            meter,
            len(span),
            random,
            genre=request.genre,
            style=str(request.harmony),
            repeats=inside,
            cadences=tuple((bar - first, kind) for bar, kind in cadences if first <= bar <= last),
        )
        start = first * meter.bar_duration
        found += [ChordSymbol(start + chord.onset, chord.symbol) for chord in chords]
    arrivals = {bar for bar, kind in cadences if kind == "full"} | {bars - 1}
    found = _arriving(found, arrivals, meter)
    return _with_returns(found, returns, keys, meter, home)


def _arriving(
    chords: Sequence[ChordSymbol], bars: Collection[int], meter: Meter
) -> list[ChordSymbol]:
    """Let the last chord of these bars sound from their bar line: there the melody may rest."""
    last = {}
    for chord in chords:
        if chord.onset // meter.bar_duration in bars:
            last[chord.onset // meter.bar_duration] = chord
    kept = [chord for chord in chords if chord.onset // meter.bar_duration not in last]
    moved = [replace(chord, onset=bar * meter.bar_duration) for bar, chord in last.items()]
    return sorted((*kept, *moved))


def returns_of(
    request: CompositionRequest, rules: Sequence[Rule], form: Form
) -> tuple[tuple[int, int], ...]:
    """Say which bar each bar brings again, and how much higher [semitones].

    Parameters
    ----------
    request : CompositionRequest
        Resolved.
    rules : sequence of Rule
    form : Form

    Returns
    -------
    returns : tuple of (int, int)
        Of a bar that brings none its own number and 0.
    """
    found = {bar: (original, 0) for bar, original in enumerate(form.bars)}
    if any(rule.overrides("repeats") for rule in rules):
        found = {}
        setting = Setting(meter=Meter.parse(str(request.meter)), bars=request.bars)
        for rule in rules:
            for repeat in rule.repeats(setting):
                if not repeat.is_first_only and repeat.bar not in found:
                    found[repeat.bar] = repeat.original, repeat.semitones
    bars = []
    for bar in range(request.bars):
        original, semitones = found.get(bar, (bar, 0))
        while original != found.get(original, (original, 0))[0]:
            original, more = found[original]
            semitones += more
        bars.append((original, semitones))
    return tuple(bars)


def _keys(
    request: CompositionRequest, rules: Sequence[Rule], plan: FormPlan | None
) -> tuple[Key, ...]:
    """Give the key of each bar."""
    home = Key.parse(str(request.key))
    keys = [(plan.section(bar).key if plan else None) or home for bar in range(request.bars)]
    for rule in rules:
        if isinstance(rule, SectionKey):
            for bar in rule.bars:
                if bar < request.bars:
                    keys[bar] = rule.key
    return tuple(keys)


def _named(rules: Sequence[Rule], keys: Sequence[Key], meter: Meter) -> tuple[ChordSymbol, ...]:
    """Give the chords that a rule names, one a bar."""
    for rule in rules:
        if isinstance(rule, ChordTones):
            names = [rule.chords[bar % len(rule.chords)] for bar in range(len(keys))]
            return tuple(
                ChordSymbol(bar * meter.bar_duration, _symbol(name, key))
                for bar, (name, key) in enumerate(zip(names, keys, strict=True))
            )
    return ()


def _symbol(name: str, key: Key) -> str:
    """Write a chord, perhaps a Roman numeral, as a symbol."""
    harmony = parse_chord(name, key)
    if harmony.name[0] in "ABCDEFG":
        return harmony.name
    above = sorted((pitch_class - harmony.bass) % 12 for pitch_class in harmony.pitch_classes)
    found = find_chord([48 + harmony.bass + interval for interval in above], key)
    return found.name if found else key.spell(harmony.root)


def moved_chord(symbol: ChordSymbol, onset: int, semitones: int, key: Key) -> ChordSymbol:
    """Give a chord elsewhere, moved up or down.

    Parameters
    ----------
    symbol : ChordSymbol
    onset : int [ticks]
    semitones : int [semitones]
    key : Key
        To spell in.

    Returns
    -------
    symbol : ChordSymbol

    Examples
    --------
    >>> moved_chord(ChordSymbol(0, "Am7/G"), 96, 2, Key("G")).text
    'Bm7/A'
    """
    if not semitones:
        return replace(symbol, onset=onset)

    def moved(name: str) -> str:
        return key.spell((pitch_class_of(name) + semitones) % 12)

    bass = "" if symbol.bass == symbol.root else f"/{moved(symbol.bass)}"
    return ChordSymbol(onset, f"{moved(symbol.root)}{symbol.kind}{bass}")


def _with_returns(
    chords: Sequence[ChordSymbol],
    returns: Sequence[tuple[int, int]],
    keys: Sequence[Key],
    meter: Meter,
    home: Key,
) -> tuple[ChordSymbol, ...]:
    """Let each bar that comes again have the chords that it had."""
    bar_duration = meter.bar_duration
    by_bar: list[list[ChordSymbol]] = [[] for _ in returns]
    sounding = ChordSymbol(0, home.tonic)
    for bar, own in enumerate(by_bar):
        inside = [c for c in chords if bar * bar_duration <= c.onset < (bar + 1) * bar_duration]
        if not inside or inside[0].onset > bar * bar_duration:
            own.append(replace(sounding, onset=bar * bar_duration))
        own += inside
        original, semitones = returns[bar]
        if original < bar:
            shift = (bar - original) * bar_duration
            by_bar[bar] = [
                moved_chord(c, c.onset + shift, semitones, keys[bar]) for c in by_bar[original]
            ]
        sounding = by_bar[bar][-1]
    return _changes(chord for bar in by_bar for chord in bar)


def _changes(chords: Iterable[ChordSymbol]) -> tuple[ChordSymbol, ...]:
    """Leave out what only says again what sounds."""
    found: list[ChordSymbol] = []
    for chord in chords:
        if not found or found[-1].text != chord.text:
            found.append(chord)
    return tuple(found)
