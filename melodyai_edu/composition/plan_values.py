"""A form plan as plain values, to be kept with a piece, and back.

Conventions
-----------
Plain values are what JSON has. What a person has put in by hand may be wrong: one typed error.

Contents
--------
plan_to_dict, plan_from_dict
"""

from __future__ import annotations

from typing import Any

from melodyai_edu.composition.form import Form
from melodyai_edu.composition.form_plan import FormPlan
from melodyai_edu.composition.plan_sections import PlannedSection
from melodyai_edu.composition.tune_plan import Variation
from melodyai_edu.errors import MelodyAIError, ParameterError
from melodyai_edu.score import Key

__all__ = ["plan_from_dict", "plan_to_dict"]


def plan_to_dict(plan: FormPlan) -> dict[str, Any]:
    """Write a plan as plain values.

    Parameters
    ----------
    plan : FormPlan

    Returns
    -------
    values : dict

    Examples
    --------
    >>> import numpy as np
    >>> from melodyai_edu.composition.form_plan import plan_form
    >>> plan = plan_form("jig", "6/8", 16, np.random.default_rng(0), form="AABA")
    >>> plan_from_dict(plan_to_dict(plan)) == plan
    True
    """
    return {
        "bars": list(plan.form.bars),
        "rhythms": list(plan.form.rhythms),
        "sections": [
            [s.name, s.first_bar, s.bars, s.key.name if s.key else None, s.texture]
            for s in plan.sections
        ],
        "cadences": [list(cadence) for cadence in plan.cadences],
        "tension": list(plan.tension),
        "varied": [[v.bar, v.original, [list(span) for span in v.kept]] for v in plan.varied],
        "phrase_bars": plan.phrase_bars,
        "sources": plan.sources,
    }


def plan_from_dict(values: dict[str, Any]) -> FormPlan:
    """Read a plan from plain values.

    Parameters
    ----------
    values : dict
        What `plan_to_dict` gave, perhaps through a JSON file.

    Returns
    -------
    plan : FormPlan

    Raises
    ------
    ParameterError
        If it is no plan.
    """
    try:
        bars, rhythms = (tuple(int(i) for i in values[name]) for name in ("bars", "rhythms"))
        plan = FormPlan(
            form=Form(bars, rhythms),
            sections=tuple(
                PlannedSection(
                    str(name),
                    int(first),
                    int(length),
                    Key.parse(str(key)) if key else None,
                    str(how),
                )
                for name, first, length, key, how in values["sections"]
            ),
            cadences=tuple((int(bar), str(kind)) for bar, kind in values["cadences"]),
            tension=tuple(float(one) for one in values["tension"]),
            varied=tuple(
                Variation(int(bar), int(original), tuple((int(a), int(b)) for a, b in kept))
                for bar, original, kept in values["varied"]
            ),
            phrase_bars=int(values["phrase_bars"]),
            sources=str(values["sources"]),
        )
    except (KeyError, TypeError, ValueError, MelodyAIError) as error:
        raise ParameterError(
            f"plan={str(values)[:80]!r} must be what a piece's provenance holds ({error})"
        ) from error
    is_whole = len(plan.tension) == len(rhythms) == plan.bars
    if not is_whole or any(i > bar or i < 0 for row in plan.form for bar, i in enumerate(row)):
        raise ParameterError(
            f"plan={str(values)[:80]!r} must have a tension for each bar, and bars that repeat "
            f"earlier ones only: take it from a piece's provenance"
        )
    return plan
