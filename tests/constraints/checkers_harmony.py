"""Checkers of the rules of four-part harmony.

Conventions
-----------
Voices are soprano, alto, tenor and bass. A *slot* is a place with its own chord; a *moment* is
every place where some voice begins a note. Ranges, crossing, overlap and spacing are judged at
every moment; what happens between chords is judged from slot to slot.

Contents
--------
RULES, Harmony
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, NamedTuple

VOICES = ("soprano", "alto", "tenor", "bass")
#: Lowest and highest note of each voice [MIDI]: C4-A5, F3-D5, C3-A4, E2-D4.
RANGES = ((60, 81), (53, 74), (48, 69), (40, 62))
#: What is recognised where no chords are claimed.
FIGURES = (
    "I i ii iio iii III IV iv V v vi VI viio VII "
    "I7 i7 ii7 iio7 iii7 IV7 iv7 V7 vi7 VI7 viio7 vii/o7"
)


class Slot(NamedTuple):
    """One chord: its onset and end [ticks], its name or none, and the four pitches at its onset."""

    onset: Any
    end: Any
    chord: Any
    midi: tuple[int | None, ...]

    @property
    def classes(self) -> set[int]:
        """The pitch classes that sound."""
        return {midi % 12 for midi in self.midi if midi is not None}

    @property
    def has_root_in_bass(self) -> bool:
        """Whether the chord stands in root position."""
        return self.midi[3] is not None and self.midi[3] % 12 == self.chord.root


class Harmony:
    """Four voices with their slots."""

    def __init__(self, voices: Sequence[Any], chords: Sequence[tuple[Any, str]] | None) -> None:
        self.voices = list(voices)
        self.bars = self.voices[0].bars
        self.beats = self.voices[0].beats
        self.tonic = self.voices[0].key_classes()[0]
        self.end = self.voices[0].end
        self.has_claims = chords is not None
        self._onsets = [[one.onset for one in voice.notes] for voice in self.voices]
        self.moments = sorted({onset for voice in self._onsets for onset in voice})
        if chords is None:
            self.slots = self._slots([(onset, None) for onset in self.moments])
        else:
            named = [(Fraction(onset) * 24, self.voices[0].chord(text)) for onset, text in chords]
            self.slots = self._slots(sorted(named, key=lambda pair: pair[0]))

    def _slots(self, named: list[tuple[Any, Any]]) -> list[Slot]:
        ends = [*(onset for onset, _ in named[1:]), self.end][: len(named)]
        found = []
        for (onset, chord), end in zip(named, ends, strict=True):
            slot = Slot(onset, end, chord, self.sounding(onset))
            found.append(slot if self.has_claims else slot._replace(chord=self._named(slot)))
        return found

    def _named(self, slot: Slot) -> Any:
        chords = (self.voices[0].chord(figure) for figure in FIGURES.split())
        return next((chord for chord in chords if chord.classes == slot.classes), None)

    def beat_slots(self) -> list[Slot]:
        """Give a slot on every beat."""
        starts = [
            (bar.onset - bar.shift + beat, None)
            for bar in self.bars
            for beat in self.beats.onsets
            if beat >= bar.shift
        ]
        return self._slots(starts)

    def note_at(self, voice: int, onset: Any) -> Any:
        """Give the note that a voice sounds at a place, or none."""
        place = bisect_right(self._onsets[voice], onset) - 1
        note = self.voices[voice].notes[place] if place >= 0 else None
        return note if note is not None and note.end > onset else None

    def sounding(self, onset: Any) -> tuple[int | None, ...]:
        """Give the pitch of each voice at a place."""
        notes = [self.note_at(voice, onset) for voice in range(len(self.voices))]
        return tuple(note and note.midi for note in notes)

    def goes_to(self, voice: int, slot: Slot, after: Slot) -> set[int]:
        """Give how far a voice moves out of a slot: to its next pitch, and to the next slot's."""
        own = slot.midi[voice]
        later = [n.midi for n in self.voices[voice].notes if n.onset > slot.onset]
        moved = next((midi for midi in later if midi != own), own)
        return {midi - own for midi in (moved, after.midi[voice]) if midi is not None}

    def at(self, onset: Any) -> str:
        """Name a place: ``"bar 3 beat 2"``."""
        bar = next(bar for bar in reversed(self.bars) if bar.onset <= onset)
        return f"bar {bar.number} beat {self.beats.beat(onset - bar.onset + bar.shift)}"

    def claims(self) -> Iterator[str]:
        """Four voices of one note each in full bars, and only notes of the claimed chords.

        At a slot's onset all voices sound notes of the chord, inside it the lower three.
        """
        if len(self.voices) != 4:
            yield f"bar 1 beat 1: {len(self.voices)} parts"
        if self.has_claims and not self.slots:
            yield "bar 1 beat 1: no chord is claimed"
        for slot in self.slots if self.has_claims else ():
            if slot.classes - slot.chord.classes:
                yield f"{self.at(slot.onset)}: a voice sounds a note outside {slot.chord.figure}"
            if slot.chord.bass is not None and (slot.midi[3] or 0) % 12 != slot.chord.bass:
                yield f"{self.at(slot.onset)}: the bass is not that of {slot.chord.figure}"
            yield from self._inside(slot)

    def _inside(self, slot: Slot) -> Iterator[str]:
        for name, voice in zip(VOICES[1:], self.voices[1:], strict=False):
            for note in voice.notes:
                inside = slot.onset < note.onset < slot.end
                if inside and note.midi % 12 not in slot.chord.classes:
                    yield f"{self.at(note.onset)}: {name} {note.name} not in {slot.chord.figure}"


def voice_ranges(harmony: Harmony, value: str = "") -> Iterator[str]:
    """Every voice stays in its range."""
    for name, voice, (low, high) in zip(VOICES, harmony.voices, RANGES, strict=False):
        for note in voice.notes:
            if not low <= note.midi <= high:
                yield f"{voice.at(note)}: {name} {note.name} lies outside its range"


def _neighbours(midi: Sequence[int | None]) -> Iterator[tuple[int, int, int]]:
    """Give (number, pitch, pitch of the voice under it) where both sound."""
    for number, (upper, lower) in enumerate(pairwise(midi)):
        if upper is not None and lower is not None:
            yield number, upper, lower


def no_crossing(harmony: Harmony, value: str = "") -> Iterator[str]:
    """No voice lies above its upper neighbour, or moves past where a neighbour just was."""
    verticals = [harmony.sounding(moment) for moment in harmony.moments]
    for moment, midi in zip(harmony.moments, verticals, strict=True):
        for number, upper, lower in _neighbours(midi):
            if lower > upper:
                yield f"{harmony.at(moment)}: {VOICES[number + 1]} lies above {VOICES[number]}"
    for moment, (old, new) in zip(harmony.moments[1:], pairwise(verticals), strict=True):
        for one, other in _overlaps(old, new):
            yield f"{harmony.at(moment)}: {VOICES[one]} moves past where {VOICES[other]} was"


def _overlaps(old: Sequence[int | None], new: Sequence[int | None]) -> Iterator[tuple[int, int]]:
    """Give (voice that moves, neighbour whose old pitch it passes)."""
    for number in range(len(new) - 1):
        for one, other, sign in ((number + 1, number, 1), (number, number + 1, -1)):
            if None in (new[one], old[one], old[other]) or new[one] == old[one]:
                continue
            if (new[one] - old[other]) * sign > 0:
                yield one, other


def spacing(harmony: Harmony, value: str = "") -> Iterator[str]:
    """Neighbours of the upper three at most an octave apart, tenor and bass at most two."""
    for moment in harmony.moments:
        for number, upper, lower in _neighbours(harmony.sounding(moment)):
            if upper - lower > (24 if number == 2 else 12):
                names = f"{VOICES[number]} and {VOICES[number + 1]}"
                yield f"{harmony.at(moment)}: {names} are {upper - lower} semitones apart"


def no_parallels(harmony: Harmony, value: str = "") -> Iterator[str]:
    """No two voices move from a perfect fifth to a perfect fifth, or from octave to octave."""
    for old, new in pairwise(harmony.slots):
        for one, other in combinations(range(len(new.midi)), 2):
            pitches = (old.midi[one], old.midi[other], new.midi[one], new.midi[other])
            if None in pitches or old.midi[one] == new.midi[one]:
                continue
            before, after = abs(pitches[0] - pitches[1]) % 12, abs(pitches[2] - pitches[3]) % 12
            if before == after and after in (0, 7) and old.midi[other] != new.midi[other]:
                names = f"{VOICES[one]} and {VOICES[other]}"
                kind = "fifths" if after else "octaves"
                yield f"{harmony.at(new.onset)}: parallel {kind} between {names}"


def no_hidden(harmony: Harmony, value: str = "") -> Iterator[str]:
    """Soprano and bass reach no fifth or octave by similar motion with a leaping soprano."""
    for old, new in pairwise(harmony.slots):
        if None in (old.midi[0], old.midi[3], new.midi[0], new.midi[3]):
            continue
        soprano, bass = new.midi[0] - old.midi[0], new.midi[3] - old.midi[3]
        is_perfect = (new.midi[0] - new.midi[3]) % 12 in (0, 7)
        if is_perfect and soprano * bass > 0 and abs(soprano) > 2:
            yield f"{harmony.at(new.onset)}: soprano leaps with the bass to a fifth or octave"


def _root(harmony: Harmony, slot: Slot) -> int | None:
    return None if slot.chord is None else (slot.chord.root - harmony.tonic) % 12


def _submediant(harmony: Harmony) -> int:
    return 9 if (harmony.tonic + 4) % 12 in harmony.voices[0].key_classes() else 8


def leading_tone_resolves(harmony: Harmony, value: str = "") -> Iterator[str]:
    """From a dominant to I or vi the leading tone rises, or falls a third in an inner voice."""
    leading, fifth = (harmony.tonic - 1) % 12, (harmony.tonic + 7) % 12
    for place, slot in enumerate(harmony.slots):
        if _root(harmony, slot) not in (7, 11) or leading not in slot.chord.classes:
            continue
        holders = [n for n, midi in enumerate(slot.midi) if midi and midi % 12 == leading]
        if len(holders) > 1:
            yield f"{harmony.at(slot.onset)}: the leading tone is doubled"
        after = harmony.slots[place + 1] if place + 1 < len(harmony.slots) else None
        if after is None or _root(harmony, after) not in (0, _submediant(harmony)):
            continue
        for voice in holders:
            ways = {1}
            if voice in (1, 2) and _root(harmony, after) == 0:
                ways |= {step for step in (-3, -4) if (leading + step) % 12 == fifth}
            moves = harmony.goes_to(voice, slot, after)
            if moves and not moves & ways:
                yield f"{harmony.at(after.onset)}: the {VOICES[voice]} leaves the leading tone"


def seventh_resolves(harmony: Harmony, value: str = "") -> Iterator[str]:
    """The seventh of a chord steps down in its voice, or is kept, when the chord changes."""
    for slot, after in pairwise(harmony.slots):
        if slot.chord is None or slot.chord.seventh is None:
            continue
        if after.chord is not None and after.chord.classes == slot.chord.classes:
            continue
        for voice, midi in enumerate(slot.midi):
            if midi is not None and midi % 12 == slot.chord.seventh:
                moves = harmony.goes_to(voice, slot, after)
                kept = after.midi[voice] == midi
                if moves and not kept and not moves & {-1, -2}:
                    yield f"{harmony.at(after.onset)}: the {VOICES[voice]} leaves the seventh"


def complete_chords(harmony: Harmony, value: str = "") -> Iterator[str]:
    """Every pitch class of the chord sounds."""
    for slot in harmony.slots:
        if slot.chord is None:
            yield f"{harmony.at(slot.onset)}: no chord is known by these notes"
        elif slot.chord.classes - slot.classes:
            yield f"{harmony.at(slot.onset)}: {slot.chord.figure} lacks a note"


def chords(harmony: Harmony, value: str) -> Iterator[str]:
    """Slot by slot these chords, from the start again at their end."""
    figures = value.replace(",", " ").split()
    slots = harmony.slots if harmony.has_claims else harmony.beat_slots()
    for number, slot in enumerate(slots):
        asked = harmony.voices[0].chord(figures[number % len(figures)])
        if slot.classes - asked.classes:
            yield f"{harmony.at(slot.onset)}: a voice sounds a note outside {asked.figure}"
        elif harmony.has_claims and slot.chord.classes != asked.classes:
            yield f"{harmony.at(slot.onset)}: {slot.chord.figure}, not {asked.figure}"


def cadence(harmony: Harmony, value: str) -> Iterator[str]:
    """Bars that close authentic, plagal, half or deceptive on their last two chords."""
    for number, kind in (item.split() for item in value.split(",")):
        if kind not in ("authentic", "plagal", "half", "deceptive"):
            raise ValueError(f"{kind!r} must be authentic, plagal, half or deceptive")
        bar = harmony.voices[0].bar(int(number))
        inside = [slot for slot in harmony.slots if bar and bar.onset <= slot.onset]
        inside = [slot for slot in inside if slot.onset < bar.onset + harmony.beats.bar]
        if not inside:
            yield f"bar {number} beat 1: no chord for a cadence"
        elif not _closes(harmony, harmony.slots.index(inside[-1]), kind):
            yield f"{harmony.at(inside[-1].onset)}: no {kind} cadence"


def _closes(harmony: Harmony, last: int, kind: str) -> bool:
    """Whether the chords up to a slot make a cadence; a chord held over slots counts once."""
    end = harmony.slots[last]
    if end.chord is None:
        return False
    first = last
    while first and _same(harmony.slots[first - 1], end):
        first -= 1
    before = harmony.slots[first - 1] if first else None
    if kind == "half":
        return _is_dominant(harmony, end, 3)
    if before is None or before.chord is None:
        return False
    if kind == "plagal":
        return (_root(harmony, before), _root(harmony, end)) == (5, 0)
    if not _is_dominant(harmony, before, 4):
        return False
    if kind == "deceptive":
        return _root(harmony, end) == _submediant(harmony)
    run = (before, *harmony.slots[first : last + 1])
    return _root(harmony, end) == 0 and all(slot.has_root_in_bass for slot in run)


def _same(one: Slot, other: Slot) -> bool:
    return one.chord is not None and one.chord.classes == other.chord.classes


def _is_dominant(harmony: Harmony, slot: Slot, most: int) -> bool:
    """Whether the chord is V, or V7 where four notes are allowed."""
    classes = {(one - harmony.tonic) % 12 for one in slot.chord.classes}
    return classes == {7, 11, 2} or (most == 4 and classes == {7, 11, 2, 5})


RULES = {
    "voice_ranges": voice_ranges,
    "no_crossing": no_crossing,
    "spacing": spacing,
    "no_parallels": no_parallels,
    "no_hidden": no_hidden,
    "leading_tone_resolves": leading_tone_resolves,
    "seventh_resolves": seventh_resolves,
    "complete_chords": complete_chords,
    "chords": chords,
    "cadence": cadence,
}
