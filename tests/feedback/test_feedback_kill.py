"""The benchmark that kills writers sees what it should see."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from melodyai_edu.feedback import RatingStore

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "feedback_kill.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_few_kills_lose_nothing():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment.pop("MELODYAI_PROFILE", None)
    command = [sys.executable, str(SCRIPT), "--kills", "6", "--writers", "2"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 kills of 2 writers" in done.stdout
    assert "0 lost, 0 doubled, 0 altered" in done.stdout
    assert "integrity_check: ok" in done.stdout


def test_a_loss_would_be_seen(tmp_path):
    kill = runpy.run_path(str(SCRIPT))
    with RatingStore(tmp_path / "ratings.sqlite") as store:
        for number in (0, 1, 5):
            store.add(kill["rating_of"](0, number))
        store.add(kill["rating_of"](3, 2))
    writer = SimpleNamespace(number=0, acknowledged=[0, 1, 2, 2])
    lost, doubled, altered, sound = kill["judge"](store.file, [writer])
    assert (lost, doubled, altered, sound) == (2, 1, 2, "ok")
