"""Checkers of the melody rules.

Conventions
-----------
Each takes a `Piece` of ``checkers_piece.py`` and the rule's value, and yields what is broken as
``"bar 3 beat 2: ..."``. Rests are passed over: the note before is the last that sounded.

Contents
--------
RULES, in_key_classes
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from music21 import interval, pitch

_MINOR_THIRD = ("minor", "dorian", "phrygian", "locrian")
#: The line of fifths, where C is place 0.
_FIFTHS = "FCGDAEB"


def _words(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _midi(name: str) -> int:
    return pitch.Pitch(name[0].upper() + name[1:].replace("b", "-")).midi


def _known(word: str, *words: str) -> None:
    """Refuse what no rule means: it must not pass unjudged."""
    if word not in words:
        raise ValueError(f"{word!r} must be one of: {', '.join(words)}")


def in_key_classes(piece: Any, key: str = "") -> set[int]:
    """Give the pitch classes of a key's scale, in minor with the raised sixth and seventh."""
    classes = piece.key_classes(key)
    raised = {classes[5] + 1, classes[6] + 1} if piece.is_mode("minor", text=key) else set()
    return {one % 12 for one in (*classes, *raised)}


def in_key(piece: Any, value: str = "") -> Iterator[str]:
    """Only notes of the key's scale; in minor also the raised sixth and seventh degree."""
    allowed = in_key_classes(piece)
    for one in piece.notes:
        if one.midi % 12 not in allowed and one.bar not in piece.other_keys:
            yield f"{piece.at(one)}: {one.name} is not in {piece.key}"


def scale(piece: Any, value: str) -> Iterator[str]:
    """Only notes of that scale."""
    for one in piece.notes:
        if one.midi % 12 not in piece.scale_classes(value, piece.key_at(one)):
            yield f"{piece.at(one)}: {one.name} is not in {value}"


def range_(piece: Any, value: str) -> Iterator[str]:
    """No note lower or higher."""
    low, high = (_midi(name) for name in value.replace(" ", "").split("-"))
    for one in piece.notes:
        if not low <= one.midi <= high:
            yield f"{piece.at(one)}: {one.name} lies outside {value}"


def _leap(piece: Any, before: Any, after: Any) -> str:
    apart = abs(after.midi - before.midi)
    return f"{piece.at(after)}: {before.name} to {after.name} is {apart} semitones"


def max_leap(piece: Any, value: str) -> Iterator[str]:
    """No two successive notes are further apart."""
    for before, after in piece.steps():
        if abs(after.midi - before.midi) > int(value):
            yield _leap(piece, before, after)


def leaps_recovered(piece: Any, value: str = "") -> Iterator[str]:
    """After a leap the next note moves one or two semitones the other way."""
    for place, (before, after) in enumerate(piece.steps()):
        leap = after.midi - before.midi
        if abs(leap) < int(value or 7):
            continue
        following = piece.notes[place + 2 : place + 3]
        if not following:
            yield f"{_leap(piece, before, after)}, and nothing follows"
        elif (following[0].midi - after.midi) * (-1 if leap > 0 else 1) not in (1, 2):
            yield f"{piece.at(following[0])}: {following[0].name} does not step back from a leap"


@cache
def _spelled(midi: int, key_fifths: int, is_minor: bool) -> str:
    """Spell a pitch by the name nearest to the key on the line of fifths.

    The twelve names lie around two places sharp of a major key's signature, four of a minor
    key's; of two equally near ones the sharper, but from six places on the flatter.
    """
    centre = key_fifths + (4 if is_minor else 2)
    around = range(centre - 6, centre + 6) if centre >= 6 else range(centre - 5, centre + 7)
    place = next(place for place in around if place * 7 % 12 == midi % 12)
    alter, letter = divmod(place + 1, 7)
    return pitch.Pitch(_FIFTHS[letter] + ("#" * alter or "-" * -alter)).name


@cache
def _is_augmented(before: int, after: int, first: str, second: str) -> bool:
    """Whether music21 calls the interval between two spelled pitches augmented."""
    notes = []
    for midi, name in ((before, first), (after, second)):
        spelled = pitch.Pitch(name, octave=4)
        spelled.octave += (midi - spelled.midi) // 12
        notes.append(spelled)
    found = interval.Interval(*sorted(notes, key=lambda one: one.ps))
    return found.name.startswith("A") and found.name != "A1"


def no_augmented_leap(piece: Any, value: str = "") -> Iterator[str]:
    """No augmented interval, as the key spells it, and no tritone between successive notes."""
    for before, after in piece.steps():
        key = piece.key_at(after)
        fifths, is_minor = piece.fifths(key), piece.is_mode("minor", text=key)
        names = [_spelled(one.midi, fifths, is_minor) for one in (before, after)]
        augmented = _is_augmented(before.midi, after.midi, *names)
        if augmented or abs(after.midi - before.midi) == 6:
            yield f"{_leap(piece, before, after)}: {'augmented' if augmented else 'a tritone'}"


def longest_repetition(piece: Any, value: str) -> Iterator[str]:
    """No pitch sounds more than so many times in a row."""
    run = 1
    for before, after in piece.steps():
        run = run + 1 if before.midi == after.midi else 1
        if run == int(value) + 1:
            yield f"{piece.at(after)}: {after.name} sounds more than {value} times in a row"


def _degree(piece: Any, one: Any, value: str, which: str) -> Iterator[str]:
    if one is None:
        yield "bar 1 beat 1: no note"
        return
    key = piece.key_at(one)
    classes = piece.key_classes(key)
    if one.midi % 12 not in [classes[int(degree) - 1] for degree in _words(value)]:
        yield f"{piece.at(one)}: the {which} note {one.name} is not degree {value} of {key}"


def first_degree(piece: Any, value: str) -> Iterator[str]:
    """The first note is one of these scale degrees."""
    yield from _degree(piece, piece.notes[0] if piece.notes else None, value, "first")


def last_degree(piece: Any, value: str) -> Iterator[str]:
    """The last note is one of these scale degrees."""
    yield from _degree(piece, piece.notes[-1] if piece.notes else None, value, "last")


def end_on_tonic(piece: Any, value: str = "") -> Iterator[str]:
    """The last note is the tonic."""
    yield from last_degree(piece, "1")


def _dominant_classes(piece: Any, key: str) -> set[int]:
    """Give degrees 2, 5 and 7, where the third is minor also the raised seventh."""
    classes = piece.key_classes(key)
    found = {classes[1], classes[4], classes[6]}
    return found | {(classes[0] - 1) % 12} if piece.is_mode(*_MINOR_THIRD, text=key) else found


def cadence(piece: Any, value: str) -> Iterator[str]:
    """Bars that close on the tonic (full) or on degree 2, 5 or 7 (half)."""
    for item in value.split(","):
        number, kind = item.split()
        _known(kind, "full", "half")
        yield from _cadence(piece, int(number), kind)


def _cadence(piece: Any, number: int, kind: str) -> Iterator[str]:
    bar = piece.bar(number)
    if bar is None or not bar.notes:
        yield f"bar {number} beat 1: no note for a {kind} cadence"
        return
    last = bar.notes[-1]
    key = piece.key_at(last)
    tonic = piece.key_classes(key)[0]
    before = piece.notes[max(0, piece.notes.index(last) - 1)]
    if last.end != bar.onset + piece.beats.bar:
        yield f"{piece.at(last)}: {last.name} does not end with the bar"
    if kind == "half" and last.midi % 12 not in _dominant_classes(piece, key):
        yield f"{piece.at(last)}: {last.name} is not degree 2, 5 or 7 of {key}"
    if kind == "full" and last.midi % 12 != tonic:
        yield f"{piece.at(last)}: {last.name} is not the tonic of {key}"
    if kind == "full" and (before is last or before.midi % 12 not in _dominant_classes(piece, key)):
        yield f"{piece.at(last)}: not degree 2, 5 or 7 before {last.name}"


def leading_tone_resolves(piece: Any, value: str = "") -> Iterator[str]:
    """After the leading tone comes the tonic a semitone above, or the same leading tone."""
    for before, after in piece.steps():
        leading = (piece.key_classes(piece.key_at(after))[0] - 1) % 12
        if before.midi % 12 == leading and after.midi - before.midi not in (0, 1):
            yield f"{piece.at(after)}: {before.name} goes to {after.name}"
    last = piece.notes[-1] if piece.notes else None
    if last and (last.midi + 1) % 12 == piece.key_classes(piece.key_at(last))[0]:
        yield f"{piece.at(last)}: the last note is the leading tone"


def one_climax(piece: Any, value: str = "") -> Iterator[str]:
    """The highest pitch sounds exactly once."""
    top = max((one.midi for one in piece.notes), default=0)
    tops = [one for one in piece.notes if one.midi == top]
    for one in tops[1:]:
        yield f"{piece.at(one)}: the highest pitch {one.name} sounds again"


def chord_tones(piece: Any, value: str) -> Iterator[str]:
    """Every note that begins on a strong beat belongs to the chord of its bar."""
    figures = _words(value)
    for one in piece.notes:
        if one.bar and one.place in piece.beats.strong:
            figure = figures[(one.bar - 1) % len(figures)]
            if one.midi % 12 not in piece.chord(figure, piece.key_at(one)).classes:
                yield f"{piece.at(one)}: {one.name} is not in {figure}"


def contour(piece: Any, value: str) -> Iterator[str]:
    """The first notes of the bars rise, fall, or do one and then the other."""
    _known(value, "rising", "falling", "arch", "valley")
    half = -(-len(piece.whole_bars) // 2)
    firsts = [bar.notes[0] for bar in piece.whole_bars if bar.notes]
    for before, after in pairwise(firsts):
        first_half = after.bar <= half
        rises = value == "rising" or (value == "arch" if first_half else value == "valley")
        if (after.midi < before.midi) if rises else (after.midi > before.midi):
            wanted = "lower" if rises else "higher"
            yield f"{piece.at(after)}: {after.name} is {wanted} than {before.name} before it"


RULES = {
    "in_key": in_key,
    "scale": scale,
    "range": range_,
    "max_leap": max_leap,
    "leaps_recovered": leaps_recovered,
    "no_augmented_leap": no_augmented_leap,
    "longest_repetition": longest_repetition,
    "first_degree": first_degree,
    "last_degree": last_degree,
    "end_on_tonic": end_on_tonic,
    "cadence": cadence,
    "leading_tone_resolves": leading_tone_resolves,
    "one_climax": one_climax,
    "chord_tones": chord_tones,
    "contour": contour,
}
