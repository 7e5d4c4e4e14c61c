import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.models import ESCAPES, CombinedNGram, Escape, NGram
from melodyai_edu.models.smoothing import interpolate

SIZE = 5
SEQUENCES = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=12), max_size=6)
CONTEXTS = st.lists(st.integers(0, SIZE - 1), max_size=10)
ESCAPE = st.sampled_from([*ESCAPES, Escape(0.1, 3.0, 0.5, 0.3)])


def bits(piece, tokens):
    costs = []
    for token_id in tokens:
        costs.append(-np.log2(piece.distribution()[token_id]))
        piece.observe(token_id)
    return np.array(costs)


@given(SEQUENCES, CONTEXTS, st.integers(0, 4), ESCAPE)
def test_distribution_is_positive_and_sums_to_one(sequences, context, order, escape):
    probabilities = NGram(SIZE, order, escape=escape).fit(sequences).distribution(context)
    assert probabilities.shape == (SIZE,)
    assert probabilities.min() > 0
    assert probabilities.sum() == pytest.approx(1)


@given(SEQUENCES, CONTEXTS, st.integers(0, 4), st.integers(0, 4), st.booleans())
@settings(max_examples=50)
def test_combined_distribution_is_positive_and_sums_to_one(sequences, heard, order, short, falls):
    model = CombinedNGram(SIZE, order, short_order=short, fall_back=falls).fit(sequences)
    piece = model.start()
    for token_id in heard:
        piece.observe(token_id)
        probabilities = piece.distribution()
        assert probabilities.min() > 0
        assert probabilities.sum() == pytest.approx(1)


@given(SEQUENCES, SEQUENCES, CONTEXTS)
@settings(max_examples=50)
def test_update_is_the_same_as_fitting_both(first, second, context):
    updated = NGram(SIZE, 3).fit(first)
    for sequence in second:
        updated.update(sequence)
    fitted = NGram(SIZE, 3).fit([*first, *second])
    np.testing.assert_allclose(updated.distribution(context), fitted.distribution(context))


def test_unfitted_model_holds_all_tokens_alike():
    np.testing.assert_allclose(NGram(4).distribution([1, 2]), 0.25)


def test_start_of_a_sequence_is_learned():
    model = NGram(3, order=2).fit([[2, 0, 0, 0]] * 5)
    assert model.distribution([]).argmax() == 2
    assert model.distribution([0, 0]).argmax() == 0


def test_a_single_token_is_certain():
    assert CombinedNGram(1).fit([[0, 0]]).start().distribution().tolist() == [1.0]


@pytest.mark.parametrize("fall_back", [True, False])
def test_short_term_model_learns_a_repetition(fall_back):
    corpus = [[0, 1, 2, 3, 4] * 4] * 3
    theme = [4, 2, 0, 3, 3, 1]
    model = CombinedNGram(SIZE, fall_back=fall_back).fit(corpus)
    costs = bits(model.start(), theme * 4).reshape(4, -1).mean(axis=1)
    assert (np.diff(costs) < 0).all()
    assert costs[-1] < 0.5 * costs[0]


def test_both_parts_learn_from_the_piece():
    piece = CombinedNGram(3, order=2, short_order=1).fit([[0, 1]]).start()
    piece.observe(0)
    piece.observe(2)
    known, heard = piece.counts()
    assert known.tolist() == [[2, 1, 1], [0, 0, 0], [0, 0, 0]]
    assert heard.tolist() == [[1, 0, 1], [0, 0, 0]]


def test_vote_is_the_formula_on_both_parts():
    model = CombinedNGram(3, short_order=2, escape="C", short_escape="D", bias=2.0, fall_back=False)
    piece = model.fit([[0, 1, 2, 1]] * 2).start()
    for token_id in [1, 2, 1]:
        piece.observe(token_id)
    known, heard = piece.counts()
    parts = np.stack([interpolate(known, ESCAPES["C"]), interpolate(heard, ESCAPES["D"])])
    entropies = [-(part * np.log2(part)).sum() / np.log2(3) for part in parts]
    weights = np.array([entropy**-2.0 for entropy in entropies])
    expected = weights @ parts / weights.sum()
    np.testing.assert_allclose(piece.distribution(), expected)


def test_each_piece_starts_afresh():
    model = CombinedNGram(SIZE).fit([[0, 1, 2, 3, 4]])
    before = model.start().distribution()
    other = model.start()
    for token_id in [4, 4, 4, 4]:
        other.observe(token_id)
    np.testing.assert_array_equal(model.start().distribution(), before)


def test_corpus_update_stays():
    model = CombinedNGram(SIZE).fit([[0, 1, 2, 3, 4]])
    before = bits(model.start(), [4, 4, 0]).sum()
    model.update([4, 4, 0])
    assert bits(model.start(), [4, 4, 0]).sum() < before


def test_same_distribution_in_another_process():
    program = (
        "from melodyai_edu.models import CombinedNGram\n"
        "piece = CombinedNGram(7).fit([[i * i % 7 for i in range(40)], [3, 1, 4, 1, 5]]).start()\n"
        "for token in [1, 4, 2]: piece.observe(token)\n"
        "print(piece.distribution().tobytes().hex())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_numpy_contexts_and_tokens_are_welcome():
    model = NGram(SIZE, 2).fit([np.array([0, 1, 2])])
    np.testing.assert_array_equal(model.distribution(np.array([0, 1])), model.distribution([0, 1]))


@pytest.mark.parametrize("sequence", [[0, 5], [-1, 2]])
def test_token_outside_the_vocabulary(sequence):
    with pytest.raises(ParameterError, match="must lie from 0 to 4: raise vocabulary_size"):
        NGram(SIZE).fit([sequence])
    with pytest.raises(ParameterError, match="must lie from 0 to 4"):
        NGram(SIZE).update(sequence)


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: NGram(0), "vocabulary_size=0 must be"),
        (lambda: NGram(3, -1), "order=-1 must be"),
        (lambda: CombinedNGram(3, short_order=-2), "order=-2 must be"),
    ],
)
def test_bad_parameters(build, match):
    with pytest.raises(ParameterError, match=match):
        build()
