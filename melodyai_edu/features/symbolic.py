"""What a score is like, in numbers: rhythm, pitch, intervals, contour, repetition, mood.

Conventions
-----------
The melody is measured: the first part, of notes that begin together the highest. Names and units
stand in `melodyai_edu.features.columns`. Bars are those of the score's own meters.

Contents
--------
symbolic_features, entropy, key_columns
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.features.columns import CHROMA
from melodyai_edu.features.mood import feel_mood, mood_cues
from melodyai_edu.io.estimate import key_of_durations, skyline
from melodyai_edu.score import TICKS_PER_QUARTER, Melody, Score

__all__ = ["entropy", "key_columns", "symbolic_features"]


def entropy(counts: Iterable[float]) -> float:
    """Say how evenly something is spread [bits].

    Parameters
    ----------
    counts : iterable of float
        How often, or how long, each kind occurs.

    Returns
    -------
    entropy : float [bits]
        0 for one kind alone, or nothing.

    References
    ----------
    Shannon (1948), A mathematical theory of communication.

    Examples
    --------
    >>> entropy([1, 1, 1, 1])
    2.0
    """
    weights = np.array([count for count in counts if count > 0], dtype=float)
    shares = weights / weights.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def key_columns(durations: np.ndarray) -> dict[str, float]:
    """Give the columns that tell how much each pitch class sounds, and which key that fits.

    Parameters
    ----------
    durations : np.ndarray [shape=(12,), float]
        How long or how loud each pitch class sounds; need not be normalised.

    Returns
    -------
    features : dict of str to float
        ``found_tonic``, ``found_minor``, ``chroma_entropy`` and the twelve of `CHROMA`.

    References
    ----------
    Krumhansl & Kessler (1982), see `melodyai_edu.io.estimate.key_of_durations`.

    Examples
    --------
    >>> tonic_triad = np.zeros(12)
    >>> tonic_triad[[7, 2, 11]] = [4.0, 2.0, 2.0]
    >>> found = key_columns(tonic_triad)
    >>> found["found_tonic"], found["found_minor"], found["chroma_7"]
    (7.0, 0.0, 0.5)
    """
    total = float(durations.sum())
    shares = durations / total if total else np.zeros(12)
    key = key_of_durations(durations)
    return {
        "found_tonic": float(key.tonic_pitch_class),
        "found_minor": float(key.is_minor),
        "chroma_entropy": entropy(shares),
        **dict(zip(CHROMA, shares.tolist(), strict=True)),
    }


def symbolic_features(score: Score) -> dict[str, float]:
    """Measure a score.

    Parameters
    ----------
    score : Score
        Its first part is the melody.

    Returns
    -------
    features : dict of str to float
        By the names in `melodyai_edu.features.columns.SHARED` and ``SYMBOLIC``.

    Raises
    ------
    ParameterError
        If the melody has no note.

    Examples
    --------
    >>> scale = Melody.from_events([(p, 24) for p in (60, 62, 64, 65, 67, 69, 71, 72)])
    >>> found = symbolic_features(Score.of_melody(scale, tempo=120))
    >>> found["seconds"], found["onsets_a_second"], found["pitch_range"], found["step_share"]
    (4.0, 2.0, 12.0, 1.0)
    """
    notes = skyline(score.parts[0].notes) if score.parts else ()
    if not notes:
        raise ParameterError("a score must have at least one note to be measured")
    melody = Melody(notes, score.duration)
    durations = np.bincount(melody.pitches % 12, weights=melody.durations, minlength=12)
    mood = feel_mood(score)
    return {
        **_speed(score, melody),
        **key_columns(durations),
        **_rhythm(score, melody),
        **_register(melody),
        **_intervals(melody),
        **_contour(score, melody),
        "brightness": mood_cues(score)["mode"],
        "in_key_share": _share(np.isin(melody.pitches % 12, list(score.key.scale.pitch_classes))),
        "tonic_share": float(durations[score.key.tonic_pitch_class] / durations.sum()),
        "repeated_bars": _repeated_bars(score, melody),
        "valence": mood.valence,
        "arousal": mood.arousal,
    }


def _share(answers: Iterable[bool] | np.ndarray) -> float:
    """Give the share of what is true; 0 of nothing."""
    found = np.asarray(answers, dtype=float)
    return float(found.mean()) if found.size else 0.0


def _speed(score: Score, melody: Melody) -> dict[str, float]:
    beat = score.meter.beat_durations[0]
    beats = score.duration / beat
    seconds = score.seconds
    return {
        "seconds": seconds,
        "tempo": score.tempo,
        "beats_a_minute": score.tempo * TICKS_PER_QUARTER / beat,
        "beats": beats,
        "notes": float(len(melody)),
        "onsets_a_second": len(melody) / seconds,
        "onsets_a_beat": len(melody) / beats,
        "onsets_a_bar": len(melody) * score.meter.bar_duration / score.duration,
        "beats_a_bar": float(len(score.meter.groups)),
        "beat_division": 3.0 if score.meter.groups[0] == 3 else 2.0,
    }


def _rhythm(score: Score, melody: Melody) -> dict[str, float]:
    durations = melody.durations
    on_beat, over_beat = _beat_places(score, melody)
    return {
        "mean_duration": float(durations.mean()) / score.meter.beat_durations[0],
        "duration_entropy": entropy(Counter(durations.tolist()).values()),
        "uneven_share": _share(durations[1:] != durations[:-1]),
        "rest_share": 1 - float(durations.sum()) / score.duration,
        "offbeat_share": _share(~on_beat),
        "syncopation": _share(over_beat),
    }


def _beat_places(score: Score, melody: Melody) -> tuple[np.ndarray, np.ndarray]:
    """Say of each note whether it begins on a beat, and whether it is held over one."""
    ticks = {
        bar + beat - (meter.bar_duration - score.pickup if score.pickup and bar == 0 else 0)
        for bar in score.bar_onsets()
        for meter in (score.meter_at(bar),)
        for beat in (*meter.beat_onsets, meter.bar_duration)
    }
    beats = np.array(sorted(ticks))
    onsets = melody.onsets
    nexts = np.append(onsets[1:], score.duration)
    on_beat = np.isin(onsets, beats)
    passed = np.searchsorted(beats, nexts, side="left") - np.searchsorted(
        beats, onsets, side="right"
    )
    return on_beat, ~on_beat & (passed > 0)


def _register(melody: Melody) -> dict[str, float]:
    pitches = melody.pitches
    return {
        "mean_pitch": float(pitches.mean()),
        "lowest_pitch": float(pitches.min()),
        "highest_pitch": float(pitches.max()),
        "pitch_range": float(np.ptp(pitches)),
    }


def _intervals(melody: Melody) -> dict[str, float]:
    steps = melody.intervals
    sizes = np.abs(steps)
    moves = steps[steps != 0]
    return {
        "mean_interval": float(sizes.mean()) if sizes.size else 0.0,
        "repeated_pitch_share": _share(sizes == 0),
        "step_share": _share((sizes == 1) | (sizes == 2)),
        "skip_share": _share((sizes == 3) | (sizes == 4)),
        "leap_share": _share(sizes >= 5),
        "rising_share": _share(moves > 0),
        "turn_share": _share(np.sign(moves[1:]) != np.sign(moves[:-1])),
    }


def _contour(score: Score, melody: Melody) -> dict[str, float]:
    """Compare the means of the quarters of a line, each note weighing as long as it sounds."""
    middles = (melody.onsets + melody.durations / 2) / score.duration
    pitches, weights = melody.pitches.astype(float), melody.durations
    slope = 0.0
    if len(melody) > 1:
        slope = float(np.polyfit(middles, pitches, 1, w=np.sqrt(weights))[0])
    is_inner = (middles >= 0.25) & (middles < 0.75)
    arch = 0.0
    if is_inner.any() and not is_inner.all():
        inner, outer = (
            float(np.average(pitches[side], weights=weights[side]))
            for side in (is_inner, ~is_inner)
        )
        arch = inner - outer
    return {"contour_slope": slope, "contour_arch": arch}


def _repeated_bars(score: Score, melody: Melody) -> float:
    """Give the share of whole bars whose notes an earlier bar has at the same places."""
    starts = np.array(score.bar_onsets())
    bars: list[list[tuple[int, int, int]]] = [[] for _ in starts]
    for note in melody:
        first = int(np.searchsorted(starts, note.onset, side="right")) - 1
        last = int(np.searchsorted(starts, note.end, side="left")) - 1
        for bar in range(first, last + 1):
            begin = max(note.onset - starts[bar], -1)  # held over from the bar before
            end = min(note.end - starts[bar], score.meter_at(int(starts[bar])).bar_duration)
            bars[bar].append((int(begin), int(end), note.pitch))
    whole = [tuple(bar) for bar in bars[bool(score.pickup) :]]
    return 1 - len(set(whole)) / len(whole) if whole else 0.0
