"""A melody: one voice, one note at a time.

Conventions
-----------
Notes are sorted and never overlap; what lies between them is rest. A melody knows nothing of bars:
meter and key belong to the score around it.

Contents
--------
Melody, find_overlap
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.key import Key
from melodyai_edu.score.note import Note, Rest

__all__ = ["Melody", "find_overlap"]


def find_overlap(notes: Iterable[Note]) -> tuple[Note, Note] | None:
    """Find the first two notes that sound at the same time.

    Parameters
    ----------
    notes : iterable of Note
        Sorted by onset.

    Returns
    -------
    pair : tuple of two Notes, or None
        ``None`` if every note ends before the next begins.

    Examples
    --------
    >>> find_overlap([Note(0, 24, 60), Note(24, 24, 62)]) is None
    True
    """
    before: Note | None = None
    for note in notes:
        if before is not None and note.onset < before.end:
            return before, note
        before = note
    return None


@dataclass(frozen=True, slots=True)
class Melody:
    """A one-voice sequence of notes, with rests in between.

    Parameters
    ----------
    notes : tuple of Note
        Sorted by onset when built; must not overlap.
    duration : int, optional [ticks]
        The whole length with the silence at its end; up to the last note when left out.

    Raises
    ------
    ParameterError
        If two notes overlap or the duration is too short.

    Examples
    --------
    >>> melody = Melody((Note(0, 24, 60), Note(36, 12, 64)))
    >>> [type(event).__name__ for event in melody.events()]
    ['Note', 'Rest', 'Note']
    >>> melody.intervals
    array([4])
    """

    notes: tuple[Note, ...]
    duration: int = 0

    def __post_init__(self) -> None:
        notes = tuple(sorted(self.notes))
        object.__setattr__(self, "notes", notes)
        overlap = find_overlap(notes)
        if overlap is not None:
            first, second = overlap
            raise ParameterError(
                f"{second.pitch_name} at tick {second.onset} begins while {first.pitch_name} "
                f"sounds until {first.end}: a melody has one note at a time, use a Part"
            )
        end = notes[-1].end if notes else 0
        if self.duration and self.duration < end:
            raise ParameterError(f"duration={self.duration} must reach the last note's end, {end}")
        object.__setattr__(self, "duration", self.duration or end)

    @classmethod
    def from_events(cls, events: Iterable[tuple[int | None, int]]) -> Melody:
        """Build a melody from pitches and durations laid end to end.

        Parameters
        ----------
        events : iterable of (pitch, duration)
            Pitch [MIDI] or ``None`` for a rest, duration [ticks].

        Returns
        -------
        melody : Melody

        Raises
        ------
        ParameterError
            If a pitch or a duration is out of range.

        Examples
        --------
        >>> Melody.from_events([(60, 24), (None, 12), (64, 12)]).duration
        48
        """
        notes, onset = [], 0
        for pitch, duration in events:
            if pitch is not None:
                notes.append(Note(onset, duration, pitch))
            onset += duration
        return cls(tuple(notes), onset)

    def __len__(self) -> int:
        return len(self.notes)

    def __iter__(self) -> Iterator[Note]:
        return iter(self.notes)

    @property
    def pitches(self) -> np.ndarray:
        """The pitches in order [shape=(notes,), int, MIDI]."""
        return np.array([note.pitch for note in self.notes], dtype=int)

    @property
    def onsets(self) -> np.ndarray:
        """The onsets in order [shape=(notes,), int, ticks]."""
        return np.array([note.onset for note in self.notes], dtype=int)

    @property
    def durations(self) -> np.ndarray:
        """The durations in order [shape=(notes,), int, ticks]."""
        return np.array([note.duration for note in self.notes], dtype=int)

    @property
    def intervals(self) -> np.ndarray:
        """The steps from each note to the next [shape=(notes - 1,), int, semitones]."""
        return np.diff(self.pitches)

    def events(self) -> tuple[Note | Rest, ...]:
        """List notes and rests so that each begins where the last ended.

        Returns
        -------
        events : tuple of Note and Rest
            Their durations add up to the melody's.
        """
        events: list[Note | Rest] = []
        onset = 0
        for note in self.notes:
            if note.onset > onset:
                events.append(Rest(onset, note.onset - onset))
            events.append(note)
            onset = note.end
        if self.duration > onset:
            events.append(Rest(onset, self.duration - onset))
        return tuple(events)

    def transposed(self, semitones: int, key: Key | None = None) -> Melody:
        """Give the same melody at another height.

        Parameters
        ----------
        semitones : int [semitones]
        key : Key, optional
            The key to spell the result in; C major when left out.

        Returns
        -------
        melody : Melody

        Raises
        ------
        ParameterError
            If a pitch leaves MIDI's range.

        Examples
        --------
        >>> [note.pitch_name for note in Melody((Note(0, 24, 60),)).transposed(2)]
        ['D4']
        """
        notes = tuple(note.transposed(semitones, key) for note in self.notes)
        return Melody(notes, self.duration)
