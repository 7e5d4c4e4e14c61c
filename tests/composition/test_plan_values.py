"""Plans as plain values: a piece of a given plan is made again from its provenance."""

import json

import numpy as np
import pytest

from melodyai_edu.composition import compose, rebuild
from melodyai_edu.composition.form_plan import plan_form
from melodyai_edu.composition.plan_values import plan_from_dict, plan_to_dict
from melodyai_edu.errors import ParameterError


@pytest.mark.parametrize("seed", range(5))
def test_there_and_back_through_json(seed):
    plan = plan_form("reel", "2/2", 20, np.random.default_rng(seed), intro=2, ending=2)
    plan = plan.with_section(plan.sections[1].name, key="G major", texture="thin")
    assert plan_from_dict(json.loads(json.dumps(plan_to_dict(plan)))) == plan


@pytest.mark.parametrize(
    "change",
    [{"bars": "x"}, {"tension": [0.5]}, {"bars": [1] * 8}, {"sections": [["A"]]}, {"varied": 3}],
)
def test_what_is_no_plan_is_said(change):
    plan = plan_form("reel", "2/2", 8, np.random.default_rng(0))
    with pytest.raises(ParameterError, match="provenance"):
        plan_from_dict(plan_to_dict(plan) | change)


def test_a_piece_of_a_given_plan_is_made_again():
    plan = plan_form("jig", "6/8", 8, np.random.default_rng(5), form="AA'BA")
    piece = compose(genre="jig", arrangement="jig", plan=plan, seed=3)
    edited = compose(regenerate=(3, 4), of=piece)
    for one in (piece, edited):
        again = rebuild(json.loads(json.dumps(one.provenance)))
        assert again.score == one.score
        assert again.plan == plan
    assert "plan" not in compose(genre="jig", arrangement="jig", bars=8, seed=3).provenance
