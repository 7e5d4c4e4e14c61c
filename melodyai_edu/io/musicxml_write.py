"""`Score` to MusicXML 4.0, readable by notation programs and by ourselves.

Conventions
-----------
Reading what was written gives the same score; what MusicXML cannot carry is listed in
``docs/formats.md``. Chord symbols and sections stand above the first part. Octaves below 0 are
written although the schema ends there.

Contents
--------
musicxml_text
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, indent, tostring

from melodyai_edu.errors import OutputError
from melodyai_edu.io.musicxml_chords import harmony_element, section_direction
from melodyai_edu.io.musicxml_layout import Piece, Voice, lay_out
from melodyai_edu.io.musicxml_notes import (
    accidentals,
    add,
    clef_element,
    dynamic_direction,
    key_element,
    note_elements,
    tempo_direction,
    time_element,
)
from melodyai_edu.score import (
    TICKS_PER_QUARTER,
    ChordSymbol,
    Dynamic,
    Note,
    Part,
    Score,
    Section,
    TempoChange,
)

__all__ = ["musicxml_text"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DRUM_CHANNEL = 10
_CHANNELS = tuple(number for number in range(1, 17) if number != _DRUM_CHANNEL)


def musicxml_text(score: Score) -> str:
    """Write a score as a MusicXML document.

    Parameters
    ----------
    score : Score
        With at least one part.

    Returns
    -------
    text : str
        To be encoded as UTF-8; the same for the same score.

    Raises
    ------
    OutputError
        If the score has no part.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> text = musicxml_text(Score.of_melody(Melody.from_events([(60, 24)])))
    >>> "<step>C</step>" in text
    True
    """
    if not score.parts:
        raise OutputError("parts=() must hold at least one part: MusicXML has no empty score")
    root = Element("score-partwise", version="4.0")
    if score.title:
        add(add(root, "work"), "work-title", _clean(score.title))
    identification = add(root, "identification")
    if score.composer:
        add(identification, "creator", _clean(score.composer), type="composer")
    add(add(identification, "encoding"), "software", "MelodyAI")
    part_list = add(root, "part-list")
    for number, part in enumerate(score.parts, start=1):
        part_list.append(_listed_part(part, number))
    for number, part in enumerate(score.parts, start=1):
        root.append(_PartWriter(score, part, number).element())
    indent(root)
    return _HEAD + tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """Drop what XML cannot hold."""
    return _FORBIDDEN.sub("", text)


def _listed_part(part: Part, number: int) -> Element:
    """Build the part's entry in the part list, with an instrument for each drum."""
    part_id = f"P{number}"
    element = Element("score-part", id=part_id)
    add(element, "part-name", _clean(part.name))
    drums = sorted({note.pitch for note in part.notes}) if part.is_drums else []
    instruments = [f"{part_id}-I{drum + 1}" for drum in drums] or [f"{part_id}-I1"]
    for instrument in instruments:
        named = add(element, "score-instrument", id=instrument)
        add(named, "instrument-name", _clean(part.name))
    channel = _DRUM_CHANNEL if part.is_drums else _CHANNELS[(number - 1) % len(_CHANNELS)]
    for place, instrument in enumerate(instruments):
        played = add(element, "midi-instrument", id=instrument)
        add(played, "midi-channel", channel)
        add(played, "midi-program", part.program + 1)
        if drums:
            add(played, "midi-unpitched", drums[place] + 1)
    return element


_Mark = Dynamic | TempoChange | ChordSymbol | Section


class _PartWriter:
    """Writes the measures of one part."""

    def __init__(self, score: Score, part: Part, number: int) -> None:
        self.score = score
        self.part = part
        self.part_id = f"P{number}"
        self.voices = lay_out(part, score)
        self.staves = max(voice.staff for voice in self.voices)
        self.bar_onsets = score.bar_onsets()
        self.ends = (*self.bar_onsets[1:], score.duration)
        whole: list[_Mark] = [*score.sections, *score.tempos, *score.chords]
        above = whole if number == 1 else []
        self.marks: list[_Mark] = sorted([*above, *part.dynamics], key=_onset)
        # A drum staff shows no signature, unless there is no other staff to show it.
        has_keys = not part.is_drums or all(other.is_drums for other in score.parts)
        self.keys = score.keys if has_keys else ()
        self.position = 0

    def element(self) -> Element:
        """Build ``<part>``."""
        element = Element("part", id=self.part_id)
        for bar in range(len(self.bar_onsets)):
            element.append(self._measure(bar))
        last = add(element[-1], "barline", location="right")
        add(last, "bar-style", "light-heavy")
        return element

    def _measure(self, bar: int) -> Element:
        has_pickup = self.score.pickup > 0
        element = Element("measure", number=str(bar if has_pickup else bar + 1))
        if has_pickup and bar == 0:
            element.set("implicit", "yes")
        self.position = self.bar_onsets[bar]
        self._add_attributes(element, bar)
        shown = {staff: self._accidentals(bar, staff) for staff in range(1, self.staves + 1)}
        marks = self._marks_of(bar)
        for number, voice in enumerate(self.voices, start=1):
            if bar in voice.bars:
                self._go_to(element, self.bar_onsets[bar])
                pieces = voice.bars[bar]
                self._add_voice(element, number, voice, pieces, shown[voice.staff], marks)
                marks = []
        self._add_late_keys(element, bar)
        return element

    def _accidentals(self, bar: int, staff: int) -> dict[tuple[int, Note], str]:
        if self.part.is_drums:
            return {}
        voices = [voice for voice in self.voices if voice.staff == staff]
        pieces = [piece for voice in voices for piece in voice.bars.get(bar, ())]
        return accidentals(pieces, self.score.key_at(self.bar_onsets[bar]))

    def _marks_of(self, bar: int) -> list[_Mark]:
        """Give the marks of a bar; the last bar takes those behind it too."""
        first = bisect_left(self.marks, self.bar_onsets[bar], key=_onset)
        if bar == len(self.bar_onsets) - 1:
            return self.marks[first:]
        return self.marks[first : bisect_left(self.marks, self.ends[bar], key=_onset)]

    def _add_attributes(self, element: Element, bar: int) -> None:
        """Add divisions and clefs to the first bar, key and meter where they change."""
        onset = self.bar_onsets[bar]
        attributes = Element("attributes")
        if bar == 0:
            add(attributes, "divisions", TICKS_PER_QUARTER)
        attributes.extend(key_element(c.key) for c in self.keys if c.onset == onset)
        attributes.extend(time_element(c.meter) for c in self.score.meters if c.onset == onset)
        if bar == 0:
            if self.staves > 1:
                add(attributes, "staves", self.staves)
            for staff in range(1, self.staves + 1):
                attributes.append(self._clef(staff))
        if len(attributes):
            element.append(attributes)

    def _clef(self, staff: int) -> Element:
        voices = [voice for voice in self.voices if voice.staff == staff]
        pieces = [piece for voice in voices for bar in voice.bars.values() for piece in bar]
        pitches = [note.pitch for piece in pieces for note in piece.notes]
        clef = clef_element(pitches, self.part.is_drums)
        if self.staves > 1:
            clef.set("number", str(staff))
        return clef

    def _go_to(self, element: Element, onset: int) -> None:
        """Move back or forward to an onset."""
        if onset != self.position:
            tag = "backup" if onset < self.position else "forward"
            add(add(element, tag), "duration", abs(onset - self.position))
        self.position = onset

    def _add_voice(
        self,
        element: Element,
        number: int,
        voice: Voice,
        pieces: Sequence[Piece],
        shown: dict[tuple[int, Note], str],
        marks: Sequence[_Mark],
    ) -> None:
        """Add the pieces of one voice, each mark before the piece during which it falls."""
        staff = voice.staff if self.staves > 1 else None
        waiting = list(marks)
        for piece in pieces:
            while waiting and waiting[0].onset < piece.end:
                element.append(self._direction(waiting.pop(0), piece.onset))
            element.extend(
                note_elements(
                    piece, self.part, self.part_id, number, staff, shown, not voice.is_first
                )
            )
            self.position = piece.end
        element.extend(self._direction(mark, self.position) for mark in waiting)

    def _direction(self, mark: _Mark, place: int) -> Element:
        if isinstance(mark, Dynamic):
            return dynamic_direction(mark, mark.onset - place)
        if isinstance(mark, ChordSymbol):
            return harmony_element(replace(mark, text=_clean(mark.text)), mark.onset - place)
        if isinstance(mark, Section):
            return section_direction(_clean(mark.name), mark.onset - place)
        return tempo_direction(mark, self.score.meter_at(mark.onset), mark.onset - place)

    def _add_late_keys(self, element: Element, bar: int) -> None:
        """Add key changes inside the bar, at their places behind all voices."""
        for change in self.keys:
            if self.bar_onsets[bar] < change.onset < self.ends[bar]:
                self._go_to(element, change.onset)
                add(element, "attributes").append(key_element(change.key))


def _onset(mark: _Mark) -> int:
    return mark.onset
