"""Models and tastes go to a bucket and come back; what else comes back is refused."""

import numpy as np
import pytest

from melodyai_edu.cli import main
from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.storage import open_storage
from melodyai_edu.models.preference import FEATURES, PreferenceModel
from melodyai_edu.models.saved import find_model, load_model, models_folder
from melodyai_edu.models.storing import pull_model, pull_taste, push_model
from melodyai_edu.models.tastes import load_taste, tastes_folder

pytestmark = pytest.mark.xdist_group("keras")
MODEL = "melody-tiny-transformer"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def a_taste():
    columns = len(FEATURES)
    ones = np.ones(columns)
    return PreferenceModel("features", 0 * ones, ones, ones, np.eye(columns))


def test_a_model_goes_to_a_bucket_and_comes_back(bucket, home, capsys):
    assert main(["models", "push", MODEL, bucket]) == 0
    assert main(["models", "pull", MODEL, bucket]) == 0
    folder = home / "models" / MODEL
    assert f"fetched {folder}" in capsys.readouterr().out
    assert find_model(MODEL) == folder
    assert load_model(MODEL).card == load_model(models_folder() / MODEL).card
    assert main(["models", "pull", MODEL, bucket]) == 2
    assert "pull with --replace" in capsys.readouterr().err
    assert main(["models", "list"]) == 0
    assert MODEL in capsys.readouterr().out


def copy_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights.npz": b"no archive"}, "checksum is not the one on its card"),
        ({"card.json": b"{}"}, "is no card of a model"),
        ({"run.py": b"print()"}, "must be a model"),
        ({"weights.npz": None}, "must be a model"),
    ],
)
def test_what_is_no_model_is_refused_and_gets_no_place(home, tmp_path, change, message):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, data in {**copy_of(models_folder() / MODEL), **change}.items():
        if data is not None:
            (folder / name).write_bytes(data)
    open_storage(tmp_path / "storage").publish("models/mine", folder)
    with pytest.raises(InputError, match=message):
        pull_model("mine", str(tmp_path / "storage"))
    assert not (home / "models").exists()


def test_a_damaged_model_is_not_published(home, tmp_path):
    folder = home / "models" / "mine"
    folder.mkdir(parents=True)
    for name, data in copy_of(models_folder() / MODEL).items():
        (folder / name).write_bytes(data[:-9])
    with pytest.raises(InputError, match="mine"):
        push_model("mine", str(tmp_path / "storage"))


@pytest.mark.parametrize("bucket", ["s3"], indirect=True)
def test_a_taste_goes_to_a_bucket_and_comes_back(bucket, home, tmp_path, monkeypatch, capsys):
    a_taste().save(tastes_folder() / "warm.json")
    before = load_taste("warm").sha256
    assert main(["models", "push", "warm", bucket, "--taste"]) == 0
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "another machine"))
    assert main(["models", "pull", "warm", bucket, "--taste"]) == 0
    assert load_taste("warm").sha256 == before
    assert main(["models", "pull", "warm", bucket, "--taste"]) == 2
    assert "pull with --replace" in capsys.readouterr().err


def test_what_is_no_taste_is_refused_and_gets_no_place(home, tmp_path):
    a_taste().save(tmp_path / "warm.json")
    storage = open_storage(tmp_path / "storage")
    for data in (b"{}", b"no JSON", (tmp_path / "warm.json").read_bytes().replace(b"1.0", b"2.0")):
        storage.put("tastes/warm.json", data)
        with pytest.raises(InputError, match=r"warm\.json"):
            pull_taste("warm", str(tmp_path / "storage"))
    assert not (tastes_folder() / "warm.json").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x", "x" * 101])
def test_a_name_that_no_model_can_have_is_refused(home, tmp_path, name):
    for pull in (pull_model, pull_taste):
        with pytest.raises(ParameterError, match="must be letters"):
            pull(name, str(tmp_path))
