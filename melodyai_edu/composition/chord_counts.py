"""What was counted of chords: which follows which, when they change, what is sung over them.

Conventions
-----------
Chords are written by their home names (`melodyai_edu.composition.chord_tables.home_names`). A
*spot* is a place as far as the change of chords goes: of dances the bar of eight and which half of
it, of chorales weak beat, bar line, long note or end. A *kind* is a place as far as the choice
goes: of dances inside a phrase, its fourth bar, its eighth; of chorales the spot. What is sung over
a chord is one of ``SUNG``. Counts need not be whole: inferred chords count by their probability.

Contents
--------
SPOTS, SUNG, KINDS_OF_PLACES, ChordCounts, spot_of, kind_of, read_counts, write_counts
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.constraints.chord_places import ChordPlace
from melodyai_edu.score import SCALES

__all__ = [
    "KINDS_OF_PLACES",
    "SPOTS",
    "SUNG",
    "ChordCounts",
    "kind_of",
    "read_counts",
    "spot_of",
    "write_counts",
]

FILE = Path(__file__).parent / "data" / "chord_counts.json"

#: What a note is to a chord: one of its members, another note of the scale, any other.
SUNG = ("root", "third", "fifth", "seventh", "scale", "outside")

#: How many spots and kinds of places each way of counting has.
SPOTS = {"chorale": 4, "folk": 16}
KINDS_OF_PLACES = {"chorale": 4, "folk": 3}


def spot_of(counted: str, place: ChordPlace, bars: int) -> int:
    """Say where a place is as far as the change of chords goes.

    Parameters
    ----------
    counted : str
        ``"chorale"`` or ``"folk"``.
    place : ChordPlace
    bars : int
        How many whole bars there are; the last counts as the eighth.

    Returns
    -------
    spot : int
    """
    if counted == "chorale":
        return kind_of(counted, place, bars)
    bar = 7 if place.bar == bars - 1 else place.bar % 8
    return 2 * bar + (place.part > 0)


def kind_of(counted: str, place: ChordPlace, bars: int) -> int:
    """Say where a place is as far as the choice of the next chord goes; as in `spot_of`."""
    if counted == "chorale":
        return 3 if place.is_last else 2 if place.closes else int(place.position == 0)
    if place.bar == bars - 1 or place.bar % 8 == 7:
        return 2
    return int(place.bar % 4 == 3)


@dataclass(frozen=True, eq=False)
class ChordCounts:
    """Counts of the chords of some tunes.

    Parameters
    ----------
    names : tuple of str
        Home names of the C chords.
    tunes : int
    start : np.ndarray [shape=(C,), float]
        How often each comes first.
    follow : np.ndarray [shape=(kinds, C, C), float]
        How often another chord follows, by the kind of the place to which it comes.
    stay : np.ndarray [shape=(spots, 2), float]
        How often a chord stays, and how often it changes.
    stay_chord : np.ndarray [shape=(kinds, C, 2), float]
        The same by the chord that sounded.
    fits : np.ndarray [shape=(3, 6), float]
        What is sung, among ``SUNG``, between beats, on beats, on strong beats [beats].
    stay_where : dict of str to np.ndarray [shape=(spots, 2), float]
        ``stay`` by the name of a genre or a meter.
    """

    names: tuple[str, ...]
    tunes: int = 0
    start: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0))
    follow: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0))
    stay: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0))
    stay_chord: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0))
    fits: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0))
    stay_where: dict[str, np.ndarray] = field(repr=False, default_factory=dict)

    @classmethod
    def empty(cls, counted: str, names: Iterable[str]) -> ChordCounts:
        """Give counts of nothing, to be added to."""
        names = tuple(names)
        size, spots, kinds = len(names), SPOTS[counted], KINDS_OF_PLACES[counted]
        return cls(
            names,
            0,
            np.zeros(size),
            np.zeros((kinds, size, size)),
            np.zeros((spots, 2)),
            np.zeros((kinds, size, 2)),
            np.zeros((3, len(SUNG))),
        )

    def among(self, names: tuple[str, ...]) -> ChordCounts:
        """Give the counts of these chords only, in this order; 0 for those never met."""
        own = {name: place for place, name in enumerate(self.names)}
        places = np.array([own.get(name, -1) for name in names], int)
        known = places >= 0
        start = np.where(known, self.start[places], 0.0)
        follow = self.follow[:, places][:, :, places] * (known[:, None] & known[None, :])
        stay_chord = self.stay_chord[:, places] * known[None, :, None]
        return ChordCounts(
            names, self.tunes, start, follow, self.stay, stay_chord, self.fits, self.stay_where
        )

    def to_plain(self) -> dict[str, Any]:
        """Give the counts as plain values, those that are 0 left out."""

        def row(values: np.ndarray) -> dict[str, float]:
            return {
                name: round(float(value), 1)
                for name, value in zip(self.names, values, strict=True)
                if round(float(value), 1)
            }

        follow = [
            {n: row(r) for n, r in zip(self.names, table, strict=True) if row(r)}
            for table in self.follow
        ]
        stay_chord = [
            {n: _rounded(pair) for n, pair in zip(self.names, table, strict=True) if pair.sum()}
            for table in self.stay_chord
        ]
        return {
            "tunes": self.tunes,
            "chords": list(self.names),
            "first": row(self.start),
            "next, by kind of place": follow,
            "stays and changes, by spot": _rounded(self.stay),
            "stays and changes, by kind of place and chord": stay_chord,
            "sung, by strength": _rounded(self.fits),
            "stays and changes, by genre or meter": {
                name: _rounded(table) for name, table in sorted(self.stay_where.items())
            },
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> ChordCounts:
        """Read what `to_plain` gave."""
        names = tuple(plain["chords"])

        def row(values: dict[str, float]) -> list[float]:
            return [values.get(name, 0.0) for name in names]

        follow = [
            [row(table.get(name, {})) for name in names]
            for table in plain["next, by kind of place"]
        ]
        by_chord = plain["stays and changes, by kind of place and chord"]
        stay_chord = [[table.get(name, [0.0, 0.0]) for name in names] for table in by_chord]
        where = plain["stays and changes, by genre or meter"]
        return cls(
            names,
            plain["tunes"],
            np.array(row(plain["first"])),
            np.array(follow),
            np.array(plain["stays and changes, by spot"]),
            np.array(stay_chord),
            np.array(plain["sung, by strength"]),
            {name: np.array(table) for name, table in where.items()},
        )


def _rounded(values: np.ndarray) -> Any:
    return np.round(values, 1).tolist()


def write_counts(counts: dict[str, dict[str, ChordCounts]], about: str, file: Path = FILE) -> None:
    """Write counts, by style and mode, as a readable file."""
    plain: dict[str, Any] = {"about": about}
    for counted, modes in counts.items():
        plain[counted] = {mode: own.to_plain() for mode, own in modes.items()}
    text = json.dumps(plain, indent=1, ensure_ascii=False)
    file.write_text(_narrow(text) + "\n", encoding="utf-8")


def _narrow(text: str) -> str:
    """Put each innermost list or row of counts on one line."""
    import re

    return re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda found: re.sub(r"\s*\n\s*", " ", found[0]), text)


@cache
def _file() -> dict[str, dict[str, ChordCounts]]:
    plain = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        counted: {mode: ChordCounts.from_plain(own) for mode, own in plain[counted].items()}
        for counted in SPOTS
    }


def read_counts(counted: str, mode: str) -> tuple[ChordCounts, ChordCounts]:
    """Read the counts that come with the package.

    Parameters
    ----------
    counted : str
        ``"chorale"`` or ``"folk"``.
    mode : str
        One of ``melodyai_edu.score.MODES``.

    Returns
    -------
    own, family : ChordCounts
        Of the mode, and of major or minor, whichever has its third; the same where the mode was
        met too seldom.
    """
    modes = _file()[counted]
    family = modes["major" if SCALES[mode][2] == 4 else "minor"]
    return modes.get(mode, family), family
