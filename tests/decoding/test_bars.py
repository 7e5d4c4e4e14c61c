from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.decoding import BarAutomaton
from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY

BAR = 48
STEPS = st.sets(st.tuples(st.sampled_from(range(0, 48, 6)), st.sampled_from([6, 12, 18, 24, 48])))
PITCHES = st.sets(st.integers(55, 75), min_size=1, max_size=8)


def pitch_ids(pitches):
    return VOCABULARY.ids(f"Pitch_{pitch}" for pitch in pitches)


def legal(automaton, state):
    return [VOCABULARY.token(i) for i in np.flatnonzero(automaton.mask(state))]


def walk(automaton, state, random):
    """Go on with any legal token until the bar is full."""
    token_ids = []
    while not automaton.is_end(state):
        choices = np.flatnonzero(automaton.mask(state))
        assert choices.size, f"no way on from {state}"
        token_ids.append(int(random.choice(choices)))
        state = automaton.next(state, token_ids[-1])
    return token_ids


@given(STEPS, STEPS, PITCHES, st.none() | st.integers(1, 12), st.booleans(), st.data())
def test_no_legal_token_leads_astray(steps, rests, pitches, max_leap, has_ending, data):
    ids = pitch_ids(sorted(pitches))
    steps |= {(0, 24), (24, 24)}
    automaton = BarAutomaton(
        BAR,
        steps,
        ids,
        rests=rests,
        max_leap=max_leap,
        endings=ids[:1] if has_ending else None,
        following=data.draw(st.sampled_from([(), (ids[-1],)])),
    )
    sound = data.draw(st.sampled_from([None, *ids]))
    if not automaton.can_fill(sound):
        return
    random = np.random.default_rng(data.draw(st.integers(0, 1000)))
    token_ids = walk(automaton, automaton.start(sound), random)
    durations = [int(VOCABULARY.token(i).partition("_")[2]) for i in token_ids[::2]]
    assert sum(durations) == BAR
    sounded = [i for i in [sound, *token_ids[1::2]] if i in ids]
    if max_leap is not None:
        assert all(abs(a - b) <= max_leap for a, b in pairwise(sounded))
    if has_ending:
        assert token_ids[-1] == ids[0]


def test_what_leads_nowhere_is_no_choice():
    automaton = BarAutomaton(BAR, {(0, 24), (24, 24), (0, 36), (0, 12)}, pitch_ids([60]))
    assert legal(automaton, automaton.start()) == ["Duration_24"]


def test_rests_only_where_they_may_begin():
    automaton = BarAutomaton(BAR, {(0, 24), (24, 24)}, pitch_ids([60]), rests={(24, 24)})
    assert legal(automaton, automaton.start()._replace(duration=24)) == ["Pitch_60"]
    second = automaton.start()._replace(position=24, duration=24)
    assert legal(automaton, second) == ["Pitch_rest", "Pitch_60"]


def test_a_bar_that_must_end_on_a_pitch_does_not_end_in_a_rest():
    steps = {(0, 24), (24, 24)}
    automaton = BarAutomaton(BAR, steps, pitch_ids([60, 67]), rests=steps, endings=pitch_ids([60]))
    last = automaton.start()._replace(position=24, duration=24, sound=pitch_ids([67])[0])
    assert legal(automaton, last) == ["Pitch_60"]


def test_a_leap_is_measured_from_the_last_pitch_even_over_a_rest():
    automaton = BarAutomaton(BAR, {(24, 24)}, pitch_ids([60, 67, 74]), rests={(0, 24)}, max_leap=7)
    state = automaton.start(pitch_ids([60])[0])
    for token in ("Duration_24", "Pitch_rest", "Duration_24"):
        state = automaton.next(state, VOCABULARY.id(token))
    assert legal(automaton, state) == ["Pitch_60", "Pitch_67"]


def test_the_way_to_the_ending_is_kept_open():
    # From 60 an octave up to 72 by fifths at most: the note between must be 67.
    automaton = BarAutomaton(
        BAR,
        {(0, 24), (24, 24)},
        pitch_ids([55, 60, 67, 72]),
        max_leap=7,
        endings=pitch_ids([72]),
    )
    state = automaton.start(pitch_ids([60])[0])._replace(duration=24)
    assert legal(automaton, state) == ["Pitch_67"]


def test_what_follows_the_bar_is_in_reach():
    following = VOCABULARY.ids(["Bar_line", "Duration_24", "Pitch_72"])
    automaton = BarAutomaton(
        BAR, {(0, 48)}, pitch_ids([60, 67, 71]), max_leap=7, following=following
    )
    assert legal(automaton, automaton.start()._replace(duration=48)) == ["Pitch_67", "Pitch_71"]


def test_goals():
    following = VOCABULARY.ids(["Bar_line", "Duration_24", "Pitch_72"])
    automaton = BarAutomaton(
        BAR, {(0, 24), (24, 24)}, pitch_ids([60, 67]), endings=pitch_ids([60]), following=following
    )
    start = automaton.start()
    assert automaton.goal(start) is None
    first = start._replace(duration=24)
    assert automaton.goal(first) == (VOCABULARY.ids(["Duration_24"]), pitch_ids([60]))
    last = first._replace(position=24)
    assert automaton.goal(last) == (following[:2], following[2:])


def test_a_bar_that_cannot_be_filled_is_refused():
    automaton = BarAutomaton(BAR, {(0, 36)}, pitch_ids([60]))
    assert not automaton.can_fill()
    with pytest.raises(ParameterError, match="no legal notes fill a bar of 48 ticks"):
        automaton.start()


def test_a_leap_that_cannot_be_made_is_refused():
    automaton = BarAutomaton(
        BAR, {(0, 48)}, pitch_ids([60, 72]), max_leap=4, endings=pitch_ids([72])
    )
    assert automaton.can_fill(pitch_ids([72])[0])
    assert not automaton.can_fill(pitch_ids([60])[0])
