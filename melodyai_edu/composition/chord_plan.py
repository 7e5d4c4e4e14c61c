"""Planning chords: before there is a melody, or for one that is there.

Conventions
-----------
Chords planned before a melody count their ticks from the first whole bar at 0. Bars count from 0.

Contents
--------
PlannedChord, plan_chords, fit_chords, as_lead, check_style, with_symbols

References
----------
Simon, Morris & Basu (2008), MySong: automatic accompaniment generation for vocal melodies, CHI,
725-734: a hidden chain of chords, one weight for the melody, one for what follows what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.composition.chord_sheet import ChordSheet, PlannedChord
from melodyai_edu.composition.chord_tables import STYLES
from melodyai_edu.constraints.chord_places import ChordPlace, empty_places, melody_places
from melodyai_edu.constraints.chord_rules import ChordRule, approaches
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.estimate import skyline
from melodyai_edu.score import ChordSymbol, Key, Meter, Score

if TYPE_CHECKING:
    from melodyai_edu.constraints.chords import ChordTable

__all__ = ["PlannedChord", "as_lead", "check_style", "fit_chords", "plan_chords", "with_symbols"]

_CADENCES = ("half", "full")


def check_style(style: str) -> None:
    """Refuse a style that there is not.

    Raises
    ------
    ParameterError
        If it is none of ``STYLES``.
    """
    if style not in STYLES:
        raise ParameterError(f"style={style!r} must be one of: {', '.join(STYLES)}")


def _per(style: str) -> str:
    return "beat" if style == "chorale" else "half"


def as_lead(score: Score) -> Score:
    """Give the melody of a score alone: the highest notes of its first part.

    Raises
    ------
    ParameterError
        If there is no part, or it is one of drums.
    """
    if not score.parts or score.parts[0].is_drums:
        raise ParameterError("the score must have a melody in its first part to be harmonised")
    part = score.parts[0]
    return replace(score, parts=(replace(part, notes=skyline(part.notes)),))


def fit_chords(
    score: Score, *, style: str = "folk", seed: int = 0, temperature: float = 1.0
) -> Score:
    """Harmonise a melody with chord symbols.

    Chords are drawn exactly from what was counted or listed for the style, weighed by how the
    melody's notes fit them, long and strong ones more.

    Parameters
    ----------
    score : Score
        Its first part has the melody; of notes that sound together the highest.
    style : str, default "folk"
        ``"chorale"``, ``"folk"``, ``"pop"`` or ``"jazz"``.
    seed : int, default 0
    temperature : float, default 1.0
        Below 1 the usual becomes more usual.

    Returns
    -------
    score : Score
        The same, with ``chords``.

    Raises
    ------
    ParameterError
        If there is no melody, or a value cannot be used.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> line = [(60, 24), (64, 24), (67, 48), (71, 24), (67, 24), (62, 48), (60, 96)]
    >>> tune = Score.of_melody(Melody.from_events(line))
    >>> " ".join(chord.text for chord in fit_chords(tune, temperature=0.1).chords)
    'C G C'
    """
    check_style(style)
    places = melody_places(as_lead(score), per=_per(style))
    sheet = ChordSheet(places, style, where=(score.meter.name,), temperature=temperature)
    return with_symbols(score, sheet.planned(sheet.draw(np.random.default_rng(seed))))


def with_symbols(score: Score, planned: Sequence[PlannedChord]) -> Score:
    """Put planned chords above a score."""
    return replace(score, chords=tuple(ChordSymbol(one.onset, one.symbol) for one in planned))


class _Given(ChordRule):
    """These places have these chords already."""

    name = example = "given"

    def __init__(self, chords: dict[int, int]) -> None:
        self.chords = chords

    def allows_chord(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        allowed = np.ones(len(table), bool)
        if place.number in self.chords:
            allowed[:] = False
            allowed[self.chords[place.number]] = True
        return allowed


class _Closes(ChordRule):
    """These bars close: full on the tonic, half on the dominant."""

    name = example = "closes"

    def __init__(self, cadences: dict[int, str]) -> None:
        self.cadences = cadences

    def allows_chord(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        kind = self.cadences.get(place.bar) if place.is_last_in_bar else None
        if kind is None:
            return np.ones(len(table), bool)
        return _goals(kind, table)


def _goals(kind: str, table: ChordTable) -> np.ndarray:
    """Say on which chords a cadence may end; modes without a dominant take v, or the seventh."""
    if kind == "full":
        return np.asarray(table.roots == 0)
    for found in (approaches(table) == 1, table.roots == 7, table.roots == 10):
        if found.any():
            return np.asarray(found)
    return np.asarray(table.roots != 0)


def plan_chords(
    key: Key,
    meter: Meter,
    bars: int,
    random: np.random.Generator,
    *,
    genre: str | None = None,
    style: str = "folk",
    repeats: Sequence[int] | None = None,
    cadences: Sequence[tuple[int, str]] = (),
) -> tuple[PlannedChord, ...]:
    """Draw chords before there is a melody.

    Parameters
    ----------
    key : Key
    meter : Meter
    bars : int
    random : np.random.Generator
    genre : str, optional
        Its harmonic rhythm is taken where it was counted, otherwise the meter's.
    style : str, default "folk"
        ``"chorale"``, ``"folk"``, ``"pop"`` or ``"jazz"``.
    repeats : sequence of int, optional
        One entry a bar: its own number, or that of the earlier bar that it repeats, whose chords it
        gets; unless a cadence asks that bar for another last chord: then it is planned anew.
    cadences : sequence of (int, str)
        Bars, and ``"half"`` (its last chord is V) or ``"full"`` (it is I).

    Returns
    -------
    planned : tuple of PlannedChord

    Raises
    ------
    ParameterError
        If a value cannot be used.

    Examples
    --------
    >>> random = np.random.default_rng(2)
    >>> plan = plan_chords(Key("G"), Meter(6, 8), 8, random, repeats=(0, 1, 2, 3, 0, 1, 6, 7),
    ...                    cadences=((3, "half"), (7, "full")))
    >>> plan[0].onset, sum(chord.duration for chord in plan), plan[-1].symbol
    (0, 576, 'G')
    """
    check_style(style)
    places = empty_places(key, meter, bars, per=_per(style))
    closes = _Closes(_read_cadences(cadences, bars))
    where = (*((genre,) if genre else ()), meter.name)
    original = _read_repeats(repeats, bars)
    chords: dict[int, int] = {}
    for is_copy, group in groupby(range(bars), key=lambda bar: original[bar] != bar):
        run = list(group)
        if is_copy:
            run = [bar for bar in run if not _copy(places, chords, original, bar, closes.cadences)]
        if run:
            sheet = ChordSheet(places, style, (_Given(chords), closes), where=where)
            drawn = sheet.draw(random)
            chords.update({p.number: drawn[p.number] for p in places if p.bar in run})
    sheet = ChordSheet(places, style, where=where)
    return sheet.planned([chords[place.number] for place in places])


def _copy(
    places: Sequence[ChordPlace],
    chords: dict[int, int],
    original: Sequence[int],
    bar: int,
    cadences: dict[int, str],
) -> bool:
    """Give a bar the chords of the one that it repeats; say whether its cadence lets it."""
    own, old = ([p for p in places if p.bar == b] for b in (bar, original[bar]))
    asked = cadences.get(bar)
    if asked is not None and cadences.get(original[bar]) != asked:
        return False
    chords.update({a.number: chords[b.number] for a, b in zip(own, old, strict=True)})
    return True


def _read_cadences(cadences: Sequence[tuple[int, str]], bars: int) -> dict[int, str]:
    for bar, kind in cadences:
        if not 0 <= bar < bars or kind not in _CADENCES:
            raise ParameterError(
                f"cadence=({bar}, {kind!r}) must be a bar from 0 to {bars - 1} and one of: "
                f"{', '.join(_CADENCES)}"
            )
    return dict(cadences)


def _read_repeats(repeats: Sequence[int] | None, bars: int) -> list[int]:
    if repeats is None:
        return list(range(bars))
    if len(repeats) != bars or any(not 0 <= old <= bar for bar, old in enumerate(repeats)):
        raise ParameterError(
            f"repeats={tuple(repeats)} must have an entry for each of {bars} bars: its own number "
            f"or that of an earlier bar"
        )
    return list(repeats)
