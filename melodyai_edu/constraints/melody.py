"""Rules of melody, first half: which pitches, which intervals, how the line begins and ends.

Conventions
-----------
Rests are passed over: the previous note is the last one that sounded. Degrees are those of the
key's own scale, counted from 1. The key is that of the bar in which the note in question stands:
a section may have its own (``section_key=...``).

Contents
--------
InKey, InScale, Range, MaxLeap, LeapsRecovered, NoAugmentedLeap, LongestRepetition, FirstDegree,
LastDegree, LeadingToneResolves; key_pitch_classes, EndOnTonic
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from melodyai_edu.constraints.rule import FORBIDDEN, Memory, Rule, Setting, Slot
from melodyai_edu.constraints.text import as_text, split_list, whole
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key, Pitch, Scale
from melodyai_edu.theory.melody import is_augmented

__all__ = [
    "EndOnTonic",
    "FirstDegree",
    "InKey",
    "InScale",
    "LastDegree",
    "LeadingToneResolves",
    "LeapsRecovered",
    "LongestRepetition",
    "MaxLeap",
    "NoAugmentedLeap",
    "Range",
    "key_pitch_classes",
]


def key_pitch_classes(key: Key) -> frozenset[int]:
    """Give the pitch classes that are in a key [0-11].

    Examples
    --------
    >>> sorted(key_pitch_classes(Key.parse("A minor")))        # F and F#, G and G#
    [0, 2, 4, 5, 6, 7, 8, 9, 11]
    """
    raised = (9, 11) if key.mode == "minor" else ()  # the melodic minor; Kostka et al., chapter 4
    return frozenset(key.scale.pitch_classes) | {
        (key.tonic_pitch_class + interval) % 12 for interval in raised
    }


class _OfKey(Rule):
    """A rule that looks at the key of the bar and nothing else."""

    def key_of(self, slot: Slot) -> Hashable:
        return slot.setting.key_at(slot.bar)


class InKey(_OfKey):
    """Only notes of the key sound; in minor also the raised sixth and seventh degree."""

    name, example = "in_key", "in_key"

    def allows(self, pitch: int, slot: Slot) -> bool:
        return pitch % 12 in key_pitch_classes(slot.setting.key_at(slot.bar))


class InScale(_OfKey):
    """Only notes of this scale sound; one without a tonic stands on the key's."""

    name, example = "scale", "scale=minor pentatonic"
    relax = "a scale with more notes"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.text = " ".join(text.split())
        try:
            self._scale(Key("C"))
        except ParameterError as error:
            raise ParameterError(
                f"scale={self.text!r} must end in one of: {', '.join(SCALES)}; with or without a "
                f"tonic, such as {self.example.partition('=')[2]!r} or 'D dorian'"
            ) from error

    @property
    def value(self) -> str:
        return self.text

    def _scale(self, key: Key) -> Scale:
        return Scale(key.tonic, self.text) if self.text in SCALES else Scale.parse(self.text)

    def allows(self, pitch: int, slot: Slot) -> bool:
        return pitch in self._scale(slot.setting.key_at(slot.bar))


class Range(Rule):
    """No note is lower or higher."""

    name, example = "range", "range=D4-G5"
    looks_at = ()
    relax = "a wider range"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        names = [name.strip() for name in text.split("-")]
        if len(names) != 2:
            raise ParameterError(f"range={text!r} must be the lowest and highest pitch, D4-G5")
        self.low, self.high = (Pitch.parse(name) for name in names)
        if self.low.midi > self.high.midi:
            raise ParameterError(f"range={text!r} must name the lower pitch first")

    @property
    def value(self) -> str:
        return f"{self.low.name}-{self.high.name}"

    def prepare(self, setting: Setting) -> Setting:
        # What a style has never seen may still be asked for.
        pitches = {*setting.pitches, *range(self.low.midi, self.high.midi + 1)}
        return replace(setting, pitches=tuple(sorted(pitches)))

    def allows(self, pitch: int, slot: Slot) -> bool:
        return self.low.midi <= pitch <= self.high.midi


class MaxLeap(Rule):
    """No two successive notes are further apart than so many semitones."""

    name, example = "max_leap", "max_leap=9"
    looks_at = ()
    relax = "a wider leap"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.semitones = whole("max_leap", text, 1, 60)

    @property
    def value(self) -> str:
        return str(self.semitones)

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        return previous is None or abs(pitch - previous) <= self.semitones


class LeapsRecovered(Rule):
    """After a leap of so many semitones or more (7 if not said) comes a step the other way."""

    name, example = "leaps_recovered", "leaps_recovered=7"
    looks_at = ()
    relax = "a wider leap that needs no recovery"

    def __init__(self, text: str = "7") -> None:
        text = as_text(self, text)
        self.semitones = whole("leaps_recovered", text or "7", 3, 60)

    @property
    def value(self) -> str:
        return str(self.semitones)

    def step(self, memory: Memory, previous: int | None, pitch: int, slot: Slot) -> Memory:
        interval = 0 if previous is None else pitch - previous
        if memory is not None and interval not in ((-1, -2) if memory == "up" else (1, 2)):
            return FORBIDDEN
        if abs(interval) < self.semitones:
            return None
        return "up" if interval > 0 else "down"

    def ends(self, memory: Memory, previous: int, setting: Setting) -> bool:
        return memory is None

    def describe(self, memory: Memory) -> str:
        return f"a leap {memory} that wants a step the other way"


class NoAugmentedLeap(_OfKey):
    """No augmented interval and no tritone lies between two successive notes."""

    name, example = "no_augmented_leap", "no_augmented_leap"

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        key = slot.setting.key_at(slot.bar)
        return previous is None or not is_augmented(key, previous, pitch)


class LongestRepetition(Rule):
    """No pitch sounds more than so many times in a row."""

    name, example = "longest_repetition", "longest_repetition=3"
    looks_at = ()
    relax = "a longer repetition"
    start = 1

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.times = whole("longest_repetition", text, 1, 64)

    @property
    def value(self) -> str:
        return str(self.times)

    def step(self, memory: Memory, previous: int | None, pitch: int, slot: Slot) -> Memory:
        assert isinstance(memory, int)  # how often the previous pitch has sounded in a row
        times = memory + 1 if pitch == previous else 1
        return times if times <= self.times else FORBIDDEN

    def worst(self, memories: frozenset[Memory]) -> Memory:
        return max(memory for memory in memories if isinstance(memory, int))

    def describe(self, memory: Memory) -> str:
        return f"that the last pitch has sounded {memory} times in a row"


class FirstDegree(_OfKey):
    """The first note is one of these degrees of the scale."""

    name, example = "first_degree", "first_degree=1,5"
    relax = "allow more degrees"

    def __init__(self, text: str) -> None:
        text = as_text(self, text)
        self.degrees = tuple(whole(self.name, word, 1, 7) for word in split_list(text))
        if not self.degrees:
            raise ParameterError(f"{self.name}='' must name degrees of the scale: {self.example}")

    @property
    def value(self) -> str:
        return ",".join(map(str, self.degrees))

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        key = slot.setting.key_at(slot.bar)
        return previous is not None or key.scale.degree(pitch) in self.degrees


class LastDegree(FirstDegree):
    """The last note is one of these degrees of the scale."""

    name, example = "last_degree", "last_degree=1"

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        return True

    def ends(self, memory: Memory, previous: int, setting: Setting) -> bool:
        return setting.last_key.scale.degree(previous) in self.degrees


class EndOnTonic(Rule):
    """The last note is the tonic."""

    name, example = "end_on_tonic", "end_on_tonic"

    def ends(self, memory: Memory, previous: int, setting: Setting) -> bool:
        return previous % 12 == setting.last_key.tonic_pitch_class


class LeadingToneResolves(_OfKey):
    """After the leading tone comes the tonic above it, or the leading tone again."""

    name, example = "leading_tone_resolves", "leading_tone_resolves"

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        if previous is None or not _is_leading_tone(previous, slot.setting.key_at(slot.bar)):
            return True
        return pitch - previous in (0, 1)

    def ends(self, memory: Memory, previous: int, setting: Setting) -> bool:
        return not _is_leading_tone(previous, setting.last_key)


def _is_leading_tone(pitch: int, key: Key) -> bool:
    return (pitch + 1) % 12 == key.tonic_pitch_class
