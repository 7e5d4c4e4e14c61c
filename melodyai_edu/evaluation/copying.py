"""How much of a melody stands in the tunes that a model learned from.

Conventions
-----------
Two runs of notes are the same if their intervals [semitones] and the times between their onsets
[ticks] are equal: the key does not matter, and a note cut short before a rest does not either. A
run of n notes has n - 1 *moves*, each an interval with the time it takes. A *window* is 8 notes.

Copying is no fault in itself: tunes of one tradition share runs of notes. So each figure stands
beside the same figure for *held-out human tunes*, which the model has not seen either.

Contents
--------
WINDOW, CopyIndex, CopyReport, HumanCopying, copy_report
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.score import Melody

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["WINDOW", "CopyIndex", "CopyReport", "HumanCopying", "copy_report"]

#: Notes in a window: two bars of eighths in 4/4, long enough to be recognised.
WINDOW = 8

_LENGTHS = range(WINDOW - 1, 0, -1)  # of runs that are looked up, in moves
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio (Knuth 1998, 6.4)
_FEWEST_HUMANS = 20  # of one genre, for an interval of its own


def _moves(melody: Melody) -> np.ndarray:
    """Give the moves of a melody as one number each [shape=(notes - 1,), uint64]."""
    intervals = melody.intervals + 128
    moves: np.ndarray = (intervals + 256 * np.diff(melody.onsets)).astype(np.uint64)
    return moves


def _runs(moves: np.ndarray, length: int) -> np.ndarray:
    """Give one number for each run of that many moves."""
    number = max(len(moves) - length + 1, 0)
    runs = np.zeros(number, np.uint64)
    for place in range(length):
        runs = (runs + moves[place : place + number] + np.uint64(1)) * _MULTIPLIER
        runs ^= runs >> np.uint64(29)
    return runs


class CopyIndex:
    """Every run of notes in a set of tunes, ready to be looked up.

    Parameters
    ----------
    tunes : iterable of Tune
        Anything with ``title`` and ``melody``.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> scale = Melody.from_events([(pitch, 12) for pitch in (60, 62, 64, 65, 67, 69, 71, 72, 74)])
    >>> index = CopyIndex([SimpleNamespace(title="A scale", melody=scale)])
    >>> index.longest_run(scale.transposed(3)), index.window_share(scale)
    ((9, 0), 1.0)
    """

    def __init__(self, tunes: Iterable[Tune]) -> None:
        self.tunes = tuple(tunes)
        moves = [_moves(tune.melody) for tune in self.tunes]
        # A number that is no move stands after each tune, so that no run crosses into the next.
        wall = [np.array([2**40 + number], np.uint64) for number in range(len(moves))]
        self._ends = np.cumsum([len(tune) + 1 for tune in moves])
        self._moves = np.concatenate(
            [part for pair in zip(moves, wall, strict=True) for part in pair]
            or [np.zeros(0, np.uint64)]
        )
        self._sorted: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def _lookup(self, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Give all runs of that many moves, sorted, and where they begin."""
        if length not in self._sorted:
            runs = _runs(self._moves, length)
            order = np.argsort(runs, kind="stable")
            self._sorted[length] = runs[order], order
        return self._sorted[length]

    def window_share(self, melody: Melody) -> float:
        """Give the share of the melody's windows that stand in the tunes [0-1]."""
        runs = _runs(_moves(melody), WINDOW - 1)
        if not runs.size:
            return 0.0
        known, _ = self._lookup(WINDOW - 1)
        found = known.searchsorted(runs, "left") < known.searchsorted(runs, "right")
        return float(found.mean())

    def knows(self, moves: Sequence[tuple[int, int]]) -> bool:
        """Say whether a run of moves stands in a tune.

        Parameters
        ----------
        moves : sequence of (int, int)
            Each an interval [semitones] and the time between its onsets [ticks]; at least one.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> melody = Melody.from_events([(60, 12), (62, 12), (64, 24)])
        >>> index = CopyIndex([SimpleNamespace(title="Do re mi", melody=melody)])
        >>> index.knows([(2, 12), (2, 12)]), index.knows([(2, 12), (2, 24)])
        (True, False)
        """
        number = 0
        for interval, ticks in moves:  # as in _runs, but one run is quicker without arrays
            number = (number + interval + 129 + 256 * ticks) * int(_MULTIPLIER) % 2**64
            number ^= number >> 29
        known, _ = self._lookup(len(moves))
        place = int(known.searchsorted(np.uint64(number)))
        return place < len(known) and int(known[place]) == number

    def longest_run(self, melody: Melody) -> tuple[int, int | None]:
        """Find the longest run of the melody's notes that stands in a tune.

        Parameters
        ----------
        melody : Melody

        Returns
        -------
        notes : int
            Its length; 0 if not even two notes stand anywhere.
        tune : int or None
            Which tune, by its place in ``tunes``.
        """
        moves = _moves(melody)
        for length in _LENGTHS:
            here, there = self._matches(moves, length)
            if here.size:
                return self._extend(moves, here, there, length)
        return 0, None

    def _matches(self, moves: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """List every place in the melody with every place in the tunes that has the same run."""
        known, order = self._lookup(length)
        runs = _runs(moves, length)
        first, last = known.searchsorted(runs, "left"), known.searchsorted(runs, "right")
        numbers = last - first
        here = np.repeat(np.arange(len(runs)), numbers)
        within = np.arange(len(here)) - np.repeat(numbers.cumsum() - numbers, numbers)
        return here, order[np.repeat(first, numbers) + within]

    def _extend(
        self, moves: np.ndarray, here: np.ndarray, there: np.ndarray, length: int
    ) -> tuple[int, int]:
        """Let all matches grow together until none is left; the last one is the longest."""
        padded = np.append(moves, np.uint64(2**50))
        while True:
            grows = padded[here + length] == self._moves[there + length]
            if not grows.any():
                tune = int(self._ends.searchsorted(there.min(), side="right"))
                return length + 1, tune
            here, there, length = here[grows], there[grows], length + 1


@dataclass(frozen=True, slots=True)
class HumanCopying:
    """The figures of held-out human tunes.

    Parameters
    ----------
    genre : str or None
        None: of all genres.
    num_tunes : int
    longest_run, window_share : tuple of three floats
        2.5%, 50% and 97.5% of the tunes lie under these [notes], [0-1].
    """

    genre: str | None
    num_tunes: int
    longest_run: tuple[float, float, float]
    window_share: tuple[float, float, float]

    @classmethod
    def of(cls, tunes: Sequence[Tune], index: CopyIndex, genre: str | None = None) -> HumanCopying:
        """Look up every held-out tune.

        Parameters
        ----------
        tunes : sequence of Tune
            Not those of the index.
        index : CopyIndex
        genre : str, optional
            Only these, if there are at least twenty.

        Returns
        -------
        human : HumanCopying
        """
        same = [tune for tune in tunes if tune.genre == genre]
        if genre is None or len(same) < _FEWEST_HUMANS:
            same, genre = list(tunes), None
        runs = [index.longest_run(tune.melody)[0] for tune in same]
        shares = [index.window_share(tune.melody) for tune in same]
        return cls(genre, len(same), _interval(runs), _interval(shares))


def _interval(values: Sequence[float]) -> tuple[float, float, float]:
    if not values:
        return (0.0, 0.0, 0.0)
    low, middle, high = np.percentile(values, (2.5, 50, 97.5))
    return float(low), float(middle), float(high)


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What of one melody stands in the training tunes.

    Parameters
    ----------
    longest_run : int [notes]
    source : str or None
        Title of the tune that has that run.
    window_share : float [0-1]
        Of the windows of 8 notes.
    human : HumanCopying, optional
    """

    longest_run: int
    source: str | None
    window_share: float
    human: HumanCopying | None = None

    @property
    def is_within_human(self) -> bool | None:
        """Whether both figures are at or under what 97.5% of human tunes have."""
        if self.human is None:
            return None
        return (
            self.longest_run <= self.human.longest_run[2]
            and self.window_share <= self.human.window_share[2]
        )

    def lines(self) -> tuple[str, ...]:
        """Say it in words, the human figures beside it."""
        run = f"Longest run copied from the training tunes: {self.longest_run} notes"
        run += f", from {self.source!r}" if self.source else ""
        share = f"Windows of {WINDOW} notes found there: {self.window_share:.0%}"
        if self.human is None:
            return run, share
        kind = f"{self.human.genre} tunes" if self.human.genre else "tunes"
        low, middle, high = self.human.longest_run
        a, b, c = self.human.window_share
        who = f"{self.human.num_tunes} held-out human {kind}"
        return (
            f"{run} ({who}: median {middle:.0f}, 95% from {low:.0f} to {high:.0f})",
            f"{share} (the same tunes: median {b:.0%}, 95% from {a:.0%} to {c:.0%})",
        )


def copy_report(
    melody: Melody, corpus: CopyIndex | Iterable[Tune], human: HumanCopying | None = None
) -> CopyReport:
    """Check a melody for copying.

    Parameters
    ----------
    melody : Melody
    corpus : CopyIndex, or iterable of Tune
        The training tunes; an index is built from them, which takes a moment for a whole corpus.
    human : HumanCopying, optional
        What to show beside it.

    Returns
    -------
    report : CopyReport

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> melody = Melody.from_events([(60, 12), (62, 12), (64, 24)])
    >>> copy_report(melody, [SimpleNamespace(title="Do re mi", melody=melody)]).lines()[0]
    "Longest run copied from the training tunes: 3 notes, from 'Do re mi'"
    """
    index = corpus if isinstance(corpus, CopyIndex) else CopyIndex(corpus)
    notes, tune = index.longest_run(melody)
    source = None if tune is None else index.tunes[tune].title
    return CopyReport(notes, source, index.window_share(melody), human)
