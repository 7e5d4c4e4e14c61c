"""A simple accompaniment: chords in block, close together, over a bass.

Conventions
-----------
The upper notes of a chord lie under the melody as far as it leaves room; of all close positions
those are taken, all through the piece, in which the voices move least.

Contents
--------
voice_chords, accompaniment
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from melodyai_edu.composition.chord_sheet import PlannedChord
from melodyai_edu.score import Key, Note, Part, Score
from melodyai_edu.score.pitch import fifths_of, spell_on_fifths
from melodyai_edu.theory.harmony import parse_chord_symbol

__all__ = ["accompaniment", "voice_chords"]

#: Where the lowest upper note may lie [MIDI]: F3 to E4; and the bass: E2 to D#3. Kostka, Payne &
#: Almén (2018), Tonal Harmony, chapter 5: wide gaps below, narrow ones above.
_LOWEST, _BASS = range(53, 65), 40
_VELOCITY = 56
#: Where an upper note stands on or above the melody, that costs as much as so many semitones.
_ABOVE = 6


@lru_cache(maxsize=512)
def _positions(symbol: str) -> tuple[tuple[int, ...], ...]:
    """List the close positions of a chord: three or four pitches from each possible lowest one."""
    classes = set(parse_chord_symbol(symbol).pitch_classes)
    found = []
    for low in _LOWEST:
        if low % 12 in classes:
            found.append(tuple(p for p in range(low, low + 12) if p % 12 in classes))
    return tuple(found)


def voice_chords(
    planned: Sequence[PlannedChord], ceilings: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Voice chords so that they move least.

    Parameters
    ----------
    planned : sequence of PlannedChord
    ceilings : sequence of int [MIDI]
        The lowest melody note over each chord.

    Returns
    -------
    voicings : tuple of tuple of int [MIDI]
        From the lowest note up, without the bass.

    Examples
    --------
    >>> chords = [PlannedChord(0, 96, "I", "C"), PlannedChord(96, 96, "IV", "F")]
    >>> voice_chords(chords, [72, 72])
    ((55, 60, 64), (57, 60, 65))
    """
    layers = [_positions(chord.symbol) for chord in planned]
    costs = np.array([_own_cost(position, ceilings[0]) for position in layers[0]])
    last: list[np.ndarray] = []
    for ceiling, (before, after) in zip(ceilings[1:], pairwise(layers), strict=True):
        moves = np.array([[_motion(a, b) for b in after] for a in before])
        ways = costs[:, None] + moves
        last.append(ways.argmin(axis=0))
        costs = ways.min(axis=0) + [_own_cost(position, ceiling) for position in after]
    path = [int(costs.argmin())]
    for pointers in reversed(last):
        path.append(int(pointers[path[-1]]))
    return tuple(layer[way] for layer, way in zip(layers, reversed(path), strict=True))


def _own_cost(position: tuple[int, ...], ceiling: int) -> float:
    """Prefer what lies under the melody, around middle C."""
    above = sum(pitch >= ceiling for pitch in position)
    return _ABOVE * above + 0.25 * abs(float(np.mean(position)) - 60)


def _motion(before: tuple[int, ...], after: tuple[int, ...]) -> float:
    """Add up how far each note is from the nearest one of the other chord [semitones]."""
    there = sum(min(abs(a - b) for b in after) for a in before)
    back = sum(min(abs(a - b) for a in before) for b in after)
    return (there + back) / 2


def accompaniment(score: Score, planned: Sequence[PlannedChord], program: int = 0) -> Part:
    """Write planned chords as a part: struck where they begin and on each bar line.

    Parameters
    ----------
    score : Score
        The melody in its first part.
    planned : sequence of PlannedChord
    program : int, default 0 [General MIDI]

    Returns
    -------
    part : Part
    """
    voicings = voice_chords(planned, [_ceiling(score, chord) for chord in planned])
    lines = score.bar_onsets()
    notes = []
    for chord, voicing in zip(planned, voicings, strict=True):
        end = chord.onset + chord.duration
        strikes = [chord.onset, *(line for line in lines if chord.onset < line < end), end]
        key = score.key_at(chord.onset)
        root = parse_chord_symbol(chord.symbol).root
        pitches = (_BASS + (root - _BASS) % 12, *voicing)
        for onset, stop in pairwise(strikes):
            notes += [
                Note(onset, stop - onset, pitch, _spelled(chord.symbol, pitch, key), _VELOCITY)
                for pitch in pitches
            ]
    return Part(tuple(notes), name="Chords", program=program)


def _ceiling(score: Score, chord: PlannedChord) -> int:
    end = chord.onset + chord.duration
    over = [n.pitch for n in score.parts[0].notes if n.onset < end and n.end > chord.onset]
    return min(over, default=84)


def _spelled(symbol: str, pitch: int, key: Key) -> str:
    """Spell a note of a chord as the key does, or near its root where the root is not the key's."""
    name = symbol[:2] if symbol[1:2] in ("#", "b") else symbol[:1]
    if name == key.spell(parse_chord_symbol(symbol).root):
        return key.spell(pitch)
    return spell_on_fifths(pitch % 12, centre=min(max(fifths_of(name) + 1, -8), 12))
