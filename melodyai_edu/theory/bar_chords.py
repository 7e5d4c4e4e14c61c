"""The triad that fits each bar of a melody best.

Conventions
-----------
A chord is (degree, quality): semitones of its root above the tonic, and major, minor or
diminished. Only the triads of the key are asked: in minor with the raised seventh degree for the
dominant, as in common practice (Kostka, Payne & Almen 2018, Tonal Harmony, chapter 4).

Contents
--------
bar_chords
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from melodyai_edu.score import SCALES, Score

__all__ = ["bar_chords"]

_THIRDS_AND_FIFTHS = {(4, 7): "major", (3, 7): "minor", (3, 6): "diminished"}

#: Between triads that fit alike the more frequent one is taken [share of the bar]: I, IV and V,
#: then ii and vi.
_FAMILIAR = {0: 0.15, 7: 0.10, 5: 0.08, 2: 0.04, 9: 0.04}

#: A note that begins on a beat counts this much more.
_ON_BEAT = 2.0


def bar_chords(score: Score) -> tuple[tuple[int, str] | None, ...]:
    """Name the chord that each bar of a melody suggests.

    Parameters
    ----------
    score : Score
        Its first part is the melody.

    Returns
    -------
    chords : tuple of (int, str) or None
        One for each bar, a pickup counted as one; None where nothing begins to sound.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> line = [(60, 24), (64, 24), (67, 48), (67, 24), (71, 24), (74, 48)]
    >>> bar_chords(Score.of_melody(Melody.from_events(line)))
    ((0, 'major'), (7, 'major'))
    """
    triads = _triads(score.key.mode)
    lines = (*score.bar_onsets(), max(score.duration, 1))
    return tuple(_best(_weights(score, *bar), triads) for bar in pairwise(lines))


def _triads(mode: str) -> dict[tuple[int, str], list[int]]:
    """Give the pitch classes above the tonic of each triad of a mode."""
    steps = SCALES[mode]
    found = {}
    for classes in (steps, (*steps[:6], 11)) if mode == "minor" else (steps,):
        for degree in range(7):
            root, third, fifth = (classes[(degree + more) % 7] for more in (0, 2, 4))
            quality = _THIRDS_AND_FIFTHS.get(((third - root) % 12, (fifth - root) % 12))
            if quality:
                found[root, quality] = [root, third, fifth]
    return found


def _weights(score: Score, onset: int, end: int) -> np.ndarray:
    """Give how long each pitch class above the tonic sounds in a bar [shape=(12,)]."""
    weights = np.zeros(12)
    beats = {onset + beat for beat in score.meter_at(onset).beat_onsets}
    for note in score.parts[0].notes if score.parts else ():
        if onset <= note.onset < end:
            stress = _ON_BEAT if note.onset in beats else 1.0
            degree = (note.pitch - score.key.tonic_pitch_class) % 12
            weights[degree] += stress * min(note.duration, end - note.onset)
    return weights


def _best(weights: np.ndarray, triads: dict[tuple[int, str], list[int]]) -> tuple[int, str] | None:
    total = weights.sum()
    if not total:
        return None
    fits = {
        chord: weights[classes].sum() / total + _FAMILIAR.get(chord[0], 0.0)
        for chord, classes in triads.items()
    }
    return max(fits, key=lambda chord: fits[chord])
