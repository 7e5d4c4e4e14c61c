"""Checkers of the rhythm rules.

Conventions
-----------
Each takes a `Piece` of ``checkers_piece.py`` and the rule's value, and yields what is broken as
``"bar 3 beat 2: ..."``. Lengths are fractions of a whole note.

Contents
--------
RULES, bars_filled
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

WHOLE = 96  # ticks in a whole note


def _length(text: str) -> Any:
    return Fraction(text.strip()) * WHOLE


def _shown(duration: Any) -> str:
    return str(Fraction(duration) / WHOLE)


def bars_filled(piece: Any, value: str = "") -> Iterator[str]:
    """Every bar is full of notes and rests laid end to end, and no note crosses its line."""
    for written in piece.times:
        if written != piece.beats.ratio:
            yield f"bar 1 beat 1: the file's meter is {written}, not {piece.beats.ratio}"
    for bar in piece.bars:
        yield from _filled(piece, bar)
    for one in piece.notes:
        if one.place + one.duration > piece.beats.bar:
            yield f"{piece.at(one)}: {one.name} crosses the bar line"


def _filled(piece: Any, bar: Any) -> Iterator[str]:
    for staff in bar.staves:
        yield from _line(piece, bar, staff)
    if len(bar.staves) > 1:
        yield from _line(piece, bar, bar.events)
    if bar.shift < 0 or bar.shift >= piece.beats.bar:
        yield f"bar {bar.number} beat 1: a pickup must be shorter than a bar"


def _line(piece: Any, bar: Any, events: Any) -> Iterator[str]:
    """Follow one line of notes and rests from the bar's begin to its end."""
    reached = bar.shift
    for event in events:
        place = event.place + bar.shift
        where = f"bar {bar.number} beat {piece.beats.beat(place)}"
        if place != reached:
            what = "two sound at once" if place < reached else "nothing is written before it"
            yield f"{where}: {what}"
        if len(event.pitches) > 1:
            yield f"{where}: a chord in a melody"
        reached = max(reached, place + event.duration)
    if reached != piece.beats.bar:
        filled = _shown(reached - bar.shift)
        yield f"bar {bar.number} beat 1: filled with {filled} of {_shown(piece.beats.bar)}"


def bars(piece: Any, value: str) -> Iterator[str]:
    """Exactly so many bars, the pickup not counted."""
    found = len(piece.whole_bars)
    if found != int(value):
        yield f"bar {found} beat 1: {found} bars"


def pickup(piece: Any, value: str) -> Iterator[str]:
    """An incomplete first bar of that length."""
    first = piece.bars[0]
    found = 0 if first.number else piece.beats.bar - first.shift
    if found != _length(value):
        yield f"bar {first.number} beat 1: the pickup's length is {_shown(found)}"


def durations(piece: Any, value: str) -> Iterator[str]:
    """Every note has one of these lengths."""
    allowed = {_length(text) for text in value.replace(",", " ").split()}
    for one in piece.notes:
        if one.duration not in allowed:
            yield f"{piece.at(one)}: {one.name} lasts {_shown(one.duration)}"


def longest(piece: Any, value: str) -> Iterator[str]:
    """No note is longer."""
    for one in piece.notes:
        if one.duration > _length(value):
            yield f"{piece.at(one)}: {one.name} lasts {_shown(one.duration)}"


def shortest(piece: Any, value: str) -> Iterator[str]:
    """No note is shorter."""
    for one in piece.notes:
        if one.duration < _length(value):
            yield f"{piece.at(one)}: {one.name} lasts {_shown(one.duration)}"


def no_syncopation(piece: Any, value: str = "") -> Iterator[str]:
    """No note sounds on through a place of its bar that is stronger than where it begins.

    A place that no division of the beat reaches is weaker than all others.
    """
    strengths = piece.beats.strengths
    for one in piece.notes:
        own = strengths[one.place]
        inside = range(one.place + 1, min(len(strengths), one.place + one.duration))
        if stronger := [place for place in inside if strengths[place] < own]:
            beat = piece.beats.beat(stronger[0])
            yield f"{piece.at(one)}: {one.name} sounds on through the stronger beat {beat}"


def no_rests(piece: Any, value: str) -> Iterator[str]:
    """Notes follow each other without a rest."""
    for bar in piece.bars:
        filled = sum(one.duration for one in bar.notes)
        length = piece.beats.bar - bar.shift
        if filled < length:
            yield f"bar {bar.number} beat 1: {_shown(length - filled)} of it are rests"


def density(piece: Any, value: str) -> Iterator[str]:
    """Every whole bar has so many onsets of notes."""
    least, _, most = value.partition("-")
    for bar in piece.whole_bars:
        if not int(least) <= len(bar.notes) <= int(most or least):
            yield f"bar {bar.number} beat 1: {len(bar.notes)} onsets"


def final_note(piece: Any, value: str) -> Iterator[str]:
    """The last note sounds at least so many mean beats, and ends with the piece."""
    if not piece.notes:
        yield "bar 1 beat 1: no note"
        return
    last = piece.notes[-1]
    if last.duration * len(piece.beats.onsets) < Fraction(value) * piece.beats.bar:
        yield f"{piece.at(last)}: the last note {last.name} lasts {_shown(last.duration)}"
    if last.end != piece.end:
        yield f"{piece.at(last)}: the last note {last.name} does not end with the piece"


def rhythm(piece: Any, value: str) -> Iterator[str]:
    """A bar, or every whole bar, has exactly these notes and rests."""
    which, _, text = value.partition(":")
    words = text.replace(",", " ").split()
    wanted = _joined([(word[0] == "r", _length(word.lstrip("r"))) for word in words])
    chosen = piece.whole_bars
    if which.strip() != "all":
        chosen = [bar for bar in piece.bars if bar.number == int(which)]
        if not chosen:
            yield f"bar {which.strip()} beat 1: there is no such bar"
    for bar in chosen:
        found = _joined(_rhythm_of(piece, bar))
        if found != wanted:
            shown = " ".join("r" * is_rest + _shown(length) for is_rest, length in found)
            yield f"bar {bar.number} beat 1: the rhythm is {shown}"


def _rhythm_of(piece: Any, bar: Any) -> list[tuple[bool, Any]]:
    """List notes (ties joined) and rests of a bar."""
    notes = {one.place - bar.shift: one for one in bar.notes}
    found = []
    for event in bar.events:
        if event.is_rest:
            found.append((True, event.duration))
        elif event.place in notes:
            found.append((False, notes[event.place].duration))
    return found


def _joined(events: list[tuple[bool, Any]]) -> list[tuple[bool, Any]]:
    """Join rests that follow each other: silence has no seams."""
    joined: list[tuple[bool, Any]] = []
    for is_rest, length in events:
        if is_rest and joined and joined[-1][0]:
            joined[-1] = (True, joined[-1][1] + length)
        else:
            joined.append((is_rest, length))
    return joined


RULES = {
    "bars_filled": bars_filled,
    "bars": bars,
    "pickup": pickup,
    "durations": durations,
    "longest": longest,
    "shortest": shortest,
    "no_rests": no_rests,
    "no_syncopation": no_syncopation,
    "density": density,
    "final_note": final_note,
    "rhythm": rhythm,
}
