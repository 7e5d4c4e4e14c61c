"""Plans that are read off real tunes."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.composition import library
from melodyai_edu.composition.form import Form
from melodyai_edu.composition.hearing import hear, heard_bars
from melodyai_edu.composition.tune_plan import (
    Variation,
    learn_plans,
    plan_of,
    usual_phrase,
)
from melodyai_edu.score import Meter

JIG = Meter(6, 8)


@pytest.fixture(scope="module")
def jigs():
    return [t for t in library.train_tunes() if t.genre == "jig" and t.meter == JIG][:60]


def test_what_returns_is_what_the_tune_has(jigs):
    seen = 0
    for tune in jigs:
        plan = plan_of(tune)
        if plan is None:
            continue
        bars = heard_bars(hear(tune).token_ids)
        assert plan.bars == len(bars) == len(plan.tension) == len(plan.rests)
        for bar, root in enumerate(plan.form.bars):
            assert bars[bar] == bars[root]
        for one in plan.varied:
            assert one.original < one.bar
            assert bars[one.bar] != bars[one.original]
            for first, last in one.kept:
                here, there = (
                    {(place, sound) for place, _, sound in bars[b] if first <= place < last}
                    for b in (one.bar, one.original)
                )
                assert here == there
        seen += len(plan.varied)
    assert seen > 100


def test_only_whole_bars_are_planned(jigs):
    plans = [plan_of(tune) for tune in jigs]
    assert 0 < sum(plan is None for plan in plans) < len(plans) / 2


def test_dances_pause_half_way_and_come_home():
    """After four bars a jig rests over the dominant, after eight on the tonic."""
    plans = learn_plans("jig", JIG)
    assert len(plans) > 100
    ends = {bar: [plan.cadences.get(bar - 1) for plan in plans] for bar in (4, 8, 16)}
    share = {bar: np.mean([word == "full" for word in words]) for bar, words in ends.items()}
    assert share[4] < 0.3
    assert share[8] > 0.7
    assert np.mean([word == "half" for word in ends[4]]) > 0.4


@pytest.mark.parametrize(
    ("genre", "meter", "bars"),
    [("jig", "6/8", 4), ("march", "4/4", 4), ("chorale", "4/4", 2)],
)
def test_phrases_have_their_length(genre, meter, bars):
    assert usual_phrase(learn_plans(genre, Meter.parse(meter))) == bars


def test_without_a_tune_phrases_have_four_bars():
    assert usual_phrase(()) == 4


def test_a_part_of_a_plan_forgets_what_lies_outside():
    plan = plan_of(mai.load("oneill").filter(genre="jig")[0])._replace(
        form=Form((0, 1, 0, 3, 1, 5), (0, 1, 0, 0, 1, 5)),
        varied=(Variation(3, 0, ((0, 36),)), Variation(5, 3, ((0, 12),))),
        cadences={1: "half", 5: "full"},
        tension=(0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        rests=(1.0,) * 6,
    )
    part = plan.cut(2, 4)
    assert part.form == Form((0, 1, 2, 3), (0, 0, 2, 3))
    assert part.varied == (Variation(1, 0, ((0, 36),)), Variation(3, 1, ((0, 12),)))
    assert part.cadences == {3: "full"}
    assert part.tension == (0.4, 0.6, 0.8, 1.0)
    both = part.followed_by(part)
    assert both.form.bars == (0, 1, 2, 3, 4, 5, 6, 7)
    assert both.varied[2:] == (Variation(5, 4, ((0, 36),)), Variation(7, 5, ((0, 12),)))
    assert both.cadences == {3: "full", 7: "full"}


def test_a_note_is_kept_by_halves():
    change = Variation(1, 0, ((0, 18), (48, 72)))
    assert change.keeps(0, 36)
    assert not change.keeps(12, 24)
    assert change.keeps(36, 24)
    assert not change.keeps(24, 24)
