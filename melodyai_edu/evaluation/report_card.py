"""What a musician would count in a melody, beside the same counts of real tunes.

Conventions
-----------
A melody stands beside tunes of its own kind that the model has not seen. A count is no verdict:
it says where a melody is unlike them.

Contents
--------
statistics, ReportCard, report_card
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Score

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["ReportCard", "report_card", "statistics"]

_STEP = 2  # a step is a whole tone or less; anything wider is a leap [semitones]


def statistics(score: Score) -> dict[str, float]:
    """Count what can be heard in the first part of a score.

    Parameters
    ----------
    score : Score
        At least two notes, one at a time, in the first part.

    Returns
    -------
    counts : dict of str to float
        Notes a bar; the range and the widest leap [semitones]; the shares [percent] of intervals
        that are steps or repeat the note, of notes in the key, and of bars that have been heard
        before; whether the last note is the tonic [100 or 0].

    Raises
    ------
    ParameterError
        If the part has fewer than two notes.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> scale = Melody.from_events([(60, 24), (62, 24), (64, 24), (60, 24)])
    >>> {name: value for name, value in statistics(Score.of_melody(scale)).items() if value > 50}
    {'steps [%]': 66.7, 'notes in the key [%]': 100.0, 'ends on the tonic [%]': 100.0}
    """
    notes = score.parts[0].notes if score.parts else ()
    if len(notes) < 2:
        raise ParameterError(f"notes={len(notes)} must be 2 or more to count intervals")
    pitches = np.array([note.pitch for note in notes])
    leaps = np.abs(np.diff(pitches))
    inside = [note.pitch in score.key_at(note.onset).scale for note in notes]
    counts = {
        "notes a bar": len(notes) / score.bar_count,
        "range [semitones]": int(np.ptp(pitches)),
        "widest leap [semitones]": int(leaps.max()),
        "steps [%]": 100 * np.mean((leaps > 0) & (leaps <= _STEP)),
        "repeated notes [%]": 100 * np.mean(leaps == 0),
        "notes in the key [%]": 100 * np.mean(inside),
        "bars heard before [%]": 100 * _repeated_bars(score),
        "ends on the tonic [%]": 100.0 * (notes[-1].pitch_class == score.key.tonic_pitch_class),
    }
    return {name: round(float(value), 1) for name, value in counts.items()}


def _repeated_bars(score: Score) -> float:
    """Give the share of bars whose notes, as they stand, have been heard before [0-1]."""
    lines = np.array(score.bar_onsets())
    bars: dict[int, list[tuple[int, int, int]]] = {number: [] for number in range(len(lines))}
    for note in score.parts[0].notes:
        number = int(np.searchsorted(lines, note.onset, side="right")) - 1
        bars[number].append((note.onset - int(lines[number]), note.duration, note.pitch))
    heard = [tuple(bar) for bar in bars.values() if bar]
    return 1 - len(set(heard)) / len(heard)


@dataclass(frozen=True, slots=True)
class ReportCard:
    """A melody's counts, with the middle and the usual span of human tunes for each.

    Parameters
    ----------
    rows : tuple of (str, float, float, float, float)
        Name, the melody's value, and the median and the 5th and 95th percentile of the tunes.
    num_tunes : int
    """

    rows: tuple[tuple[str, float, float, float, float], ...]
    num_tunes: int

    @property
    def unlike(self) -> tuple[str, ...]:
        """The counts in which the melody lies outside nine tenths of the tunes."""
        return tuple(name for name, value, _, low, high in self.rows if not low <= value <= high)

    def __str__(self) -> str:
        head = f"{'':26}{'yours':>8}   {self.num_tunes} human tunes: median (5% to 95%)"
        lines = [
            f"{name:26}{value:8.1f}   {middle:6.1f} ({low:.1f} to {high:.1f})"
            f"{'' if low <= value <= high else '   <- unlike them'}"
            for name, value, middle, low, high in self.rows
        ]
        return "\n".join([head, *lines])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def report_card(score: Score, tunes: Iterable[Tune]) -> ReportCard:
    """Set a melody's counts beside those of real tunes.

    Parameters
    ----------
    score : Score
    tunes : iterable of Tune
        Of the same kind, and none that the model has learned from.

    Returns
    -------
    card : ReportCard

    Raises
    ------
    ParameterError
        If there are no tunes, or fewer than two notes in the score.
    """
    counts = [statistics(tune.score) for tune in tunes if tune.note_count > 1]
    if not counts:
        raise ParameterError("tunes=[] must hold at least one tune to compare with")
    rows = []
    for name, value in statistics(score).items():
        low, middle, high = np.percentile([count[name] for count in counts], (5, 50, 95))
        rows.append((name, value, float(middle), float(low), float(high)))
    return ReportCard(tuple(rows), len(counts))
