from __future__ import annotations

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io import genre
from melodyai_edu.score import MODES
from melodyai_edu.tokens import VOCABULARY, Vocabulary
from melodyai_edu.tokens.vocabulary import DURATIONS, GENRES, MAX_LENGTH, METERS, PITCHES


def test_ids_and_tokens_are_each_others_inverse():
    assert [VOCABULARY.id(token) for token in VOCABULARY] == list(range(len(VOCABULARY)))
    assert [VOCABULARY.token(token_id) for token_id in range(len(VOCABULARY))] == list(VOCABULARY)


def test_each_type_stands_together_in_order():
    for kind in ("Genre", "Meter", "Mode", "Length", "Duration", "Pitch"):
        token_ids = VOCABULARY.ids_of(kind)
        assert token_ids == tuple(range(token_ids[0], token_ids[-1] + 1))


def test_every_genre_meter_mode_length_duration_and_pitch_has_a_token():
    for kind, values in (
        ("Genre", GENRES),
        ("Meter", METERS),
        ("Mode", MODES),
        ("Length", range(1, MAX_LENGTH + 1)),
        ("Duration", DURATIONS),
        ("Pitch", PITCHES),
    ):
        assert all(f"{kind}_{value}" in VOCABULARY for value in values)


def test_saved_sequences_keep_their_meaning():
    # These places are a promise: weights and saved pieces depend on them. Only append.
    assert len(VOCABULARY) == 333
    places = {"Sequence_pad": 0, "Sequence_end": 1, "Bar_line": 2, "Genre_unknown": 3}
    assert {token: VOCABULARY.id(token) for token in places} == places
    assert VOCABULARY.token(259) == "Pitch_108"  # old places never change


def test_json_brings_it_back():
    small = Vocabulary(("Pitch_60", "Bar_line"))
    assert Vocabulary.from_json(small.to_json()) == small
    assert Vocabulary.from_json(VOCABULARY.to_json()) == VOCABULARY


def test_an_unknown_token_lists_those_of_its_type():
    with pytest.raises(ParameterError, match=r"'Genre_tango' must be one of: .*Genre_jig"):
        VOCABULARY.id("Genre_tango")
    with pytest.raises(ParameterError, match=r"'60' must be one of: .*Pitch_\.\.\."):
        VOCABULARY.id("60")


@pytest.mark.parametrize("token_id", [-1, 333])
def test_a_place_outside_is_refused(token_id):
    with pytest.raises(ParameterError, match="must be from 0 to 332"):
        VOCABULARY.token(token_id)


@pytest.mark.parametrize("tokens", [("Pitch",), ("_60",), ("Pitch_",)])
def test_a_token_has_a_type_and_a_value(tokens):
    with pytest.raises(ParameterError, match="must look like 'Pitch_60'"):
        Vocabulary(tokens)


def test_a_token_stands_only_once():
    with pytest.raises(ParameterError, match="'Bar_line' must stand in the vocabulary only once"):
        Vocabulary(("Bar_line", "Bar_line"))


@pytest.mark.parametrize("text", ["", "{}", "[1]", "null", '"Pitch_60"'])
def test_what_is_no_list_of_tokens_is_refused(text):
    with pytest.raises(ParameterError, match="must be a JSON list of tokens"):
        Vocabulary.from_json(text)


def test_a_genre_with_a_token_is_one_that_corpora_know():
    """The other way round it need not be: a genre that came later has no token yet."""
    assert set(GENRES) <= set(genre.GENRES)
