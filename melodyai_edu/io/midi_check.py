"""Check a MIDI file byte by byte, before anything is made of it.

Conventions
-----------
One pass, no recursion, no library. What the standard allows is accepted, however odd: chunks that
nobody knows, a longer header, running status, system exclusive messages in pieces, any division.
A byte that the standard forbids, or one that is missing, is an `InputError` that names its place:
a damaged file is never read with notes silently missing. Ticks here are the file's own.

References
----------
MIDI Manufacturers Association (1996), Standard MIDI Files 1.0 (RP-001).

Contents
--------
MidiTrack, MidiContents, check_midi
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits

__all__ = ["MidiContents", "MidiTrack", "check_midi"]

#: Kinds of meta event that a score needs, with the bytes that each must have at least.
TEXT, NAME, MARKER, END, TEMPO, METER, KEY = 0x01, 0x03, 0x06, 0x2F, 0x51, 0x58, 0x59
_META_SIZES = {TEXT: 0, NAME: 0, MARKER: 0, TEMPO: 3, METER: 2, KEY: 2}
#: Data bytes behind each status; a program or a channel pressure has one.
_TWO_BYTES = frozenset({0x80, 0x90, 0xA0, 0xB0, 0xE0})
_SOUND_OFF, _NOTES_OFF = 120, 123  # controllers that end every note of a channel
#: Frames a second behind the negative first byte of a division in seconds; 29 is 29.97.
_FRAMES = {24: Fraction(24), 25: Fraction(25), 29: Fraction(30000, 1001), 30: Fraction(30)}
_EXPORT = "export it again from the program that made it"


@dataclass(slots=True)
class MidiTrack:
    """What one track holds.

    Parameters
    ----------
    messages : list of (tick, status, first, second)
        Notes on and off, programs, and the two controllers that end all notes.
    metas : list of (tick, kind, data)
        Texts, names, markers, tempos, meters and keys.
    end : int [ticks of the file]
    """

    messages: list[tuple[int, int, int, int]] = field(default_factory=list)
    metas: list[tuple[int, int, bytes]] = field(default_factory=list)
    end: int = 0


@dataclass(frozen=True, slots=True)
class MidiContents:
    """A whole file.

    Parameters
    ----------
    ticks_per_quarter : Fraction [ticks of the file]
        With a division in seconds, a quarter is half a second.
    is_in_seconds : bool
        The division counts seconds, so tempos mean nothing.
    midi_format : int [0-2]
    tracks : tuple of MidiTrack
    """

    ticks_per_quarter: Fraction
    is_in_seconds: bool
    midi_format: int
    tracks: tuple[MidiTrack, ...]


@dataclass(slots=True)
class _Count:
    """What has been seen so far, over all tracks."""

    events: int = 0
    tempos: int = 0


def check_midi(data: bytes) -> MidiContents:
    """Check a MIDI file against the standard and our limits.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    contents : MidiContents

    Raises
    ------
    InputError
        If a byte is missing or forbidden, or a limit is passed.

    Examples
    --------
    >>> header = b"MThd" + bytes([0, 0, 0, 6, 0, 0, 0, 1, 0, 96])
    >>> track = b"MTrk" + bytes([0, 0, 0, 4, 0, 0xFF, 0x2F, 0])
    >>> check_midi(header + track).ticks_per_quarter
    Fraction(96, 1)
    >>> check_midi(header + track[:-1])
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: byte 14: the MIDI file is cut off: it says that its next part
    has 4 bytes, but 3 are there; download or copy it again
    """
    if len(data) > limits.MIDI_BYTES:
        raise limits.over_limit("bytes", len(data), limits.MIDI_BYTES, "split the piece")
    start, data = _unwrap(data)
    midi_format, track_count, division, start = _header(data, start)
    ticks, is_in_seconds = _division(division)
    count = _Count()
    tracks = [
        _scan(data[first:last], first, number, count)
        for number, (first, last) in enumerate(_track_chunks(data, start, track_count), 1)
    ]
    return MidiContents(ticks, is_in_seconds, midi_format, tuple(tracks))


def _unwrap(data: bytes) -> tuple[int, bytes]:
    """Find where the MIDI file begins: at once, or inside a RIFF container."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return 0, data
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] == b"data":
            return place + 8, data[: place + 8 + size]
        place += 8 + size + size % 2
    raise InputError(f"byte {place}: its RIFF container holds no MIDI data; {_EXPORT}")


def _header(data: bytes, start: int) -> tuple[int, int, int, int]:
    """Read format, number of tracks and division, and where the chunks behind them begin."""
    if data[start : start + 4] != b"MThd":
        raise InputError(f"byte {start}: it does not begin with 'MThd' as every MIDI file does")
    if len(data) < start + 14:
        raise InputError(
            f"byte {len(data)}: the MIDI file is cut off inside its header; copy it again"
        )
    size = int.from_bytes(data[start + 4 : start + 8], "big")
    if size < 6:
        raise InputError(f"byte {start + 4}: the header has {size} bytes, it needs 6; {_EXPORT}")
    midi_format, track_count, division = (
        int.from_bytes(data[place : place + 2], "big") for place in range(start + 8, start + 14, 2)
    )
    if midi_format > 2:
        raise InputError(
            f"byte {start + 8}: the MIDI format is {midi_format}, it must be 0, 1 or 2; {_EXPORT}"
        )
    if not track_count:
        raise InputError(f"byte {start + 10}: the header says that there is no track; {_EXPORT}")
    if track_count > limits.MIDI_TRACKS:
        raise limits.over_limit(
            "tracks in the header", track_count, limits.MIDI_TRACKS, "merge some of them"
        )
    return midi_format, track_count, division, start + 8 + size


def _division(division: int) -> tuple[Fraction, bool]:
    """Give the file's ticks in a quarter, and whether the file counts seconds instead."""
    if division & 0x8000:
        frames, parts = 256 - (division >> 8), division & 0xFF
        if frames not in _FRAMES or not parts:
            raise InputError(
                f"byte 12: {frames} frames a second in {parts} parts is no division; {_EXPORT}"
            )
        return _FRAMES[frames] * parts / 2, True
    if not division:
        raise InputError(f"byte 12: a quarter note has 0 ticks, it needs 1 or more; {_EXPORT}")
    return Fraction(division), False


def _track_chunks(data: bytes, place: int, expected: int) -> Iterator[tuple[int, int]]:
    """Give where each track begins and ends, passing over chunks of other kinds."""
    found = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "big")
        is_track = data[place : place + 4] == b"MTrk"
        if place + 8 + size > len(data):
            if found >= expected and not is_track:
                break  # something foreign behind the last track: no note is missing
            raise InputError(
                f"byte {place}: the MIDI file is cut off: it says that its next part has "
                f"{size:,} bytes, but {len(data) - place - 8:,} are there; "
                "download or copy it again"
            )
        if is_track:
            found += 1
            if found > limits.MIDI_TRACKS:
                raise limits.over_limit("tracks", found, limits.MIDI_TRACKS, "merge some of them")
            yield place + 8, place + 8 + size
        place += 8 + size
    if found < expected:
        raise InputError(
            f"byte {len(data)}: the MIDI file is cut off: tracks that its header promises: "
            f"{expected}, tracks that are there: {found}; download or copy it again"
        )


def _scan(chunk: bytes, offset: int, number: int, count: _Count) -> MidiTrack:
    """Scan one track; ``offset`` is where its chunk stands in the file, for messages."""
    track = MidiTrack()
    scanner = _Scanner(chunk)
    try:
        scanner.run(track, count)
    except IndexError:
        problem = "the track stops in the middle of an event"
    except _Forbidden as error:
        problem = str(error)
    else:
        return track
    raise InputError(f"byte {offset + scanner.place}, track {number}: {problem}; {_EXPORT}")


class _Forbidden(Exception):
    """A byte that the standard does not allow here."""


class _Scanner:
    """One pass over the events of a track.

    Reading behind the end of the chunk raises IndexError.
    """

    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.place = 0

    def run(self, track: MidiTrack, count: _Count) -> None:
        """Fill a track with its events, up to the event that ends it."""
        chunk, messages = self.chunk, track.messages
        tick = status = 0
        while True:
            tick += self.number()
            count.events += 1
            if count.events > limits.MIDI_EVENTS:
                raise limits.over_limit(
                    "events or more", count.events, limits.MIDI_EVENTS, "split the piece"
                )
            byte = chunk[self.place]
            if byte >= 0xF0:
                if self.system_event(byte, tick, track, count):
                    return
                continue
            if byte >= 0x80:
                status = byte
                self.place += 1
            elif not status:
                raise _Forbidden(f"a message begins with the data byte {byte}")
            kind = status & 0xF0
            first = chunk[self.place]
            second = chunk[self.place + 1] if kind in _TWO_BYTES else 0
            if first > 127 or second > 127:
                raise _Forbidden(f"the data bytes {first}, {second} must be from 0 to 127")
            self.place += 2 if kind in _TWO_BYTES else 1
            if kind in (0x80, 0x90, 0xC0) or (kind == 0xB0 and first in (_SOUND_OFF, _NOTES_OFF)):
                messages.append((tick, status, first, second))

    def number(self) -> int:
        """Read a number of variable length, seven bits a byte, at most four bytes."""
        chunk = self.chunk
        byte = chunk[self.place]
        self.place += 1
        if byte < 0x80:
            return byte
        value = byte & 0x7F
        for _ in range(3):
            byte = chunk[self.place]
            self.place += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise _Forbidden("a number has more than four bytes")

    def system_event(self, byte: int, tick: int, track: MidiTrack, count: _Count) -> bool:
        """Read a meta event or a system exclusive message; tell whether the track ends."""
        if byte not in (0xF0, 0xF7, 0xFF):
            raise _Forbidden(f"the byte {byte:#x} may not stand in a file")
        kind = self.chunk[self.place + 1] if byte == 0xFF else -1
        self.place += 2 if byte == 0xFF else 1
        size = self.number()
        body = self.chunk[self.place : self.place + size]
        if len(body) < size:
            raise IndexError
        if kind == END:
            if any(self.chunk[self.place + size :]):  # zeros may fill up a chunk
                raise _Forbidden("the track goes on after its end")
            track.end = tick
            return True
        if kind in _META_SIZES:
            _check_meta(kind, body, count)
            track.metas.append((tick, kind, body))
        self.place += size
        return False


def _check_meta(kind: int, body: bytes, count: _Count) -> None:
    """Refuse a tempo, meter or key that cannot be one."""
    if len(body) < _META_SIZES[kind]:
        raise _Forbidden(f"a meta event has {len(body)} bytes, it needs {_META_SIZES[kind]}")
    if kind == TEMPO:
        count.tempos += 1
        if count.tempos > limits.MIDI_TEMPO_EVENTS:
            raise limits.over_limit(
                "tempo events or more", count.tempos, limits.MIDI_TEMPO_EVENTS, "thin them out"
            )
        if not any(body[:3]):
            raise _Forbidden("the tempo gives a quarter note no time at all")
    if kind == METER and not body[0]:
        raise _Forbidden("the time signature has 0 beats")
    if kind == KEY and (not (body[0] <= 7 or body[0] >= 249) or body[1] > 1):
        raise _Forbidden(
            f"the key signature's bytes {body[0]}, {body[1]} are no sharps, flats and mode"
        )
