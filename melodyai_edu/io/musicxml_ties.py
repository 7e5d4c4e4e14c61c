"""Written notes of a MusicXML file to sounding ones: on the tick grid, ties joined.

Conventions
-----------
A time off the grid goes to the nearest tick. A note that is tied back continues the one of the
same pitch that is tied on where it begins, if possible of the same voice; without one it sounds
anew.

Contents
--------
NoteJoiner, to_grid
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from melodyai_edu.io.musicxml_measures import Measure, WrittenNote
from melodyai_edu.io.musicxml_values import Ticks
from melodyai_edu.score import TICKS_PER_QUARTER, Dynamic, Note, Pitch
from melodyai_edu.score.notation import stated_ties
from melodyai_edu.score.part import marked_velocity

__all__ = ["NoteJoiner", "to_grid"]


def to_grid(time: Ticks) -> int:
    """Round to the nearest tick, halves up.

    Parameters
    ----------
    time : int or Fraction [ticks]

    Returns
    -------
    time : int [ticks]

    Examples
    --------
    >>> to_grid(Fraction(24, 5)), to_grid(Fraction(1, 2))
    (5, 1)
    """
    return time if isinstance(time, int) else int((2 * time + 1) // 2)


@dataclass(slots=True)
class _Sounding:
    """A note that may still be tied on."""

    onset: int
    end: int
    pitch: Pitch
    voice: str
    velocity: int | None
    breaks: list[int] = field(default_factory=list)


class NoteJoiner:
    """Brings written notes to the grid and joins their ties, part after part.

    Parameters
    ----------
    bar_onsets : tuple of int [ticks]
        As from `Score.bar_onsets`.

    Attributes
    ----------
    moved : int
        How many notes did not fall on the grid, so far.
    largest_move : Fraction [quarter notes]
        How far an onset or an end was moved at most, so far.
    """

    def __init__(self, bar_onsets: tuple[int, ...]) -> None:
        self.bar_onsets = bar_onsets
        self.moved = 0
        self.largest_move = Fraction(0)

    def notes(
        self, measures: Iterable[Measure], starts: Sequence[int], dynamics: Sequence[Dynamic]
    ) -> tuple[Note, ...]:
        """Join the notes of a part.

        Parameters
        ----------
        measures : iterable of Measure
        starts : sequence of int [ticks]
            Where each measure begins.
        dynamics : sequence of Dynamic
            The part's marks, sorted: they give the velocities that the file does not state.

        Returns
        -------
        notes : tuple of Note
        """
        return tuple(self._note(note, dynamics) for note in self._join(measures, starts))

    def _join(self, measures: Iterable[Measure], starts: Sequence[int]) -> list[_Sounding]:
        written = [
            (*self._place(start, note), note)
            for start, measure in zip(starts, measures, strict=False)
            for note in measure.notes
        ]
        written.sort(key=lambda item: item[0])
        done: list[_Sounding] = []
        tied: dict[tuple[int, int], list[_Sounding]] = defaultdict(list)  # by pitch and end
        for onset, end, note in written:
            waiting = tied.get((note.pitch.midi, onset), []) if note.is_tied_back else []
            sounding = _take(waiting, note)
            if sounding is None:
                sounding = _Sounding(onset, end, note.pitch, note.voice, note.velocity)
                done.append(sounding)
            else:
                sounding.breaks.append(onset - sounding.onset)
                sounding.end = end
            if note.is_tied_on:
                tied[note.pitch.midi, end].append(sounding)
        return done

    def _place(self, start: int, note: WrittenNote) -> tuple[int, int]:
        """Give onset and end on the grid."""
        onset, end = to_grid(note.start), to_grid(note.end)
        if (onset, end) != (note.start, note.end):
            self.moved += 1
            moves = abs(Fraction(onset - note.start)), abs(Fraction(end - note.end))
            self.largest_move = max(self.largest_move, max(moves) / TICKS_PER_QUARTER)
        return start + onset, start + max(end, onset + 1)

    def _note(self, note: _Sounding, dynamics: Sequence[Dynamic]) -> Note:
        velocity = note.velocity or marked_velocity(dynamics, note.onset)
        duration = note.end - note.onset
        ties: tuple[int, ...] = ()
        if note.breaks:
            ties = stated_ties(note.onset, duration, tuple(note.breaks), self.bar_onsets)
        return Note(note.onset, duration, note.pitch.midi, note.pitch.spelling, velocity, ties)


def _take(waiting: list[_Sounding], note: WrittenNote) -> _Sounding | None:
    """Take the note that is tied to this one, if possible from the same voice."""
    if not waiting:
        return None
    voices = [sounding.voice for sounding in waiting]
    return waiting.pop(voices.index(note.voice) if note.voice in voices else 0)
