from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import MODES, Meter
from melodyai_edu.tokens.condition import (
    NUM_CHORDS,
    NUM_CONDITIONS,
    UNKNOWN_IDS,
    Condition,
    chord_id,
    density_level,
)
from melodyai_edu.tokens.vocabulary import DENSITIES, GENRES, MOODS, VOCABULARY

conditions = st.builds(
    Condition,
    genre=st.none() | st.sampled_from(GENRES),
    mood=st.none() | st.sampled_from(MOODS),
    meter=st.none() | st.sampled_from([Meter(6, 8), Meter(2, 2)]),
    mode=st.none() | st.sampled_from(list(MODES)),
    tonic=st.none() | st.integers(20, 110),
    bars=st.integers(0, 200),
    density=st.sampled_from([0, *DENSITIES]),
)


@given(conditions)
def test_there_is_a_token_for_everything(condition):
    assert len(condition.token_ids) == NUM_CONDITIONS
    assert VOCABULARY.ids(condition.tokens) == condition.token_ids
    kinds = [token.partition("_")[0] for token in condition.tokens]
    assert kinds == ["Genre", "Mood", "Meter", "Mode", "Tonic", "Length", "Density"]


@given(conditions)
def test_without_style_only_style_and_length_are_unknown(condition):
    plain = condition.without_style()
    for place, (own, other) in enumerate(zip(condition.token_ids, plain.token_ids, strict=True)):
        assert other == (UNKNOWN_IDS[place] if place in (0, 1, 5, 6) else own)


def test_what_has_no_token_is_refused_or_unknown():
    with pytest.raises(ParameterError, match="mood='jolly' must be one of: happy, tense"):
        Condition(mood="jolly")
    with pytest.raises(ParameterError, match="density=9 must be from 1 to 5"):
        Condition(density=9)
    assert Condition(tonic=200, bars=1000).token_ids == UNKNOWN_IDS


@given(st.integers(-24, 24), st.sampled_from(["major", "minor", "diminished"]))
def test_every_triad_has_a_number_of_its_own(degree, quality):
    number = chord_id(degree, quality)
    assert 1 <= number < NUM_CHORDS
    assert number == chord_id(degree + 12, quality)
    others = {chord_id(d, q) for d in range(12) for q in ("major", "minor", "diminished")}
    assert len(others) == NUM_CHORDS - 1


def test_density_rises_with_the_notes():
    levels = [density_level(notes, 16 * 24) for notes in range(8, 64)]
    assert levels == sorted(levels)
    assert set(levels) == set(DENSITIES)
    with pytest.raises(ParameterError, match="duration=0 must be positive"):
        density_level(3, 0)
