from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.constraints.plan import Plan, make_plan
from melodyai_edu.constraints.rule import Repeat, Setting
from melodyai_edu.errors import ParameterError

BARS = 8


@st.composite
def repeats(draw):
    """Any bar repeats at most one earlier one, some semitones higher."""
    found = []
    for bar in range(1, BARS):
        original = draw(st.none() | st.integers(0, bar - 1))
        if original is not None:
            found.append(Repeat(bar, original, draw(st.integers(-12, 12))))
    return draw(st.permutations(found))


@given(repeats())
def test_originals_are_drawn_and_everything_adds_up(asked):
    plan = make_plan(Setting(bars=BARS), asked)
    assert all(plan.originals[original] == original for original in plan.originals)
    assert all(original <= bar for bar, original in enumerate(plan.originals))
    for bar, original, semitones, _ in asked:
        assert plan.originals[bar] == plan.originals[original]
        assert plan.shifts[bar] == plan.shifts[original] + semitones
    for bar in set(range(BARS)) - {repeat.bar for repeat in asked}:
        assert (plan.originals[bar], plan.shifts[bar]) == (bar, 0)


@given(repeats())
def test_every_bar_is_an_occurrence_of_one_original(asked):
    plan = make_plan(Setting(bars=BARS), asked)
    everything = [place for bar in plan.drawn for place in plan.occurrences(bar)]
    assert sorted(everything) == list(enumerate(plan.shifts))
    assert all(plan.occurrences(bar)[0] == (bar, 0) for bar in plan.drawn)


@given(repeats())
def test_an_unguarded_bar_line_was_seen_just_so(asked):
    """Where no entry is guarded, the bar before is the one that the automaton saw there."""
    plan = make_plan(Setting(bars=BARS), asked)
    before = dict(zip(plan.drawn[1:], plan.drawn, strict=False))
    for bar in range(1, BARS):
        original = plan.originals[bar]
        if original in plan.guarded_entries:
            assert plan.shifts[bar - 1] in plan.guarded_exits[plan.originals[bar - 1]]
        else:
            assert plan.originals[bar - 1] == before[original]
            assert plan.shifts[bar - 1] == plan.shifts[bar]


@given(st.sampled_from([(0, 0), (0, 1, 0), (0, 1, 1, 0), (0, 1, 0, 1)]))
def test_without_repeats_nothing_is_guarded(originals):
    plain = make_plan(Setting(bars=len(originals)), [])
    assert not plain.guarded_entries
    assert not plain.guarded_exits
    assert plain.drawn == tuple(range(len(originals)))


@pytest.mark.parametrize(
    ("originals", "entries", "exits"),
    [
        ((0, 0), {0}, {0}),  # A A: the first bar follows itself
        ((0, 1, 0), {0}, {1}),  # A B A
        ((0, 0, 2), {0}, {0}),  # A A B: B follows A, as where it was drawn
        ((0, 1, 0, 1), {0}, {1}),  # A B A B: only the way back to A is new
        ((0, 1, 0, 3), {0, 3}, {0, 1}),  # C follows A, not B, which was drawn before it
    ],
)
def test_seams(originals, entries, exits):
    plan = Plan(originals, (0,) * len(originals))
    assert plan.guarded_entries == entries
    assert set(plan.guarded_exits) == exits


def test_a_transposed_pair_of_bars_needs_no_guard_within():
    plan = make_plan(Setting(bars=4), [Repeat(2, 0, 5), Repeat(3, 1, 5)])
    assert plan.shifts == (0, 0, 5, 5)
    assert plan.guarded_entries == {0}


def test_a_repeat_of_a_repeat_sounds_both_shifts_higher():
    plan = make_plan(Setting(bars=3), [Repeat(2, 1, 2), Repeat(1, 0, 3)])
    assert (plan.originals, plan.shifts) == ((0, 0, 0), (0, 3, 5))


def test_shared_first_notes_are_kept_apart():
    plan = make_plan(Setting(bars=3), [Repeat(2, 0, is_first_only=True)])
    assert (plan.originals, plan.first_notes) == ((0, 1, 2), ((2, 0),))


def test_a_bar_repeats_one_bar_only():
    with pytest.raises(ParameterError, match="bar 3 is to repeat bar 1 and bar 2: choose one"):
        make_plan(Setting(bars=3), [Repeat(2, 0), Repeat(2, 1)])
    assert make_plan(Setting(bars=3), [Repeat(2, 0), Repeat(2, 0)]).originals == (0, 1, 0)
