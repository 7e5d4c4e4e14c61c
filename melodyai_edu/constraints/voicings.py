"""Where chords stand under a melody, and every way to set one in four voices.

Conventions
-----------
Voices are in the order soprano, alto, tenor, bass. The soprano is the melody. A chord begins on
every beat on which a note of the melody begins, and at least one in every whole bar in which the
melody sounds; notes of the melody between two chords pass over the first. A pickup shorter than a
beat is sung alone. A melody that goes
far over one chord gets another on the way. Where the melody is silent for a beat or more, all are.

Contents
--------
ChordSlot, chord_slots, Voicings, list_voicings
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from melodyai_edu.constraints.chords import ChordTable
from melodyai_edu.constraints.rule import beat_text
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Meter, Note, Score
from melodyai_edu.theory.voicing import VOICE_RANGES

__all__ = ["ChordSlot", "Voicings", "chord_slots", "list_voicings"]

#: How far the melody goes over one chord [semitones]: the alto must reach all of it.
_WIDEST_PASSAGE = 9
#: How far it rises over what it had before that chord [semitones]: the alto may not pass that, and
#: must still be within an octave.
_WIDEST_RISE = 10

#: How far beyond its range a voice may go where no rule forbids it [semitones].
_BEYOND = 3


@dataclass(frozen=True, slots=True)
class ChordSlot:
    """A place with its own chord, and the melody over it.

    Parameters
    ----------
    number : int
        From 0, along the piece.
    onset, end : int [ticks]
        Where the chord begins and ends.
    bar : int
        From 0; -1 is the pickup.
    position : int [ticks]
        In the bar; in a pickup as if its bar were whole.
    meter : Meter
    pitches : tuple of int [MIDI]
        The melody's, until the next chord; the first sounds with the chord.
    leads_to : int [MIDI]
        The melody's next other pitch, whenever it comes; the first of ``pitches`` if none does.
    duration : int [ticks]
        How long the melody's first note sounds from here.
    is_last_in_bar, is_last : bool
    lead : tuple of int [MIDI]
        What the melody sings alone before the first chord.
    """

    number: int
    onset: int
    end: int
    bar: int
    position: int
    meter: Meter
    pitches: tuple[int, ...]
    leads_to: int
    duration: int
    is_last_in_bar: bool = False
    is_last: bool = False
    lead: tuple[int, ...] = ()

    @property
    def place(self) -> str:
        """Bar and beat in words, ``"bar 3 beat 2"``."""
        return f"bar {self.bar + 1} beat {self.beat}"

    @property
    def beat(self) -> str:
        """The beat in its bar as text, counted from 1; it may have a fraction."""
        return beat_text(self.meter, self.position)

    @property
    def closes(self) -> bool:
        """Whether the melody rests here for two beats or more, as at the end of a phrase."""
        beat = self.meter.bar_duration / len(self.meter.beat_onsets)
        return self.is_last or self.duration >= 2 * beat


def chord_slots(score: Score) -> tuple[ChordSlot, ...]:
    """Find where the chords of a melody begin.

    Parameters
    ----------
    score : Score
        Its first part is the melody, one note at a time.

    Returns
    -------
    slots : tuple of ChordSlot

    Raises
    ------
    ParameterError
        If the melody has no note, or notes that sound together.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> melody = Melody.from_events([(67, 12), (69, 12), (71, 72), (72, 96)])
    >>> [(slot.onset, slot.pitches) for slot in chord_slots(Score.of_melody(melody))]
    [(0, (67, 69)), (24, (71,)), (96, (72,))]
    """
    notes = score.parts[0].melody().notes if score.parts else ()
    if not notes:
        raise ParameterError("the melody must have at least one note to be harmonised")
    places = _add_chords(list(_places(score, notes)), notes, score)
    ends = [place[0] for place in places[1:]] + [score.duration]
    slots = [
        _slot(number, place, end, notes, score)
        for number, (place, end) in enumerate(zip(places, ends, strict=True))
    ]
    lead = tuple(note.pitch for note in notes if note.onset < slots[0].onset)
    slots[0] = replace(slots[0], lead=lead)
    bars = [slot.bar for slot in slots[1:]] + [None]
    return tuple(
        replace(slot, is_last_in_bar=slot.bar != after, is_last=after is None)
        for slot, after in zip(slots, bars, strict=True)
    )


def _places(score: Score, notes: tuple[Note, ...]) -> Iterator[tuple[int, int, int]]:
    """Give onset, bar and the onset of that bar for each chord."""
    onsets = score.bar_onsets()
    for number, (onset, end) in enumerate(zip(onsets, (*onsets[1:], score.duration), strict=True)):
        meter = score.meter_at(onset)
        is_pickup = number == 0 and score.pickup > 0
        start = end - meter.bar_duration if is_pickup else onset
        beats = {start + beat for beat in meter.beat_onsets}
        inside = [note.onset for note in notes if onset <= note.onset < end]
        found = sorted(beats.intersection(inside))
        if not is_pickup and any(note.onset < onset < note.end for note in notes):
            found = sorted({onset, *found})  # a note is held over the bar line
        elif not found and not (is_pickup and len(onsets) > 1):
            found = inside[:1]
        yield from ((place, number - (score.pickup > 0), start) for place in found)


def _add_chords(
    places: list[tuple[int, int, int]], notes: tuple[Note, ...], score: Score
) -> list[tuple[int, int, int]]:
    """Add chords where the melody goes so far that no alto could stay under it all.

    An alto that stays must lie under what the melody falls to next; after a rise it must be near
    enough to the melody without passing where that was.
    """
    onsets, window, added = [place[0] for place in places], [notes[0].pitch], set()
    ceiling = notes[0].pitch  # what the melody had last before this chord
    for before, note in pairwise(notes):
        begins = bisect_right(onsets, before.onset) < bisect_right(onsets, note.onset)
        is_far = max(*window, note.pitch) - min(*window, note.pitch) > _WIDEST_PASSAGE
        if is_far or note.pitch - ceiling > _WIDEST_RISE:
            added |= {before.onset} if note.pitch < before.pitch else set()
            added |= set() if begins else {note.onset}
            begins = True
        if begins:
            window, ceiling = [], before.pitch
        window.append(note.pitch)
    new = sorted(onset for onset in added.difference(onsets) if onset > onsets[0])
    return sorted([*places, *(_home(score, onset) for onset in new)])


def _home(score: Score, onset: int) -> tuple[int, int, int]:
    """Give an onset with its bar and the onset of that bar; a pickup's as if it were whole."""
    onsets = score.bar_onsets()
    number = bisect_right(onsets, onset) - 1
    is_pickup = number == 0 and score.pickup > 0
    bar_duration = score.meter_at(onset).bar_duration
    start = score.pickup - bar_duration if is_pickup else onsets[number]
    return onset, number - (score.pickup > 0), start


def _slot(
    number: int, place: tuple[int, int, int], end: int, notes: tuple[Note, ...], score: Score
) -> ChordSlot:
    onset, bar, bar_onset = place
    meter = score.meter_at(onset)
    first = bisect_right([note.onset for note in notes], onset) - 1
    over = [note for note in notes[first:] if note.onset < end]
    other = (n.pitch for n in notes[first:] if n.pitch != notes[first].pitch)
    return ChordSlot(
        number,
        onset,
        _chord_end(end, bar_onset + meter.bar_duration, over, meter),
        bar,
        onset - bar_onset,
        meter,
        tuple(note.pitch for note in over),
        next(other, notes[first].pitch),
        notes[first].end - onset,
    )


def _chord_end(end: int, bar_end: int, over: list[Note], meter: Meter) -> int:
    """Say where a chord ends: at the next one, but with the melody if that rests for a beat."""
    end = min(end, bar_end)
    rests = end - over[-1].end >= min(meter.beat_durations)
    return over[-1].end if rests else end


@dataclass(frozen=True, eq=False)
class Voicings:
    """Ways to set one slot.

    Parameters
    ----------
    table : ChordTable
    slot : ChordSlot
    chords : np.ndarray [shape=(N,), int]
        Places in the table.
    pitches : np.ndarray [shape=(N, 4), int8, MIDI]
        Soprano, alto, tenor, bass as the chord begins.
    """

    table: ChordTable
    slot: ChordSlot
    chords: np.ndarray
    pitches: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.chords)

    def take(self, which: np.ndarray) -> Voicings:
        """Keep some, by number or by mask."""
        return Voicings(self.table, self.slot, self.chords[which], self.pitches[which])

    @cached_property
    def inversions(self) -> np.ndarray:
        """Which member of the chord the bass has [shape=(N,), int]: the root 0, the third 1 ..."""
        found: np.ndarray = self.table.members[self.chords, self.pitches[:, 3] % 12]
        return found

    def name(self, index: int) -> str:
        """Write the chord of one, such as ``"V65"``."""
        return self.table.name(int(self.chords[index]), int(self.inversions[index]))

    def spellings(self, index: int) -> tuple[str, ...]:
        """Spell the four pitches of one."""
        chord = int(self.chords[index])
        members = self.table.members[chord, self.pitches[index] % 12]
        return tuple(self.table.spell(chord, int(member)) for member in members)


def list_voicings(table: ChordTable, slot: ChordSlot) -> Voicings:
    """List every way to set a slot, before any rule.

    All voices have notes of the chord, in or a little beyond their range; the soprano has the
    melody.

    Parameters
    ----------
    table : ChordTable
    slot : ChordSlot

    Returns
    -------
    voicings : Voicings
    """
    return Voicings(table, slot, *_all_voicings(table, slot.pitches[0]))


@lru_cache(maxsize=512)
def _all_voicings(table: ChordTable, soprano: int) -> tuple[np.ndarray, np.ndarray]:
    chords, pitches = [], []
    for chord in np.flatnonzero(table.classes[:, soprano % 12]):
        reach = [
            [p for p in range(low - _BEYOND, high + _BEYOND + 1) if table.classes[chord, p % 12]]
            for low, high in VOICE_RANGES[1:]
        ]
        grid = np.stack(np.meshgrid(*reach, indexing="ij"), axis=-1).reshape(-1, 3)
        pitches.append(np.insert(grid, 0, soprano, axis=1).astype(np.int8))
        chords.append(np.full(len(grid), chord))
    if not chords:
        return np.zeros(0, int), np.zeros((0, 4), np.int8)
    found = np.concatenate(chords), np.concatenate(pitches)
    for array in found:  # they serve every slot with this melody note
        array.setflags(write=False)
    return found
