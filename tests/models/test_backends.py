"""TensorFlow, JAX and PyTorch agree: each test runs on the backend that Keras has now.

``make test-backends`` runs this file three times, each in an environment of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from melodyai_edu.models.presets import Sizes, build

keras = pytest.importorskip("keras", reason="needs Keras with a backend")
pytestmark = [pytest.mark.xdist_group("keras"), pytest.mark.backends]

HERE = Path(__file__).parent
SIZES = {
    "transformer": Sizes("transformer", 8, 2, num_heads=2, dropout=0.1),
    "lstm": Sizes("lstm", 8, 2, units=8, dropout=0.1),
}
RECIPE = {"learning_rate": 1e-2, "batch_tokens": 1024, "window": 64, "chunk": 2}


@pytest.fixture(autouse=True, params=["tensorflow", "jax", "torch"])
def backend(request):
    found = keras.backend.backend()
    if found != request.param:
        pytest.skip(f"Keras runs on {found} here; make test-backends runs this on {request.param}")
    return found


@pytest.fixture(params=SIZES)
def name(request):
    return request.param


@pytest.fixture
def golden(name):
    """What TensorFlow found; make_backends_golden.py writes it."""
    with np.load(HERE / f"backends_{name}.npz") as saved:
        return {key: saved[key] for key in saved.files}


def weights_of(golden):
    return [golden[key] for key in sorted(golden) if key.startswith("weight_")]


def logits_of(network, golden):
    inputs = {key: golden[key] for key in ("token_ids", "chord_ids")}
    return keras.ops.convert_to_numpy(network(inputs, training=False))


def test_the_same_weights_and_tokens_give_the_same_logits(name, golden):
    network = build(SIZES[name])
    network.set_weights(weights_of(golden))
    np.testing.assert_allclose(logits_of(network, golden), golden["logits"], atol=1e-4)


def test_step_by_step_gives_the_same_logits(name, golden):
    network = build(SIZES[name])
    network.set_weights(weights_of(golden))
    token_ids = golden["token_ids"]
    bars = np.cumsum(token_ids == 2, axis=1)
    chords = np.random.default_rng(0).integers(0, 37, (2, 1 + bars.max()))
    by_token = np.take_along_axis(chords, bars, axis=1).astype(np.int32)
    whole = logits_of(network, {**golden, "chord_ids": by_token})
    cache = network.empty_cache(2, token_ids.shape[1], chords)
    for index in range(token_ids.shape[1]):
        now = keras.ops.convert_to_tensor(token_ids[:, index])
        logits, cache = network.next(now, cache, index)
        found = keras.ops.convert_to_numpy(logits)
        np.testing.assert_allclose(found, whole[:, index], atol=1e-4)


def test_weights_saved_on_tensorflow_load_here(name, golden):
    network = build(SIZES[name])
    network.load_weights(HERE / f"backends_{name}.weights.h5")
    for found, wanted in zip(network.get_weights(), weights_of(golden), strict=True):
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_allclose(logits_of(network, golden), golden["logits"], atol=1e-4)


def test_weights_saved_here_are_those_that_tensorflow_saves(name, golden, tmp_path):
    """The same names and numbers in the file: so what is saved here loads there."""
    network = build(SIZES[name])
    network.set_weights(weights_of(golden))
    file = tmp_path / "network.weights.h5"
    network.save_weights(file)
    ours, theirs = contents(file), contents(HERE / f"backends_{name}.weights.h5")
    assert ours.keys() == theirs.keys()
    for key, array in theirs.items():
        np.testing.assert_array_equal(ours[key], array)


def contents(file):
    """Read all arrays of a file of weights, but for the states of random generators."""
    import h5py

    found = {}

    def visit(path, item):
        if isinstance(item, h5py.Dataset) and "seed_generator" not in path:
            found[path] = np.asarray(item)

    with h5py.File(file) as opened:
        opened.visititems(visit)
    return found


@pytest.fixture(scope="module")
def examples():
    from melodyai_edu.io.corpus import load
    from melodyai_edu.training.examples import examples_of

    return examples_of(load("oneill")[:12])


def trainer(name, train, valid, folder=None, **changes):
    from melodyai_edu.training.fit import Trainer
    from melodyai_edu.training.recipe import Recipe

    return Trainer(SIZES[name], train, valid, Recipe(**{**RECIPE, **changes}), folder=folder)


def test_one_training_step_lowers_the_loss(name, examples):
    run = trainer(name, examples[:1], [], epochs=2, window=512)
    losses = [loss for _, loss in run.fit(has_progress=False).losses]
    assert len(losses) == run.report.step == 2  # each is the loss before its step
    assert losses[1] < losses[0]


def test_training_resumed_here_gives_the_same_bits(name, examples, tmp_path, backend):
    if backend == "torch":
        pytest.skip("on PyTorch Keras draws dropout from a generator that no variable holds")
    whole = trainer(name, examples[:8], examples[8:], epochs=1)
    wanted = whole.fit(has_progress=False)

    def stop(report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer(name, examples[:8], examples[8:], tmp_path, epochs=1).fit(
            on_report=stop, has_progress=False
        )
    resumed = trainer(name, examples[:8], examples[8:], tmp_path, epochs=1)
    found = resumed.fit(is_resumed=True, has_progress=False)
    assert found.losses == wanted.losses
    assert found.valid_losses == wanted.valid_losses
