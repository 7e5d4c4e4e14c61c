"""Four voices on a grid of 16ths, and what a model may know before it names the next cell.

Conventions
-----------
A cell is the pitch that one voice sounds at one step (a 16th): 0 is silence, 1 to 46 are the MIDI
pitches 36 to 81, 47 stands before the first step. Cells are named step by step and, within a step,
in the order ``ORDER``: soprano, bass, alto, tenor. Voices are numbered soprano 0 to bass 3. A held
and a repeated note look alike, as in the published data sets.

A place is (position in the bar [16ths], length of the bar [16ths]); (-1, -1) where nobody says.

Contents
--------
LOWEST, STEP, NUM_CELLS, ORDER, HEARD_SIZES, CELL_SIZES, GridReader, grid_of, cells_of, places_of,
grid_features, GridFeatures
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.chorales import sounding
from melodyai_edu.score import Score

__all__ = [
    "CELL_SIZES",
    "HEARD_SIZES",
    "LOWEST",
    "NUM_CELLS",
    "ORDER",
    "STEP",
    "GridFeatures",
    "GridReader",
    "cells_of",
    "grid_features",
    "grid_of",
    "places_of",
]

#: Ticks of a step: a 16th.
STEP = 6

#: Silence and 46 pitches, of which cell 1 is LOWEST.
NUM_CELLS, LOWEST = 47, 36

#: In which order the voices of a step are named, soprano 0 to bass 3.
ORDER = (0, 3, 1, 2)

_START, _OTHERS = 47, ((1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2))
_PAIRS = ((0, 1), (1, 2), (2, 3), (0, 3))
_MOVE, _NEAR, _WIDE, _OLDEST = 12, 18, 24, 16
_UNDECIDED = 2 * _MOVE + 2
_PLACES, _BARS = 25, 5
_PLACE_SIZES = (_PLACES, _BARS, 4)

#: How many values each feature of the step before has: pitches, intervals, motions, ages, place.
HEARD_SIZES = (
    *(48,) * 4,
    *(2 * _NEAR + 2,) * 4,
    *(2 * _MOVE + 2,) * 4,
    *(_OLDEST + 1,) * 4,
    16,
    *_PLACE_SIZES,
)

#: The same for a cell: own pitch, age and motion; each other voice's interval and motion; place.
CELL_SIZES = (
    48,
    _OLDEST + 1,
    2 * _MOVE + 2,
    *(2 * _WIDE + 2, 2 * _MOVE + 3) * 3,
    *_PLACE_SIZES,
)


class GridFeatures(NamedTuple):
    """What a model reads of a batch.

    Parameters
    ----------
    heard : np.ndarray [shape=(B, T, len(HEARD_SIZES)), int16]
        Of everything before each step.
    chroma : np.ndarray [shape=(B, T, 12), float32]
        Share of each pitch class in all that sounded before.
    cells : np.ndarray [shape=(B, T, 4, len(CELL_SIZES)), int16]
        For each voice, with what was already named in its step.
    references : np.ndarray [shape=(B, T, 4, 4), int16]
        The cells to which a candidate is compared: the voice's own last one, then the others'.
    """

    heard: np.ndarray
    chroma: np.ndarray
    cells: np.ndarray
    references: np.ndarray


def _is_pitch(cells: np.ndarray) -> np.ndarray:
    return (cells > 0) & (cells < _START)


def _difference(a: np.ndarray, b: np.ndarray, limit: int) -> np.ndarray:
    """Give a - b, cut to the limit, from 0; one more where either is no pitch."""
    both = _is_pitch(a) & _is_pitch(b)
    return np.where(both, np.clip(a - b, -limit, limit) + limit, 2 * limit + 1)


class GridReader:
    """Reads four voices step by step and tells the features.

    Parameters
    ----------
    batch : int
        Number of pieces, B.
    """

    def __init__(self, batch: int) -> None:
        self.last = np.full((batch, 4), _START, np.int16)
        self.moved = np.full((batch, 4), 2 * _MOVE + 1, np.int16)
        self.motion = self.moved.copy()
        self.age = np.zeros((batch, 4), np.int16)
        self.chroma = np.zeros((batch, 12), np.float32)
        self.step = 0

    def take(self, which: np.ndarray) -> GridReader:
        """Give a reader of some pieces of the batch, perhaps several times."""
        other = GridReader(len(which))
        for name in ("last", "moved", "motion", "age", "chroma"):
            setattr(other, name, getattr(self, name)[which])
        other.step = self.step
        return other

    def place(self, places: np.ndarray) -> np.ndarray:
        """Give the features of a place [shape=(B, 2)] at the step to come."""
        position, bar = places[:, 0], places[:, 1]
        known = (position >= 0) & (position < _PLACES - 1)
        kind = np.select([bar == 12, bar == 16, bar == 24, bar >= 0], [0, 1, 2, 3], 4)
        phase = np.full(len(places), self.step % 4)
        return np.stack(
            [np.where(known, position, _PLACES - 1), np.where(known, kind, 4), phase], axis=1
        )

    def heard(self, places: np.ndarray) -> np.ndarray:
        """Give what is known before the step to come [shape=(B, len(HEARD_SIZES))]."""
        pairs = [_difference(self.last[:, a], self.last[:, b], _NEAR) for a, b in _PAIRS]
        progress = np.full((len(self.last), 1), min(self.step // 16, 15))
        columns = [self.last, np.stack(pairs, 1), self.moved, self.age, progress]
        return np.concatenate([*columns, self.place(places)], axis=1).astype(np.int16)

    def shares(self) -> np.ndarray:
        """Give the share of each pitch class so far [shape=(B, 12)]."""
        found: np.ndarray = self.chroma / np.maximum(1.0, self.chroma.sum(1, keepdims=True))
        return found

    def cell(
        self, voice: int, named: np.ndarray, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give the features of one voice's next cell.

        Parameters
        ----------
        voice : int
        named : np.ndarray [shape=(B, 4), int]
            The cells of this step; only those before the voice in ``ORDER`` are read.
        places : np.ndarray [shape=(B, 2), int]

        Returns
        -------
        features : np.ndarray [shape=(B, len(CELL_SIZES)), int16]
        references : np.ndarray [shape=(B, 4), int16]
        """
        own = self.last[:, voice]
        before = ORDER[: ORDER.index(voice)]
        columns = [own, self.age[:, voice], self.motion[:, voice]]
        references = [own]
        for other in _OTHERS[voice]:
            if other in before:
                pitch = named[:, other]
                motion = _difference(pitch, self.last[:, other], _MOVE)
            else:
                pitch, motion = self.last[:, other], np.full(len(own), _UNDECIDED)
            columns += [_difference(pitch, own, _WIDE), motion]
            references.append(pitch)
        features = np.concatenate([np.stack(columns, 1), self.place(places)], axis=1)
        compared = np.stack(references, 1)
        return features.astype(np.int16), np.where(compared < _START, compared, 0).astype(np.int16)

    def advance(self, cells: np.ndarray) -> None:
        """Hear the cells of a whole step [shape=(B, 4), int]."""
        self.moved = _difference(cells, self.last, _MOVE).astype(np.int16)
        same = cells == self.last
        self.motion = np.where(same, self.motion, self.moved)
        self.age = np.where(same, np.minimum(self.age + 1, _OLDEST), 0).astype(np.int16)
        for voice in range(4):
            sounding = np.flatnonzero(_is_pitch(cells[:, voice]))
            self.chroma[sounding, (cells[sounding, voice] - 1) % 12] += 1.0
        self.last = cells.astype(np.int16)
        self.step += 1


def grid_features(cells: np.ndarray, places: np.ndarray) -> GridFeatures:
    """Read whole pieces.

    Parameters
    ----------
    cells : np.ndarray [shape=(B, T, 4), int]
    places : np.ndarray [shape=(B, T, 2), int]

    Returns
    -------
    features : GridFeatures

    Examples
    --------
    >>> cells = np.full((1, 8, 4), [[37, 32, 28, 13]])
    >>> grid_features(cells, np.full((1, 8, 2), -1)).cells.shape
    (1, 8, 4, 12)
    """
    reader, rows = GridReader(len(cells)), []
    for step in range(cells.shape[1]):
        now, place = cells[:, step], places[:, step]
        named = [reader.cell(voice, now, place) for voice in range(4)]
        rows.append(
            (
                reader.heard(place),
                reader.shares().astype(np.float32),
                np.stack([features for features, _ in named], axis=1),
                np.stack([references for _, references in named], axis=1),
            )
        )
        reader.advance(now)
    return GridFeatures(*(np.stack(column, axis=1) for column in zip(*rows, strict=True)))


def grid_of(score: Score) -> np.ndarray:
    """Put the four parts of a score on the grid.

    Parameters
    ----------
    score : Score
        Of four parts, soprano first, each of one voice.

    Returns
    -------
    cells : np.ndarray [shape=(T, 4), int16]

    Raises
    ------
    ParameterError
        If there are not four parts, or a pitch lies outside 36 to 81.
    """
    if len(score.parts) != 4:
        raise ParameterError(
            f"score has {len(score.parts)} parts; a chorale grid needs four: S, A, T, B"
        )
    return cells_of(sounding(score))


def cells_of(pitches: np.ndarray) -> np.ndarray:
    """Turn pitches into cells.

    Parameters
    ----------
    pitches : np.ndarray [shape=(T, 4), int, MIDI]
        0 is silence.

    Returns
    -------
    cells : np.ndarray [shape=(T, 4), int16]

    Raises
    ------
    ParameterError
        If a pitch lies outside 36 to 81.
    """
    cells = np.where(pitches > 0, pitches - LOWEST + 1, 0)
    outside = pitches[(cells < 0) | (cells >= NUM_CELLS) | ((pitches > 0) & (cells < 1))]
    if len(outside):
        raise ParameterError(
            f"pitch={outside[0]} must be {LOWEST} to {LOWEST + NUM_CELLS - 2} on the chorale grid"
        )
    return cells.astype(np.int16)


def places_of(score: Score, length: int) -> np.ndarray:
    """Say where in its bar each step of a score stands.

    Parameters
    ----------
    score : Score
    length : int [steps]

    Returns
    -------
    places : np.ndarray [shape=(T, 2), int16]
        A pickup ends its bar.
    """
    places = np.zeros((length, 2), np.int16)
    onsets = np.array(score.bar_onsets())
    for step in range(length):
        onset = step * STEP
        start = int(onsets[onsets <= onset][-1])
        bar = score.meter_at(onset).bar_duration
        shift = bar - score.pickup if start == 0 and score.pickup else 0
        places[step] = (onset - start + shift) // STEP, bar // STEP
    return places
