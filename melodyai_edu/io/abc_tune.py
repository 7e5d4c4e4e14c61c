"""One tune of an ABC book to a score.

Conventions
-----------
music21 cuts the text into tokens; no stream is built. Repeats and endings are kept as written,
once, in written order. A mark's velocity holds for the notes after it. Chord symbols are those of
the first voice that has any; ``P:`` in the music begins a section. Grace notes, annotations, lyrics
and decorations other than dynamics are dropped. A voice is a part; voices ``P1`` and ``P1v2`` are
one part. Where the stated meter and the bar lines disagree, `melodyai_edu.io.bars` keeps the bar
lines. An accidental holds for its letter, in every octave, to the end of the bar, as in ABC 2.1 and
in abc2midi, unless the book says otherwise with ``propagate-accidentals``.

Contents
--------
AbcTune, read_tune
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.io.abc_chords import hidden_mark
from melodyai_edu.io.abc_fields import (
    KeyField,
    VoiceField,
    default_unit,
    parse_key,
    parse_meter,
    parse_tempo,
    parse_unit,
    parse_voice,
)
from melodyai_edu.io.abc_lines import TuneText, tokenizable
from melodyai_edu.io.abc_voice import VoiceReader, WrittenNote, grains_to_ticks
from melodyai_edu.io.bars import BarPlan, fit_bars
from melodyai_edu.score import (
    ChordSymbol,
    Dynamic,
    Key,
    KeyChange,
    Meter,
    Note,
    Part,
    Score,
    Section,
    TempoChange,
)
from melodyai_edu.score.notation import stated_ties
from melodyai_edu.score.part import marked_velocity

__all__ = ["AbcTune", "read_tune"]

_LAYER = re.compile(r"(P\d+)v\d+")


@dataclass(frozen=True, slots=True)
class AbcTune:
    """One tune of an ABC book.

    Parameters
    ----------
    reference : int
        The number behind ``X:``, 0 where there is none.
    title : str
        The first title.
    headers : dict of str to tuple of str
        The fields before the music by their letter, in order: ``headers["R"]`` is the rhythm.
    score : Score
    irregular_bars : tuple of int
        The bars, from 0 as written, whose length disagrees with the stated meter. A pickup, a short
        last bar, several whole bars without a bar line between them and two neighbours that fill a
        bar together agree with it.
    problems : tuple of str
        What could not be read exactly, in words.
    """

    reference: int
    title: str
    headers: dict[str, tuple[str, ...]]
    score: Score
    irregular_bars: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()


def read_tune(tune: TuneText) -> AbcTune:
    r"""Read one tune.

    Parameters
    ----------
    tune : TuneText

    Returns
    -------
    tune : AbcTune

    Raises
    ------
    InputError
        If it cannot be read.

    Examples
    --------
    >>> from melodyai_edu.io.abc_lines import split_book
    >>> read_tune(split_book("X:1\nL:1/4\nK:D\nFA d2|")[0]).score.duration
    96
    """
    return _TuneReader(tune).read()


def _tokens(text: str) -> list[Any]:
    """Cut music into music21's tokens; their ``src`` is the text they stand for."""
    from music21.abcFormat import ABCHandler

    handler = ABCHandler()
    try:
        handler.tokenize(text)
    except Exception as error:  # music21 fails in many ways on what is no music
        raise InputError(f"the music cannot be cut into notes: {error!r}") from error
    return handler.tokens


class _TuneReader:
    """Reads one tune: the header, then the tokens voice by voice, then the score."""

    def __init__(self, tune: TuneText) -> None:
        self.tune = tune
        self.problems: list[str] = []
        self.voices: dict[str, VoiceReader] = {}
        self.declared: dict[str, VoiceField] = {}
        self._read_header()
        self.voice = self._voice_of(VoiceField(next(iter(self.declared), "1")))

    def _last(self, letter: str) -> str:
        return self.tune.headers.get(letter, ("",))[-1]

    def _read_header(self) -> None:
        if "K" not in self.tune.headers:
            raise InputError("the tune has no K: field, which ends its header")
        meter = parse_meter(self._last("M"))
        self.unit = parse_unit(self._last("L")) if self._last("L") else default_unit(meter)
        self.meter = meter or Meter(4, 4)
        self.key = self._key(self._last("K"))
        self.tempo = parse_tempo(self._last("Q"), self.unit) if self._last("Q") else None
        self.carry = "pitch"
        self.program, self.is_drums = 0, False
        for command in self.tune.directives:
            self._direct(command)
        for text in self.tune.headers.get("V", ()):
            voice = parse_voice(text)
            self.declared.setdefault(voice.ident, voice)

    def _key(self, text: str) -> KeyField:
        field = parse_key(text)
        if field.problem:
            self.problems.append(field.problem)
        return field

    def _voice_of(self, field: VoiceField) -> VoiceReader:
        """Give the reader of a voice, new in the header's key, meter and unit at its first use."""
        if field.ident not in self.voices:
            declared = self.declared.get(field.ident, field)
            self.voices[field.ident] = VoiceReader(
                unit=self.unit,
                meter=self.meter,
                signature=self.key.signature,
                carry=self.carry,
                shift=self.key.shift + declared.shift,
                name=field.name or declared.name,
                program=self.program,
                is_drums=self.is_drums,
            )
        return self.voices[field.ident]

    def _enter_voice(self, field: VoiceField) -> None:
        """Go on in a voice, which may be described only here."""
        self.voice = self._voice_of(field)
        self.voice.name = field.name or self.voice.name
        if field.shift:
            self.voice.shift = self.key.shift + field.shift

    def _direct(self, command: str) -> None:
        """Obey ``MIDI program``, ``MIDI channel`` and ``propagate-accidentals``."""
        words = command.split()
        number = int(words[-1]) if re.fullmatch(r"\d{1,3}", words[-1]) else 128
        target: Any = getattr(self, "voice", self)
        if words[0] == "propagate-accidentals" and words[-1] in ("not", "pitch", "octave"):
            target.carry = words[-1]
        elif words[:2] == ["MIDI", "program"] and number < 128:
            target.program = number
        elif words[:3] == ["MIDI", "channel", "10"]:
            target.is_drums = True

    def read(self) -> AbcTune:
        """Read the music and build the score."""
        for token in _tokens(tokenizable(self.tune)):
            self._read_token(type(token).__name__, token.src)
        for voice in self.voices.values():
            if voice.in_grace:
                raise InputError("a grace note's { is never closed by }")
            voice.bar_line()
        if not any(voice.has_music for voice in self.voices.values()):
            raise InputError("the tune has neither notes nor rests")
        leader = max(self.voices.values(), key=lambda voice: voice.cursor)
        plan = fit_bars(_in_ticks(leader.bars))
        return AbcTune(
            reference=self.tune.reference,
            title=self.tune.title,
            headers=self.tune.headers,
            score=self._score(plan, grains_to_ticks(leader.cursor)),
            irregular_bars=plan.irregular,
            problems=tuple(self.problems),
        )

    def _read_token(self, kind: str, text: str) -> None:
        voice = self.voice
        if kind == "ABCNote":
            voice.note(text)
        elif kind == "ABCBar":
            voice.bar_line()
        elif kind == "ABCChord":
            voice.chord(text)
        elif kind == "ABCTie":
            voice.tie()
        elif kind == "ABCBrokenRhythmMarker":
            voice.broken(text)
        elif kind == "ABCTuplet":
            voice.tuplet(text)
        elif kind in ("ABCGraceStart", "ABCGraceStop"):
            voice.in_grace = kind == "ABCGraceStart"
        elif kind == "ABCMetadata":
            self._read_field(text[0], text[2:].strip())

    def _read_field(self, letter: str, text: str) -> None:
        voice = self.voice
        if letter == "K":
            field = self._key(text)
            voice.shift = field.shift
            if field.key is not None:
                voice.signature = field.signature
                voice.keys.append((voice.cursor, field.key))
        elif letter == "M":
            voice.change_meter(parse_meter(text) or Meter(4, 4))
        elif letter == "L":
            voice.unit = parse_unit(text)
        elif letter == "Q":
            if (tempo := parse_tempo(text, voice.unit)) is not None:
                voice.tempos.append((voice.cursor, tempo))
        elif letter == "V":
            self._enter_voice(parse_voice(text))
        elif letter == "I":
            self._read_command(text)

    def _read_command(self, text: str) -> None:
        """Read what `tokenizable` has put behind ``I:``."""
        if (mark := hidden_mark(text)) is not None:
            kind, name = mark
            place = (self.voice.cursor, name)
            (self.voice.chords if kind == "chord" else self.voice.sections).append(place)
        elif text.startswith("!"):
            self.voice.dynamics.append((self.voice.cursor, text.strip("!")))
        elif text.startswith("&"):
            self.voice.overlay()
        elif text[0] in "ZX":
            self.voice.rest_bars(min(int(text[1:7] or 1), 100_000))
        else:
            self._direct(text)

    def _score(self, plan: BarPlan, duration: int) -> Score:
        voices = self._sounding_voices()
        changes = [reader for _, reader in reversed(voices)]  # the first voice has the last word
        keys = {0: self.key.key or Key("C")}
        tempos = {0: self.tempo or 120.0}
        for reader in changes:
            keys.update((grains_to_ticks(place), key) for place, key in reader.keys)
            tempos.update((grains_to_ticks(place), tempo) for place, tempo in reader.tempos)
        score = Score(
            parts=(),
            meters=plan.meters,
            keys=tuple(KeyChange(onset, key) for onset, key in keys.items()),
            tempos=tuple(TempoChange(onset, tempo) for onset, tempo in tempos.items()),
            pickup=plan.pickup,
            duration=duration,
            title=self.tune.title,
            composer=self.tune.headers.get("C", ("",))[0],
        )
        return replace(
            score,
            parts=_parts(voices, score.bar_onsets()),
            chords=_chords(voices, duration),
            sections=tuple(
                Section(onset, name)
                for _, reader in voices
                for place, name in reader.sections
                if (onset := grains_to_ticks(place)) < duration
            ),
        )

    def _sounding_voices(self) -> list[tuple[str, VoiceReader]]:
        """Leave out the voice that stood for music before the first ``V:`` and had none."""
        used = [(name, reader) for name, reader in self.voices.items() if reader.has_music]
        return used or list(self.voices.items())


def _in_ticks(bars: Iterable[tuple[int, Meter]]) -> list[tuple[int, Meter]]:
    """Round bar lines, not bars, so that nothing drifts."""
    meters = [meter for _, meter in bars]
    ends = [grains_to_ticks(end) for end in accumulate(length for length, _ in bars)]
    starts = [0, *ends[:-1]]
    return [(end - start, meter) for start, end, meter in zip(starts, ends, meters, strict=True)]


def _chords(voices: list[tuple[str, VoiceReader]], duration: int) -> tuple[ChordSymbol, ...]:
    """Give the chord symbols of the first voice that has any before the end."""
    for _, reader in voices:
        chords = [ChordSymbol(grains_to_ticks(place), text) for place, text in reader.chords]
        if held := tuple(chord for chord in chords if chord.onset < duration):
            return held
    return ()


def _parts(voices: list[tuple[str, VoiceReader]], lines: tuple[int, ...]) -> tuple[Part, ...]:
    """Build the parts; a voice ``P1v2`` adds its notes to the part of voice ``P1``."""
    groups: dict[str, list[VoiceReader]] = {}
    for name, reader in voices:
        layer = _LAYER.fullmatch(name)
        groups.setdefault(layer[1] if layer and layer[1] in groups else name, []).append(reader)
    return tuple(_part(readers, lines) for readers in groups.values())


def _part(readers: list[VoiceReader], lines: tuple[int, ...]) -> Part:
    marks = [mark for reader in readers for mark in reader.dynamics]
    dynamics = tuple(sorted(Dynamic(grains_to_ticks(place), mark) for place, mark in marks))
    written = [note for reader in readers for note in reader.notes]
    return Part(
        notes=tuple(_note(note, lines, dynamics) for note in written),
        name=readers[0].name,
        program=readers[0].program,
        is_drums=readers[0].is_drums,
        dynamics=dynamics,
    )


def _note(written: WrittenNote, lines: tuple[int, ...], dynamics: tuple[Dynamic, ...]) -> Note:
    """Round a note to the grid; keep its ties where no bar line and no note value forces them."""
    onset = grains_to_ticks(written.onset)
    duration = max(grains_to_ticks(written.end) - onset, 1)
    ties: tuple[int, ...] = ()
    if written.breaks:
        places = {grains_to_ticks(place) - onset for place in written.breaks}
        breaks = tuple(sorted(place for place in places if 0 < place < duration))
        ties = stated_ties(onset, duration, breaks, lines)
    velocity = marked_velocity(dynamics, onset)
    return Note(onset, duration, written.pitch, written.spelling, velocity, ties)
