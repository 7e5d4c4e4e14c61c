"""A melody with chord symbols and a simple accompaniment.

Conventions
-----------
The melody stays as it is, note for note. Chords are drawn exactly under the rules
(`melodyai_edu.composition.chord_sheet`); the same arguments give the same chords.

Contents
--------
LEAD_STYLES, LeadSheet, lead_sheet
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from melodyai_edu.composition.accompany import accompaniment
from melodyai_edu.composition.chord_plan import as_lead, with_symbols
from melodyai_edu.composition.chord_sheet import ChordSheet, PlannedChord
from melodyai_edu.composition.showing import Harmonised
from melodyai_edu.constraints.chord_places import melody_places
from melodyai_edu.constraints.chord_rules import GivenChords, as_chord_rules
from melodyai_edu.constraints.rule import Rule
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Score

__all__ = ["LEAD_STYLES", "LeadSheet", "lead_sheet"]

#: What each style's chords come from.
LEAD_STYLES = {
    "folk": "chords inferred for dance tunes and airs, from what was counted in Bach's chorales",
    "pop": "loops and progressions of popular songs, from a list",
    "jazz": "ii-V-I, turnarounds, secondary dominants and tritone substitutes, from a list",
}
#: What plays the chords [General MIDI program]: acoustic guitar, piano, electric piano.
_PROGRAMS = {"folk": 24, "pop": 0, "jazz": 4}


@dataclass(frozen=True, eq=False)
class LeadSheet(Harmonised):
    """A melody with chord symbols above it and chords under it.

    Made by `harmonise` with a style other than chorale.

    Parameters
    ----------
    score : Score
        The melody, and a part *Chords*; chord symbols in ``score.chords``.
    planned : tuple of PlannedChord
    sheet : ChordSheet
        What they were drawn from.
    seed : int
    """

    score: Score
    planned: tuple[PlannedChord, ...] = field(repr=False)
    sheet: ChordSheet = field(repr=False)
    seed: int

    @property
    def chords(self) -> tuple[tuple[int, str], ...]:
        """Where each chord begins [ticks], and its Roman numeral."""
        return tuple((chord.onset, chord.numeral) for chord in self.planned)

    def chord_text(self, *, symbols: bool = False) -> str:
        """Write the chords bar by bar, as ``"I V | vi | %"``.

        Parameters
        ----------
        symbols : bool, default False
            Chord symbols instead of numerals.

        Returns
        -------
        text : str
            A bar in which the chord goes on is ``%``.
        """
        return self.sheet.chord_text(self.planned, symbols=symbols)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What can be said of it, as plain values."""
        return {
            "key": self.score.key.name,
            "meter": self.score.meter.name,
            "bars": self.score.bar_count,
            "style": self.sheet.style,
            "chords": self.chord_text(),
            "symbols": self.chord_text(symbols=True),
            "seed": self.seed,
            "temperature": self.sheet.temperature,
            "model": LEAD_STYLES[self.sheet.style],
            "rules kept": ", ".join(map(str, self.sheet.rules)) or "none asked for",
        }

    def why(self, bar: int, beat: float = 1) -> str:
        """Say how likely each chord was at a place.

        Parameters
        ----------
        bar : int [from 1; 0 is a pickup]
        beat : float, default 1 [from 1]

        Returns
        -------
        text : str
            The chord that was drawn, what the melody sings there, and the chances of all chords,
            worked out over all legal ways to harmonise the whole melody.

        Raises
        ------
        ParameterError
            If no chord sounds there.
        """
        places = self.sheet.places
        inside = [p for p in places if p.bar == bar - 1 and float(p.place.split()[-1]) <= beat]
        if not inside:
            raise ParameterError(
                f"bar={bar}, beat={beat} has no chord; there is one at "
                f"{', '.join(place.place for place in places[:4])}"
            )
        place = inside[-1]
        drawn = [chord for chord in self.planned if chord.onset <= place.onset][-1]
        chances = self.sheet.chances()[place.number]
        listed = [f"{name} {chance:.0%}" for name, chance in chances.items() if chance >= 0.01]
        sung = " ".join(place.key.spell(note.pitch) for note in place.sung) or "nothing"
        return (
            f"{place.place}: {drawn.symbol} ({drawn.numeral}), under {sung}. Of all legal ways to "
            f"harmonise the melody: {', '.join(listed)}."
        )

    def _repr_html_(self) -> str:
        title = f"<h3>{html.escape(self.score.title)}</h3>" if self.score.title else ""
        return f"{title}\n{super()._repr_html_()}"


def lead_sheet(
    score: Score,
    *,
    style: str,
    rules: Iterable[str | Rule] = (),
    chords: str | Sequence[str] | None = None,
    seed: int = 0,
    temperature: float = 1.0,
) -> LeadSheet:
    """Put chord symbols and chords to a melody.

    Parameters
    ----------
    score : Score
        The melody in its first part.
    style : str
        One of ``LEAD_STYLES``.
    rules : iterable of str or ChordRule, optional
        See `melodyai_edu.constraints.chord_rules.CHORD_RULES`.
    chords : str or sequence of str, optional
        These chords, one a bar: ``"I IV V I"``, or ``"I | IV V | I"``.
    seed : int, default 0
    temperature : float, default 1.0

    Returns
    -------
    sheet : LeadSheet

    Raises
    ------
    ParameterError
        If a value cannot be used, or the rules cannot be kept.
    """
    melody = as_lead(score)
    asked = as_chord_rules(rules)
    if chords is not None:
        asked += (GivenChords(chords if isinstance(chords, str) else " ".join(chords)),)
    sheet = ChordSheet(
        melody_places(melody), style, asked, where=(score.meter.name,), temperature=temperature
    )
    planned = sheet.planned(sheet.draw(np.random.default_rng(seed)))
    part = accompaniment(melody, planned, _PROGRAMS[style])
    lead = replace(melody.parts[0], name=melody.parts[0].name or "Melody")
    both = replace(melody, parts=(lead, part), chords=())
    return LeadSheet(with_symbols(both, planned), planned, sheet, seed)
