"""MusicXML to `Score`: measures put on one line, ties joined, times brought to the tick grid.

Conventions
-----------
The score is what is written: repeats, endings and jumps are not played out, grace notes and cue
notes are left out, ornaments are not realised. Transposing instruments are read as they sound,
key included. Chord symbols are those of the highest part that has any, rehearsal marks are
sections. Lyrics, slurs and layout are not read. A mark's velocity holds for
the notes after it unless a note states its own. Times off the grid (a quintuplet) go to the
nearest tick; the `Reading` says by how much. A key that is not stated
is estimated, a signature without mode is major, a meter that is not stated is 4/4.

Contents
--------
musicxml_reading, parse_musicxml
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, zip_longest
from xml.etree.ElementTree import Element

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io import limits
from melodyai_edu.io.bars import fit_bars
from melodyai_edu.io.estimate import estimate_key
from melodyai_edu.io.limits import over_limit
from melodyai_edu.io.musicxml_check import parse_tree
from melodyai_edu.io.musicxml_measures import Measure, PartReader
from melodyai_edu.io.musicxml_ties import NoteJoiner, to_grid
from melodyai_edu.io.musicxml_values import clip, text_of
from melodyai_edu.io.reading import Reading
from melodyai_edu.score import (
    TICKS_PER_QUARTER,
    ChordSymbol,
    Dynamic,
    Key,
    KeyChange,
    Meter,
    Part,
    Score,
    Section,
    TempoChange,
)

__all__ = ["musicxml_reading", "parse_musicxml"]

_DRUM_CHANNEL = "10"


def parse_musicxml(data: bytes) -> Score:
    """Read a MusicXML file.

    Parameters
    ----------
    data : bytes
        The whole file, ``score-partwise`` or ``score-timewise``; not a ``.mxl`` archive.

    Returns
    -------
    score : Score

    Raises
    ------
    InputError
        If the file is too large, damaged, or no MusicXML; the message names part and measure.

    Examples
    --------
    >>> note = "<note><rest/><duration>4</duration></note>"
    >>> part = f'<part id="P1"><measure number="1">{note}</measure></part>'
    >>> parse_musicxml(f"<score-partwise>{part}</score-partwise>".encode()).duration
    96
    """
    return musicxml_reading(data).score


@dataclass(slots=True)
class _PartLines:
    """The measures of one part and what the part list says of it."""

    reader: PartReader
    listed: Element | None
    measures: list[Measure] = field(default_factory=list)

    def is_drums(self) -> bool:
        channels = [] if self.listed is None else list(self.listed.iter("midi-channel"))
        return self.reader.is_unpitched or any(
            (channel.text or "").strip() == _DRUM_CHANNEL for channel in channels
        )


def musicxml_reading(data: bytes) -> Reading:
    """Read a MusicXML file and report what did not fit.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    reading : Reading

    Raises
    ------
    InputError
        As `parse_musicxml`.
    """
    root = parse_tree(data)
    lines = _read_parts(root)
    count = max(len(line.measures) for line in lines)
    if not count:
        raise InputError("no part holds a measure: there is nothing to read")
    try:
        return _assemble(root, lines)
    except ParameterError as error:
        raise InputError(f"the music cannot be put into bars: {error}") from error


def _read_parts(root: Element) -> list[_PartLines]:
    """Read every part; those of a timewise score are collected from its measures."""
    listed = {part.get("id", ""): part for part in root.iterfind("part-list/score-part")}
    lines: dict[str, _PartLines] = {}
    for name, measure, elements in _measures_of(root):
        if name not in lines:
            drums = _drums(listed.get(name))
            lines[name] = _PartLines(PartReader(name, drums), listed.get(name))
        is_implicit = measure.get("implicit") == "yes"
        line = lines[name]
        line.measures.append(line.reader.read(measure.get("number", ""), is_implicit, elements))
    if not lines:
        raise InputError("the file holds no <part> with a <measure>: there is nothing to read")
    return list(lines.values())


def _measures_of(root: Element) -> Iterable[tuple[str, Element, Element]]:
    """Yield part id, measure and the element that holds its music."""
    if root.tag == "score-timewise":
        for measure in root.iterfind("measure"):
            for part in measure.iterfind("part"):
                yield part.get("id", ""), measure, part
    else:
        seen = set()
        for part in root.iterfind("part"):
            name = part.get("id", "")
            if name in seen:
                raise InputError(f"two parts have the id {clip(name)}: give each its own")
            seen.add(name)
            for measure in part.iterfind("measure"):
                yield name, measure, measure


def _drums(listed: Element | None) -> dict[str, int]:
    """Give the drum [MIDI] of each instrument id; MusicXML counts them from 1."""
    drums = {}
    for instrument in () if listed is None else listed.iter("midi-instrument"):
        text = text_of(instrument, "midi-unpitched")
        if text.isdecimal() and len(text) < 4 and 1 <= int(text) <= 128:
            drums[instrument.get("id", "")] = int(text) - 1
    return drums


def _program(listed: Element | None) -> int:
    """Give the first General MIDI program of a part; MusicXML counts them from 1."""
    for program in () if listed is None else listed.iter("midi-program"):
        text = (program.text or "").strip()
        if text.isdecimal() and len(text) < 4 and 1 <= int(text) <= 128:
            return int(text) - 1
    return 0


def _assemble(root: Element, lines: list[_PartLines]) -> Reading:
    """Put the measures of all parts on one line of time."""
    columns = list(zip_longest(*(line.measures for line in lines)))
    bars = _bars(columns)
    starts = [0, *accumulate(length for length, _ in bars)]
    if starts[-1] > limits.MUSICXML_TICKS:
        most = limits.MUSICXML_TICKS // TICKS_PER_QUARTER
        raise over_limit("quarter notes", starts[-1] // TICKS_PER_QUARTER, most, "split the score")
    plan = fit_bars(bars)
    if len(bars) == 1 and _is_implicit(columns[0]) and bars[0][0] < bars[0][1].bar_duration:
        plan = replace(plan, pickup=bars[0][0])
    lead = next((line for line in lines if not line.is_drums()), lines[0])
    score = Score(
        parts=(),
        meters=plan.meters,
        keys=_keys(lead.measures, starts),
        tempos=_tempos(lines, starts),
        pickup=plan.pickup,
        duration=starts[-1],
        title=text_of(root, "work/work-title") or text_of(root, "movement-title"),
        composer=_composer(root),
        chords=_chords(lines, starts),
        sections=_sections(lines, starts),
    )
    joiner = NoteJoiner(score.bar_onsets())
    parts = tuple(_part(line, starts, joiner) for line in lines)
    end = max([starts[-1], *(part.duration for part in parts)])
    score = replace(score, parts=parts, duration=end)
    is_key_stated = any(measure.keys for measure in lead.measures)
    if not is_key_stated:
        score = replace(score, keys=(KeyChange(0, estimate_key(parts)),))
    return Reading(
        score,
        is_key_stated=is_key_stated,
        is_meter_stated=any(
            measure.has_time for column in columns for measure in column if measure
        ),
        moved_notes=joiner.moved,
        largest_move=float(joiner.largest_move),
        remarks=_remarks(lines, plan.irregular),
    )


def _remarks(lines: Iterable[_PartLines], irregular: Sequence[int]) -> tuple[str, ...]:
    """Say in sentences what was left out or changed."""
    remarks = []
    graces = sum(line.reader.graces for line in lines)
    if graces:
        remarks.append(f"{graces} grace notes were left out")
    if irregular:
        remarks.append(f"{len(irregular)} bars disagree with their meter and got one of their own")
    return tuple(remarks)


_Column = tuple[Measure | None, ...]


def _is_implicit(column: _Column) -> bool:
    return any(measure is not None and measure.is_implicit for measure in column)


def _bars(columns: Sequence[_Column]) -> list[tuple[int, Meter]]:
    """Give each bar's length in the longest part, and the meter stated for it.

    An empty bar is whole, unless it is the only one: then the score has no length.
    """
    meter = Meter(4, 4)
    bars = []
    for column in columns:
        present = [measure for measure in column if measure is not None]
        stated = next((measure for measure in present if measure.has_time), None)
        if stated is not None:
            meter = stated.meter or Meter(4, 4)
        length = to_grid(max(measure.length for measure in present))
        if not length and (len(columns) > 1 or any(measure.has_bar_rest for measure in present)):
            length = meter.bar_duration
        bars.append((length, meter))
    return bars


def _keys(measures: Iterable[Measure], starts: Sequence[int]) -> tuple[KeyChange, ...]:
    changes = {0: Key("C")}
    for start, measure in zip(starts, measures, strict=False):
        for place, key in measure.keys:
            changes[start + to_grid(place)] = key
    return tuple(KeyChange(onset, key) for onset, key in changes.items())


def _tempos(lines: Iterable[_PartLines], starts: Sequence[int]) -> tuple[TempoChange, ...]:
    """Collect the tempos of all parts; where two disagree the upper part decides."""
    changes: dict[int, float] = {}
    for line in lines:
        own = {}
        for start, measure in zip(starts, line.measures, strict=False):
            for place, tempo in measure.tempos:
                own[start + to_grid(place)] = tempo
        changes = own | changes
    changes.setdefault(0, 120.0)
    return tuple(TempoChange(onset, tempo) for onset, tempo in changes.items())


def _chords(lines: Iterable[_PartLines], starts: Sequence[int]) -> tuple[ChordSymbol, ...]:
    """Give the chord symbols of the highest part that has any."""
    for line in lines:
        chords = [
            ChordSymbol(start + to_grid(place), text)
            for start, measure in zip(starts, line.measures, strict=False)
            for place, text in measure.chords
        ]
        if chords:
            return tuple(chords)
    return ()


def _sections(lines: Iterable[_PartLines], starts: Sequence[int]) -> tuple[Section, ...]:
    return tuple(
        Section(start + to_grid(place), name)
        for line in lines
        for start, measure in zip(starts, line.measures, strict=False)
        for place, name in measure.sections
    )


def _composer(root: Element) -> str:
    for creator in root.iterfind("identification/creator"):
        if creator.get("type") == "composer":
            return " ".join((creator.text or "").split())
    return ""


def _part(line: _PartLines, starts: Sequence[int], joiner: NoteJoiner) -> Part:
    """Build a part from its measures."""
    marks = {
        Dynamic(start + to_grid(place), mark)
        for start, measure in zip(starts, line.measures, strict=False)
        for place, mark in measure.dynamics
    }
    dynamics = tuple(sorted(marks))
    return Part(
        joiner.notes(line.measures, starts, dynamics),
        name="" if line.listed is None else text_of(line.listed, "part-name"),
        program=_program(line.listed),
        is_drums=line.is_drums(),
        dynamics=dynamics,
    )
