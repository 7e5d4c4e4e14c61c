from __future__ import annotations

import pytest

from melodyai_edu.constraints import State, compile_rules
from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY


def follow(rules, tokens, **options):
    return compile_rules(rules, length=2, **options).follow(VOCABULARY.ids(tokens))


EIGHTHS = ["Duration_12", "Pitch_60"]


@pytest.mark.parametrize(
    ("rules", "tokens", "message"),
    [
        (["in_key"], ["Duration_24", "Pitch_61"], "C#4 at bar 1 beat 1: it breaks in_key"),
        (["no_rests"], ["Duration_24", "Pitch_rest"], "a rest at bar 1 beat 1: it breaks no_rests"),
        (["fixed=1.1: E4 1/4"], ["Duration_24", "Pitch_rest"], "a rest .* it breaks fixed=1.1"),
        (["longest=1/8"], ["Duration_24", "Pitch_60"], "C4 at bar 1 beat 1: it breaks longest=1/8"),
        (
            ["no_syncopation"],
            [*EIGHTHS, "Duration_24", "Pitch_60"],
            "C4 at bar 1 beat 1.5: it breaks no_syncopation",
        ),
        (["density=1-2"], [*EIGHTHS, *EIGHTHS, *EIGHTHS], "bar 1 beat 2: it breaks density=1-2"),
        (
            ["density=1-2", "no_rests"],
            [*EIGHTHS, *EIGHTHS],
            r"bar 1 beat 1: it breaks density=1-2 \(later\), no_rests \(later\)",
        ),
        (
            ["longest=1/8", "no_rests"],
            ["Duration_24", "Pitch_60"],
            "one of length 1/4 at bar 1 beat 1: it breaks longest=1/8, no_rests",
        ),
        (["in_key"],
         ["Duration_96", "Pitch_60", "Bar_line", "Duration_48", "Pitch_60", "Duration_72"],
         "one of length 3/4 at bar 2 beat 3: it breaks bars_filled"),
        (["in_key"], ["Pitch_60"], "the prompt is not legal at bar 1 beat 1: Pitch_60"),
        (["in_key"], ["Duration_24", "Sequence_end"], "not legal at bar 1 beat 1: Sequence_end"),
        (["in_key"], ["Duration_24", "Pitch_90"], "breaks in_key"),
        ([], ["Duration_24", "Pitch_88"], "it breaks the pitches at hand"),
        (
            ["durations=1/1", "no_rests"],
            ["Duration_96", "Pitch_60", "Bar_line", "Duration_96", "Pitch_60", "Bar_line"],
            "goes on after the end of the piece",
        ),
    ],
)  # fmt: skip
def test_a_refused_prompt_names_the_rule(rules, tokens, message):
    with pytest.raises(ParameterError, match=message):
        follow(rules, ["Bar_line", *tokens])


def test_names_are_those_of_the_key():
    with pytest.raises(ParameterError, match="first illegal note is D#4 at bar 1 beat 1"):
        follow(["in_key"], ["Bar_line", "Duration_24", "Pitch_61"], key="D major")


@pytest.mark.parametrize("tokens", [["Bar_line"], [99999], [-1], [None]])
def test_a_prompt_has_numbers_of_tokens(tokens):
    with pytest.raises(ParameterError, match="must be the number of one"):
        compile_rules(["in_key"]).follow(tokens)


@pytest.mark.parametrize("state", [State(99999, 0, 0), State(0, 99, 0), State(0, -3, 0)])
def test_a_state_of_nowhere_is_refused(state):
    with pytest.raises(ParameterError, match="none of this automaton"):
        compile_rules(["in_key"]).explain(state)


def test_what_is_remembered_is_said_in_words():
    rules = ["leaps_recovered", "one_climax", "longest_repetition=3", "contour=rising"]
    automaton = compile_rules(rules, length=2)
    tokens = ["Bar_line", *EIGHTHS, "Duration_12", "Pitch_69", "Duration_12"]
    text = automaton.explain(automaton.follow(VOCABULARY.ids(tokens)))
    assert "leaps_recovered=7 remembers a leap up that wants a step the other way." in text
    assert "one_climax remembers that A4 is highest so far and sounds once." in text
    assert "contour=rising remembers that the latest bar began on C4." in text
    twice = automaton.explain(automaton.follow(VOCABULARY.ids(["Bar_line", *EIGHTHS, *EIGHTHS])))
    assert "longest_repetition=3 remembers that the last pitch has sounded 2 times" in twice
    assert "C4 is highest so far and sounds more than once" in twice
