"""The two sets of melodies that published melody models are measured on.

Children's songs: ``essenFolksong/kinder0.abc`` of music21's corpus. Chorale melodies: the
sopranos of ``bach/bwv253`` to ``bwv438`` there; the published set lacks one of them.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.io.abc_read import parse_abc
from melodyai_edu.io.mxl import parse_mxl, unpack_mxl

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from melodyai_edu.score import Score

SETS = ("children's songs", "chorale melodies")
COUNTS = {SETS[0]: (213, 8393, 27), SETS[1]: (186, 9339, 22)}
"""Melodies, notes and pitches in music21's files; the published chorales are 185, 9,227 and 21."""

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


class Line(NamedTuple):
    """One melody: pitches as MIDI integers and durations in ticks, 24 a quarter.

    Three grace notes of the chorales (in bwv299 and bwv315) have a pitch and no duration.
    """

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
    corpus = Path(find_spec("music21").submodule_search_locations[0]) / "corpus"
    if name == SETS[0]:
        book = (corpus / "essenFolksong" / "kinder0.abc").read_text(encoding="utf-8")
        return [_line(tune.score) for tune in parse_abc(book)]
    files = [corpus / "bach" / f"bwv{number}.mxl" for number in range(253, 439)]
    return [_chorale(file.read_bytes()) for file in files]


def _line(score: Score) -> Line:
    """Take the first part, which sings the melody; a tied note is one."""
    notes = score.parts[0].notes
    return Line([note.pitch for note in notes], [note.duration for note in notes])


def _chorale(data: bytes) -> Line:
    """Read durations as the package does, and pitches with the grace notes that it leaves out."""
    from defusedxml.ElementTree import fromstring

    soprano = fromstring(unpack_mxl(data), forbid_dtd=False).find("part")
    notes = [note for note in soprano.iter("note") if note.find("pitch") is not None]
    begun = [note for note in notes if note.find("tie[@type='stop']") is None]
    return _line(parse_mxl(data))._replace(pitches=[_pitch(note.find("pitch")) for note in begun])


def _pitch(written: Element) -> int:
    alter = int(written.findtext("alter", default="0"))
    octave = int(written.findtext("octave")) + 1
    return 12 * octave + _SEMITONES[written.findtext("step")] + alter
