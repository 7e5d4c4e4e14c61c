"""Scores to ABC text.

Conventions
-----------
ABC 2.1 with the unit 1/8, repeats never folded. A part is a voice; notes that overlap in it stand
in voices ``P1v2``, ``P1v3``, which `melodyai_edu.io.abc_tune` joins again. An accidental is written
wherever any of the usual readings of the bar rule would need it. Chord symbols stand above the
first voice, those inside a note above invisible rests beside it (``c8 & x4 "G" x4``); a section is
a ``P:`` on a line of its own. What ABC cannot carry is listed in ``docs/formats.md``.

Contents
--------
abc_text
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from melodyai_edu.errors import OutputError
from melodyai_edu.io.musicxml_layout import Piece, Voice, lay_out
from melodyai_edu.score import Key, Meter, Note, Part, Score

__all__ = ["abc_text"]

_UNIT = 12  # an eighth note [ticks]
_BARS_IN_LINE = 4
_LARGEST_TUPLET = 9
_MODES = {"major": "", "minor": "m"}  # every other mode by its first three letters
_ACCIDENTALS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_SHARPS = "FCGDAEB"
_CONTROL = re.compile(r"[\x00-\x1f]")
#: abc2midi plays chord symbols; where other parts accompany, nothing should be added.
_NO_ACCOMPANIMENT = "MIDI gchordoff"


def abc_text(score: Score) -> str:
    r"""Write a score as one ABC tune.

    Parameters
    ----------
    score : Score

    Returns
    -------
    text : str

    Raises
    ------
    OutputError
        If the score lasts no time at all, which no ABC tune can.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Melody.from_events([(66, 24), (None, 12), (69, 12), (74, 48)])
    >>> score = Score.of_melody(tune, key=Key("D"), title="Three")
    >>> print(abc_text(score).split("K:D\n")[1].strip())
    F2 z A d4 |]
    """
    if not score.parts or not score.duration:
        raise OutputError("ABC needs at least one note or rest: this score is empty")
    voices = [
        (ident, part, voice, number == 0)
        for index, part in enumerate(score.parts, start=1)
        for number, (ident, voice) in enumerate(_named_voices(index, part, score))
    ]
    is_plain = len(voices) == 1 and not score.parts[0].name
    lines = _header(score, [] if is_plain else [(ident, part) for ident, part, *_ in voices])
    for place, (ident, part, voice, is_first) in enumerate(voices):
        lines += [] if is_plain else [f"V:{ident}"]
        lines += _instrument(part)
        if place == 0 and score.chords and len(score.parts) > 1:
            lines.append(f"%%{_NO_ACCOMPANIMENT}")
        lines += _VoiceWriter(score, part, voice, is_first, place == 0).lines()
    return "\n".join(lines) + "\n"


def _named_voices(index: int, part: Part, score: Score) -> list[tuple[str, Voice]]:
    """Lay a part out, and name its voices ``P1``, ``P1v2``, ``P1v3``: abc2midi knows no ``_``."""
    voices = lay_out(part, score)
    return [
        (f"P{index}v{number}" if number > 1 else f"P{index}", voice)
        for number, voice in enumerate(voices, start=1)
    ]


def _header(score: Score, voices: Sequence[tuple[str, Part]]) -> list[str]:
    lines = ["%abc-2.1", "X:1", _text_field("T", score.title)]
    lines += [_text_field("C", score.composer)] if score.composer else []
    lines += [f"M:{_meter(score.meter)}", "L:1/8", f"Q:{_tempo(score.tempo, score.meter)}"]
    for ident, part in voices:
        name = part.name.replace('"', "'")
        lines.append(f'V:{ident} name="{_escaped(name)}"' if name else f"V:{ident}")
    return [*lines, f"K:{_key(score.key)}"]


def _instrument(part: Part) -> list[str]:
    lines = ["%%MIDI channel 10"] if part.is_drums else []
    return lines + ([f"%%MIDI program {part.program}"] if part.program else [])


def _text_field(letter: str, text: str) -> str:
    space = " " if text.startswith((":", "|")) else ""  # else ``T:|`` is music
    return f"{letter}:{space}{_escaped(text)}"


def _escaped(text: str) -> str:
    """Write text of one line, so that nothing in it is a comment or an entity."""
    plain = _CONTROL.sub("", " ".join(text.splitlines()).replace("\t", " "))
    return plain.replace("&", "&amp;").replace("\\", "\\\\").replace("%", "\\%")


def _chord(text: str) -> str:
    """Write a chord symbol, so that nothing in it ends its quotation marks."""
    return _escaped(text.replace('"', "'"))


def _meter(meter: Meter) -> str:
    beats, _, unit = meter.name.partition("/")
    return f"({beats})/{unit}" if "+" in beats else meter.name


def _tempo(tempo: float, meter: Meter) -> str:
    """Count what is conducted where that is a whole number, else quarter notes."""
    dotted = tempo * 2 / 3
    if meter.kind == "compound" and meter.denominator == 8 and dotted.is_integer():
        return f"3/8={dotted:.0f}"
    return f"1/4={tempo:.0f}" if tempo.is_integer() else f"1/4={tempo!r}"


def _key(key: Key) -> str:
    return f"{key.tonic}{_MODES.get(key.mode, key.mode[:3])}"


def _length(ticks: Fraction) -> str:
    """Write a length in units: nothing for one, ``3/2``, ``/`` for a half."""
    units = ticks / _UNIT
    top = "" if units.numerator == 1 else f"{units.numerator}"
    if units.denominator == 1:
        return top
    return f"{top}/" if units.denominator == 2 and not top else f"{top}/{units.denominator}"


@dataclass(slots=True)
class _VoiceWriter:
    """Writes the bars of one voice."""

    score: Score
    part: Part
    voice: Voice
    is_first_of_part: bool
    is_first_of_all: bool
    _signature: dict[str, int] = field(default_factory=dict)
    _carried: dict[str, int] = field(default_factory=dict)
    _marks: list[tuple[int, str]] = field(default_factory=list)
    _inner: list[tuple[int, str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Write all bars, four to a line."""
        self._signature = _signature(self.score.key)
        self._marks = self._all_marks()
        onsets = self.score.bar_onsets()
        ends = (*onsets[1:], self.score.duration)
        bars = [
            self._bar(number, *span) for number, span in enumerate(zip(onsets, ends, strict=True))
        ]
        bars[-1] += "]"
        starts = range(0, len(bars), _BARS_IN_LINE)
        rows = [" ".join(bars[start : start + _BARS_IN_LINE]) for start in starts]
        lines = (line.strip() for row in rows for line in row.split("\n"))
        return [line for line in lines if line]  # an empty line would end the tune

    def _all_marks(self) -> list[tuple[int, str]]:
        """List what changes on the way, by onset: sections, meter, key, tempo, dynamics, chords."""
        score = self.score
        marks: list[tuple[int, str]] = []
        if self.is_first_of_all:
            for one in score.sections:
                marks.append((one.onset, f"\n{_text_field('P', one.name)}\n"))
        marks += [(change.onset, f"[M:{_meter(change.meter)}]") for change in score.meters[1:]]
        marks += [(change.onset, f"[K:{_key(change.key)}]") for change in score.keys[1:]]
        if self.is_first_of_all:
            for change in score.tempos[1:]:
                text = _tempo(change.tempo, score.meter_at(change.onset))
                marks.append((change.onset, f"[Q:{text}]"))
        if self.is_first_of_part:
            marks += [(one.onset, f"!{one.mark}!") for one in self.part.dynamics]
        if self.is_first_of_all:
            chords = [(one.onset, f'"{_chord(one.text)}"') for one in score.chords]
            is_inner = self._inside_notes()
            self._inner = [chord for chord in chords if is_inner(chord[0])]
            marks += [chord for chord in chords if not is_inner(chord[0])]
        return sorted(marks, key=lambda mark: mark[0])

    def _inside_notes(self) -> Callable[[int], bool]:
        """Give a test of whether an onset falls inside a written note."""
        pieces = [piece for bar in self.voice.bars.values() for piece in bar if piece.notes]
        pieces.sort(key=lambda piece: piece.onset)
        onsets = [piece.onset for piece in pieces]

        def is_inside(onset: int) -> bool:
            place = bisect_left(onsets, onset)  # the piece before begins earlier
            return place > 0 and onset < pieces[place - 1].end

        return is_inside

    def _bar(self, number: int, start: int, end: int) -> str:
        self._carried = {}
        pieces = self.voice.bars.get(number, [])
        pieces = [piece for group in _filled(pieces, start, end) for piece in self._cut(group)]
        text = "".join(self._pieces(pieces))
        return f"{text.strip(' ')}{self._beside(start, end)} |"

    def _beside(self, start: int, end: int) -> str:
        """Put the chord symbols that stand inside notes above invisible rests."""
        chords = [chord for chord in self._inner if start <= chord[0] < end]
        if not chords:
            return ""
        edges = [start, *(onset for onset, _ in chords), end]
        rests = [
            f"x{_length(Fraction(last - first))}" if last > first else ""
            for first, last in pairwise(edges)
        ]
        texts = ["", *(text for _, text in chords)]
        # Beside a voice abc2midi plays one of its own, which must be told as well.
        is_told = len(self.score.parts) == 1 or chords[0] != self._inner[0]
        begin = " & " if is_told else f" & [I:{_NO_ACCOMPANIMENT}]"
        return begin + " ".join(f"{text}{rest}" for text, rest in zip(texts, rests, strict=True))

    def _cut(self, piece: Piece) -> Iterator[Piece]:
        """Cut a rest where something changes in the middle of it."""
        places = [onset for onset, _ in self._marks if piece.onset < onset < piece.end]
        if piece.notes or not places:
            yield piece
            return
        edges = [piece.onset, *sorted(set(places)), piece.end]
        for first, last in pairwise(edges):
            yield Piece(first, last - first, is_bar_rest=True)

    def _pieces(self, pieces: Sequence[Piece]) -> Iterator[str]:
        left = 0
        for place, piece in enumerate(pieces):
            yield from self._due(piece.onset)
            if not left and _is_triplet(piece):
                left = _run_of_triplets(pieces[place:])
                yield f"(3:2:{left}" if left != 3 else "(3"
            yield self._piece(piece)
            left = max(left - 1, 0)
            is_beamed_on = piece.beams[:1] in (("begin",), ("continue",))
            yield "" if is_beamed_on else " "

    def _due(self, onset: int) -> Iterator[str]:
        """Give the marks that hold from here on; a key changes the signature."""
        while self._marks and self._marks[0][0] <= onset:
            place, text = self._marks.pop(0)
            if text.startswith("[K:"):
                self._signature = _signature(self.score.key_at(place))
            yield text

    def _piece(self, piece: Piece) -> str:
        ticks = Fraction(piece.duration)
        length = _length(ticks * 3 / 2 if _is_triplet(piece) else ticks)
        if not piece.notes:
            return ("z" if self.voice.is_first else "x") + length
        pitches = [self._pitch(note) for note in piece.notes]
        text = pitches[0] if len(pitches) == 1 else f"[{''.join(pitches)}]"
        return f"{text}{length}{'-' if piece.is_tied_on else ''}"

    def _pitch(self, note: Note) -> str:
        """Write a pitch, with its accidental where the bar so far does not imply it."""
        spelled = note.spelled
        step, alter, octave = spelled.step, spelled.alter, spelled.octave
        # It holds for the letter in every octave, or, as some read it, in its own only.
        readings = (step, f"{step}{octave}")
        signed = self._signature.get(step, 0)
        accidental = ""
        if any(self._carried.get(reading, signed) != alter for reading in readings):
            accidental = _ACCIDENTALS[alter]
            self._carried.update(dict.fromkeys(readings, alter))
        letter = step if octave <= 4 else step.lower()
        marks = "," * (4 - octave) if octave < 4 else "'" * (octave - 5)
        return f"{accidental}{letter}{marks}"


def _signature(key: Key) -> dict[str, int]:
    """Give the altered letters of a key [semitones]."""
    letters = _SHARPS[: key.fifths] if key.fifths > 0 else _SHARPS[7 + key.fifths :]
    return dict.fromkeys(letters if key.fifths else "", 1 if key.fifths > 0 else -1)


def _filled(pieces: Sequence[Piece], start: int, end: int) -> Iterable[Piece]:
    """Give the pieces of a bar; a voice that is silent in it rests."""
    return pieces or [Piece(start, end - start, is_bar_rest=True)]


def _is_triplet(piece: Piece) -> bool:
    return not piece.is_bar_rest and piece.value.is_triplet


def _run_of_triplets(pieces: Sequence[Piece]) -> int:
    """Count the triplet values in a row that one bracket holds."""
    is_plain = [not _is_triplet(piece) for piece in pieces]
    run = bisect_left([any(is_plain[: n + 1]) for n in range(len(pieces))], True)
    stops = [number for number, piece in enumerate(pieces[:run], 1) if piece.tuplet == "stop"]
    return min([run, _LARGEST_TUPLET, *stops])
