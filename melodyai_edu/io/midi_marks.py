"""Chord symbols and sections, as a MIDI file carries them.

Conventions
-----------
A section is a marker, which every sequencer shows above its bars; so every marker of a stranger's
file is a section. MIDI has nothing for chord symbols: ours stand in text events such as
``MelodyAI chord: Am7``, beside the other words of `melodyai_edu.io.midi_signatures`.

Contents
--------
MarkMessage, mark_messages, read_marks, carried_marks
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.midi_check import MARKER, TEXT, MidiContents
from melodyai_edu.io.midi_signatures import MARK, text_of
from melodyai_edu.score import ChordSymbol, Score, Section

__all__ = ["MarkMessage", "carried_marks", "mark_messages", "read_marks"]

_HEAD = f"{MARK} chord: "
_CHORD = re.compile(f"{_HEAD}(.+)")


class MarkMessage(NamedTuple):
    """A text of a MIDI file: its onset [ticks], ``"marker"`` or ``"text"``, and what it says."""

    onset: int
    kind: str
    text: str


def mark_messages(score: Score) -> list[MarkMessage]:
    """Give the texts that carry a score's sections and chord symbols.

    Parameters
    ----------
    score : Score

    Returns
    -------
    messages : list of MarkMessage
        Sections first; what stands at the end of the score or behind it is left out.

    Examples
    --------
    >>> mark_messages(Score((), duration=96, chords=(ChordSymbol(0, "Am7"),)))
    [MarkMessage(onset=0, kind='text', text='MelodyAI chord: Am7')]
    """
    sections = [MarkMessage(one.onset, "marker", one.name) for one in score.sections]
    chords = [MarkMessage(one.onset, "text", _HEAD + one.text) for one in score.chords]
    held = [one for one in sections + chords if one.onset < max(score.duration, 1)]
    return [one._replace(text=text) for one in held if (text := text_of(one.text.encode()))]


def read_marks(
    contents: MidiContents, place: Callable[[int], int], end: int
) -> tuple[tuple[ChordSymbol, ...], tuple[Section, ...]]:
    """Collect chord symbols and sections of all tracks.

    Parameters
    ----------
    contents : MidiContents
    place : callable
        Turns the file's ticks into ours.
    end : int [our ticks]
        What stands there or behind it is left out.

    Returns
    -------
    chords : tuple of ChordSymbol
    sections : tuple of Section
        Each once, however many tracks repeat it.
    """
    kinds = {MARKER: "marker", TEXT: "text"}
    return _marks(
        MarkMessage(onset, kinds[kind], text_of(body))
        for track in contents.tracks
        for tick, kind, body in track.metas
        if kind in kinds and (onset := place(tick)) < max(end, 1)
    )


def carried_marks(score: Score) -> tuple[tuple[ChordSymbol, ...], tuple[Section, ...]]:
    """Give what is left of chord symbols and sections when they have been in a MIDI file.

    Parameters
    ----------
    score : Score

    Returns
    -------
    chords : tuple of ChordSymbol
    sections : tuple of Section

    Examples
    --------
    >>> carried_marks(Score((), duration=96, sections=(Section(0, " A "), Section(96, "B"))))
    ((), (Section(onset=0, name='A'),))
    """
    return _marks(mark_messages(score))


def _marks(
    messages: Iterable[MarkMessage],
) -> tuple[tuple[ChordSymbol, ...], tuple[Section, ...]]:
    """Turn texts into marks; a text that is neither is passed over."""
    chords, sections = set(), set()
    for onset, kind, text in messages:
        if kind == "marker" and text:
            sections.add(Section(onset, text))
        elif kind == "text" and (match := _CHORD.fullmatch(text)):
            chord = _chord(onset, match[1])
            chords |= {chord} if chord else set()
    return tuple(sorted(chords)), tuple(sorted(sections))


def _chord(onset: int, text: str) -> ChordSymbol | None:
    try:
        return ChordSymbol(onset, text)
    except ParameterError:
        return None
