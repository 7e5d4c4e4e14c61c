"""Which tunes are nearly the same, so that none of them is learned from and tested on.

Conventions
-----------
A *fingerprint* is a set of hashes of short windows of a melody, the same in every key and at every
tempo. Two views are cut into windows: each note (its interval, and its length beside the last) and
each beat (the interval from what sounds on one beat to the next), so that neither a few changed
notes nor added ornaments hide a tune. Tunes that share enough windows are one *group*.

Contents
--------
fingerprint, near_duplicates, groups, split_of
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import combinations

import numpy as np

from melodyai_edu.io.estimate import skyline
from melodyai_edu.score import TICKS_PER_QUARTER, Score

__all__ = ["fingerprint", "groups", "near_duplicates", "split_of"]

#: Steps in a window. Eight notes is what the copy check counts as well.
_WINDOW = 8
#: Two tunes are near-duplicates if they share this part of the smaller one's windows ...
_SHARE = 0.25
#: ... and at least so many; a window in more tunes than the last number tells nothing of any.
_FEWEST, _COMMONPLACE = 3, 50

_PRIME = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio in 64 bits: spreads the symbols


def fingerprint(score: Score) -> np.ndarray:
    """Hash the windows of a score's first part.

    Parameters
    ----------
    score : Score

    Returns
    -------
    hashes : np.ndarray [shape=(windows,), uint64]
        Sorted, each once; empty for fewer than three notes. The whole melody is one of them.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Melody.from_events([(60, 24), (62, 24), (64, 48), (62, 24), (67, 24), (60, 48)] * 3)
    >>> a, b = (fingerprint(Score.of_melody(tune.transposed(shift))) for shift in (0, 5))
    >>> bool(np.array_equal(a, b)), len(a)
    (True, 15)
    """
    notes = skyline(score.parts[0].notes) if score.parts else ()
    if len(notes) < 3:
        return np.zeros(0, dtype=np.uint64)
    pitches = np.array([note.pitch for note in notes])
    onsets = np.array([note.onset for note in notes])
    by_note = _note_symbols(pitches, onsets)
    by_beat = _beat_symbols(score, pitches, onsets)
    windows = [_windows(by_note, _WINDOW), _windows(by_note, len(by_note)), by_beat]
    return np.unique(np.concatenate(windows))


def _note_symbols(pitches: np.ndarray, onsets: np.ndarray) -> np.ndarray:
    """Pair each interval with the ratio of the lengths before and after it."""
    lengths = np.diff(onsets).astype(float)
    ratios = np.round(2 * np.log2(lengths[1:] / lengths[:-1])).astype(int)
    symbols: np.ndarray = 1 + 64 * (np.diff(pitches)[1:] + 128) + (ratios + 32) % 64
    return symbols


def _beat_symbols(score: Score, pitches: np.ndarray, onsets: np.ndarray) -> np.ndarray:
    """Hash windows of the intervals from beat to beat; those that hardly move tell nothing."""
    beat = min(score.meter.beat_durations[0], int(1.5 * TICKS_PER_QUARTER))
    beats = np.arange(score.pickup, score.duration, beat)
    sounding = pitches[np.maximum(np.searchsorted(onsets, beats, side="right") - 1, 0)]
    intervals = np.diff(sounding)
    if len(intervals) < _WINDOW:
        return np.zeros(0, dtype=np.uint64)
    moving = np.lib.stride_tricks.sliding_window_view(intervals != 0, _WINDOW).sum(axis=1)
    hashes: np.ndarray = _windows(100_000 + intervals, _WINDOW)[moving > _WINDOW // 2]
    return hashes


def _windows(symbols: np.ndarray, size: int) -> np.ndarray:
    """Hash every window of so many symbols [uint64]."""
    if not 0 < size <= len(symbols):
        return np.zeros(0, dtype=np.uint64)
    views = np.lib.stride_tricks.sliding_window_view(symbols.astype(np.uint64), size)
    hashes = np.full(len(views), size, dtype=np.uint64)
    for place in range(size):
        hashes = (hashes ^ views[:, place]) * _PRIME
        hashes ^= hashes >> np.uint64(29)
    return hashes


def near_duplicates(fingerprints: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    """List the pairs of tunes that share enough of their windows.

    Parameters
    ----------
    fingerprints : sequence of np.ndarray [uint64]

    Returns
    -------
    pairs : list of (int, int)
        Indices, the smaller first, sorted.
    """
    owners: defaultdict[int, list[int]] = defaultdict(list)
    for index, hashes in enumerate(fingerprints):
        for value in hashes.tolist():
            owners[value].append(index)
    shared: Counter[tuple[int, int]] = Counter()
    for indices in owners.values():
        if 2 <= len(indices) <= _COMMONPLACE:
            shared.update(combinations(indices, 2))
    sizes = [len(hashes) for hashes in fingerprints]
    return sorted(
        pair
        for pair, count in shared.items()
        if count >= _enough(min(sizes[pair[0]], sizes[pair[1]]))
    )


def _enough(size: int) -> float:
    """Say how many windows two tunes must share, of the smaller one's so many."""
    return max(_SHARE * size, min(_FEWEST, size))


def groups(fingerprints: Sequence[np.ndarray]) -> np.ndarray:
    """Gather tunes that are near-duplicates, of each other or by way of others.

    Parameters
    ----------
    fingerprints : sequence of np.ndarray [uint64]

    Returns
    -------
    first : np.ndarray [shape=(tunes,), int]
        For each tune the smallest index in its group.
    """
    parents = list(range(len(fingerprints)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for a, b in near_duplicates(fingerprints):
        low, high = sorted((root(a), root(b)))
        parents[high] = low
    return np.array([root(index) for index in range(len(fingerprints))], dtype=int)


def split_of(names: Iterable[str], shares: tuple[float, float] = (0.8, 0.1)) -> list[str]:
    """Put each name on a fixed side: train, valid or test.

    Parameters
    ----------
    names : iterable of str
        The name of each group's first tune. Nothing else decides, so adding tunes moves no other.
    shares : (float, float) [0-1], default (0.8, 0.1)
        The parts that go to train and to valid.

    Returns
    -------
    splits : list of str

    Examples
    --------
    >>> split_of(["oneill-0001", "oneill-0002", "oneill-0001"])
    ['train', 'train', 'train']
    """
    return [_side(name, shares) for name in names]


def _side(name: str, shares: tuple[float, float]) -> str:
    place = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") / 2**64
    if place < shares[0]:
        return "train"
    return "valid" if place < sum(shares) else "test"
