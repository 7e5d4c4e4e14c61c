"""The four-part network: Keras and numpy agree, and only what we wrote is read."""

from __future__ import annotations

import json

import numpy as np
import pytest

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models.chorale import (
    ChoraleCard,
    ChoraleModel,
    ChoraleReader,
    build_chorale_network,
    load_chorale_model,
    save_chorale_model,
)
from melodyai_edu.tokens.chorale_grid import NUM_CELLS, ORDER, grid_features, grid_of, places_of

keras = pytest.importorskip("keras", reason="needs Keras with a backend")
pytestmark = pytest.mark.xdist_group("keras")


@pytest.fixture(scope="module")
def piece():
    score = load("chorales")[5].score
    cells = grid_of(score)[None, :24]
    return cells, places_of(score, 24)[None]


@pytest.fixture(scope="module")
def network():
    made = build_chorale_network(5, 4)
    random = np.random.default_rng(2)  # weights large enough to make a difference
    made.set_weights([random.normal(0, 0.3, w.shape) for w in made.get_weights()])
    return made


def inputs_of(cells, places):
    found = grid_features(cells, places)
    return {name: np.asarray(array) for name, array in found._asdict().items()}


def test_numpy_does_the_same_sums(network, piece):
    cells, places = piece
    wanted = np.asarray(network.predict_on_batch(inputs_of(cells, places)))
    weights = tuple(np.asarray(w, np.float32) for w in network.get_weights())
    reader = ChoraleReader(ChoraleModel(ChoraleCard("tiny", 5, 4), weights))
    state = reader.start(1)
    for step in range(cells.shape[1]):
        reader.listen(state, places[:, step])
        for voice in ORDER:
            logits = reader.logits(state, voice, cells[:, step], places[:, step])
            np.testing.assert_allclose(logits, wanted[:, step, voice], atol=1e-4)
        reader.advance(state, cells[:, step])


def test_no_cell_sees_a_later_one(network, piece):
    cells, places = piece
    other = cells.copy()
    other[0, 12, 1] += 3  # the alto
    before, after = (network.predict_on_batch(inputs_of(c, places)) for c in (cells, other))
    before, after = np.asarray(before), np.asarray(after)
    np.testing.assert_allclose(before[:, :12], after[:, :12], atol=1e-6)
    for voice in (0, 3, 1):
        np.testing.assert_allclose(before[:, 12, voice], after[:, 12, voice], atol=1e-6)
    assert np.abs(before[:, 12, 2] - after[:, 12, 2]).max() > 1e-4


def test_the_loss_falls_on_one_batch(piece):
    keras.utils.set_random_seed(1)
    cells, places = piece
    made = build_chorale_network(8, 8, dropout=0.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(optimizer=keras.optimizers.Adam(0.02), loss=loss)
    target, heard = cells.astype(np.int32), inputs_of(cells, places)
    losses = [float(made.train_on_batch(heard, target)) for _ in range(12)]
    assert losses[-1] < losses[0] / 2


def test_more_can_be_told(piece):
    cells, places = piece
    made = build_chorale_network(4, 4, given_sizes=(3, 5), given_units=2)
    given = np.zeros((1, cells.shape[1], 2), np.int32)
    logits = np.asarray(made.predict_on_batch({**inputs_of(cells, places), "given": given}))
    assert logits.shape == (1, cells.shape[1], 4, NUM_CELLS)


@pytest.fixture
def folder(network, tmp_path):
    weights = network.get_weights()
    save_chorale_model(weights, ChoraleCard("tiny", 5, 4, {"seed": 3}), tmp_path / "mine")
    return tmp_path / "mine"


def test_what_was_saved_comes_back(network, folder):
    model = load_chorale_model(folder)
    assert model.identity == f"chorale-tiny {model.card.sha256[:12]}"
    assert model.card.training == {"seed": 3}
    for saved, weight in zip(model.network().get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(saved, weight, atol=1e-3)


def test_altered_weights_are_noticed(folder):
    data = bytearray((folder / "weights.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "weights.npz").write_bytes(data)
    with pytest.raises(InputError, match="its checksum is not the one on its card"):
        load_chorale_model(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"units": 10**6}, "must be 1 to 4096"),
        ({"format": 9}, "must be a card of format 1"),
        ({"surprise": 1}, "is no card of a model"),
        ({"hidden_dim": 5}, "must be finite and of shape"),
    ],
)
def test_a_card_that_does_not_fit(folder, values, message):
    file = folder / "chorale.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
    with pytest.raises(InputError, match=message):
        load_chorale_model(folder)


def test_a_name_that_is_no_model():
    with pytest.raises(ParameterError, match=r"model='nobody' must be a folder with a chorale"):
        load_chorale_model("nobody")


def test_what_comes_with_the_package_is_small():
    model = load_chorale_model()
    assert model.card.name == "chorale-small"
    assert sum(weight.size for weight in model.weights) <= 1_000_000
