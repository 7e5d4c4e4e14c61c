"""Make a score of a NoteSequence, which may be anybody's.

Conventions
-----------
Seconds become ticks through the sequence's own tempos and are rounded; the `Reading` says by how
much. A part is one instrument number. Pitches without a name are spelled as the key writes them; a
key that is not stated is estimated, a meter that is not stated is 4/4, a tempo 120.

Contents
--------
note_sequence_reading, parse_note_sequence
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io import limits
from melodyai_edu.io.estimate import estimate_key
from melodyai_edu.io.midi_signatures import MARK, fit_meters, text_of
from melodyai_edu.io.note_sequence import music_schema, usual_key
from melodyai_edu.io.reading import Reading
from melodyai_edu.score import (
    DEFAULT_VELOCITY,
    TICKS_PER_QUARTER,
    ChordSymbol,
    Key,
    KeyChange,
    Meter,
    Note,
    Part,
    Score,
    Section,
    TempoChange,
)
from melodyai_edu.score.pitch import pitch_class_of

__all__ = ["note_sequence_reading", "parse_note_sequence"]

_MARKED = re.compile(rf"{MARK} (pickup|key|meter|section): (.+)")
_SLOWEST, _FASTEST = 4.0, 1000.0  # what a TempoChange holds [quarter notes a minute]
_CHORD_SYMBOL = 1  # TextAnnotationType
_EXACT = 1e-3  # seconds are written with rounding errors far below this part of a tick


def parse_note_sequence(data: bytes) -> Reading:
    """Read the bytes of one NoteSequence; runs inside the child process.

    Parameters
    ----------
    data : bytes
        As protobuf serialises it.

    Returns
    -------
    reading : Reading

    Raises
    ------
    InputError
        If they are no NoteSequence, or hold no music.
    """
    from google.protobuf.message import DecodeError

    try:
        sequence = music_schema().NoteSequence.FromString(data)
    except DecodeError as error:
        raise InputError("its bytes are no NoteSequence") from error
    return note_sequence_reading(sequence)


def note_sequence_reading(sequence: Any) -> Reading:
    """Make a score of a NoteSequence, and say what was lost or supplied.

    Parameters
    ----------
    sequence : note_seq.NoteSequence

    Returns
    -------
    reading : Reading

    Raises
    ------
    InputError
        If its times or numbers make no music, or a limit is passed.
    """
    try:
        return _Reader(sequence).reading()
    except ParameterError as error:
        raise InputError(f"its music makes no sense: {error}") from error


class _Clock:
    """Turns seconds into ticks through the tempos, and keeps count of what rounding moves."""

    def __init__(self, tempos: Iterable[Any], remarks: list[str]) -> None:
        self.times, self.ticks, self.changes = [0.0], [0.0], [TempoChange(0, 120.0)]
        self.moved_notes = 0
        self.largest_move = 0.0
        for tempo in sorted(tempos, key=lambda tempo: tempo.time):
            self._add(_seconds(tempo.time), tempo.qpm, remarks)

    def _add(self, time: float, qpm: float, remarks: list[str]) -> None:
        held = min(max(qpm, _SLOWEST), _FASTEST) if math.isfinite(qpm) else 120.0
        if held != qpm:
            remarks.append(f"a tempo of {qpm:g} became {held:g} quarter notes a minute")
        tick = round(self.exact(time))
        if tick == self.changes[-1].onset:
            self.times.pop(), self.ticks.pop(), self.changes.pop()
        self.times.append(time)
        self.ticks.append(float(tick))
        self.changes.append(TempoChange(tick, held))

    def exact(self, time: float) -> float:
        """Give the place of a time [ticks]."""
        at = bisect_right(self.times, time) - 1
        rate = self.changes[at].tempo * TICKS_PER_QUARTER / 60
        return self.ticks[at] + (time - self.times[at]) * rate

    def place(self, time: float) -> int:
        """Give the nearest tick."""
        return round(self.exact(_seconds(time)))

    def span(self, note: Any) -> tuple[int, int]:
        """Give onset and duration of a note, and remember if it was moved."""
        start, end = self.exact(_seconds(note.start_time)), self.exact(_seconds(note.end_time))
        onset = round(start)
        duration = max(round(end) - onset, 1)
        move = max(abs(start - onset), abs(end - onset - duration))
        self.moved_notes += move > _EXACT
        self.largest_move = max(self.largest_move, move if move > _EXACT else 0.0)
        return onset, duration


def _seconds(time: float) -> float:
    if not math.isfinite(time) or time < 0:
        raise InputError(f"time={time} must be 0 seconds or more")
    if time > limits.MIDI_SECONDS:
        raise limits.over_limit(
            "seconds of music", int(time), limits.MIDI_SECONDS, "cut the silence at its end"
        )
    return time


class _Reader:
    """Reads one sequence."""

    def __init__(self, sequence: Any) -> None:
        self.sequence = sequence
        self.remarks: list[str] = []
        self.marks: dict[tuple[int, str], str] = {}
        self.sections: set[Section] = set()
        self.chords: set[ChordSymbol] = set()
        self.unnamed: set[tuple[int, int]] = set()  # onset and pitch of notes without a name

    def reading(self) -> Reading:
        """Read everything."""
        sequence = self.sequence
        if len(sequence.notes) > limits.MIDI_EVENTS // 2:
            raise limits.over_limit(
                "notes", len(sequence.notes), limits.MIDI_EVENTS // 2, "split the piece"
            )
        if sequence.notes and not any(note.end_time > 0 for note in sequence.notes):
            raise InputError("its notes have steps but no times; unquantise it first")
        self.clock = _Clock(sequence.tempos, self.remarks)
        parts = self._parts()
        ends = [self.clock.place(sequence.total_time), *(part.duration for part in parts)]
        self._read_annotations(max(ends))
        meters, pickup = fit_meters(self._meters(), self.marks.get((0, "pickup")), self.remarks)
        keys = self._keys() or (KeyChange(0, estimate_key(parts)),)
        score = Score(
            tuple(self._spelled(part, keys) for part in parts),
            meters=meters,
            keys=keys,
            tempos=tuple(self.clock.changes),
            pickup=pickup,
            duration=max(ends),
            title=text_of(sequence.sequence_metadata.title.encode()),
            composer=text_of("; ".join(sequence.sequence_metadata.composers).encode()),
            chords=tuple(self.chords),
            sections=tuple(self.sections),
        )
        return Reading(
            score,
            is_key_stated=bool(self._keys()),
            is_meter_stated=bool(sequence.time_signatures),
            moved_notes=self.clock.moved_notes,
            largest_move=self.clock.largest_move / TICKS_PER_QUARTER,
            remarks=tuple(dict.fromkeys(self.remarks)),
        )

    def _parts(self) -> tuple[Part, ...]:
        """Give a part for each instrument, named or sounding; notes still unspelled."""
        names = {info.part: info.name for info in self.sequence.part_infos}
        named = {info.instrument: info.name for info in self.sequence.instrument_infos}
        groups: dict[tuple[int, int, bool], list[Note]] = {}
        for note in self.sequence.notes:
            kind = (note.instrument, note.program, note.is_drum)
            groups.setdefault(kind, []).append(self._note(note))
            named.setdefault(note.instrument, names.get(note.part, ""))
        for instrument in named:
            if not any(kind[0] == instrument for kind in groups):
                groups[instrument, 0, False] = []
        if len(groups) > limits.MIDI_TRACKS:
            raise limits.over_limit("parts", len(groups), limits.MIDI_TRACKS, "merge some of them")
        return tuple(
            Part(tuple(notes), text_of(named[kind[0]].encode()), kind[1], kind[2])
            for kind, notes in sorted(groups.items(), key=lambda group: group[0])
        )

    def _note(self, note: Any) -> Note:
        if not 0 <= note.pitch <= 127 or not 0 <= note.velocity <= 127:
            raise InputError(
                f"pitch={note.pitch}, velocity={note.velocity} must be from 0 to 127 each"
            )
        onset, duration = self.clock.span(note)
        velocity = note.velocity or DEFAULT_VELOCITY  # 0 is what nobody set
        spelling = "" if note.is_drum else _spelling(note)
        if not spelling:
            self.unnamed.add((onset, note.pitch))
        return Note(onset, duration, note.pitch, spelling, velocity)

    def _spelled(self, part: Part, keys: tuple[KeyChange, ...]) -> Part:
        """Spell what has no name as the key at its onset writes it."""
        if part.is_drums or not self.unnamed:
            return part
        onsets = [change.onset for change in keys]
        notes = list(part.notes)
        for place, note in enumerate(notes):
            if (note.onset, note.pitch) in self.unnamed:
                key = keys[bisect_right(onsets, note.onset) - 1].key
                notes[place] = replace(note, spelling=key.spell(note.pitch))
        return replace(part, notes=tuple(notes))

    def _read_annotations(self, end: int) -> None:
        """Collect chord symbols, sections and our own words that stand before the end."""
        for text in self.sequence.text_annotations:
            onset, words = self.clock.place(text.time), text_of(text.text.encode())
            match = _MARKED.fullmatch(words)
            if onset >= max(end, 1):
                continue
            if text.annotation_type == _CHORD_SYMBOL:
                self.chords |= _chord(onset, words)
            elif match and match[1] == "section":
                self.sections.add(Section(onset, match[2]))
            elif match:
                self.marks[onset, match[1]] = match[2]
        named = bool(self.sections)
        for one in () if named else self.sequence.section_annotations:
            self.sections.add(Section(self.clock.place(one.time), _letter(one.section_id)))

    def _meters(self) -> dict[int, Meter]:
        meters = {}
        for sign in sorted(self.sequence.time_signatures, key=lambda sign: sign.time):
            onset = self.clock.place(sign.time)
            try:
                meter = Meter(sign.numerator, sign.denominator)
            except ParameterError:
                self.remarks.append(
                    f"the time signature {sign.numerator}/{sign.denominator} was passed over"
                )
                continue
            meters[onset] = _marked_meter(self.marks.get((onset, "meter"), ""), meter)
        return meters

    def _keys(self) -> tuple[KeyChange, ...]:
        modes = music_schema().NoteSequence.KeySignature.Mode
        keys = {}
        for sign in sorted(self.sequence.key_signatures, key=lambda sign: sign.time):
            onset = self.clock.place(sign.time)
            name = modes.Name(sign.mode).lower() if sign.mode in modes.values() else ""
            mode = name if name in _MODES else "major"
            key = usual_key(sign.key % 12, mode)
            keys[onset] = _marked_key(self.marks.get((onset, "key"), ""), key)
        if keys:
            keys.setdefault(0, keys[min(keys)])
        return tuple(KeyChange(onset, key) for onset, key in sorted(keys.items()))


_MODES = ("major", "minor", "mixolydian", "dorian", "phrygian", "lydian", "locrian")


def _marked_meter(mark: str, meter: Meter) -> Meter:
    """Give the grouped meter that our own words state, where they agree with the signature."""
    try:
        marked = Meter.parse(mark)
    except ParameterError:
        return meter
    same = (marked.numerator, marked.denominator) == (meter.numerator, meter.denominator)
    return marked if same else meter


def _marked_key(mark: str, key: Key) -> Key:
    """Give the key as our own words spell it, where they agree with the signature."""
    try:
        marked = Key.parse(mark)
    except ParameterError:
        return key
    same = (marked.tonic_pitch_class, marked.mode) == (key.tonic_pitch_class, key.mode)
    return marked if same else key


def _spelling(note: Any) -> str:
    """Give the spelling that a note's name states, if it fits its pitch."""
    names = music_schema().NoteSequence.PitchName
    if not note.pitch_name or note.pitch_name not in names.values():
        return ""
    letter, *signs = names.Name(note.pitch_name).split("_")
    spelling = letter + "".join("#" if sign == "SHARP" else "b" for sign in signs)
    return spelling if pitch_class_of(spelling) == note.pitch % 12 else ""


def _chord(onset: int, text: str) -> set[ChordSymbol]:
    try:
        return {ChordSymbol(onset, text)}
    except ParameterError:
        return set()  # such as ``N.C.``


def _letter(section: int) -> str:
    return chr(ord("A") + section) if 0 <= section < 26 else str(section)
