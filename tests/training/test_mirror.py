"""Checkpoints in a storage: another machine goes on, and a storage that fails stops nothing."""

import hashlib
import io
import json

import numpy as np
import pytest

from melodyai_edu.cli import main
from melodyai_edu.errors import InputError, ParameterError, StorageError
from melodyai_edu.io.corpus import load
from melodyai_edu.io.storage import open_storage
from melodyai_edu.training import fit
from melodyai_edu.training.checkpoint import Checkpoint, commit, latest
from melodyai_edu.training.mirror import Mirror

pytestmark = pytest.mark.xdist_group("keras")
QUICK = {"epochs": 1, "batch_tokens": 1024, "window": 64, "chunk": 2, "has_progress": False}


def a_checkpoint(step):
    return Checkpoint(step, {"a": np.full(1000, step)}, {"epoch": step})


@pytest.mark.parametrize("bucket", ["s3"], indirect=True)
def test_a_run_goes_on_at_another_machine(bucket, tmp_path, monkeypatch):
    tunes, seen = load("oneill")[:12], []
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "first"))

    def stop(report):
        seen[:] = report.losses
        if report.step >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit("melody", "tiny", data=tunes, checkpoints=bucket, on_report=stop, **QUICK)
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "second"))
    other = fit("melody", "tiny", data=tunes, checkpoints=bucket, resume=True, **QUICK)
    assert other.report.losses[: len(seen)] == seen
    assert len(other.report.losses) > len(seen) > 0
    assert other.report.epoch == 1


def test_every_checkpoint_is_there_and_the_old_ones_go(bucket, tmp_path):
    here = tmp_path / "here"
    mirror = Mirror(bucket, "mine", here)
    for step in range(1, 5):
        commit(here, a_checkpoint(step))
        mirror.send()
        there = tmp_path / f"there{step}"
        assert Mirror(bucket, "mine", there).bring()
        assert latest(there).state == {"epoch": step}
    assert sorted(path.name for path in there.iterdir()) == ["00000003", "00000004"]


def test_what_is_here_has_the_first_word(tmp_path):
    mirror = Mirror(str(tmp_path / "storage"), "mine", tmp_path / "here")
    assert not mirror.bring()
    commit(tmp_path / "here", a_checkpoint(1))
    mirror.send()
    commit(tmp_path / "here", a_checkpoint(2))
    assert not mirror.bring()
    assert latest(tmp_path / "here").step == 2


def test_a_storage_that_fails_does_not_stop_the_training(tmp_path):
    (tmp_path / "storage").write_text("a file, where a folder should be")
    mirror = Mirror(str(tmp_path / "storage"), "mine", tmp_path / "here")
    commit(tmp_path / "here", a_checkpoint(1))
    with pytest.warns(RuntimeWarning, match=r"on this machine only .*training goes on"):
        mirror.send()


def test_a_storage_that_fails_is_told_when_a_run_is_to_go_on(tmp_path):
    mirror = Mirror(str(tmp_path / "storage"), "mine", tmp_path / "here")
    commit(tmp_path / "here", a_checkpoint(1))
    mirror.send()
    record = tmp_path / "storage" / "names" / "checkpoints" / "mine!"
    record.write_bytes(record.read_bytes()[:-1])
    with pytest.raises((InputError, StorageError), match="'checkpoints/mine' is damaged"):
        Mirror(str(tmp_path / "storage"), "mine", tmp_path / "there").bring()


def test_a_checkpoint_that_a_stranger_wrote_is_skipped(tmp_path):
    folder = commit(tmp_path / "here", a_checkpoint(1))
    commit(tmp_path / "here", a_checkpoint(2))
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([print], dtype=object))
    bad = tmp_path / "here" / "00000002"
    (bad / "arrays.npz").write_bytes(buffer.getvalue())
    sums = {
        n: hashlib.sha256((bad / n).read_bytes()).hexdigest() for n in ("arrays.npz", "state.json")
    }
    (bad / "manifest.json").write_text(json.dumps(sums))
    open_storage(tmp_path / "storage").publish("checkpoints/mine", folder.parent)
    assert Mirror(str(tmp_path / "storage"), "mine", tmp_path / "there").bring()
    with pytest.warns(RuntimeWarning, match="'a.npy' is no array of numbers"):
        assert latest(tmp_path / "there").step == 1


def test_only_runs_that_have_checkpoints_can_publish_them(tmp_path, capsys):
    assert main(["train", "harmony", "--checkpoints", str(tmp_path)]) == 2
    assert "--checkpoints is for melody and rhythm" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="not among"):
        Mirror("s3://music/a", "mine", tmp_path, allowed=["s3://other"])
