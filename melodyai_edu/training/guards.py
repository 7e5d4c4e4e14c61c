"""What must not get worse when a network is moved towards a taste.

Conventions
-----------
Two figures of a network are compared before and after: how surprised it is by real tunes that it
did not learn from [bits a note], and how many of the 4-grams of notes that it writes are distinct.
A network that learned to please one judge by saying one thing gives itself away by the second.

Contents
--------
MOST_WORSE, bits_per_note_of, distinct_share, draw_like, judge_guards
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.decoding import Sampler
from melodyai_edu.decoding.free import FreePiece, draw_free
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.model_bits import network_bits
from melodyai_edu.score import Meter
from melodyai_edu.tokens import VOCABULARY, Condition, Encoding
from melodyai_edu.tokens.vocabulary import MAX_LENGTH
from melodyai_edu.training.examples import Example

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = [
    "MOST_WORSE",
    "bits_per_note_of",
    "distinct_share",
    "draw_like",
    "judge_guards",
]

#: By how much a figure may get worse; 5% is promised, and these are figures of some pieces only.
MOST_WORSE = 0.03

_GRAM = 4  # notes
_SAMPLER = Sampler(1.0, top_p=0.97)  # as `compose` draws
_TOKENS_A_BAR, _BATCH = 40, 64
_BAR = VOCABULARY.id("Bar_line")


def bits_per_note_of(network: Network, examples: Sequence[Example]) -> float:
    """Say how surprised a network is by real tunes.

    Parameters
    ----------
    network : Network
    examples : sequence of Example

    Returns
    -------
    bits : float [bits a note]
        Durations and pitches together, by the number of pitches, rests among them.
    """
    found = network_bits(network, examples)
    notes = sum(len(bits.pitch) for bits in found)
    return float(sum(bits.duration.sum() + bits.pitch.sum() for bits in found) / notes)


def distinct_share(
    before: Sequence[Sequence[int]], after: Sequence[Sequence[int]], seed: int = 0
) -> tuple[float, float]:
    """Give the share of distinct 4-grams of notes among as many on either side.

    A note is a Duration with its Pitch; bar lines do not count. More 4-grams repeat more, so the
    side that has more is sampled down.

    Parameters
    ----------
    before, after : sequence of sequences of int
        Token ids of melodies.
    seed : int, default 0

    Returns
    -------
    before, after : float [0-1]

    Raises
    ------
    ParameterError
        If a side has no 4-gram.

    References
    ----------
    Li et al. (2016), A diversity-promoting objective function for neural conversation models,
    NAACL: distinct-n.

    Examples
    --------
    >>> loop = VOCABULARY.ids(["Duration_24", "Pitch_60"] * 8)
    >>> line = VOCABULARY.ids([t for p in range(60, 68) for t in ("Duration_24", f"Pitch_{p}")])
    >>> distinct_share([line], [loop])
    (1.0, 0.2)
    """
    sides = [[gram for ids in side for gram in _grams(ids)] for side in (before, after)]
    size = min(map(len, sides))
    if not size:
        raise ParameterError(f"melodies must have at least {_GRAM} notes to compare 4-grams")
    shares = []
    for grams in sides:
        rows = np.random.default_rng(seed).permutation(len(grams))[:size]
        shares.append(len({grams[row] for row in rows}) / size)
    return shares[0], shares[1]


def _grams(token_ids: Sequence[int]) -> list[tuple[int, ...]]:
    tokens = [token_id for token_id in token_ids if token_id != _BAR]
    return [tuple(tokens[i : i + 2 * _GRAM]) for i in range(0, len(tokens) - 2 * _GRAM + 1, 2)]


def draw_like(
    network: Network, encodings: Sequence[Encoding], pieces: int, seed: int = 0
) -> list[FreePiece]:
    """Let a network write pieces like those that were rated, without any rule.

    Parameters
    ----------
    network : Network
    encodings : sequence of Encoding
        What they were asked to be is asked again, in turn.
    pieces : int
    seed : int, default 0

    Returns
    -------
    pieces : list of FreePiece
    """
    asked = [_condition_of(encodings[n * len(encodings) // pieces]) for n in range(pieces)]
    longest = max((wish.bars or 16) for wish in asked)
    return draw_free(
        network,
        asked,
        [seed * 100_000 + number for number in range(pieces)],
        _SAMPLER,
        batch=min(_BATCH, pieces),
        max_length=min(_TOKENS_A_BAR * longest, 640),
    )


def _condition_of(encoding: Encoding) -> Condition:
    """Give what a melody was asked to be.

    Parameters
    ----------
    encoding : Encoding

    Returns
    -------
    condition : Condition

    Examples
    --------
    >>> _condition_of(Encoding(VOCABULARY.ids(["Genre_jig", "Meter_6/8"]))).genre
    'jig'
    """
    said = dict(token.split("_", 1) for token in encoding.tokens[:4] if "_" in token)
    meter, bars = said.get("Meter", "unknown"), said.get("Length", "")
    genre = said.get("Genre", "unknown")
    return Condition(
        genre=None if genre == "unknown" else genre,
        meter=None if meter in ("unknown", "other") else Meter.parse(meter),
        mode=encoding.key.mode,
        tonic=encoding.tonic_pitch,
        bars=min(int(bars), MAX_LENGTH) if bars.isdigit() else 0,
    )


def judge_guards(guards: Mapping[str, float]) -> str:
    """Say what a tuned network made worse than it may.

    Parameters
    ----------
    guards : mapping of str to float
        ``bits before``, ``bits after``, ``distinct before``, ``distinct after`` and
        ``held-out accuracy``.

    Returns
    -------
    reason : str
        Empty if nothing is.

    Examples
    --------
    >>> judge_guards({"bits before": 2.0, "bits after": 2.2, "distinct before": 0.6,
    ...               "distinct after": 0.6, "held-out accuracy": 0.8})
    'real tunes surprise it by 10.0% more (at most 3% allowed)'
    """
    more = guards["bits after"] / guards["bits before"] - 1
    fewer = 1 - guards["distinct after"] / guards["distinct before"]
    found = []
    if not more <= MOST_WORSE:
        found.append(
            f"real tunes surprise it by {more:.1%} more (at most {MOST_WORSE:.0%} allowed)"
        )
    if not fewer <= MOST_WORSE:
        found.append(
            f"it repeats itself: {fewer:.1%} fewer distinct 4-grams (at most {MOST_WORSE:.0%} "
            f"allowed)"
        )
    if not guards["held-out accuracy"] > 0.5:
        found.append(
            f"of held-out pairs it foresees {guards['held-out accuracy']:.0%}, no more than a coin"
        )
    return "; ".join(found)
