"""Melodies to tokens and back, without loss.

Conventions
-----------
A sequence is: Genre, Meter, Mode, Length; the events of the pickup, if there is one; then, bar by
bar, ``Bar_line`` and the events of that bar; ``Sequence_end``. An event is two tokens, when and
what: ``Duration_12 Pitch_67`` sounds the fifth for an eighth, ``Duration_12 Pitch_rest`` is
silence, and ``Duration_12 Pitch_hold`` lets the note before ring on, over a bar line or where no
single note value can write its length. So the events of a bar fill it exactly.

Kept: onset, duration and pitch of every note, rests, tied notation, pickup, bar lines, meters and
where they change, the first key. Nothing is quantised: every whole tick can be written. Not kept:
title, tempo, later keys, loudness, instrument, and spellings that are not the key's own
(`Key.spell`).

Contents
--------
Encoding, TuneLike, encode, decode, conditioning_tokens
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter, MeterChange, Note, Part, Rest, Score
from melodyai_edu.score.notation import default_ties, split_duration, written_ties
from melodyai_edu.tokens.vocabulary import GENRES, MAX_LENGTH, METERS, PITCHES, VOCABULARY

__all__ = ["Encoding", "TuneLike", "conditioning_tokens", "decode", "encode"]

#: What the tonic becomes [MIDI].
_TONIC = 60

#: The tonic is taken in the octave where the middle of the melody (its median pitch) lies at most
#: this far below it [semitones]; so tunes that begin on their tonic and tunes that circle around
#: it both have it at ``Pitch_60``.
_BELOW_TONIC = 3


class TuneLike(Protocol):
    """What a corpus tune offers: its melody as a score, and a genre."""

    @property
    def melody_score(self) -> Score:
        """The melody in its key, meter and bars."""

    @property
    def genre(self) -> str | None:
        """What it is called to be; ``None`` where nobody says."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A melody as tokens, with what it takes to bring it back to its own key.

    Parameters
    ----------
    token_ids : tuple of int
        Places in `VOCABULARY`.
    key : Key, optional
        The key of the melody; C major when left out.
    tonic_pitch : int, default 60 [MIDI]
        The pitch that ``Pitch_60`` stands for; a tonic of the key.

    Raises
    ------
    ParameterError
        If ``tonic_pitch`` is no tonic of the key.

    Examples
    --------
    >>> Encoding(VOCABULARY.ids(["Bar_line", "Duration_96", "Pitch_60"])).tokens
    ('Bar_line', 'Duration_96', 'Pitch_60')
    """

    token_ids: tuple[int, ...]
    key: Key = field(default=Key("C"))
    tonic_pitch: int = _TONIC

    def __post_init__(self) -> None:
        if self.tonic_pitch % 12 != self.key.tonic_pitch_class:
            raise ParameterError(
                f"tonic_pitch={self.tonic_pitch} must be a {self.key.tonic}, the tonic of "
                f"{self.key.name}"
            )

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens as text."""
        return tuple(VOCABULARY.token(token_id) for token_id in self.token_ids)


def conditioning_tokens(
    *, genre: str | None = None, meter: Meter | None = None, mode: str | None = None, bars: int = 0
) -> tuple[str, ...]:
    """Give the four tokens that lead a sequence.

    Parameters
    ----------
    genre : str, optional
    meter : Meter, optional
    mode : str, optional
    bars : int, optional [bars]
        The pickup does not count; 0 is unknown.

    Returns
    -------
    tokens : tuple of str
        Genre, Meter, Mode, Length; what is left out or has no token is unknown.

    Examples
    --------
    >>> conditioning_tokens(genre="jig", meter=Meter(6, 8), bars=16)
    ('Genre_jig', 'Meter_6/8', 'Mode_unknown', 'Length_16')
    """
    return (
        f"Genre_{genre if genre in GENRES else 'unknown'}",
        _meter_token(meter) if meter else "Meter_unknown",
        f"Mode_{mode or 'unknown'}",
        f"Length_{bars if 1 <= bars <= MAX_LENGTH else 'unknown'}",
    )


def encode(tune: Score | TuneLike, *, genre: str | None = None) -> Encoding:
    """Write a melody as tokens.

    Parameters
    ----------
    tune : Score or corpus tune
        A score with one part that sounds one note at a time; of a tune, its melody.
    genre : str, optional
        The tune's own when left out.

    Returns
    -------
    encoding : Encoding

    Raises
    ------
    ParameterError
        If there are several parts, two notes sound together, or a note lies more than three
        octaves below the tonic or four above it.

    Examples
    --------
    >>> score = Score((Part((Note(0, 24, 67), Note(48, 48, 60))),))
    >>> encode(score).tokens[4:]
    ('Bar_line', 'Duration_24', 'Pitch_67', 'Duration_24', 'Pitch_rest', 'Duration_48',
     'Pitch_60', 'Sequence_end')
    """
    score = tune if isinstance(tune, Score) else tune.melody_score
    if not isinstance(tune, Score) and genre is None:
        genre = tune.genre
    if len(score.parts) != 1:
        raise ParameterError(
            f"a melody has one part, this score has {len(score.parts)}: encode one of them"
        )
    bars = score.bar_onsets()
    tonic = _tonic_pitch(score)
    tokens = [
        *conditioning_tokens(
            genre=genre, meter=score.meter, mode=score.key.mode, bars=_count_bars(score, bars)
        )
    ]
    events = list(_segments(score, bars))
    meter = score.meter
    for number, (onset, end) in enumerate(pairwise((*bars, max(score.duration, 1)))):
        if number or not score.pickup:
            tokens.append("Bar_line")
        if score.meter_at(onset) != meter:
            meter = score.meter_at(onset)
            tokens.append(_meter_token(meter))
        while events and events[0][0] < end:
            _, duration, sound = events.pop(0)
            tokens += [f"Duration_{duration}", _sound_token(sound, tonic)]
    tokens.append("Sequence_end")
    return Encoding(VOCABULARY.ids(tokens), score.key, tonic)


def decode(encoding: Encoding) -> Score:
    """Bring a melody back from its tokens.

    Parameters
    ----------
    encoding : Encoding

    Returns
    -------
    score : Score
        One part; notes are spelled as the key writes them.

    Raises
    ------
    ParameterError
        If the tokens do not follow the order of the module's conventions, or a pitch leaves
        MIDI's range.

    Examples
    --------
    >>> tokens = ["Meter_3/4", "Duration_12", "Pitch_67", "Bar_line", "Duration_72", "Pitch_72"]
    >>> score = decode(Encoding(VOCABULARY.ids(tokens), Key("D"), 62))
    >>> score.pickup, score.meter.name, [note.pitch_name for note in score.parts[0].notes]
    (12, '3/4', ['A4', 'D5'])
    """
    reader = _Reader(encoding)
    for place, token in enumerate(encoding.tokens):
        if token in ("Sequence_end", "Sequence_pad"):
            break
        reader.read(token, place)
    return reader.score()


def _count_bars(score: Score, bars: tuple[int, ...]) -> int:
    return len(bars) - bool(score.pickup)


def _meter_token(meter: Meter) -> str:
    return f"Meter_{meter.name if meter.name in METERS else 'other'}"


def _tonic_pitch(score: Score) -> int:
    """Choose the octave of the tonic by the middle of the melody."""
    pitches = sorted(note.pitch for note in score.parts[0].notes) or [_TONIC]
    middle = pitches[len(pitches) // 2]
    return middle + _BELOW_TONIC - (middle + _BELOW_TONIC - score.key.tonic_pitch_class) % 12


_Segment = tuple[int, int, int | str]


def _segments(score: Score, bars: tuple[int, ...]) -> Iterator[_Segment]:
    """Yield (onset, duration, pitch or "rest" or "hold") with no gap and none over a bar line."""
    melody = score.parts[0].melody(score.duration)
    for event in melody.events():
        if isinstance(event, Rest):
            breaks = default_ties(event.onset, event.duration, bars)
            sound: int | str = "rest"
        else:
            breaks = written_ties(event, bars)
            lines = (line - event.onset for line in bars if event.onset < line < event.end)
            breaks = tuple(sorted({*breaks, *lines}))
            sound = event.pitch
        for first, last in pairwise((0, *breaks, event.duration)):
            onset = event.onset + first
            for duration in split_duration(last - first):
                yield onset, duration, sound
                onset += duration
                sound = sound if sound == "rest" else "hold"


def _sound_token(sound: int | str, tonic: int) -> str:
    if isinstance(sound, str):
        return f"Pitch_{sound}"
    pitch = sound - tonic + _TONIC
    if pitch not in PITCHES:
        raise ParameterError(
            f"pitch={sound} lies {abs(pitch - _TONIC)} semitones from the tonic {tonic}: must be "
            f"at most {_TONIC - PITCHES[0]} below it or {PITCHES[-1] - _TONIC} above"
        )
    return f"Pitch_{pitch}"


class _Reader:
    """Builds a score token by token."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._onset = 0
        self._duration = 0  # of the event that waits for its pitch, or 0
        self._bars: list[int] = []
        self._meters: list[tuple[int, str]] = []  # (number of bars begun, meter's name)
        self._notes: list[tuple[int, int, list[int]]] = []  # pitch, onset, ends of its segments

    def read(self, token: str, place: int) -> None:
        """Take the next token."""
        kind, _, value = token.partition("_")
        if (kind == "Pitch") != bool(self._duration):
            wanted = "a Pitch after its Duration" if self._duration else "a Duration before a Pitch"
            raise ParameterError(f"token={token!r} at place {place}: must have {wanted}")
        if kind == "Duration":
            self._duration = int(value)
        elif kind == "Pitch":
            self._sound(value, place)
        elif kind == "Bar":
            self._bars.append(self._onset)
        elif kind == "Meter":
            self._meters.append((len(self._bars), value))

    def _sound(self, value: str, place: int) -> None:
        onset, self._onset = self._onset, self._onset + self._duration
        self._duration = 0
        if value == "hold":
            if not self._notes or self._notes[-1][2][-1] != onset:
                raise ParameterError(f"'Pitch_hold' at place {place}: must follow a note")
            self._notes[-1][2].append(self._onset)
        elif value != "rest":
            pitch = int(value) - _TONIC + self._encoding.tonic_pitch
            self._notes.append((pitch, onset, [self._onset]))

    def score(self) -> Score:
        """Give the score read so far."""
        if self._duration:
            raise ParameterError("the last Duration must have a Pitch after it")
        pickup = self._bars[0] if self._bars else 0
        score = Score((), self._meter_changes(), pickup=pickup, duration=self._onset)
        lines = score.bar_onsets()
        notes = tuple(self._note(*parts, lines) for parts in self._notes)
        keys = (type(score.keys[0])(0, self._encoding.key),)
        return Score(
            (Part(notes),), score.meters, keys, pickup=score.pickup, duration=score.duration
        )

    def _note(self, pitch: int, onset: int, ends: list[int], lines: tuple[int, ...]) -> Note:
        duration = ends[-1] - onset
        ties = tuple(end - onset for end in ends[:-1])
        if ties == default_ties(onset, duration, lines):
            ties = ()
        if not 0 <= pitch <= 127:
            raise ParameterError(f"pitch={pitch} must be from 0 to 127: choose another tonic_pitch")
        return Note(onset, duration, pitch, self._encoding.key.spell(pitch), ties=ties)

    def _meter_changes(self) -> tuple[MeterChange, ...]:
        """Give each meter the onset of the bar line that it stands behind."""
        ends = [*self._bars[1:], self._onset]
        changes = [MeterChange(0, Meter(4, 4))]
        for bar, name in self._meters:
            onset = self._bars[bar - 1] if bar else 0
            if name not in ("unknown", "other"):
                meter = Meter.parse(name)
            else:  # the length of the bar itself
                first = max(bar - 1, 0)
                length = ends[first] - self._bars[first] if self._bars else 96
                meter = _meter_of(length) or changes[-1].meter
            changes.append(MeterChange(onset, meter))
        return tuple(changes)


def _meter_of(length: int) -> Meter | None:
    """Give the meter whose bar has that length [ticks], in the largest unit."""
    for denominator in (4, 8, 16, 32):
        numerator, left = divmod(length * denominator, 96)
        if not left and 1 <= numerator <= 64:
            return Meter(numerator, denominator)
    return None
