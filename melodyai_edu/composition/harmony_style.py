"""Weights of chords in four voices, as counted in Bach's chorales.

Conventions
-----------
Chords are seen from the tonic, major and minor apart; other modes follow the one with the same
third. A *stand* is a chord with its inversion, ``4 * chord + inversion``. Every weight is the
natural logarithm of a relative frequency (`melodyai_edu.composition.harmony_counts`); they add up.

Contents
--------
WIDEST, ChoraleModel, slot_kind
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from melodyai_edu.constraints.chords import ChordTable
from melodyai_edu.constraints.voice_rules import NoParallels
from melodyai_edu.constraints.voicings import ChordSlot, Voicings
from melodyai_edu.score import SCALES, Key

__all__ = ["WIDEST", "ChoraleModel", "slot_kind"]

#: Where a chord stands: on a weak beat, on the bar line, under a long note, at the end.
_WEAK, _STRONG, _CLOSE, _END = range(4)
#: The widest motion of a voice and the widest gap between voices that are told apart [semitones].
WIDEST = 24
#: What a fault costs that no rule forbids: a fifth or an octave moving in parallel after a passing
#: note, and the step of three semitones in minor from the sixth degree to the raised seventh.
_FAULT = 4.0


def slot_kind(slot: ChordSlot) -> int:
    """Say where a chord stands: 0 weak, 1 on the bar line, 2 under a long note, 3 at the end."""
    if slot.is_last:
        return _END
    if slot.closes:
        return _CLOSE
    return _STRONG if slot.position == 0 else _WEAK


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
        """Give the stand of each way to set a slot [shape=(N,), int]; unknown ones the last."""
        chords = _own_chords(self.chords, voicings.table)[voicings.chords]
        return np.where(chords < 0, len(self.first) - 1, 4 * chords + voicings.inversions)

    def weigh_chords(self, voicings: Voicings) -> np.ndarray:
        """Weigh each way to set a slot, for itself [shape=(N,), float, natural logarithm]."""
        stands, pitches = self.stands(voicings), voicings.pitches.astype(int)
        members = voicings.table.members[voicings.chords[:, None], pitches % 12]
        weights = self.members[stands, members[:, 0]]
        gaps = np.clip(pitches[:, :-1] - pitches[:, 1:], 0, WIDEST)
        weights = weights + self.gaps[np.arange(3), gaps].sum(axis=1)
        counts = (members[:, :, None] == np.arange(4)).sum(axis=1)
        weights += (self.doubled[stands] * np.maximum(counts - 1, 0)).sum(axis=1)
        if voicings.slot.number == 0:
            weights += self.first[stands]
        found: np.ndarray = weights
        return found

    def weigh_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        """Weigh each way after each of the slot before [shape=(N, M), float, natural logarithm]."""
        follows = self.follows[slot_kind(after.slot)]
        weights: np.ndarray = follows[self.stands(before)][:, self.stands(after)]
        changes = before.chords[:, None] != after.chords[None, :]
        for voice in (1, 2, 3):
            starts, which = np.unique(before.pitches[:, voice], return_inverse=True)
            stays, moves = self._motion_weights(starts.astype(int), before, after, voice)
            weights += np.where(changes, moves[which], stays[which])
        if len(before.slot.pitches) > 1:
            weights -= _FAULT * ~NoParallels().allows_moves(_passed_on(before), after)
        return weights

    def _motion_weights(
        self, starts: np.ndarray, before: Voicings, after: Voicings, voice: int
    ) -> np.ndarray:
        """Weigh a voice's motion from some pitches, as the chord stays or not [shape=(2, U, M)]."""
        lead = np.sign(after.slot.pitches[0] - before.slot.pitches[0]) + 1
        motion = after.pitches[None, :, voice].astype(int) - starts[:, None]
        weights = self.motions[:, lead, voice][:, np.clip(motion, -WIDEST, WIDEST) + WIDEST]
        within = _reach(self, before.table)[:, lead, voice, starts % 12]
        faults = _FAULT * _is_augmented(before.table.key, starts, motion)
        found: np.ndarray = weights - within[:, :, after.chords] - faults
        return found


def _is_augmented(key: Key, starts: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Say where a voice moves between the minor sixth degree and the raised seventh."""
    steps = (starts - key.tonic_pitch_class)[:, None] % 12
    is_wide: np.ndarray = ((steps == 8) & (motion == 3)) | ((steps == 11) & (motion == -3))
    return is_wide & (SCALES[key.mode][2] == 3)


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
    goals = (np.arange(12)[:, None] + np.arange(-WIDEST, WIDEST + 1)) % 12
    meets = table.classes[:, goals].astype(float)  # [C, 12, 49]
    found: np.ndarray = np.log(np.einsum("csvm,kpm->csvpk", np.exp(model.motions), meets))
    return found


@lru_cache(maxsize=256)
def _own_chords(chords: tuple[tuple[int, ...], ...], table: ChordTable) -> np.ndarray:
    """Give the model's number of each chord of a table [shape=(C,), int]; -1 if it has none."""
    tonic, numbers = table.key.tonic_pitch_class, {chord: n for n, chord in enumerate(chords)}
    relative = (tuple((pitch - tonic) % 12 for pitch in chord) for chord in table.chords)
    return np.array([numbers.get(chord, -1) for chord in relative])
