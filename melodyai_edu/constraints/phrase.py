"""Rules of melody, second half: cadences, climax, contour, chords, motifs and fixed notes.

Conventions
-----------
As in `melodyai_edu.constraints.melody`. Bars count from 1 in text and from 0 in code.

Contents
--------
Cadence, OneClimax, ChordTones, Contour, Motif, Fixed, NoCopy, with_pitches
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from melodyai_edu.constraints.rhythm import with_durations
from melodyai_edu.constraints.rule import FORBIDDEN, FixedEvent, Memory, Rule, Setting, Slot
from melodyai_edu.constraints.text import (
    as_text,
    read_events,
    split_list,
    whole,
    write_duration,
    write_events,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key, Pitch
from melodyai_edu.theory.harmony import parse_chord
from melodyai_edu.theory.rhythm import strong_beats

__all__ = [
    "Cadence",
    "ChordTones",
    "Contour",
    "Fixed",
    "Motif",
    "NoCopy",
    "OneClimax",
    "with_pitches",
]


def _is_degree(pitch: int, degrees: tuple[int, ...], key: Key) -> bool:
    """Say whether a pitch is one of these degrees; a raised seventh counts as a seventh."""
    is_raised_seventh = (
        7 in degrees and SCALES[key.mode][2] == 3 and (pitch + 1) % 12 == key.tonic_pitch_class
    )
    return key.scale.degree(pitch) in degrees or is_raised_seventh


def _name(pitch: int) -> str:
    return Pitch(pitch, Key("C").spell(pitch)).name


class Cadence(Rule):
    """These bars end a phrase: full on degree 1 after 2, 5 or 7; half on degree 2, 5 or 7."""

    name, example = "cadence", "cadence=4 half, 8 full"
    relax = "another cadence, or another bar"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.bars: dict[int, str] = {}
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d{1,3})\s+(full|half)\s*", part)
            if match is None or int(match[1]) < 1:
                raise ParameterError(f"cadence={text!r} must name bars and kinds: 4 half, 8 full")
            self.bars[int(match[1]) - 1] = match[2]

    @property
    def value(self) -> str:
        return ", ".join(f"{bar + 1} {kind}" for bar, kind in self.bars.items())

    @property
    def named_bars(self) -> tuple[int, ...]:
        return tuple(self.bars)

    def allows_event(self, slot: Slot) -> bool:
        return not (slot.is_rest and slot.ends_bar and slot.bar in self.bars)

    def key_of(self, slot: Slot) -> tuple[str, Key] | None:
        if not slot.ends_bar or slot.bar not in self.bars:
            return None
        return self.bars[slot.bar], slot.setting.key_at(slot.bar)

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        kind, key = self.key_of(slot) or (None, slot.setting.key)
        if kind == "full":
            is_led = previous is not None and _is_degree(previous, (2, 5, 7), key)
            return is_led and _is_degree(pitch, (1,), key)
        return kind is None or _is_degree(pitch, (2, 5, 7), key)


class OneClimax(Rule):
    """The highest pitch of the piece sounds exactly once."""

    name, example = "one_climax", "one_climax"
    looks_at = ("shifts",)
    hears_previous = False
    hears_once = True
    start = (0, True)

    def step(self, memory: Memory, previous: int | None, pitch: int, slot: Slot) -> Memory:
        assert isinstance(memory, tuple)  # the highest pitch so far, and whether it was heard once
        highest, is_once = memory
        # A bar that is played again brings its notes again, perhaps higher.
        most = max(slot.shifts)
        if pitch + most > highest:
            return pitch + most, slot.shifts.count(most) == 1
        return (highest, False) if pitch + most == highest else (highest, is_once)

    def ends(self, memory: Memory, previous: int, setting: Setting) -> bool:
        assert isinstance(memory, tuple)
        return bool(memory[1])

    def describe(self, memory: Memory) -> str:
        assert isinstance(memory, tuple)
        highest, is_once = memory
        times = "once" if is_once else "more than once"
        return f"that {_name(highest)} is highest so far and sounds {times}"


class ChordTones(Rule):
    """Notes on strong beats belong to the chord of their bar."""

    name, example = "chord_tones", "chord_tones=I IV V7 I"
    relax = "other chords"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.chords = split_list(text)
        if not self.chords:
            raise ParameterError(f"chord_tones='' must name chords: {self.example}")
        for chord in self.chords:
            parse_chord(chord, Key("C"))

    @property
    def value(self) -> str:
        return " ".join(self.chords)

    def key_of(self, slot: Slot) -> tuple[str, Key] | None:
        if slot.bar < 0 or slot.position not in strong_beats(slot.setting.meter):
            return None
        return self.chords[slot.bar % len(self.chords)], slot.setting.key_at(slot.bar)

    def allows(self, pitch: int, slot: Slot) -> bool:
        asked = self.key_of(slot)
        return asked is None or pitch % 12 in parse_chord(*asked).pitch_classes


class Contour(Rule):
    """Every bar begins with a note, and these draw a line: rising, falling, arch or valley."""

    name, example = "contour", "contour=arch"
    hears_previous = False
    relax = "another contour; not with a form, for no line goes on through a repeat"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.kind = text.strip()
        if self.kind not in ("rising", "falling", "arch", "valley"):
            raise ParameterError(f"contour={text!r} must be one of: rising, falling, arch, valley")

    @property
    def value(self) -> str:
        return self.kind

    def key_of(self, slot: Slot) -> tuple[bool, bool]:
        return slot.begins_bar and slot.bar >= 0, self._is_rising(slot)

    def _is_rising(self, slot: Slot) -> bool:
        if self.kind in ("rising", "falling"):
            return self.kind == "rising"
        return (slot.bar < (slot.setting.bars + 1) // 2) == (self.kind == "arch")

    def allows_event(self, slot: Slot) -> bool:
        return not (slot.is_rest and slot.begins_bar and slot.bar >= 0)

    def step(self, memory: Memory, previous: int | None, pitch: int, slot: Slot) -> Memory:
        if not slot.begins_bar or slot.bar < 0:
            return memory
        if isinstance(memory, int):  # the pitch on the latest bar line
            is_wrong = pitch < memory if self._is_rising(slot) else pitch > memory
            return FORBIDDEN if is_wrong else pitch
        return pitch

    def is_calm(self, memory: Memory) -> bool:
        return False  # a line through all bars does not begin again

    def shifted(self, memory: Memory, semitones: int) -> Memory:
        return memory + semitones if isinstance(memory, int) else memory

    def describe(self, memory: Memory) -> str:
        assert isinstance(memory, int)
        return f"that the latest bar began on {_name(memory)}"


def with_pitches(setting: Setting, events: Iterable[FixedEvent]) -> Setting:
    """Let a setting have the pitches of these events."""
    pitches = {event.pitch for event in events if event.pitch is not None}
    return replace(setting, pitches=tuple(sorted({*setting.pitches, *pitches})))


class _Events(Rule):
    """A rule that knows some events beforehand."""

    events: tuple[FixedEvent, ...]
    bar: int

    @property
    def named_bars(self) -> tuple[int, ...]:
        return (self.bar,)

    def prepare(self, setting: Setting) -> Setting:
        return with_durations(setting, [event.duration for event in self.events])

    def key_of(self, slot: Slot) -> int | None:
        return self._event(slot)[0]

    def _event(self, slot: Slot) -> tuple[int | None, bool]:
        """Say which event must begin here, and whether the slot runs into one."""
        bar_duration = slot.setting.meter.bar_duration
        first = self._onset(slot.setting)
        onset = slot.bar * bar_duration + slot.position - first
        for number, event in enumerate(self.events):
            if onset == event.position:
                return number, False
            if onset < event.position < onset + slot.duration:
                return None, True
        return None, False

    def obstacle(self, setting: Setting) -> str:
        first, bar = self._onset(setting), setting.meter.bar_duration
        for event in self.events:
            onset = first + event.position
            if onset % bar + event.duration > bar:
                return f"its note of {write_duration(event.duration)} crosses a bar line"
        last = self.events[-1]
        is_over = first + last.position + last.duration > setting.bars * bar
        return "its notes run on behind the end of the piece" if is_over else ""

    def _onset(self, setting: Setting) -> int:
        """Where event positions count from, in ticks after bar 0."""
        raise NotImplementedError

    def allows_event(self, slot: Slot) -> bool:
        setting, last = slot.setting, self.events[-1]
        end = self._onset(setting) + last.position + last.duration
        if end > setting.bars * setting.meter.bar_duration:
            return False  # they run on behind the end of the piece
        number, is_in_the_way = self._event(slot)
        if number is None:
            return not is_in_the_way
        event = self.events[number]
        return slot.duration == event.duration and slot.is_rest == (event.pitch is None)


class Fixed(_Events):
    """These notes stand just there: bar and beat, then pitches and note values."""

    name, example = "fixed", "fixed=3.2: E4 1/4"
    relax = "fewer fixed notes, or another place"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        where, colon, notes = text.partition(":")
        match = re.fullmatch(r"\s*(\d{1,3})(?:\.(\d{1,2}))?\s*", where)
        if match is None or not colon or int(match[1]) < 1 or int(match[2] or 1) < 1:
            raise ParameterError(f"fixed={text!r} must be a bar and beat, then notes: 3.2: E4 1/4")
        self.bar, self.beat = int(match[1]) - 1, int(match[2] or 1) - 1
        self.events = read_events(notes)

    @property
    def value(self) -> str:
        return f"{self.bar + 1}.{self.beat + 1}: {write_events(self.events)}"

    def _onset(self, setting: Setting) -> int:
        onsets = setting.meter.beat_onsets
        if self.beat >= len(onsets):
            raise ParameterError(
                f"fixed={self.value!r} must name a beat that {setting.meter.name} has: 1 to "
                f"{len(onsets)}"
            )
        return self.bar * setting.meter.bar_duration + onsets[self.beat]

    def prepare(self, setting: Setting) -> Setting:
        return with_pitches(super().prepare(setting), self.events)

    def allows(self, pitch: int, slot: Slot) -> bool:
        number, _ = self._event(slot)
        return number is None or self.events[number].pitch == pitch


class Motif(_Events):
    """A bar begins with these notes: exact, transposed or inverted."""

    name, example = "motif", "motif=5 transposed: D4 1/8, E4 1/8, F4 1/4"
    relax = "another bar, or transposed instead of exact"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        where, colon, notes = text.partition(":")
        match = re.fullmatch(r"\s*(\d{1,3})(?:\s+(exact|transposed|inverted))?\s*", where)
        if match is None or not colon or int(match[1]) < 1:
            raise ParameterError(
                f"motif={text!r} must be a bar, how, and notes: 5 transposed: D4 1/8, E4 1/8"
            )
        self.bar, self.how = int(match[1]) - 1, match[2] or "exact"
        self.events = read_events(notes)
        self._turn = -1 if self.how == "inverted" else 1

    @property
    def value(self) -> str:
        how = "" if self.how == "exact" else f" {self.how}"
        return f"{self.bar + 1}{how}: {write_events(self.events)}"

    def prepare(self, setting: Setting) -> Setting:
        setting = super().prepare(setting)
        return with_pitches(setting, self.events) if self.how == "exact" else setting

    def _onset(self, setting: Setting) -> int:
        return self.bar * setting.meter.bar_duration

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        number, _ = self._event(slot)
        if number is None:
            return True
        wanted = self.events[number].pitch
        before = [e.pitch for e in self.events[:number] if e.pitch is not None]
        if wanted is None or (self.how != "exact" and not before):
            return True
        if self.how == "exact":
            return pitch == wanted
        return previous is not None and pitch - previous == self._turn * (wanted - before[-1])


class NoCopy(Rule):
    """No run of more than so many notes stands in the training tunes."""

    name, example = "no_copy", "no_copy=8"
    relax = "allow longer runs"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.notes = whole("no_copy", text, 3, 64)

    @property
    def value(self) -> str:
        return str(self.notes)
