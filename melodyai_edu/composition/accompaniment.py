"""The accompaniment of an arrangement, from a pattern's bars and the chords.

Conventions
-----------
An accompaniment event names voices of the sounding chord. Where the chord changes while an event
sounds, its notes stop and, if enough is left of it, are struck anew on the new chord: so every
note that sounds belongs to the chord that sounds.

Contents
--------
write_chords, write_pad, voicings_of, write_drums, tidy
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from melodyai_edu.composition.bass_line import Strike
from melodyai_edu.composition.chord_line import ChordLine, ChordSpan
from melodyai_edu.composition.instruments import drum_of
from melodyai_edu.composition.ranges import Compass
from melodyai_edu.composition.textures import BarPlan
from melodyai_edu.composition.voice_chords import Room, voice_chords
from melodyai_edu.score import Key, Note

__all__ = ["tidy", "voicings_of", "write_chords", "write_drums", "write_pad"]

#: A chord is struck anew after a change if it sounds this much longer [ticks]: an eighth.
_WORTH_STRIKING = 12
_PAD_VELOCITY = 50

Voicings = Mapping[int, tuple[int, ...]]


def voicings_of(
    line: ChordLine, plans: Sequence[BarPlan], room: Room, melody: Sequence[Note]
) -> dict[int, tuple[int, ...]]:
    """Voice all chords of a score, section by section.

    Every section begins near the middle of the room, so that what is changed in one section
    leaves the others alone.

    Parameters
    ----------
    line : ChordLine
    plans : sequence of BarPlan
    room : Room
    melody : sequence of Note
        The voicings stay below it where they can.

    Returns
    -------
    voicings : dict of int to tuple of int
        The pitches [MIDI] by the onset of the chord [ticks].
    """
    section_of = {plan.onset: plan.section for plan in plans}

    def section(span: ChordSpan) -> int:
        return section_of[max((o for o in section_of if o <= span.onset), default=0)]

    voiced: dict[int, tuple[int, ...]] = {}
    for _, group in groupby(line.spans, section):
        spans = list(group)
        ceilings = [_lowest(melody, span) for span in spans]
        chords = voice_chords([span.harmony for span in spans], room, ceilings)
        voiced.update({span.onset: v for span, v in zip(spans, chords, strict=True)})
    return voiced


def _lowest(melody: Sequence[Note], span: ChordSpan) -> int | None:
    sounding = [n.pitch for n in melody if n.onset < span.end and n.end > span.onset]
    return min(sounding, default=None)


def write_chords(
    strikes: Sequence[Strike],
    line: ChordLine,
    voicings: Voicings,
    compass: Compass,
    key_at: Callable[[int], Key],
) -> tuple[Note, ...]:
    """Write the accompaniment.

    Parameters
    ----------
    strikes : sequence of Strike
    line : ChordLine
    voicings : mapping of int to tuple of int
        From `voicings_of`.
    compass : Compass
    key_at : callable
        Gives the key at an onset.

    Returns
    -------
    notes : tuple of Note
        No pitch is struck while it sounds.
    """
    notes = []
    for strike in strikes:
        for span in line.between(strike.onset, strike.end):
            is_first = span.onset == strike.onset
            if not is_first and span.end - span.onset < _WORTH_STRIKING:
                continue
            chord = line.at(span.onset)
            assert chord is not None
            for pitch in _voices(strike.what, voicings[chord.onset], chord, compass):
                spelling = key_at(span.onset).spell(pitch)
                length = span.end - span.onset
                notes.append(Note(span.onset, length, pitch, spelling, strike.velocity))
    return tidy(notes)


def _voices(
    what: str, voicing: tuple[int, ...], chord: ChordSpan, compass: Compass
) -> tuple[int, ...]:
    """Give the pitches that an event names."""
    found: set[int] = set()
    for name in what.split("+"):
        if name == "chord":
            found.update(voicing)
        elif name == "upper":
            found.update(voicing[1:])
        elif name == "bass":
            under = [p for p in range(compass.low, voicing[0]) if p % 12 == chord.harmony.bass]
            found.add(under[-1] if under else voicing[0])
        else:
            found.add(voicing[min(int(name[1:]), len(voicing)) - 1])
    return tuple(sorted(found))


def write_pad(
    plans: Sequence[BarPlan],
    line: ChordLine,
    voicings: Voicings,
    compass: Compass,
    key_at: Callable[[int], Key],
) -> tuple[Note, ...]:
    """Hold every chord for as long as it lasts, struck anew at each bar line.

    Parameters
    ----------
    plans : sequence of BarPlan
    line : ChordLine
    voicings : mapping of int to tuple of int
    compass : Compass
    key_at : callable

    Returns
    -------
    notes : tuple of Note
    """
    bars = [Strike(p.onset, p.end, "chord", _PAD_VELOCITY) for p in plans if p.texture]
    spans = [
        Strike(span.onset, span.end, bar.what, bar.velocity)
        for bar in bars
        for span in line.between(bar.onset, bar.end)
    ]
    return write_chords(spans, line, voicings, compass, key_at)


def write_drums(strikes: Sequence[Strike]) -> tuple[Note, ...]:
    """Write the drums.

    Parameters
    ----------
    strikes : sequence of Strike
        Each names a drum of the General MIDI percussion map.

    Returns
    -------
    notes : tuple of Note
    """
    return tidy(
        Note(strike.onset, strike.end - strike.onset, drum_of(strike.what), "", strike.velocity)
        for strike in strikes
    )


def tidy(notes: Iterable[Note]) -> tuple[Note, ...]:
    """End a note where its own pitch is struck again; of two at one place the longer stays.

    Parameters
    ----------
    notes : iterable of Note

    Returns
    -------
    notes : tuple of Note
        Sorted by onset, then pitch.

    Examples
    --------
    >>> [(note.onset, note.duration) for note in tidy([Note(0, 48, 60), Note(24, 24, 60)])]
    [(0, 24), (24, 24)]
    """
    by_pitch: dict[int, list[Note]] = {}
    for note in sorted(notes, key=lambda n: (n.onset, n.duration)):
        same = by_pitch.setdefault(note.pitch, [])
        if same and same[-1].onset == note.onset:
            same.pop()
        elif same and same[-1].end > note.onset:
            same[-1] = replace(same[-1], duration=note.onset - same[-1].onset)
        same.append(note)
    found = [note for group in by_pitch.values() for note in group]
    return tuple(sorted(found, key=lambda note: (note.onset, note.pitch)))
