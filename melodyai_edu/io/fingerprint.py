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

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain

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

#: So many meetings of two tunes in a window are counted at once: 100 MB.
_AT_ONCE = 2_000_000

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
        Each hash once in a tune.

    Returns
    -------
    pairs : list of (int, int)
        Indices, the smaller first, sorted.
    """
    return [(a, b) for pairs in _pairs(fingerprints) for a, b in pairs.tolist()]


def _pairs(fingerprints: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Give the near-duplicates, those of some tunes at a time [shape=(pairs, 2), int64].

    A window meets at most so many others: time grows with the number of windows, not of pairs.
    """
    sizes = np.array([len(hashes) for hashes in fingerprints], dtype=np.int64)
    if not sizes.sum():
        return
    owners, counts = _shared_windows(np.concatenate(fingerprints), sizes)
    later = np.repeat(np.cumsum(counts), counts) - 1 - np.arange(len(owners))
    places = np.argsort(owners, kind="stable")  # tune after tune
    met = np.concatenate(([0], np.cumsum(later[places])))
    first = np.searchsorted(owners[places], np.arange(len(sizes) + 1))
    start = 0
    while start < len(sizes):
        limit = met[first[start]] + _AT_ONCE
        end = max(int(np.searchsorted(met[first], limit, side="right")) - 1, start + 1)
        yield _enough_shared(owners, later, places[first[start] : first[end]], sizes)
        start = end


def _shared_windows(hashes: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the owners of each window that a few tunes share, and how many they are."""
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    is_first = np.concatenate(([True], hashes[1:] != hashes[:-1], [True]))
    counts = np.diff(np.flatnonzero(is_first))
    is_telling = (counts >= 2) & (counts <= _COMMONPLACE)
    order = order[np.repeat(is_telling, counts)]
    return np.searchsorted(np.cumsum(sizes), order, side="right"), counts[is_telling]


def _enough_shared(
    owners: np.ndarray, later: np.ndarray, places: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """Pair the owners at some places with those behind them, and keep the near-duplicates."""
    partners = later[places]
    steps = np.arange(partners.sum()) - np.repeat(np.cumsum(partners) - partners, partners)
    others = owners[np.repeat(places, partners) + 1 + steps]
    pairs = np.repeat(owners[places], partners) * len(sizes) + others
    pairs, shared = np.unique(pairs, return_counts=True)
    pairs = np.stack(np.divmod(pairs, len(sizes)), axis=1)
    smaller = sizes[pairs].min(axis=1)
    enough = np.maximum(_SHARE * smaller, np.minimum(_FEWEST, smaller))
    near: np.ndarray = pairs[shared >= enough]
    return near


def groups(fingerprints: Sequence[np.ndarray]) -> np.ndarray:
    """Gather tunes that are near-duplicates, of each other or by way of others.

    Parameters
    ----------
    fingerprints : sequence of np.ndarray [uint64]

    Returns
    -------
    first : np.ndarray [shape=(tunes,), int]
        For each tune the smallest index in its group. Tunes with the same fingerprint are one
        group, however many they are.

    Examples
    --------
    >>> tune, other = np.arange(9, dtype=np.uint64), np.arange(20, 29, dtype=np.uint64)
    >>> groups([tune, other, tune[:5]]).tolist()
    [0, 1, 0]
    """
    parents = list(range(len(fingerprints)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for pairs in chain([_copies(fingerprints)], _pairs(fingerprints)):
        for a, b in pairs.tolist():
            low, high = sorted((root(a), root(b)))
            parents[high] = low
    return np.array([root(index) for index in range(len(fingerprints))], dtype=int)


def _copies(fingerprints: Sequence[np.ndarray]) -> np.ndarray:
    """Pair each tune with the first that has the same fingerprint [shape=(pairs, 2), int64].

    More copies than a commonplace has owners share no window that counts.
    """
    seen: dict[bytes, int] = {}
    found = [
        (first, index)
        for index, hashes in enumerate(fingerprints)
        if len(hashes) and (first := seen.setdefault(_digest(hashes), index)) != index
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _digest(hashes: np.ndarray) -> bytes:
    return blake2b(hashes.tobytes(), digest_size=16).digest()


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
