"""Synthetic copies of the corpora, for `benchmarks/scale.py`: as many tunes as one likes.

The base is every tenth tune of the five corpora (about 1,300), in books of their own. A *copy* of
it is the same books with the seven letters of the notes exchanged for each other, another way in
each copy, and other titles: so it is read as slowly as the real one, near-duplicates stay so within
a copy, as the same notes become the same other notes, and tunes of two copies are as strange to
each other as two tunes with the same rhythm. Chorales are rewritten in the same way as MusicXML.
Byte copies would be one group, and near-duplicates would cost nothing.
"""

from __future__ import annotations

import itertools
import os
import random
import re
from dataclasses import dataclass
from pathlib import Path

from melodyai_edu.io.corpus_sources import SOURCES
from melodyai_edu.io.mxl import unpack_mxl

EVERY = 200 if os.environ.get("MELODYAI_PROFILE") == "smoke" else 10

#: Text that is no note, or one note's letter.
_NOTE = re.compile(r'"[^"\n]*"|![^!\n]*!|\[[A-Za-z]:[^\]\n]*\]|%.*|[A-Ga-g]')
_FIELD = re.compile(r"[A-Za-z]:")
_STEP = re.compile(rb"<step>([A-G])</step>")


@dataclass(frozen=True)
class Book:
    """A file of the base: where it belongs, its name, and what is in it."""

    corpus: str
    name: str
    content: bytes

    @property
    def tunes(self) -> int:
        """How many tunes it asks to be read."""
        return len(re.findall(rb"(?m)^X:", self.content)) or 1

    def copied(self, letters: dict[str, str], number: int) -> bytes:
        """Exchange the letters of its notes, and the titles."""
        if self.corpus == "chorales":
            steps = {a.encode(): b.encode() for a, b in letters.items()}
            return _STEP.sub(lambda found: b"<step>" + steps[found[1]] + b"</step>", self.content)
        lines = self.content.decode().split("\n")
        return "\n".join(_copied_line(line, letters, number) for line in lines).encode()


def _copied_line(line: str, letters: dict[str, str], number: int) -> str:
    if _FIELD.match(line):
        return f"{line} ({number})" if line.startswith("T:") else line
    return _NOTE.sub(lambda found: letters.get(found[0], found[0]), line)


def base() -> list[Book]:
    """Take every so manieth tune of each corpus, in books as they are."""
    books, place = [], 0
    for name, source in SOURCES.items():
        for file in source.files():
            if name == "chorales":
                if place % EVERY == 0:
                    data = file.read_bytes()
                    text = unpack_mxl(data) if file.suffix == ".mxl" else data
                    books.append(Book(name, f"{file.stem}.xml", text))
                place += 1
                continue
            head, *tunes = re.split(r"(?m)^(?=X:)", file.read_text(encoding="utf-8"))
            kept = [tune for n, tune in enumerate(tunes, place) if n % EVERY == 0]
            place += len(tunes)
            if kept:
                books.append(Book(name, file.name, "".join([head, *kept]).encode()))
    return books


def write_copies(books: list[Book], folder: Path, first: int, end: int) -> None:
    """Write some copies of the base, each into a folder of its own; the first is the base."""
    ways = list(itertools.permutations("CDEFGAB"))[1:]
    ways = [tuple("CDEFGAB"), *random.Random(0).sample(ways, len(ways))]
    for number in range(first, end):
        upper = dict(zip("CDEFGAB", ways[number], strict=True))
        letters = {**upper, **{a.lower(): b.lower() for a, b in upper.items()}}
        for book in books:
            place = folder / f"{number:03d}" / book.corpus
            place.mkdir(parents=True, exist_ok=True)
            (place / book.name).write_bytes(book.copied(letters, number))
