"""Models on disk: what was written comes back, and nothing else is let in."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from dataclasses import asdict

import numpy as np
import pytest

from melodyai_edu.errors import InputError, MissingDependencyError, ParameterError
from melodyai_edu.models import card, saved
from melodyai_edu.models.presets import Sizes, build, sizes_of
from melodyai_edu.models.saved import (
    ModelCard,
    find_model,
    identify,
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
    """Change a card, and its checksum with it: a liar who knows how."""
    file = folder / "card.json"
    changed = {**json.loads(file.read_text()), **values}
    file.write_text(json.dumps({**changed, "card_sha256": card._checksum(changed)}))


@pytest.mark.parametrize("sizes", [SIZES, Sizes("lstm", hidden_dim=6, num_layers=2, units=5)])
def test_what_was_saved_comes_back(sizes, tmp_path):
    network = build(sizes)
    written = save_model(network, ModelCard("rhythm", "tiny", sizes, {"hours": 1}), tmp_path / "m")
    model = load_model(tmp_path / "m")
    assert model.card == written
    assert model.identity == f"m {written.sha256[:12]}"
    for half, weight in zip(model.network.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(half, weight, atol=1e-3)


def test_a_name_that_is_no_model():
    with pytest.raises(ParameterError, match=r"model='nobody' must be a folder with a card.json"):
        load_model("nobody")


def save_random(folder, kind="melody"):
    return save_model(build(SIZES), ModelCard(kind, "tiny", SIZES), folder)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a model that has the name of a shipped one."""
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    return tmp_path


def test_a_model_has_the_name_of_its_folder(tmp_path):
    written = save_random(tmp_path / "winter")
    assert written.name == read_card(tmp_path / "winter").name == "winter"
    (tmp_path / "winter").rename(tmp_path / "spring")
    assert load_model(tmp_path / "spring").identity == f"spring {written.sha256[:12]}"


def test_yours_comes_before_one_of_the_package(home):
    name = "melody-tiny-lstm"
    shipped = identify(name)
    mine = save_random(home / "models" / name)
    assert find_model(name) == home / "models" / name
    assert load_model(name).card.sha256 == mine.sha256
    assert list_models().count(name) == 1
    assert identify(name) == mine.identity != shipped


def test_an_identity_finds_the_very_model(home):
    name = "melody-tiny-lstm"
    shipped = identify(name)
    mine = save_random(home / "models" / name)
    assert find_model(shipped) == models_folder() / name
    assert find_model(f"{name} {mine.sha256}") == home / "models" / name
    with pytest.raises(ParameterError, match=rf"that checksum, those here have {shipped[-12:]} "):
        find_model(f"{name} {'0' * 12}")


def test_an_identity_of_a_folder_elsewhere(tmp_path):
    written = save_random(tmp_path / "my model")
    assert identify(tmp_path / "my model") == f"{tmp_path / 'my model'} {written.sha256[:12]}"
    assert find_model(identify(tmp_path / "my model")) == tmp_path / "my model"
    save_random(tmp_path / "my model")
    with pytest.raises(ParameterError, match="must have that checksum"):
        find_model(f"{tmp_path / 'my model'} {written.sha256[:12]}")


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
        ({"sizes": {"hidden_dim": 8}}, "missing 2 required positional arguments"),
        ({"sizes": []}, "must be a mapping"),
        ({"training": 3}, "not iterable"),
    ],
)
def test_cards_that_lie(folder, values, message):
    change_card(folder, **values)
    with pytest.raises(InputError, match=rf"mine/card\.json: is no card of a model: .*{message}"):
        read_card(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"network": "os.system"}, "network='os.system' must be one of"),
        ({"num_heads": 0}, "num_heads=0 must be a positive int"),
        ({"num_heads": 3}, "hidden_dim=8 must be an even multiple of num_heads=3"),
        ({"hidden_dim": 0}, "hidden_dim=0 must be a positive int"),
        ({"hidden_dim": -8}, "hidden_dim=-8 must be a positive int"),
        ({"hidden_dim": 10**6}, "hidden_dim=1000000 must be at most"),
        ({"num_layers": 0}, "num_layers=0 must be a positive int"),
        ({"num_layers": 1.5}, "num_layers=1.5 must be a positive int"),
        ({"num_layers": True}, "num_layers=True must be a positive int"),
        ({"num_layers": 10**9}, "num_layers=1000000000 must be at most"),
        ({"units": "many"}, "units=many must be at most"),
        ({"dropout": 5}, "dropout=5 must be a number from 0 to below 1"),
        ({"dropout": float("nan")}, "dropout=nan must be a number"),
        ({"dropout": "x"}, "dropout='x' must be a number"),
        ({"network": "lstm"}, "units=0 must be a positive int"),
        ({"colour": 3}, "unexpected keyword argument 'colour'"),
    ],
)
def test_sizes_that_cannot_be_built(folder, values, message):
    change_card(folder, sizes={**asdict(SIZES), **values})
    with pytest.raises(InputError, match=rf"mine/card\.json: .*{message}"):
        load_model(folder)


@pytest.mark.parametrize("values", [{"kind": "rhythm"}, {"preset": "small"}, {"training": {}}])
def test_a_card_that_was_edited_is_noticed(folder, values):
    file = folder / "card.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
    with pytest.raises(InputError, match="its checksum is not its own: it was altered"):
        load_model(folder)


def test_no_checksum_is_no_way_round_it(folder):
    values = json.loads((folder / "card.json").read_text())
    del values["card_sha256"]
    (folder / "card.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match="has no 'card_sha256'"):
        load_model(folder)


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


def test_weights_of_a_larger_network(folder):
    """What the card has no place for would be left out in silence."""
    two = Sizes("transformer", hidden_dim=8, num_layers=2, num_heads=2)
    save_model(build(two), ModelCard("melody", "tiny", two), folder)
    change_card(folder, sizes=asdict(SIZES))
    with pytest.raises(InputError, match=r"has no place for|must be finite and of shape"):
        load_model(folder)


def test_one_array_too_many(folder):
    rewrite(folder, lambda arrays: arrays.update({"0999": np.zeros(1, np.float16)}))
    with pytest.raises(InputError, match=r"no place for 0999\.npy \(1 such arrays\)"):
        load_model(folder)


def test_without_keras_the_way_out_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    saved._open.cache_clear()
    with pytest.raises(MissingDependencyError, match=r"pip install .*neural.* model=.ngram"):
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
    shipped = load_model(name).card
    assert shipped.name == f"{shipped.kind}-{shipped.preset}-{shipped.sizes.network}" == name
    assert shipped.sizes == sizes_of(*name.split("-"))
    assert {"command", "data_sha256", "hours", "best"} <= set(shipped.training)


def test_shipped_models_are_small():
    files = list(models_folder().glob("*/weights.npz"))
    assert sum(file.stat().st_size for file in files) < 8_000_000
    for file in files:
        with zipfile.ZipFile(file) as archive:
            assert all(name.endswith(".npy") for name in archive.namelist())
