"""One voice of an ABC tune: music21's tokens in, timed notes and bars out.

Conventions
-----------
Lengths are counted in grains, 20,160 a tick, so that triplets, quintuplets, septuplets and
sixty-fourths of a tick are whole numbers; `grains_to_ticks` rounds once, at the end. Grace notes
are passed over. Accidentals hold to the end of the bar, as `VoiceReader.carry` says, and through a
tie beyond it.

Contents
--------
GRAINS, grains_to_ticks, WrittenNote, VoiceReader
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from melodyai_edu.errors import InputError
from melodyai_edu.io.abc_fields import ALTERATIONS
from melodyai_edu.score import Key, Meter
from melodyai_edu.score.pitch import LETTERS

__all__ = ["GRAINS", "VoiceReader", "WrittenNote", "grains_to_ticks"]

#: Grains in a tick: divisible by 2 to 64, 3, 5, 7 and 9.
GRAINS = 20_160

_LONGEST = 5_000_000 * GRAINS  # some 50,000 bars of 4/4
_NOTE = re.compile(r"([_^=]*)([A-Ga-gz])([,']*)(\d{0,6})(/*)(\d{0,6})")
_CHORD = re.compile(r"\[([^\]|]*)\](\d{0,6})(/*)(\d{0,6})")
_ACCIDENTAL_NAMES = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
#: Normal notes of a tuplet by its actual notes; 0 stands for 3 in compound meters, else 2.
#: The ABC standard 2.1 (2011), section 4.13.
_TUPLETS = {1: 1, 2: 3, 3: 2, 4: 3, 5: 0, 6: 2, 7: 0, 8: 3, 9: 0}


def grains_to_ticks(grains: int) -> int:
    """Round a length to the tick grid, halves up."""
    return (grains + GRAINS // 2) // GRAINS


class _Written(NamedTuple):
    """A note as its text says: alteration or ``None``, letter or ``z``, octave, length."""

    alteration: int | None
    letter: str
    octave: int
    numerator: int
    denominator: int


def _length(numerator: str, slashes: str, denominator: str) -> tuple[int, int]:
    """Read ``3/2``, ``/`` or ``//`` as a fraction."""
    bottom = 1
    if slashes:
        bottom = int(denominator or 2) * 2 ** (min(len(slashes), 10) - 1)
    top = int(numerator or 1)
    if top == 0 or bottom == 0:
        raise InputError(f"the length {numerator}{slashes}{denominator} must be above 0")
    return top, bottom


@lru_cache(maxsize=4096)
def _split_note(text: str) -> _Written | None:
    """Take a note's text apart; ``None`` if it holds no pitch and no rest."""
    match = _NOTE.search(text)
    if match is None:
        return None
    accidental, letter, marks, top, slashes, bottom = match.groups()
    if accidental not in ALTERATIONS:
        raise InputError(f"the accidental of {text!r} must be one of ^ ^^ _ __ =")
    octave = (5 if letter.islower() else 4) + marks.count("'") - marks.count(",")
    alteration = ALTERATIONS[accidental] if accidental else None
    name = letter if letter == "z" else letter.upper()
    return _Written(alteration, name, octave, *_length(top, slashes, bottom))


@dataclass(slots=True)
class WrittenNote:
    """A note of a voice while it is read; ties lengthen it [grains]."""

    onset: int
    end: int
    pitch: int
    spelling: str
    breaks: list[int] = field(default_factory=list)


@dataclass(slots=True)
class VoiceReader:
    """Reads one voice's tokens in order.

    Parameters
    ----------
    unit : Fraction [whole notes]
        The length of a note without a number.
    meter : Meter
        The meter in force.
    signature : dict of str to int
        Semitones by letter.
    carry : {"not", "pitch", "octave"}
        Whether an accidental holds for its letter to the end of the bar, and in which octaves.
    shift : int [semitones]
        How much higher than written the voice sounds.
    """

    unit: Fraction
    meter: Meter
    signature: dict[str, int]
    carry: str = "pitch"
    shift: int = 0
    name: str = ""
    program: int = 0
    is_drums: bool = False
    notes: list[WrittenNote] = field(default_factory=list)
    bars: list[tuple[int, Meter]] = field(default_factory=list)
    keys: list[tuple[int, Key]] = field(default_factory=list)
    tempos: list[tuple[int, float]] = field(default_factory=list)
    dynamics: list[tuple[int, str]] = field(default_factory=list)
    chords: list[tuple[int, str]] = field(default_factory=list)
    sections: list[tuple[int, str]] = field(default_factory=list)
    has_music: bool = False
    cursor: int = 0
    in_grace: bool = False
    _bar_onset: int = 0
    _bar_end: int = 0
    _next_meter: Meter | None = None
    _carried: dict[str, int] = field(default_factory=dict)
    _event: tuple[int, list[WrittenNote]] = (0, [])
    _tied: list[WrittenNote] = field(default_factory=list)
    _tieable: list[WrittenNote] = field(default_factory=list)
    _broken: tuple[int, int] = (1, 1)
    _tuplet: tuple[int, int, int] = (0, 1, 1)

    def note(self, text: str) -> None:
        """Read a note or a rest, such as ``^c'3/2``."""
        if self.in_grace:
            self._remember_accidental(text)
            self._tieable = []
            return
        written = _split_note(text)
        if written is None:
            return
        length = self._scaled(written.numerator, written.denominator)
        self._advance([] if written.letter == "z" else [self._pitch(written)], length)

    def chord(self, text: str) -> None:
        """Read a chord such as ``[CEG]2``; it lasts as long as its first note."""
        match = _CHORD.search(text)
        if match is None:
            raise InputError(
                f"the chord {text.strip()[:20]!r} is not closed before the next bar line"
            )
        if self.in_grace:
            return
        inner = [found.group() for found in _NOTE.finditer(match[1])]
        parts = [part for part in map(_split_note, inner) if part and part.letter != "z"]
        if not parts:
            return
        top, bottom = _length(*match.groups()[1:])
        length = self._scaled(parts[0].numerator * top, parts[0].denominator * bottom)
        self._advance([self._pitch(part) for part in parts], length)
        if "-" in match[1]:
            ties = [found[1] for found in re.finditer(r"[A-Ga-g][,'\d/]*(-?)", match[1])]
            self._tied += [note for note, tie in zip(self._event[1], ties, strict=False) if tie]

    def tie(self) -> None:
        """Tie the note or chord read last to what comes next; a grace note's tie is no tie."""
        self._tied += self._tieable

    def broken(self, text: str) -> None:
        """Read ``>`` or ``<<``: lengthen one neighbour, shorten the other."""
        scale = 2 ** min(len(text), 6)
        long, short = (2 * scale - 1, scale), (1, scale)
        left, self._broken = (long, short) if text[0] == ">" else (short, long)
        onset, notes = self._event
        self.cursor = onset + (self.cursor - onset) * left[0] // left[1]
        for note in notes:
            note.end = self.cursor

    def tuplet(self, text: str) -> None:
        """Read ``(3`` or ``(p:q:r``: p notes in the time of q for the next r."""
        actual, *rest = [int(number[:6] or 0) for number in text[1:].split(":")]
        if actual not in _TUPLETS:
            raise InputError(f"the tuplet {text!r} must count 1 to 9 notes")
        normal = (rest[0] if rest else 0) or _TUPLETS[actual]
        count = (rest[1] if len(rest) > 1 else 0) or actual
        self._tuplet = (count, actual, normal or (3 if self.meter.kind == "compound" else 2))

    def bar_line(self) -> None:
        """End a bar, if one has begun."""
        self.cursor = max(self.cursor, self._bar_end)
        self._carried = {}
        if self.cursor > self._bar_onset:
            self.bars.append((self.cursor - self._bar_onset, self.meter))
        self._bar_onset = self._bar_end = self.cursor
        self.meter, self._next_meter = self._next_meter or self.meter, None

    def change_meter(self, meter: Meter) -> None:
        """Set the meter, from the next bar line if a bar has begun."""
        if self.cursor == self._bar_onset:
            self.meter = meter
        else:
            self._next_meter = meter

    def rest_bars(self, count: int) -> None:
        """Rest for whole bars."""
        for _ in range(count):
            self._advance([], self.meter.bar_duration * GRAINS)
            self.bar_line()

    def overlay(self) -> None:
        """Go back to the beginning of the bar: what follows sounds together with it."""
        self._bar_end = max(self._bar_end, self.cursor)
        self.cursor = self._bar_onset

    def _scaled(self, numerator: int, denominator: int) -> int:
        """Give a written length in grains, with tuplet and broken rhythm."""
        top, bottom = self._broken
        self._broken = (1, 1)
        left, actual, normal = self._tuplet
        if left:
            self._tuplet = (left - 1, actual, normal)
            top, bottom = top * normal, bottom * actual
        top *= self.unit.numerator * numerator * 96 * GRAINS
        return top // (bottom * self.unit.denominator * denominator)

    def _pitch(self, written: _Written) -> tuple[int, str]:
        """Find the pitch and its spelling."""
        place = written.letter + str(written.octave) if self.carry == "octave" else written.letter
        alteration = written.alteration
        if alteration is None:
            implied = self._carried.get(place, self.signature.get(written.letter, 0))
            alteration = self._tied_alteration(written, implied)
        elif self.carry != "not":
            self._carried[place] = alteration
        pitch = 12 * (written.octave + 1) + LETTERS[written.letter] + alteration + self.shift
        if not 0 <= pitch <= 127:
            raise InputError(f"a note {written.letter}{written.octave} lies outside MIDI's range")
        return pitch, "" if self.shift % 12 else written.letter + _ACCIDENTAL_NAMES[alteration]

    def _tied_alteration(self, written: _Written, implied: int) -> int:
        """Give a note that is tied back its first note's accidental, which no bar line ends."""
        natural = 12 * (written.octave + 1) + LETTERS[written.letter] + self.shift
        for note in self._tied:
            is_same = note.end == self.cursor and note.spelling[:1] == written.letter
            if is_same and abs(note.pitch - natural) <= 2:
                return note.pitch - natural
        return implied

    def _remember_accidental(self, text: str) -> None:
        """Let a grace note's accidental hold to the end of the bar."""
        written = _split_note(text)
        if written is not None and written.alteration is not None and written.letter != "z":
            self._pitch(written)

    def _advance(self, pitches: list[tuple[int, str]], length: int) -> None:
        """Sound pitches from the cursor on, joined to what is tied to them."""
        onset, end = self.cursor, self.cursor + length
        if end > _LONGEST:
            raise InputError("the tune is longer than 50,000 bars: a length in it must be wrong")
        self.has_music = True
        self.cursor = end
        waiting = [note for note in self._tied if note.end == onset]
        notes = []
        for pitch, spelling in pitches:
            same = next((note for note in waiting if note.pitch == pitch), None)
            if same is None:
                same = WrittenNote(onset, end, pitch, spelling)
                self.notes.append(same)
            else:
                waiting.remove(same)
                same.breaks.append(onset)
                same.end = end
            notes.append(same)
        self._tied = [note for note in self._tied if note.end > onset and note not in notes]
        self._event = (onset, notes)
        self._tieable = notes
