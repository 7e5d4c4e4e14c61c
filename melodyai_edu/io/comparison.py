"""What differs between two scores, in a musician's words.

Conventions
-----------
Made for round trips: a score, and what came back after it was written to a file and read again.

Contents
--------
differences, round_trip
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from melodyai_edu.io.files import read, write
from melodyai_edu.score import Score

__all__ = ["differences", "round_trip"]


def _sounding(score: Score) -> list[list[tuple[int, int, int]]]:
    return [[(n.onset, n.duration, n.pitch) for n in part.notes] for part in score.parts]


#: What can differ, and where it is found.
_ASPECTS: dict[str, Callable[[Score], object]] = {
    "notes": _sounding,
    "spelling": lambda score: [[n.spelling for n in part.notes] for part in score.parts],
    "ties": lambda score: [[n.ties for n in part.notes] for part in score.parts],
    "loudness": lambda score: [[n.velocity for n in part.notes] for part in score.parts],
    "dynamic marks": lambda score: [part.dynamics for part in score.parts],
    "keys": lambda score: score.keys,
    "meters": lambda score: score.meters,
    "tempos": lambda score: score.tempos,
    "pickup": lambda score: score.pickup,
    "length": lambda score: score.duration,
    "part names": lambda score: [part.name for part in score.parts],
    "instruments": lambda score: [(part.program, part.is_drums) for part in score.parts],
    "title": lambda score: score.title,
    "composer": lambda score: score.composer,
    "chord symbols": lambda score: score.chords,
    "sections": lambda score: score.sections,
}


def differences(before: Score, after: Score) -> tuple[str, ...]:
    """Name what differs between two scores.

    Parameters
    ----------
    before, after : Score

    Returns
    -------
    aspects : tuple of str
        Of: notes, spelling, ties, loudness, dynamic marks, keys, meters, tempos, pickup, length,
        part names, instruments, title, composer, chord symbols, sections. Empty if the scores are
        equal.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Melody.from_events([(60, 96)])
    >>> differences(Score.of_melody(tune, title="One"), Score.of_melody(tune, tempo=90))
    ('tempos', 'title')
    """
    return tuple(name for name, of in _ASPECTS.items() if of(before) != of(after))


def round_trip(score: Score, suffix: str) -> Score:
    """Write a score to a file and read it again.

    Parameters
    ----------
    score : Score
    suffix : str
        The format, such as ``".mid"``.

    Returns
    -------
    score : Score
        What came back.

    Raises
    ------
    OutputError
        If the format is unknown or cannot carry the score at all.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Score.of_melody(Melody.from_events([(60, 96)]), title="One")
    >>> differences(tune, round_trip(tune, ".abc"))
    ()
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"score{suffix}"
        write(score, path)
        return read(path)
