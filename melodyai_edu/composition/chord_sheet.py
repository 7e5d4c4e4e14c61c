"""Chords drawn over places: one chain for each key, under rules.

Conventions
-----------
Where the key changes a new chain begins, with the chords of that key. A draw is the style's own
distribution given that every rule is kept; nothing is tried and thrown away.

Contents
--------
PlannedChord, ChordSheet
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import combinations, groupby
from typing import NamedTuple

import numpy as np

from melodyai_edu.composition.chord_machine import Machine, build_machine, forbid
from melodyai_edu.composition.chord_tables import style_table, symbol_of
from melodyai_edu.constraints.chord_places import ChordPlace
from melodyai_edu.constraints.chord_rules import ChordRule
from melodyai_edu.decoding.chain import Chain
from melodyai_edu.errors import ParameterError

__all__ = ["ChordSheet", "PlannedChord"]


class PlannedChord(NamedTuple):
    """A chord and how long it sounds.

    Parameters
    ----------
    onset, duration : int [ticks]
    numeral : str
        A Roman numeral in the key of its place.
    symbol : str
        The same as a chord symbol.
    """

    onset: int
    duration: int
    numeral: str
    symbol: str


class _Stretch(NamedTuple):
    """Places in one key, their machine under the rules, and its chain."""

    places: tuple[ChordPlace, ...]
    machine: Machine
    chain: Chain


class ChordSheet:
    """Everything that chords are drawn from: places, style, rules.

    Parameters
    ----------
    places : sequence of ChordPlace
    style : str
        One of ``STYLES``.
    rules : sequence of ChordRule, optional
    where : sequence of str, optional
        A genre and a meter, whose harmonic rhythm is taken.
    temperature : float, default 1.0
        Below 1 the usual becomes more usual.

    Raises
    ------
    ParameterError
        If the rules cannot be kept; the message names a smallest set of them and the place.
    """

    def __init__(
        self,
        places: Sequence[ChordPlace],
        style: str,
        rules: Sequence[ChordRule] = (),
        *,
        where: Sequence[str] = (),
        temperature: float = 1.0,
    ) -> None:
        self.places, self.style, self.rules = tuple(places), style, tuple(rules)
        self._where, self.temperature = tuple(where), temperature
        for rule in self.rules:
            rule.check(self.places)
        self.more = tuple(dict.fromkeys(c for rule in rules for c in rule.asked_chords()))
        _ = self._stretches

    @cached_property
    def _machines(self) -> tuple[tuple[tuple[ChordPlace, ...], Machine], ...]:
        found = []
        for key, group in groupby(self.places, key=lambda place: place.key):
            places = tuple(group)
            table = style_table(self.style, key, self.more)
            found.append((places, build_machine(self.style, places, table, self._where)))
        return tuple(found)

    @cached_property
    def _stretches(self) -> tuple[_Stretch, ...]:
        found = []
        for places, machine in self._machines:
            legal, _ = forbid(machine, places, self.rules)
            chain = Chain(legal.weights, legal.moves, self.temperature)
            if chain.dead_end is not None:
                raise ParameterError(self._conflict(places, machine, chain.dead_end))
            found.append(_Stretch(places, legal, chain))
        return tuple(found)

    def _conflict(self, places: tuple[ChordPlace, ...], machine: Machine, failed: int) -> str:
        """Say which rules cannot be kept together, where, and what to relax."""

        def is_possible(rules: Sequence[ChordRule]) -> bool:
            legal, _ = forbid(machine, places, rules)
            return Chain(legal.weights, legal.moves).dead_end is None

        sizes = range(1, len(self.rules))
        smaller = (some for n in sizes for some in combinations(self.rules, n))
        rules = next((some for some in smaller if not is_possible(some)), self.rules)
        names = " and ".join(f"{str(rule)!r}" for rule in rules)
        ways = "; ".join(f"{rule.name}: {rule.relax}" for rule in rules)
        return (
            f"the rule{'s' * (len(rules) > 1)} {names} cannot be kept"
            f"{' together' * (len(rules) > 1)} at {places[failed].place} with the chords of "
            f"style={self.style!r} in {places[failed].key.name} "
            f"({' '.join(machine.table.names)}). Relax {'one of them' if len(rules) > 1 else 'it'} "
            f"({ways})"
        )

    def draw(self, random: np.random.Generator) -> tuple[int, ...]:
        """Draw a chord for each place.

        Parameters
        ----------
        random : np.random.Generator

        Returns
        -------
        chords : tuple of int
            Each in the table of its key.
        """
        return self._chords([stretch.chain.draw(random) for stretch in self._stretches])

    def best(self) -> tuple[int, ...]:
        """Give the likeliest chords of all."""
        return self._chords([stretch.chain.best() for stretch in self._stretches])

    def _chords(self, paths: Sequence[Sequence[int]]) -> tuple[int, ...]:
        return tuple(
            int(stretch.machine.chords[number, state])
            for stretch, path in zip(self._stretches, paths, strict=True)
            for number, state in enumerate(path)
        )

    def chances(self) -> list[dict[str, float]]:
        """Give the probability of each chord at each place, by its numeral, the likeliest first."""
        found = []
        for _, machine, chain in self._stretches:
            for states, chords in zip(chain.marginals(), machine.chords, strict=True):
                row = np.bincount(chords, states, len(machine.table))
                order = np.argsort(-row, kind="stable")
                found.append({machine.table.names[n]: float(row[n]) for n in order if row[n] > 0})
        return found

    def planned(self, chords: Sequence[int]) -> tuple[PlannedChord, ...]:
        """Write drawn chords as planned ones; a chord that goes on is one.

        Parameters
        ----------
        chords : sequence of int
            One for each place, as drawn.

        Returns
        -------
        planned : tuple of PlannedChord
        """
        found: list[PlannedChord] = []
        tables = {place.key: style_table(self.style, place.key, self.more) for place in self.places}
        for place, chord in zip(self.places, chords, strict=True):
            table = tables[place.key]
            new = PlannedChord(
                place.onset, place.end - place.onset, table.names[chord], symbol_of(table, chord)
            )
            last = found[-1] if found else None
            if last and last[2:] == new[2:] and last.onset + last.duration == new.onset:
                found[-1] = last._replace(duration=last.duration + new.duration)
            else:
                found.append(new)
        return tuple(found)

    def chord_text(self, planned: Sequence[PlannedChord], *, symbols: bool = False) -> str:
        """Write chords bar by bar, as ``"I V | vi"``; a bar without a new chord has a ``%``.

        Parameters
        ----------
        planned : sequence of PlannedChord
        symbols : bool, default False
            Chord symbols instead of numerals.

        Returns
        -------
        text : str
        """
        bars: dict[int, list[str]] = {place.bar: [] for place in self.places}
        for chord in planned:
            place = next(p for p in self.places if p.onset <= chord.onset < p.end)
            bars[place.bar].append(chord.symbol if symbols else chord.numeral)
        return " | ".join(" ".join(bar) or "%" for bar in bars.values())
