"""What music21 knows of theory, asked in our own values.

Conventions
-----------
music21 is imported inside the functions, on first use. Pitches go to it as they are spelled.

Contents
--------
analyze_key, name_chord, name_roman, Parallel, moments, find_parallels
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import TICKS_PER_QUARTER, Key, Note, Score

if TYPE_CHECKING:
    from music21.chord import Chord
    from music21.key import Key as Music21Key

__all__ = ["Parallel", "analyze_key", "find_parallels", "moments", "name_chord", "name_roman"]


def _name(spelling: str) -> str:
    """Write a spelling as music21 does: ``"B-"`` for B flat."""
    return spelling[0] + spelling[1:].replace("b", "-")


def _key(key: Key) -> Music21Key:
    from music21.key import Key as OtherKey

    return OtherKey(_name(key.tonic), key.mode)


def analyze_key(score: Score, method: str = "key") -> Key:
    """Ask music21 for the key of a score.

    Parameters
    ----------
    score : Score
    method : str, default "key"
        One of music21's key analyses: ``"key"`` is Aarden and Essen's, ``"krumhansl"`` has the
        profiles that our own `melodyai_edu.io.estimate.estimate_key` has.

    Returns
    -------
    key : Key
        Major or minor.

    Raises
    ------
    ParameterError
        If the score has no note, or music21 does not know the method.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> melody = Melody.from_events([(67, 24), (71, 24), (74, 48), (66, 24), (67, 48)])
    >>> analyze_key(Score.of_melody(melody)).name
    'G major'
    """
    from music21.analysis.discrete import DiscreteAnalysisException
    from music21.note import Note as OtherNote
    from music21.stream import Stream

    ticks: Counter[int] = Counter()  # the analyses look at the time of each pitch class only
    for note in (note for part in score.parts if not part.is_drums for note in part.notes):
        ticks[note.pitch_class] += note.duration
    if not ticks:
        raise ParameterError("score must have a note to have a key")
    stream: Any = Stream()
    for pitch_class, duration in ticks.items():
        stream.append(OtherNote(pitch_class, quarterLength=duration / TICKS_PER_QUARTER))
    try:
        found = stream.analyze(method)
    except DiscreteAnalysisException as error:
        raise ParameterError(
            f"method={method!r} must be an analysis of music21: key, krumhansl"
        ) from error
    return Key(found.tonic.name.replace("-", "b"), found.mode)


def _chord(pitches: Iterable[int], key: Key) -> Chord:
    """Give pitches as a music21 chord, spelled by a key."""
    from music21.chord import Chord
    from music21.pitch import Pitch

    spelled = []
    for midi in sorted(set(pitches)):
        pitch = Pitch(_name(key.spell(midi)))
        pitch.octave = 4
        pitch.octave += round((midi - pitch.ps) / 12)
        spelled.append(pitch)
    if not spelled:
        raise ParameterError("pitches=() must hold one pitch or more to be named")
    return Chord(spelled)


def name_chord(pitches: Iterable[int], key: Key | None = None) -> str:
    """Ask music21 what a chord is called.

    Parameters
    ----------
    pitches : iterable of int [MIDI]
    key : Key, optional
        Spells them; C major when left out.

    Returns
    -------
    name : str
        Root and common name.

    Raises
    ------
    ParameterError
        If there is no pitch.

    Examples
    --------
    >>> name_chord((72, 67, 64, 48)), name_chord((65, 62, 59, 43))
    ('C-major triad', 'G-dominant seventh chord')
    """
    name: str = _chord(pitches, key or Key("C")).pitchedCommonName
    return name


def name_roman(pitches: Iterable[int], key: Key) -> str:
    """Ask music21 for the Roman numeral of a chord.

    Parameters
    ----------
    pitches : iterable of int [MIDI]
    key : Key

    Returns
    -------
    figure : str
        With the figures of the inversion, such as ``"ii65"``; flats as ``b``.

    Raises
    ------
    ParameterError
        If there is no pitch.

    Examples
    --------
    >>> name_roman((65, 62, 59, 43), Key("C")), name_roman((72, 69, 65, 50), Key("C"))
    ('V7', 'ii7')
    """
    from music21.roman import romanNumeralFromChord

    figure: str = romanNumeralFromChord(_chord(pitches, key), _key(key)).figure
    return re.sub(r"-", "b", figure)


@dataclass(frozen=True, slots=True)
class Parallel:
    """Two parts that move in parallel.

    Parameters
    ----------
    onset : int [ticks]
        Of the second interval.
    kind : str
        ``"fifths"`` or ``"octaves"``; unisons are among the octaves.
    upper, lower : int
        The parts, from 0.
    """

    onset: int
    kind: str
    upper: int
    lower: int


def moments(score: Score) -> Iterator[tuple[int, tuple[Note | None, ...]]]:
    """Go through the score from onset to onset.

    Parameters
    ----------
    score : Score
        Its parts have one note at a time.

    Yields
    ------
    onset : int [ticks]
    notes : tuple of Note or None
        What each part sounds there; ``None`` where it rests.

    Raises
    ------
    ParameterError
        If a part has notes that sound together.

    Examples
    --------
    >>> from melodyai_edu.score import Melody, Part
    >>> parts = [Melody.from_events(line).notes for line in ([(72, 48)], [(60, 24), (62, 24)])]
    >>> [(onset, [note.pitch for note in notes])
    ...  for onset, notes in moments(Score(tuple(map(Part, parts))))]
    [(0, [72, 60]), (24, [72, 62])]
    """
    lines = [part.melody().notes for part in score.parts]
    places = [0] * len(lines)
    for onset in sorted({note.onset for line in lines for note in line}):
        sounding: list[Note | None] = []
        for number, line in enumerate(lines):
            while places[number] < len(line) and line[places[number]].end <= onset:
                places[number] += 1
            note = line[places[number]] if places[number] < len(line) else None
            sounding.append(note if note is not None and note.onset <= onset else None)
        yield onset, tuple(sounding)


def find_parallels(score: Score) -> tuple[Parallel, ...]:
    """Ask music21 for all parallel fifths, octaves and unisons between two parts.

    Parameters
    ----------
    score : Score
        Its parts have one note at a time.

    Returns
    -------
    parallels : tuple of Parallel
        From each onset of any part to the next.

    Raises
    ------
    ParameterError
        If a part has notes that sound together.

    Examples
    --------
    >>> from melodyai_edu.score import Melody, Part
    >>> lines = ([(67, 24), (69, 24)], [(60, 24), (62, 24)])
    >>> parts = [Melody.from_events(line).notes for line in lines]
    >>> find_parallels(Score(tuple(map(Part, parts))))
    (Parallel(onset=24, kind='fifths', upper=0, lower=1),)
    """
    from music21.note import Note as OtherNote
    from music21.voiceLeading import VoiceLeadingQuartet

    quartet_of: Any = VoiceLeadingQuartet  # its annotation leaves out that it takes notes
    other_note = cache(OtherNote)
    found = []
    for (_, before), (onset, after) in pairwise(moments(score)):
        for upper, lower in combinations(range(len(score.parts)), 2):
            four = (before[upper], after[upper], before[lower], after[lower])
            notes = [note for note in four if note is not None]
            if len(notes) < 4 or notes[0] is notes[1] or notes[2] is notes[3]:
                continue
            names = (_name(note.spelling) + str(note.spelled.octave) for note in notes)
            quartet = quartet_of(*map(other_note, names))
            if quartet.parallelFifth():
                found.append(Parallel(onset, "fifths", upper, lower))
            if quartet.parallelOctave() or quartet.parallelUnison():
                found.append(Parallel(onset, "octaves", upper, lower))
    return tuple(found)
