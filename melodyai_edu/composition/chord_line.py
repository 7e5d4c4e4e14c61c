"""The chords of a score as spans of time.

Conventions
-----------
Onsets and ends are ticks of the score. A chord sounds until the next symbol; before the first
there is none.

Contents
--------
ChordSpan, ChordLine, chord_line
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Score
from melodyai_edu.theory.harmony import Harmony, parse_chord_symbol

__all__ = ["ChordLine", "ChordSpan", "chord_line"]


class ChordSpan(NamedTuple):
    """A chord and when it sounds.

    Parameters
    ----------
    onset, end : int [ticks]
    harmony : Harmony
    """

    onset: int
    end: int
    harmony: Harmony


class ChordLine(NamedTuple):
    """All chords of a score, one after the other without a gap.

    Parameters
    ----------
    spans : tuple of ChordSpan
    """

    spans: tuple[ChordSpan, ...]

    def at(self, onset: int) -> ChordSpan | None:
        """Give the chord that sounds at an onset [ticks]; None before the first and at the end."""
        index = bisect_right(self.spans, onset, key=lambda span: span.onset) - 1
        return self.spans[index] if index >= 0 and onset < self.spans[index].end else None

    def between(self, onset: int, end: int) -> Iterator[ChordSpan]:
        """Yield the chords that sound in a stretch of time [ticks], cut to it."""
        for span in self.spans:
            first, last = max(span.onset, onset), min(span.end, end)
            if first < last:
                yield ChordSpan(first, last, span.harmony)

    def after(self, onset: int) -> ChordSpan | None:
        """Give the next chord that begins after an onset [ticks]."""
        index = bisect_right(self.spans, onset, key=lambda span: span.onset)
        return self.spans[index] if index < len(self.spans) else None


def chord_line(score: Score) -> ChordLine:
    """Read the chord symbols of a score.

    A symbol that says the same as the one before it is no new chord.

    Parameters
    ----------
    score : Score

    Returns
    -------
    line : ChordLine

    Raises
    ------
    ParameterError
        If there is no symbol before the end, or one cannot be read; the message names its place.

    Examples
    --------
    >>> from melodyai_edu.score import ChordSymbol, Melody
    >>> tune = Score.of_melody(Melody.from_events([(60, 96), (62, 96)]))
    >>> from dataclasses import replace
    >>> line = chord_line(replace(tune, chords=(ChordSymbol(0, "C"), ChordSymbol(96, "G7/B"))))
    >>> [(span.onset, span.end, span.harmony.bass) for span in line.spans]
    [(0, 96, 0), (96, 192, 11)]
    """
    symbols = [symbol for symbol in score.chords if symbol.onset < score.duration]
    if not symbols:
        raise ParameterError(
            "score has no chord symbols to arrange: harmonise it first, so that score.chords is "
            "filled"
        )
    spans: list[ChordSpan] = []
    for symbol in symbols:
        try:
            harmony = parse_chord_symbol(symbol.text)
        except ParameterError as error:
            raise ParameterError(f"the chord at tick {symbol.onset}: {error}") from error
        if spans and spans[-1].onset == symbol.onset:
            spans.pop()  # of two at one place the later one holds
        if spans and _is_same(spans[-1].harmony, harmony):
            continue
        if spans:
            spans[-1] = spans[-1]._replace(end=symbol.onset)
        spans.append(ChordSpan(symbol.onset, score.duration, harmony))
    return ChordLine(tuple(spans))


def _is_same(one: Harmony, other: Harmony) -> bool:
    return (one.bass, set(one.pitch_classes)) == (other.bass, set(other.pitch_classes))
