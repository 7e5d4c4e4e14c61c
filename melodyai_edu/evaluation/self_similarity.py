"""Self-similarity: how alike bars are that stand so many bars apart.

Conventions
-----------
A *lag* is a number of bars. Likeness is that of `melodyai_edu.theory.repetition.bar_similarity`,
tick by tick; a pickup is left out. A piece with no two bars so far apart says nothing of a lag.

Contents
--------
LAGS, self_similarity, LagRow, compare_lags
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.score import Score
from melodyai_edu.theory.repetition import bar_similarity

__all__ = ["LAGS", "LagRow", "compare_lags", "self_similarity"]

#: Motif, idea, phrase, section and pair of sections [bars].
LAGS = (1, 2, 4, 8, 16)


def self_similarity(score: Score, lags: Sequence[int] = LAGS) -> dict[int, float]:
    """Say how alike bars are at each distance.

    Parameters
    ----------
    score : Score
        Its first part is the melody.
    lags : sequence of int, default (1, 2, 4, 8, 16) [bars]

    Returns
    -------
    likeness : dict of int to float [0-1]
        The mean over all pairs of bars so far apart; without the lags that the piece is too short
        for.

    Raises
    ------
    ParameterError
        If there is no note, or a lag is below 1.

    References
    ----------
    Foote (1999), Visualizing music and audio using self-similarity, ACM Multimedia: the matrix, of
    which these are the means along diagonals.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Melody.from_events([(60, 96), (62, 96), (60, 96), (62, 96)])
    >>> self_similarity(Score.of_melody(tune))
    {1: 0.0, 2: 1.0}
    """
    if not score.parts or not score.parts[0].notes:
        raise ParameterError("a melody must have at least one note to be compared with itself")
    if any(lag < 1 for lag in lags):
        raise ParameterError(f"lags={tuple(lags)} must be 1 bar or more")
    melody = score.parts[0].melody(score.duration)
    likeness = bar_similarity(melody, score.meter, score.pickup)
    return {lag: float(np.diagonal(likeness, lag).mean()) for lag in lags if lag < len(likeness)}


class LagRow(NamedTuple):
    """One lag of a comparison.

    Parameters
    ----------
    lag : int [bars]
    ours : float [0-1]
        The mean of the pieces.
    human : float [0-1]
    low, high : float [0-1]
        The 95% interval of the human mean.
    pieces, tunes : int
        How many are long enough.
    """

    lag: int
    ours: float
    human: float
    low: float
    high: float
    pieces: int
    tunes: int

    @property
    def is_inside(self) -> bool:
        """Whether the pieces' mean lies in the human interval."""
        return self.low <= self.ours <= self.high

    @property
    def verdict(self) -> str:
        """``"inside"``, ``"BELOW"`` or ``"ABOVE"``."""
        return "inside" if self.is_inside else "BELOW" if self.ours < self.low else "ABOVE"

    def __str__(self) -> str:
        return (
            f"lag {self.lag:2}: {self.ours:.3f} ({self.pieces})   human {self.human:.3f} "
            f"[{self.low:.3f}, {self.high:.3f}] ({self.tunes})   {self.verdict}"
        )


def compare_lags(
    pieces: Sequence[Score], tunes: Sequence[Score], lags: Sequence[int] = LAGS
) -> tuple[LagRow, ...]:
    """Set the self-similarity of pieces beside that of human tunes.

    Parameters
    ----------
    pieces, tunes : sequence of Score
    lags : sequence of int, default (1, 2, 4, 8, 16) [bars]

    Returns
    -------
    rows : tuple of LagRow
        For each lag that some piece and some tune are long enough for.

    Raises
    ------
    ParameterError
        If one of them has no note.

    References
    ----------
    The interval is that of `melodyai_edu.evaluation.intervals.bootstrap` over tunes.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> one, other = (Score.of_melody(Melody.from_events([(60, 96), (pitch, 96)] * 2))
    ...               for pitch in (62, 60))
    >>> [row.verdict for row in compare_lags([one], [other])]
    ['BELOW', 'inside']
    """
    ours, human = ([self_similarity(score, lags) for score in side] for side in (pieces, tunes))
    rows = []
    for lag in lags:
        mine, theirs = ([found[lag] for found in side if lag in found] for side in (ours, human))
        if mine and theirs:
            mean, low, high = bootstrap(theirs)
            rows.append(LagRow(lag, float(np.mean(mine)), mean, low, high, len(mine), len(theirs)))
    return tuple(rows)
