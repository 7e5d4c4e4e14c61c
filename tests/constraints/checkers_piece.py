"""What the checkers look at: the notes, bars and beats of a music21 score.

Conventions
-----------
Written apart from the package, against music21 objects alone. Times are ticks, 24 a quarter.
Bars and beats count from 1; a pickup is bar 0. Places in a pickup count from where its bar line
would stand. A note is a sounding note: tied noteheads are joined.

Contents
--------
Beats, Sounding, Event, Bar, Piece, NamedChord, rule_parts, spans, ticks, length_of, pitch_named,
scale_classes, key_of, chord_of
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from music21 import harmony, key, note, pitch, roman, scale, stream

WHOLE = 96  # ticks in a whole note
OFF_GRID = 99  # strength of a place that no division of the beat reaches

#: Scales that music21 has no class for, as intervals over the tonic (Levine 1995, chapter 10).
_OTHER_SCALES = {
    "major pentatonic": ("P1", "M2", "M3", "P5", "M6"),
    "minor pentatonic": ("P1", "m3", "P4", "P5", "m7"),
    "blues": ("P1", "m3", "P4", "d5", "P5", "m7"),
}
_SCALES = {
    "major": scale.MajorScale,
    "ionian": scale.MajorScale,
    "minor": scale.MinorScale,
    "natural minor": scale.MinorScale,
    "aeolian": scale.MinorScale,
    "harmonic minor": scale.HarmonicMinorScale,
    "melodic minor": scale.MelodicMinorScale,
    "dorian": scale.DorianScale,
    "phrygian": scale.PhrygianScale,
    "lydian": scale.LydianScale,
    "mixolydian": scale.MixolydianScale,
    "locrian": scale.LocrianScale,
    "chromatic": scale.ChromaticScale,
}


def rule_parts(rule: str) -> tuple[str, str]:
    """Split ``"max_leap=9"`` into name and value."""
    name, _, value = rule.partition("=")
    return name.strip(), value.strip()


def ticks(quarters: Any) -> int | Fraction:
    """Convert music21's quarter lengths to ticks; a fraction only off the grid."""
    exact = Fraction(quarters) * 24
    return exact.numerator if exact.denominator == 1 else exact


def length_of(text: str) -> int | Fraction:
    """Read a note value such as ``"3/8"`` [ticks]."""
    exact = Fraction(text) * WHOLE
    return exact.numerator if exact.denominator == 1 else exact


def spans(text: str) -> list[tuple[int, int]]:
    """Read ``"1-4,9"`` as pairs of first and last bar."""
    found = [part.partition("-") for part in re.split(r"[,\s]+", text.strip())]
    return [(int(first), int(last or first)) for first, _, last in found]


def pitch_named(name: str) -> pitch.Pitch:
    """Give music21's pitch for ``"Bb3"``, which it writes ``"B-3"``."""
    return pitch.Pitch(name[0].upper() + name[1:].replace("b", "-"))


@cache
def scale_classes(text: str, tonic: str = "C") -> tuple[int, ...]:
    """Give the pitch classes of ``"D dorian"`` or, on ``tonic``, of ``"dorian"``, by degree."""
    text = " ".join(text.split())
    named = re.match(r"([A-Ga-g][#b]*)(?:\s+(.*))?$", text)
    if named and text.lower() not in (*_SCALES, *_OTHER_SCALES):
        tonic, text = named[1], named[2] or "major"
    root, name = pitch_named(tonic + "4"), text.lower()
    if name in _OTHER_SCALES:
        pitches = [root.transpose(step) for step in _OTHER_SCALES[name]]
    else:
        found = _SCALES[name](root)
        ascending = scale.Direction.ASCENDING
        pitches = found.getPitches(root, root.transpose("P8"), direction=ascending)[:-1]
    return tuple(one.pitchClass for one in pitches)


@cache
def key_of(text: str) -> key.Key:
    """Give music21's key for ``"Bb major"`` or ``"E dorian"``; a bare tonic is major."""
    tonic, _, mode = " ".join(text.split()).partition(" ")
    names = {"": "major", "ionian": "major", "aeolian": "minor", "natural minor": "minor"}
    mode = names.get(mode.lower(), mode.lower())
    return key.Key(pitch_named(tonic).name, mode)


class NamedChord(NamedTuple):
    """What a chord is made of; pitch classes 0-11."""

    figure: str
    classes: frozenset[int]
    root: int
    seventh: int | None
    bass: int | None
    degree: int | None


@cache
def chord_of(figure: str, key_text: str) -> NamedChord:
    """Give the chord that a Roman numeral or a chord symbol names in a key."""
    if re.match(r"[A-G]", figure):
        text = re.sub(r"(^|/)([A-G])b", r"\1\2-", figure)
        found = harmony.ChordSymbol(text)
        degree, bass = None, found.bass().pitchClass if "/" in figure else None
    else:
        text = figure.replace("°", "o").replace("ø", "/o")
        found = roman.RomanNumeral(text, key_of(key_text))
        degree = None if found.secondaryRomanNumeral else found.scaleDegree
        bass = found.bass().pitchClass if found.inversion() else None
    seventh = found.seventh.pitchClass if found.seventh else None
    classes = frozenset(found.pitchClasses)
    return NamedChord(figure, classes, found.root().pitchClass, seventh, bass, degree)


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
    """One bar: ``number`` from 1 (0 the pickup), its onset and how it is filled."""

    number: int
    onset: Any
    shift: Any  # where its first event stands in a whole bar; 0 but in a pickup
    events: list[Event]
    notes: list[Sounding]


class Piece:
    """One part of a score as the checkers see it."""

    def __init__(self, part: stream.Stream, *, key: str, meter: str, bars: int) -> None:
        self.key, self.meter, self.bar_count = key, meter, bars
        self.beats = Beats(meter)
        self.fifths = key_of(key).sharps
        self.other_keys: set[int] = set()  # bars that a rule puts into another key
        self.training: Any = None
        self.bars: list[Bar] = []
        for measure in part.getElementsByClass(stream.Measure):
            self._add(measure)
        self.notes = [one for bar in self.bars for one in bar.notes]
        times = part.recurse().getElementsByClass("TimeSignature")
        self.times = [f"{one.numerator}/{one.denominator}" for one in times]

    def _add(self, measure: stream.Measure) -> None:
        number = len([bar for bar in self.bars if bar.number]) + 1
        number = 0 if measure.number == 0 and not self.bars else number
        onset = ticks(measure.offset)
        source = measure.flatten() if measure.hasVoices() else measure
        events = [_event(one) for one in source.notesAndRests]
        end = max((one.place + one.duration for one in events), default=0)
        bar = Bar(number, onset, 0 if number else self.beats.bar - end, events, [])
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
            name, velocity = one.nameWithOctave.replace("-", "b"), event.velocity
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

    def key_classes(self, text: str = "") -> tuple[int, ...]:
        """Give the pitch classes of a key's scale by degree; the piece's key when left out."""
        return tuple(one.pitchClass for one in key_of(text or self.key).pitches[:7])

    def is_mode(self, *modes: str, text: str = "") -> bool:
        """Whether a key (the piece's when left out) is in one of these modes."""
        return key_of(text or self.key).mode in modes

    def scale_classes(self, text: str) -> tuple[int, ...]:
        """Give the pitch classes of a scale; one without tonic stands on the key's."""
        return scale_classes(text, self.key.split()[0])

    def chord(self, figure: str) -> NamedChord:
        """Give the chord that a Roman numeral in the key, or a chord symbol, names."""
        return chord_of(figure, self.key)

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
    return Event(place, duration, False, back, pitches, one.volume.velocity)
