"""Rules of harmony, second half: which chords, which cadences; and reading all of them from text.

Conventions
-----------
As in `melodyai_edu.constraints.voice_rules`. Bars count from 1 in text and from 0 in code.

Contents
--------
Chords, HarmonyCadence; HARMONY_RULES, parse_harmony_rule, as_harmony_rules, HarmonyRule
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np

from melodyai_edu.constraints import voice_rules
from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.text import check_listed, make_rule, split_list
from melodyai_edu.constraints.voice_rules import HarmonyRule
from melodyai_edu.constraints.voicings import ChordSlot, Voicings
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key

__all__ = [
    "HARMONY_RULES",
    "Chords",
    "HarmonyCadence",
    "HarmonyRule",
    "as_harmony_rules",
    "parse_harmony_rule",
]


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
        allowed: np.ndarray = voicings.chords == chord
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
    #: What the last chord may be.
    _GOALS: ClassVar[dict[str, tuple[str, ...]]] = {
        "authentic": ("I", "i"),
        "plagal": ("I", "i"),
        "half": ("V",),
        "deceptive": ("vi", "VI"),
    }

    def __init__(self, text: str) -> None:
        self.bars: dict[int, str] = {}
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d{1,3})\s+(\w+)\s*", part)
            if match is None or int(match[1]) < 1 or match[2] not in self._GOALS:
                raise ParameterError(
                    f"cadence={text!r} must name bars and kinds ({', '.join(self._GOALS)}): "
                    f"4 half, 8 authentic"
                )
            self.bars[int(match[1]) - 1] = match[2]

    @property
    def value(self) -> str:
        return ", ".join(f"{bar + 1} {kind}" for bar, kind in self.bars.items())

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
        allowed = _is_named(voicings, self._GOALS[kind])
        if kind in ("half", "authentic"):
            allowed &= voicings.inversions == 0
        has_enough = kind == "half" or voicings.slot.number > 0
        return allowed & has_enough

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        kind = self._kind(after.slot)
        if kind in (None, "half"):
            return np.ones((1, 1), bool)
        befores = ("IV", "iv", "IV7", "iv7") if kind == "plagal" else ("V", "V7")
        allowed = _is_named(before, befores)
        if kind == "authentic":
            allowed &= before.inversions == 0
        return allowed[:, None]


def _is_named(voicings: Voicings, names: tuple[str, ...]) -> np.ndarray:
    """Say which ways set one of these chords, in any inversion [shape=(N,), bool]."""
    wanted = np.array([name in names for name in voicings.table.names], bool)
    found: np.ndarray = wanted[voicings.chords]
    return found


_CLASSES: tuple[type[HarmonyRule], ...] = (
    voice_rules.VoiceRanges,
    voice_rules.NoCrossing,
    voice_rules.Spacing,
    voice_rules.NoParallels,
    voice_rules.NoHidden,
    voice_rules.LeadingToneResolves,
    voice_rules.SeventhResolves,
    voice_rules.CompleteChords,
    Chords,
    HarmonyCadence,
)

#: Rules of `melodyai_edu.constraints.chord_rules` that four voices do not have.
_OF_SYMBOLS = ("fits_melody", "chord_kinds", "one_chord_a_bar")

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
    name = text.partition("=")[0].strip()
    if name in _OF_SYMBOLS:
        raise ParameterError(
            f"rule={text!r} speaks of chord symbols: it needs style='folk', 'pop' or 'jazz'; four "
            f"voices have {', '.join(HARMONY_RULES)}"
        )
    if name not in HARMONY_RULES:
        raise ParameterError(f"rule={text!r} must be one of: {', '.join(HARMONY_RULES)}")
    return make_rule(HARMONY_RULES[name], text)


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
    check_listed(rules)
    read: list[HarmonyRule] = []
    for rule in rules:
        if not isinstance(rule, str | HarmonyRule):
            raise ParameterError(f"rule={rule!r} must be text such as 'spacing', or a HarmonyRule")
        read.append(parse_harmony_rule(rule) if isinstance(rule, str) else rule)
    return tuple(dict.fromkeys(read))
