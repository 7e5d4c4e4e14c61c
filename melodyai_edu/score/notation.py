"""How a length is written: note values, dots, triplets, and ties over bar lines.

Conventions
-----------
A length that one note value cannot write is split into several, tied for a note, side by side for
a rest. Splits happen at every bar line first; inside a bar, at the beats where that helps to read.

Contents
--------
NoteValue, NOTE_VALUES, split_duration, default_ties, stated_ties, written_ties
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from melodyai_edu.score.meter import TICKS_PER_QUARTER
from melodyai_edu.score.note import Note

__all__ = [
    "NOTE_VALUES",
    "NoteValue",
    "default_ties",
    "split_duration",
    "stated_ties",
    "written_ties",
]


@dataclass(frozen=True, slots=True)
class NoteValue:
    """One printable note value.

    Parameters
    ----------
    denominator : int
        The plain value as a fraction of a whole note: 4 is a quarter; 0 is a breve.
    dots : int
    is_triplet : bool
        Three in the time of two.
    """

    denominator: int
    dots: int = 0
    is_triplet: bool = False


def _note_values() -> dict[int, NoteValue]:
    """Give the simplest value for every length [ticks] that one value can write."""
    whole = 4 * TICKS_PER_QUARTER
    values: dict[int, NoteValue] = {2 * whole: NoteValue(0), 3 * whole: NoteValue(0, 1)}
    for denominator in (1, 2, 4, 8, 16, 32):
        plain = whole // denominator
        values.setdefault(plain, NoteValue(denominator))
        for dots, numerator in ((1, 3), (2, 7)):
            if plain * numerator % 2**dots == 0:
                values.setdefault(plain * numerator // 2**dots, NoteValue(denominator, dots))
    for denominator in (2, 4, 8, 16, 32, 64):
        values.setdefault(whole * 2 // (denominator * 3), NoteValue(denominator, 0, True))
    return values


#: Every length [ticks] that a single note value writes.
NOTE_VALUES: dict[int, NoteValue] = _note_values()

_LENGTHS = sorted(NOTE_VALUES, reverse=True)


def split_duration(duration: int) -> tuple[int, ...]:
    """Split a length into printable ones, the longest first.

    Parameters
    ----------
    duration : int [ticks]

    Returns
    -------
    lengths : tuple of int [ticks]
        Each is a key of ``NOTE_VALUES``; they add up to ``duration``.

    Examples
    --------
    >>> split_duration(36), split_duration(60)
    ((36,), (48, 12))
    """
    lengths = []
    while duration:
        length = next(length for length in _LENGTHS if length <= duration)
        lengths.append(length)
        duration -= length
    return tuple(lengths)


def default_ties(onset: int, duration: int, bar_onsets: tuple[int, ...]) -> tuple[int, ...]:
    """Give the breaks that bar lines and note values force on a note.

    Parameters
    ----------
    onset, duration : int [ticks]
    bar_onsets : tuple of int [ticks]
        As from `Score.bar_onsets`.

    Returns
    -------
    ties : tuple of int [ticks after the onset]

    Examples
    --------
    >>> default_ties(72, 48, (0, 96))
    (24,)
    """
    end = onset + duration
    lines = [line for line in bar_onsets if onset < line < end]
    ties = []
    for first, last in zip([onset, *lines], [*lines, end], strict=True):
        place = first
        for length in split_duration(last - first):
            place += length
            ties.append(place - onset)
    return tuple(ties[:-1])


def stated_ties(
    onset: int, duration: int, breaks: tuple[int, ...], bar_onsets: tuple[int, ...]
) -> tuple[int, ...]:
    """Give what a note must state of the breaks with which it was found written.

    Nothing, where they are the forced ones, and where no notation can have them: they ignore a
    bar line, or leave a length that no note value writes.

    Parameters
    ----------
    onset, duration : int [ticks]
    breaks : tuple of int [ticks after the onset]
        In order, inside the note.
    bar_onsets : tuple of int [ticks]

    Returns
    -------
    ties : tuple of int [ticks after the onset]

    Examples
    --------
    >>> stated_ties(72, 48, (12, 24), (0, 96)), stated_ties(72, 48, (24,), (0, 96))
    ((12, 24), ())
    """
    first, last = bisect_right(bar_onsets, onset), bisect_left(bar_onsets, onset + duration)
    if last - first > len(breaks):  # found without a look at each line: there may be thousands
        return ()
    lines = bar_onsets[first:last]
    cuts = (0, *breaks, duration)
    is_printable = all(end - start in NOTE_VALUES for start, end in pairwise(cuts))
    if not is_printable or not {line - onset for line in lines} <= set(breaks):
        return ()
    return () if breaks == default_ties(onset, duration, lines) else breaks


def written_ties(note: Note, bar_onsets: tuple[int, ...]) -> tuple[int, ...]:
    """Give the breaks with which a note is written: its own ties, or the forced ones.

    Parameters
    ----------
    note : Note
    bar_onsets : tuple of int [ticks]

    Returns
    -------
    ties : tuple of int [ticks after the onset]

    Examples
    --------
    >>> written_ties(Note(0, 48, 60, ties=(12,)), (0,))
    (12,)
    """
    return note.ties or default_ties(note.onset, note.duration, bar_onsets)
