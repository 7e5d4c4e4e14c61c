"""The two sets of melodies that published melody models are measured on.

Children's songs: ``essenFolksong/kinder0.abc`` of music21's corpus. Chorale melodies: the
sopranos of ``bach/bwv253`` to ``bwv438`` there; the published set lacks one of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

SETS = ("children's songs", "chorale melodies")
COUNTS = {SETS[0]: (213, 8393, 27), SETS[1]: (186, 9339, 22)}
"""Melodies, notes and pitches: what a correct reading of music21's files gives."""


class Line(NamedTuple):
    """One melody: pitches as MIDI integers and durations in ticks, 24 a quarter."""

    pitches: list[int]
    durations: list[int]


class Coded(NamedTuple):
    """Melodies as places in their sorted alphabet."""

    melodies: list[list[int]]
    alphabet: np.ndarray


def load_set(name: str) -> list[Line]:
    """Load one of `SETS`, and check that it is the published one.

    Raises
    ------
    ValueError
        If the counts are not those of `COUNTS`.
    """
    lines = _read(name)
    pitches = [pitch for line in lines for pitch in line.pitches]
    found = (len(lines), len(pitches), len(set(pitches)))
    if found != COUNTS[name]:
        msg = f"{name}: melodies, notes, pitches are {found} and must be {COUNTS[name]}"
        raise ValueError(msg)
    return lines


def code(values: list[list[int]]) -> Coded:
    """Replace each value by its number among the distinct ones, smallest first."""
    alphabet = np.unique(np.concatenate(values))
    return Coded([alphabet.searchsorted(sequence).tolist() for sequence in values], alphabet)


def _read(name: str) -> list[Line]:
    import music21

    root = Path(music21.__file__).parent / "corpus"
    if name == SETS[0]:
        return [
            _line(s) for s in music21.converter.parse(root / "essenFolksong/kinder0.abc").scores
        ]
    files = [root / "bach" / f"bwv{number}.mxl" for number in range(253, 439)]
    return [_line(music21.converter.parse(file).parts[0]) for file in files if file.exists()]


def _line(stream) -> Line:
    notes = list(stream.stripTies().flatten().notes)
    return Line(
        [note.pitches[-1].midi for note in notes],
        [round(24 * note.quarterLength) for note in notes],
    )
