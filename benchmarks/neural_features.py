"""What a network may know before each note: functions of the pitches heard so far, of nothing else.

Conventions
-----------
A *step* is a number of semitones from the note before; the first note's step is counted from
`REFERENCE`. Candidates for the next note are the `STEPS`, from `-REACH` to `REACH`.

Contents
--------
Heard, hear, join
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.models.smoothing import ESCAPES, interpolate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REACH = 24
STEPS = 2 * REACH + 1
REFERENCE = 67
"""G above middle C: what the first note is measured from."""

ORDERS = 9
"""Contexts of 0 to 8 notes in the short-term views."""
DEPTHS = (1, 3, 8)
"""The longest context of each short-term voice: a cautious one, a middle one, a bold one."""
VOICES = 2 * len(DEPTHS)

WINDOW = 12
"""How many intervals, and how many pitches beside the last one, are given one by one."""
CLASSES = 26
"""Semitones from -12 to 12, and one class for 'before the beginning'."""
LOWEST, PITCHES = 40, 64
"""Pitches told apart in absolute terms: all others count as the nearest of these."""
FORGETTING = 0.85
"""What is left of a note's weight, one note later, in the recent one of two pitch-class counts."""


class Heard(NamedTuple):
    """Everything known before each of N notes.

    ``classes``: ``uint8[N, K]``, each below `CLASSES`. ``pitch``: the last pitch, ``uint8[N]``.
    ``reals``: ``float16[N, R]``. ``voices``: log probabilities of the short-term views for each
    step, ``float16[N, STEPS, VOICES]``. ``targets``: the step that came, ``uint8[N]``.
    """

    classes: np.ndarray
    pitch: np.ndarray
    reals: np.ndarray
    voices: np.ndarray
    targets: np.ndarray

    def pick(self, rows: np.ndarray) -> Heard:
        """Take some of the notes."""
        return Heard(*(field[rows] for field in self))


def join(parts: Iterable[Heard]) -> Heard:
    """Lay several one after the other."""
    return Heard(*(np.concatenate(field) for field in zip(*parts, strict=True)))


def hear(pitches: Sequence[int]) -> Heard:
    """Walk through one melody and note what was known before each of its notes."""
    melody = np.asarray(pitches, dtype=np.int64)
    before = np.concatenate([[REFERENCE], melody[:-1]])
    steps = np.clip(melody - before, -REACH, REACH)
    matches = _matches(steps, melody)
    voices = _voices(melody, before, steps, matches)
    classes = np.concatenate([_windows(melody), _place(melody, before), _longest(matches)], axis=1)
    reals = np.concatenate([_pitch_classes(melody, before), _shape(melody, before)], axis=1)
    entropy = -(np.exp(voices) * voices).sum(axis=1)
    return Heard(
        classes.astype(np.uint8),
        np.clip(before - LOWEST, 0, PITCHES - 1).astype(np.uint8),
        np.concatenate([reals, entropy], axis=1).astype(np.float16),
        voices.astype(np.float16),
        (steps + REACH).astype(np.uint8),
    )


def _matches(steps: np.ndarray, melody: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count, for each pair of notes, how far what came before them agrees: steps, pitches.

    ``[t, s]`` is 0 or more for ``s < t``, and -1 elsewhere. The first note has no step to learn.
    """
    size = len(melody)
    by_step = np.full((size, size), -1, dtype=np.int64)
    by_pitch = np.full((size, size), -1, dtype=np.int64)
    for now in range(1, size):
        agreed = np.zeros(now, dtype=np.int64)
        if now > 1:
            same = steps[now - 1] == steps[1 : now - 1]
            agreed[2:] = np.where(same, 1 + np.maximum(by_step[now - 1, 1 : now - 1], 0), 0)
            by_step[now, 1:now] = agreed[1:]
        by_pitch[now, 0] = 0
        here = melody[now - 1] == melody[: now - 1]
        by_pitch[now, 1:now] = np.where(here, 1 + agreed[1:], 0)
    return by_step, by_pitch


def _voices(
    melody: np.ndarray, before: np.ndarray, steps: np.ndarray, matches: tuple[np.ndarray, ...]
) -> np.ndarray:
    """Let short-term views of steps and of pitches predict: ``float[T, STEPS, VOICES]``."""
    found = []
    leads = np.broadcast_to(steps, matches[0].shape), melody[None, :] - before[:, None]
    for match, lead in zip(matches, leads, strict=True):
        counts = _counts(match, lead)
        found += [np.log(interpolate(counts[:, : depth + 1], ESCAPES["C"])) for depth in DEPTHS]
    return np.stack(found, axis=-1)


def _counts(match: np.ndarray, lead: np.ndarray) -> np.ndarray:
    """Count the steps that followed each length of agreement: ``float[T, ORDERS, STEPS]``."""
    now, then = np.nonzero(match >= 0)
    lead = np.clip(lead[now, then], -REACH, REACH) + REACH
    order = np.minimum(match[now, then], ORDERS - 1)
    cells = np.ravel_multi_index((now, order, lead), shape := (len(match), ORDERS, STEPS))
    exact = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    return exact[:, ::-1].cumsum(axis=1)[:, ::-1].astype(float)


def _to_class(semitones: np.ndarray) -> np.ndarray:
    return np.clip(semitones, -12, 12) + 13


def _windows(melody: np.ndarray) -> np.ndarray:
    """Give the last intervals, and the pitches before the last one as seen from it."""
    size = len(melody)
    classes = np.zeros((size, 2 * WINDOW), dtype=np.int64)
    for back in range(1, WINDOW + 1):
        rows = np.arange(back + 1, size)
        interval = melody[rows - back] - melody[rows - back - 1]
        classes[rows, back - 1] = _to_class(interval)
        classes[rows, WINDOW + back - 1] = _to_class(melody[rows - back - 1] - melody[rows - 1])
    return classes


def _place(melody: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Give the place in the melody, and the first, the highest, the lowest pitch from the last."""
    place = np.minimum(np.arange(len(melody)), CLASSES - 1)
    far = np.minimum(np.arange(len(melody)) // 8, CLASSES - 1)
    high = np.concatenate([[REFERENCE], np.maximum.accumulate(melody)[:-1]])
    low = np.concatenate([[REFERENCE], np.minimum.accumulate(melody)[:-1]])
    seen = [_to_class(value - before) for value in (np.full_like(before, melody[0]), high, low)]
    for column in seen:
        column[0] = 0
    return np.stack([place, far, *seen], axis=1)


def _longest(matches: tuple[np.ndarray, ...]) -> np.ndarray:
    """Give the longest agreement with an earlier place, and how long ago the latest such was."""
    columns = []
    for match in matches:
        longest = match.max(axis=1)
        latest = match.shape[1] - 1 - match[:, ::-1].argmax(axis=1)
        ago = np.where(longest > 0, np.arange(len(match)) - latest, 0)
        columns += [np.clip(longest + 1, 0, CLASSES - 1), np.clip(ago, 0, CLASSES - 1)]
    return np.stack(columns, axis=1)


def _pitch_classes(melody: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Share the pitch classes heard, all and recent ones, absolute and from the last note."""
    size = len(melody)
    share = np.zeros((size, 2, 12))
    for now in range(1, size):
        share[now] = share[now - 1] * np.array([[1.0], [FORGETTING]])
        share[now, :, melody[now - 1] % 12] += 1
    share /= np.maximum(share.sum(axis=-1, keepdims=True), 1)
    turned = (before[:, None] + np.arange(12)) % 12
    relative = np.take_along_axis(share, turned[:, None, :].repeat(2, axis=1), axis=2)
    # The last block is absolute: networks can be told to do without it.
    return np.concatenate([relative.reshape(size, 24), share[:, 0]], axis=1)


def _shape(melody: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Measure the place in the melody and the mean pitch against the last one."""
    places = np.arange(len(melody))
    total = np.concatenate([[0], np.cumsum(melody)[:-1]])
    mean = np.where(places > 0, total / np.maximum(places, 1), REFERENCE)
    return np.stack([np.log1p(places) / 4, (mean - before) / 6], axis=1)
