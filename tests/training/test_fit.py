from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models.presets import Sizes
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.fit import Trainer
from melodyai_edu.training.recipe import Recipe, Report

pytest.importorskip("keras", reason="needs Keras with a backend")
pytestmark = pytest.mark.xdist_group("keras")

SIZES = {
    "transformer": Sizes("transformer", 8, 1, num_heads=2, dropout=0.2),
    "lstm": Sizes("lstm", 8, 1, units=8, dropout=0.2),
}
#: Three epochs of a few batches, a checkpoint after every second one.
RECIPE = Recipe(epochs=3, learning_rate=1e-2, batch_tokens=1024, window=64, chunk=2, patience=9)


@pytest.fixture(scope="module")
def examples():
    return examples_of(load("oneill")[:40])


def trainer(examples, folder=None, recipe=RECIPE, network="transformer", **options):
    return Trainer(SIZES[network], examples[:30], examples[30:], recipe, folder=folder, **options)


def assert_same_weights(one, other):
    for left, right in zip(one.network.get_weights(), other.network.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("network", SIZES)
def test_the_loss_falls_on_one_batch(examples, network):
    recipe = Recipe(epochs=40, learning_rate=3e-2, batch_tokens=1024, patience=99)
    one = Trainer(SIZES[network], examples[:1], [], recipe)
    report = one.fit(has_progress=False)
    losses = [loss for _, loss in report.losses]
    assert len(one.train) == 1
    assert math.log(333) - 0.5 < losses[0] < math.log(333) + 0.5  # it knows nothing
    assert losses[-1] < losses[0] - 1.5
    assert report.best == min(loss for _, loss in report.valid_losses)


@pytest.fixture(scope="module", params=SIZES)
def unbroken(request, examples):
    """A run that nothing stopped."""
    run = trainer(examples, network=request.param)
    run.fit(has_progress=False)
    return request.param, run


def test_the_same_run_gives_the_same_bits(examples, unbroken):
    network, run = unbroken
    again = trainer(examples, network=network)
    report = again.fit(has_progress=False)
    assert report.losses == run.report.losses
    assert report.valid_losses == run.report.valid_losses
    assert_same_weights(again, run)


class Stop(Exception):
    """What a power cut is in a test."""


def stop_at(run, number):
    """Let the data end in an exception at one of its batches."""
    made, count = run.train.make, 0

    def make(*place):
        nonlocal count
        for batch in made(*place):
            if count == number:
                raise Stop
            count += 1
            yield batch

    object.__setattr__(run.train, "make", make)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_run_stopped_inside_a_chunk_goes_on_to_the_same_bits(examples, unbroken, tmp_path, seed):
    network, run = unbroken
    stopped = trainer(examples, tmp_path, network=network)
    stop_at(stopped, int(np.random.default_rng(seed).integers(0, run.report.step)))
    with pytest.raises(Exception, match=r"Stop|generator"):
        stopped.fit(has_progress=False)
    resumed = trainer(examples, tmp_path, network=network)
    report = resumed.fit(is_resumed=True, has_progress=False)
    assert report.losses == run.report.losses
    assert report.valid_losses == run.report.valid_losses
    assert report.best == run.report.best
    assert_same_weights(resumed, run)


def test_a_run_stopped_between_chunks_goes_on_in_the_same_object(examples, unbroken, tmp_path):
    network, run = unbroken

    def stop(report):
        if report.step >= 3:
            raise Stop

    stopped = trainer(examples, tmp_path, network=network)
    with pytest.raises(Stop):
        stopped.fit(on_report=stop, has_progress=False)
    assert stopped.fit(is_resumed=True, has_progress=False).losses == run.report.losses
    assert_same_weights(stopped, run)


def test_a_damaged_checkpoint_costs_steps_but_changes_nothing(examples, unbroken, tmp_path):
    network, run = unbroken
    stopped = trainer(examples, tmp_path, network=network)
    stop_at(stopped, 5)
    with pytest.raises(Exception, match=r"Stop|generator"):
        stopped.fit(has_progress=False)
    newest = max(path for path in tmp_path.iterdir() if path.name.isdecimal())
    (newest / "arrays.npz").write_bytes(b"PK")
    resumed = trainer(examples, tmp_path, network=network)
    with pytest.warns(RuntimeWarning, match=f"{newest.name} is damaged"):
        report = resumed.fit(is_resumed=True, has_progress=False)
    assert report.losses == run.report.losses


def test_a_finished_run_is_not_trained_again(examples, tmp_path):
    recipe = Recipe(epochs=1, batch_tokens=1024, window=64)
    first = trainer(examples, tmp_path, recipe)
    first.fit(has_progress=False)
    calls = []
    again = trainer(examples, tmp_path, recipe)
    again.fit(is_resumed=True, has_progress=False, on_report=calls.append)
    assert not calls
    assert_same_weights(again, first)


@pytest.fixture(scope="module")
def started(examples, tmp_path_factory):
    """The folder of a run that was stopped after its first chunk."""

    def stop(report):
        raise Stop

    folder = tmp_path_factory.mktemp("started")
    with pytest.raises(Stop):
        trainer(examples, folder).fit(on_report=stop, has_progress=False)
    return folder


def test_another_recipe_is_refused(examples, started):
    other = Recipe(epochs=4, learning_rate=1e-2, batch_tokens=1024, window=64, chunk=2)
    only_that = r"of another run, with epochs=3 instead of 4, patience=9 instead of 4; give another"
    with pytest.raises(ParameterError, match=only_that):
        trainer(examples, started, other).fit(is_resumed=True, has_progress=False)


def test_other_sizes_are_refused(examples, started):
    with pytest.raises(
        ParameterError, match="with network=transformer instead of lstm, num_heads=2"
    ):
        trainer(examples, started, network="lstm").fit(is_resumed=True, has_progress=False)


def test_other_data_is_refused(examples, started):
    for train, valid in ((examples[1:31], examples[30:]), (examples[:30], examples[31:])):
        other = Trainer(SIZES["transformer"], train, valid, RECIPE, folder=started)
        with pytest.raises(ParameterError, match="of another run, with other tunes; give"):
            other.fit(is_resumed=True, has_progress=False)


def test_another_beginning_is_refused(examples, started):
    weights = [weight + 1 for weight in trainer(examples).network.get_weights()]
    other = trainer(examples, started, weights=weights)
    with pytest.raises(
        ParameterError, match="of another run, with another model to begin with; give"
    ):
        other.fit(is_resumed=True, has_progress=False)


def report_of(*losses):
    return Report(valid_losses=list(enumerate(losses, 1)), best=min(losses), epoch=len(losses))


@pytest.mark.parametrize(
    ("losses", "is_over"),
    [
        ([3.0, 2.0, 1.0], False),
        ([1.0, 2.0, 3.0], True),
        ([1.0, 2.0], False),
        ([1.0, 2.0, 0.9], False),
        ([1.0, 1.0, 1.0], True),  # no better is not better
        ([1.0, math.nan, math.nan], True),
        ([3.0, 2.0, 2.5, 2.1], True),
        ([3.0, 2.0, 2.5, 1.9, 2.2], False),
    ],
)
def test_epochs_without_a_better_loss_end_the_training(losses, is_over):
    assert report_of(*losses).is_over(Recipe(epochs=50, patience=2)) == is_over


def test_all_epochs_end_the_training():
    assert report_of(3.0, 2.0, 1.0).is_over(Recipe(epochs=3, patience=2))


def test_training_stops_early_with_the_best_weights(examples):
    """Validation tunes unlike all others: what is learned makes them worse."""
    recipe = Recipe(epochs=40, learning_rate=0.1, batch_tokens=1024, window=64, patience=2)
    odd = [e._replace(token_ids=np.full_like(e.token_ids, 70)) for e in examples[30:]]
    run = Trainer(SIZES["transformer"], examples[:8], odd, recipe)
    report = run.fit(has_progress=False)
    losses = [loss for _, loss in report.valid_losses]
    assert len(losses) < recipe.epochs
    assert report.best == min(losses) == losses[-3]
    assert min(losses[-2:]) > report.best
    run._validate()
    assert report.valid_losses[-1][1] == report.best


def test_fine_tuning_begins_with_the_weights_given(examples, unbroken):
    network, run = unbroken
    weights = run.network.get_weights()
    tuned = trainer(examples, recipe=Recipe(epochs=1, learning_rate=1e-5), network=network,
                    weights=weights)  # fmt: skip
    assert_same_weights(tuned, run)
    report = tuned.fit(has_progress=False)
    assert report.valid_losses[0][1] == pytest.approx(run.report.best, abs=0.05)


def test_valid_steps_are_the_steps_after_each_epoch(unbroken):
    _, run = unbroken
    each = len(run.train)
    assert [step for step, _ in run.report.valid_steps] == [each, 2 * each, 3 * each]
    assert run.report.step == 3 * each


@pytest.mark.parametrize("name", ["epochs", "learning_rate", "batch_tokens", "window", "chunk"])
@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_a_recipe_needs_positive_numbers(name, value):
    with pytest.raises(ParameterError, match=f"{name}={value} must be positive"):
        Recipe(**{name: value})


def test_more_devices_than_there_are_are_refused(examples):
    with pytest.raises(ParameterError, match="devices=99 must be from 1 to"):
        trainer(examples, devices=99)


#: How far apart the losses of one and of two devices may be [nats a token]: sums of floats
#: in another order.
TOLERANCE = 1e-5


@pytest.mark.slow
def test_two_devices_give_the_curve_of_one():
    """Two logical processors; they must be made before TensorFlow does anything."""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("two_devices.py")],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["replicas"] == [1, 2]
    halves = [[size // 2] * 2 for size in found["sizes"]]
    assert found["shares"] == halves  # the global batch is the same
    one, two, moved = (np.array(curve) for curve in found["losses"])
    assert len(one) > 5
    assert one[0] - one[-1] > 0.5
    np.testing.assert_allclose(two, one, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(moved, one, atol=TOLERANCE, rtol=0)
