from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.constraints import compile_rules
from melodyai_edu.decoding import (
    Lookahead,
    Messages,
    Performance,
    Sampler,
    draw_piece,
    play,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.fixed_order import FixedOrderNGram
from melodyai_edu.tokens import VOCABULARY

RULES = ["in_key", "range=C4-C5", "durations=1/4,1/2", "no_rests"]


class Uniform:
    """Knows nothing, and remembers what it heard."""

    def __init__(self):
        self.heard = []

    def distribution(self):
        return np.ones(len(VOCABULARY))

    def observe(self, token_id):
        self.heard.append(token_id)


def bars(token_ids):
    """Cut tokens at bar lines."""
    found = []
    for token in map(VOCABULARY.token, token_ids):
        if token == "Bar_line":
            found.append([])
        else:
            found[-1].append(token)
    return found


def drawn(automaton, seed=0, **options):
    prediction = Uniform()
    token_ids = draw_piece(prediction, automaton, Sampler(), np.random.default_rng(seed), **options)
    assert prediction.heard == token_ids  # the model hears what is played, repeats included
    return token_ids


@given(st.integers(0, 10_000), st.sampled_from(["AABA", "AB", "ABAB", "AAB"]))
def test_equal_letters_are_equal_bars(seed, form):
    found = bars(drawn(compile_rules([*RULES, f"form={form}"], length=len(form)), seed))
    assert len(found) == len(form)
    for letter, bar in zip(form, found, strict=True):
        assert bar == found[form.index(letter)]


def test_a_transposed_repeat_moves_pitches_only():
    automaton = compile_rules(
        ["range=C4-C5", "durations=1/4,1/2", "no_rests", "same_bars=2 1 transposed 2"], length=2
    )
    first, second = bars(drawn(automaton))
    for one, other in zip(first, second, strict=True):
        kind, _, value = one.partition("_")
        assert other == (f"Pitch_{int(value) + 2}" if kind == "Pitch" else one)


def test_a_bar_takes_the_rhythm_of_another_where_it_can():
    automaton = compile_rules([*RULES, "final_note=2"], length=3)
    for seed in range(8):
        first, second, third = bars(drawn(automaton, seed, rhythms={1: 0, 2: 0}))
        assert second[::2] == first[::2]
        assert third[-2] == "Duration_48"  # the rule comes before the rhythm


def test_a_prompt_is_kept_and_gone_on_with():
    automaton = compile_rules(RULES, length=2)
    prompt = VOCABULARY.ids(["Bar_line", "Duration_48", "Pitch_67", "Duration_24", "Pitch_65"])
    assert tuple(drawn(automaton, prompt=prompt)[: len(prompt)]) == prompt


def test_an_illegal_prompt_is_refused():
    prompt = VOCABULARY.ids(["Bar_line", "Duration_48", "Pitch_61"])
    with pytest.raises(ParameterError, match=r"C#4 at bar 1 beat 1: it breaks in_key"):
        drawn(compile_rules(RULES, length=2), prompt=prompt)


def test_look_ahead_changes_what_is_likely_not_what_is_legal():
    automaton = compile_rules([*RULES, "end_on_tonic", "max_leap=2"], length=2)
    lookahead = Lookahead(Messages(automaton, FixedOrderNGram(1)))
    plain = [drawn(automaton, seed) for seed in range(5)]
    ahead = [drawn(automaton, seed, lookahead=lookahead) for seed in range(5)]
    assert plain != ahead
    for token_ids in ahead:
        assert automaton.is_end(automaton.follow(token_ids))


def test_played_bars_follow_the_plan():
    automaton = compile_rules([*RULES, "form=ABA"], length=3)
    performance = Performance(automaton)
    for token in ("Bar_line", "Duration_96", "Pitch_60", "Bar_line", "Duration_96", "Pitch_62"):
        performance.draw(VOCABULARY.id(token)) if token in VOCABULARY else None
    assert performance.bar == 1
    assert [bar[-1] for bar in bars(performance.finish())] == ["Pitch_60", "Pitch_62", "Pitch_60"]


def test_playing_needs_no_model():
    automaton = compile_rules([*RULES, "form=AA"], length=2)
    token_ids = VOCABULARY.ids(["Bar_line", "Duration_48", "Pitch_60"])
    assert bars(play(automaton, token_ids))[1] == ["Duration_48", "Pitch_60"]
