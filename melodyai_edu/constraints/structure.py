"""Rules of structure: which bars repeat which, which have a key of their own, which are locked.

Conventions
-----------
A repeated bar is drawn once and played again. Bars count from 1 in text and from 0 in code.

Contents
--------
FormRule, SameBars, SectionKey, Locked, bar_events, is_repeat
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from melodyai_edu.constraints.melody import key_pitch_classes
from melodyai_edu.constraints.phrase import with_pitches
from melodyai_edu.constraints.rhythm import with_durations
from melodyai_edu.constraints.rule import FixedEvent, Repeat, Rule, Setting, Slot
from melodyai_edu.constraints.text import as_text, read_bars, write_bars
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Score
from melodyai_edu.score.notation import split_duration

__all__ = ["FormRule", "Locked", "SameBars", "SectionKey", "bar_events", "is_repeat"]


class FormRule(Rule):
    """Equal letters are equal sections; a letter with ' has the first note of each bar only."""

    name, layer, example = "form", "structure", "form=AABA"
    relax = "another form, or a number of bars that its letters divide"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.sections = tuple(re.findall(r"[A-Z]'?", text))
        if not self.sections or "".join(self.sections) != text.replace(" ", ""):
            raise ParameterError(f"form={text!r} must be capital letters, such as AABA or ABA'")

    @property
    def value(self) -> str:
        return "".join(self.sections)

    def repeats(self, setting: Setting) -> tuple[Repeat, ...]:
        length, left = divmod(setting.bars, len(self.sections))
        if left:
            raise ParameterError(
                f"form={self.value!r} has {len(self.sections)} sections of equal length: bars="
                f"{setting.bars} must be a multiple of {len(self.sections)}"
            )
        found: list[Repeat] = []
        for number, section in enumerate(self.sections):
            first = next(n for n, other in enumerate(self.sections) if other[0] == section[0])
            same = self.sections.index(section)
            original = same if same < number else first
            if original < number:
                found += [
                    Repeat(number * length + bar, original * length + bar, 0, same == number)
                    for bar in range(length)
                ]
        return tuple(found)


class SameBars(Rule):
    """These bars repeat earlier ones: exactly, transposed, or their first notes only."""

    name, layer, example = "same_bars", "structure", "same_bars=5-8 1-4 transposed 2"
    relax = "first instead of exact, or fewer bars"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        match = re.fullmatch(
            r"\s*([\d,-]+)\s+([\d,-]+)(?:\s+(exact|first|transposed\s+-?\d{1,2}))?\s*", text
        )
        if match is None:
            raise ParameterError(
                f"same_bars={text!r} must be bars, earlier bars, and how: 5-8 1-4 transposed 2"
            )
        self.bars, self.originals = read_bars(match[1]), read_bars(match[2])
        self.how = " ".join((match[3] or "exact").split())
        if len(self.bars) != len(self.originals) or any(
            bar <= original for bar, original in zip(self.bars, self.originals, strict=True)
        ):
            raise ParameterError(
                f"same_bars={text!r} must name as many later bars as earlier ones, later ones first"
            )

    @property
    def value(self) -> str:
        how = "" if self.how == "exact" else f" {self.how}"
        return f"{write_bars(self.bars)} {write_bars(self.originals)}{how}"

    def repeats(self, setting: Setting) -> tuple[Repeat, ...]:
        if max(self.bars) >= setting.bars:
            raise ParameterError(f"{self}: the piece has {setting.bars} bars")
        semitones = int(self.how.split()[1]) if self.how.startswith("transposed") else 0
        return tuple(
            Repeat(bar, original, semitones, self.how == "first")
            for bar, original in zip(self.bars, self.originals, strict=True)
        )


class SectionKey(Rule):
    """These bars have a key of their own."""

    name, layer, example = "section_key", "structure", "section_key=9-16 A major"
    relax = "another key, or fewer bars"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        bars, _, key = text.strip().partition(" ")
        self.bars, self.key = read_bars(bars), Key.parse(key)

    @property
    def value(self) -> str:
        return f"{write_bars(self.bars)} {self.key.name}"

    @property
    def named_bars(self) -> tuple[int, ...]:
        return self.bars

    def prepare(self, setting: Setting) -> Setting:
        keys = tuple((bar, self.key) for bar in self.bars)
        # A key may need pitches that the piece's own key and style do not.
        wanted = key_pitch_classes(self.key)
        low, high = min(setting.pitches), max(setting.pitches)
        more = {pitch for pitch in range(low, high + 1) if pitch % 12 in wanted}
        pitches = tuple(sorted({*setting.pitches, *more}))
        return replace(setting, section_keys=(*setting.section_keys, *keys), pitches=pitches)

    def holds_in(self, setting: Setting) -> bool:
        return all(setting.key_at(bar) == self.key for bar in self.bars)

    def key_of(self, slot: Slot) -> bool:
        return slot.bar in self.bars

    def allows(self, pitch: int, slot: Slot) -> bool:
        return slot.bar not in self.bars or pitch % 12 in key_pitch_classes(self.key)


class Locked(Rule):
    """These bars of a piece stay as they are, note for note; 0 is a pickup."""

    name, layer, example = "locked", "structure", "locked=1-4,9-16"
    relax = "lock fewer bars"

    def __init__(self, text: str, events: Mapping[int, Sequence[FixedEvent]] | None = None) -> None:
        text = as_text(self, text)
        self.bars = read_bars(text, 0)
        self.events = {bar: tuple(events[bar]) for bar in self.bars} if events else {}
        self.known = {(bar, e.position): e for bar in self.events for e in self.events[bar]}

    @property
    def value(self) -> str:
        return write_bars(self.bars)

    def of(self, score: Score) -> Locked:
        """Lock the bars of this score [one part, one note at a time]."""
        events = _cut_at_bar_lines(score)
        missing = [bar for bar in self.bars if bar not in events]
        if missing:
            has = f"{max(events) + 1} bars" if missing[0] >= 0 else "no pickup"
            raise ParameterError(f"{self}: the piece has {has}")
        return Locked(self.value, events)

    def prepare(self, setting: Setting) -> Setting:
        if not self.events:
            raise ParameterError(
                f"{self} must know the piece: give it as of=piece (on the command line: "
                f"--of FILE, or --regenerate)"
            )
        if -1 in self.events:
            pickup = sum(event.duration for event in self.events[-1])
            setting = replace(setting, pickup=pickup)
        setting = with_durations(setting, [event.duration for event in self.known.values()])
        return with_pitches(setting, self.known.values())

    def allows_event(self, slot: Slot) -> bool:
        if slot.bar not in self.events:
            return True
        event = self.known.get((slot.bar, slot.position))
        return event is not None and (event.duration, event.pitch is None) == (
            slot.duration,
            slot.is_rest,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Locked) and self.known == other.known and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((str(self), tuple(self.known.items())))

    def key_of(self, slot: Slot) -> tuple[int, int] | None:
        return (slot.bar, slot.position) if slot.bar in self.events else None

    def allows(self, pitch: int, slot: Slot) -> bool:
        event = self.known.get((slot.bar, slot.position))
        return slot.bar not in self.events or (event is not None and event.pitch == pitch)


def is_repeat(repeat: Repeat, bars: Sequence[Sequence[FixedEvent]]) -> bool:
    """Say whether a bar is what a repeat makes it.

    Parameters
    ----------
    repeat : Repeat
    bars : sequence of sequences of FixedEvent
        As `bar_events` gives them.

    Examples
    --------
    >>> c, d = (FixedEvent(0, 96, pitch) for pitch in (60, 62))
    >>> is_repeat(Repeat(1, 0, semitones=2), [[c], [d]]), is_repeat(Repeat(1, 0), [[c], [d]])
    (True, False)
    """
    first, second = (
        [(event.position, event.duration, event.pitch) for event in bars[bar]]
        for bar in (repeat.original, repeat.bar)
    )
    moved = [(p, d, None if pitch is None else pitch + repeat.semitones) for p, d, pitch in first]
    if repeat.is_first_only:
        return [pitch for *_, pitch in moved[:1]] == [pitch for *_, pitch in second[:1]]
    return moved == second


def bar_events(score: Score) -> tuple[tuple[FixedEvent, ...], ...]:
    """Cut the one voice of a score at its bar lines.

    Parameters
    ----------
    score : Score
        Of one part; the pickup is left out.

    Returns
    -------
    bars : tuple of tuples of FixedEvent

    Raises
    ------
    ParameterError
        If a note crosses a bar line, or two sound together.
    """
    bars = _cut_at_bar_lines(score)
    return tuple(bars[bar] for bar in sorted(bars) if bar >= 0)


def _cut_at_bar_lines(score: Score) -> dict[int, tuple[FixedEvent, ...]]:
    """Give the events of each bar; those of a pickup stand in bar -1, at the end of it."""
    onsets = [onset for onset in score.bar_onsets() if onset >= score.pickup]
    first_bar = -1 if score.pickup else 0
    bars: dict[int, list[FixedEvent]] = {bar: [] for bar in range(first_bar, len(onsets))}
    bar_duration = score.meter.bar_duration
    for event in score.parts[0].melody(score.duration).events():
        first, last = event.onset, event.end
        bar, position = divmod(first - score.pickup, bar_duration)
        pitch = getattr(event, "pitch", None)
        if pitch is not None and position + last - first > bar_duration:
            raise ParameterError(
                f"the note in bar {bar + 1} crosses the bar line: only bars whose notes end with "
                f"them can be locked"
            )
        while first < last:  # a rest may be longer than its bar
            end = min(last, score.pickup + (bar + 1) * bar_duration)
            for duration in [end - first] if pitch is not None else split_duration(end - first):
                position = first - score.pickup - bar * bar_duration
                bars[bar].append(FixedEvent(position, duration, pitch))
                first += duration
            bar += 1
    return {bar: tuple(events) for bar, events in bars.items()}
