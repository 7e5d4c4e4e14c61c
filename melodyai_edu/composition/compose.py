"""From a request to a piece: form, rules, automaton, notes.

Conventions
-----------
All chance comes from one generator, seeded by the request. What was asked for always holds; what
the style adds of itself yields where a rule needs it to. Nothing is tried and thrown away.

Contents
--------
compose
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.composition import library
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.form import Form, choose_form
from melodyai_edu.composition.plan_rules import PlannedPrediction
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.style import learn_style
from melodyai_edu.composition.style_rules import compile_for_style
from melodyai_edu.composition.voice import begin
from melodyai_edu.constraints import Automaton, Rule
from melodyai_edu.constraints.phrase import NoCopy
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.constraints.text import write_bars
from melodyai_edu.decoding import Lookahead, Messages, Sampler, draw_piece
from melodyai_edu.decoding.copies import CopyWatch
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter, Part, TempoChange
from melodyai_edu.tokens import VOCABULARY, Encoding, conditioning_tokens, decode

if TYPE_CHECKING:
    from melodyai_edu.composition.form_plan import FormPlan

__all__ = ["compose"]

#: What the model holds least likely, 3% of the whole, is never drawn: so leaps and chromatic notes
#: are as frequent as in the tunes (docs/LOG.md).
_TOP_P = 0.97

_END = VOCABULARY.id("Sequence_end")


def compose(
    request: CompositionRequest | None = None,
    *,
    regenerate: tuple[int, int] | None = None,
    of: Composition | None = None,
    plan: FormPlan | None = None,
    **fields: Any,
) -> Composition:
    """Compose a piece, or some bars of one anew.

    Parameters
    ----------
    request : CompositionRequest, optional
    regenerate : (int, int), optional [bars, from 1]
        First and last bar to compose anew; every note outside stays as it is.
    of : Composition, optional
        The piece whose bars are meant, by ``regenerate`` or by a rule ``locked=...``.
    plan : FormPlan, optional
        What the piece is to be; see `melodyai_edu.plan_form`. What rules ask for comes first. Its
        bars are those of the piece, where no other number is given.
    **fields
        Fields of `CompositionRequest`, instead of a request; of ``of``'s request if that is given.

    Returns
    -------
    piece : Composition
        Has exactly the bars asked for, each filled, and keeps every rule.

    Raises
    ------
    ParameterError
        If a value cannot be had, rules are in conflict, or both a request and fields are given.

    Examples
    --------
    >>> piece = compose(genre="jig", key="D major", bars=8, rules=["max_leap=7"], seed=7)
    >>> piece.score.bar_count, piece.score.meter.name
    (8, '6/8')
    >>> other = compose(regenerate=(3, 4), of=piece)
    >>> other.score.parts[0].notes[0] == piece.score.parts[0].notes[0]
    True
    """
    if plan is not None and request is None and of is None:
        fields = {"bars": plan.bars, **fields}
    request = _request(request, of, fields)
    _check_plan(plan, request)
    if regenerate is not None:
        rules = _locked_outside(regenerate, of)
    else:
        rules = tuple(_bound(rule, of) for rule in request.all_rules)
    if regenerate is not None and of is not None:
        rules = (*(r for r in request.all_rules if not r.overrides("repeats")), *rules)
    random = np.random.default_rng([request.seed, *(regenerate or ())])
    return _Composer(request, rules, of, random, plan).compose()


def _check_plan(plan: FormPlan | None, request: CompositionRequest) -> None:
    if plan is not None and plan.bars != request.bars:
        raise ParameterError(
            f"bars={request.bars} must be those of the plan, {plan.bars}: plan again"
        )


def _request(
    request: CompositionRequest | None, of: Composition | None, fields: dict[str, Any]
) -> CompositionRequest:
    if request is not None and fields:
        raise ParameterError(
            f"{', '.join(fields)} must be given inside the request: use dataclasses.replace"
        )
    if request is not None:
        return request
    if of is not None:
        return CompositionRequest.from_dict({**of.request.fields, **fields})
    return CompositionRequest.from_dict(fields)


def _locked_outside(regenerate: tuple[int, int], of: Composition | None) -> tuple[Rule, ...]:
    """Lock what lies outside the bars to compose anew."""
    if of is None:
        raise ParameterError(f"regenerate={regenerate} needs the piece: compose(..., of=piece)")
    bars = of.score.bar_count - bool(of.score.pickup)
    first, last = (int(bar) for bar in regenerate)
    if not 1 <= first <= last <= bars:
        raise ParameterError(
            f"regenerate={regenerate} must be the first and the last bar to compose anew, from 1 "
            f"to {bars}"
        )
    outside = tuple(bar for bar in range(bars) if not first - 1 <= bar < last)
    return (Locked(write_bars(outside)).of(of.score),) if outside else ()


def _bound(rule: Rule, of: Composition | None) -> Rule:
    return rule.of(of.score) if isinstance(rule, Locked) and of is not None else rule


class _Composer:
    """Composes one piece."""

    def __init__(
        self,
        request: CompositionRequest,
        rules: Sequence[Rule],
        of: Composition | None,
        random: np.random.Generator,
        plan: FormPlan | None = None,
    ) -> None:
        self.request, self.rules, self.random = request, tuple(rules), random
        self.full = request.resolved()
        self.key, self.meter = Key.parse(str(self.full.key)), Meter.parse(str(self.full.meter))
        self.style = learn_style(self.full.genre, self.meter, self.key.mode, self.full.corpus)
        self.plan = plan
        forms = self.style.rhythm.forms
        self.form = plan.form if plan else choose_form(forms, self.full.bars, random)
        self.locked = frozenset(
            bar for rule in rules if isinstance(rule, Locked) for bar in rule.bars
        )
        if self.locked and of is not None:
            self.form = of.form

    def compose(self) -> Composition:
        """Compile, draw, and put the piece together."""
        full = self.full
        automaton = compile_for_style(
            self.style,
            self.key,
            self.meter,
            full.bars,
            self.rules,
            self._free_form(),
            plan=self.plan,
            locked=self.locked,
        )
        encoding = self._write(automaton)
        part = Part((), name=full.instruments[0].capitalize(), program=full.program)
        score = decode(encoding)
        score = replace(
            score,
            parts=(replace(part, notes=score.parts[0].notes),),
            tempos=(TempoChange(0, float(full.tempo or 0)),),
            title=_title(full),
        )
        form = Form(automaton.grid.plan.originals, self.form.rhythms)
        return Composition(score, self.request, encoding, form, self.style, automaton)

    def _free_form(self) -> Form | None:
        """Give the style's form, as far as nobody asked for another."""
        if self.plan is None and any(rule.overrides("repeats") for rule in self.rules):
            return None
        if not self.locked:
            return self.form
        # What is locked keeps its notes; bars that are composed anew repeat each other only.
        return Form(
            tuple(
                bar if bar in self.locked or original in self.locked else original
                for bar, original in enumerate(self.form.bars)
            ),
            self.form.rhythms,
        )

    def _rhythms(self) -> dict[int, int]:
        """Give the bars that take the rhythm of an earlier one.

        A bar that a plan varies takes it only from the bar that it varies.
        """
        twins = self.form.rhythms
        apart = {
            one.bar
            for one in (self.plan.varied if self.plan else ())
            if twins[one.bar] != twins[one.original]
        }
        return {bar: twin for bar, twin in enumerate(twins) if twin < bar and bar not in apart}

    def _write(self, automaton: Automaton) -> Encoding:
        """Draw all tokens."""
        head = conditioning_tokens(
            genre=self.full.genre, meter=self.meter, mode=self.key.mode, bars=self.full.bars
        )
        model = begin(self.full, self.style, automaton.tonic_pitch)
        drawn = draw_piece(
            PlannedPrediction(model, self.plan) if self.plan else model,
            automaton,
            Sampler(self.full.temperature, top_p=_TOP_P),
            self.random,
            lookahead=Lookahead(Messages(automaton, self.style.small_model)),
            watch=self._watch(automaton),
            rhythms=self._rhythms(),
        )
        token_ids = (*VOCABULARY.ids(head), *drawn, _END)
        return Encoding(token_ids, self.key, automaton.tonic_pitch)

    def _watch(self, automaton: Automaton) -> CopyWatch | None:
        """Give the guard against copied runs, if a rule asks for it."""
        lengths = [rule.notes for rule in self.rules if isinstance(rule, NoCopy)]
        if not lengths:
            return None
        index = library.train_index(self.full.corpus)
        return CopyWatch(automaton, index, min(lengths))


def _title(request: CompositionRequest) -> str:
    name = (request.genre or "melody").capitalize()
    return f"{name} in {request.key}, no. {request.seed}"
