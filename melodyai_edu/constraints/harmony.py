"""Rules of four-part harmony.

Conventions
-----------
Voices are in the order soprano, alto, tenor, bass. A rule looks at one chord (`allows_chords`) or
at two successive ones (`allows_moves`), never at more, so that all rules together are one layered
automaton (`melodyai_edu.constraints.harmony_automaton`). Arrays hold all ways at once.

Contents
--------
HarmonyRule, VoiceRanges, NoCrossing, Spacing, NoParallels, NoHidden, LeadingToneResolves,
SeventhResolves, CompleteChords, Chords, HarmonyCadence; HARMONY_RULES, parse_harmony_rule,
as_harmony_rules
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import ClassVar

import numpy as np

from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.text import split_list
from melodyai_edu.constraints.voicings import RANGES, ChordSlot, Voicings
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key

__all__ = [
    "HARMONY_RULES",
    "Chords",
    "CompleteChords",
    "HarmonyCadence",
    "HarmonyRule",
    "LeadingToneResolves",
    "NoCrossing",
    "NoHidden",
    "NoParallels",
    "SeventhResolves",
    "Spacing",
    "VoiceRanges",
    "as_harmony_rules",
    "parse_harmony_rule",
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
        low, high = RANGES[0]
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
        low, high = np.array(RANGES, np.int8).T
        inside: np.ndarray = (voicings.pitches >= low) & (voicings.pitches <= high)
        return inside.all(axis=1)


class NoCrossing(HarmonyRule):
    """No voice lies above the one over it, or moves past where its neighbour just was."""

    name = example = "no_crossing"
    relax = "smaller leaps in the melody, or leave it out"

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        _, alto, tenor, bass = voicings.pitches.T
        return (min(voicings.slot.pitches) >= alto) & (alto >= tenor) & (tenor >= bass)

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
        return (highest - alto <= 12) & (alto - tenor <= 12) & (tenor - bass <= 24)


class NoParallels(HarmonyRule):
    """No two voices move from a fifth to a fifth, or from an octave to an octave."""

    name = example = "no_parallels"

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        moved = [before.pitches[:, None, v] != after.pitches[None, :, v] for v in range(4)]
        faults = np.zeros((len(before), len(after)), bool)
        for one, other in combinations(range(4), 2):
            old, new = _perfect(before, one, other), _perfect(after, one, other)
            new = np.where(new == 0, -1, new)  # only a perfect interval can be met again
            faults |= (old[:, None] == new[None, :]) & moved[one] & moved[other]
        return ~faults


def _perfect(voicings: Voicings, one: int, other: int) -> np.ndarray:
    """Give 1 where two voices are in unison or octaves, 2 where in fifths, else 0."""
    gaps = np.abs(voicings.pitches[:, one] - voicings.pitches[:, other]) % 12
    return np.where(gaps == 0, 1, np.where(gaps == 7, 2, 0)).astype(np.int8)


class NoHidden(HarmonyRule):
    """Soprano and bass reach no fifth or octave in one direction while the soprano leaps."""

    name = example = "no_hidden"

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        leap = int(after.slot.pitches[0]) - int(before.slot.pitches[0])
        if abs(leap) <= 2:
            return np.ones((1, 1), bool)
        bass = after.pitches[None, :, 3] - before.pitches[:, None, 3]
        is_perfect = np.isin((after.pitches[:, 0] - after.pitches[:, 3]) % 12, (0, 7))
        return ~((bass * np.sign(leap) > 0) & is_perfect[None, :])


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
        return times < 2

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
        return ~(voicings.table.classes[voicings.chords] & ~sounding).any(axis=1)


class Chords(HarmonyRule):
    """One after the other these chords, from the start again at their end.

    A Roman numeral without figures may stand in any inversion, ``V6`` in that one only.
    """

    name, example = "chords", "chords=I IV V7 I"
    relax = "other chords"

    def __init__(self, text: str) -> None:
        self.chords = split_list(text)
        if not self.chords:
            raise ParameterError(f"chords={text!r} must name chords: {self.example}")

    @property
    def value(self) -> str:
        return " ".join(self.chords)

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        asked = self.chords[voicings.slot.number % len(self.chords)]
        chord, inversion = voicings.table.find(asked)
        allowed = voicings.chords == chord
        if inversion >= 0:
            allowed &= voicings.inversions == inversion
        return allowed


class HarmonyCadence(HarmonyRule):
    """These bars close: authentic V-I, plagal IV-I, half on V, deceptive V-vi.

    V may be V7, but not at the close of a half cadence. Of an authentic cadence both chords, of a
    half cadence V, are in root position.
    """

    name, example = "cadence", "cadence=4 half, 8 authentic"
    relax = "another cadence, or another bar"
    #: What the last chord and the one before it must be, over the tonic; -1 is anything.
    _KINDS: ClassVar[dict[str, tuple[int, int]]] = {
        "authentic": (7, 0),
        "plagal": (5, 0),
        "half": (-1, 7),
        "deceptive": (7, 9),
    }

    def __init__(self, text: str) -> None:
        self.bars: dict[int, str] = {}
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d{1,3})\s+(\w+)\s*", part)
            if match is None or int(match[1]) < 1 or match[2] not in self._KINDS:
                raise ParameterError(
                    f"cadence={text!r} must name bars and kinds ({', '.join(self._KINDS)}): "
                    f"4 half, 8 authentic"
                )
            self.bars[int(match[1]) - 1] = match[2]

    @property
    def value(self) -> str:
        return ", ".join(f"{bar + 1} {kind}" for bar, kind in self.bars.items())

    @property
    def moves(self) -> bool:
        """Whether the rule looks at two successive chords."""
        return self.overrides("allows_moves")

    def overrides(self, method: str) -> bool:
        """Say whether the rule defines a method itself."""
        return getattr(type(self), method) is not getattr(HarmonyRule, method, None)

    def check(self, slots: Sequence[ChordSlot], key: Key) -> None:
        bars = {slot.bar for slot in slots}
        for bar, kind in self.bars.items():
            if bar not in bars:
                raise ParameterError(
                    f"cadence={bar + 1} {kind!s} must name a bar in which the melody sounds; "
                    f"it ends with bar {max(bars) + 1}"
                )

    def _kind(self, slot: ChordSlot) -> str | None:
        return self.bars.get(slot.bar) if slot.is_last_in_bar else None

    def allows_chords(self, voicings: Voicings) -> np.ndarray:
        kind = self._kind(voicings.slot)
        if kind is None:
            return np.ones(len(voicings), bool)
        if kind == "half":
            return _is_dominant(voicings, 3) & (voicings.inversions == 0)
        if voicings.slot.number == 0:
            return np.zeros(len(voicings), bool)
        last = self._KINDS[kind][1]
        if kind == "deceptive" and SCALES[voicings.table.key.mode][2] == 3:
            last = 8
        allowed: np.ndarray = voicings.table.roots[voicings.chords] == last
        return allowed & (voicings.inversions == 0) if kind == "authentic" else allowed

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        kind = self._kind(after.slot)
        if kind in (None, "half"):
            return np.ones((1, 1), bool)
        if kind == "plagal":
            allowed = before.table.roots[before.chords] == 5
        else:
            allowed = _is_dominant(before, 4)
        if kind == "authentic":
            allowed &= before.inversions == 0
        return allowed[:, None]


def _is_dominant(voicings: Voicings, most: int) -> np.ndarray:
    """Say which chords are V, or V7 where four notes are allowed."""
    table = voicings.table
    tonic = table.key.tonic_pitch_class
    wanted = [
        frozenset((tonic + step) % 12 for step in shape) for shape in ((7, 11, 2), (7, 11, 2, 5))
    ]
    names = [frozenset(chord) in wanted[: most - 2] for chord in table.chords]
    found: np.ndarray = np.array(names, bool)[voicings.chords]
    return found


_CLASSES: tuple[type[HarmonyRule], ...] = (
    VoiceRanges,
    NoCrossing,
    Spacing,
    NoParallels,
    NoHidden,
    LeadingToneResolves,
    SeventhResolves,
    CompleteChords,
    Chords,
    HarmonyCadence,
)

#: Every rule of harmony by its name.
HARMONY_RULES: dict[str, type[HarmonyRule]] = {rule.name: rule for rule in _CLASSES}


def parse_harmony_rule(text: str) -> HarmonyRule:
    """Read a rule of harmony.

    Parameters
    ----------
    text : str

    Returns
    -------
    rule : HarmonyRule

    Raises
    ------
    ParameterError
        If no rule has the name, or the value cannot be read.

    Examples
    --------
    >>> parse_harmony_rule("no_parallels"), parse_harmony_rule("cadence = 4 half")
    (NoParallels('no_parallels'), HarmonyCadence('cadence=4 half'))
    """
    name, has_value, value = (part.strip() for part in text.partition("="))
    if name not in HARMONY_RULES:
        raise ParameterError(f"rule={text!r} must be one of: {', '.join(HARMONY_RULES)}")
    kind = HARMONY_RULES[name]
    takes_value = kind.__init__ is not Rule.__init__
    if bool(has_value) != takes_value:
        raise ParameterError(f"rule={text!r} must be written as in {kind.example!r}")
    return kind(value) if takes_value else kind()  # type: ignore[call-arg]


def as_harmony_rules(rules: Iterable[str | Rule]) -> tuple[HarmonyRule, ...]:
    """Read those rules that are text; each rule once.

    Raises
    ------
    ParameterError
        If one is neither text nor a rule of harmony, or cannot be read.

    Examples
    --------
    >>> as_harmony_rules(["spacing", "spacing"])
    (Spacing('spacing'),)
    """
    if isinstance(rules, str):
        raise ParameterError(f"rules={rules!r} must be a list: [{rules!r}]")
    read: list[HarmonyRule] = []
    for rule in rules:
        if not isinstance(rule, str | HarmonyRule):
            raise ParameterError(f"rule={rule!r} must be text such as 'spacing', or a HarmonyRule")
        read.append(parse_harmony_rule(rule) if isinstance(rule, str) else rule)
    return tuple(dict.fromkeys(read))
