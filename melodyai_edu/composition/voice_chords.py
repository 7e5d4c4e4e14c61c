"""Voicings for an accompaniment: each chord as near as possible to the one before.

Conventions
-----------
A voicing is a tuple of MIDI pitches from the lowest up, all of them members of the chord. A bass
that is no member (``C/D``) is left to the bass.

Contents
--------
Room, voice_chords, members
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from melodyai_edu.theory.harmony import Harmony

__all__ = ["Room", "members", "voice_chords"]

#: Widest gap between neighbouring voices, and what is muddy lower down [semitones, MIDI].
_WIDEST, _MUDDY, _LOW = 9, 3, 52
#: Costs against a semitone of motion: away from the middle, wider than an octave, a low cluster,
#: parallel fifths or octaves, a doubled third, a semitone above the melody.
_OFF_CENTRE, _WIDE, _CLUSTER, _PARALLEL, _DOUBLED_THIRD, _OVER = 0.4, 0.7, 4.0, 2.0, 1.5, 2.0
_PERFECT = (0, 7)


class Room(NamedTuple):
    """Where voicings may lie.

    Parameters
    ----------
    low, high : int [MIDI]
    centre : float [MIDI]
        Their mean is kept near it.
    voices : int
        Notes in each chord.
    """

    low: int
    high: int
    centre: float
    voices: int


def members(harmony: Harmony, voices: int) -> tuple[int, ...]:
    """Choose the pitch classes to be voiced where there are more than voices.

    Parameters
    ----------
    harmony : Harmony
    voices : int

    Returns
    -------
    pitch_classes : tuple of int [0-11]
        Third and seventh are kept longest, then a ninth or other colour, then the root; the fifth
        is left out first.

    References
    ----------
    Levine (1995), The Jazz Theory Book, chapter 3: third and seventh define a chord.

    Examples
    --------
    >>> from melodyai_edu.theory.harmony import parse_chord_symbol
    >>> members(parse_chord_symbol("C9"), 3)
    (4, 10, 2)
    """
    own = harmony.pitch_classes
    if (foreign := harmony.bass) == own[-1] and len(own) > 3 and harmony.bass != harmony.root:
        from melodyai_edu.theory.harmony import parse_chord_symbol

        plain = parse_chord_symbol(harmony.name.partition("/")[0]).pitch_classes
        own = own if foreign in plain else plain
    guides = [tone for tone in (harmony.third, harmony.seventh) if tone in own]
    last = [tone for tone in (harmony.root, harmony.fifth) if tone in own]
    colours = [tone for tone in own if tone not in guides and tone not in last]
    return tuple(dict.fromkeys([*guides, *colours, *last]))[:voices]


@lru_cache(maxsize=2048)
def _candidates(tones: tuple[int, ...], third: int | None, room: Room) -> np.ndarray:
    """List the voicings of a chord with their own cost in the last column [n, voices + 1]."""
    pitches = [p for p in range(room.low, room.high + 1) if p % 12 in tones]
    found = []
    for voicing in combinations(pitches, room.voices):
        gaps = np.diff(voicing)
        if len({pitch % 12 for pitch in voicing}) < len(tones) or gaps.max(initial=0) > _WIDEST:
            continue
        thirds = sum(pitch % 12 == third for pitch in voicing)
        muddy = sum(gap < _MUDDY and low < _LOW for low, gap in zip(voicing, gaps, strict=False))
        cost = _OFF_CENTRE * room.voices * abs(np.mean(voicing) - room.centre)
        cost += _WIDE * max(voicing[-1] - voicing[0] - 12, 0)
        found.append((*voicing, cost + _CLUSTER * muddy + _DOUBLED_THIRD * max(thirds - 1, 0)))
    return np.array(found, dtype=float).reshape(-1, room.voices + 1)


def voice_chords(
    harmonies: Sequence[Harmony], room: Room, ceilings: Sequence[int | None] = ()
) -> tuple[tuple[int, ...], ...]:
    """Voice a chain of chords smoothly.

    Each voicing is the cheapest: little motion in each voice, near the middle of the room, below
    the melody, without parallel fifths and octaves where another is as near.

    Parameters
    ----------
    harmonies : sequence of Harmony
    room : Room
        At least an octave wide.
    ceilings : sequence of int or None, optional [MIDI]
        The lowest melody note above each chord.

    Returns
    -------
    voicings : tuple of tuple of int [MIDI]
        Each of ``room.voices`` pitches; a chord that cannot fill them repeats its highest.

    References
    ----------
    Tymoczko (2011), A Geometry of Music, chapter 2: efficient voice leading as least total motion.

    Examples
    --------
    >>> from melodyai_edu.theory.harmony import parse_chord_symbol
    >>> chords = [parse_chord_symbol(name) for name in ("C", "F", "G7", "C")]
    >>> voice_chords(chords, Room(52, 72, 62, 3))
    ((60, 64, 67), (60, 65, 69), (59, 65, 67), (60, 64, 67))
    """
    voicings: list[tuple[int, ...]] = []
    for index, harmony in enumerate(harmonies):
        ceiling = ceilings[index] if index < len(ceilings) else None
        before = voicings[-1] if voicings else None
        voicings.append(_nearest(harmony, room, ceiling, before))
    return tuple(voicings)


def _nearest(
    harmony: Harmony, room: Room, ceiling: int | None, before: tuple[int, ...] | None
) -> tuple[int, ...]:
    table, voices = np.empty((0, 0)), room.voices
    while not len(table):  # two notes, as in C5, fill no room with four voices: double the highest
        table = _candidates(members(harmony, voices), harmony.third, room._replace(voices=voices))
        voices -= 1
    missing = room.voices + 1 - table.shape[1]
    pitches = np.pad(table[:, :-1], ((0, 0), (0, missing)), mode="edge")
    cost = table[:, -1].copy()
    if before is not None:
        old = np.array(before)
        cost += np.abs(pitches - old).sum(axis=1) + _PARALLEL * _parallels(old, pitches)
    if ceiling is not None:
        cost += _OVER * np.clip(pitches[:, -1] - ceiling, 0, None)
    return tuple(int(pitch) for pitch in pitches[int(cost.argmin())])


def _parallels(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Count parallel fifths and octaves from one voicing to each of several [n]."""
    count = np.zeros(len(new))
    for lower, upper in combinations(range(len(old)), 2):
        gap = (old[upper] - old[lower]) % 12
        if gap in _PERFECT:
            moves = (new[:, lower] != old[lower]) & (new[:, upper] != old[upper])
            count += moves & ((new[:, upper] - new[:, lower]) % 12 == gap)
    return count
