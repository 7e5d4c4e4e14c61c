"""A melody in numbers, for whoever learns a taste.

Conventions
-----------
Features are taken in C, so that a key is no matter of taste; what nothing but tempo or key decides
is left out. Heights count from the tonic. A melody that is no music, or has no note, cannot be
described.

Contents
--------
FEATURES, describe
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.features import symbolic_features
from melodyai_edu.score import Key
from melodyai_edu.tokens import VOCABULARY, Encoding, decode

__all__ = ["FEATURES", "describe"]

#: What `melodyai_edu.features.symbolic_features` measures and a taste may care about.
_SYMBOLIC = (
    "onsets_a_beat", "mean_duration", "duration_entropy", "uneven_share", "rest_share",
    "offbeat_share", "syncopation", "chroma_entropy", "mean_pitch", "pitch_range",
    "mean_interval", "repeated_pitch_share", "step_share", "skip_share", "leap_share",
    "rising_share", "turn_share", "contour_slope", "contour_arch", "brightness", "in_key_share",
    "tonic_share", "repeated_bars", "valence", "arousal",
)  # fmt: skip

#: What is measured here, on the tokens.
_OWN = ("bars", "last_pitch", "largest_interval", "repeated_rhythms")

#: The names of the features, in their order.
FEATURES = (*_SYMBOLIC, *_OWN)

_BAR = VOCABULARY.id("Bar_line")
_DURATIONS = frozenset(VOCABULARY.ids_of("Duration"))


def describe(encodings: Sequence[Encoding]) -> np.ndarray:
    """Measure melodies.

    Parameters
    ----------
    encodings : sequence of Encoding

    Returns
    -------
    described : np.ndarray [shape=(N, F), float64]
        By `FEATURES`.

    Raises
    ------
    ParameterError
        If one is no music or has no note.

    Examples
    --------
    >>> tokens = ["Bar_line", "Duration_48", "Pitch_60", "Duration_48", "Pitch_67"]
    >>> row = describe([Encoding(VOCABULARY.ids(tokens))])[0]
    >>> row[FEATURES.index("pitch_range")], row[FEATURES.index("last_pitch")]
    (np.float64(7.0), np.float64(3.5))
    """
    return np.array([_described(encoding.token_ids, encoding.key.mode) for encoding in encodings])


@lru_cache(maxsize=8192)
def _described(token_ids: tuple[int, ...], mode: str) -> tuple[float, ...]:
    score = decode(Encoding(token_ids, Key("C", mode), 60))
    if not score.parts[0].notes:
        raise ParameterError("a melody must have at least one note to be described")
    found = symbolic_features(score)
    pitches = np.array([note.pitch for note in score.parts[0].notes])
    own = {
        "bars": float(score.bar_count - bool(score.pickup)),
        "last_pitch": float(pitches[-1] - pitches.mean()),
        "largest_interval": float(np.abs(np.diff(pitches)).max(initial=0)),
        "repeated_rhythms": _repeated_rhythms(token_ids),
    }
    found["mean_pitch"] -= 60
    return tuple({**found, **own}[name] for name in FEATURES)


def _repeated_rhythms(token_ids: Sequence[int]) -> float:
    """Give the share of bars whose durations stood in an earlier bar."""
    bars: list[list[int]] = []
    for token_id in token_ids:
        if token_id == _BAR:
            bars.append([])
        elif bars and token_id in _DURATIONS:
            bars[-1].append(token_id)
    return 1 - len({tuple(bar) for bar in bars}) / len(bars) if bars else 0.0
