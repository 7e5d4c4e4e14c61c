"""What a musician says: a rule, and the place in a piece that it looks at.

Conventions
-----------
A rule speaks of pitches as they sound [MIDI] and of bars from 0 (text for people counts from 1; a
pickup is bar -1). It never looks at more than it declares: `Rule.looks_at` names the fields of a
`Slot` that matter to its melody methods, so that the compiler asks once for all slots alike.

A rule of one's own overrides as little as it needs:

============== ============================================= =======================
method         is asked                                      remembers
============== ============================================= =======================
prepare        what bars, lengths, pitches it needs          nothing
allows_event   may a note or a rest so long stand here       nothing
count          the same, and what to remember of the rhythm  a small hashable value
allows         may this pitch sound here                     nothing
follows        may this pitch sound after that one           the pitch before
step           the same, and what to remember of the line    a small hashable value
ends           may the piece end here                        what ``step`` remembered
============== ============================================= =======================

Contents
--------
Setting, Slot, Rule, Repeat, FixedEvent, FORBIDDEN, beat_text, Memory, is_forbidden
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, NamedTuple

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter, Note
from melodyai_edu.theory.rhythm import beat_text

__all__ = [
    "FORBIDDEN",
    "FixedEvent",
    "Memory",
    "Repeat",
    "Rule",
    "Setting",
    "Slot",
    "beat_text",
    "is_forbidden",
]

Memory = Hashable


class _Forbidden:
    """What `Rule.step` and `Rule.count` answer where the rule would be broken."""

    def __repr__(self) -> str:
        return "FORBIDDEN"


FORBIDDEN: Final = _Forbidden()

#: Note values that a melody may have where no rule and no style says otherwise [ticks]: from a
#: sixteenth to a whole note, dotted ones included.
_DURATIONS = (6, 12, 18, 24, 36, 48, 72, 96)

#: The pitches that a melody may have where no rule and no style says otherwise [MIDI]: C3 to C6.
_PITCHES = tuple(range(48, 85))


@dataclass(frozen=True, slots=True)
class Setting:
    """What all rules of one piece share.

    Parameters
    ----------
    key : Key
    meter : Meter
    bars : int
        Whole bars; a pickup is not counted.
    pickup : int, default 0 [ticks]
        Length of an incomplete first bar.
    pitches : tuple of int, optional [MIDI]
        All that may sound; three octaves when left out.
    durations : tuple of int, optional [ticks]
        All lengths that may be drawn; sixteenth to whole note when left out.
    section_keys : tuple of (int, Key), optional
        Bars that have a key of their own.

    Raises
    ------
    ParameterError
        If a value is out of range.

    Examples
    --------
    >>> setting = Setting(Key("G"), Meter(6, 8), bars=8, pickup=12)
    >>> setting.ticks, setting.bar_range(1)
    (588, (84, 156))
    """

    key: Key = field(default=Key("C"))
    meter: Meter = field(default=Meter(4, 4))
    bars: int = 8
    pickup: int = 0
    pitches: tuple[int, ...] = _PITCHES
    durations: tuple[int, ...] = _DURATIONS
    section_keys: tuple[tuple[int, Key], ...] = ()

    def __post_init__(self) -> None:
        if self.bars < 1:
            raise ParameterError(f"bars={self.bars} must be 1 or more")
        if not 0 <= self.pickup < self.meter.bar_duration:
            raise ParameterError(
                f"pickup={self.pickup} must be shorter than a bar, {self.meter.bar_duration} ticks"
            )

    @property
    def ticks(self) -> int:
        """The length of the piece [ticks]."""
        return self.pickup + self.bars * self.meter.bar_duration

    @property
    def first_bar(self) -> int:
        """The bar that the piece begins with: 0, or -1 for a pickup."""
        return -1 if self.pickup else 0

    def key_at(self, bar: int) -> Key:
        """Give the key of a bar."""
        return dict(self.section_keys).get(bar, self.key) if self.section_keys else self.key

    @property
    def last_key(self) -> Key:
        """The key of the last bar."""
        return self.key_at(self.bars - 1)

    def bar_range(self, bar: int) -> tuple[int, int]:
        """Say where a bar begins and ends in the piece [ticks]."""
        end = self.pickup + (bar + 1) * self.meter.bar_duration
        return max(end - self.meter.bar_duration, 0), end


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a piece with the length of what may stand there.

    Parameters
    ----------
    setting : Setting
    bar : int
        From 0; -1 is the pickup.
    position : int [ticks]
        In the bar; in a pickup as if its bar were whole.
    duration : int [ticks]
    is_rest : bool, default False
    shifts : tuple of int, default (0,) [semitones]
        How much higher the bar sounds each time that it is played, the first time included.
    """

    setting: Setting = field(repr=False)
    bar: int
    position: int
    duration: int
    is_rest: bool = False
    shifts: tuple[int, ...] = (0,)

    @property
    def end(self) -> int:
        """Where it ends in its bar [ticks]."""
        return self.position + self.duration

    @property
    def begins_bar(self) -> bool:
        """Whether it stands on the bar line."""
        return self.position == 0

    @property
    def ends_bar(self) -> bool:
        """Whether it lasts to the end of its bar."""
        return self.end == self.setting.meter.bar_duration

    @property
    def ends_piece(self) -> bool:
        """Whether it lasts to the end of the piece."""
        return self.ends_bar and self.bar == self.setting.bars - 1

    @property
    def onset(self) -> int:
        """Where it begins in the piece [ticks]."""
        first = self.setting.bar_range(self.bar)[1] - self.setting.meter.bar_duration
        return first + self.position

    @property
    def place(self) -> str:
        """Bar and beat in words, ``"bar 3 beat 2"``; a beat may have a fraction."""
        return f"bar {self.bar + 1} beat {beat_text(self.setting.meter, self.position)}"


class Repeat(NamedTuple):
    """One bar that repeats an earlier one.

    Parameters
    ----------
    bar, original : int
        From 0.
    semitones : int, default 0 [semitones]
        How much higher the bar is.
    is_first_only : bool, default False
        Whether only the first note is repeated.
    """

    bar: int
    original: int
    semitones: int = 0
    is_first_only: bool = False


class Rule:
    """One thing that a musician asks for.

    Subclass it and override what the rule needs; see the table above. Two rules are equal if
    they have the same text.

    Examples
    --------
    >>> class NoRepeatedNotes(Rule):
    ...     '''No note sounds twice in a row.'''
    ...     name = "no_repeated_notes"
    ...     def follows(self, previous, pitch, slot):
    ...         return previous != pitch
    >>> rule = NoRepeatedNotes()
    >>> str(rule), rule.sentence
    ('no_repeated_notes', 'No note sounds twice in a row.')
    """

    #: How the rule is written.
    name: ClassVar[str] = ""
    #: ``"rhythm"``, ``"melody"``, ``"harmony"`` or ``"structure"``.
    layer: ClassVar[str] = "melody"
    #: An example, as it is written.
    example: ClassVar[str] = ""
    #: What to do where it cannot be kept.
    relax: ClassVar[str] = "leave it out"
    #: The fields of a slot that the melody methods look at; None stands for all of them. The fewer
    #: a rule declares, the quicker it compiles.
    looks_at: ClassVar[tuple[str, ...] | None] = None
    #: What `step` and `count` remember at the beginning.
    start: ClassVar[Memory] = None
    #: Whether `step` looks at the previous pitch.
    hears_previous: ClassVar[bool] = True
    #: Whether a bar that the form repeats is heard once only (what it remembers is of the whole
    #: piece, such as its highest note).
    hears_once: ClassVar[bool] = False

    @property
    def value(self) -> str:
        """What stands behind the equals sign; empty for a rule without."""
        return ""

    @property
    def title(self) -> str:
        """How a reader is told which rule it is."""
        return str(self)

    @property
    def sentence(self) -> str:
        """What the rule says, in one sentence."""
        return ((type(self).__doc__ or "").strip() or self.name).splitlines()[0]

    def prepare(self, setting: Setting) -> Setting:
        """Give the setting that the rule needs: other bars, lengths or pitches."""
        return setting

    def holds_in(self, setting: Setting) -> bool:
        """Say whether the setting that all rules made together is what this one asked for."""
        return True

    def obstacle(self, setting: Setting) -> str:
        """Say why it cannot be kept whatever else is asked for; nothing where that is not known."""
        return ""

    @property
    def named_bars(self) -> tuple[int, ...]:
        """The bars that the rule names, from 0; the piece must have them."""
        return ()

    def repeats(self, setting: Setting) -> tuple[Repeat, ...]:
        """List the bars that the rule makes equal to earlier ones."""
        return ()

    def key_of(self, slot: Slot) -> Hashable:
        """Give what of a slot matters to the melody methods."""
        if self.looks_at is None:
            return slot.bar, slot.position, slot.duration, slot.shifts
        return tuple(getattr(slot, field) for field in self.looks_at)

    def allows_event(self, slot: Slot) -> bool:
        """Say whether a note, or a rest if ``slot.is_rest``, may stand here."""
        return True

    def count(self, memory: Memory, slot: Slot) -> Memory:
        """Give what to remember of the rhythm after this event, or FORBIDDEN."""
        return memory

    def allows(self, pitch: int, slot: Slot) -> bool:
        """Say whether a pitch [MIDI] may sound here."""
        return True

    def follows(self, previous: int | None, pitch: int, slot: Slot) -> bool:
        """Say whether a pitch may sound after the previous one [MIDI], None at the beginning."""
        return True

    def step(self, memory: Memory, previous: int | None, pitch: int, slot: Slot) -> Memory:
        """Give what to remember of the line after this pitch, or FORBIDDEN."""
        return memory

    def ends(self, memory: Memory, previous: int, setting: Setting) -> bool:
        """Say whether the piece may end on the pitch that sounded last [MIDI]."""
        return True

    def is_calm(self, memory: Memory) -> bool:
        """Say whether nothing is pending, so that a repeated section may begin here."""
        return memory == self.start

    def worst(self, memories: frozenset[Memory]) -> Memory:
        """Give what to remember where it is one of these; FORBIDDEN if nothing covers them all."""
        return next(iter(memories)) if len(memories) == 1 else FORBIDDEN  # none: never calm

    def shifted(self, memory: Memory, semitones: int) -> Memory:
        """Give what would be remembered if all had sounded higher [semitones]."""
        return memory

    def describe(self, memory: Memory) -> str:
        """Say in words what is remembered."""
        return repr(memory)

    def overrides(self, method: str) -> bool:
        """Say whether the rule defines a method itself."""
        return getattr(type(self), method) is not getattr(Rule, method)

    def __str__(self) -> str:
        return f"{self.name}={self.value}" if self.value else self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


@dataclass(frozen=True, slots=True)
class FixedEvent:
    """A note or a rest that is known beforehand.

    Parameters
    ----------
    position : int [ticks]
        In its bar.
    duration : int [ticks]
    pitch : int or None [MIDI]
        None for a rest.
    """

    position: int
    duration: int
    pitch: int | None

    @classmethod
    def of(cls, note: Note, onset: int, offset: int = 0) -> FixedEvent:
        """Take a note in a bar that begins at an onset [ticks]."""
        return cls(note.onset - onset + offset, note.duration, note.pitch)


def is_forbidden(memory: Any) -> bool:
    """Say whether an answer of `Rule.step` or `Rule.count` was FORBIDDEN."""
    return memory is FORBIDDEN
