"""Checkers of the structure rules.

Conventions
-----------
As in ``checkers_melody.py``. Bars are compared by their notes: place in the bar, length, pitch.

Contents
--------
RULES, other_keys
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def _spans(text: str) -> list[tuple[int, int]]:
    """Read ``"1-4,9"`` as pairs of first and last bar."""
    found = [part.partition("-") for part in re.split(r"[,\s]+", text.strip())]
    return [(int(first), int(last or first)) for first, _, last in found]


def _numbers(text: str) -> list[int]:
    return [bar for first, last in _spans(text) for bar in range(first, last + 1)]


def _content(bar: Any, semitones: int = 0) -> list[tuple]:
    return [(one.place, one.duration, one.midi + semitones) for one in bar.notes]


def _first_on_line(bar: Any) -> int | None:
    """Give the pitch that begins on the bar line, if one does."""
    return bar.notes[0].midi if bar.notes and bar.notes[0].place == 0 else None


def _compare(piece: Any, pairs: Any, how: str, semitones: int = 0) -> Iterator[str]:
    """Compare pairs of bars (number, model's number): ``exact`` or ``first``."""
    for number, model_number in pairs:
        bar, model = piece.bar(number), piece.bar(model_number)
        if bar is None or model is None:
            yield f"bar {number} beat 1: there is no bar {number if bar is None else model_number}"
        elif how == "first":
            if (pitch := _first_on_line(bar)) is None or pitch != _first_on_line(model):
                yield f"bar {number} beat 1: it does not begin with the pitch of bar {model_number}"
        elif _content(bar) != _content(model, semitones):
            yield f"{_where(piece, bar, model, semitones)}: not equal to bar {model_number}"


def _where(piece: Any, bar: Any, model: Any, semitones: int) -> str:
    """Name the first place at which two bars differ."""
    odd = set(_content(bar)) ^ set(_content(model, semitones))
    return f"bar {bar.number} beat {piece.beats.beat(min(odd)[0])}"


def form(piece: Any, value: str) -> Iterator[str]:
    """Sections as the letters say: equal letters equal bars, ``A'`` the same first notes."""
    letters = re.findall(r"[A-Za-z]'*", value)
    length, rest = divmod(len(piece.whole_bars), len(letters))
    if rest or not length:
        yield f"bar 1 beat 1: {len(piece.whole_bars)} bars do not divide into {value}"
        return
    for place, letter in enumerate(letters):
        plain = letter.rstrip("'")
        how = "exact" if letter == plain else "first"
        if plain in letters and (model := letters.index(plain)) != place:
            bars = range(1, length + 1)
            pairs = [(place * length + bar, model * length + bar) for bar in bars]
            yield from _compare(piece, pairs, how)


def same_bars(piece: Any, value: str) -> Iterator[str]:
    """Bars equal to other bars: exact, transposed by semitones, or the first notes only."""
    for item in value.split(","):
        bars, models, *how = item.split()
        if how not in ([], ["first"]) and how[0] != "transposed":
            raise ValueError(f"{how} must be transposed or first")
        pairs = list(zip(_numbers(bars), _numbers(models), strict=True))
        semitones = int(how[1]) if how[:1] == ["transposed"] else 0
        yield from _compare(piece, pairs, "first" if how == ["first"] else "exact", semitones)


def _section(value: str) -> tuple[list[int], str]:
    bars, _, key = value.strip().partition(" ")
    return _numbers(bars), key


def other_keys(value: str) -> dict[int, str]:
    """Give the bars that ``section_key`` takes out of the piece's key, and theirs."""
    bars, key = _section(value)
    return dict.fromkeys(bars, key)


def section_key(piece: Any, value: str) -> Iterator[str]:
    """In those bars only notes of that key, in minor also its raised sixth and seventh."""
    bars, key = _section(value)
    classes = piece.key_classes(key)
    raised = (classes[5] + 1, classes[6] + 1) if piece.is_mode("minor", text=key) else ()
    allowed = {one % 12 for one in (*classes, *raised)}
    for one in piece.notes:
        if one.bar in bars and one.midi % 12 not in allowed:
            yield f"{piece.at(one)}: {one.name} is not in {key}"


def _kept(piece: Any, is_kept: Any) -> Iterator[str]:
    """Compare bars with the original note for note: place, length, spelled pitch, velocity."""
    numbers = {bar.number for bar in (*piece.bars, *piece.original.bars)}
    for number in sorted(filter(is_kept, numbers)):
        bars = [one.bar(number) for one in (piece, piece.original)]
        new, old = (
            {(n.place, n.duration, n.name, n.velocity) for n in bar.notes} if bar else set()
            for bar in bars
        )
        if None in bars or len(bars[0].notes) != len(bars[1].notes) or new != old:
            place = min((note[0] for note in new ^ old), default=0)
            yield f"bar {number} beat {piece.beats.beat(place)}: not as in the original"


def locked(piece: Any, value: str) -> Iterator[str]:
    """Those bars stay as they are in the original."""
    bars = _numbers(value)
    yield from _kept(piece, lambda number: number in bars)
    for number in bars:
        if piece.bar(number) is None and piece.original.bar(number) is None:
            yield f"bar {number} beat 1: there is no such bar"


def regenerate(piece: Any, value: str) -> Iterator[str]:
    """Everything outside those bars stays as it is in the original, the pickup too."""
    bars = _numbers(value)
    yield from _kept(piece, lambda number: number not in bars)


RULES = {
    "form": form,
    "same_bars": same_bars,
    "section_key": section_key,
    "locked": locked,
    "regenerate": regenerate,
}
