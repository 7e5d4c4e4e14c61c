from __future__ import annotations

import re

import pytest

from melodyai_edu.composition import compose
from melodyai_edu.constraints import compile_rules
from melodyai_edu.constraints.melody import MaxLeap
from melodyai_edu.constraints.phrase import Cadence, Motif
from melodyai_edu.constraints.rhythm import Density
from melodyai_edu.constraints.structure import FormRule, Locked
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


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("rhythm=3: 1/4 1/8 1/8", "its values last 1/2, a bar 1/1"),
        ("fixed=2.4: D4 1/2", "its note of 1/2 crosses a bar line"),
        ("motif=2: D4 1/4 E4 1/1", "its note of 1/1 crosses a bar line"),
        ("motif=8: D4 1/1 E4 1/1", "its notes run on behind the end of the piece"),
    ],
)
def test_a_rule_that_can_never_be_kept_says_why(rule, reason):
    with pytest.raises(ParameterError, match=f"cannot be kept in C major, 4/4, 8 bars: {reason}"):
        compile_rules([rule], length=8)


def test_a_last_note_can_be_too_long_for_its_meter():
    with pytest.raises(ParameterError, match=r"single note in a bar of 5/8 is 1/2, 1\.6 beats"):
        compile_rules(["final_note=2"], length=2, meter="5/8")


def test_a_conflict_with_a_form_says_that_seams_are_narrow():
    with pytest.raises(ParameterError, match=r"no line goes on through a repeat.*A repeat must be"):
        compile_rules(["contour=arch", "form=AABA"], length=8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scale=xyz", "scale='xyz' must end in one of: major"),
        ("fixed=2.1: D12 1/2", "rule='fixed=2.1: D12 1/2': "),
        ("motif=2: D4 1/7", "rule='motif=2: D4 1/7': "),
        ("range=H4-C5", "rule='range=H4-C5': "),
    ],
)
def test_values_that_cannot_be_read_name_their_rule(text, message):
    with pytest.raises(ParameterError, match=re.escape(message)):
        compile_rules([text])


@pytest.mark.parametrize("kind", [Density, FormRule, Cadence, Motif, MaxLeap, Locked])
def test_a_rule_as_an_object_takes_text_or_a_number(kind):
    with pytest.raises(ParameterError, match=f"{kind.name}=.* must be text, as in {kind.__name__}"):
        kind((2, 6))
    assert MaxLeap(5) == MaxLeap("5")
