"""Rules of chord symbols above a melody.

Conventions
-----------
A rule looks at the chord of one place (`allows_chord`), at a chord and the place before
(`allows_moves`), or at a chord and the *other* chord that it came from, however long that one
lasted (`allows_approach`). Places are those of `melodyai_edu.constraints.chord_places`; arrays run
over the chords of a `ChordTable`. Bars count from 1 in text and from 0 in code.

Contents
--------
ChordRule, GivenChords, ChordCadence, FitsMelody, ChordKinds, OneChordABar; CHORD_RULES, KINDS,
APPROACHES, approaches, kinds_of, parse_chord_rule, as_chord_rules
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np

from melodyai_edu.constraints.chord_places import ChordPlace
from melodyai_edu.constraints.chords import ChordTable, split_figures
from melodyai_edu.constraints.harmony import HARMONY_RULES, HarmonyCadence
from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.text import check_listed, make_rule, split_list
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key
from melodyai_edu.theory.harmony import parse_chord

__all__ = [
    "APPROACHES",
    "CHORD_RULES",
    "KINDS",
    "ChordCadence",
    "ChordKinds",
    "ChordRule",
    "FitsMelody",
    "GivenChords",
    "OneChordABar",
    "approaches",
    "as_chord_rules",
    "kinds_of",
    "parse_chord_rule",
]

#: What the chord before may be, as far as a cadence asks: any other, a dominant, a subdominant.
APPROACHES = ("other", "dominant", "subdominant")

#: Kinds of chords by what stands above the root [semitones]. Kostka, Payne & Almén (2018), Tonal
#: Harmony, appendix B.
KINDS: dict[frozenset[int], str] = {
    frozenset(steps): kind
    for kind, steps in {
        "major": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8),
        "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "m7b5": (0, 3, 6, 10),
        "dim7": (0, 3, 6, 9), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "mM7": (0, 3, 7, 11),
    }.items()
}  # fmt: skip
#: Words for several kinds at once.
_GROUPS = {
    "triads": ("major", "m", "dim", "aug"),
    "sevenths": ("7", "maj7", "m7", "m7b5", "dim7", "mM7"),
}


def kinds_of(table: ChordTable) -> tuple[str, ...]:
    """Name the kind of each chord, ``"other"`` where it is none of ``KINDS``.

    Examples
    --------
    >>> from melodyai_edu.constraints.chords import chord_table
    >>> from melodyai_edu.score import Key
    >>> kinds_of(chord_table(Key("C")))[:2]
    ('major', 'm')
    """
    return tuple(
        KINDS.get(frozenset((pitch - chord[0]) % 12 for pitch in chord), "other")
        for chord in table.chords
    )


def approaches(table: ChordTable) -> np.ndarray:
    """Say what each chord is to a cadence after it [shape=(C,), int], among ``APPROACHES``."""
    kinds = kinds_of(table)
    found = [
        1 if root == 7 and kind in ("major", "7") else 2 if root == 5 else 0
        for root, kind in zip(table.roots, kinds, strict=True)
    ]
    return np.array(found, int)


class ChordRule(Rule):
    """One thing that a musician asks of chord symbols; subclass it and override what it needs."""

    layer: ClassVar[str] = "chords"

    def overrides(self, method: str) -> bool:
        """Say whether the rule defines a method itself."""
        return getattr(type(self), method) is not getattr(ChordRule, method, None)

    def check(self, places: Sequence[ChordPlace]) -> None:
        """Raise ParameterError if the rule asks for what these places cannot have."""

    def asked_chords(self) -> tuple[str, ...]:
        """Name chords that the rule needs, so that the table has them."""
        return ()

    def allows_chord(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        """Say which chords may stand at a place [shape=(C,), bool]."""
        return np.ones(len(table), bool)

    def allows_moves(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        """Say which chords may stand at a place after which [shape=(C, C), bool]."""
        return np.ones((len(table), len(table)), bool)

    def allows_approach(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        """Say which may stand at a place by the other chord before [shape=(3, C), bool]."""
        return np.ones((len(APPROACHES), len(table)), bool)


class GivenChords(ChordRule):
    """These chords, one a bar, from the start again at their end; | divides bars with two."""

    name, example = "chords", "chords=I | IV V | I"
    relax = "other chords"

    def __init__(self, text: str) -> None:
        bars = text.split("|") if "|" in text else split_list(text)
        self.bars = [split_list(bar) for bar in bars if bar.strip()]
        if not self.bars or any(len(bar) > 2 for bar in self.bars):
            raise ParameterError(
                f"chords={text!r} must name one chord a bar, or up to two between bar lines: "
                f"{self.example}"
            )
        for chord in self.asked_chords():
            _check_root_position(chord)

    @property
    def value(self) -> str:
        return " | ".join(" ".join(bar) for bar in self.bars)

    def asked_chords(self) -> tuple[str, ...]:
        return tuple(chord for bar in self.bars for chord in bar)

    def check(self, places: Sequence[ChordPlace]) -> None:
        for place in places:
            is_single = place.part == 0 and place.is_last_in_bar and not place.is_last
            if len(self._bar(place)) > 1 and is_single:
                raise ParameterError(
                    f"chords={self.value!r} asks for two chords in bar {place.bar + 1}, which has "
                    f"room for one: name one"
                )

    def _bar(self, place: ChordPlace) -> tuple[str, ...]:
        return self.bars[place.bar % len(self.bars)] if place.bar >= 0 else ()

    def allows_chord(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        bar = self._bar(place)
        if not bar:
            return np.ones(len(table), bool)
        allowed = np.zeros(len(table), bool)
        allowed[table.find(bar[min(place.part, len(bar) - 1)])[0]] = True
        return allowed


def _check_root_position(chord: str) -> None:
    split = split_figures(chord)
    is_slash = split is None and parse_chord(chord, Key("C")).inversion
    if is_slash or (split is not None and split[1] > 0):
        raise ParameterError(
            f"chord={chord!r} has another bass than its root, which chord symbols here do not "
            f"write: leave the figures out, or ask for style='chorale'"
        )


class ChordCadence(ChordRule):
    """These bars close: authentic V-I, plagal IV-I, half on V, deceptive V-vi."""

    name, example = "cadence", "cadence=4 half, 8 authentic"
    relax = "another cadence, or another bar"
    #: Where each kind ends [semitones over the tonic], and on which kinds of chord.
    _GOALS: ClassVar[dict[str, tuple[int, ...]]] = {
        "authentic": (0,),
        "plagal": (0,),
        "half": (7,),
        "deceptive": (8, 9),
    }

    def __init__(self, text: str) -> None:
        self._read = HarmonyCadence(text)
        self.bars = self._read.bars

    @property
    def value(self) -> str:
        return self._read.value

    def check(self, places: Sequence[ChordPlace]) -> None:
        bars = {place.bar for place in places}
        for bar, kind in self.bars.items():
            if bar not in bars:
                raise ParameterError(
                    f"cadence={bar + 1} {kind!s} must name a bar of the melody; it ends with bar "
                    f"{max(bars) + 1}"
                )

    def _kind(self, place: ChordPlace) -> str | None:
        return self.bars.get(place.bar) if place.is_last_in_bar else None

    def allows_chord(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        kind = self._kind(place)
        if kind is None:
            return np.ones(len(table), bool)
        allowed: np.ndarray = np.isin(table.roots, self._goals(kind, place))
        if kind == "half":
            allowed = np.logical_and(allowed, approaches(table) == 1)
        if place.number == 0 and kind != "half":
            allowed = np.zeros_like(allowed)  # a cadence needs two chords
        return allowed

    def _goals(self, kind: str, place: ChordPlace) -> tuple[int, ...]:
        if kind == "deceptive":
            return (8,) if place.key.is_minor else (9,)
        return self._GOALS[kind]

    def allows_approach(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        allowed = np.ones((len(APPROACHES), len(table)), bool)
        kind = self._kind(place)
        if kind in ("authentic", "deceptive"):
            allowed[[0, 2]] = False
        elif kind == "plagal":
            allowed[:2] = False
        return allowed


class FitsMelody(ChordRule):
    """Notes of the melody on strong beats belong to the chord."""

    name = example = "fits_melody"
    relax = "style='jazz' or chords= with more chords to choose from, or leave it out"

    def allows_chord(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        strong = [note.pitch % 12 for note in place.sung if note.strength == 2]
        return np.asarray(table.classes[:, strong].all(axis=1))


class ChordKinds(ChordRule):
    """Only these kinds of chords: triads, sevenths, or major, m, dim, 7, maj7, m7 ..."""

    name, example = "chord_kinds", "chord_kinds=major m 7"
    relax = "more kinds"

    def __init__(self, text: str) -> None:
        self.words = split_list(text)
        self.kinds = {kind for word in self.words for kind in _GROUPS.get(word, (word,))}
        known = sorted(KINDS.values())
        if not self.kinds or not self.kinds <= set(known):
            raise ParameterError(
                f"chord_kinds={text!r} must be of: {', '.join([*_GROUPS, *known])}"
            )

    @property
    def value(self) -> str:
        return " ".join(self.words)

    def allows_chord(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        return np.array([kind in self.kinds for kind in kinds_of(table)], bool)


class OneChordABar(ChordRule):
    """Every bar has one chord."""

    name = example = "one_chord_a_bar"
    relax = "leave it out"

    def allows_moves(self, place: ChordPlace, table: ChordTable) -> np.ndarray:
        if place.part == 0:
            return np.ones((len(table), len(table)), bool)
        return np.eye(len(table), dtype=bool)


_CLASSES: tuple[type[ChordRule], ...] = (
    GivenChords,
    ChordCadence,
    FitsMelody,
    ChordKinds,
    OneChordABar,
)

#: Every rule of chord symbols by its name.
CHORD_RULES: dict[str, type[ChordRule]] = {rule.name: rule for rule in _CLASSES}


def parse_chord_rule(text: str) -> ChordRule:
    """Read a rule of chord symbols.

    Parameters
    ----------
    text : str

    Returns
    -------
    rule : ChordRule

    Raises
    ------
    ParameterError
        If no rule has the name, or the value cannot be read.

    Examples
    --------
    >>> parse_chord_rule("cadence = 8 authentic"), parse_chord_rule("fits_melody")
    (ChordCadence('cadence=8 authentic'), FitsMelody('fits_melody'))
    """
    name = text.partition("=")[0].strip()
    if name in HARMONY_RULES and name not in CHORD_RULES:
        raise ParameterError(
            f"rule={text!r} speaks of four voices: it needs style='chorale'; chord symbols have "
            f"{', '.join(CHORD_RULES)}"
        )
    if name not in CHORD_RULES:
        raise ParameterError(f"rule={text!r} must be one of: {', '.join(CHORD_RULES)}")
    return make_rule(CHORD_RULES[name], text)


def as_chord_rules(rules: Iterable[str | Rule]) -> tuple[ChordRule, ...]:
    """Read those rules that are text; each rule once.

    Raises
    ------
    ParameterError
        If one is neither text nor a rule of chord symbols, or cannot be read.

    Examples
    --------
    >>> as_chord_rules(["fits_melody", "fits_melody"])
    (FitsMelody('fits_melody'),)
    """
    check_listed(rules)
    read: list[ChordRule] = []
    for rule in rules:
        if not isinstance(rule, str | ChordRule):
            raise ParameterError(
                f"rule={rule!r} must be text such as 'fits_melody', or a ChordRule; rules of four "
                f"voices need style='chorale'"
            )
        read.append(parse_chord_rule(rule) if isinstance(rule, str) else rule)
    return tuple(dict.fromkeys(read))
