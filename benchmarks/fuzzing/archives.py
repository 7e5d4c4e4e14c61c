"""Damage that knows zip archives, and the arrays that numpy puts into them.

Archives are written here byte by byte, because every field may lie.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from random import Random

from fuzzing.damage import Damage, Unfit, number, plain, replaced

_LOCAL, _CENTRAL, _END = "<4sHHHHHIIIHH", "<4sHHHHHHIIIHHHHHII", "<4sHHHHIIH"
_PACKERS: dict[int, Callable[[bytes], bytes]] = {
    8: lambda data: zlib.compress(data, 6)[2:-4],
    12: bz2.compress,
    14: lambda data: b"\x09\x04\x05\x00" + lzma.compress(data, lzma.FORMAT_ALONE)[:5] + data,
}
_METHODS = (0, 8, 8, 12, 14, 9, 93, 98, 65_535)


@dataclass(frozen=True)
class Member:
    """A file in an archive, and what the archive says of it (None: the truth)."""

    name: bytes
    data: bytes
    method: int = 8
    flags: int = 0
    checksum: int | None = None
    packed_size: int | None = None
    size: int | None = None
    extra: bytes = b""
    attributes: int = 0
    packed: bytes | None = None


def members_of(data: bytes) -> list[Member]:
    """Read an archive that is still sound enough."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return [
                Member(one.filename.encode(), archive.read(one), one.compress_type & 8)
                for one in archive.infolist()
                if one.file_size < 50_000_000
            ]
    except Exception as error:
        raise Unfit from error


def archive(members: list[Member], comment: bytes = b"", lie: int | None = None) -> bytes:
    """Write an archive; ``lie`` is how many members it says it has."""
    file, listed = BytesIO(), []
    for one in members:
        packed = one.packed or _PACKERS.get(one.method, bytes)(one.data)
        sums = (
            zlib.crc32(one.data) if one.checksum is None else one.checksum,
            len(packed) if one.packed_size is None else one.packed_size,
            len(one.data) if one.size is None else one.size,
        )
        sums = tuple(value % (1 << 32) for value in sums)
        about = (20, one.flags, one.method, 0, 33, *sums, len(one.name), len(one.extra))
        listed.append((file.tell(), about, one))
        file.write(struct.pack(_LOCAL, b"PK\3\4", *about) + one.name + one.extra + packed)
    begin = file.tell()
    for place, about, one in listed:
        tail = (0, 0, 0, one.attributes, place % (1 << 32))
        file.write(struct.pack(_CENTRAL, b"PK\1\2", 0x314, *about, *tail) + one.name + one.extra)
    count = (len(members) if lie is None else lie) % 65_536
    size = file.tell() - begin
    file.write(struct.pack(_END, b"PK\5\6", 0, 0, count, count, size, begin, len(comment)))
    return file.getvalue() + comment


@cache
def _bomb(size: int, inside: bytes) -> bytes:
    """Pack very many equal bytes, once a process."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = inside * (1_000_000 // len(inside))
    packed = [packer.compress(block) for _ in range(size // 1_000_000)]
    return b"".join(packed) + packer.flush()


def _one_of(data: bytes, chance: Random) -> tuple[list[Member], int]:
    """Give the members of an archive, and the place of one of them."""
    members = members_of(data)
    if not members:
        raise Unfit
    return members, chance.randrange(len(members))


def _member(change: Damage) -> Damage:
    """Damage the content of one member, and pack it rightly again."""

    def damage(data: bytes, chance: Random) -> bytes:
        members, place = _one_of(data, chance)
        inner = change(members[place].data, chance)
        return archive(replaced(members, place, replace(members[place], data=inner)))

    return damage


def _field(data: bytes, chance: Random) -> bytes:
    """Have one member's entry lie."""
    members, place = _one_of(data, chance)
    one = members[place]
    lies = (
        {"method": chance.choice(_METHODS)},
        {"flags": chance.choice((1, 8, 0x20, 0x40, 0x41, 0x800, 0x2000, 0xFFFF))},
        {"checksum": number(chance)},
        {"size": number(chance)},
        {"packed_size": number(chance)},
        {"size": number(chance), "packed_size": number(chance)},
        {"name": _name(one.name, chance)},
        {"attributes": 0xA1FF0000},
        {"extra": struct.pack("<HHQQ", 1, 16, number(chance) % 2**64, number(chance) % 2**64)},
        {"extra": chance.randbytes(chance.choice((1, 3, 4, 40)))},
        {"method": 0, "packed": one.data},
        {
            "packed": _bomb(
                chance.choice((1, 3, 70, 600)) * 1_000_000, chance.choice((b"\0", b" <a/>"))
            )
        },
    )
    return archive(replaced(members, place, replace(one, **chance.choice(lies))))


def _name(name: bytes, chance: Random) -> bytes:
    return chance.choice(
        (
            b"../" + name, b"/" + name, name.upper(), name + b"\0", b"", b"\xff\xfe", name + b"/",
            b"META-INF/container.xml", b"a" * 65_000, name.replace(b"/", b"\\"), b"0000.npy",
        )
    )  # fmt: skip


def _list(data: bytes, chance: Random) -> bytes:
    """Drop, double, swap or add members, or lie about their number."""
    members, place = _one_of(data, chance)
    one = members[place]
    new = chance.choice(
        (
            (), (one, one), (one,) * 20, (one, Member(b"more.txt", b"text")),
            tuple(Member(b"%d" % n, b"", 0) for n in range(chance.choice((10, 1_200)))),
            (members[chance.randrange(len(members))], one), (replace(one, data=data),),
        )
    )  # fmt: skip
    comment = chance.choice((b"", b"", b"comment", b"PK\5\6" + bytes(18), bytes(65_000)))
    lie = chance.choice((None, None, None, number(chance)))
    return archive(replaced(members, place, *new), comment, lie)


ZIP: tuple[Damage, ...] = (_field, _field, _list)


def of_members(*ways: Damage) -> tuple[Damage, ...]:
    """Give the ways to damage an archive whose members are damaged in such ways."""
    inner = tuple(_member(way) for way in ways)
    return (*ZIP, *inner, _member(plain))


# -- arrays


_TYPES = (
    "|O", "<f2", "<f8", ">i4", "<u8", "<c16", "|b1", "|S1", "|S0", "<U0", "<U5", "<U999999999",
    "<M8[ns]", "<m8", "|V8", "<f16", "<i3", "x", "", "<i4,<i4", ",".join(["i4"] * 3_000), "(2,3)f4",
)  # fmt: skip
_SHAPES = (
    "()", "(0,)", "(1,)", "(-1,)", "(3,)", "(2, 3)", "(10000000000,)", "(1000000, 1000000)",
    f"({'1, ' * 70})", "(4294967296,)", f"({2**63},)", "(1.5,)", "('a',)", "None", "(True,)",
    "(((((1,),),),),)", "100000000",
)  # fmt: skip


def npy(header: str, data: bytes, version: bytes = b"\1\0", stated: int | None = None) -> bytes:
    """Write an array with any header."""
    text = header.encode("utf-8", "surrogatepass") + b"\n"
    size = len(text) if stated is None else stated
    form = "<H" if version[0] < 2 else "<I"
    size %= 1 << 8 * struct.calcsize(form)
    return b"\x93NUMPY" + version + struct.pack(form, size) + text + data


def array(data: bytes, chance: Random) -> bytes:
    """Have the header of an array say something else."""
    if not data.startswith(b"\x93NUMPY") or len(data) < 11 or data[6] != 1:
        raise Unfit
    size = struct.unpack("<H", data[8:10])[0]
    header, body = data[10 : 10 + size].decode("latin-1").strip(), data[10 + size :]
    kind = f"{{'descr': '{chance.choice(_TYPES)}', 'fortran_order': False, 'shape': (3,), }}"
    descr, shape = header.find("'descr': "), header.find("'shape': ")
    changed = (
        header[: descr + 9] + repr(chance.choice(_TYPES)) + header[header.find(", 'f") :],
        header[: shape + 9] + chance.choice(_SHAPES) + ", }",
        header.replace("False", chance.choice(("True", "None", "0", "__import__('os')"))),
        kind,
        "{" * 2_000 + "}" * 2_000,
        "(" * 5_000 + ")" * 5_000,
        "-" * 9_000 + "1",
        header + " " * chance.choice((100, 9_900, 60_000)),
        chance.choice(("", "{}", "[]", "None", "{'descr': []}", "{'a': 1}", "\ud800")),
        plain(header.encode(), chance).decode("latin-1"),
    )
    version = chance.choice((b"\1\0",) * 6 + (b"\2\0", b"\3\0", b"\4\0", b"\0\0"))
    stated = number(chance) if chance.random() < 0.1 else None
    return npy(
        chance.choice(changed),
        plain(body, chance) if chance.random() < 0.3 else body,
        version,
        stated,
    )


def values(data: bytes, chance: Random) -> bytes:
    """Have an array hold other numbers, as many."""
    if not data.startswith(b"\x93NUMPY"):
        raise Unfit
    begin = data.find(b"\n") + 1
    body = bytearray(data[begin:])
    for _ in range(chance.choice((1, 1, 5, 50))):
        if body:
            place = chance.randrange(len(body))
            body[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return data[:begin] + bytes(body)


NPZ: tuple[Damage, ...] = of_members(array, array, values, values)
