"""What the cells of lesson 08 call: rhythms that are tapped, drawn, counted, swung and drawn upon.

Conventions
-----------
A rhythm is a score whose notes all have one pitch. A place is a position in the bar [ticks]; the
places of a meter are its sixteenths.

Contents
--------
swung, ask_for, duration_bits, draw_profiles; and of `melodyai_edu.composition.rhythm` tap,
draw_rhythm, rhythm_rules
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.composition.rhythm import draw_rhythm, rhythm_rules, tap
from melodyai_edu.render.picture import make_figure
from melodyai_edu.score import TICKS_PER_QUARTER, Meter, Score
from melodyai_edu.theory.groove import swing

if TYPE_CHECKING:
    from melodyai_edu.decoding.free import FreePiece
    from melodyai_edu.io.corpus import Tune
    from melodyai_edu.models.neural import Network

__all__ = [
    "ask_for",
    "draw_profiles",
    "draw_rhythm",
    "duration_bits",
    "rhythm_rules",
    "swung",
    "tap",
]


def swung(score: Score, ratio: float, pair: int = TICKS_PER_QUARTER) -> Score:
    """Give a melody as it is played: even pairs long and short.

    Parameters
    ----------
    score : Score
    ratio : float
        First note to second, from 1 to 3.
    pair : int, default 24 [ticks]

    Returns
    -------
    score : Score

    Raises
    ------
    ParameterError
        As `melodyai_edu.theory.groove.swing`.
    """
    part = score.parts[0]
    played = swing(part.melody(score.duration), score.meter, ratio, score.pickup, pair)
    return replace(score, parts=(replace(part, notes=played.notes, dynamics=()),))


def ask_for(
    network: Network, wishes: Sequence[Mapping[str, Any]], *, guidance: float = 1.0, seed: int = 0
) -> list[FreePiece]:
    """Let a network write one rhythm for each wish, with no rule that holds it to anything.

    Parameters
    ----------
    network : Network
    wishes : sequence of mappings
        What `melodyai_edu.tokens.Condition` takes; the meter as text.
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
        Condition(**{**wish, "meter": Meter.parse(wish["meter"])}, mode="major", tonic=60)
        for wish in wishes
    ]
    seeds = [seed + number for number in range(len(wishes))]
    batch = min(40, len(wishes))
    sampler = Sampler(0.9, top_p=0.97)
    return draw_free(network, conditions, seeds, sampler, guidance=guidance, batch=batch)


def duration_bits(network: Network, tunes: Sequence[Tune]) -> tuple[np.ndarray, np.ndarray]:
    """Measure how much the durations of tunes surprise a network.

    Parameters
    ----------
    network : Network
        Trained on rhythms.
    tunes : sequence of Tune

    Returns
    -------
    bits, durations : np.ndarray [shape=(tunes,), bits; and how many durations]
    """
    from melodyai_edu.evaluation.model_bits import network_bits
    from melodyai_edu.training.examples import examples_of

    found = network_bits(network, examples_of(tunes, "rhythm"))
    return (
        np.array([one.duration.sum() for one in found]),
        np.array([len(one.duration) for one in found]),
    )


def draw_profiles(profiles: Mapping[str, np.ndarray], title: str = "") -> Any:
    """Draw how often something happens at each place of the bar.

    Parameters
    ----------
    profiles : mapping of str to np.ndarray [shape=(bar_duration,)]
        What stands at a place that is no sixteenth is added to the sixteenth before it.
    title : str, optional

    Returns
    -------
    figure : matplotlib Figure
    """
    sixteenth = TICKS_PER_QUARTER // 4
    grids = {name: one.reshape(-1, sixteenth).sum(axis=1) for name, one in profiles.items()}
    tallest = (
        f"{name}: tallest at {', '.join(map(str, np.sort(np.argsort(grid)[-4:]) + 1))}"
        for name, grid in grids.items()
    )
    figure = make_figure(
        (7, 1.8 * len(profiles)), f"Bars at the sixteenths of a bar. {'. '.join(tallest)}."
    )
    figure.set_layout_engine("tight")
    rows = figure.subplots(len(profiles), 1, squeeze=False, sharey=True)
    for axes, (name, grid) in zip(rows[:, 0], grids.items(), strict=True):
        axes.bar(range(1, len(grid) + 1), grid)
        axes.set_xticks(range(1, len(grid) + 1))
        axes.set_ylabel(name)
    rows[0, 0].set_title(title)
    rows[-1, 0].set_xlabel("sixteenth of the bar")
    return figure
