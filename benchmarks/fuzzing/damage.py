"""Damage that knows nothing of a format: bytes flipped, dropped, doubled, spliced, cut.

Every function takes its chances from a `random.Random`, so that a case is the same at each run.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Damage = Callable[[bytes, Random], bytes]

#: Numbers at which programs go wrong: zero, one too many, one too few, the ends of each width.
NUMBERS = (
    0, 1, -1, 2, 3, 5, 7, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 96, 99, 100, 127, 128, 129,
    255, 256, 257, 480, 999, 1000, 1024, 4095, 4096, 9999, 10_000, 32_767, 32_768, 65_535, 65_536,
    100_000, 1_000_000, 2**24 - 1, 2**24, 2**28 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32,
    10**10, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 10**30,
)  # fmt: skip
#: The same, as people and programs write them.
WORDS = (
    *map(str, NUMBERS), "-0", "+1", "0.5", "1.5", "-0.0", "1e9", "1e308", "1e999", "-1e999",
    "1e-9", "NaN", "nan", "Infinity", "-inf", "0x10", "1_000", "٣", "½", "", " ", "1 2", "1,5",
    "1/0", "0/0", "1/3", "9" * 400, "9" * 5_000, "0." + "0" * 300 + "1", "x" * 300, "true", "null",
    "None", "\x00", "\x7f", "\u202e", "\ufeff", "é", "🎵", "<b>", "%s%n", "../../x", "C:\\x",
    "&amp;",
)  # fmt: skip
_WIDTHS = ("B", "<H", ">H", "<I", ">I", "<Q", ">Q")
MOST_BYTES = 4_000_000


def number(chance: Random) -> int:
    """Draw a number: often a notorious one, sometimes any small one."""
    return chance.choice(NUMBERS) if chance.random() < 0.7 else chance.randrange(300)


def word(chance: Random) -> str:
    """Draw a word that may be taken for a number, and seldom is one."""
    return chance.choice(WORDS)


def packed(chance: Random, form: str) -> bytes:
    """Draw a notorious number of a width, as ``struct`` writes it."""
    size = struct.calcsize(form)
    return struct.pack(form, number(chance) % (1 << 8 * size))


def _span(data: bytes, chance: Random, longest: int = 64) -> tuple[int, int]:
    place = chance.randrange(len(data))
    return place, min(len(data), place + chance.choice((1, 1, 2, 4, 8, longest)))


def flip(data: bytes, chance: Random) -> bytes:
    """Turn one bit over."""
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def overwrite(data: bytes, chance: Random) -> bytes:
    """Put a notorious number of some width over what is there."""
    place = chance.randrange(len(data))
    new = packed(chance, chance.choice(_WIDTHS))
    return data[:place] + new + data[place + len(new) :]


def insert(data: bytes, chance: Random) -> bytes:
    """Put something in between."""
    place = chance.randrange(len(data) + 1)
    new = chance.choice(
        (
            packed(chance, chance.choice(_WIDTHS)),
            word(chance).encode(),
            chance.randbytes(chance.choice((1, 4, 60))),
            bytes([chance.choice((0, 0xFF, 0x20, 0x41))]) * chance.choice((1, 100, 5_000)),
        )
    )
    return data[:place] + new + data[place:]


def drop(data: bytes, chance: Random) -> bytes:
    """Leave something out."""
    first, last = _span(data, chance)
    return data[:first] + data[last:]


def double(data: bytes, chance: Random) -> bytes:
    """Repeat something."""
    first, last = _span(data, chance, 400)
    return data[:last] + data[first:last] * chance.choice((1, 1, 2, 50, 1_000)) + data[last:]


def move(data: bytes, chance: Random) -> bytes:
    """Move something elsewhere."""
    first, last = _span(data, chance, 200)
    rest = data[:first] + data[last:]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + data[first:last] + rest[place:]


def noise(data: bytes, chance: Random) -> bytes:
    """Put chance in the place of something."""
    first, last = _span(data, chance)
    return data[:first] + chance.randbytes(last - first) + data[last:]


def cut(data: bytes, chance: Random) -> bytes:
    """Leave out the end, as a download that breaks off does."""
    return data[: chance.randrange(len(data))]


PLAIN: tuple[Damage, ...] = (flip, flip, overwrite, overwrite, insert, drop, double, move, noise)


def plain(data: bytes, chance: Random) -> bytes:
    """Damage bytes a few times, whatever they mean."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8, 20))):
        if data and len(data) < MOST_BYTES:
            data = chance.choice(PLAIN)(data, chance)
    return data


def splice(data: bytes, other: bytes, chance: Random) -> bytes:
    """Put the end of one file behind the beginning of another."""
    first = chance.randrange(len(data) + 1)
    return data[:first] + other[chance.randrange(len(other) + 1) :]


def several(ways: Sequence[Damage]) -> Damage:
    """Make one damage of a few that are drawn from several."""

    def damage(data: bytes, chance: Random) -> bytes:
        for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
            try:
                data = chance.choice(ways)(data, chance)
            except (Unfit, ValueError, LookupError, OverflowError, struct.error):
                data = plain(data, chance)  # nothing is left to which the rules apply
            if len(data) > MOST_BYTES:
                break
        return data

    return damage


class Unfit(Exception):
    """What came in is already too damaged to be damaged by the rules of its format."""


def replaced(items: Sequence[Any], place: int, *new: Any) -> list[Any]:
    """Give a list with other items at one place."""
    return [*items[:place], *new, *items[place + 1 :]]
