from __future__ import annotations

import hashlib

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.theory.bar_chords import bar_chords
from melodyai_edu.tokens import VOCABULARY, encode
from melodyai_edu.tokens.condition import NUM_CHORDS, NUM_CONDITIONS, chord_id
from melodyai_edu.training.examples import Example, data_hash, examples_of, make_example

KINDS_OF_CONDITION = ["Genre", "Mood", "Meter", "Mode", "Tonic", "Length", "Density"]


def tokens(token_ids):
    return [VOCABULARY.token(int(token_id)) for token_id in token_ids]


@pytest.fixture(scope="module")
def tunes():
    return [*load("oneill")[:40], *load("chorales")[:20]]


def test_the_tokens_are_those_of_the_tune_behind_the_condition(tunes):
    for tune in tunes:
        wanted = encode(tune).token_ids[4:]
        assert make_example(tune).token_ids.tolist() == list(wanted)


def test_the_condition_says_what_the_tune_is(tunes):
    for tune in tunes:
        condition = tokens(make_example(tune).condition_ids)
        assert [token.partition("_")[0] for token in condition] == KINDS_OF_CONDITION
        head = encode(tune).tokens[:4]  # genre, meter, mode, length
        assert [condition[place] for place in (0, 2, 3, 5)] == list(head)
        assert condition[4] == f"Tonic_{encode(tune).tonic_pitch}"


def test_the_chord_of_a_token_is_that_of_its_bar(tunes):
    for tune in tunes:
        example, score = make_example(tune), tune.melody_score
        chords, bar = bar_chords(score), -1 + bool(score.pickup)
        for token, number in zip(tokens(example.token_ids), example.chord_ids, strict=True):
            bar += token == "Bar_line"
            chord = chords[min(bar, len(chords) - 1)]
            assert number == (0 if chord is None else chord_id(*chord))
            assert 0 <= number < NUM_CHORDS


def test_a_rhythm_is_its_melody_on_one_pitch_without_chords(tunes):
    for tune in tunes:
        melody, rhythm = make_example(tune), make_example(tune, "rhythm")
        flat = [
            "Pitch_60" if token.startswith("Pitch") and token[6:].isdigit() else token
            for token in tokens(melody.token_ids)
        ]
        assert tokens(rhythm.token_ids) == flat
        assert not rhythm.chord_ids.any()
        np.testing.assert_array_equal(rhythm.condition_ids, melody.condition_ids)


def test_arrays_are_of_32_bits_and_of_one_length(tunes):
    for kind in ("melody", "rhythm"):
        example = make_example(tunes[0], kind)
        assert {array.dtype for array in example} == {np.dtype(np.int32)}
        assert len(example.condition_ids) == NUM_CONDITIONS
        assert example.token_ids.shape == example.chord_ids.shape


class Written:
    """A tune with a given melody."""

    genre = "jig"

    def __init__(self, score):
        self.melody_score = score


def test_an_empty_melody_and_one_too_wide_are_no_examples(tunes):
    from melodyai_edu.score import Note, Part, Score

    empty = Written(Score((Part(()),), duration=96))
    wide = Written(Score((Part((Note(0, 24, 4), Note(24, 24, 120), Note(48, 24, 121))),)))
    assert make_example(empty) is None
    assert make_example(wide) is None
    assert len(examples_of([empty, tunes[0], wide])) == 1
    with pytest.raises(ParameterError, match="there is no tune to learn from"):
        examples_of([empty, wide])


def test_another_kind_is_refused(tunes):
    with pytest.raises(ParameterError, match="kind='harmony' must be one of: melody, rhythm"):
        make_example(tunes[0], "harmony")


def test_the_hash_is_that_of_lengths_and_numbers():
    example = Example(*(np.array(row, np.int32) for row in ([1], [2, 3], [0, 9])))
    text = b"".join(
        len(row).to_bytes(4, "little") + np.array(row, "<i4").tobytes()
        for row in ([1], [2, 3], [0, 9])
    )
    assert data_hash([example]) == hashlib.sha256(text).hexdigest()


def test_the_hash_tells_every_change(tunes):
    examples = examples_of(tunes[:3])
    known = data_hash(examples)
    assert data_hash(examples_of(tunes[:3])) == known
    assert data_hash(examples[::-1]) != known
    assert data_hash(examples[:2]) != known
    for field in range(3):
        array = examples[1][field].copy()
        array[-1] += 1
        changed = examples[1]._replace(**{Example._fields[field]: array})
        assert data_hash([examples[0], changed, examples[2]]) != known
