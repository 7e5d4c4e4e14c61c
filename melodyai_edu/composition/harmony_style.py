"""How Bach sets chorales in four voices, counted.

Conventions
-----------
All is counted where our slots stand (`melodyai_edu.constraints.voicings.chord_slots`) in the
training side of the corpus ``chorales``, chords seen from the tonic, major and minor apart; other
modes follow the one with the same third. A *stand* is a chord with its inversion. Everything
becomes logarithms of relative frequencies, which add up to a weight.

Contents
--------
ChoraleModel, learn_chorales
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.constraints.chords import ChordTable, chord_table
from melodyai_edu.constraints.voice_rules import NoParallels
from melodyai_edu.constraints.voicings import ChordSlot, Voicings, chord_slots
from melodyai_edu.score import SCALES, Key, Part

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["ChoraleModel", "learn_chorales"]

#: Where a chord stands: on a weak beat, on the bar line, under a long note, at the end.
_WEAK, _STRONG, _CLOSE, _END = range(4)
#: So many imagined successions follow what is known of fewer circumstances.
_PRIOR = 6.0
#: The widest motion of a voice and the widest gap between voices that are counted [semitones].
_WIDEST = 24
#: What a fault costs that no rule forbids: a fifth or an octave moving in parallel after a passing
#: note, and the step of three semitones in minor from the sixth degree to the raised seventh.
_FAULT = 4.0


def _kind(slot: ChordSlot) -> int:
    if slot.is_last:
        return _END
    if slot.closes:
        return _CLOSE
    return _STRONG if slot.position == 0 else _WEAK


class _Observed(NamedTuple):
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


def _observe(tunes: Sequence[Tune], table: ChordTable) -> _Observed:
    known, found = _known_chords(table), []
    for tune in tunes:
        slots = chord_slots(tune.melody_score)
        onsets = np.array([slot.onset for slot in slots])
        pitches = np.stack([_pitches_at(part, onsets) for part in tune.score.parts[:4]], axis=1)
        steps = (pitches - tune.key.tonic_pitch_class) % 12
        masks = np.bitwise_or.reduce(1 << steps, axis=1)
        chords = np.where((pitches > 0).all(axis=1), known[masks], -1)
        members = table.members[chords[:, None], (steps + table.key.tonic_pitch_class) % 12]
        stands = np.where(chords < 0, -1, 4 * chords + members[:, 3])
        kinds = np.array([_kind(slot) for slot in slots])
        found.append(_Observed(stands, members, pitches, kinds, np.arange(len(slots)) == 0))
    return _Observed(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _shares(counts: np.ndarray, prior: np.ndarray, weight: float = _PRIOR) -> np.ndarray:
    """Turn counts along the last axis into probabilities, drawn towards a prior."""
    shares: np.ndarray = (counts + weight * prior) / (counts.sum(axis=-1, keepdims=True) + weight)
    return shares


@dataclass(frozen=True, eq=False)
class ChoraleModel:
    """Weights of chords and of how voices move, for major or for minor.

    Parameters
    ----------
    chords : tuple of tuple of int
        Each chord over the tonic, from its root up; a stand is ``4 * chord + inversion``.
    follows : np.ndarray [shape=(4, S, S), float, natural logarithm]
        Of the next stand, by where it stands.
    first : np.ndarray [shape=(S,), float, natural logarithm]
        Of the first stand.
    members : np.ndarray [shape=(S, 4), float, natural logarithm]
        Which member of the chord the soprano has.
    doubled : np.ndarray [shape=(S, 4), float, natural logarithm]
        Which member of a triad sounds twice.
    gaps : np.ndarray [shape=(3, 25), float, natural logarithm]
        How far neighbouring voices are apart.
    motions : np.ndarray [shape=(2, 3, 4, 49), float, natural logarithm]
        How far a voice moves, while the chord stays and to another chord, when the soprano goes
        down, nowhere, up.
    """

    chords: tuple[tuple[int, ...], ...]
    follows: np.ndarray = field(repr=False)
    first: np.ndarray = field(repr=False)
    members: np.ndarray = field(repr=False)
    doubled: np.ndarray = field(repr=False)
    gaps: np.ndarray = field(repr=False)
    motions: np.ndarray = field(repr=False)

    def stands(self, voicings: Voicings) -> np.ndarray:
        """Give the stand of each way to set a slot [shape=(N,), int]; an unknown one is the last."""
        chords = _own_chords(self.chords, voicings.table)[voicings.chords]
        return np.where(chords < 0, len(self.first) - 1, 4 * chords + voicings.inversions)

    def weigh_chords(self, voicings: Voicings) -> np.ndarray:
        """Weigh each way to set a slot, for itself [shape=(N,), float, natural logarithm]."""
        stands, pitches = self.stands(voicings), voicings.pitches.astype(int)
        members = voicings.table.members[voicings.chords[:, None], pitches % 12]
        weights = self.members[stands, members[:, 0]]
        gaps = np.clip(pitches[:, :-1] - pitches[:, 1:], 0, _WIDEST)
        weights = weights + self.gaps[np.arange(3), gaps].sum(axis=1)
        counts = (members[:, :, None] == np.arange(4)).sum(axis=1)
        weights += (self.doubled[stands] * np.maximum(counts - 1, 0)).sum(axis=1)
        return weights + self.first[stands] if voicings.slot.number == 0 else weights

    def weigh_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        """Weigh each way after each of the slot before [shape=(N, M), float, natural logarithm]."""
        follows = self.follows[_kind(after.slot)]
        weights = follows[self.stands(before)][:, self.stands(after)]
        old, new = before.pitches.astype(int), after.pitches.astype(int)
        changes = (before.chords[:, None] != after.chords[None, :]).astype(int)
        reach = _reach(self, before.table)
        soprano = np.sign(new[0, 0] - old[0, 0]) + 1
        for voice in (1, 2, 3):
            motion = np.clip(new[None, :, voice] - old[:, None, voice], -_WIDEST, _WIDEST)
            weights += self.motions[:, soprano, voice][changes, motion + _WIDEST]
            within = reach[:, soprano, voice, old[:, voice] % 12][:, :, after.chords]
            weights -= np.where(changes, within[1], within[0])
            weights -= _FAULT * _is_augmented(before, voice, motion)
        if len(before.slot.pitches) > 1:
            weights -= _FAULT * ~NoParallels().allows_moves(_passed_on(before), after)
        return weights


def _is_augmented(before: Voicings, voice: int, motion: np.ndarray) -> np.ndarray:
    """Say where a voice moves between the minor sixth degree and the raised seventh."""
    key = before.table.key
    if SCALES[key.mode][2] == 4:
        return np.zeros((1, 1), bool)
    steps = (before.pitches[:, voice].astype(int) - key.tonic_pitch_class) % 12
    is_wide: np.ndarray = ((steps == 8)[:, None] & (motion == 3)) | (
        (steps == 11)[:, None] & (motion == -3)
    )
    return is_wide


def _passed_on(before: Voicings) -> Voicings:
    pitches = before.pitches.copy()
    pitches[:, 0] = before.slot.pitches[-1]
    return Voicings(before.table, before.slot, before.chords, pitches)


@lru_cache(maxsize=64)
def _reach(model: ChoraleModel, table: ChordTable) -> np.ndarray:
    """Give how much of each voice's motion leads from a pitch class to notes of a chord.

    Without it chords that stay would seem likely only because staying always meets a note of them.

    Returns
    -------
    reach : np.ndarray [shape=(2, 3, 4, 12, C), float, natural logarithm]
    """
    goals = (np.arange(12)[:, None] + np.arange(-_WIDEST, _WIDEST + 1)) % 12
    meets = table.classes[:, goals].astype(float)  # [C, 12, 49]
    found: np.ndarray = np.log(np.einsum("csvm,kpm->csvpk", np.exp(model.motions), meets))
    return found


@lru_cache(maxsize=256)
def _own_chords(chords: tuple[tuple[int, ...], ...], table: ChordTable) -> np.ndarray:
    """Give the model's number of each chord of a table [shape=(C,), int]; -1 if it has none."""
    tonic, numbers = table.key.tonic_pitch_class, {chord: n for n, chord in enumerate(chords)}
    relative = (tuple((pitch - tonic) % 12 for pitch in chord) for chord in table.chords)
    return np.array([numbers.get(chord, -1) for chord in relative])


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
    return _count(table, _observe(tunes, table))


def _histogram(shape: tuple[int, ...], *places: np.ndarray) -> np.ndarray:
    """Count how often each place is met."""
    counts = np.zeros(shape)
    np.add.at(counts, places, 1)
    return counts


def _count(table: ChordTable, seen: _Observed) -> ChoraleModel:
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
    sung = (seen.pitches > 0).all(axis=1)
    return ChoraleModel(
        tuple(tuple((p - table.key.tonic_pitch_class) % 12 for p in c) for c in table.chords),
        follows,
        np.log(_shares(_histogram((size,), seen.stands[seen.is_first & known]), usual)),
        _log_members(stands, members[:, 0], size),
        _log_members(np.repeat(stands, 4)[twice.ravel()], np.nonzero(twice)[1], size),
        *_count_voices(seen.pitches, linked & sung[1:] & sung[:-1], _changes(seen.stands)),
    )


def _log_members(stands: np.ndarray, members: np.ndarray, size: int) -> np.ndarray:
    """Turn the members that each stand has into probabilities, drawn towards its inversion's."""
    counts = _histogram((size, 4), stands, members)
    inversions = np.arange(size) % 4
    groups = np.stack([counts[inversions == inversion].sum(axis=0) for inversion in range(4)])
    return np.log(_shares(counts, _shares(groups, np.full(4, 0.25))[inversions]))


def _changes(stands: np.ndarray) -> np.ndarray:
    """Say where another chord follows, or none that is known [shape=(T - 1,), bool]."""
    return (stands[1:] // 4 != stands[:-1] // 4) | (stands[1:] < 0)


def _count_voices(
    pitches: np.ndarray, linked: np.ndarray, changes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Count gaps between neighbouring voices, and motions of each voice."""
    sung = (pitches > 0).all(axis=1)
    gaps = np.clip(pitches[sung, :-1] - pitches[sung, 1:], 0, _WIDEST)
    gap_counts = _histogram((3, 25), *np.broadcast_arrays(np.arange(3), gaps))
    moves, changed = np.diff(pitches, axis=0)[linked], changes[linked].astype(int)
    steps = np.clip(moves, -_WIDEST, _WIDEST) + _WIDEST
    soprano = np.sign(moves[:, :1]) + 1
    places = np.broadcast_arrays(changed[:, None], soprano, np.arange(4), steps)
    step_counts = _histogram((2, 3, 4, 49), *places)
    gap_logs, step_logs = (
        np.log(_shares(counts, np.full(counts.shape[-1], 1 / counts.shape[-1])))
        for counts in (gap_counts, step_counts)
    )
    return gap_logs, step_logs
