from __future__ import annotations

import pytest

from melodyai_edu.composition import compose
from melodyai_edu.errors import ParameterError

RULES = ("in_key", "max_leap=7", "range=D4-B5", "cadence=8 half")


@pytest.fixture(scope="module")
def piece():
    return compose(genre="jig", key="D major", form="AABB", rules=RULES, seed=7, model="ngram")


def test_what_sounds_was_legal_and_is_marked(piece):
    notes = {note.onset: note.pitch_name for note in piece.score.parts[0].notes}
    why = piece.why(3, 2)
    (chosen,) = [choice for choice in why.choices if choice.is_chosen]
    assert chosen.pitch == notes[2 * 72 + 36]
    assert not chosen.forbidden_by
    assert chosen.pitch in why.legal


def test_what_was_illegal_says_which_rule_forbade_it(piece):
    found = {choice.pitch: choice for choice in piece.why(3, 2).choices}
    assert "in_key" in found["F5"].forbidden_by
    assert 0 <= found["F5"].probability < 0.2
    # The rest of the probability lies outside the range of the style.
    assert 0.9 < sum(choice.probability for choice in found.values()) <= 1


def test_every_illegal_pitch_has_a_reason(piece):
    for bar in (1, 4, 8, 12):
        for choice in piece.why(bar).choices:
            assert choice.is_chosen <= (not choice.forbidden_by)
        assert any(choice.forbidden_by for choice in piece.why(bar).choices)


def test_pitches_that_the_style_has_not_are_judged_as_well():
    """In D major the style knows no C natural: the rule in_key is named all the same."""
    piece = compose(genre="jig", model="ngram", bars=8, key="D major", rules=["in_key"], seed=2)
    found = {choice.pitch: choice for choice in piece.why(3).choices}
    assert "in_key" in found["C5"].forbidden_by
    assert "in_key" in found["G#4"].forbidden_by


def test_lengths_are_explained():
    rules = ["longest=1/4", "no_rests"]
    piece = compose(genre="jig", model="ngram", bars=8, key="D major", rules=rules, seed=2)
    why = piece.why(3)
    found = {choice.pitch: choice for choice in why.lengths}
    (chosen,) = [choice for choice in why.lengths if choice.is_chosen]
    assert not chosen.forbidden_by
    assert f"for {chosen.pitch}," in why.text
    assert "longest=1/4" in found["3/8"].forbidden_by
    assert "bars_filled" in found["1/1"].forbidden_by
    assert 0.9 < sum(choice.probability for choice in why.lengths) <= 1
    assert "Its length:" in str(why)


@pytest.mark.parametrize("place", [("1", 1), (1, "2"), (1.5, 1)])
def test_a_place_is_two_numbers(piece, place):
    with pytest.raises(ParameterError, match=r"must be numbers, such as 3 and 1\.5"):
        piece.why(*place)


def test_copying_is_named_where_it_alone_forbids():
    rules = ["no_copy=4", "max_leap=5"]
    piece = compose(genre="jig", model="ngram", bars=8, key="D major", rules=rules, seed=1)
    choices = [choice for bar in range(1, 9) for choice in piece.why(bar).choices]
    reasons = {reason for choice in choices for reason in choice.forbidden_by}
    assert "no_copy=4" in reasons
    assert all(not choice.forbidden_by for choice in choices if choice.is_chosen)


def test_a_repeat_names_its_original(piece):
    assert "bar 8 repeats bar 4" in piece.why(8, 2).text


def test_it_prints_as_a_table(piece):
    why = piece.why(2)
    assert str(why) == repr(why)
    assert str(why).splitlines()[0] == why.text
    assert "<table>" in why._repr_html_()


@pytest.mark.parametrize(
    ("bar", "beat", "message"),
    [(0, 1, "bar=0 must be from 1 to 16"), (17, 1, "bar=17"), (1, 3, "beat=3 must be from 1")],
)
def test_a_place_that_is_not_there(piece, bar, beat, message):
    with pytest.raises(ParameterError, match=message):
        piece.why(bar, beat)
