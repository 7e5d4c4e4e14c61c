"""From corpora to a model on disk, in one call."""

from __future__ import annotations

import sys

import pytest

from melodyai_edu.cli import main
from melodyai_edu.errors import MissingDependencyError, ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models.saved import (
    find_model,
    identify,
    load_model,
    models_folder,
    read_card,
)
from melodyai_edu.training import fit
from melodyai_edu.training.assess import assess
from melodyai_edu.training.examples import data_hash, examples_of
from melodyai_edu.training.original import train_complex_melody_generation_model

pytestmark = pytest.mark.xdist_group("keras")
QUICK = {"epochs": 1, "batch_tokens": 1024, "window": 64, "has_progress": False}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def tunes():
    return load("oneill")[:12]


def test_a_model_of_yours_is_found_by_the_name_it_was_given(home, tunes):
    trained = fit("melody", "tiny", data=tunes, **QUICK)
    assert trained.folder == home / "models" / "my-melody-tiny-transformer"
    assert find_model(trained.folder.name) == trained.folder
    assert identify(trained.folder.name) == trained.model.identity
    shipped = load_model("melody-tiny-transformer")
    assert trained.card.sha256 != shipped.card.sha256
    assert trained.card.training["precision"] == "float32"
    tuned = fit(base=trained.folder.name, data=tunes, precision="mixed_bfloat16", **QUICK)
    assert tuned.card.training["precision"] == "mixed_bfloat16"
    assert {layer.compute_dtype for layer in tuned.network.layers} == {"float32"}
    assert tuned.card.name == "my-melody-tiny-transformer-tuned"
    assert tuned.card.training["base"] == trained.model.identity


def test_a_run_is_resumed_by_its_name_only(home, tunes):
    with pytest.warns(RuntimeWarning, match=r"nothing to resume in .*my-melody-tiny-transformer"):
        fit("melody", "tiny", data=tunes, resume=True, **QUICK)
    again = fit("melody", "tiny", data=tunes, resume=True, **QUICK)
    assert again.report.epoch == 1
    changed = {**QUICK, "epochs": 2}
    with pytest.raises(ParameterError) as told:
        fit("melody", "tiny", data=tunes, resume=True, seed=3, **changed)
    assert "with epochs=1 instead of 2, seed=0 instead of 3; give another name" in str(told.value)
    with pytest.raises(ParameterError, match="is of another run, with other tunes; give"):
        fit("melody", "tiny", data=tunes[:6], resume=True, **QUICK)


@pytest.mark.parametrize(
    "need",
    [
        lambda: fit("melody", "tiny", data=["no corpus at all"]),
        lambda: assess("nowhere", data=["no corpus at all"]),
        lambda: train_complex_melody_generation_model("no file at all"),
    ],
)
def test_missing_keras_is_told_before_any_tune_is_read(need, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        need()


def test_help_names_all_fields_of_a_recipe(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = capsys.readouterr().out
    for option in ("--epochs", "--learning-rate", "--batch-tokens", "--patience", "--seed"):
        assert option in said


def test_devices_that_are_not_there_are_told_before_any_tune_is_read():
    with pytest.raises(ParameterError, match=r"devices=99 must be from 1 to \d+: .*docs/scale.md"):
        fit("melody", "tiny", data=["no corpus at all"], devices=99)
    with pytest.raises(ParameterError, match="devices=0 must be 1 or more"):
        fit("melody", "tiny", data=["no corpus at all"], devices=0)


def test_a_card_has_a_hash_of_each_corpus(home, tunes):
    card = fit("rhythm", "tiny", data=["chorales", *tunes], **QUICK).card
    parts = card.training["data"]
    assert list(parts) == ["chorales", "tunes"]
    assert sum(part["examples"] for part in parts.values()) == card.training["examples"]
    alone = data_hash(examples_of([t for t in tunes if t.split == "train"], "rhythm"))
    assert parts["tunes"]["sha256"] == alone
    assert parts["chorales"]["sha256"] != alone


@pytest.mark.parametrize("kind", ["melody", "rhythm"])
def test_shipped_cards_have_the_hash_of_each_corpus_as_it_is_here(kind):
    train = examples_of([t for t in load("chorales") if t.split == "train"], kind)
    card = read_card(models_folder() / f"{kind}-small-transformer")
    assert card.training["data"]["chorales"] == {
        "examples": len(train),
        "sha256": data_hash(train),
    }
