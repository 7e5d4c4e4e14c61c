"""Rules of harmony, first half: how four voices stand and move.

Conventions
-----------
Voices are in the order soprano, alto, tenor, bass. A rule looks at one chord (`allows_chords`) or
at two successive ones (`allows_moves`), never at more, so that all rules together are one layered
automaton (`melodyai_edu.constraints.harmony_automaton`). Arrays hold all ways at once; for single
ways the same is said by `melodyai_edu.theory.voicing` and `melodyai_edu.theory.voice_leading`.

Contents
--------
HarmonyRule, VoiceRanges, NoCrossing, Spacing, NoParallels, NoHidden, LeadingToneResolves,
SeventhResolves, CompleteChords
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import ClassVar

import numpy as np

from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.voicings import ChordSlot, Voicings
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key
from melodyai_edu.theory.voicing import VOICE_RANGES

__all__ = [
    "CompleteChords",
    "HarmonyRule",
    "LeadingToneResolves",
    "NoCrossing",
    "NoHidden",
    "NoParallels",
    "SeventhResolves",
    "Spacing",
    "VoiceRanges",
]


class HarmonyRule(Rule):
    """One thing that a musician asks of four voices; subclass it and override what it needs."""

    layer: ClassVar[str] = "harmony"

    @property
    def moves(self) -> bool:
        """Whether the rule looks at two successive chords."""
        return self.overrides("allows_moves")

    def overrides(self, method: str) -> bool:
        """Say whether the rule defines a method itself."""
        return getattr(type(self), method) is not getattr(HarmonyRule, method, None)

    def check(self, slots: Sequence[ChordSlot], key: Key) -> None:
        """Raise ParameterError if the rule asks for what this melody cannot have."""

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        """Say which ways to set a slot are allowed [shape=(N,), bool]."""
        return np.ones(len(voicings), bool)

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        """Say which may follow which [shape=(N, M), bool, or what broadcasts to it]."""
        return np.ones((1, 1), bool)


class VoiceRanges(HarmonyRule):
    """Every voice stays in its range: soprano C4-A5, alto F3-D5, tenor C3-A4, bass E2-D4."""

    name = example = "voice_ranges"
    relax = "transpose the melody, or leave it out"

    def check(self, slots: Sequence[ChordSlot], key: Key) -> None:
        sung = [pitch for slot in slots for pitch in (*slot.lead, *slot.pitches)]
        low, high = VOICE_RANGES[0]
        if min(sung) >= low and max(sung) <= high:
            return
        up, down = low - min(sung), high - max(sung)
        way = "give another melody"
        if up <= down:  # the smallest move that brings it in range
            way = f"transpose it by {up if up > 0 else down} semitones, melody.transposed(...)"
        raise ParameterError(
            f"voice_ranges: the melody goes from pitch {min(sung)} to {max(sung)}, a soprano sings "
            f"{low} (C4) to {high} (A5): {way}, or leave the rule out"
        )

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        low, high = np.array(VOICE_RANGES, np.int8).T
        outside = (voicings.pitches < low) | (voicings.pitches > high)
        allowed: np.ndarray = outside.sum(axis=1) == 0
        return allowed


class NoCrossing(HarmonyRule):
    """No voice lies above the one over it, or moves past where its neighbour just was."""

    name = example = "no_crossing"
    relax = "smaller leaps in the melody, or leave it out"

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        _, alto, tenor, bass = voicings.pitches.T
        lowest = min(voicings.slot.pitches)
        allowed: np.ndarray = (lowest >= alto) & (alto >= tenor) & (tenor >= bass)
        return allowed

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        old, new = _before_the_change(before), after.pitches
        allowed = np.ones((len(before), len(after)), bool)
        for upper, lower in ((0, 1), (1, 2), (2, 3)):
            rises = new[None, :, lower] > old[:, None, upper]
            allowed &= ~rises | (new[None, :, lower] == old[:, None, lower])
            falls = new[None, :, upper] < old[:, None, lower]
            allowed &= ~falls | (new[None, :, upper] == old[:, None, upper])
        return allowed


def _before_the_change(before: Voicings) -> np.ndarray:
    """Give the pitches as they sound last, when the melody has passed on."""
    old = before.pitches.copy()
    old[:, 0] = before.slot.pitches[-1]
    return old


class Spacing(HarmonyRule):
    """Soprano and alto, alto and tenor are at most an octave apart, tenor and bass two octaves."""

    name = example = "spacing"
    relax = "smaller leaps in the melody, or leave it out"

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        _, alto, tenor, bass = voicings.pitches.T
        highest = max(voicings.slot.pitches)
        near = (highest - alto <= 12) & (alto - tenor <= 12)
        allowed: np.ndarray = near & (tenor - bass <= 24)
        return allowed


class NoParallels(HarmonyRule):
    """No two voices move from a fifth to a fifth, or from an octave to an octave."""

    name = example = "no_parallels"

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        moved = [before.pitches[:, None, v] != after.pitches[None, :, v] for v in range(4)]
        faults = np.zeros((len(before), len(after)), bool)
        olds, news = _perfect(before), _perfect(after)
        news[news == 0] = -1  # only a perfect interval can be met again
        for pair, (one, other) in enumerate(combinations(range(4), 2)):
            same = olds[pair][:, None] == news[pair][None, :]
            faults |= same & moved[one] & moved[other]
        return ~faults


def _perfect(voicings: Voicings) -> np.ndarray:
    """Give 1 for each pair of voices in octaves, 2 in fifths, else 0 [shape=(6, N), int8]."""
    one, other = np.array(list(combinations(range(4), 2))).T
    gaps = np.abs(voicings.pitches[:, one] - voicings.pitches[:, other]).T % 12
    found: np.ndarray = (gaps == 0) + np.int8(2) * (gaps == 7)
    return found


class NoHidden(HarmonyRule):
    """Soprano and bass reach no fifth or octave in one direction while the soprano leaps."""

    name = example = "no_hidden"

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        leap = int(after.slot.pitches[0]) - int(before.slot.pitches[0])
        if abs(leap) <= 2:
            return np.ones((1, 1), bool)
        bass = after.pitches[None, :, 3] - before.pitches[:, None, 3]
        is_perfect = np.isin((after.pitches[:, 0] - after.pitches[:, 3]) % 12, (0, 7))
        allowed: np.ndarray = ~((bass * np.sign(leap) > 0) & is_perfect[None, :])
        return allowed


def _motion(before: Voicings, after: Voicings, voice: int) -> np.ndarray:
    """Give how far a voice moves to the next chord [shape=(N, M), int8, semitones]."""
    moved: np.ndarray = after.pitches[None, :, voice] - before.pitches[:, None, voice]
    return moved


class LeadingToneResolves(HarmonyRule):
    """In a dominant the leading tone sounds once and rises when I or vi follows.

    In an inner voice it may fall to the fifth of I. Of a dominant that leads to another degree,
    such as V7/V, the same holds when that degree follows.
    """

    name = example = "leading_tone_resolves"
    relax = "leave it out, or other chords"

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        leading = voicings.table.leading_tones[voicings.chords]
        times = (voicings.pitches % 12 == leading[:, None]).sum(axis=1)
        allowed: np.ndarray = times < 2
        return allowed

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        leading = before.table.leading_tones[before.chords]
        goes_home, goes_on = self._goals(before, after, leading)
        led = before.slot.leads_to - before.slot.pitches[0]
        allowed = np.ones(goes_home.shape, bool)
        for voice in range(4):
            motion = _motion(before, after, voice)
            rises = motion == 1
            if voice == 0:
                rises = rises | (led == 1)
            elif voice < 3:
                rises = rises | ((motion == -4) & goes_home)  # a major third down to the fifth
            has_it = (before.pitches[:, voice] % 12 == leading)[:, None]
            allowed &= ~(has_it & (goes_home | goes_on)) | rises
        return allowed

    @staticmethod
    def _goals(
        before: Voicings, after: Voicings, leading: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Say where a dominant is followed by its tonic, and where by the sixth degree."""
        table = before.table
        tonic = table.key.tonic_pitch_class
        roots = (table.roots + tonic) % 12
        goal = (leading + 1) % 12
        is_home = (leading >= 0) & (goal == tonic)
        goes_home = (leading >= 0)[:, None] & (roots[after.chords][None, :] == goal[:, None])
        sixth = 9 if SCALES[table.key.mode][2] == 4 else 8
        return goes_home, is_home[:, None] & (table.roots[after.chords] == sixth)[None, :]


class SeventhResolves(HarmonyRule):
    """The seventh of a chord steps down in its voice, or is kept, when the chord changes."""

    name = example = "seventh_resolves"
    relax = "leave it out, or other chords"

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        table = before.table
        sevenths = table.sevenths[before.chords]
        classes = table.classes[before.chords] @ (1 << np.arange(12))
        changes = classes[:, None] != (table.classes[after.chords] @ (1 << np.arange(12)))[None, :]
        allowed = np.ones(changes.shape, bool)
        for voice in range(4):
            motion = _motion(before, after, voice)
            resolves = (motion <= 0) & (motion >= -2)
            if voice == 0 and before.slot.pitches[0] - before.slot.leads_to in (1, 2):
                continue
            has_it = (before.pitches[:, voice] % 12 == sevenths)[:, None]
            allowed &= ~(has_it & changes) | resolves
        return allowed


class CompleteChords(HarmonyRule):
    """Every note of the chord sounds."""

    name = example = "complete_chords"

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        sounding = np.zeros((len(voicings), 12), bool)
        np.put_along_axis(sounding, voicings.pitches.astype(int) % 12, True, axis=1)
        missing = voicings.table.classes[voicings.chords] & ~sounding
        allowed: np.ndarray = missing.sum(axis=1) == 0
        return allowed
