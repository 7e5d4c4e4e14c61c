"""What the cells of lesson 11 call: melodies asked for without a rule, and how alike they are.

Conventions
-----------
A wish is what `melodyai_edu.tokens.Condition` takes, the meter as text; nothing holds the network
to it.

Contents
--------
ask_for, variety
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Meter, Score

if TYPE_CHECKING:
    from melodyai_edu.decoding.free import FreePiece
    from melodyai_edu.models.neural import Network

__all__ = ["ask_for", "variety"]

#: As many bars of a dance as a lesson asks for fit into so many tokens.
_MAX_LENGTH = 256


def ask_for(
    network: Network, wishes: Sequence[Mapping[str, Any]], *, guidance: float = 1.0, seed: int = 0
) -> list[FreePiece]:
    """Let a network write one melody for each wish, with no rule that holds it to anything.

    Parameters
    ----------
    network : Network
    wishes : sequence of mappings
        What `melodyai_edu.tokens.Condition` takes; the meter as text. The tonic is D, if no other
        is given.
    guidance : float, default 1.0
        Above 1 the wishes weigh more than in real tunes.
    seed : int, default 0

    Returns
    -------
    pieces : list of FreePiece
    """
    from melodyai_edu.decoding import Sampler
    from melodyai_edu.decoding.free import draw_free
    from melodyai_edu.tokens import Condition

    conditions = [
        Condition(**{"tonic": 62, **wish, "meter": Meter.parse(wish["meter"])}) for wish in wishes
    ]
    seeds = [seed + number for number in range(len(wishes))]
    return draw_free(
        network,
        conditions,
        seeds,
        Sampler(0.9, top_p=0.97),
        guidance=guidance,
        batch=min(40, len(wishes)),
        max_length=_MAX_LENGTH,
    )


def variety(scores: Sequence[Score], run: int = 4) -> float:
    """Say how seldom pieces say the same thing.

    Parameters
    ----------
    scores : sequence of Score
    run : int, default 4
        As many intervals make a figure.

    Returns
    -------
    share : float [0-1]
        Different figures among all figures of all pieces: 1 if none comes twice, in any key.

    Raises
    ------
    ParameterError
        If no piece is as long as a figure.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> scale = [Melody.from_events([(60 + step, 12) for step in (0, 2, 4, 5, 7)])]
    >>> variety([Score.of_melody(melody) for melody in scale * 2])
    0.5
    """
    figures: list[tuple[int, ...]] = []
    for score in scores:
        steps = score.parts[0].melody(score.duration).intervals.tolist()
        figures += [tuple(steps[i : i + run]) for i in range(len(steps) - run + 1)]
    if not figures:
        raise ParameterError(f"scores must have a melody of more than {run} notes")
    return len(set(figures)) / len(figures)
