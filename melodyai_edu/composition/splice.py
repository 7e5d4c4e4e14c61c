"""Bars of one arrangement put into another.

Conventions
-----------
Bars count from 0, a pickup with them.

Contents
--------
replace_bars
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Note, Score

__all__ = ["replace_bars"]

_EARLY = 1  # ticks that human timing may place a note before its bar


def replace_bars(of: Score, new: Score, first: int, last: int) -> Score:
    """Take some bars of a new arrangement, and everything else from the old one.

    Parameters
    ----------
    of, new : Score
        Two arrangements with the same bars and the same number of parts.
    first, last : int [bars, from 0, a pickup counted]
        Both are taken from ``new``.

    Returns
    -------
    score : Score
        Every note that begins outside these bars is that of ``of``, bit for bit. A note that
        human timing plays a tick before the bar line belongs to the bar after it.

    Raises
    ------
    ParameterError
        If the bars or parts of the two differ, or there are no such bars.

    Examples
    --------
    >>> from melodyai_edu.score import Part
    >>> one, two = (Score((Part((Note(0, 96, p), Note(96, 96, p))),)) for p in (60, 64))
    >>> [note.pitch for note in replace_bars(one, two, 1, 1).parts[0].notes]
    [60, 64]
    """
    onsets = (*of.bar_onsets(), of.duration)
    if onsets != (*new.bar_onsets(), new.duration) or len(of.parts) != len(new.parts):
        raise ParameterError("of and new must have the same bars and the same number of parts")
    if not 0 <= first <= last < len(onsets) - 1:
        raise ParameterError(
            f"first={first}, last={last} must be bars of the piece, from 0 to {len(onsets) - 2}"
        )
    start, end = onsets[first] - _EARLY, onsets[last + 1] - _EARLY
    parts = []
    for old, fresh in zip(of.parts, new.parts, strict=True):
        kept = [note for note in old.notes if not start <= note.onset < end]
        taken = [note for note in fresh.notes if start <= note.onset < end]
        parts.append(replace(old, notes=(*kept, *_free(taken, kept))))
    return replace(of, parts=tuple(parts))


def _free(taken: Sequence[Note], kept: Sequence[Note]) -> list[Note]:
    """Make room for old notes: those of the same pitch, and what human timing lets touch."""
    found = []
    for note in taken:
        near = [old.end for old in kept if note.onset < old.end <= note.onset + 2 * _EARLY]
        later = [
            old.onset
            for old in kept
            if note.onset < old.onset < note.end
            and (old.pitch == note.pitch or note.end - old.onset <= 2 * _EARLY)
        ]
        onset, end = max([note.onset, *near]), min([note.end, *later])
        if onset < end:
            found.append(replace(note, onset=onset, duration=end - onset))
    return found
