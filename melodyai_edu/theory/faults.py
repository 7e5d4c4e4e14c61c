"""Faults: what a teacher marks in four voices, each with its voices, bar and beat.

Conventions
-----------
The voices are the first four parts: soprano, alto, tenor, bass. A *moment* is where a voice begins
a note; only moments at which all four sound are looked at, and two of them follow each other unless
a voice rests in between. Chords are named by what sounds (`melodyai_edu.theory.naming`); where that
is no chord, nothing is said of leading tones and sevenths. Bars and beats count from 1; bar 0 is a
pickup.

Contents
--------
FAULTS, Fault, find_faults
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Score
from melodyai_edu.theory.harmony import Harmony
from melodyai_edu.theory.naming import find_chord
from melodyai_edu.theory.rhythm import beat_text
from melodyai_edu.theory.voice_leading import has_hidden, leading_tone_of, parallels
from melodyai_edu.theory.voicing import VOICE_RANGES, VOICES

__all__ = ["FAULTS", "Fault", "find_faults"]

#: Every kind of fault, and what is wrong. Kostka, Payne & Almén (2018), Tonal Harmony, chapters 5
#: and 13.
FAULTS: dict[str, str] = {
    "parallel fifths": "two voices move from a fifth to a fifth and become one",
    "parallel octaves": "two voices move from an octave to an octave and become one",
    "hidden fifths": "the outer voices reach a fifth in one direction while the soprano leaps",
    "hidden octaves": "the outer voices reach an octave in one direction while the soprano leaps",
    "crossing": "a voice lies above the one over it",
    "overlap": "a voice moves past where its neighbour just was",
    "spacing": "neighbours among the upper voices are more than an octave apart",
    "range": "a voice sings what it cannot",
    "doubled leading tone": "two voices want to rise to the same tonic",
    "unresolved leading tone": "a leading tone does not rise to the tonic",
    "unresolved seventh": "a seventh does not step down",
}

_SPACING = (12, 12, 24)  # widest gaps under soprano, alto and tenor [semitones]


class Fault(NamedTuple):
    """One fault.

    Parameters
    ----------
    kind : str
        One of ``FAULTS``.
    voices : tuple of str
        From the top.
    onset : int [ticks]
        Where it is heard.
    place : str
        Bar and beat in words.
    """

    kind: str
    voices: tuple[str, ...]
    onset: int
    place: str

    def __str__(self) -> str:
        return f"{self.kind}, {' and '.join(self.voices)}, {self.place}"


class _Moment(NamedTuple):
    onset: int
    pitches: tuple[int, ...]
    chord: Harmony | None
    key: Key


def find_faults(score: Score) -> tuple[Fault, ...]:
    """Find every fault in four voices.

    Parameters
    ----------
    score : Score
        Its first four parts are soprano, alto, tenor and bass, one note at a time each.

    Returns
    -------
    faults : tuple of Fault
        In the order in which they are heard.

    Raises
    ------
    ParameterError
        If there are not four parts, or a part has several notes at once.

    References
    ----------
    Fux (1725), Gradus ad Parnassum; Kostka, Payne & Almén (2018), Tonal Harmony, chapters 5 and 13.

    Examples
    --------
    >>> from melodyai_edu.score import Melody, Part
    >>> lines = [(72, 74), (67, 69), (64, 65), (48, 50)]
    >>> parts = (Melody.from_events([(a, 24), (b, 24)]).notes for a, b in lines)
    >>> for fault in find_faults(Score(tuple(map(Part, parts)))):
    ...     print(fault)
    parallel octaves, soprano and bass, bar 1 beat 2
    parallel fifths, alto and bass, bar 1 beat 2
    """
    if len(score.parts) < len(VOICES):
        raise ParameterError(
            f"the score has {len(score.parts)} parts and must have four: {', '.join(VOICES)}"
        )
    found: list[Fault] = []
    chain = _moments(score)
    for moment in chain:
        if moment is not None:
            found += _at(score, moment.onset, _in_one_chord(moment))
    for before, after in pairwise(chain):
        if before is not None and after is not None:
            found += _at(score, after.onset, _between(before, after))
    order = {kind: place for place, kind in enumerate(FAULTS)}
    return tuple(sorted(found, key=lambda fault: (fault.onset, -order[fault.kind])))


def _at(score: Score, onset: int, faults: Iterator[tuple[str, tuple[int, ...]]]) -> Iterator[Fault]:
    place = _place(score, onset)
    for kind, voices in faults:
        yield Fault(kind, tuple(VOICES[voice] for voice in voices), onset, place)


def _place(score: Score, onset: int) -> str:
    lines = score.bar_onsets()
    bar = max(number for number, line in enumerate(lines) if line <= onset)
    meter, position = score.meter_at(onset), onset - lines[bar]
    if score.pickup and bar == 0:
        position += meter.bar_duration - score.pickup
    return f"bar {bar + (not score.pickup)} beat {beat_text(meter, position)}"


def _moments(score: Score) -> list[_Moment | None]:
    """List what sounds at each moment; None where a voice rests."""
    voices = [part.melody().notes for part in score.parts[:4]]
    onsets = sorted({note.onset for notes in voices for note in notes})
    begins = [[note.onset for note in notes] for notes in voices]
    found: list[_Moment | None] = []
    for onset, later in pairwise((*onsets, score.duration)):
        key = score.key_at(onset)
        before = [bisect_right(starts, onset) - 1 for starts in begins]
        notes = [own[n] for own, n in zip(voices, before, strict=True) if n >= 0]
        sounding = tuple(note.pitch for note in notes if note.end > onset)
        if len(sounding) < len(VOICES):
            found.append(None)
            continue
        found.append(_Moment(onset, sounding, find_chord(sounding, key), key))
        if min(note.end for note in notes) < later:
            found.append(None)  # a voice stops before the next moment
    return found


def _in_one_chord(moment: _Moment) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Find what is wrong with a moment in itself: kind and voices."""
    pitches = moment.pitches
    for voice, (pitch, (low, high)) in enumerate(zip(pitches, VOICE_RANGES, strict=True)):
        if not low <= pitch <= high:
            yield "range", (voice,)
    for upper, widest in enumerate(_SPACING):
        gap = pitches[upper] - pitches[upper + 1]
        if gap < 0:
            yield "crossing", (upper, upper + 1)
        elif gap > widest:
            yield "spacing", (upper, upper + 1)
    tone = leading_tone_of(moment.chord, moment.key) if moment.chord else None
    doubled = tuple(voice for voice, pitch in enumerate(pitches) if pitch % 12 == tone)
    if len(doubled) > 1:
        yield "doubled leading tone", doubled


def _between(before: _Moment, after: _Moment) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Find what is wrong with how one moment goes to the next: kind and voices."""
    old, new = before.pitches, after.pitches
    for kind, *pair in parallels(old, new):
        yield f"parallel {kind}", tuple(VOICES.index(voice) for voice in pair)
    if has_hidden(old, new) and (old[0] - old[3]) % 12 != (new[0] - new[3]) % 12:
        yield f"hidden {'fifths' if (new[0] - new[3]) % 12 else 'octaves'}", (0, 3)
    for upper, lower in pairwise(range(len(VOICES))):
        rises = old[lower] != new[lower] > old[upper]
        falls = old[upper] != new[upper] < old[lower]
        if rises or falls:
            yield "overlap", (upper, lower)
    if before.chord is not None and after.chord is not None:
        yield from _resolutions(old, new, before.chord, after.chord, after.key)


def _resolutions(
    old: Sequence[int], new: Sequence[int], chord: Harmony, following: Harmony, key: Key
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Find tones that want to go somewhere and do not.

    As `melodyai_edu.theory.voice_leading.resolves_leading_tone` and ``resolves_seventh``, voice by
    voice.
    """
    above = (following.root - key.tonic_pitch_class) % 12
    tone = leading_tone_of(chord, key)
    if tone is not None and above in (0, 8 if key.is_minor else 9):
        for voice, (pitch, goal) in enumerate(zip(old, new, strict=True)):
            falls_inside = voice in (1, 2) and goal - pitch == -4 and above == 0
            if pitch % 12 == tone and goal - pitch != 1 and not falls_inside:
                yield "unresolved leading tone", (voice,)
    if chord.seventh is None or set(chord.pitch_classes) == set(following.pitch_classes):
        return
    for voice, (pitch, goal) in enumerate(zip(old, new, strict=True)):
        if pitch % 12 == chord.seventh and not -2 <= goal - pitch <= 0:
            yield "unresolved seventh", (voice,)
