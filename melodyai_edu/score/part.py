"""A part: one instrument's notes and dynamic marks.

Conventions
-----------
A part may sound several notes at once; `Part.melody` refuses where it does.

Contents
--------
DYNAMICS, Dynamic, Part, marked_velocity
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.melody import Melody
from melodyai_edu.score.note import DEFAULT_VELOCITY, Chord, Note

__all__ = ["DYNAMICS", "Dynamic", "Part", "marked_velocity"]

#: Dynamic marks with a usual loudness for each [MIDI velocity].
DYNAMICS = {"ppp": 16, "pp": 32, "p": 48, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 124}


@dataclass(frozen=True, slots=True, order=True)
class Dynamic:
    """A dynamic mark such as ``mf`` above a part.

    Parameters
    ----------
    onset : int [ticks]
    mark : str
        One of ``DYNAMICS``.

    Raises
    ------
    ParameterError
        If the mark is unknown.
    """

    onset: int
    mark: str

    def __post_init__(self) -> None:
        if self.mark not in DYNAMICS:
            raise ParameterError(f"mark={self.mark!r} must be one of: {', '.join(DYNAMICS)}")


def marked_velocity(dynamics: Sequence[Dynamic], onset: int) -> int:
    """Give the velocity that the last dynamic mark asks for.

    Parameters
    ----------
    dynamics : sequence of Dynamic
        Sorted, as a part holds them.
    onset : int [ticks]

    Returns
    -------
    velocity : int [MIDI]
        The default before the first mark.

    Examples
    --------
    >>> marked_velocity((Dynamic(24, "f"),), 0), marked_velocity((Dynamic(24, "f"),), 24)
    (80, 96)
    """
    place = bisect_right(dynamics, onset, key=lambda dynamic: dynamic.onset)
    return DYNAMICS[dynamics[place - 1].mark] if place else DEFAULT_VELOCITY


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument's notes, possibly several at a time.

    Parameters
    ----------
    notes : tuple of Note
        Sorted by onset, then pitch, when built.
    name : str, optional
        As printed beside the staff.
    program : int [General MIDI, 0-127], default 0
        0 is the grand piano; ignored when ``is_drums``.
    is_drums : bool, default False
        Pitches are drums of the General MIDI percussion map.
    dynamics : tuple of Dynamic, optional

    Raises
    ------
    ParameterError
        If ``program`` is out of range.

    Examples
    --------
    >>> part = Part((Note(0, 24, 64), Note(0, 24, 60)), name="Flute", program=73)
    >>> [note.pitch for note in part.notes]
    [60, 64]
    """

    notes: tuple[Note, ...]
    name: str = ""
    program: int = 0
    is_drums: bool = False
    dynamics: tuple[Dynamic, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127:
            raise ParameterError(f"program={self.program} must be a General MIDI number, 0 to 127")
        ordered = sorted(self.notes, key=lambda note: (note.onset, note.pitch, note.duration))
        object.__setattr__(self, "notes", tuple(ordered))
        object.__setattr__(self, "dynamics", tuple(sorted(self.dynamics)))

    @property
    def duration(self) -> int:
        """Where the last sounding note stops [ticks]."""
        return max((note.end for note in self.notes), default=0)

    def melody(self, duration: int = 0) -> Melody:
        """Give the part as one voice.

        Parameters
        ----------
        duration : int, optional [ticks]
            The whole length with the silence at the end.

        Returns
        -------
        melody : Melody

        Raises
        ------
        ParameterError
            If two notes sound together.
        """
        return Melody(self.notes, duration)

    def chords(self) -> tuple[Note | Chord, ...]:
        """Group notes that begin and end together.

        Returns
        -------
        events : tuple of Note and Chord
            Sorted by onset.
        """
        ordered = sorted(self.notes, key=lambda note: (note.onset, note.duration, note.pitch))
        groups = groupby(ordered, key=lambda note: (note.onset, note.duration))
        together = [tuple(group) for _, group in groups]
        return tuple(notes[0] if len(notes) == 1 else Chord(notes) for notes in together)
