"""What one part of a MusicXML file says, bar by bar, before the bars are put on one line.

Conventions
-----------
Positions are exact ticks from the start of the bar (int, or Fraction off the grid). Notes are as
written: ties not yet joined, pitches as they sound. A bar is a *measure*, as in the format.

Contents
--------
WrittenNote, Measure, PartReader
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.musicxml_chords import chord_text, rehearsal_marks
from melodyai_edu.io.musicxml_values import (
    NO_TRANSPOSITION,
    Ticks,
    clip,
    key_of,
    meter_of,
    number_of,
    pitch_of,
    tempo_of,
    ticks_of,
    transposition_of,
    written_duration,
)
from melodyai_edu.score import DYNAMICS, TICKS_PER_QUARTER, Key, Meter, Pitch
from melodyai_edu.score.pitch import spell_on_fifths

__all__ = ["Measure", "PartReader", "WrittenNote"]

#: Marks beyond the eight that a score knows, by their nearest.
_OTHER_DYNAMICS = {"pppp": "ppp", "ffff": "fff"}
#: MusicXML counts loudness in percent of this forte [MIDI velocity] (its definition).
FORTE_VELOCITY = 90
#: What an unpitched note sounds as when its file names no drum: acoustic snare [MIDI].
_SNARE = 38


@dataclass(slots=True)
class WrittenNote:
    """One notehead, before ties are joined.

    Parameters
    ----------
    start, end : int or Fraction [ticks in the bar]
    pitch : Pitch
    voice : str
        As the file numbers them.
    velocity : int or None [MIDI]
        ``None`` where the file leaves it to the dynamic marks.
    is_tied_on, is_tied_back : bool
    """

    start: Ticks
    end: Ticks
    pitch: Pitch
    voice: str
    velocity: int | None
    is_tied_on: bool
    is_tied_back: bool


@dataclass(slots=True)
class Measure:
    """One bar of one part.

    Parameters
    ----------
    is_implicit : bool
        Whether the file does not count it, as a pickup.
    length : int or Fraction [ticks]
        How far notes and rests reach; 0 if the bar is empty or holds a whole-bar rest.
    has_bar_rest : bool
        Whether it holds a rest that fills it, however long it is.
    meter : Meter or None
        A time signature that stands here.
    has_time : bool
        Whether ``meter`` was stated; ``None`` then means music without meter.
    """

    is_implicit: bool = False
    length: Ticks = 0
    has_bar_rest: bool = False
    meter: Meter | None = None
    has_time: bool = False
    notes: list[WrittenNote] = field(default_factory=list)
    keys: list[tuple[Ticks, Key]] = field(default_factory=list)
    tempos: list[tuple[Ticks, float]] = field(default_factory=list)
    dynamics: list[tuple[Ticks, str]] = field(default_factory=list)
    chords: list[tuple[Ticks, str]] = field(default_factory=list)
    sections: list[tuple[Ticks, str]] = field(default_factory=list)


class PartReader:
    """Reads the measures of one part in order; divisions and transposition carry on.

    Parameters
    ----------
    name : str
        The part's id, for error messages.
    drums : mapping of str to int
        The drum [MIDI] that each instrument id plays.
    """

    def __init__(self, name: str, drums: Mapping[str, int]) -> None:
        self.name = name
        self.graces = 0
        self.is_unpitched = False
        self._drums = drums
        self._divisions: Ticks = 1
        self._transposition = NO_TRANSPOSITION
        self._position: Ticks = 0
        self._last_start: Ticks = 0
        self._measure = Measure()
        self._readers = {
            "attributes": self._attributes,
            "note": self._note,
            "backup": self._backup,
            "forward": self._forward,
            "direction": self._direction,
            "sound": self._direction,
            "harmony": self._harmony,
        }

    def read(self, number: str, is_implicit: bool, elements: Iterable[Element]) -> Measure:
        """Read one measure.

        Parameters
        ----------
        number : str
            As printed, for error messages.
        is_implicit : bool
        elements : iterable of Element
            The children of ``<measure>``.

        Returns
        -------
        measure : Measure

        Raises
        ------
        InputError
            Naming part and measure, if a value is missing or out of range.
        """
        self._measure = Measure(is_implicit)
        self._position = self._last_start = 0
        try:
            for element in elements:
                reader = self._readers.get(element.tag)
                if reader is not None:
                    reader(element)
                    self._check_position()
        except InputError as error:
            place = f"part {clip(self.name)}, measure {clip(number)}"
            raise InputError(f"{place}: {error}") from error
        return self._measure

    def _check_position(self) -> None:
        if self._position > limits.MUSICXML_TICKS:
            raise InputError(
                f"the music reaches {int(self._position) // TICKS_PER_QUARTER:,} quarter notes: "
                f"the limit is {limits.MUSICXML_TICKS // TICKS_PER_QUARTER:,}; split the score"
            )

    def _attributes(self, element: Element) -> None:
        for child in element:
            if child.tag == "divisions":
                self._divisions = number_of(child.text, "divisions")
                if not 0 < self._divisions <= 1_000_000:
                    raise InputError(f"divisions={self._divisions} must be from 1 to 1,000,000")
            elif child.tag == "transpose":
                self._transposition = transposition_of(child)
            elif child.tag == "time":
                self._measure.meter = meter_of(child)
                self._measure.has_time = True
        for child in element.iter("key"):  # after <transpose>, which stands behind it
            key = key_of(child, self._transposition)
            if key is not None:
                self._measure.keys.append((self._position, key))

    def _ticks(self, text: str | None) -> Ticks:
        duration = number_of(text, "duration")
        if duration < 0:
            raise InputError(f"duration={duration} must be 0 or more")
        return ticks_of(duration, self._divisions)

    def _backup(self, element: Element) -> None:
        self._position = max(0, self._position - self._ticks(element.findtext("duration")))

    def _forward(self, element: Element) -> None:
        self._position += self._ticks(element.findtext("duration"))
        self._reach(self._position)

    def _reach(self, end: Ticks) -> None:
        self._measure.length = max(self._measure.length, end)

    def _note(self, element: Element) -> None:
        fields = {child.tag: child for child in element}
        text = fields["duration"].text if "duration" in fields else None
        is_grace = "grace" in fields or text == "0"
        if is_grace:
            self.graces += "rest" not in fields
            return
        duration = written_duration(element) if text is None else self._ticks(text)
        start = self._last_start if "chord" in fields else self._position
        end = start + duration
        if "chord" not in fields:
            self._last_start = start
            self._position = end
        is_whole_rest = "rest" in fields and fields["rest"].get("measure") == "yes"
        if is_whole_rest:
            self._measure.has_bar_rest = True
        else:
            self._reach(end)
        if "rest" not in fields and "cue" not in fields:
            self._add_note(element, fields, start, end)

    def _add_note(
        self, element: Element, fields: dict[str, Element], start: Ticks, end: Ticks
    ) -> None:
        ties = {child.get("type") for child in element if child.tag == "tie"}
        if "notations" in fields:
            for notations in element.findall("notations"):
                ties |= {tied.get("type") for tied in notations.findall("tied")}
                self._dynamics(notations, start)
        voice = fields["voice"].text if "voice" in fields else None
        note = WrittenNote(
            start,
            end,
            self._pitch(fields),
            (voice or "1").strip(),
            _velocity(element.get("dynamics")),
            "start" in ties,
            "stop" in ties,
        )
        self._measure.notes.append(note)

    def _pitch(self, fields: dict[str, Element]) -> Pitch:
        if "pitch" in fields:
            return pitch_of(fields["pitch"], self._transposition)
        if "unpitched" not in fields:
            raise InputError("a note must have a <pitch>, an <unpitched> or a <rest>")
        self.is_unpitched = True
        instrument = fields["instrument"].get("id", "") if "instrument" in fields else ""
        first = next(iter(self._drums.values()), _SNARE)
        drum = self._drums.get(instrument, first)
        return Pitch(drum, spell_on_fifths(drum % 12))

    def _place_of(self, element: Element) -> Ticks:
        """Give where a mark holds: here, or at its offset from here."""
        offset = element.findtext("offset")
        if offset is None:
            return self._position
        return max(0, self._position + ticks_of(number_of(offset, "offset"), self._divisions))

    def _harmony(self, element: Element) -> None:
        text = chord_text(element, self._transposition)
        if text:
            self._measure.chords.append((self._place_of(element), text))

    def _direction(self, element: Element) -> None:
        place = self._place_of(element)
        self._measure.sections += [(place, name) for name in rehearsal_marks(element)]
        tempo = tempo_of(element)
        if tempo is not None:
            self._measure.tempos.append((place, tempo))
        for kind in element.iter("direction-type"):
            self._dynamics(kind, place)

    def _dynamics(self, parent: Element, place: Ticks) -> None:
        for dynamics in parent.findall("dynamics"):
            for child in dynamics:
                mark = _OTHER_DYNAMICS.get(child.tag, child.tag)
                if mark in DYNAMICS:
                    self._measure.dynamics.append((place, mark))


def _velocity(dynamics: str | None) -> int | None:
    """Convert a note's loudness [percent of forte] to a MIDI velocity."""
    if dynamics is None:
        return None
    velocity = round(number_of(dynamics, "dynamics") * FORTE_VELOCITY / 100)
    return min(max(velocity, 1), 127)
