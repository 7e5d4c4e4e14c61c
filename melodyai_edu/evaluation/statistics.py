"""What a melody is like, in numbers that can be compared with real tunes.

Conventions
-----------
A statistic is one number for one melody. None of them says whether music is good; far from what
real tunes have, each says that something is off.

Contents
--------
STATISTICS, melody_statistics, longest_one_note_run, overlapped_area, compare
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.intervals import bootstrap, wilson
from melodyai_edu.score import Score
from melodyai_edu.theory.groove import groove_similarity, onset_density
from melodyai_edu.theory.melody import leading_tones
from melodyai_edu.theory.repetition import bar_similarity, repetition_share

__all__ = [
    "STATISTICS",
    "compare",
    "longest_one_note_run",
    "melody_statistics",
    "overlapped_area",
]

#: What each statistic counts.
STATISTICS = {
    "pitch-class entropy": "bits; 0 is one note for ever, 3.58 all twelve alike",
    "scale consistency": "largest share of notes that one major or minor scale holds",
    "pitch range": "semitones from the lowest note to the highest",
    "mean interval": "semitones from note to note",
    "groove consistency": "how alike the rhythms of every two bars are, 1 is the same",
    "notes a bar": "onsets",
    "repeated bars": "share of bars that stood there before",
    "structure 1-2": "mean likeness of bars one and two apart",
    "structure 4-8": "mean likeness of bars four and eight apart",
    "ends on tonic": "1 if the last note is the tonic",
    "in one key": "share of notes of the key's own scale",
    "wholly in key": "1 if all notes are in the key; minor may raise its seventh degree",
    "one-note run": "bars that one pitch lasts, struck again or held, at most",
}

_YES_OR_NO = ("ends on tonic", "wholly in key")
_SCALE_OF_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_SCALE_OF_MINOR = (0, 2, 3, 5, 7, 8, 10)
_POINTS = 512


def melody_statistics(score: Score) -> dict[str, float]:
    """Measure a melody.

    Parameters
    ----------
    score : Score
        Its first part is the melody.

    Returns
    -------
    statistics : dict of str to float
        By the names in `STATISTICS`.

    Raises
    ------
    ParameterError
        If there is no note.

    References
    ----------
    Pitch-class entropy and groove consistency: Wu & Yang (2020), "The Jazz Transformer on the
    front line", ISMIR; the entropy is that of the whole melody, theirs of one or four bars. Groove
    compares every two bars as they do; muspy compares neighbours only. Scale consistency: Mogren
    (2016), "C-RNN-GAN", over major and natural minor as in muspy.

    The structure figures are not their structure indicators. Those render audio and take the
    largest value of a fitness scape plot, for repeats 3 to 8, 8 to 15 or over 15 seconds long.
    Ours are means of `melodyai_edu.theory.repetition.bar_similarity` over all bars one or two, and
    four or eight, apart: at the same pitch and place in the bar; 0 in melodies with no such bars.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> scale = Melody.from_events([(p, 24) for p in (60, 62, 64, 65, 67, 69, 71, 60)])
    >>> found = melody_statistics(Score.of_melody(scale))
    >>> found["scale consistency"], found["ends on tonic"], found["pitch range"]
    (1.0, 1.0, 11.0)
    """
    part = score.parts[0] if score.parts else None
    if part is None or not part.notes:
        raise ParameterError("a melody must have at least one note to be measured")
    melody = part.melody(score.duration)
    counts = np.bincount(melody.pitches % 12, minlength=12)
    likeness = bar_similarity(melody, score.meter, score.pickup)
    own = sorted(score.key.scale.pitch_classes)
    allowed = sorted({*own, *leading_tones(score.key)})
    return {
        "pitch-class entropy": _entropy(counts),
        "scale consistency": _scale_consistency(counts),
        "pitch range": float(np.ptp(melody.pitches)),
        "mean interval": float(np.abs(melody.intervals).mean()) if len(melody.notes) > 1 else 0.0,
        "groove consistency": groove_similarity(melody, score.meter, score.pickup),
        "notes a bar": float(onset_density(melody, score.meter, score.pickup).mean()),
        "repeated bars": repetition_share(melody, score.meter, score.pickup),
        "structure 1-2": _at_distances(likeness, (1, 2)),
        "structure 4-8": _at_distances(likeness, (4, 8)),
        "ends on tonic": float(melody.notes[-1].pitch % 12 == score.key.tonic_pitch_class),
        "in one key": float(counts[own].sum() / counts.sum()),
        "wholly in key": float(counts[allowed].sum() == counts.sum()),
        "one-note run": longest_one_note_run(score)[1],
    }


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def _scale_consistency(counts: np.ndarray) -> float:
    best = max(
        counts[[(tonic + step) % 12 for step in steps]].sum()
        for tonic in range(12)
        for steps in (_SCALE_OF_MAJOR, _SCALE_OF_MINOR)
    )
    return float(best / counts.sum())


def _at_distances(likeness: np.ndarray, distances: tuple[int, ...]) -> float:
    """Give the mean likeness of bars so far apart; 0 where there are none."""
    cells = [np.diagonal(likeness, distance) for distance in distances]
    found = np.concatenate(cells) if cells else np.zeros(0)
    return float(found.mean()) if len(found) else 0.0


def longest_one_note_run(score: Score) -> tuple[int, float]:
    """Find the longest time that one pitch lasts: the beginner's failure, if it is struck again.

    Rests between its notes do not end a run. A single held note is a run of one note.

    Parameters
    ----------
    score : Score

    Returns
    -------
    notes : int
        Of the longest run, in time.
    bars : float [bars]
        How long it lasts.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> loop = Melody.from_events([(60, 24)] * 12)
    >>> longest_one_note_run(Score.of_melody(loop))
    (12, 3.0)
    """
    notes = score.parts[0].notes if score.parts else ()
    best = (0, 0)
    for _, run in groupby(notes, key=lambda note: note.pitch):
        same = list(run)
        best = max(best, (same[-1].onset + same[-1].duration - same[0].onset, len(same)))
    return best[1], best[0] / score.meter.bar_duration


def overlapped_area(first: Sequence[float], second: Sequence[float]) -> float:
    """Say how much two distributions of a statistic have in common.

    Each is smoothed by a normal kernel as wide as Silverman's rule asks (1986, Density
    Estimation, equation 3.31); the area under both curves is the answer.

    Parameters
    ----------
    first, second : sequence of float
        The statistic of each piece of two sets; at least two pieces each.

    Returns
    -------
    area : float [0-1]
        1 for equal distributions, 0 for ones that never meet.

    Raises
    ------
    ParameterError
        If a set has fewer than two values.

    References
    ----------
    Yang & Lerch (2020), Neural Computing and Applications 32, 4773-4784. They overlap the
    distances within the real set with those between the sets; here the values themselves overlap,
    so the figures are not to be set beside theirs.

    Examples
    --------
    >>> round(overlapped_area([1, 2, 3, 4], [1, 2, 3, 4]), 2)
    1.0
    >>> round(overlapped_area([1, 2, 3], [101, 102, 103]), 2)
    0.0
    """
    sets = [np.asarray(values, float) for values in (first, second)]
    if min(map(len, sets)) < 2:
        raise ParameterError("each set must have at least two values to be compared")
    widths = [_bandwidth(values) for values in sets]
    widest = max(*widths, 1e-6)
    widths = [width if width > 1e-9 else widest / 2 for width in widths]  # all values equal
    low = min(values.min() - 4 * width for values, width in zip(sets, widths, strict=True))
    high = max(values.max() + 4 * width for values, width in zip(sets, widths, strict=True))
    fine = int(np.clip(4 * (high - low) / min(widths), _POINTS, 16 * _POINTS))
    points = np.linspace(low, high, fine)
    curves = [_density(v, width, points) for v, width in zip(sets, widths, strict=True)]
    step = points[1] - points[0]
    curves = [curve / max(curve.sum() * step, 1e-12) for curve in curves]
    return float(min(1.0, np.minimum(*curves).sum() * step))


def _bandwidth(values: np.ndarray) -> float:
    quarter, three = np.quantile(values, [0.25, 0.75])
    spread = min(float(values.std(ddof=1)), float(three - quarter) / 1.34) or float(values.std())
    return float(0.9 * spread * len(values) ** -0.2)


def _density(values: np.ndarray, width: float, points: np.ndarray) -> np.ndarray:
    away = (points[:, None] - values[None, :]) / width
    curve: np.ndarray = np.exp(-0.5 * away**2).sum(axis=1)
    return curve


def compare(
    generated: Sequence[Score], reference: Sequence[Score]
) -> dict[str, tuple[tuple[float, float, float], tuple[float, float, float], float]]:
    """Set generated pieces beside real ones.

    Parameters
    ----------
    generated, reference : sequence of Score
        At least two of each.

    Returns
    -------
    rows : dict of str to (generated, reference, area)
        For each statistic the mean with its interval on both sides, and the overlapped area. The
        interval of a share of pieces is that of `wilson`, any other that of `bootstrap`.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> one = Score.of_melody(Melody.from_events([(60, 24), (62, 24), (64, 48)]))
    >>> rows = compare([one, one], [one, one])
    >>> rows["pitch range"][0][0], round(rows["pitch range"][2], 2)
    (4.0, 1.0)
    """
    sides = [[melody_statistics(score) for score in side] for side in (generated, reference)]
    rows = {}
    for name in STATISTICS:
        ours, theirs = ([found[name] for found in side] for side in sides)
        mean = _share if name in _YES_OR_NO else bootstrap
        rows[name] = (mean(ours), mean(theirs), overlapped_area(ours, theirs))
    return rows


def _share(answers: Sequence[float]) -> tuple[float, float, float]:
    """Give the share of ones with its interval, which is not empty where all answers agree."""
    hits = round(sum(answers))
    return hits / len(answers), *wilson(hits, len(answers))
