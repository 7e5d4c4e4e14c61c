"""Make a score of a MIDI file.

Conventions
-----------
A part is one channel of one track. Time is rounded to 24 ticks a quarter; the loss is reported.
Notes of one pitch that overlap on a channel end in the order in which they began. A note that
nothing ends lasts to the end of its track. Drums are on channel 9, counted from 0. Pitches are
spelled as the key writes them; a key that is not stated is estimated, a meter that is not stated
is 4/4, a tempo 120. A first bar shorter than the second meter's bar is a pickup. Signatures that
our own writer (`melodyai_edu.io.midi_write`) had to write in words are read back. Markers are
sections; a chord symbol is one that our own writer wrote.

Contents
--------
read_midi, parse_midi, midi_reading
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import numpy as np

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io import limits
from melodyai_edu.io.estimate import key_of_durations
from melodyai_edu.io.midi_check import NAME, MidiContents, MidiTrack, check_midi
from melodyai_edu.io.midi_marks import read_marks
from melodyai_edu.io.midi_signatures import Signatures, read_signatures, text_of
from melodyai_edu.io.reading import Reading
from melodyai_edu.score import TICKS_PER_QUARTER, Key, KeyChange, Note, Part, Score

__all__ = ["midi_reading", "parse_midi", "read_midi"]

_DRUMS = 9


def read_midi(source: str | os.PathLike[str] | bytes) -> Score:
    """Read a MIDI file, inside the child process.

    Parameters
    ----------
    source : path or bytes

    Returns
    -------
    score : Score

    Raises
    ------
    InputError
        If the file is missing, damaged or too large.
    """
    from melodyai_edu.io.disk import as_path, read_bytes
    from melodyai_edu.io.sandbox import run_limited

    if isinstance(source, bytes):
        return run_limited(parse_midi, source)
    file: Path = as_path(source, InputError)
    try:
        return run_limited(parse_midi, read_bytes(file, limits.MIDI_BYTES))
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error


def parse_midi(data: bytes) -> Score:
    """Make a score of the bytes of a MIDI file.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    score : Score

    Raises
    ------
    InputError
        If the file is damaged or a limit is passed.

    Examples
    --------
    >>> from melodyai_edu.io.midi_write import midi_bytes
    >>> score = Score((Part((Note(0, 24, 66),), name="Flute", program=73),))
    >>> parse_midi(midi_bytes(score)) == score
    True
    """
    return midi_reading(data).score


def midi_reading(data: bytes) -> Reading:
    """Make a score of the bytes of a MIDI file, and say what was lost or supplied.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    reading : Reading

    Raises
    ------
    InputError
        If the file is damaged or a limit is passed.
    """
    contents = check_midi(data)
    grid = _Grid(contents)
    voices = _voices(contents, grid)
    end = max(grid.place(track.end) for track in contents.tracks)
    end = max([end, *(onset + duration for voice in voices for onset, duration, *_ in voice.notes)])
    signatures = read_signatures(contents, grid.place)
    _check_length(signatures, end)
    chords, sections = read_marks(contents, grid.place, end)
    keys = signatures.keys or (KeyChange(0, _estimated_key(voices)),)
    try:
        score = Score(
            tuple(voice.part(keys) for voice in voices),
            meters=signatures.meters,
            keys=keys,
            tempos=signatures.tempos,
            pickup=signatures.pickup,
            duration=end,
            title=_title(contents),
            composer=signatures.composer,
            chords=chords,
            sections=sections,
        )
    except ParameterError as error:
        raise InputError(f"its music makes no sense: {error}") from error
    return Reading(
        score,
        is_key_stated=bool(signatures.keys),
        is_meter_stated=signatures.is_meter_stated,
        moved_notes=grid.moved_notes,
        largest_move=grid.largest_move,
        remarks=signatures.remarks,
    )


class _Grid:
    """Rounds the file's ticks to ours and keeps count of what that moves."""

    def __init__(self, contents: MidiContents) -> None:
        ratio = TICKS_PER_QUARTER / contents.ticks_per_quarter
        self.up, self.down = ratio.numerator, ratio.denominator
        self.moved_notes = 0
        self._most = 0

    def place(self, tick: int) -> int:
        """Give the nearest of our ticks; halves go up."""
        return (2 * tick * self.up + self.down) // (2 * self.down)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Give onset and duration of a note, and remember if it was moved."""
        onset, end = self.place(first), self.place(last)
        duration = max(end - onset, 1)
        moved = max(
            abs(onset * self.down - first * self.up),
            abs((onset + duration) * self.down - last * self.up),
        )
        self.moved_notes += moved > 0
        self._most = max(self._most, moved)
        return onset, duration

    @property
    def largest_move(self) -> float:
        """The farthest that an onset or an end was moved [quarter notes]."""
        return self._most / self.down / TICKS_PER_QUARTER


def _check_length(signatures: Signatures, end: int) -> None:
    """Refuse a piece of more than a day."""
    seconds = int(Score((), tempos=signatures.tempos, duration=end).seconds)
    if seconds > limits.MIDI_SECONDS:
        raise limits.over_limit(
            "seconds of music", seconds, limits.MIDI_SECONDS, "cut the silence at its end"
        )


@dataclass(frozen=True, slots=True)
class _Voice:
    """A part to be, with its notes still unspelled: onset, duration, pitch, velocity."""

    notes: list[tuple[int, int, int, int]]
    name: str
    program: int
    is_drums: bool

    def part(self, keys: tuple[KeyChange, ...]) -> Part:
        """Spell each note as the key at its onset writes it."""
        ahead = list(reversed(keys))
        spellings = [""] * 12  # of drums: the usual ones
        notes = []
        for onset, duration, pitch, velocity in sorted(self.notes, key=itemgetter(0)):
            while ahead and ahead[-1].onset <= onset and not self.is_drums:
                key = ahead.pop().key
                spellings = [key.spell(pitch_class) for pitch_class in range(12)]
            notes.append(Note(onset, duration, pitch, spellings[pitch % 12], velocity))
        return Part(tuple(notes), self.name, self.program, self.is_drums)


def _estimated_key(voices: list[_Voice]) -> Key:
    durations = np.zeros(12)
    for voice in voices:
        if not voice.is_drums:
            for _, duration, pitch, _ in voice.notes:
                durations[pitch % 12] += duration
    return key_of_durations(durations)


@dataclass(slots=True)
class _Channel:
    """The notes of one channel in one track, while they are collected."""

    notes: list[tuple[int, int, int, int]]  # first tick, last tick, pitch, velocity
    sounding: dict[int, deque[tuple[int, int]]]
    programs: list[tuple[int, int]]

    def end(self, pitch: int, tick: int) -> None:
        """End the note of that pitch that began first, if one sounds."""
        waiting = self.sounding.get(pitch)
        if waiting:
            first, velocity = waiting.popleft()
            self.notes.append((first, tick, pitch, velocity))

    def end_all(self, tick: int) -> None:
        """End every note."""
        for pitch, waiting in self.sounding.items():
            while waiting:
                self.end(pitch, tick)


def _collect(track: MidiTrack) -> dict[int, _Channel]:
    """Pair the notes on and off of a track, channel by channel."""
    channels: dict[int, _Channel] = defaultdict(lambda: _Channel([], defaultdict(deque), []))
    for tick, status, first, second in track.messages:
        channel, kind = channels[status & 0x0F], status & 0xF0
        if kind == 0x90 and second:
            channel.sounding[first].append((tick, second))
        elif kind == 0xC0:
            channel.programs.append((tick, first))
        elif kind == 0xB0:
            channel.end_all(tick)
        else:
            channel.end(first, tick)
    for channel in channels.values():
        channel.end_all(track.end)
    return channels


def _voices(contents: MidiContents, grid: _Grid) -> list[_Voice]:
    """Give a voice for each channel of each track that has notes, and for each empty part."""
    collected = [_collect(track) for track in contents.tracks]
    sounding = {number for each in collected for number, channel in each.items() if channel.notes}
    programs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for each in collected:
        for number, channel in each.items():
            programs[number].extend(channel.programs)
    voices = []
    for track, each in zip(contents.tracks, collected, strict=True):
        is_silent = not any(channel.notes for channel in each.values())
        if is_silent and (len(each) != 1 or sounding & each.keys()):
            continue
        name = _name(track) if contents.midi_format or len(contents.tracks) > 1 else ""
        for number, channel in each.items():
            if channel.notes or is_silent:
                notes = [
                    (*grid.span(first, last), pitch, velocity)
                    for first, last, pitch, velocity in channel.notes
                ]
                program = _program(channel, programs[number])
                voices.append(_Voice(notes, name, program, number == _DRUMS))
    return voices


def _program(channel: _Channel, elsewhere: list[tuple[int, int]]) -> int:
    """Give the program with which a channel begins to sound: its own track's goes first."""
    begin = min((note[0] for note in channel.notes), default=0)
    for changes in (channel.programs, sorted(elsewhere, key=lambda change: change[0])):
        before = [program for tick, program in changes if tick <= begin]
        if before:
            return before[-1]
    return 0


def _name(track: MidiTrack) -> str:
    return next((text_of(body) for _, kind, body in track.metas if kind == NAME), "")


def _title(contents: MidiContents) -> str:
    """Give the name of the first track where it stands for the whole piece."""
    first = contents.tracks[0]
    is_whole = contents.midi_format == 0 or not first.messages
    return _name(first) if is_whole else ""
