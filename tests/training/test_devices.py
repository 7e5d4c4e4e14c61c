"""Precision: what suits a device, and what half of it changes."""

from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models.presets import Sizes
from melodyai_edu.training.devices import in_precision, usual_precision
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.fit import Trainer
from melodyai_edu.training.recipe import Recipe

keras = pytest.importorskip("keras", reason="needs Keras with a backend")
pytestmark = pytest.mark.xdist_group("keras")

SIZES = {
    "transformer": Sizes("transformer", 16, 1, num_heads=2, dropout=0.1),
    "lstm": Sizes("lstm", 16, 1, units=16, dropout=0.1),
}
RECIPE = Recipe(epochs=2, learning_rate=1e-2, batch_tokens=1024, window=64, chunk=50)


@pytest.fixture(scope="module")
def examples():
    return examples_of(load("oneill")[:20])


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ([], "float32"),
        ([(7, 5)], "float32"),
        ([(9, 0)], "mixed_bfloat16"),
        ([(8, 0), (7, 5)], "float32"),
        ([None], "float32"),
    ],
)
def test_half_precision_is_for_devices_that_multiply_it(capabilities, precision, monkeypatch):
    """Devices that are not here, as TensorFlow would describe them."""
    config = pytest.importorskip("tensorflow").config
    monkeypatch.setattr(config, "list_physical_devices", lambda kind: capabilities)
    told = lambda found: {"compute_capability": found} if found else {}  # noqa: E731
    monkeypatch.setattr(config.experimental, "get_device_details", told)
    assert usual_precision() == precision


@pytest.mark.parametrize("network", SIZES)
def test_half_precision_learns_the_same_within_its_own_error(examples, network):
    whole, half = (
        Trainer(SIZES[network], examples[:16], examples[16:], RECIPE, precision=precision)
        for precision in ("float32", "mixed_bfloat16")
    )
    assert keras.config.dtype_policy().name == "float32"
    assert half.network.layers[-1].compute_dtype == "float32"
    assert {layer.compute_dtype for layer in half.network.layers} == {"float32", "bfloat16"}
    assert {str(v.dtype) for v in half.network.variables} <= {"float32", "int64", "uint32"}
    losses = [run.fit(has_progress=False).best for run in (whole, half)]
    assert losses[0] < np.log(333) - 0.5  # it has learned something
    assert losses[1] == pytest.approx(losses[0], abs=0.03)
    assert losses[1] != losses[0]
    drawing = half.to_compose()
    assert {layer.compute_dtype for layer in drawing.layers} == {"float32"}
    for ours, theirs in zip(drawing.get_weights(), half.network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    drawing.next(np.array([1], np.int32), drawing.empty_cache(1, 4), 0)


def test_a_run_begun_in_one_precision_goes_on_in_another(examples, tmp_path):
    first = Trainer(
        SIZES["transformer"], examples[:16], [], RECIPE, folder=tmp_path, precision="mixed_bfloat16"
    )

    def stop(report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.fit(on_report=stop, has_progress=False)
    second = Trainer(SIZES["transformer"], examples[:16], [], RECIPE, folder=tmp_path)
    report = second.fit(is_resumed=True, has_progress=False)
    assert report.losses[: len(first.report.losses)] == first.report.losses
    assert report.epoch == 2


def test_other_precisions_are_refused():
    with (
        pytest.raises(ParameterError, match="precision='mixed_float16' must be one of: float32"),
        in_precision("mixed_float16"),
    ):
        pass
