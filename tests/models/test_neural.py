from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.tokens import VOCABULARY
from melodyai_edu.tokens.condition import NUM_CHORDS
from melodyai_edu.training.examples import make_example

keras = pytest.importorskip("keras", reason="needs Keras with a backend")
pytestmark = pytest.mark.xdist_group("keras")

SIZES = {
    "transformer": Sizes("transformer", 8, 2, num_heads=2, dropout=0.1),
    "lstm": Sizes("lstm", 8, 2, units=8, dropout=0.1),
}
BAR = VOCABULARY.id("Bar_line")


@pytest.fixture(scope="module")
def tunes():
    """Token ids of real tunes, conditions in front, padded to one length [shape=(8, 80)]."""
    examples = [make_example(tune) for tune in (*load("oneill")[:4], *load("chorales")[:4])]
    rows = [np.concatenate([e.condition_ids, e.token_ids])[:80] for e in examples]
    return np.stack([np.pad(row, (0, 80 - len(row))) for row in rows]).astype(np.int32)


@pytest.fixture(scope="module", params=SIZES)
def network(request):
    keras.utils.set_random_seed(1)
    made = build(SIZES[request.param])
    random = np.random.default_rng(2)  # weights large enough to make a difference
    made.set_weights([random.normal(0, 0.5, w.shape) for w in made.get_weights()])
    return made


def logits_of(network, token_ids, chord_ids=None):
    if chord_ids is None:
        chord_ids = np.zeros_like(token_ids)
    inputs = {"token_ids": token_ids, "chord_ids": chord_ids}
    return keras.ops.convert_to_numpy(network(inputs, training=False))


@pytest.mark.parametrize("with_chords", [False, True])
def test_step_by_step_gives_what_the_whole_sequence_gives(network, tunes, with_chords):
    tunes = tunes[2:6, :40]
    bars = np.cumsum(tunes == BAR, axis=1)
    chords = np.random.default_rng(0).integers(0, NUM_CHORDS, (len(tunes), 1 + bars.max()))
    chords = chords * with_chords
    whole = logits_of(network, tunes, np.take_along_axis(chords, bars, axis=1).astype(np.int32))
    cache = network.empty_cache(len(tunes), tunes.shape[1], chords if with_chords else None)
    for index in range(tunes.shape[1]):
        logits, cache = network.next(keras.ops.convert_to_tensor(tunes[:, index]), cache, index)
        found = keras.ops.convert_to_numpy(logits)
        np.testing.assert_allclose(found, whole[:, index], atol=1e-4)


def test_a_later_token_changes_nothing_before_it(network, tunes):
    before = logits_of(network, tunes)
    for place in (3, 40, 79):
        for token in ("Bar_line", "Length_16"):
            changed = tunes.copy()
            changed[:, place] = VOCABULARY.id(token)
            after = logits_of(network, changed)
            np.testing.assert_array_equal(after[:, :place], before[:, :place])
    assert (after[:, 79] != before[:, 79]).any()


def test_a_later_chord_changes_nothing_before_it(network, tunes):
    before = logits_of(network, tunes)
    chords = np.zeros_like(tunes)
    chords[:, 40:] = 5
    after = logits_of(network, tunes, chords)
    np.testing.assert_array_equal(after[:, :40], before[:, :40])
    assert (after[:, 40] != before[:, 40]).any()


def test_neighbours_in_a_batch_change_nothing(network, tunes):
    alone = logits_of(network, tunes[:1])
    np.testing.assert_allclose(logits_of(network, tunes)[:1], alone, atol=1e-5)


def test_the_config_makes_the_same_network(network, tunes):
    again = type(network).from_config(network.get_config())
    assert again.get_config() == network.get_config()
    assert [w.shape for w in again.get_weights()] == [w.shape for w in network.get_weights()]
    again.set_weights(network.get_weights())
    np.testing.assert_array_equal(logits_of(again, tunes), logits_of(network, tunes))


def test_weights_come_back_from_a_file(network, tunes, tmp_path):
    file = tmp_path / "network.weights.h5"
    network.save_weights(file)
    again = type(network).from_config(network.get_config())
    again.load_weights(file)
    np.testing.assert_array_equal(logits_of(again, tunes), logits_of(network, tunes))


def test_attention_rows_sum_to_one_and_look_back_only(tunes):
    network = build(SIZES["transformer"])
    x = network.embedding(tunes, np.zeros_like(tunes))
    for block in network.blocks:
        weights = keras.ops.convert_to_numpy(block.attention(x))
        assert weights.shape == (8, 2, 80, 80)
        np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
        assert not np.triu(weights, 1).any()
        x = block(x)


def test_heads_must_divide_the_width():
    with pytest.raises(ParameterError, match="hidden_dim=9 must be an even multiple of num_heads"):
        build(Sizes("transformer", 9, 1, num_heads=2))


def test_dropout_is_only_for_training(network, tunes):
    inputs = {"token_ids": tunes, "chord_ids": np.zeros_like(tunes)}
    trained = keras.ops.convert_to_numpy(network(inputs, training=True))
    assert (trained != logits_of(network, tunes)).any()


# === Places ===


def counted(token_ids):
    """Count places in plain Python: (position, bars begun, bars left) of each token.

    A Duration stands where its note begins, a Pitch where it ends.
    """
    places, position, waiting, bar, length = [], 0, 0, 0, 0
    for token_id in token_ids:
        kind, _, value = VOCABULARY.token(int(token_id)).partition("_")
        if kind == "Bar":
            position, bar = 0, bar + 1
        elif kind == "Length" and value != "unknown":
            length = int(value)
        elif kind == "Duration":
            waiting = int(value)
        elif kind == "Pitch":
            position += waiting
        left = 1 + min(max(length - bar, 0), 33) if length else 0
        places.append((min(position, 191), min(bar, 33), left))
    return places


def digits(embedding):
    """Let a PlaceEmbedding of three numbers write its places instead of embedding them."""
    tables = {"positions": 0, "bars_begun": 1, "bars_left": 2}
    for name in ("tokens", "positions", "bars_begun", "bars_left", "chords"):
        variable = getattr(embedding, name)
        table = np.zeros(variable.shape, np.float32)
        if name in tables:
            table[:, tables[name]] = np.arange(len(table))
        variable.assign(table)
    return embedding


@pytest.fixture(scope="module")
def places():
    from melodyai_edu.models.neural import PlaceEmbedding

    embedding = PlaceEmbedding(3)
    embedding.build((None, None), (None, None))
    return digits(embedding)


@pytest.mark.parametrize("corpus", ["oneill", "chorales", "airds", "ryan"])
def test_places_are_what_a_plain_counter_counts(places, corpus):
    for tune in load(corpus)[:40]:
        example = make_example(tune)
        if example is None:
            continue
        token_ids = np.concatenate([example.condition_ids, example.token_ids])[None]
        found = keras.ops.convert_to_numpy(places(token_ids, np.zeros_like(token_ids)))[0]
        np.testing.assert_array_equal(found, counted(token_ids[0]))


def test_places_step_by_step_are_the_same(places, tunes):
    place = places.start(len(tunes))
    zeros = np.zeros(len(tunes), np.int32)
    wanted = np.array([counted(row) for row in tunes])
    for index in range(40):
        found, place = places.next(keras.ops.convert_to_tensor(tunes[:, index]), zeros, place)
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), wanted[:, index])


def test_bodies_are_written_in_labelled_blocks():
    """Layers, functional model, config: what is no functional model has no such part."""
    import inspect

    from melodyai_edu.models.neural import MelodyLSTM, MelodyTransformer, PlaceEmbedding
    from melodyai_edu.models.neural.transformer import Block

    labels = ("# === Layers ===", "# === Functional model ===", "# === Config ===")
    for made, wanted in (
        (MelodyTransformer, labels),
        (MelodyLSTM, labels),
        (Block, (labels[0], labels[2])),
        (PlaceEmbedding, labels[2:]),
    ):
        source = inspect.getsource(made.__init__)
        assert [label for label in labels if label in source] == list(wanted)
        places = [source.index(label) for label in wanted]
        assert places == sorted(places)
