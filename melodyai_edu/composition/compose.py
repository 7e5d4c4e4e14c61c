"""From a request to a piece: plan, harmony, melody, arrangement.

Conventions
-----------
All chance comes from generators that are seeded by the request, one for each module. What was asked
for always holds; what the style adds of itself yields where a rule needs it to. Nothing is tried
and thrown away, but where a taste chooses among candidates: they keep the rules, all of them.

Contents
--------
compose
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from melodyai_edu.composition.composer import Composer
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.edits import regenerate_bars, regenerate_module
from melodyai_edu.composition.form_plan import FormPlan
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.taste import draws_of
from melodyai_edu.constraints import Rule
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.tastes import identify_taste, load_taste

__all__ = ["compose"]


def compose(
    request: CompositionRequest | None = None,
    *,
    regenerate: tuple[int, int] | str | None = None,
    of: Composition | None = None,
    lock: Sequence[str] = (),
    plan: FormPlan | None = None,
    **fields: Any,
) -> Composition:
    """Compose a piece, or a part of one anew.

    Parameters
    ----------
    request : CompositionRequest, optional
    regenerate : (int, int) or str, optional [bars, from 1]
        First and last bar to compose anew, in all parts; every note outside stays as it is. Or a
        module: ``"harmony"`` (the same melody, new chords), ``"pitches"`` (the same rhythm, new
        pitches), ``"melody"`` (the same chords, a new melody), ``"arrangement"`` (the same melody
        and chords, played otherwise).
    of : Composition, optional
        The piece that is meant, by ``regenerate`` or by a rule ``locked=...``.
    lock : sequence of str, optional
        Names of parts that stay as they are where anything else is made anew.
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
    if regenerate is not None or lock:
        if of is None:
            what = f"regenerate={regenerate!r}" if regenerate is not None else f"lock={lock!r}"
            raise ParameterError(f"{what} needs the piece: compose(..., of=piece)")
        if regenerate is None or isinstance(regenerate, str):
            return regenerate_module(of, regenerate or "arrangement", request, lock=lock)
        return regenerate_bars(of, regenerate, request, lock=lock)
    rules = tuple(_bound(rule, of) for rule in request.all_rules)
    return _best(request, rules, of, plan)


def _best(
    request: CompositionRequest,
    rules: Sequence[Rule],
    of: Composition | None,
    plan: FormPlan | None,
) -> Composition:
    """Compose the piece; where a taste is asked for, the candidate that it likes most."""
    drawn = (
        Composer(request, rules, of, draw, plan=plan).compose()
        for draw in draws_of(request.candidates)
    )
    if request.taste is None:
        return next(drawn)
    taste, named = load_taste(request.taste), identify_taste(request.taste)
    best = max(drawn, key=lambda piece: taste.score(piece.encoding))  # of equals the first
    named_request = replace(best.request, taste=named)
    return replace(best, request=named_request, origin=named_request)


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


def _bound(rule: Rule, of: Composition | None) -> Rule:
    if of is None or not isinstance(rule, Locked) or rule.events:
        return rule
    return rule.of(of.lead)
