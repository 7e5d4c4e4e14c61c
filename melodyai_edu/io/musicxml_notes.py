"""The elements of a MusicXML measure: notes, rests, accidentals, marks.

Conventions
-----------
Each function builds one element in the order that the MusicXML 4.0 schema asks for. Durations
are ticks: the files we write have 24 divisions a quarter.

Contents
--------
add, note_elements, accidentals, dynamic_direction, tempo_direction, clef_element,
key_element, time_element, display_of
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement

from melodyai_edu.io.musicxml_layout import Piece
from melodyai_edu.io.musicxml_measures import FORTE_VELOCITY
from melodyai_edu.score import Dynamic, Key, Meter, Note, Part, TempoChange
from melodyai_edu.score.part import marked_velocity

__all__ = [
    "accidentals",
    "add",
    "clef_element",
    "display_of",
    "dynamic_direction",
    "key_element",
    "note_elements",
    "tempo_direction",
    "time_element",
]

_TYPES = {
    0: "breve",
    1: "whole",
    2: "half",
    4: "quarter",
    8: "eighth",
    16: "16th",
    32: "32nd",
    64: "64th",
}
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_SHARPS = "FCGDAEB"
_MIDDLE_C = 60

#: Where drums stand on the staff: the usual places of a drum kit (Weinberg 1998, Guide to
#: Standardized Drumset Notation); others stand on the middle line.
_DRUM_PLACES = {
    **dict.fromkeys((35, 36), "F4"),
    **dict.fromkeys((41, 43), "A4"),
    **dict.fromkeys((37, 38, 40), "C5"),
    **dict.fromkeys((45, 47), "D5"),
    **dict.fromkeys((48, 50), "E5"),
    **dict.fromkeys((51, 53, 59), "F5"),
    **dict.fromkeys((42, 46), "G5"),
    **dict.fromkeys((49, 52, 55, 57), "A5"),
    44: "D4",
}
_CYMBALS = frozenset((42, 44, 46, 49, 51, 52, 53, 55, 57, 59))


def add(parent: Element, tag: str, text: object = None, **attributes: str) -> Element:
    """Append a child with text to an element.

    Examples
    --------
    >>> parent = Element("backup")
    >>> add(parent, "duration", 24).text
    '24'
    """
    child = SubElement(parent, tag, attributes)
    if text is not None:
        child.text = str(text)
    return child


def display_of(drum: int) -> str:
    """Give the staff place of a drum [General MIDI], as a pitch name.

    Examples
    --------
    >>> display_of(38)
    'C5'
    """
    return _DRUM_PLACES.get(drum, "B4")


def accidentals(pieces: Iterable[Piece], key: Key) -> dict[tuple[int, Note], str]:
    """Work out which notes of a bar on one staff need an accidental.

    Parameters
    ----------
    pieces : iterable of Piece
        Of all voices on the staff.
    key : Key

    Returns
    -------
    accidentals : dict of (onset, Note) to str
        MusicXML's word, by piece and note; notes without one are missing.

    Examples
    --------
    >>> f_natural = Note(0, 24, 65, "F")
    >>> accidentals([Piece(0, 24, (f_natural,))], Key("G"))[0, f_natural]
    'natural'
    """
    sharps = _SHARPS[: max(key.fifths, 0)]
    flats = _SHARPS[::-1][: max(-key.fifths, 0)]
    signature = {step: (step in sharps) - (step in flats) for step in _SHARPS}
    held: dict[tuple[str, int], int] = {}
    needed = {}
    for piece in sorted(pieces, key=lambda piece: piece.onset):
        for note in () if piece.is_tied_back else piece.notes:
            pitch = note.spelled
            place = pitch.step, pitch.octave
            if held.get(place, signature[pitch.step]) != pitch.alter:
                needed[piece.onset, note] = _ACCIDENTALS[pitch.alter]
                held[place] = pitch.alter
    return needed


def note_elements(
    piece: Piece,
    part: Part,
    part_id: str,
    voice: int,
    staff: int | None,
    shown: dict[tuple[int, Note], str],
    is_hidden: bool,
) -> Iterator[Element]:
    """Build the ``<note>`` elements of a piece: one for a rest, one for each note of a chord.

    Parameters
    ----------
    piece : Piece
    part : Part
    part_id : str
    voice : int [from 1]
    staff : int or None [from 1]
        ``None`` where the part has one staff.
    shown : dict of (onset, Note) to str
        As from `accidentals`.
    is_hidden : bool
        Whether a rest is there for the spacing only.

    Yields
    ------
    note : Element
    """
    for number, note in enumerate(piece.notes or (None,)):
        element = Element("note")
        if note is None:
            if is_hidden:
                element.set("print-object", "no")
            add(element, "rest", **({"measure": "yes"} if piece.is_bar_rest else {}))
        else:
            if note.velocity != marked_velocity(part.dynamics, note.onset):
                element.set("dynamics", f"{note.velocity * 100 / FORTE_VELOCITY:.2f}")
            if number:
                add(element, "chord")
            _add_pitch(element, note, part.is_drums)
        add(element, "duration", piece.duration)
        _add_ties(element, piece, "tie")
        if note is not None and part.is_drums:
            add(element, "instrument", id=f"{part_id}-I{note.pitch + 1}")
        add(element, "voice", voice)
        if not piece.is_bar_rest:
            _add_value(element, piece, None if note is None else shown.get((piece.onset, note)))
        if note is not None and part.is_drums and note.pitch in _CYMBALS:
            add(element, "notehead", "x")
        if staff is not None:
            add(element, "staff", staff)
        if number == 0:
            for level, word in enumerate(piece.beams, start=1):
                add(element, "beam", word, number=str(level))
        _add_notations(element, piece, is_first=number == 0)
        yield element


def _add_pitch(element: Element, note: Note, is_drum: bool) -> None:
    if is_drum:
        place = display_of(note.pitch)
        unpitched = add(element, "unpitched")
        add(unpitched, "display-step", place[0])
        add(unpitched, "display-octave", place[1:])
        return
    written = note.spelled
    pitch = add(element, "pitch")
    add(pitch, "step", written.step)
    if written.alter:
        add(pitch, "alter", written.alter)
    add(pitch, "octave", written.octave)


def _add_ties(element: Element, piece: Piece, tag: str) -> None:
    if piece.is_tied_back:
        add(element, tag, type="stop")
    if piece.is_tied_on:
        add(element, tag, type="start")


def _add_value(element: Element, piece: Piece, accidental: str | None) -> None:
    value = piece.value
    add(element, "type", _TYPES[value.denominator])
    for _ in range(value.dots):
        add(element, "dot")
    if accidental is not None:
        add(element, "accidental", accidental)
    if value.is_triplet:
        modification = add(element, "time-modification")
        add(modification, "actual-notes", 3)
        add(modification, "normal-notes", 2)


def _add_notations(element: Element, piece: Piece, is_first: bool) -> None:
    has_tuplet = is_first and piece.tuplet
    if not (piece.is_tied_back or piece.is_tied_on or has_tuplet):
        return
    notations = add(element, "notations")
    _add_ties(notations, piece, "tied")
    if has_tuplet:
        attributes = {"bracket": "yes"} if piece.tuplet == "start" else {}
        add(notations, "tuplet", type=piece.tuplet, number="1", **attributes)


def key_element(key: Key) -> Element:
    """Build ``<key>``.

    Examples
    --------
    >>> key_element(Key("D")).findtext("fifths")
    '2'
    """
    element = Element("key")
    add(element, "fifths", key.fifths)
    add(element, "mode", key.mode)
    return element


def time_element(meter: Meter) -> Element:
    """Build ``<time>``, with the groups where they are not the usual ones.

    Examples
    --------
    >>> time_element(Meter(5, 8, (2, 3))).findtext("beats")
    '2+3'
    """
    element = Element("time")
    add(element, "beats", meter.name.partition("/")[0])
    add(element, "beat-type", meter.denominator)
    return element


def clef_element(pitches: Iterable[int], is_drums: bool) -> Element:
    """Build the ``<clef>`` that suits a staff: treble, or bass where most notes lie below C4.

    Parameters
    ----------
    pitches : iterable of int [MIDI]
    is_drums : bool

    Returns
    -------
    clef : Element

    Examples
    --------
    >>> clef_element([40, 45, 62], is_drums=False).findtext("sign")
    'F'
    """
    ordered = sorted(pitches)
    element = Element("clef")
    if is_drums:
        add(element, "sign", "percussion")
        return element
    is_low = bool(ordered) and ordered[len(ordered) // 2] < _MIDDLE_C
    add(element, "sign", "F" if is_low else "G")
    add(element, "line", 4 if is_low else 2)
    return element


def dynamic_direction(dynamic: Dynamic, offset: int) -> Element:
    """Build the ``<direction>`` of a dynamic mark, ``offset`` ticks after where it stands.

    Examples
    --------
    >>> dynamic_direction(Dynamic(0, "mf"), 0).find("direction-type/dynamics/mf") is not None
    True
    """
    element = Element("direction", placement="below")
    add(add(add(element, "direction-type"), "dynamics"), dynamic.mark)
    if offset:
        add(element, "offset", offset)
    return element


def tempo_direction(change: TempoChange, meter: Meter, offset: int) -> Element:
    """Build the ``<direction>`` of a metronome mark, counting the beats of the meter.

    Examples
    --------
    >>> mark = tempo_direction(TempoChange(0, 120.0), Meter(6, 8), 0)
    >>> mark.findtext("direction-type/metronome/per-minute")
    '80'
    """
    is_dotted = meter.kind == "compound" and meter.denominator == 8
    element = Element("direction", placement="above")
    metronome = add(add(element, "direction-type"), "metronome")
    add(metronome, "beat-unit", "quarter")
    if is_dotted:
        add(metronome, "beat-unit-dot")
    add(metronome, "per-minute", f"{change.tempo / (1.5 if is_dotted else 1):.6g}")
    if offset:
        add(element, "offset", offset)
    add(element, "sound", tempo=repr(change.tempo).removesuffix(".0"))
    return element
