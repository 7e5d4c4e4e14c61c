"""Progressions of pop and jazz: read from a file that a teacher may add to, and counted.

Conventions
-----------
Read from ``data/progressions.json``: Roman numerals in a mode, with a weight each. A *loop* is a
progression of 2, 4 or 8 chords that a pop piece repeats, one a bar, from a bar whose number divides
by its length. Modes that the file does not name have those of major or minor, chord by chord as
their own chords allow.

Contents
--------
Progression, read_progressions, progression_counts
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melodyai_edu.composition.chord_counts import ChordCounts
from melodyai_edu.composition.chord_tables import home_names, style_table
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key

__all__ = ["Progression", "progression_counts", "read_progressions"]

FILE = Path(__file__).parent / "data" / "progressions.json"

#: What a progression weighs against what is known of nothing.
_WEIGHT = 40.0
#: How often a chord is taken to stay and to change, at bar lines and inside bars: loops have a
#: chord a bar, jazz standards about one, often two (Levine 1995, The Jazz Theory Book). Not
#: measured.
_STAY = {"pop": ((3.0, 7.0), (9.0, 1.0)), "jazz": ((1.0, 5.0), (5.0, 3.0))}
#: The same of the tonic chord in jazz, which rests.
_STAY_HOME = ((2.0, 4.0), (6.0, 2.0))
#: What melodies sing over these chords where nothing was counted: members of a seventh chord alike.
#: Shares of root, third, fifth, seventh, scale, outside between beats, on beats, on strong beats;
#: set by hand so that nine, eight and seven notes of ten are what the scale or the chord has.
_SUNG = (
    (0.15, 0.15, 0.15, 0.10, 0.40, 0.05),
    (0.20, 0.20, 0.20, 0.15, 0.22, 0.03),
    (0.25, 0.24, 0.22, 0.16, 0.11, 0.02),
)


class Progression(NamedTuple):
    """A progression that pieces are made of.

    Parameters
    ----------
    name : str
    chords : tuple of str
        Roman numerals.
    weight : float
        How often it is meant to come up.
    closes : bool
        Whether it may end a piece.
    """

    name: str
    chords: tuple[str, ...]
    weight: float
    closes: bool


@cache
def read_progressions(style: str, mode: str) -> tuple[Progression, ...]:
    """Read the progressions of a style in a mode.

    Parameters
    ----------
    style : str
        ``"pop"`` or ``"jazz"``.
    mode : str
        One of ``melodyai_edu.score.MODES``.

    Returns
    -------
    progressions : tuple of Progression
        Of a mode that is not in the file, those of major or minor whose chords it has, and one
        shuttle from its tonic to its neighbour if there are none.

    Examples
    --------
    >>> read_progressions("pop", "major")[0].chords
    ('I', 'V', 'vi', 'IV')
    """
    modes = json.loads(FILE.read_text(encoding="utf-8"))[style]
    if mode in modes:
        return tuple(_progression(entry) for entry in modes[mode])
    kin = "major" if SCALES[mode][2] == 4 else "minor"
    found = (_in_mode(_progression(entry), style, kin, mode) for entry in modes[kin])
    kept = tuple(progression for progression in found if progression is not None)
    names = style_table(style, Key.from_fifths(0, mode)).names
    shuttle = Progression("shuttle", (names[0], names[1], names[0], names[1]), 1.0, False)
    return (*kept, shuttle)


def _progression(entry: dict[str, object]) -> Progression:
    chords = tuple(str(entry["chords"]).split())
    weight, name = entry.get("weight", 1), str(entry["name"])
    if not isinstance(weight, int | float) or weight <= 0 or len(chords) < 2:
        raise ParameterError(f"progression {name!r} in {FILE.name} must have chords and a weight")
    return Progression(name, chords, float(weight), bool(entry.get("closes", False)))


def _in_mode(progression: Progression, style: str, kin: str, mode: str) -> Progression | None:
    """Write a progression in another mode; None if that lacks one of its chords."""
    old, new = (style_table(style, Key.from_fifths(0, name)) for name in (kin, mode))
    home = dict(zip(old.names, home_names(old), strict=True))
    there = dict(zip(home_names(new), new.names, strict=True))
    chords = [there.get(home[chord], "") for chord in progression.chords]
    return progression._replace(chords=tuple(chords)) if all(chords) else None


@cache
def progression_counts(style: str, mode: str) -> ChordCounts:
    """Count which chord follows which in the progressions of a style.

    Parameters
    ----------
    style : str
        ``"pop"`` or ``"jazz"``.
    mode : str

    Returns
    -------
    counts : ChordCounts
        With the spots and kinds of dances; progressions that close count thrice at the ends of
        phrases.
    """
    table = style_table(style, Key.from_fifths(0, mode))
    names = home_names(table)
    counts = ChordCounts.empty("folk", names)
    places = {name: place for place, name in enumerate(table.names)}
    for progression in read_progressions(style, mode):
        chords = [places[chord] for chord in progression.chords]
        counts.start[chords[0]] += _WEIGHT * progression.weight
        for before, after in zip(chords, chords[1:] + chords[:1], strict=True):
            if before != after:
                counts.follow[:, before, after] += _WEIGHT * progression.weight
                counts.follow[1:, before, after] += (
                    2 * _WEIGHT * progression.weight * (progression.closes)
                )
    counts.start[table.roots == 0] += counts.start.sum()
    counts.stay[0::2], counts.stay[1::2] = _STAY[style]
    counts.stay_chord[:] = np.mean(_STAY[style], axis=0)
    if style == "jazz":
        counts.stay_chord[:, table.roots == 0] = np.mean(_STAY_HOME, axis=0)
    counts.fits[:] = _SUNG
    return counts
