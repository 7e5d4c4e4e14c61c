"""How a part is laid out on paper: staves, voices, pieces of notes, rests, beams, triplets.

Conventions
-----------
A *piece* is one printed symbol: a notehead, a chord or a rest that one note value writes and no
bar line crosses. Notes that begin, break and end together share a piece; notes that overlap
otherwise stand in several voices, at most four on a staff.

Contents
--------
Piece, Voice, lay_out, PLAIN_LENGTHS
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from melodyai_edu.score import Meter, Note, Part, Score
from melodyai_edu.score.notation import (
    NOTE_VALUES,
    NoteValue,
    default_ties,
    split_duration,
)

__all__ = ["PLAIN_LENGTHS", "Piece", "Voice", "lay_out"]

#: Lengths without dot and triplet [ticks].
PLAIN_LENGTHS = frozenset(
    length for length, value in NOTE_VALUES.items() if not (value.dots or value.is_triplet)
)
_VOICES_PER_STAFF = 4  # what notation programs allow
_BEAMS = {8: 1, 16: 2, 32: 3, 64: 4}
#: A part that reaches beyond both of these on a keyboard is written on two staves [MIDI].
_LOW, _HIGH = 53, 67
_MIDDLE_C = 60
_LAST_KEYBOARD = 23  # General MIDI programs 0-23: pianos, mallets, organs, accordions


@dataclass(slots=True)
class Piece:
    """One printed symbol.

    Parameters
    ----------
    onset, duration : int [ticks]
    notes : tuple of Note
        The sounding notes it is a part of; empty for a rest.
    is_tied_back, is_tied_on : bool
    is_bar_rest : bool
        A rest that fills its bar.
    tuplet : str
        ``"start"`` or ``"stop"`` where a triplet bracket begins or ends.
    beams : tuple of str
        One word of MusicXML for each beam.
    """

    onset: int
    duration: int
    notes: tuple[Note, ...] = ()
    is_tied_back: bool = False
    is_tied_on: bool = False
    is_bar_rest: bool = False
    tuplet: str = ""
    beams: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Where the symbol's time is over [ticks]."""
        return self.onset + self.duration

    @property
    def value(self) -> NoteValue:
        """The note value that writes it."""
        return NOTE_VALUES[self.duration]


@dataclass(slots=True)
class Voice:
    """Pieces that follow each other on one staff.

    Parameters
    ----------
    staff : int [from 1]
    is_first : bool
        Whether it is its staff's first voice, whose rests are printed.
    bars : dict of int to list of Piece
        By the number of the bar; a bar where the voice is silent may be missing.
    """

    staff: int
    is_first: bool
    bars: dict[int, list[Piece]] = field(default_factory=dict)


def lay_out(part: Part, score: Score) -> list[Voice]:
    """Lay a part out in voices and pieces, rests, beams and triplets included.

    Parameters
    ----------
    part : Part
        One of the score's.
    score : Score

    Returns
    -------
    voices : list of Voice
        By staff; at least one. Each piece lies in one bar and is printable.

    Examples
    --------
    >>> part = Part((Note(0, 120, 60),))
    >>> (voice,) = lay_out(part, Score((part,)))
    >>> [(piece.onset, piece.duration) for bar in voice.bars.values() for piece in bar]
    [(0, 96), (96, 24)]
    """
    bar_onsets = score.bar_onsets()
    ends = (*bar_onsets[1:], score.duration)
    meters = _meters(score, bar_onsets)
    voices = []
    for staff, notes in enumerate(_staves(part), start=1):
        lines = _share_out(_groups(notes, bar_onsets)) or [[]]
        for number, line in enumerate(lines):
            extra_staff = number // _VOICES_PER_STAFF
            voice = Voice(staff + extra_staff, number % _VOICES_PER_STAFF == 0)
            by_bar = _by_bar(line, bar_onsets)
            for bar, (start, end) in enumerate(zip(bar_onsets, ends, strict=True)):
                if voice.is_first or bar in by_bar:
                    is_pickup = bar == 0 and score.pickup > 0
                    frame = _Frame(start, end, meters[bar], is_pickup)
                    voice.bars[bar] = _finish(by_bar.get(bar, []), frame)
            voices.append(voice)
    return voices


def _meters(score: Score, bar_onsets: Iterable[int]) -> list[Meter]:
    """Give the meter of each bar."""
    changes = [change.onset for change in score.meters]
    return [score.meters[bisect_right(changes, onset) - 1].meter for onset in bar_onsets]


def _staves(part: Part) -> list[list[Note]]:
    """Divide a wide keyboard part between two hands."""
    pitches = [note.pitch for note in part.notes]
    is_keyboard = not part.is_drums and part.program <= _LAST_KEYBOARD
    if not (is_keyboard and pitches and min(pitches) < _LOW and max(pitches) > _HIGH):
        return [list(part.notes)]
    right = [note for note in part.notes if note.pitch >= _MIDDLE_C]
    left = [note for note in part.notes if note.pitch < _MIDDLE_C]
    return [right, left]


_Group = tuple[tuple[Note, ...], tuple[int, ...]]


def _breaks(note: Note, bar_onsets: tuple[int, ...]) -> tuple[int, ...]:
    """Give where a note is broken: at its own ties, and wherever paper demands it."""
    first = bisect_right(bar_onsets, note.onset)
    lines = bar_onsets[first : bisect_left(bar_onsets, note.end)]
    if not note.ties:
        return default_ties(note.onset, note.duration, lines)
    cuts = sorted({0, note.duration, *note.ties, *(line - note.onset for line in lines)})
    breaks: list[int] = []
    for start, end in pairwise(cuts):
        for length in split_duration(end - start):
            start += length
            breaks.append(start)
    return tuple(breaks[:-1])


def _groups(notes: Iterable[Note], bar_onsets: tuple[int, ...]) -> list[_Group]:
    """Join notes that share onset, breaks and end into chords, each pitch once in a chord."""
    alike: dict[tuple[int, int, tuple[int, ...]], list[list[Note]]] = defaultdict(list)
    for note in notes:
        breaks = _breaks(note, bar_onsets)
        chords = alike[note.onset, note.duration, breaks]
        for chord in chords:
            if note.pitch not in {other.pitch for other in chord}:
                chord.append(note)
                break
        else:
            chords.append([note])
    groups = [(tuple(chord), key[2]) for key, chords in alike.items() for chord in chords]
    return sorted(groups, key=lambda group: (group[0][0].onset, -group[0][-1].pitch))


def _share_out(groups: Iterable[_Group]) -> list[list[_Group]]:
    """Give each group to the first voice that is free, so that no voice overlaps itself."""
    voices: list[list[_Group]] = []
    for group in groups:
        for voice in voices:
            if voice[-1][0][0].end <= group[0][0].onset:
                voice.append(group)
                break
        else:
            voices.append([group])
    return voices


def _by_bar(groups: Iterable[_Group], bar_onsets: Sequence[int]) -> dict[int, list[Piece]]:
    """Cut groups into pieces and sort them into bars."""
    bars: dict[int, list[Piece]] = defaultdict(list)
    for notes, breaks in groups:
        cuts = (0, *breaks, notes[0].duration)
        for start, end in pairwise(cuts):
            onset = notes[0].onset + start
            piece = Piece(onset, end - start, notes, start > 0, end < notes[0].duration)
            bars[bisect_right(bar_onsets, onset) - 1].append(piece)
    return bars


class _Frame:
    """A bar's place and its beats, as positions on the score's time line."""

    def __init__(self, start: int, end: int, meter: Meter, is_pickup: bool) -> None:
        self.start = start
        self.end = end
        self.is_whole = end - start == meter.bar_duration
        # A pickup is the end of a bar: its beats are counted from where that bar would begin.
        zero = end - meter.bar_duration if is_pickup else start
        self.zero = zero
        self.beats = [zero + beat for beat in meter.beat_onsets] + [zero + meter.bar_duration]
        is_short = set(meter.groups) == {1} and meter.denominator >= 8
        self.spans = [zero] if is_short else self.beats  # inside one, notes are beamed


def _finish(pieces: list[Piece], frame: _Frame) -> list[Piece]:
    """Fill the gaps of a bar with rests, then mark triplets and beams."""
    full: list[Piece] = []
    place = frame.start
    for piece in pieces:
        full += _rests(place, piece.onset, frame)
        full.append(piece)
        place = piece.end
    full += _rests(place, frame.end, frame)
    _mark_triplets(full)
    _mark_beams(full, frame)
    return full


def _rests(start: int, end: int, frame: _Frame) -> list[Piece]:
    """Fill a gap with rests that show the beats."""
    if frame.is_whole and (start, end) == (frame.start, frame.end):
        return [Piece(start, end - start, is_bar_rest=True)]
    rests = []
    while start < end:
        later = [beat for beat in frame.beats if start < beat <= end]
        is_on_beat = start in frame.beats
        stop = min(later, default=end)
        if is_on_beat:
            whole = [beat for beat in later if _is_one_rest(start - frame.zero, beat - start)]
            stop = max([stop, *whole])
        lengths = split_duration(stop - start)
        for length in lengths if is_on_beat else reversed(lengths):
            rests.append(Piece(start, length))
            start += length
    return rests


def _is_one_rest(position: int, length: int) -> bool:
    """Tell whether one plain rest may cover several beats from here."""
    return length in PLAIN_LENGTHS and position % length == 0


def _mark_triplets(pieces: Iterable[Piece]) -> None:
    """Bracket runs of triplet values as soon as they fill a plain length."""
    group: list[Piece] = []

    def close() -> None:
        if len(group) > 1:
            group[0].tuplet, group[-1].tuplet = "start", "stop"
        group.clear()

    for piece in pieces:
        if piece.is_bar_rest or not piece.value.is_triplet:
            close()
            continue
        group.append(piece)
        if sum(member.duration for member in group) in PLAIN_LENGTHS:
            close()
    close()


def _mark_beams(pieces: Iterable[Piece], frame: _Frame) -> None:
    """Beam neighbours shorter than a quarter inside each beat."""
    group: list[Piece] = []
    for piece in [*pieces, Piece(frame.end, 1)]:
        is_beamed = bool(piece.notes) and piece.value.denominator in _BEAMS
        if group and not (
            is_beamed
            and bisect_right(frame.spans, piece.onset) == bisect_right(frame.spans, group[0].onset)
        ):
            _beam(group)
            group = []
        if is_beamed:
            group.append(piece)


def _beam(group: Sequence[Piece]) -> None:
    """Give each piece of a beamed group its beams, from the longest to the shortest value."""
    counts = [0, *(_BEAMS[piece.value.denominator] for piece in group), 0]
    if len(group) < 2:
        return
    for place, piece in enumerate(group, start=1):
        words = []
        for level in range(1, counts[place] + 1):
            before, after = counts[place - 1] >= level, counts[place + 1] >= level
            hook = "forward hook" if place == 1 else "backward hook"
            words.append(
                {(0, 0): hook, (0, 1): "begin", (1, 1): "continue", (1, 0): "end"}[before, after]
            )
        piece.beams = tuple(words)
