from __future__ import annotations

import pytest

from melodyai_edu.composition import compose
from melodyai_edu.constraints import compile_rules
from melodyai_edu.errors import ParameterError


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (["in_key", "bars=12", "bars=8"], "'bars=12', 'bars=8'"),
        (["bars=12", "cadence=12 full", "bars=8"], "'bars=12', 'bars=8'"),
        (["pickup=1/8", "pickup=1/4"], "'pickup=1/8', 'pickup=1/4'"),
        (
            ["section_key=5-8 A major", "section_key=7-8 C minor"],
            "'section_key=5-8 A major', 'section_key=7-8 C minor'",
        ),
    ],
)
def test_two_wishes_for_one_thing_are_a_conflict(rules, named):
    with pytest.raises(ParameterError, match=f"the rules {named} cannot be kept together"):
        compile_rules(rules, length=8)


def test_a_request_keeps_no_two_numbers_of_bars():
    with pytest.raises(ParameterError, match="'bars=12', 'bars=8' cannot be kept together"):
        compose(genre="jig", model="ngram", rules=["bars=12", "bars=8"])
    assert compose(genre="jig", model="ngram", bars=4, rules=["bars=6"]).facts["bars"] == 6


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (
            ["bars=16", "cadence=16 full", "range=C4-C4"],
            "'cadence=16 full', 'range=C4-C4' cannot be kept together in C major, 4/4, 16 bars",
        ),
        (
            ["range=C4-C4", "bars=15", "form=AAB", "last_degree=5"],
            "'range=C4-C4', 'last_degree=5' cannot be kept together in C major, 4/4, 15 bars",
        ),
    ],
)
def test_bars_asked_for_by_a_rule_do_not_hide_a_conflict(rules, named):
    with pytest.raises(ParameterError, match=named):
        compile_rules(rules, length=8)
