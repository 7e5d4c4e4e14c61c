"""Models on disk: what was written comes back, and nothing else is let in."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.models.presets import Sizes, build, sizes_of
from melodyai_edu.models.saved import (
    ModelCard,
    list_models,
    load_model,
    models_folder,
    read_card,
    save_model,
)

pytestmark = pytest.mark.xdist_group("keras")
SIZES = Sizes("transformer", hidden_dim=8, num_layers=1, num_heads=2)


@pytest.fixture
def folder(tmp_path):
    save_model(build(SIZES), ModelCard("melody", "tiny", SIZES, {"seed": 3}), tmp_path / "mine")
    return tmp_path / "mine"


def change_card(folder, **values):
    file = folder / "card.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize("sizes", [SIZES, Sizes("lstm", hidden_dim=6, num_layers=2, units=5)])
def test_what_was_saved_comes_back(sizes, tmp_path):
    network = build(sizes)
    card = save_model(network, ModelCard("rhythm", "tiny", sizes, {"hours": 1}), tmp_path / "m")
    model = load_model(tmp_path / "m")
    assert model.card == card
    assert model.identity == f"rhythm-tiny-{sizes.network} {card.sha256[:12]}"
    for saved, weight in zip(model.network.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(saved, weight, atol=1e-3)


def test_a_name_that_is_no_model():
    with pytest.raises(ParameterError, match=r"model='nobody' must be a folder with a card.json"):
        load_model("nobody")


def test_altered_weights_are_noticed(folder):
    data = bytearray((folder / "weights.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "weights.npz").write_bytes(data)
    with pytest.raises(InputError, match="its checksum is not the one on its card"):
        load_model(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": 2}, "must be a 1 card"),
        ({"kind": "video"}, "must be a 1 card"),
        ({"vocabulary": "0" * 64}, "trained with another vocabulary"),
        ({"sizes": {"network": "os.system", "hidden_dim": 8, "num_layers": 1}}, "network="),
        ({"sizes": {"network": "lstm", "hidden_dim": 8, "num_layers": 10**9}}, "num_layers="),
        ({"sizes": {"network": "lstm", "hidden_dim": 8, "num_layers": 1.5}}, "num_layers="),
        ({"sizes": {"hidden_dim": 8}}, "is no card of a model"),
        ({"sizes": []}, "is no card of a model"),
        ({"training": 3}, "is no card of a model"),
    ],
)
def test_cards_that_lie(folder, values, message):
    change_card(folder, **values)
    with pytest.raises((InputError, ParameterError), match=message):
        read_card(folder)


@pytest.mark.parametrize("text", ["", "null", "[1]", "{", '{"format": 1e999}', "[" * 100_000])
def test_cards_that_are_none(folder, text):
    (folder / "card.json").write_text(text)
    with pytest.raises(InputError):
        read_card(folder)


def rewrite(folder, change):
    """Change the arrays, and the checksum with them: a liar who knows how."""
    import hashlib

    file = folder / "weights.npz"
    with np.load(file) as saved:
        arrays = {name: saved[name] for name in saved.files}
    change(arrays)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    file.write_bytes(buffer.getvalue())
    change_card(folder, sha256=hashlib.sha256(buffer.getvalue()).hexdigest())


def test_an_array_that_is_too_large_is_not_even_read(folder):
    rewrite(folder, lambda arrays: arrays.update({"0000": np.zeros(10**6, np.float16)}))
    with pytest.raises(InputError, match="array 0 is larger than its place"):
        load_model(folder)


def test_an_array_of_another_shape(folder):
    rewrite(folder, lambda arrays: arrays.update({"0000": arrays["0000"].T}))
    with pytest.raises(InputError, match="array 0 must be finite and of shape"):
        load_model(folder)


def test_numbers_that_are_none(folder):
    rewrite(folder, lambda arrays: arrays["0001"].fill(np.nan))
    with pytest.raises(InputError, match="array 1 must be finite"):
        load_model(folder)


def test_missing_weights(folder):
    (folder / "weights.npz").unlink()
    with pytest.raises(InputError, match=r"mine/weights\.npz: there is no such file"):
        load_model(folder)


def test_missing_arrays(folder):
    rewrite(folder, lambda arrays: arrays.pop("0002"))
    with pytest.raises(InputError, match="is no archive of weights"):
        load_model(folder)


def test_objects_are_never_unpickled(folder):
    def plant(arrays):
        arrays["0000"] = np.array([{"a": 1}], dtype=object)

    rewrite(folder, plant)
    with pytest.raises(InputError):
        load_model(folder)


def test_what_is_no_archive(folder):
    import hashlib

    (folder / "weights.npz").write_bytes(b"PK\x03\x04 nothing")
    change_card(folder, sha256=hashlib.sha256(b"PK\x03\x04 nothing").hexdigest())
    with pytest.raises(InputError, match="is no archive of weights"):
        load_model(folder)


@pytest.mark.parametrize("name", sorted(p.parent.name for p in models_folder().glob("*/card.json")))
def test_shipped_models_are_what_their_names_say(name):
    assert name in list_models()
    card = load_model(name).card
    assert card.name == name
    assert card.sizes == sizes_of(*name.split("-"))
    assert {"command", "data_sha256", "hours", "best"} <= set(card.training)


def test_shipped_models_are_small():
    files = list(models_folder().glob("*/weights.npz"))
    assert sum(file.stat().st_size for file in files) < 8_000_000
    for file in files:
        with zipfile.ZipFile(file) as archive:
            assert all(name.endswith(".npy") for name in archive.namelist())
