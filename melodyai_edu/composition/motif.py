"""A motif that somebody brings, as rules: the piece begins with it.

Conventions
-----------
A motif is the upper line of a score from its first note on; the piece's own bars are laid over it,
and a note that crosses a bar line is struck again behind it. Rules are text, so a request with a
motif can be written down.

Contents
--------
motif_rules
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from melodyai_edu.composition.instruments import DRUM_KIT
from melodyai_edu.composition.ranges import compass_of
from melodyai_edu.constraints.rule import FixedEvent
from melodyai_edu.constraints.text import write_events
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.estimate import skyline
from melodyai_edu.score import Key, Meter, Note, Score

__all__ = ["motif_rules"]


def motif_rules(
    score: Score,
    *,
    meter: str | None = None,
    key: str | None = None,
    bars: int = 16,
    instrument: str = "acoustic grand piano",
) -> tuple[str, ...]:
    """Say in rules that a piece begins with a motif.

    Parameters
    ----------
    score : Score
        Its first part that has pitches is the motif.
    meter, key : str, optional
        Of the piece; the motif's own when left out. In another key it is moved by the shorter way.
    bars : int, default 16
        Of the piece.
    instrument : str, optional
        Who plays the melody: the motif is put into an octave that it reaches.

    Returns
    -------
    rules : tuple of str
        One ``fixed=...`` for each bar.

    Raises
    ------
    ParameterError
        If there is no note, or the motif leaves no bar to compose.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> notes = Melody.from_events([(62, 24), (64, 24), (66, 72)])
    >>> motif_rules(Score.of_melody(notes), meter="4/4", bars=4)
    ('fixed=1.1: D4 1/4 E4 1/4 F#4 1/2', 'fixed=2.1: F#4 1/4')
    """
    line = _line(score)
    bar = Meter.parse(meter).bar_duration if meter else score.meter.bar_duration
    needed = -(-line[-1].end // bar)
    if needed >= bars:
        raise ParameterError(
            f"bars={bars} must be more than the motif's {needed}: ask for more bars, or bring a "
            f"shorter motif"
        )
    home = Key.parse(key) if key else score.key
    shift = _shift(score.key, home) + 12 * _octaves(line, _shift(score.key, home), instrument)
    rules = []
    for number in range(needed):
        events = tuple(_events(line, number * bar, (number + 1) * bar, shift))
        if events:
            rules.append(f"fixed={number + 1}.1: {write_events(events, home)}")
    return tuple(rules)


def _line(score: Score) -> list[Note]:
    """Take the upper line, from its first note on."""
    parts = [part for part in score.parts if part.notes and not part.is_drums]
    if not parts:
        raise ParameterError("the motif has no note: bring one with a melody")
    notes = skyline(parts[0].notes)
    return [note.moved(-notes[0].onset) for note in notes]


def _shift(old: Key, new: Key) -> int:
    """Give the shorter way from one tonic to another [semitones]."""
    return (new.tonic_pitch_class - old.tonic_pitch_class + 6) % 12 - 6


def _octaves(line: Sequence[Note], shift: int, instrument: str) -> int:
    """Say how many octaves a line must move for an instrument to reach it."""
    if instrument == DRUM_KIT:
        return 0
    compass = compass_of(instrument)
    low, high = (end(note.pitch for note in line) + shift for end in (min, max))

    def misses(octaves: int) -> tuple[int, int]:
        below = max(compass.easy_low - low - 12 * octaves, 0)
        return below + max(high + 12 * octaves - compass.easy_high, 0), abs(octaves)

    return min(range(-6, 7), key=misses)


def _events(line: Sequence[Note], begin: int, end: int, shift: int) -> Iterator[FixedEvent]:
    """Give what sounds in a bar, and the rests between."""
    place = begin
    for note in line:
        first, last = max(note.onset, begin), min(note.end, end)
        if first < last:
            if first > place:
                yield FixedEvent(place - begin, first - place, None)
            yield FixedEvent(first - begin, last - first, note.pitch + shift)
            place = last
    if begin < place < end and line[-1].end > end:
        yield FixedEvent(place - begin, end - place, None)
