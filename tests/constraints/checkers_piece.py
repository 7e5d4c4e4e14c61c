"""What the checkers look at: the notes, bars and beats of a music21 score.

Conventions
-----------
Written apart from the package, against music21 objects alone. Times are ticks, 24 a quarter.
Bars and beats count from 1; a pickup is bar 0. Places in a pickup count from where its bar line
would stand. A note is a sounding note: tied noteheads are joined.

Contents
--------
rule_parts, ticks, Beats, Sounding, Event, Bar, Piece, staves_of
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from music21 import note, stream
from music21.harmony import ChordSymbol

_SPEC = importlib.util.spec_from_file_location(
    "checkers_tonality", Path(__file__).with_name("checkers_tonality.py")
)
TONALITY = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(TONALITY)

WHOLE = 96  # ticks in a whole note
OFF_GRID = 99  # strength of a place that no division of the beat reaches


def rule_parts(rule: str) -> tuple[str, str]:
    """Split ``"max_leap=9"`` into name and value."""
    name, _, value = rule.partition("=")
    return name.strip(), value.strip()


def ticks(quarters: Any) -> int | Fraction:
    """Convert music21's quarter lengths to ticks; a fraction only off the grid."""
    exact = Fraction(quarters).limit_denominator(65535) * 24  # as finely as music21 counts
    return exact.numerator if exact.denominator == 1 else exact


class Beats:
    """Beats and metric strength of one meter, from their meaning (Gould 2011, pages 151-177)."""

    def __init__(self, text: str) -> None:
        text = {"C": "4/4", "C|": "2/2"}.get(text.strip(), text.replace(" ", ""))
        numbers, denominator = text.split("/")
        groups = [int(number) for number in numbers.split("+")]
        if len(groups) == 1:
            groups = self._usual(groups[0], int(denominator))
        self.ratio = f"{sum(groups)}/{denominator}"
        unit = WHOLE // int(denominator)
        self.groups = groups
        self.onsets = [sum(groups[:beat]) * unit for beat in range(len(groups))]
        self.bar = sum(groups) * unit
        even = len(groups) >= 4 and len(groups) % 2 == 0 and len(set(groups)) == 1
        self.middle = self.bar // 2 if even else None
        self.strong = [0] if self.middle is None else [0, self.middle]
        self.strengths = [self._strength(place) for place in range(self.bar)]

    @staticmethod
    def _usual(count: int, denominator: int) -> list[int]:
        if denominator >= 8 and count % 3 == 0 and count > 3:
            return [3] * (count // 3)
        if denominator >= 8 and count > 4 and count % 2:
            return [3, 2] if count == 5 else [2] * (count // 2 - 1) + [3]
        return [1] * count

    def _strength(self, place: int) -> int:
        """Give 0 on the bar line and more on every weaker place."""
        if place == 0 or place in self.onsets:
            return 0 if place == 0 else 1 if place == self.middle else 2
        beat = max(n for n, onset in enumerate(self.onsets) if onset < place)
        ends = [*self.onsets[1:], self.bar]
        span = Fraction(ends[beat] - self.onsets[beat])
        inside, level = place - self.onsets[beat], 3
        span /= 3 if self.groups[beat] == 3 else 2
        while inside % span:
            span, level = span / 2, level + 1
            if span < 1:
                return OFF_GRID
        return level

    def beat(self, place: Any) -> str:
        """Name a place in the bar by its beat, from 1: ``"2"``, ``"2.5"``."""
        number = max((n for n, onset in enumerate(self.onsets) if onset <= place), default=0)
        ends = [*self.onsets[1:], self.bar]
        width = ends[number] - self.onsets[number]
        return f"{number + 1 + float(place - self.onsets[number]) / width:.4g}"


@cache
def beats_of(text: str) -> Beats:
    """Give the beats of a meter; the same object each time."""
    return Beats(text)


class Sounding(NamedTuple):
    """One note, ties joined; times in ticks."""

    onset: Any
    duration: Any
    midi: int
    name: str
    velocity: int | None
    bar: int
    place: Any

    @property
    def end(self) -> Any:
        """Where it stops."""
        return self.onset + self.duration


class Event(NamedTuple):
    """One written note, rest or chord of a bar."""

    place: Any
    duration: Any
    is_rest: bool
    is_tied_back: bool
    pitches: tuple[Any, ...]
    velocity: int | None


class Bar(NamedTuple):
    """One bar: ``number`` from 1 (0 the pickup), its onset and how it is filled.

    ``staves`` is what is written, staff by staff; ``events`` puts it on one line.
    """

    number: int
    onset: Any
    shift: Any  # where its first event stands in a whole bar; 0 but in a pickup
    staves: list[list[Event]]
    events: list[Event]
    notes: list[Sounding]


class Piece:
    """One part of a score as the checkers see it."""

    def __init__(self, staves: Sequence[Any], *, key: str, meter: str, bars: int) -> None:
        self.key, self.meter, self.bar_count = key, meter, bars
        self.beats = beats_of(meter)
        self.other_keys: dict[int, str] = {}  # bars that a rule puts into another key
        self.training: Any = None
        self.original: Any = None
        self.bars: list[Bar] = []
        columns = [staff.getElementsByClass(stream.Measure) for staff in staves]
        for measures in zip(*columns, strict=True):
            self._add(measures)
        self.notes = [one for bar in self.bars for one in bar.notes]
        times = staves[0].recurse().getElementsByClass("TimeSignature")
        self.times = [f"{one.numerator}/{one.denominator}" for one in times]

    def _add(self, measures: Sequence[stream.Measure]) -> None:
        first = measures[0]
        number = len([bar for bar in self.bars if bar.number]) + 1
        number = 0 if first.number == 0 and not self.bars else number
        staves = [_events(measure) for measure in measures]
        end = max((one.place + one.duration for staff in staves for one in staff), default=0)
        shift = 0 if number else self.beats.bar - end
        events = staves[0] if len(staves) == 1 else _on_one_line(staves, end)
        bar = Bar(number, ticks(first.offset), shift, staves, events, [])
        self.bars.append(bar)
        for one in events:
            self._sound(bar, one)

    def _sound(self, bar: Bar, event: Event) -> None:
        for one in event.pitches:
            onset = bar.onset + event.place
            holder = next((b for b in reversed(self.bars) if b.notes), None)
            last = holder.notes[-1] if holder else None
            if event.is_tied_back and last and last.end == onset and last.midi == one.midi:
                longer = last._replace(duration=last.duration + event.duration)
                holder.notes[-1] = longer
                continue
            place = event.place + bar.shift
            name, velocity = f"{one.name.replace('-', 'b')}{one.octave}", event.velocity
            bar.notes.append(
                Sounding(onset, event.duration, one.midi, name, velocity, bar.number, place)
            )

    @property
    def whole_bars(self) -> list[Bar]:
        """The bars without the pickup."""
        return [bar for bar in self.bars if bar.number]

    @cached_property
    def end(self) -> Any:
        """Where the last bar ends, were it whole [ticks]."""
        return self.bars[-1].onset + self.beats.bar if self.bars else 0

    def bar(self, number: int) -> Bar | None:
        """Give a bar by its number for people; ``None`` beyond the piece."""
        return next((bar for bar in self.bars if bar.number == number), None)

    def key_at(self, one: Any) -> str:
        """Give the key of the bar in which a note begins."""
        return self.other_keys.get(one.bar, self.key)

    def fifths(self, text: str) -> int:
        """Give the sharps of a key's signature; flats count down."""
        return TONALITY.key_of(text).sharps

    def key_classes(self, text: str = "") -> tuple[int, ...]:
        """Give the pitch classes of a key's scale by degree; the piece's key when left out."""
        return TONALITY.key_classes(text or self.key)

    def is_mode(self, *modes: str, text: str = "") -> bool:
        """Whether a key (the piece's when left out) is in one of these modes."""
        return TONALITY.key_of(text or self.key).mode in modes

    def scale_classes(self, text: str, key: str = "") -> tuple[int, ...]:
        """Give the pitch classes of a scale; one without tonic stands on the key's."""
        return TONALITY.scale_classes(text, (key or self.key).split()[0])

    def chord(self, figure: str, key: str = "") -> Any:
        """Give the chord that a Roman numeral in the key, or a chord symbol, names."""
        return TONALITY.chord_of(figure, key or self.key)

    def at(self, one: Sounding) -> str:
        """Name where a note begins: ``"bar 3 beat 2"``."""
        return f"bar {one.bar} beat {self.beats.beat(one.place)}"

    def steps(self) -> Iterator[tuple[Sounding, Sounding]]:
        """Give every two successive notes."""
        return pairwise(self.notes)


def _event(one: note.GeneralNote) -> Event:
    place, duration = ticks(one.offset), ticks(one.quarterLength)
    if one.isRest:
        return Event(place, duration, True, False, (), None)
    back = one.tie is not None and one.tie.type in ("stop", "continue")
    pitches = one.pitches or (one.displayPitch(),)  # a drum has only a place on its staff
    velocity = one.volume.velocity if one.hasVolumeInformation() else None
    return Event(place, duration, False, back, pitches, velocity)


def _events(measure: stream.Measure) -> list[Event]:
    source = measure.flatten() if measure.hasVoices() else measure
    # A chord symbol above the staff is written, and not played.
    return [_event(one) for one in source.notesAndRests if not isinstance(one, ChordSymbol)]


def _on_one_line(staves: list[list[Event]], end: Any) -> list[Event]:
    """Join two staves that share a line: a rest is where neither sounds."""
    notes = sorted(
        (one for staff in staves for one in staff if not one.is_rest), key=lambda one: one.place
    )
    found, reached = [], 0
    for one in [*notes, Event(end, 0, True, False, (), None)]:
        if one.place > reached:
            found.append(Event(reached, one.place - reached, True, False, (), None))
        if not one.is_rest:
            found.append(one)
        reached = max(reached, one.place + one.duration)
    return found


def staves_of(score: Any) -> list[list[Any]]:
    """Give the parts of a score, each as its staves: a wide piano part is written on two."""
    if not isinstance(score, stream.Score):
        return [[score]]
    found: list[list[Any]] = []
    for part in score.parts:
        name = str(part.id).rpartition("-Staff")[0]
        is_next = isinstance(part, stream.PartStaff) and found
        if is_next and str(found[-1][0].id) == f"{name}-Staff1" != part.id:
            found[-1].append(part)
        else:
            found.append([part])
    return found
