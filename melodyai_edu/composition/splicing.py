"""Two versions of a piece put together: bars of one between those of the other, or whole parts.

Conventions
-----------
A note belongs to where it begins.

Contents
--------
splice, keep_parts
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from melodyai_edu.composition.request_values import choice
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Note, Part, Score

__all__ = ["keep_parts", "splice"]


def splice(
    old: Score,
    new: Score,
    begin: int,
    end: int,
    written: tuple[Score, Score] | None = None,
) -> Score:
    """Put what begins between two places of a new version into an old one.

    Parameters
    ----------
    old, new : Score
        With the same parts.
    begin, end : int [ticks]
        Notes from ``begin`` on and before ``end`` are the new ones; they stop at ``end`` at the
        latest.
    written : (Score, Score), optional
        The old and the new version as written, if these two are as played: then a note belongs to
        where it is written. The n-th note of a part is the same one in both.

    Returns
    -------
    score : Score

    Raises
    ------
    ParameterError
        If the versions have other parts.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> old = Score.of_melody(Melody.from_events([(60, 96), (60, 96)]))
    >>> new = Score.of_melody(Melody.from_events([(65, 96), (65, 96)]))
    >>> [note.pitch for note in splice(old, new, 96, 192).parts[0].notes]
    [60, 65]
    """
    _same_band(old, new)
    old_places, new_places = written or (old, new)
    parts = tuple(
        replace(
            mine,
            notes=(
                *(note for note, place in _places(mine, at) if not begin <= place < end),
                *(_cut(n, end) for n, place in _places(other, there) if begin <= place < end),
            ),
        )
        for mine, other, at, there in zip(
            old.parts, new.parts, old_places.parts, new_places.parts, strict=True
        )
    )
    chords = tuple(
        symbol
        for score, is_inside in ((old, False), (new, True))
        for symbol in score.chords
        if (begin <= symbol.onset < end) == is_inside
    )
    return replace(old, parts=parts, chords=chords)


def _places(part: Part, written: Part) -> list[tuple[Note, int]]:
    """Pair each note with where it is written [ticks]."""
    return [(note, place.onset) for note, place in zip(part.notes, written.notes, strict=True)]


def _cut(note: Note, end: int) -> Note:
    """Let a note stop at a place at the latest; what is played late may last a tick longer."""
    duration = max(min(note.end, end) - note.onset, 1)
    ties = tuple(tie for tie in note.ties if tie < duration)
    return replace(note, duration=duration, ties=ties)


def keep_parts(old: Score, new: Score, names: Sequence[str]) -> Score:
    """Keep some parts of an old version in a new one.

    Parameters
    ----------
    old, new : Score
    names : sequence of str
        The parts that stay, in any case.

    Returns
    -------
    score : Score

    Raises
    ------
    ParameterError
        If no part has the name, or the versions have other parts.

    Examples
    --------
    >>> from melodyai_edu.score import Note
    >>> old, new = (Score((Part((Note(0, 24, p),), name="Bass"),)) for p in (40, 45))
    >>> keep_parts(old, new, ["bass"]) == old
    True
    """
    if not names:
        return new
    _same_band(old, new)
    known = [part.name.lower() for part in old.parts]
    for name in names:
        choice("lock", str(name).lower(), known)
    kept = {str(name).lower() for name in names}
    return replace(
        new,
        parts=tuple(
            mine if mine.name.lower() in kept else other
            for mine, other in zip(old.parts, new.parts, strict=True)
        ),
    )


def _same_band(old: Score, new: Score) -> None:
    mine, others = ([(p.name, p.program, p.is_drums) for p in s.parts] for s in (old, new))
    if mine != others:
        raise ParameterError(
            f"instruments={[part.name for part in new.parts]} must be those of the piece that is "
            f"kept in part: {[part.name for part in old.parts]}"
        )
