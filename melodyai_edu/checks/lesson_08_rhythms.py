"""What the cells of lesson 08 call: rhythms that are tapped, drawn, counted, swung and drawn upon.

Conventions
-----------
A rhythm is a score whose notes all have one pitch. A place is a position in the bar [ticks]; the
places of a meter are its sixteenths.

Contents
--------
tap, swung, draw_rhythm, ask_for, duration_bits, rhythm_rules, draw_profiles
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.score import TICKS_PER_QUARTER, Melody, Meter, Note, Rest, Score
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

_PITCH = 67
_WHOLE = 4 * TICKS_PER_QUARTER


def tap(score: Score, bars: int = 8) -> Score:
    """Give the rhythm of a melody's first bars, on one pitch.

    Parameters
    ----------
    score : Score
    bars : int, default 8 [bars]
        A pickup comes on top.

    Returns
    -------
    score : Score

    Examples
    --------
    >>> tap(Score.of_melody(Melody.from_events([(60, 24), (64, 72)]))).parts[0].melody().pitches
    array([67, 67])
    """
    end = min(score.duration, score.pickup + bars * score.meter.bar_duration)
    melody = score.parts[0].melody()
    notes = [
        Note(note.onset, min(note.duration, end - note.onset), _PITCH)
        for note in melody
        if note.onset < end
    ]
    return Score.of_melody(
        Melody(tuple(notes), end),
        meter=score.meter,
        tempo=score.tempos[0].tempo,
        pickup=score.pickup,
        title=f"the rhythm of {score.title}" if score.title else "",
    )


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


def draw_rhythm(
    network: Network,
    genre: str | None,
    meter: str,
    *,
    density: int = 0,
    bars: int = 8,
    temperature: float = 0.9,
    seed: int = 0,
) -> Score:
    """Let a network write a rhythm in which every bar is filled.

    Parameters
    ----------
    network : Network
        Trained on rhythms.
    genre : str or None
    meter : str
        Such as ``"6/8"``.
    density : int, default 0
        From 1 (few notes) to 5 (many); 0 leaves it open.
    bars : int, default 8 [bars]
    temperature : float, default 0.9
    seed : int, default 0

    Returns
    -------
    score : Score
    """
    from melodyai_edu.constraints import compile_rules
    from melodyai_edu.decoding import Sampler, draw_piece
    from melodyai_edu.decoding.stepwise import NeuralPrediction
    from melodyai_edu.score import Key
    from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens, decode

    facts: dict[str, Any] = {"genre": genre, "meter": Meter.parse(meter), "bars": bars}
    automaton = compile_rules((), length=bars, key="C major", meter=meter)
    piece = NeuralPrediction(network, Condition(density=density, **facts))
    drawn = draw_piece(piece, automaton, Sampler(temperature), np.random.default_rng(seed))
    head = VOCABULARY.ids(conditioning_tokens(mode="major", **facts))
    return tap(decode(Encoding((*head, *drawn), Key("C"), 60)), bars)


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


def rhythm_rules(score: Score) -> list[str]:
    """Write each bar of a rhythm as a rule for `mai.compose`.

    Parameters
    ----------
    score : Score
        No note crosses a bar line; no pickup.

    Returns
    -------
    rules : list of str

    Examples
    --------
    >>> rhythm_rules(Score.of_melody(Melody.from_events([(67, 24), (None, 24), (67, 48)])))
    ['rhythm=1: 1/4 r1/4 1/2']
    """
    length = score.meter.bar_duration
    values: dict[int, list[str]] = {}
    for event in score.parts[0].melody(score.duration).events():
        text = str(Fraction(event.duration, _WHOLE))
        rest = "r" if isinstance(event, Rest) else ""
        values.setdefault(event.onset // length + 1, []).append(rest + text)
    return [f"rhythm={bar}: {' '.join(found)}" for bar, found in values.items()]


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
    from matplotlib import pyplot

    size = (7, 1.8 * len(profiles))
    figure, rows = pyplot.subplots(
        len(profiles), 1, squeeze=False, sharey=True, figsize=size, layout="tight"
    )
    pyplot.close(figure)  # the cell shows what is given back, and shows it once
    for axes, (name, shares) in zip(rows[:, 0], profiles.items(), strict=True):
        grid = shares.reshape(-1, TICKS_PER_QUARTER // 4).sum(axis=1)
        axes.bar(range(1, len(grid) + 1), grid)
        axes.set_xticks(range(1, len(grid) + 1))
        axes.set_ylabel(name)
    rows[0, 0].set_title(title)
    rows[-1, 0].set_xlabel("sixteenth of the bar")
    return figure
