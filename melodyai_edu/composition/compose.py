"""From a request to a piece: form, then bar by bar rhythm and pitch.

Conventions
-----------
All chance comes from one generator, seeded by the request. Bars that the form repeats are copied;
the model hears them like all others. Nothing is tried and thrown away.

Contents
--------
compose
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.form import Form, choose_form
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.style import Style, learn_style
from melodyai_edu.decoding import BarAutomaton, Sampler, generate
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter, Score, TempoChange
from melodyai_edu.tokens import VOCABULARY, Encoding, conditioning_tokens, decode

__all__ = ["compose"]

_BAR = VOCABULARY.id("Bar_line")
_END = VOCABULARY.id("Sequence_end")


def compose(request: CompositionRequest | None = None, **fields: Any) -> Composition:
    """Compose a piece.

    Parameters
    ----------
    request : CompositionRequest, optional
    **fields
        Fields of `CompositionRequest`, instead of a request.

    Returns
    -------
    piece : Composition
        Has exactly the bars asked for, each filled, and ends on the tonic.

    Raises
    ------
    ParameterError
        If a value cannot be had, or both a request and fields are given.

    Examples
    --------
    >>> piece = compose(genre="jig", key="D major", bars=8, seed=7)
    >>> piece.score.bar_count, piece.score.meter.name
    (8, '6/8')
    """
    if request is None:
        request = CompositionRequest.from_dict(fields)
    elif fields:
        raise ParameterError(
            f"{', '.join(fields)} must be given inside the request: use dataclasses.replace"
        )
    full = request.resolved()
    assert full.meter is not None and full.key is not None and full.tempo is not None
    key = Key.parse(full.key)
    style = learn_style(full.genre, full.meter, key.mode)
    random = np.random.default_rng(full.seed)
    form = choose_form(style.forms, full.bars, random)
    encoding = _encode_piece(full, style, form, key, random)
    score = replace(decode(encoding), tempos=(TempoChange(0, full.tempo),), title=_title(full))
    part = replace(score.parts[0], name=full.instruments[0].capitalize(), program=full.program)
    return Composition(replace(score, parts=(part,)), request, encoding, form, style.num_tunes)


def _title(request: CompositionRequest) -> str:
    name = (request.genre or "melody").capitalize()
    return f"{name} in {request.key}, no. {request.seed}"


def _encode_piece(
    request: CompositionRequest,
    style: Style,
    form: Form,
    key: Key,
    random: np.random.Generator,
) -> Encoding:
    """Draw the tokens of a piece, bar by bar."""
    meter = Meter.parse(str(request.meter))
    tonic_pitch = style.tonic_pitch(key)
    automaton, ending = _automata(style, meter, tonic_pitch)
    sampler = Sampler(request.temperature)
    head = conditioning_tokens(genre=request.genre, meter=meter, mode=key.mode, bars=request.bars)
    token_ids = list(VOCABULARY.ids(head))
    prediction = style.model.start()
    for token_id in token_ids:
        prediction.observe(token_id)
    bars: list[list[int]] = []
    sound = automaton.start().sound
    for number, original in enumerate(form):
        prediction.observe(_BAR)
        if original < number:
            bars.append(bars[original])
            for token_id in bars[original]:
                prediction.observe(token_id)
        else:
            rule = ending if number == form[-1] else automaton
            drawn, _ = generate(prediction, rule, rule.start(sound), sampler, random)
            bars.append(drawn)
        sound = bars[-1][-1]
        token_ids += [_BAR, *bars[-1]]
    return Encoding((*token_ids, _END), key, tonic_pitch)


def _automata(style: Style, meter: Meter, tonic_pitch: int) -> tuple[BarAutomaton, BarAutomaton]:
    """Build what fills any bar, and what fills a bar that ends on the tonic."""
    pitches = style.pitches(tonic_pitch)
    any_bar = BarAutomaton(
        meter.bar_duration, style.steps, pitches, has_rests=style.has_rests, has_holds=False
    )
    last_bar = BarAutomaton(
        meter.bar_duration,
        style.steps,
        pitches,
        endings=style.tonics(tonic_pitch),
        has_rests=style.has_rests,
        has_holds=False,
    )
    return any_bar, last_bar
