"""Tension: how tight each bar of a melody is, by what can be read off its notes.

Conventions
-----------
One value a bar; a pickup counts with the bar that it leads into. A curve compares the bars of one
melody with each other, never one melody with another.

Contents
--------
TENSION_FEATURES, tension_features, tension_curve
"""

from __future__ import annotations

import numpy as np

from melodyai_edu.io.estimate import key_profiles
from melodyai_edu.score import Key, Melody, Meter
from melodyai_edu.theory.groove import bar_positions, onset_density

__all__ = ["TENSION_FEATURES", "tension_curve", "tension_features"]

#: What is measured of each bar, and its unit.
TENSION_FEATURES = {
    "register": "mean pitch [MIDI], each note as long as it sounds",
    "density": "onsets",
    "leaps": "mean interval into its notes [semitones]",
    "dissonance": "how badly its notes fit the key, 0 the tonic alone to 1 the worst note alone",
}


def tension_features(
    melody: Melody, meter: Meter, key: Key, pickup: int = 0
) -> dict[str, np.ndarray]:
    """Measure each bar of a melody.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    key : Key
    pickup : int, default 0 [ticks]

    Returns
    -------
    features : dict of str to np.ndarray [shape=(bars,), float]
        By the names in `TENSION_FEATURES`. A bar in which nothing begins has the register and the
        dissonance of the bar before, and no leap.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    Farbood (2012), Music Perception 29(4), 387-428, and Farbood & Upham (2013), Frontiers in
    Psychology 4, 998: pitch height, onset frequency and harmony, beside loudness and tempo, which
    notes alone do not have. Krumhansl & Kessler (1982): how well a pitch class fits a key.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 96), (67, 24), (73, 24), (72, 48)])
    >>> found = tension_features(melody, Meter(4, 4), Key("C"))
    >>> found["density"].tolist(), found["leaps"].round(1).tolist()
    ([1.0, 3.0], [0.0, 4.7])
    """
    counts = onset_density(melody, meter, pickup).astype(float)
    bars, _ = bar_positions(melody, meter, pickup)
    if pickup:  # the pickup counts with bar 0
        counts = np.append(counts[0] + counts[1:2], counts[2:])
        bars = np.maximum(bars - 1, 0)
    pitches, durations = melody.pitches, melody.durations.astype(float)
    profile = key_profiles()["minor" if key.is_minor else "major"]
    misfit = (profile.max() - profile) / np.ptp(profile)
    dissonance = misfit[(pitches - key.tonic_pitch_class) % 12]
    intervals = np.abs(np.diff(pitches, prepend=pitches[:1])).astype(float)
    return {
        "register": _carried(_means(bars, pitches, durations, len(counts))),
        "density": counts,
        "leaps": np.nan_to_num(_means(bars, intervals, np.ones(len(bars)), len(counts))),
        "dissonance": _carried(_means(bars, dissonance, durations, len(counts))),
    }


def tension_curve(melody: Melody, meter: Meter, key: Key, pickup: int = 0) -> np.ndarray:
    """Say how tense each bar is, beside the other bars of the melody.

    Each feature is standardised over the bars, their mean is taken, and the curve is stretched
    from the calmest bar, 0, to the tensest, 1. All features weigh alike: which weighs more
    differs between pieces and listeners, and nothing here has been fitted to listeners.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    key : Key
    pickup : int, default 0 [ticks]

    Returns
    -------
    tension : np.ndarray [shape=(bars,), float in [0, 1]]
        All 0.5 where all bars are alike.

    Raises
    ------
    ParameterError
        If the pickup is not shorter than a bar.

    References
    ----------
    As for `tension_features`.

    Examples
    --------
    >>> melody = Melody.from_events([(60, 96), (67, 24), (73, 24), (72, 48), (62, 48), (60, 48)])
    >>> tension_curve(melody, Meter(4, 4), Key("C")).round(2).tolist()
    [0.0, 1.0, 0.7]
    """
    features = tension_features(melody, meter, key, pickup)
    total = np.mean([_standardised(values) for values in features.values()], axis=0)
    reach = float(np.ptp(total)) if len(total) else 0.0
    if reach < 1e-9:
        return np.full(len(total), 0.5)
    curve: np.ndarray = (total - total.min()) / reach
    return curve


def _means(bars: np.ndarray, values: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Average the values of each bar; nan where there are none."""
    total = np.bincount(bars, weights * values, minlength=count)
    weight = np.bincount(bars, weights, minlength=count)
    means: np.ndarray = np.divide(total, weight, out=np.full(count, np.nan), where=weight > 0)
    return means


def _carried(values: np.ndarray) -> np.ndarray:
    """Give bars without a value that of the bar before; the first ones that of the next."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return np.zeros(len(values))
    place = np.maximum(np.searchsorted(known, np.arange(len(values)), side="right") - 1, 0)
    carried: np.ndarray = values[known[place]]
    return carried


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    deviations: np.ndarray = values - values.mean()
    return deviations / spread if spread > 1e-9 else np.zeros(len(values))
