"""Tests that share a network, a port or a folder run one after another, in one worker."""

import os
import subprocess
import sys
from pathlib import Path

GROUPED = """
import os
from pathlib import Path

import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(4))
def test_where(number):
    (Path(__file__).parent / os.environ["PYTEST_XDIST_WORKER"]).touch()
"""


def test_a_group_of_tests_stays_in_one_worker(tmp_path: Path) -> None:
    for name in ("test_first.py", "test_second.py", "test_third.py"):
        (tmp_path / name).write_text(GROUPED, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-n", "2", "--dist", "loadgroup"]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(tmp_path.glob("gw*"))) == 1, "the marks xdist_group are ignored"
