"""Long-term counts of every note under every choice of training folds, from one comparison.

Each note is compared with each other note of the set once: how many symbols before them agree.
What a model of these and those folds would have counted is then a sum, so that the training
notes of a network can be given what an n-gram that never saw their fold says of them.

Conventions
-----------
Counts are ``uint16[N, 11, ORDERS, V]``: one block for each of the ten folds that another note may
lie in, and one for the melodies of a note's own fold that are heard before its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from neural_features import REACH, REFERENCE, STEPS

from melodyai_edu.models import Escape
from melodyai_edu.models.smoothing import interpolate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ORDERS = 13
DEPTHS = (2, 5, 12)
VOICES = 2 * len(DEPTHS)
ESCAPE = Escape(constant=1.0, per_type=2.0)
FOLDS = 10
UNKNOWN = -12.0
"""The log probability of a step that leaves the alphabet: the network's mask forbids it anyway."""


class Notes(NamedTuple):
    """All notes of a set in the order of the folds, with the counts of both views."""

    pitch: np.ndarray
    before: np.ndarray
    fold: np.ndarray
    melody: np.ndarray
    alphabet: np.ndarray
    by_pitch: np.ndarray
    by_step: np.ndarray

    def rows(self, folds: Collection[int]) -> np.ndarray:
        """Find the notes of some folds."""
        return np.flatnonzero(np.isin(self.fold, list(folds)))


def compare(melodies: Sequence[Sequence[int]], folds: Sequence[np.ndarray]) -> Notes:
    """Lay the melodies out fold by fold and compare each note with each other."""
    order = [(fold, place) for fold, places in enumerate(folds) for place in places]
    lines = [np.asarray(melodies[place]) for _, place in order]
    lengths = [len(line) for line in lines]
    pitch = np.concatenate(lines)
    alphabet = np.unique(pitch)
    first = np.cumsum([0, *lengths[:-1]])
    before = np.concatenate([[REFERENCE], pitch[:-1]])
    before[first] = REFERENCE
    fold = np.repeat([fold for fold, _ in order], lengths)
    melody = np.repeat(np.arange(len(lines)), lengths)
    step = pitch - before
    is_first = np.zeros(len(pitch), dtype=bool)
    is_first[first] = True
    place = alphabet.searchsorted(pitch)
    by_pitch = _count(pitch, is_first, fold, np.broadcast_to(place, (len(place),) * 2))
    table = np.full(256, -1, dtype=np.int16)
    table[alphabet] = np.arange(len(alphabet))
    lead = before[:, None].astype(np.int16) + step[None, :].astype(np.int16)
    led = table[np.clip(lead, 0, 255)]
    led[is_first] = -1
    led[:, is_first] = -1
    by_step = _count(np.where(is_first, 999, step), is_first, fold, led)
    return Notes(pitch, before, fold, melody, alphabet, by_pitch, by_step)


def _count(
    symbol: np.ndarray, is_first: np.ndarray, fold: np.ndarray, lead: np.ndarray
) -> np.ndarray:
    """Count what followed equal contexts, by fold, length of agreement and symbol."""
    size, width = len(symbol), int(lead.max()) + 1
    counts = np.zeros((size, FOLDS + 1, ORDERS, width), dtype=np.uint16)
    shape = (FOLDS + 1, ORDERS, width)
    agreed, places = np.zeros(size, dtype=np.int64), np.arange(size)
    for now in range(size):
        if is_first[now]:
            agreed = is_first.astype(np.int64)
        else:
            same = np.zeros(size, dtype=bool)
            same[1:] = (symbol[:-1] == symbol[now - 1]) & ~is_first[1:]
            agreed = np.where(same, 1 + np.concatenate([[0], agreed[:-1]]), 0)
        block = np.where(fold == fold[now], np.where(places < now, FOLDS, -1), fold)
        told = (block >= 0) & (lead[now] >= 0)
        cells = (block[told] * ORDERS + np.minimum(agreed[told], ORDERS - 1)) * width
        cells += lead[now][told]
        exact = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
        counts[now] = exact[:, ::-1].cumsum(axis=1)[:, ::-1]
    return counts


def known(counts: np.ndarray, rows: np.ndarray, hidden: Collection[int]) -> np.ndarray:
    """Sum the counts of all folds but the hidden ones; a note's own fold counts while heard."""
    blocks = [block for block in range(FOLDS) if block not in hidden]
    return counts[rows][:, [*blocks, FOLDS]].sum(axis=1, dtype=np.float64)


def long_voices(
    notes: Notes, rows: np.ndarray, hidden: Collection[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Let long-term views of pitches and of steps predict, and say how sure they are.

    Returns
    -------
    voices : np.ndarray [shape=(N, STEPS, VOICES), float16]
        Log probabilities of each step.
    surety : np.ndarray [shape=(N, VOICES + 2), float16]
        The entropy of each voice [nats], and the length of the longest context known, by view.
    """
    voices = np.full((len(rows), STEPS, VOICES), UNKNOWN, dtype=np.float16)
    surety = np.zeros((len(rows), VOICES + 2), dtype=np.float16)
    step = notes.alphabet[None, :] - notes.before[rows][:, None] + REACH
    note, place = np.nonzero((step >= 0) & (step < STEPS))
    for view, counts in enumerate((notes.by_pitch, notes.by_step)):
        heard = known(counts, rows, hidden)
        longest = (heard.sum(axis=-1) > 0).sum(axis=-1)
        surety[:, VOICES + view] = longest / ORDERS
        for number, depth in enumerate(DEPTHS):
            said = np.log(interpolate(heard[:, : depth + 1], ESCAPE))
            voice = view * len(DEPTHS) + number
            voices[note, step[note, place], voice] = said[note, place]
            surety[:, voice] = -(np.exp(said) * said).sum(axis=-1)
    return voices, surety
