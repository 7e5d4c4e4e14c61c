"""Damage that knows MIDI: chunks, events, times between them, and what each event may hold."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import NamedTuple

from fuzzing.damage import Damage, Unfit, number, packed, plain, replaced, word

DIVISIONS = (0, 1, 24, 96, 480, 960, 32_767, 0x8000, 0xE250, 0xE728, 0xE350, 0xE264, 0xE900, 0xFFFF)
_LENGTHS = {0xC: 1, 0xD: 1}


class Event(NamedTuple):
    """The time since the last event, and the bytes of this one, its status written out."""

    delta: bytes
    body: bytes


class Chunk(NamedTuple):
    """A name, what is inside (events for a track), and a stated length where it lies."""

    name: bytes
    inside: bytes | list[Event]
    stated: int | None = None


def variable(value: int, more: int = 0) -> bytes:
    """Write a number of variable length, with so many needless bytes in front."""
    value %= 1 << 35
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return b"\x80" * more + bytes(reversed(parts))


def _length(data: bytes, place: int) -> tuple[int, int]:
    """Read a number of variable length; give it and the place behind it."""
    value = 0
    while True:
        value = value << 7 | data[place] & 0x7F
        place += 1
        if data[place - 1] < 0x80:
            return value, place


def events_of(data: bytes) -> list[Event]:
    """Read the events of a track."""
    events, place, status = [], 0, 0
    while place < len(data):
        _, begin = _length(data, place)
        delta, place = data[place:begin], begin
        if data[place] >= 0x80:
            status, place = data[place], place + 1
        head = bytes([status])
        if status == 0xFF or status in (0xF0, 0xF7):
            kind = data[place : place + 1] if status == 0xFF else b""
            size, end = _length(data, place + len(kind))
            events.append(Event(delta, head + data[place : end + size]))
            place = end + size
        else:
            size = _LENGTHS.get(status >> 4, 2)
            events.append(Event(delta, head + data[place : place + size]))
            place += size
    return events


def chunks_of(data: bytes) -> list[Chunk]:
    """Read the chunks of a file that is still sound enough."""
    try:
        chunks, place = [], 0
        while place < len(data):
            name, size = struct.unpack_from(">4sI", data, place)
            inside = data[place + 8 : place + 8 + size]
            chunks.append(Chunk(name, events_of(inside) if name == b"MTrk" else inside))
            place += 8 + size
        if not chunks or chunks[0].name != b"MThd":
            raise Unfit
    except (struct.error, IndexError) as error:
        raise Unfit from error
    return chunks


def written(chunks: list[Chunk]) -> bytes:
    """Write chunks as a file."""
    file = []
    for name, inside, stated in chunks:
        body = inside if isinstance(inside, bytes) else b"".join(d + b for d, b in inside)
        size = len(body) if stated is None else stated % (1 << 32)
        file.append(name + struct.pack(">I", size) + body)
    return b"".join(file)


def meta(kind: int, body: bytes) -> bytes:
    """Write a meta event."""
    return bytes([0xFF, kind % 128]) + variable(len(body)) + body


def _meta_drawn(chance: Random) -> bytes:
    """Draw a meta event that says much, or nonsense."""
    mark = chance.choice(("pickup", "key", "meter", "chord", "section"))
    said = chance.choice(("8 of 4/4", "C# minor", "2+3/8", "F#m7b5/A", "99/0", word(chance)))
    return chance.choice(
        (
            lambda: meta(0x51, packed(chance, ">I")[1:]),
            lambda: meta(0x58, chance.randbytes(4)),
            lambda: meta(0x58, bytes([number(chance) % 256, number(chance) % 256, 24, 8])),
            lambda: meta(0x59, bytes([chance.randrange(-9, 9) % 256, number(chance) % 3])),
            lambda: meta(chance.randrange(128), word(chance).encode()),
            lambda: meta(chance.choice((1, 5, 6)), f"MelodyAI {mark}: {said}".encode()),
            lambda: bytes([0xFF, chance.randrange(128)]) + variable(number(chance)),
            lambda: meta(0x2F, b""),
        )
    )()


def _event_drawn(chance: Random) -> bytes:
    """Draw any event."""
    if chance.random() < 0.4:
        return _meta_drawn(chance)
    kind = chance.choice((0x8, 0x9, 0x9, 0xA, 0xB, 0xC, 0xD, 0xE))
    bodies = (
        bytes([kind << 4 | chance.randrange(16)])
        + bytes(chance.choice((0, 60, 64, 127, 128)) for _ in range(_LENGTHS.get(kind, 2))),
        bytes([chance.choice((0xF0, 0xF7))]) + variable(3) + chance.randbytes(2) + b"\xf7",
        bytes([chance.choice((0xF0, 0xF7))]) + variable(number(chance)),
        bytes([chance.randrange(0xF1, 0xFF)]),
    )
    return chance.choices(bodies, (8, 1, 1, 1))[0]


def _time_drawn(chance: Random) -> bytes:
    return variable(number(chance), chance.choice((0, 0, 0, 1, 3, 9)))


def _on_events(change: Callable[[list[Event], int, Random], list[Event]]) -> Damage:
    """Make a damage of a change at one place of the events of one track."""

    def damage(data: bytes, chance: Random) -> bytes:
        chunks = chunks_of(data)
        tracks = [n for n, chunk in enumerate(chunks) if chunk.inside and chunk.name == b"MTrk"]
        if not tracks:
            raise Unfit
        track = chance.choice(tracks)
        events = list(chunks[track].inside)
        changed = change(events, chance.randrange(len(events)), chance)  # type: ignore[arg-type]
        return written(replaced(chunks, track, Chunk(b"MTrk", changed)))

    return damage


def _in_an_event(events: list[Event], place: int, chance: Random) -> list[Event]:
    delta, body = events[place]
    return replaced(events, place, Event(delta, plain(body, chance)))


def _repeated(events: list[Event], place: int, chance: Random) -> list[Event]:
    times = chance.choice((2, 3, 100, 5_000))
    return replaced(events, place, *events[place : place + 2] * times)


def _moved(events: list[Event], place: int, chance: Random) -> list[Event]:
    event = events[place]
    rest = replaced(events, place)
    return [*rest[: (there := chance.randrange(len(rest) + 1))], event, *rest[there:]]


def _running(events: list[Event], place: int, chance: Random) -> list[Event]:
    """Leave status bytes out, rightly where the last one is the same, wrongly elsewhere."""
    kept = [events[0]]
    for before, (delta, body) in pairwise(events):
        is_same = body[:1] == before.body[:1] and body[0] < 0xF0
        kept.append(Event(delta, body[1:] if is_same or chance.random() < 0.01 else body))
    return kept


ON_EVENTS = (
    lambda events, place, chance: replaced(
        events, place, Event(_time_drawn(chance), events[place].body)
    ),
    lambda events, place, chance: [
        *events[:place],
        Event(_time_drawn(chance), _event_drawn(chance)),
        *events[place:],
    ],
    lambda events, place, chance: replaced(
        events, place, Event(events[place].delta, _event_drawn(chance))
    ),
    lambda events, place, chance: replaced(events, place),
    lambda events, place, chance: events[:place],
    _in_an_event,
    _repeated,
    _moved,
    _running,
)


def _header(data: bytes, chance: Random) -> bytes:
    """Change what the header says: format, number of tracks, division, or its own length."""
    chunks = chunks_of(data)
    fields = list(struct.unpack(">HHH", chunks[0].inside[:6])) if chunks[0].inside else [0, 1, 96]
    place = chance.randrange(3)
    drawn = (chance.choice((0, 1, 2, 3, 65_535)), number(chance), chance.choice(DIVISIONS))
    fields[place] = drawn[place] % 65_536
    more = chance.choice((b"", b"", b"", b"\0\0", bytes(300)))
    return written(replaced(chunks, 0, Chunk(b"MThd", struct.pack(">HHH", *fields) + more)))


def _chunks(data: bytes, chance: Random) -> bytes:
    """Drop, double, swap or add chunks, or have one lie about its length."""
    chunks = chunks_of(data)
    place = chance.randrange(len(chunks))
    one = chunks[place]
    size = len(written([one])) - 8
    lie = chance.choice((size + 1, size - 1, size * 2, 0, number(chance)))
    new = chance.choice(
        (
            (),
            (one, one),
            (one,) * chance.choice((3, 40, 1_100)),
            (Chunk(one.name, one.inside, lie),),
            (Chunk(chance.choice((b"XFIH", b"MTrK", b"MThd", b"\0\0\0\0")), one.inside),),
            (one, Chunk(b"JUNK", chance.randbytes(9))),
            (chunks[chance.randrange(len(chunks))], one),
        )
    )
    return written(replaced(chunks, place, *new))


def _wrapped(data: bytes, chance: Random) -> bytes:
    """Put the file into a RIFF container, whose sizes may lie."""
    lies = [len(data), len(data), len(data) + 1, number(chance)]
    inner = b"data" + struct.pack("<I", chance.choice(lies) % (1 << 32)) + data
    stated = chance.choice((len(inner) + 4, len(inner) + 4, number(chance))) % (1 << 32)
    return b"RIFF" + struct.pack("<I", stated) + b"RMID" + inner


WAYS: tuple[Damage, ...] = (*map(_on_events, ON_EVENTS), _header, _chunks, _wrapped)
