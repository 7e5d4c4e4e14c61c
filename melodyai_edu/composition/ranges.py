"""What an instrument can play: its range, and whether it sounds chords, a line or the bass.

Conventions
-----------
Ranges are sounding pitches with both ends in them. They stand in ``instruments.toml`` with their
sources.

Contents
--------
KINDS, Compass, compass_of, fit_octaves
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melodyai_edu.composition.instruments import INSTRUMENTS, instrument_named
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Note, Pitch

__all__ = ["KINDS", "Compass", "compass_of", "fit_octaves"]

KINDS = ("chords", "line", "bass", "noise")

_FILE = Path(__file__).with_name("instruments.toml")

#: Octaves that a note may be moved by [semitones], the smallest first.
_SHIFTS = np.array([0, -12, 12, -24, 24, -36, 36, -48, 48, -60, 60])
#: Costs of a line's moves: an octave that begins inside a phrase is heard as a mistake, so it is
#: dear; one after a rest or a long note is cheap; so is a note outside the comfortable range.
_OCTAVE_AWAY, _NEW_OCTAVE, _UNCOMFORTABLE = 0.5, 20.0, 0.6


class Compass(NamedTuple):
    """What an instrument can play.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    low, high : int [MIDI]
        The lowest and the highest playable pitch.
    easy_low, easy_high : int [MIDI]
        Where it is comfortable to play.
    """

    kind: str
    low: int
    high: int
    easy_low: int
    easy_high: int

    def __contains__(self, pitch: object) -> bool:
        return isinstance(pitch, int) and self.low <= pitch <= self.high


@cache
def _ranges() -> dict[str, Compass]:
    import tomllib

    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["ranges"]
    found = {
        name: Compass(kind, *(Pitch.parse(pitch).midi for pitch in pitches))
        for name, (kind, *pitches) in rows.items()
    }
    if missing := set(INSTRUMENTS) ^ set(found):
        raise ParameterError(f"{_FILE.name} must name each instrument once: {sorted(missing)}")
    return found


def compass_of(instrument: str) -> Compass:
    """Give what an instrument can play.

    Parameters
    ----------
    instrument : str
        As `melodyai_edu.composition.instruments.program_of` takes it.

    Returns
    -------
    compass : Compass

    Raises
    ------
    ParameterError
        If the name is unknown, or a drum kit.

    References
    ----------
    Adler (2016), The Study of Orchestration, 4th ed., appendix A; see ``instruments.toml``.

    Examples
    --------
    >>> compass_of("flute")
    Compass(kind='line', low=60, high=98, easy_low=62, easy_high=93)
    """
    name = instrument_named(instrument)
    if name not in _ranges():
        raise ParameterError(f"instrument={instrument!r} has no range: a drum kit has no pitches")
    return _ranges()[name]


def fit_octaves(notes: Sequence[Note], compass: Compass) -> tuple[int, ...]:
    """Choose the octaves in which an instrument plays a line.

    The line stays where it is if it can; else it moves as a whole; only a line that is wider than
    the range changes its octave, where that is least heard: after a rest or a long note, or where
    the line leaps anyway.

    Parameters
    ----------
    notes : sequence of Note
        Sorted by onset.
    compass : Compass

    Returns
    -------
    shifts : tuple of int [semitones]
        A multiple of 12 for each note; all the moved notes lie in the range.

    References
    ----------
    The cheapest path is found by dynamic programming: Viterbi (1967), IEEE Transactions on
    Information Theory 13(2), 260-269.

    Examples
    --------
    >>> low = [Note(0, 24, 55), Note(24, 24, 62), Note(48, 24, 67)]
    >>> fit_octaves(low, compass_of("flute")), fit_octaves(low, compass_of("violin"))
    ((12, 12, 12), (0, 0, 0))
    """
    if not notes:
        return ()
    pitches = np.array([[note.pitch] for note in notes]) + _SHIFTS
    cost = _OCTAVE_AWAY / 12 * np.abs(_SHIFTS) * np.ones(pitches.shape)
    cost += _UNCOMFORTABLE * ((pitches < compass.easy_low) | (pitches > compass.easy_high))
    cost[(pitches < compass.low) | (pitches > compass.high)] = np.inf
    total, back = cost[0], []
    for index in range(1, len(notes)):
        change = _change_cost(notes[index - 1], notes[index], pitches[index - 1], pitches[index])
        steps = total[:, None] + change
        back.append(steps.argmin(axis=0))
        total = steps.min(axis=0) + cost[index]
    path = [int(total.argmin())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return tuple(int(_SHIFTS[state]) for state in reversed(path))


def _change_cost(
    before: Note, after: Note, old_pitches: np.ndarray, new_pitches: np.ndarray
) -> np.ndarray:
    """Give what it costs to go from one octave to another between two notes [old, new]."""
    pause = max(after.onset - before.onset, 1) / 24  # quarter notes
    leap = np.abs(new_pitches[None, :] - old_pitches[:, None])
    changes = _SHIFTS[None, :] != _SHIFTS[:, None]
    return np.asarray(changes * (_NEW_OCTAVE / (1 + pause) + 0.2 * leap))
