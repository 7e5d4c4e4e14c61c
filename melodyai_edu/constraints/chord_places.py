"""Where chords may change above a melody, and what the melody sings there.

Conventions
-----------
Bars count from 0 at the first whole bar; -1 is the pickup. A bar has two places, or one where it is
shorter than two quarter notes: the second begins with the beat nearest to its middle, of two the
later one, so that 3/4 is two beats and one. Asked for beats, every beat is a place. A pickup
shorter than half a bar has no chord.

Contents
--------
Sung, ChordPlace, melody_places, empty_places
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from melodyai_edu.constraints.rule import beat_text
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter, Note, Score
from melodyai_edu.theory.rhythm import strong_beats

__all__ = ["ChordPlace", "Sung", "empty_places", "melody_places"]

#: Bars shorter than this are not divided [ticks]: two quarter notes.
_SHORTEST_DIVIDED = 48


class Sung(NamedTuple):
    """A note of the melody as far as it sounds over one place.

    Parameters
    ----------
    pitch : int [MIDI]
    duration : int [ticks]
        Of it inside the place.
    strength : int
        2 on a strong beat, 1 on another beat, 0 between beats.
    """

    pitch: int
    duration: int
    strength: int


@dataclass(frozen=True, slots=True)
class ChordPlace:
    """A place where a chord may begin.

    Parameters
    ----------
    number : int
        From 0, along the piece.
    onset, end : int [ticks]
    bar : int
        From 0; -1 is the pickup.
    position : int [ticks]
        In the bar; in a pickup as if its bar were whole.
    part : int
        Which place of its bar it is, from 0.
    meter : Meter
    key : Key
    sung : tuple of Sung
        What the melody sings over it.
    closes : bool
        Whether the melody rests here for two beats or more, as at the end of a phrase.
    is_last_in_bar, is_last : bool
    """

    number: int
    onset: int
    end: int
    bar: int
    position: int
    part: int
    meter: Meter
    key: Key
    sung: tuple[Sung, ...] = ()
    closes: bool = False
    is_last_in_bar: bool = False
    is_last: bool = False

    @property
    def place(self) -> str:
        """Bar and beat in words, ``"bar 3 beat 2"``."""
        return f"bar {self.bar + 1} beat {beat_text(self.meter, self.position)}"


def _parts(meter: Meter, per: str) -> tuple[int, ...]:
    """Give where the places of a whole bar begin [ticks]."""
    if per == "beat":
        return meter.beat_onsets
    if meter.bar_duration < _SHORTEST_DIVIDED or len(meter.beat_onsets) < 2:
        return (0,)
    middle = meter.bar_duration / 2
    return 0, min(meter.beat_onsets[1:], key=lambda beat: (abs(beat - middle), -beat))


def _beat_duration(meter: Meter) -> float:
    return meter.bar_duration / len(meter.beat_onsets)


def _spans(score: Score, per: str) -> Iterator[tuple[int, int, int, int, int]]:
    """Give onset, end, bar, position and part of each place."""
    lines = (*score.bar_onsets(), score.duration)
    for number, (onset, end) in enumerate(pairwise(lines)):
        meter = score.meter_at(onset)
        is_pickup = number == 0 and score.pickup > 0
        start = end - meter.bar_duration if is_pickup else onset
        if is_pickup and (end - onset) * 2 < meter.bar_duration and len(lines) > 2:
            continue
        begins = [(start + part, n) for n, part in enumerate(_parts(meter, per))]
        first = max((n for n, (tick, _) in enumerate(begins) if tick <= onset), default=0)
        begins = [(max(tick, onset), n) for tick, n in begins[first:] if max(tick, onset) < end]
        ends = [tick for tick, _ in begins[1:]] + [end]
        for (tick, part), stop in zip(begins, ends, strict=True):
            yield tick, stop, number - (score.pickup > 0), tick - start, part


def melody_places(score: Score, *, per: str = "half") -> tuple[ChordPlace, ...]:
    """Find where chords may change under a melody.

    Parameters
    ----------
    score : Score
        Its first part is the melody, one note at a time.
    per : str, default "half"
        ``"half"`` for two places a bar, ``"beat"`` for each beat.

    Returns
    -------
    places : tuple of ChordPlace

    Raises
    ------
    ParameterError
        If the melody has no note, or notes that sound together.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> melody = Melody.from_events([(67, 24), (69, 24), (71, 48), (72, 72)])
    >>> [(p.place, [n.pitch for n in p.sung]) for p in melody_places(Score.of_melody(melody))]
    [('bar 1 beat 1', [67, 69]), ('bar 1 beat 3', [71]), ('bar 2 beat 1', [72]), \
('bar 2 beat 3', [72])]
    """
    notes = score.parts[0].melody().notes if score.parts else ()
    if not notes:
        raise ParameterError("the melody must have at least one note to be harmonised")
    found = []
    for number, span in enumerate(_spans(score, per)):
        onset, end, bar, position, part = span
        meter = score.meter_at(onset)
        over = [note for note in notes if note.onset < end and note.end > onset]
        sung = tuple(_sung(note, onset, end, onset - position, meter) for note in over)
        place = ChordPlace(
            number, onset, end, bar, position, part, meter, score.key_at(onset), sung
        )
        longest = max((note.end - max(note.onset, onset) for note in over), default=0)
        found.append(replace(place, closes=longest >= 2 * _beat_duration(meter)))
    return _ends(found)


def _sung(note: Note, onset: int, end: int, bar_onset: int, meter: Meter) -> Sung:
    begins = max(note.onset, onset)
    position = begins - bar_onset
    strength = (position in meter.beat_onsets) + (position in strong_beats(meter))
    return Sung(note.pitch, min(note.end, end) - begins, strength)


def _ends(places: list[ChordPlace]) -> tuple[ChordPlace, ...]:
    """Say which places are the last of their bar, and which one of all."""
    after = [place.bar for place in places[1:]] + [None]
    return tuple(
        replace(place, is_last_in_bar=place.bar != bar, is_last=bar is None)
        for place, bar in zip(places, after, strict=True)
    )


def empty_places(key: Key, meter: Meter, bars: int, *, per: str = "half") -> tuple[ChordPlace, ...]:
    """List the places of bars to which there is no melody yet.

    Parameters
    ----------
    key : Key
    meter : Meter
    bars : int
    per : str, default "half"
        As in `melody_places`.

    Returns
    -------
    places : tuple of ChordPlace

    Raises
    ------
    ParameterError
        If there is no bar.

    Examples
    --------
    >>> [(place.onset, place.end) for place in empty_places(Key("C"), Meter(3, 4), 2)]
    [(0, 48), (48, 72), (72, 120), (120, 144)]
    """
    if bars < 1:
        raise ParameterError(f"bars={bars} must be 1 or more")
    parts = (*_parts(meter, per), meter.bar_duration)
    found: list[ChordPlace] = []
    for bar in range(bars):
        start = bar * meter.bar_duration
        for part, (begin, end) in enumerate(pairwise(parts)):
            place = ChordPlace(len(found), start + begin, start + end, bar, begin, part, meter, key)
            found.append(place)
    return _ends(found)
