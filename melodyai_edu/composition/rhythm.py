"""Rhythm first: a network writes it, and a melody is composed over it.

Conventions
-----------
A rhythm is a score whose notes all have one pitch. As rules it holds a piece, whichever model draws
the pitches: so a piece over a rhythm is asked for by its request alone, and comes again.

Contents
--------
tap, draw_rhythm, rhythm_rules, compose_over
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.composition.compose import compose
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.constraints import compile_rules
from melodyai_edu.constraints.text import write_duration
from melodyai_edu.decoding import Sampler, draw_piece
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.saved import load_model
from melodyai_edu.score import Key, Melody, Meter, Note, Rest, Score
from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens, decode

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["compose_over", "draw_rhythm", "rhythm_rules", "tap"]

_PITCH = 67


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


def draw_rhythm(
    network: Network | str,
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
    network : Network or str
        Trained on rhythms; or the name of such a model, ``"rhythm-small-transformer"``.
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

    Raises
    ------
    ParameterError
        If there is no such model, it writes melodies, or a number is impossible.
    """
    from melodyai_edu.decoding.stepwise import NeuralPrediction

    facts: dict[str, Any] = {"genre": genre, "meter": Meter.parse(meter), "bars": bars}
    condition = Condition(density=density, **facts)
    automaton = compile_rules((), length=bars, key="C major", meter=meter)
    piece = NeuralPrediction(_network(network), condition)
    drawn = draw_piece(piece, automaton, Sampler(temperature), np.random.default_rng(seed))
    head = VOCABULARY.ids(conditioning_tokens(mode="major", **facts))
    return tap(decode(Encoding((*head, *drawn), Key("C"), 60)), bars)


def _network(network: Network | str) -> Network:
    if not isinstance(network, str):
        return network
    model = load_model(network)
    if model.card.kind != "rhythm":
        raise ParameterError(f"model={network!r} writes melodies: name one that writes rhythms")
    return model.network


def rhythm_rules(score: Score) -> list[str]:
    """Write each bar of a rhythm as a rule for `mai.compose`.

    Parameters
    ----------
    score : Score
        No note crosses a bar line; no pickup.

    Returns
    -------
    rules : list of str

    Raises
    ------
    ParameterError
        If the score has a pickup, or a note or rest crosses a bar line.

    Examples
    --------
    >>> rhythm_rules(Score.of_melody(Melody.from_events([(67, 24), (None, 24), (67, 48)])))
    ['rhythm=1: 1/4 r1/4 1/2']
    """
    length = score.meter.bar_duration
    if score.pickup:
        raise ParameterError(f"rhythm with a pickup of {score.pickup} ticks must begin with a bar")
    values: dict[int, list[str]] = {}
    for event in score.parts[0].melody(score.duration).events():
        bar, position = divmod(event.onset, length)
        if position + event.duration > length:
            raise ParameterError(
                f"rhythm must end its notes by the bar line: bar {bar + 1} does not"
            )
        rest = "r" if isinstance(event, Rest) else ""
        values.setdefault(bar + 1, []).append(rest + write_duration(event.duration))
    return [f"rhythm={bar}: {' '.join(found)}" for bar, found in values.items()]


def compose_over(
    rhythm: Score | str,
    request: CompositionRequest | None = None,
    *,
    density: int = 0,
    **fields: Any,
) -> Composition:
    """Compose a melody over a rhythm: one that is given, or one that a network writes first.

    Parameters
    ----------
    rhythm : Score or str
        As `rhythm_rules` takes it; or the name of a model that writes rhythms. That one is told
        genre, meter and length of the piece, and draws by the piece's seed.
    request : CompositionRequest, optional
    density : int, default 0
        How many notes the network shall write, from 1 (few) to 5 (many); 0 leaves it open.
    **fields
        Fields of `CompositionRequest`, instead of a request. A given rhythm decides meter and bars
        itself.

    Returns
    -------
    piece : Composition
        Its request has the rhythm among its rules, so it gives the same piece without the network.

    Raises
    ------
    ParameterError
        As `draw_rhythm`, `rhythm_rules` and `compose`; or if both a request and fields are given.

    Examples
    --------
    >>> rhythm = Score.of_melody(Melody.from_events([(67, 48), (67, 24), (67, 24), (67, 96)]))
    >>> piece = compose_over(rhythm, model="ngram", seed=5)
    >>> [note.duration for note in piece.score.parts[0].notes]
    [48, 24, 24, 96]
    """
    if request is not None and fields:
        raise ParameterError(
            f"{', '.join(fields)} must be given inside the request: use dataclasses.replace"
        )
    if isinstance(rhythm, Score):
        if density:
            raise ParameterError(f"density={density} is a wish to a network: a rhythm is given")
        request = request or CompositionRequest(
            **{"meter": rhythm.meter.name, "bars": rhythm.bar_count, **fields}
        )
        found = rhythm
    else:
        request = request or CompositionRequest(**fields)
        full = request.resolved()
        found = draw_rhythm(
            rhythm, full.genre, str(full.meter), density=density, bars=full.bars, seed=full.seed
        )
        request = replace(request, meter=full.meter)
    rules = (*rhythm_rules(found), *request.rules)
    return compose(replace(request, rules=rules))
