"""What a network writes when nobody holds its hand: no rule, no mask, until it says it is done.

Conventions
-----------
Pieces are drawn in batches; each has a seed of its own and comes out the same in any company. A
free piece may be malformed: a bar too long, a Duration without a Pitch. That is what is measured.

Contents
--------
FreePiece, draw_free
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.decoding.neural import NeuralSampler
from melodyai_edu.decoding.sampler import Sampler
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Score
from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens, decode

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["FreePiece", "draw_free"]

_END, _BAR = VOCABULARY.id("Sequence_end"), VOCABULARY.id("Bar_line")


class FreePiece(NamedTuple):
    """One piece that was drawn without rules.

    Parameters
    ----------
    condition : Condition
        What was asked for.
    token_ids : tuple of int
        What came, without the end.
    has_ended : bool
        Whether the network said that it was done.
    score : Score or None
        None where the tokens are no music.
    """

    condition: Condition
    token_ids: tuple[int, ...]
    has_ended: bool
    score: Score | None

    @property
    def filled_bars(self) -> float:
        """Share of inner bars that hold just what their meter asks for; the last may be short."""
        if self.score is None:
            return 0.0
        lines = [place for place, i in enumerate(self.token_ids) if i == _BAR]
        lengths = [_ticks(self.token_ids[a:b]) for a, b in pairwise(lines)]
        meter = self.condition.meter or self.score.meter
        return float(np.mean([n == meter.bar_duration for n in lengths])) if lengths else 0.0


def draw_free(
    network: Network,
    conditions: Sequence[Condition],
    seeds: Sequence[int],
    sampler: Sampler | None = None,
    *,
    guidance: float = 1.0,
    batch: int = 32,
    max_length: int = 640,
) -> list[FreePiece]:
    """Draw a piece for each condition.

    Parameters
    ----------
    network : Network
    conditions : sequence of Condition
    seeds : sequence of int
        One for each.
    sampler : Sampler, optional
    guidance : float, default 1.0
        How far to move towards genre, mood and density; 1 is the network itself.
    batch : int, default 32
        Sequences side by side; only the speed depends on it.
    max_length : int, default 640 [tokens]
        A piece that is longer is cut off.

    Returns
    -------
    pieces : list of FreePiece

    Raises
    ------
    ParameterError
        If conditions and seeds differ in number.
    """
    if len(conditions) != len(seeds):
        raise ParameterError(f"{len(conditions)} conditions need as many seeds, not {len(seeds)}")
    is_guided = guidance != 1.0
    loop = NeuralSampler(network.next, None, sampler, guidance=guidance, max_length=max_length)
    found: list[FreePiece] = []
    for first in range(0, len(seeds), batch):
        rows = list(range(first, min(first + batch, len(seeds))))
        padded = rows + [rows[-1]] * (batch - len(rows))  # one shape, one compilation
        prompt = np.array([conditions[i].token_ids for i in padded], np.int32)
        plain = np.array([conditions[i].without_style().token_ids for i in padded], np.int32)
        cache = network.empty_cache(batch * (1 + is_guided), max_length + prompt.shape[1])
        drawn = loop.draw(
            prompt,
            cache,
            [seeds[i] for i in padded],
            other_prompt=plain if is_guided else None,
        )
        for number, i in enumerate(rows):
            token_ids = drawn.drawn(number, _END)
            has_ended = len(token_ids) < max_length and _END in drawn.token_ids[number]
            score = _score(token_ids, conditions[i])
            found.append(FreePiece(conditions[i], tuple(token_ids), has_ended, score))
    return found


def _ticks(token_ids: Sequence[int]) -> int:
    names = [VOCABULARY.token(i) for i in token_ids]
    return sum(int(name[9:]) for name in names if name.startswith("Duration"))


def _score(token_ids: Sequence[int], condition: Condition) -> Score | None:
    mode = condition.mode or "major"
    tonic = condition.tonic or 60
    key = _key(tonic, mode)
    head = conditioning_tokens(
        genre=condition.genre, meter=condition.meter, mode=mode, bars=condition.bars
    )
    try:
        score = decode(Encoding((*VOCABULARY.ids(head), *token_ids), key, tonic))
    except ParameterError:
        return None
    return score if score.parts[0].notes else None


def _key(tonic: int, mode: str) -> Key:
    """Give the key with the fewest accidentals on a tonic."""
    fifths = sorted(range(-7, 8), key=abs)
    keys = (Key.from_fifths(number, mode) for number in fifths)
    return next(key for key in keys if key.tonic_pitch_class == tonic % 12)
