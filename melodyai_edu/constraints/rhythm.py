"""Rules of rhythm: when notes begin and how long they last.

Conventions
-----------
That every bar is exactly filled, and that no note crosses a bar line, needs no rule: the grid of
the compiler knows nothing else. ``bars`` and ``pickup`` set up that grid.

Contents
--------
BarsFilled, Bars, Pickup, Durations, Longest, Shortest, NoRests, NoSyncopation, Density, FinalNote,
GivenRhythm, with_durations
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from melodyai_edu.constraints.rule import FORBIDDEN, Memory, Rule, Setting, Slot
from melodyai_edu.constraints.text import (
    as_text,
    read_duration,
    read_events,
    split_list,
    whole,
    write_duration,
    write_events,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.theory.rhythm import is_syncopated
from melodyai_edu.tokens.vocabulary import DURATIONS

__all__ = [
    "Bars",
    "BarsFilled",
    "Density",
    "Durations",
    "FinalNote",
    "GivenRhythm",
    "Longest",
    "NoRests",
    "NoSyncopation",
    "Pickup",
    "Shortest",
    "with_durations",
]


def with_durations(setting: Setting, durations: Iterable[int]) -> Setting:
    """Let a setting have more lengths [ticks]."""
    return replace(setting, durations=tuple(sorted({*setting.durations, *durations})))


class BarsFilled(Rule):
    """Every bar is exactly filled, and no note crosses a bar line (always so)."""

    name, layer, example = "bars_filled", "rhythm", "bars_filled"
    relax = "it cannot be left out"


class Bars(Rule):
    """The piece has exactly this many bars, a pickup not counted."""

    name, layer, example = "bars", "rhythm", "bars=16"
    relax = "another number of bars"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.bars = whole("bars", text, 1, 128)

    @property
    def value(self) -> str:
        return str(self.bars)

    def prepare(self, setting: Setting) -> Setting:
        return replace(setting, bars=self.bars)

    def holds_in(self, setting: Setting) -> bool:
        return setting.bars == self.bars


class Pickup(Rule):
    """The piece begins with an incomplete bar of this length."""

    name, layer, example = "pickup", "rhythm", "pickup=1/8"
    relax = "another length, or none"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.ticks = read_duration(text)

    @property
    def value(self) -> str:
        return write_duration(self.ticks)

    def prepare(self, setting: Setting) -> Setting:
        return replace(setting, pickup=self.ticks)

    def holds_in(self, setting: Setting) -> bool:
        return setting.pickup == self.ticks


class Durations(Rule):
    """Every note has one of these lengths."""

    name, layer, example = "durations", "rhythm", "durations=1/8,1/4,1/2"
    relax = "allow more lengths"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.durations = tuple(sorted({read_duration(word) for word in split_list(text)}))
        if not self.durations:
            raise ParameterError("durations='' must name note values: durations=1/8,1/4")

    @property
    def value(self) -> str:
        return ",".join(map(write_duration, self.durations))

    def prepare(self, setting: Setting) -> Setting:
        return with_durations(setting, self.durations)

    def allows_event(self, slot: Slot) -> bool:
        return slot.is_rest or slot.duration in self.durations


class NoRests(Rule):
    """Notes follow each other without a rest."""

    name, layer, example = "no_rests", "rhythm", "no_rests"

    def allows_event(self, slot: Slot) -> bool:
        return not slot.is_rest


class Longest(Rule):
    """No note is longer."""

    name, layer, example = "longest", "rhythm", "longest=1/2"
    relax = "allow longer notes"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.ticks = read_duration(text)

    @property
    def value(self) -> str:
        return write_duration(self.ticks)

    def allows_event(self, slot: Slot) -> bool:
        return slot.is_rest or slot.duration <= self.ticks


class Shortest(Longest):
    """No note is shorter."""

    name, layer, example = "shortest", "rhythm", "shortest=1/8"
    relax = "allow shorter notes"

    def allows_event(self, slot: Slot) -> bool:
        return slot.is_rest or slot.duration >= self.ticks


class NoSyncopation(Rule):
    """No note that begins on a weaker place sounds on through a stronger one."""

    name, layer, example = "no_syncopation", "rhythm", "no_syncopation"

    def allows_event(self, slot: Slot) -> bool:
        meter = slot.setting.meter
        return slot.is_rest or not is_syncopated(meter, slot.position, slot.duration)


class Density(Rule):
    """Every whole bar has from so many to so many notes."""

    name, layer, example = "density", "rhythm", "density=2-6"
    relax = "a wider span"
    start = 0

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        match = re.fullmatch(r"\s*(\d{1,2})\s*-\s*(\d{1,2})\s*", text)
        if match is None or int(match[1]) > int(match[2]):
            raise ParameterError(f"density={text!r} must be a span of notes a bar, such as 2-6")
        self.fewest, self.most = int(match[1]), int(match[2])

    @property
    def value(self) -> str:
        return f"{self.fewest}-{self.most}"

    def count(self, memory: Memory, slot: Slot) -> Memory:
        if slot.bar < 0:
            return 0
        assert isinstance(memory, int)  # count remembers the notes of this bar
        notes = memory + (not slot.is_rest)
        if notes > self.most or (slot.ends_bar and notes < self.fewest):
            return FORBIDDEN
        return 0 if slot.ends_bar else notes


class FinalNote(Rule):
    """The last note lasts at least so many beats and ends with the piece."""

    name, layer, example = "final_note", "rhythm", "final_note=2"
    relax = "a shorter last note"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        try:
            self.beats = float(text)
        except ValueError:
            self.beats = 0.0
        if not 0 < self.beats <= 64:
            raise ParameterError(f"final_note={text!r} must be a number of beats, such as 2 or 1.5")

    @property
    def value(self) -> str:
        return f"{self.beats:g}"

    def allows_event(self, slot: Slot) -> bool:
        if not slot.ends_piece:
            return True
        meter = slot.setting.meter
        beat = meter.bar_duration / len(meter.groups)
        return not slot.is_rest and slot.duration >= self.beats * beat

    def obstacle(self, setting: Setting) -> str:
        meter = setting.meter
        beat = meter.bar_duration / len(meter.groups)
        fitting = max(duration for duration in DURATIONS if duration <= meter.bar_duration)
        if self.beats * beat <= fitting:
            return ""
        return (
            f"the longest single note in a bar of {meter.name} is {write_duration(fitting)}, "
            f"{fitting / beat:.2g} beats"
        )


class GivenRhythm(Rule):
    """A bar, or every bar, has exactly these note values and rests."""

    name, layer, example = "rhythm", "rhythm", "rhythm=3: 1/4 1/8 1/8 r1/4 1/4"
    relax = "give another rhythm, or fewer bars"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        where, colon, values = text.partition(":")
        if not colon:
            raise ParameterError(f"rhythm={text!r} must name a bar and its values, 3: 1/4 1/8 1/8")
        is_all = where.strip() == "all"
        self.bar = None if is_all else whole("rhythm's bar", where.strip(), 1, 128) - 1
        self.events = read_events(values, has_pitches=False)
        self._known = {(e.position, e.duration, e.pitch is None) for e in self.events}

    @property
    def named_bars(self) -> tuple[int, ...]:
        return () if self.bar is None else (self.bar,)

    def prepare(self, setting: Setting) -> Setting:
        return with_durations(setting, [event.duration for event in self.events])

    def obstacle(self, setting: Setting) -> str:
        filled, bar = sum(event.duration for event in self.events), setting.meter.bar_duration
        if filled == bar:
            return ""
        return f"its values last {write_duration(filled)}, a bar {write_duration(bar)}"

    @property
    def value(self) -> str:
        where = "all" if self.bar is None else self.bar + 1
        return f"{where}: {write_events(self.events, has_pitches=False)}"

    def allows_event(self, slot: Slot) -> bool:
        if slot.bar < 0 or self.bar not in (None, slot.bar):
            return True
        last = self.events[-1]
        if last.position + last.duration != slot.setting.meter.bar_duration:
            return False  # too much or too little for a bar
        return (slot.position, slot.duration, slot.is_rest) in self._known
