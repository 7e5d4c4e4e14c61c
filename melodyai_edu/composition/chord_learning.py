"""Learning chords: counted where four voices sing them, inferred where there is a tune alone.

Conventions
-----------
Only training tunes are looked at. The chords of chorales are read from Bach's voices on every beat.
Those of dance tunes are inferred by expectation and maximisation: what was counted so far makes a
chain of chords under each tune, the probabilities of its chords are counted, and so on, from the
chorales as a beginning. The counts come with the package; ``tools/build_chord_counts.py`` makes
them.

Contents
--------
count_chorales, infer_chords, learn_dances

References
----------
Rabiner (1989), Proceedings of the IEEE 77(2), 257-286: re-estimation. Raphael & Stoddard (2004),
Functional harmonic analysis using probabilistic models, Computer Music Journal 28(3), 45-52: a
hidden chain of chords under notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.composition.chord_chain import (
    counted_moves,
    counted_start,
    loudness,
    melody_weights,
    sung_as,
)
from melodyai_edu.composition.chord_counts import ChordCounts, kind_of, spot_of
from melodyai_edu.composition.chord_tables import home_names, style_table
from melodyai_edu.composition.harmony_counts import chords_at
from melodyai_edu.constraints.chord_places import ChordPlace, melody_places
from melodyai_edu.constraints.chords import ChordTable
from melodyai_edu.decoding.chain import Chain
from melodyai_edu.score import SCALES, Key
from melodyai_edu.score.key import MODES

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["count_chorales", "infer_chords", "learn_dances"]

#: Modes with counts of their own; the others have those of major or minor.
_MODES = ("major", "minor", "mixolydian", "dorian")
#: How often a chord is taken to stay and to change at bar lines and inside bars, before any tune
#: was heard; the tunes soon say otherwise.
_BAR_LINE, _HALF_BAR = (1.0, 2.0), (3.0, 1.0)


def _add(
    counts: ChordCounts,
    counted: str,
    places: Sequence[ChordPlace],
    table: ChordTable,
    chances: np.ndarray,
    moves: np.ndarray,
    where: Iterable[str] = (),
) -> None:
    """Count one tune: the chances of its chords and of its moves, both over the table's chords."""
    own = {name: place for place, name in enumerate(counts.names)}
    at = np.array([own[name] for name in home_names(table)])
    bars, classes = places[-1].bar + 1, sung_as(table)
    counts.start[at] += chances[0]
    for place, table_of_moves in zip(places[1:], moves, strict=True):
        spot, kind = spot_of(counted, place, bars), kind_of(counted, place, bars)
        stays = np.diag(table_of_moves)
        changes = table_of_moves - np.diag(stays)
        counts.follow[kind][np.ix_(at, at)] += changes
        pair = np.stack([stays, changes.sum(axis=1)], axis=1)
        counts.stay_chord[kind][at] += pair
        counts.stay[spot] += pair.sum(axis=0)
        for name in where:
            counts.stay_where.setdefault(name, np.zeros_like(counts.stay))[spot] += pair.sum(axis=0)
    for place, row in zip(places, chances, strict=True):
        for note in place.sung:
            heard = loudness(place, note.duration)
            np.add.at(counts.fits[note.strength], classes[:, note.pitch % 12], heard * row)


def count_chorales(tunes: Iterable[Tune], mode: str) -> ChordCounts:
    """Count the chords of chorales, beat by beat.

    Parameters
    ----------
    tunes : iterable of Tune
        Of four parts; those whose key has another third are passed over.
    mode : str
        ``"major"`` or ``"minor"``.

    Returns
    -------
    counts : ChordCounts
    """
    counts = ChordCounts.empty("chorale", home_names(style_table("chorale", Key("C", mode))))
    number = 0
    for tune in tunes:
        if SCALES[tune.key.mode][2] != SCALES[mode][2] or tune.key.mode not in ("major", "minor"):
            continue
        places = melody_places(tune.melody_score, per="beat")
        chords = chords_at(tune, np.array([place.onset for place in places]))
        table = style_table("chorale", tune.key)
        known = chords >= 0
        chances = np.eye(len(table))[chords] * known[:, None]
        moves = chances[:-1, :, None] * chances[1:, None, :]
        _add(counts, "chorale", places, table, chances, moves)
        number += 1
    return replace(counts, tunes=number)


def infer_chords(
    tune: Tune, own: ChordCounts, family: ChordCounts
) -> tuple[Chain, tuple[ChordPlace, ...], ChordTable]:
    """Put a chain of chords under a dance tune.

    Parameters
    ----------
    tune : Tune
    own, family : ChordCounts
        Of its mode, and of major or minor.

    Returns
    -------
    chain, places, table : Chain, tuple of ChordPlace, ChordTable
    """
    table = style_table("folk", tune.key)
    names = home_names(table)
    places = melody_places(tune.melody_score)
    mine, kin = own.among(names), family.among(names)
    weights = melody_weights(places, table, kin.fits)
    weights[0] += counted_start(mine, kin)
    moves = counted_moves(places, "folk", mine, kin, _where(tune))
    return Chain(weights, moves), places, table


def _where(tune: Tune) -> tuple[str, ...]:
    return (*((tune.genre,) if tune.genre else ()), tune.meter.name)


def _beginning(chorales: dict[str, ChordCounts]) -> dict[str, ChordCounts]:
    """Begin with what chorales say of the chords that dance tunes have."""
    found = {}
    for mode in _MODES:
        third = _kin(mode)
        names = _names(third)
        known = chorales[third].among(names)
        counts = ChordCounts.empty("folk", names)
        # A hundredth, so that the first tunes that are heard weigh more.
        counts.follow[:] = known.follow.sum(axis=0) / 100
        counts.start[:] = known.start / 100
        counts.stay[0::2] = _BAR_LINE
        counts.stay[1::2] = _HALF_BAR
        counts.fits[:] = chorales[third].fits / 100
        found[mode] = counts
    return found


def _names(third: str) -> tuple[str, ...]:
    """List the home names of all chords that dance tunes have in modes with this third."""
    modes = [mode for mode in MODES if _kin(mode) == third]
    tables = (home_names(style_table("folk", _key(mode))) for mode in modes)
    return tuple(dict.fromkeys(name for names in tables for name in names))


def _key(mode: str) -> Key:
    return Key.from_fifths(0, mode)


def _kin(mode: str) -> str:
    return "major" if SCALES[mode][2] == 4 else "minor"


def learn_dances(
    tunes: Sequence[Tune], chorales: dict[str, ChordCounts], rounds: int = 2
) -> dict[str, ChordCounts]:
    """Infer the chords of dance tunes, and count them.

    Parameters
    ----------
    tunes : sequence of Tune
    chorales : dict of str to ChordCounts
        Of major and minor, from `count_chorales`.
    rounds : int, default 2
        How often everything is inferred anew. With many more every strong note becomes the root
        of a chord of its own.

    Returns
    -------
    counts : dict of str to ChordCounts
        By mode; those of major and minor also hold the tunes of the modes that are like them.
    """
    from tqdm import tqdm

    counts = _beginning(chorales)
    for number in range(rounds):
        new = {mode: ChordCounts.empty("folk", _names(_kin(mode))) for mode in _MODES}
        heard = dict.fromkeys(_MODES, 0)
        for tune in tqdm(tunes, desc=f"round {number + 1}", disable=None):
            kin, mode = _kin(tune.key.mode), tune.key.mode
            own = counts.get(mode, counts[kin])
            chain, places, table = infer_chords(tune, own, counts[kin])
            chances, moves = chain.marginals(), chain.expected_moves()
            for name in {kin, mode} & set(_MODES):
                _add(new[name], "folk", places, table, chances, moves, _where(tune))
                heard[name] += 1
        counts = {mode: replace(own, tunes=heard[mode]) for mode, own in new.items()}
    return counts
