"""From a request to a piece: form, then bar by bar rhythm and pitch.

Conventions
-----------
All chance comes from one generator, seeded by the request. Bars that the form repeats are copied;
the model hears them like all others. Nothing is tried and thrown away.

Contents
--------
compose, MAX_LEAP
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.form import Form, choose_form
from melodyai_edu.composition.hearing import PITCHES, REST, heard_bars
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.style import Steps, Style, learn_style
from melodyai_edu.decoding import BarAutomaton, Sampler, generate
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter, Part, TempoChange
from melodyai_edu.tokens import VOCABULARY, Encoding, conditioning_tokens, decode

__all__ = ["MAX_LEAP", "compose"]

#: The widest interval [semitones], an octave; but where two repeated bars meet for the first time.
MAX_LEAP = 12

#: What the model holds least likely, 3% of the whole, is never drawn: so leaps and chromatic notes
#: are as frequent as in the tunes (docs/LOG.md).
_TOP_P = 0.97

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
    key, meter = Key.parse(str(full.key)), Meter.parse(str(full.meter))
    style = learn_style(full.genre, meter, key.mode, full.corpus)
    random = np.random.default_rng(full.seed)
    form = choose_form(style.rhythm.forms, full.bars, random)
    writer = _Writer(style, form, key, meter, Sampler(full.temperature, top_p=_TOP_P), random)
    encoding = writer.write(full.genre)
    part = Part((), name=full.instruments[0].capitalize(), program=full.program)
    score = decode(encoding)
    score = replace(
        score,
        parts=(replace(part, notes=score.parts[0].notes),),
        tempos=(TempoChange(0, float(full.tempo or 0)),),
        title=_title(full),
    )
    return Composition(score, request, encoding, form, style.num_tunes)


def _title(request: CompositionRequest) -> str:
    name = (request.genre or "melody").capitalize()
    return f"{name} in {request.key}, no. {request.seed}"


class _Writer:
    """Writes the tokens of one piece, bar by bar."""

    def __init__(
        self,
        style: Style,
        form: Form,
        key: Key,
        meter: Meter,
        sampler: Sampler,
        random: np.random.Generator,
    ) -> None:
        self.style, self.form, self.key, self.meter = style, form, key, meter
        self.sampler, self.random = sampler, random
        self.tonic_pitch = style.tonic_pitch(key)
        self.prediction = style.model.start()
        self.bars: list[list[int]] = []

    def write(self, genre: str | None) -> Encoding:
        """Write the whole piece."""
        bars = len(self.form.bars)
        head = conditioning_tokens(genre=genre, meter=self.meter, mode=self.key.mode, bars=bars)
        token_ids = list(VOCABULARY.ids(head))
        self._hear(token_ids)
        for number, original in enumerate(self.form.bars):
            self._hear([_BAR])
            if original < number:
                self.bars.append(self.bars[original])
                self._hear(self.bars[original])
            else:
                self.bars.append(self._new_bar(number))
            token_ids += [_BAR, *self.bars[number]]
        return Encoding((*token_ids, _END), self.key, self.tonic_pitch)

    def _hear(self, token_ids: Iterable[int]) -> None:
        for token_id in token_ids:
            self.prediction.observe(token_id)

    def _new_bar(self, number: int) -> list[int]:
        following: list[int] = []
        if number + 1 < len(self.form.bars) and self.form.bars[number + 1] < number:
            following = [_BAR, *self.bars[self.form.bars[number + 1]]]
        rule, sound = self._rule(number, following), self._last_pitch()
        token_ids, _ = generate(self.prediction, rule, rule.start(sound), self.sampler, self.random)
        return token_ids

    def _last_pitch(self) -> int | None:
        """Give the pitch that sounded last in the bars so far."""
        sounds = (i for bar in reversed(self.bars) for i in reversed(bar) if i in PITCHES)
        return next(sounds, None)

    def _rule(self, number: int, following: Sequence[int]) -> BarAutomaton:
        """Choose the strictest rule that can be kept.

        That is the rhythm which the form asks for, and to come near what follows; if a leap were
        too wide then, the rhythm alone; or else any bar of the style.
        """
        style, is_end = self.style, number == self.form.bars[-1]
        any_rhythm = (style.rhythm.steps, style.rhythm.rests)
        rhythm, twin = any_rhythm, self.form.rhythms[number]
        if is_end:
            rhythm = (style.rhythm.cadences, frozenset())
        elif twin < number:
            rhythm = _rhythm_of(self.bars[twin])
        rules = (
            BarAutomaton(
                self.meter.bar_duration,
                steps,
                style.pitches(self.tonic_pitch),
                rests=rests,
                max_leap=MAX_LEAP,
                endings=style.tonics(self.tonic_pitch) if is_end else None,
                following=known,
            )
            for (steps, rests), known in ((rhythm, following), (rhythm, ()), (any_rhythm, ()))
        )
        return next(rule for rule in rules if rule.can_fill(self._last_pitch()))


def _rhythm_of(bar: Sequence[int]) -> tuple[Steps, Steps]:
    """Give where the notes and the rests of a bar begin, and how long they last."""
    (heard,) = heard_bars([_BAR, *bar])
    notes = frozenset((position, ticks) for position, ticks, sound in heard if sound != REST)
    rests = frozenset((position, ticks) for position, ticks, sound in heard if sound == REST)
    return notes, rests
