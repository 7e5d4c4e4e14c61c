"""Damage that knows recordings: the headers of RIFF, AIFF, FLAC, Ogg and MP3."""

from __future__ import annotations

import struct
from random import Random

from fuzzing.damage import Damage, Unfit, number, packed, plain, replaced

_RATES = (0, 1, 8, 3_999, 4_000, 8_000, 44_100, 48_000, 384_000, 384_001, 655_350, 2**31, 2**32 - 1)
_CHANNELS = (0, 1, 2, 3, 8, 32, 33, 255, 256, 1_024, 65_535)
_BITS = (0, 1, 2, 4, 7, 8, 12, 16, 20, 24, 32, 33, 64, 65_535)
#: Ways of coding samples that a WAV file may name.
_CODINGS = (0, 1, 2, 3, 6, 7, 16, 17, 20, 34, 49, 64, 85, 97, 0x161, 0x1FC4, 0x674F, 0xF1AC, 0xFFFE)

Chunks = list[tuple[bytes, bytes, int | None]]

# -- WAV and AIFF: chunks in one container


def _chunks(data: bytes, order: str) -> Chunks:
    if data[:4] != (b"RIFF" if order == "<" else b"FORM"):
        raise Unfit
    found: Chunks = []
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from(f"{order}4sI", data, place)
        found.append((name, data[place + 8 : place + 8 + size], None))
        place += 8 + size + size % 2
    if not found:
        raise Unfit
    return found


def _container(data: bytes, order: str, chunks: Chunks, stated: int | None = None) -> bytes:
    body = b"".join(
        name + struct.pack(f"{order}I", (len(inside) if lie is None else lie) % (1 << 32))
        + inside + b"\0" * (len(inside) % 2)
        for name, inside, lie in chunks
    )  # fmt: skip
    size = (len(body) + 4 if stated is None else stated) % (1 << 32)
    return data[:4] + struct.pack(f"{order}I", size) + data[8:12] + body


def _chunk(order: str) -> Damage:
    """Drop, double, swap, rename or add chunks, or have one lie about its size."""

    def damage(data: bytes, chance: Random) -> bytes:
        chunks = _chunks(data, order)
        place = chance.randrange(len(chunks))
        name, inside, _ = chunks[place]
        lie = chance.choice((len(inside) + 1, len(inside) - 1, number(chance)))
        others = (b"LIST", b"fact", b"smpl", b"cue ", b"bext", b"PEAK", b"inst", b"id3 ", b"MARK")
        other, foreign = chance.choice(others), chance.randbytes(chance.choice((0, 7, 60)))
        new = chance.choice(
            (
                (), (chunks[place],) * 2, ((name, inside, lie),),
                ((name, plain(inside, chance), None),), (chunks[place], (other, foreign, None)),
                ((other, packed(chance, f"{order}I") * 9, None), chunks[place]),
                (chunks[chance.randrange(len(chunks))], chunks[place]), ((name, b"", None),),
            )
        ) if inside else ((name, b"xyz", None),)  # fmt: skip
        stated = chance.choice((None, None, None, number(chance)))
        return _container(data, order, replaced(chunks, place, *new), stated)

    return damage


def _wav_format(data: bytes, chance: Random) -> bytes:
    """Change what the format chunk says."""
    chunks = _chunks(data, "<")
    place = next((n for n, one in enumerate(chunks) if one[0] == b"fmt "), None)
    if place is None or len(chunks[place][1]) < 16:
        raise Unfit
    fields = list(struct.unpack("<HHIIHH", chunks[place][1][:16]))
    for _ in range(chance.choice((1, 1, 2, 3))):
        which = chance.randrange(6)
        drawn = (_CODINGS, _CHANNELS, _RATES, _RATES, _CHANNELS, _BITS)[which]
        fields[which] = chance.choice(drawn)
    more = chance.choice(
        (chunks[place][1][16:], b"", struct.pack("<H", number(chance) % 65_536) + bytes(60))
    )
    body = struct.pack("<HHIIHH", *fields) + more
    return _container(data, "<", replaced(chunks, place, (b"fmt ", body, None)))


def _aiff_common(data: bytes, chance: Random) -> bytes:
    """Change what the common chunk says."""
    chunks = _chunks(data, ">")
    place = next((n for n, one in enumerate(chunks) if one[0] == b"COMM"), None)
    if place is None or len(chunks[place][1]) < 18:
        raise Unfit
    body = chunks[place][1]
    channels, frames, bits = struct.unpack(">HIH", body[:8])
    head = struct.pack(
        ">HIH",
        chance.choice((channels, *_CHANNELS)),
        chance.choice((frames, frames, number(chance))) % (1 << 32),
        chance.choice((bits, *_BITS)),
    )
    rate = chance.choice(
        (body[8:18], body[8:18], chance.randbytes(10), bytes(10), b"\x7f\xff" + bytes(8))
    )
    kinds = (b"", b"NONE\0\0", b"sowt\0\0", b"fl32\0\0", b"ima4\0\0", b"ulaw\xff", b"xxxx")
    new = (b"COMM", head + rate + chance.choice((body[18:], *kinds)), None)
    if chance.random() < 0.3:
        data = data[:8] + chance.choice((b"AIFC", b"AIFF", b"8SVX", b"XXXX")) + data[12:]
    return _container(data, ">", replaced(chunks, place, new))


WAV: tuple[Damage, ...] = (_chunk("<"), _chunk("<"), _wav_format, _wav_format, _wav_format, plain)
AIFF: tuple[Damage, ...] = (_chunk(">"), _chunk(">"), _aiff_common, _aiff_common, plain)

# -- FLAC: blocks of facts, then frames


def _blocks(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    if data[:4] != b"fLaC":
        raise Unfit
    blocks, place, is_last = [], 4, False
    while not is_last and place + 4 <= len(data):
        head = data[place]
        size = int.from_bytes(data[place + 1 : place + 4], "big")
        blocks.append((head & 0x7F, data[place + 4 : place + 4 + size]))
        is_last, place = head >= 0x80, place + 4 + size
    return blocks, data[place:]


def _flac(blocks: list[tuple[int, bytes]], frames: bytes, lie: int = -1, size: int = 0) -> bytes:
    head = []
    for n, (kind, body) in enumerate(blocks):
        last = 0x80 if n == len(blocks) - 1 else 0
        stated = size % (1 << 24) if n == lie else len(body)
        head.append(bytes([last | kind]) + stated.to_bytes(3, "big") + body)
    return b"fLaC" + b"".join(head) + frames


def _stream_facts(data: bytes, chance: Random) -> bytes:
    """Change what the first block says of the whole stream."""
    blocks, frames = _blocks(data)
    if not blocks or len(blocks[0][1]) != 34:
        raise Unfit
    body = blocks[0][1]
    bits = int.from_bytes(body[10:18], "big")
    rate, channels, depth, total = bits >> 44, bits >> 41 & 7, bits >> 36 & 31, bits & (1 << 36) - 1
    drawn = (
        chance.choice((rate, rate, *_RATES)) % (1 << 20) << 44
        | chance.choice((channels, channels, 0, 7)) << 41
        | chance.choice((depth, depth, 0, 3, 31)) << 36
        | chance.choice((total, total, 0, number(chance), (1 << 36) - 1)) % (1 << 36)
    )
    sizes = chance.choice((body[:10], packed(chance, ">H") * 2 + body[4:10]))
    return _flac([(0, sizes + drawn.to_bytes(8, "big") + body[18:]), *blocks[1:]], frames)


def _flac_block(data: bytes, chance: Random) -> bytes:
    """Add, drop, double or damage a block, or have it lie about its size."""
    blocks, frames = _blocks(data)
    if not blocks:
        raise Unfit
    place = chance.randrange(len(blocks))
    kind, body = blocks[place]
    many = packed(chance, "<I")
    new = chance.choice(
        (
            (), (blocks[place],) * 2, ((kind, plain(body or b"\0", chance)),), ((kind, b""),),
            ((chance.randrange(128), body),), (blocks[place], (3, chance.randbytes(18 * 9))),
            (blocks[place], (4, many + chance.randbytes(20))), (blocks[place], (5, bytes(400))),
            (blocks[place], (6, bytes(31) + many)), (blocks[place], (1, bytes(3_000))),
        )
    )  # fmt: skip
    lie = place if chance.random() < 0.3 else -1
    return _flac(replaced(blocks, place, *new), frames, lie, number(chance))


def _flac_frames(data: bytes, chance: Random) -> bytes:
    blocks, frames = _blocks(data)
    if not frames:
        raise Unfit
    return _flac(blocks, plain(frames, chance))


FLAC: tuple[Damage, ...] = (_stream_facts, _stream_facts, _flac_block, _flac_block, _flac_frames)

# -- Ogg: pages, each with a checksum


def _table() -> list[int]:
    table = []
    for n in range(256):
        value = n << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 1 << 31 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return table


_TABLE = _table()


def _sum(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ _TABLE[value >> 24 ^ byte]
    return value


def pages_of(data: bytes) -> list[bytes]:
    """Cut a file into its pages."""
    pages, place = [], 0
    while data[place : place + 4] == b"OggS" and place + 27 <= len(data):
        count = data[place + 26]
        size = 27 + count + sum(data[place + 27 : place + 27 + count])
        pages.append(data[place : place + size])
        place += size
    if not pages:
        raise Unfit
    return pages


def signed(page: bytes, serial: int | None = None) -> bytes:
    """Give a page its right checksum, and perhaps another serial number."""
    if serial is not None:
        page = page[:14] + struct.pack("<I", serial) + page[18:]
    bare = page[:22] + bytes(4) + page[26:]
    return bare[:22] + struct.pack("<I", _sum(bare)) + bare[26:]


def _page(data: bytes, chance: Random) -> bytes:
    """Drop, double, swap or change a page; the checksum is right again, mostly."""
    pages = pages_of(data)
    place = chance.randrange(len(pages))
    page = pages[place]
    changed = chance.choice(
        (
            lambda: page[:4] + bytes([number(chance) % 256]) + page[5:],
            lambda: page[:5] + bytes([chance.randrange(8)]) + page[6:],
            lambda: page[:6] + packed(chance, "<Q") + page[14:],
            lambda: page[:14] + packed(chance, "<I") + page[18:],
            lambda: page[:18] + packed(chance, "<I") + page[22:],
            lambda: page[:26] + bytes([number(chance) % 256]) + page[27:],
            lambda: page[:27] + plain(page[27:], chance),
            lambda: page[:27] + plain(page[27:], chance),
        )
    )()
    changed = signed(changed) if chance.random() < 0.85 and len(changed) >= 27 else changed
    other = pages[chance.randrange(len(pages))]
    new = chance.choices(((changed,), (), (page, page), (other, page)), (9, 1, 1, 1))[0]
    return b"".join(replaced(pages, place, *new))


def _identification(data: bytes, chance: Random) -> bytes:
    """Change what the first packet says: channels, rate, sizes of blocks."""
    pages = pages_of(data)
    place = pages[0].find(b"\x01vorbis")
    if place < 0 or len(pages[0]) < place + 30:
        raise Unfit
    body = bytearray(pages[0][place:])
    which = chance.randrange(5)
    if which == 0:
        body[11] = chance.choice(_CHANNELS) % 256
    elif which == 1:
        body[12:16] = struct.pack("<I", chance.choice(_RATES))
    elif which == 2:
        body[28] = chance.randrange(256)
    else:
        body[7 + 4 * chance.randrange(5)] = chance.randrange(256)
    return b"".join([signed(pages[0][:place] + bytes(body)), *pages[1:]])


OGG: tuple[Damage, ...] = (_page, _page, _page, _identification, plain)

# -- MP3: tags and frames


def _tag(data: bytes, chance: Random) -> bytes:
    """Put a tag in front, whose sizes may lie."""
    frame = chance.choice((b"TIT2", b"APIC", b"COMM", b"XXXX")) + packed(chance, ">I") + bytes(30)
    size = chance.choice((len(frame), len(frame), number(chance))) % (1 << 28)
    safe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    flags = chance.choice((0, 0x40, 0x80, 0xF0))
    return b"ID3" + bytes([chance.choice((2, 3, 4, 9)), 0, flags]) + safe + frame + data


def _frame(data: bytes, chance: Random) -> bytes:
    """Change the four bytes at the head of one frame, or what stands behind."""
    places = [n for n in range(len(data) - 4) if data[n] == 0xFF and data[n + 1] >= 0xE0]
    if not places:
        raise Unfit
    place = chance.choice((places[0], chance.choice(places)))
    head = bytearray(data[place : place + 4])
    head[chance.randrange(1, 4)] = chance.randrange(256)
    return data[:place] + bytes(head) + data[place + 4 :]


def _count(data: bytes, chance: Random) -> bytes:
    """Change how many frames and bytes the first frame says there are."""
    place = max(data.find(b"Xing"), data.find(b"Info"))
    if place < 0:
        raise Unfit
    field = place + 4 * chance.choice((1, 2, 3))
    return data[:field] + packed(chance, ">I") + data[field + 4 :]


MP3: tuple[Damage, ...] = (_tag, _frame, _frame, _frame, _count, plain)
