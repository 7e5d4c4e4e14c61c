"""Counting how Bach sets chorales in four voices.

Conventions
-----------
All is counted where our slots stand (`melodyai_edu.constraints.voicings.chord_slots`) in the
training side of the corpus ``chorales``. Relative frequencies are drawn towards what is known of
fewer circumstances.

Contents
--------
Observed, chords_at, observe, learn_chorales
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.composition.harmony_style import WIDEST, ChoraleModel, slot_kind
from melodyai_edu.constraints.chords import ChordTable, chord_table
from melodyai_edu.constraints.voicings import chord_slots
from melodyai_edu.score import SCALES, Key, Part

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["Observed", "chords_at", "learn_chorales", "observe"]

#: So many imagined cases follow what is known of fewer circumstances.
_PRIOR = 6.0


class Observed(NamedTuple):
    """All slots of the chorales in a row.

    Parameters
    ----------
    stands : np.ndarray [shape=(T,), int]
        Chord and inversion; -1 where no chord is known.
    members : np.ndarray [shape=(T, 4), int]
        Which member of its chord each voice has.
    pitches : np.ndarray [shape=(T, 4), int, MIDI]
        0 where a voice rests.
    kinds : np.ndarray [shape=(T,), int]
    is_first : np.ndarray [shape=(T,), bool]
        Whether a chorale begins here.
    """

    stands: np.ndarray
    members: np.ndarray
    pitches: np.ndarray
    kinds: np.ndarray
    is_first: np.ndarray


def _pitches_at(part: Part, onsets: np.ndarray) -> np.ndarray:
    """Give the pitch that a voice sounds at each onset; 0 where it rests."""
    starts = np.array([note.onset for note in part.notes])
    ends = np.array([note.end for note in part.notes])
    pitches = np.array([note.pitch for note in part.notes])
    place = np.searchsorted(starts, onsets, side="right") - 1
    sounds = (place >= 0) & (ends[place] > onsets)
    return np.where(sounds, pitches[place], 0)


def _known_chords(table: ChordTable) -> np.ndarray:
    """Give the chord of each set of pitch classes over the tonic [shape=(4096,), int]; -1."""
    known = np.full(4096, -1)
    for chord, classes in reversed(list(enumerate(table.chords))):
        steps = [(pitch - table.key.tonic_pitch_class) % 12 for pitch in classes]
        without_fifth = [step for place, step in enumerate(steps) if place != 2]
        if len(steps) == 4:  # a seventh chord without its fifth
            known[sum(1 << step for step in without_fifth)] = chord
    for chord, classes in reversed(list(enumerate(table.chords))):
        known[sum(1 << (pitch - table.key.tonic_pitch_class) % 12 for pitch in classes)] = chord
    return known


def _read(
    tune: Tune, onsets: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the four pitches at some onsets, the same over the tonic, and the chords they make."""
    pitches = np.stack([_pitches_at(part, onsets) for part in tune.score.parts[:4]], axis=1)
    steps = (pitches - tune.key.tonic_pitch_class) % 12
    masks = np.bitwise_or.reduce(1 << steps, axis=1)
    return pitches, steps, np.where((pitches > 0).all(axis=1), known[masks], -1)


def chords_at(tune: Tune, onsets: np.ndarray) -> np.ndarray:
    """Read the chords that the four voices of a chorale make.

    Parameters
    ----------
    tune : Tune
        Of four parts.
    onsets : np.ndarray [shape=(T,), int, ticks]

    Returns
    -------
    chords : np.ndarray [shape=(T,), int]
        Places in the tune's own ``chord_table(tune.key)``; -1 where no chord is known.
    """
    return _read(tune, onsets, _known_chords(chord_table(tune.key)))[2]


def observe(tunes: Sequence[Tune], table: ChordTable) -> Observed:
    """Read which chords stand in the slots of chorales, and how.

    Parameters
    ----------
    tunes : sequence of Tune
        Of four parts.
    table : ChordTable
        Chords of C major or C minor; those of the tunes are moved there.

    Returns
    -------
    seen : Observed
    """
    known, found = _known_chords(table), []
    for tune in tunes:
        slots = chord_slots(tune.melody_score)
        onsets = np.array([slot.onset for slot in slots])
        pitches, steps, chords = _read(tune, onsets, known)
        members = table.members[chords[:, None], (steps + table.key.tonic_pitch_class) % 12]
        stands = np.where(chords < 0, -1, 4 * chords + members[:, 3])
        kinds = np.array([slot_kind(slot) for slot in slots])
        found.append(Observed(stands, members, pitches, kinds, np.arange(len(slots)) == 0))
    return Observed(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _shares(counts: np.ndarray, prior: np.ndarray, weight: float = _PRIOR) -> np.ndarray:
    """Turn counts along the last axis into probabilities, drawn towards a prior."""
    shares: np.ndarray = (counts + weight * prior) / (counts.sum(axis=-1, keepdims=True) + weight)
    return shares


@cache
def learn_chorales(mode: str) -> ChoraleModel:
    """Count the training chorales of a mode.

    Takes about a second, once for major and once for minor.

    Parameters
    ----------
    mode : str
        One of ``melodyai_edu.score.MODES``; what counts is its third.

    Returns
    -------
    model : ChoraleModel
    """
    from melodyai_edu.io.corpus import load

    third = SCALES[mode][2]
    own = "major" if third == 4 else "minor"
    if mode != own:
        return learn_chorales(own)
    table = chord_table(Key("C", own))
    tunes = [t for t in load("chorales") if t.split == "train" and SCALES[t.key.mode][2] == third]
    return _count(table, observe(tunes, table))


def _histogram(shape: tuple[int, ...], *places: np.ndarray) -> np.ndarray:
    """Count how often each place is met."""
    counts = np.zeros(shape)
    np.add.at(counts, places, 1)
    return counts


def _count(table: ChordTable, seen: Observed) -> ChoraleModel:
    size = 4 * len(table) + 1  # the last is for chords that are not known
    known = seen.stands >= 0
    stands, members = seen.stands[known], seen.members[known]
    linked = ~seen.is_first[1:]
    both = linked & known[1:] & known[:-1]
    pairs = seen.kinds[1:][both], seen.stands[:-1][both], seen.stands[1:][both]
    usual = _shares(_histogram((size,), stands), np.full(size, 1 / size))
    after = _shares(_histogram((size, size), *pairs[1:]), usual)
    follows = np.log(_shares(_histogram((4, size, size), *pairs), after))
    # What comes before a close is not what comes anywhere.
    follows += np.log(_shares(_histogram((4, size), *pairs[:2]), usual) / usual)[:, :, None]
    twice = (members[:, :, None] == np.arange(4)).sum(axis=1) > 1
    return ChoraleModel(
        tuple(tuple((p - table.key.tonic_pitch_class) % 12 for p in c) for c in table.chords),
        follows,
        np.log(_shares(_histogram((size,), seen.stands[seen.is_first & known]), usual)),
        _log_members(stands, members[:, 0], size),
        _log_members(np.repeat(stands, 4)[twice.ravel()], np.nonzero(twice)[1], size),
        *_count_voices(seen.pitches, linked, _changes(seen.stands)),
    )


def _log_members(stands: np.ndarray, members: np.ndarray, size: int) -> np.ndarray:
    """Turn the members that each stand has into probabilities, drawn towards its inversion's."""
    counts = _histogram((size, 4), stands, members)
    inversions = np.arange(size) % 4
    groups = np.stack([counts[inversions == inversion].sum(axis=0) for inversion in range(4)])
    logs: np.ndarray = np.log(_shares(counts, _shares(groups, np.full(4, 0.25))[inversions]))
    return logs


def _changes(stands: np.ndarray) -> np.ndarray:
    """Say where another chord follows, or none that is known [shape=(T - 1,), bool]."""
    changes: np.ndarray = (stands[1:] // 4 != stands[:-1] // 4) | (stands[1:] < 0)
    return changes


def _count_voices(
    pitches: np.ndarray, linked: np.ndarray, changes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Count gaps between neighbouring voices, and motions of each voice."""
    sung: np.ndarray = (pitches > 0).sum(axis=1) == 4
    linked = linked & sung[1:] & sung[:-1]
    gaps = np.clip(pitches[sung, :-1] - pitches[sung, 1:], 0, WIDEST)
    gap_counts = _histogram((3, 25), *np.broadcast_arrays(np.arange(3), gaps))
    moves, changed = np.diff(pitches, axis=0)[linked], changes[linked].astype(int)
    steps = np.clip(moves, -WIDEST, WIDEST) + WIDEST
    soprano = np.sign(moves[:, :1]) + 1
    places = np.broadcast_arrays(changed[:, None], soprano, np.arange(4), steps)
    step_counts = _histogram((2, 3, 4, 49), *places)
    gap_logs, step_logs = (
        np.log(_shares(counts, np.full(counts.shape[-1], 1 / counts.shape[-1])))
        for counts in (gap_counts, step_counts)
    )
    return gap_logs, step_logs
