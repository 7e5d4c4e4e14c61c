"""Checkers of the melody rules about whole runs of notes: motifs, fixed notes, copies.

Conventions
-----------
As in ``checkers_melody.py``. Motifs are written ``"D4 1/8, r1/8, E4 1/4"``.

Contents
--------
RULES, TrainingTunes, windows
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from music21 import pitch


def _midi(name: str) -> int:
    return pitch.Pitch(name[0].upper() + name[1:].replace("b", "-")).midi


_WRITTEN = re.compile(r"(?:([A-Ga-g][#b]*-?\d+)\s+|r\s*)(\d+/\d+)")


def _asked(text: str) -> list[tuple[int | None, Any]]:
    """Read ``"D4 1/8, r1/4"`` as pitches (``None``: a rest) and lengths [ticks]."""
    left = _WRITTEN.sub("", text).replace(",", "").strip()
    if left:
        raise ValueError(
            f"{left!r} in {text!r} must be notes such as D4 1/8 and rests such as r1/4"
        )
    found = _WRITTEN.findall(text)
    return [(_midi(name) if name else None, Fraction(length) * 96) for name, length in found]


def _from(piece: Any, onset: Any, asked: list[tuple[int | None, Any]]) -> Iterator[tuple]:
    """Give (place asked for, its length, the note of that onset and length or none)."""
    notes = {(one.onset, one.duration): one for one in piece.notes}
    for midi, length in asked:
        if midi is not None:
            yield onset, midi, notes.get((onset, length))
        elif any(one.onset < onset + length and one.end > onset for one in piece.notes):
            yield onset, None, None
        onset += length


def motif(piece: Any, value: str) -> Iterator[str]:
    """A bar begins with these notes: exact, transposed, or with every interval turned over."""
    head, _, text = value.partition(":")
    number, *how = head.split()
    if how not in ([], ["exact"], ["transposed"], ["inverted"]):
        raise ValueError(f"{how} must be exact, transposed or inverted")
    bar = piece.bar(int(number))
    if bar is None:
        yield f"bar {number} beat 1: there is no such bar"
        return
    found = list(_from(piece, bar.onset, _asked(text)))
    if any(one is None for _, _, one in found):
        yield f"bar {number} beat 1: the motif's rhythm is not there"
        return
    sign = -1 if how == ["inverted"] else 1
    first = found[0][1] if how in ([], ["exact"]) else found[0][2].midi
    for _, midi, one in found:
        if one.midi != first + sign * (midi - found[0][1]):
            yield f"{piece.at(one)}: {one.name} is not the motif's note"


def fixed(piece: Any, value: str) -> Iterator[str]:
    """These notes begin at that bar and beat."""
    head, _, text = value.partition(":")
    number, beat = head.strip().split(".")
    bar, where = piece.bar(int(number)), f"bar {number} beat {beat}"
    if bar is None or int(beat) > len(piece.beats.onsets):
        yield f"{where}: there is no such place"
        return
    onset = bar.onset - bar.shift + piece.beats.onsets[int(beat) - 1]
    for place, midi, one in _from(piece, onset, _asked(text)):
        if one is None or one.midi != midi:
            inside = (place - bar.onset + bar.shift) // piece.beats.bar
            rest = place - bar.onset + bar.shift - inside * piece.beats.bar
            there = f"bar {bar.number + inside} beat {piece.beats.beat(rest)}"
            yield f"{there}: the fixed note or rest is not there"


class TrainingTunes:
    """The runs of notes in training tunes, as (interval, ticks between onsets) windows."""

    def __init__(self, tunes: Iterable[Iterable[tuple[int, int]]]) -> None:
        self.tunes = [sorted(tune) for tune in tunes]
        self._windows: dict[int, frozenset] = {}

    def windows(self, notes: int) -> frozenset:
        """Give every run of so many notes."""
        if notes not in self._windows:
            runs = (run for tune in self.tunes for run in windows(tune, notes))
            self._windows[notes] = frozenset(runs)
        return self._windows[notes]


def windows(tune: list[tuple[int, int]], notes: int) -> list[tuple]:
    """Give the runs of so many successive notes of (onset, pitch), free of height and place."""
    steps = [(after[1] - before[1], after[0] - before[0]) for before, after in pairwise(tune)]
    width = notes - 1
    return [tuple(steps[place : place + width]) for place in range(len(steps) - width + 1)]


def no_copy(piece: Any, value: str) -> Iterator[str]:
    """No run of more notes than this is a run of the training tunes."""
    size = int(value) + 1
    known = piece.training.windows(size)
    own = [(one.onset, one.midi) for one in piece.notes]
    for place, run in enumerate(windows(own, size)):
        if run in known:
            one = piece.notes[place + size - 1]
            yield f"{piece.at(one)}: {size} notes up to {one.name} are a training tune's"


RULES = {"motif": motif, "fixed": fixed, "no_copy": no_copy}
