from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY
from melodyai_edu.tokens.condition import NUM_CONDITIONS, UNKNOWN_IDS, Condition
from melodyai_edu.training.batches import Batches
from melodyai_edu.training.examples import Example

BAR, END = VOCABULARY.id("Bar_line"), VOCABULARY.id("Sequence_end")
CONDITION = Condition(genre="jig", mood="happy", mode="major", tonic=67, bars=16, density=3)
#: Ids above all real ones: each token of a set of examples is its own, so it can be followed.
FIRST_OWN = 1000


def made(lengths, bar=9):
    """Give examples whose tokens are all different, but for a bar line every few tokens."""
    examples, token_id = [], FIRST_OWN
    for length in lengths:
        token_ids = np.arange(token_id, token_id + length, dtype=np.int32)
        token_id += length
        token_ids[::bar] = BAR
        token_ids[-1] = END
        condition = np.array(CONDITION.token_ids, np.int32)
        examples.append(Example(condition, token_ids, (np.arange(length) % 36 + 1).astype("i4")))
    return examples


sets = st.lists(st.integers(2, 150), min_size=1, max_size=25).map(made)
windows = st.integers(32, 64)


def predicted(batches, epoch=0):
    """Count the tokens that are predicted in an epoch."""
    found = Counter()
    for _, targets, weights in batches.make(epoch):
        found.update(targets[weights > 0].tolist())
    return found


@given(sets, windows, st.booleans(), st.integers(0, 5))
def test_each_token_is_predicted_once_an_epoch(examples, window, is_training, epoch):
    batches = Batches(examples, 256, window, is_training=is_training)
    wanted = Counter(token for example in examples for token in example.token_ids.tolist())
    assert predicted(batches, epoch) == wanted


@given(sets, windows, st.booleans())
def test_targets_are_the_inputs_one_later(examples, window, is_training):
    batches = Batches(examples, 256, window, is_training=is_training)
    for inputs, targets, weights in batches.make(0):
        np.testing.assert_array_equal(inputs["token_ids"][:, 1:], targets[:, :-1])
        assert inputs["chord_ids"].shape == targets.shape == weights.shape
        assert set(np.unique(weights)) <= {0.0, 1.0}
        assert not weights[:, : NUM_CONDITIONS - 1].any()  # the condition is given, not predicted
        assert (targets[weights > 0] != VOCABULARY.id("Sequence_pad")).all()


@given(sets, windows)
def test_a_chord_stands_beside_its_token(examples, window):
    chords = {
        int(token_id): int(chord)
        for example in examples
        for token_id, chord in zip(example.token_ids, example.chord_ids, strict=True)
        if token_id >= FIRST_OWN
    }
    for inputs, _, _ in Batches(examples, 256, window, is_training=False).make(0):
        token_ids = inputs["token_ids"]
        assert not inputs["chord_ids"][:, :NUM_CONDITIONS].any()
        for place in zip(*np.nonzero(token_ids >= FIRST_OWN), strict=True):
            assert inputs["chord_ids"][place] == chords[int(token_ids[place])]


@given(sets, windows)
def test_no_window_is_longer_than_the_limit_and_each_has_its_condition(examples, window):
    for inputs, _, weights in Batches(examples, 256, window, is_training=False).make(0):
        assert not weights[:, window:].any()
        assert weights.shape[1] < window + 16  # padded to a multiple of 16
        for row in np.flatnonzero(weights.any(axis=1)):
            head = inputs["token_ids"][row, :NUM_CONDITIONS].tolist()
            assert head[:5] + head[6:] == [*CONDITION.token_ids[:5], CONDITION.token_ids[6]]
            assert head[5] in (CONDITION.token_ids[5], UNKNOWN_IDS[5])


@given(st.integers(80, 400), windows)
def test_a_long_tune_is_cut_at_bar_lines_and_its_parts_do_not_know_the_length(length, window):
    (example,) = made([length])
    rows = []
    for inputs, targets, weights in Batches([example], 512, window, is_training=False).make(0):
        for row in np.flatnonzero(weights.any(axis=1)):
            rows.append(targets[row][weights[row] > 0])
            assert inputs["token_ids"][row, 5] == UNKNOWN_IDS[5]
    rows.sort(key=lambda row: row[row >= FIRST_OWN][0] if len(row) > 1 else FIRST_OWN + length)
    np.testing.assert_array_equal(np.concatenate(rows), example.token_ids)
    assert all(row[0] == BAR for row in rows[1:])


def test_a_bar_longer_than_a_window_is_cut_where_it_must():
    (example,) = made([200], bar=1000)
    assert predicted(Batches([example], 64, 32)) == Counter(example.token_ids.tolist())


@given(sets, st.integers(0, 9), st.integers(0, 9))
def test_batches_follow_from_seed_and_epoch_alone(examples, seed, epoch):
    whole = list(Batches(examples, 256, 48, seed=seed).make(epoch))
    again = Batches(examples, 256, 48, seed=seed)
    list(again.make(epoch + 1, 0, 2))  # what was asked before does not matter
    middle = len(whole) // 2
    parts = [*again.make(epoch, 0, middle), *again.make(epoch, middle, len(whole) + 5)]
    assert len(parts) == len(whole) == len(again)
    for one, other in zip(whole, parts, strict=True):
        for left, right in zip(arrays(one), arrays(other), strict=True):
            np.testing.assert_array_equal(left, right)


def arrays(batch):
    inputs, targets, weights = batch
    return [inputs["token_ids"], inputs["chord_ids"], targets, weights]


def tokens_of(batches, epoch):
    return np.concatenate([inputs["token_ids"] for inputs, _, _ in batches.make(epoch)])


def test_seed_and_epoch_change_the_order():
    examples = made([40] * 60)
    first = tokens_of(Batches(examples, 256, 48), 0)
    assert (first != tokens_of(Batches(examples, 256, 48), 1)).any()
    assert (first != tokens_of(Batches(examples, 256, 48, seed=1), 0)).any()


def test_without_training_nothing_is_shuffled_or_dropped():
    examples = made(range(20, 60))
    batches = Batches(examples, 256, 96, is_training=False)
    for one, other in zip(batches.make(0), batches.make(7), strict=True):
        np.testing.assert_array_equal(arrays(one), arrays(other))
    for inputs, _, weights in batches.make(0):
        known = inputs["token_ids"][weights.any(axis=1)][:, :NUM_CONDITIONS]
        assert (known == CONDITION.token_ids).all()


@given(sets, st.integers(0, 9))
def test_dropped_conditions_become_unknown_and_nothing_else_changes(examples, seed):
    whole = Batches(examples, 256, 64, is_training=False)
    known = {tuple(row[NUM_CONDITIONS:]) for row in _padded(whole)}
    for row in _padded(Batches(examples, 256, 64, seed=seed)):
        assert tuple(row[NUM_CONDITIONS:]) in known
        if row.any():
            for place, token_id in enumerate(row[:NUM_CONDITIONS]):
                assert token_id in (CONDITION.token_ids[place], UNKNOWN_IDS[place])


def _padded(batches):
    for inputs, targets, weights in batches.make(0):
        for row in np.flatnonzero(weights.any(axis=1)):
            whole = [*inputs["token_ids"][row], targets[row, -1]]
            yield np.pad(whole, (0, 100 - len(whole)))


def test_how_often_what_is_dropped():
    """One in ten each; the style together one in ten more; all chords every second time."""
    examples = made([20] * 4000)
    token_ids, chord_ids = [], []
    for inputs, _, weights in Batches(examples, 2048, 64).make(0):
        is_real = weights.any(axis=1)
        token_ids.append(inputs["token_ids"][is_real, :NUM_CONDITIONS])
        chord_ids.append(inputs["chord_ids"][is_real])
    is_unknown = np.concatenate(token_ids) == UNKNOWN_IDS
    shares = is_unknown.mean(axis=0)
    style = [0, 1, 6]
    np.testing.assert_allclose(shares[style], 0.19, atol=0.025)
    np.testing.assert_allclose(shares[[3, 4, 5]], 0.10, atol=0.025)
    assert shares[2] == 1  # no meter was given
    assert 0.08 < is_unknown[:, style].all(axis=1).mean() < 0.13
    assert 0.47 < (np.concatenate(chord_ids) == 0).all(axis=1).mean() < 0.53


@given(sets)
def test_batches_are_shared_by_devices_and_waste_little(examples):
    batches = Batches(examples, 256, 48)
    for inputs, _, _ in batches.make(0):
        assert len(inputs["token_ids"]) % 8 == 0
    assert 0 <= batches.padding < 1


@pytest.mark.parametrize(
    "limits", [{"window": 31}, {"window": 0}, {"window": 64, "batch_tokens": 63}]
)
def test_limits_that_are_too_small_are_refused(limits):
    with pytest.raises(ParameterError, match=r"window=\d+ must be at least 32"):
        Batches(made([5]), **limits)
