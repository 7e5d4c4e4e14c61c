"""What the service says of itself is true: Schemathesis asks a running one some hundred things."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "api_fuzz.py"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are counted as Linux lists them")
def test_every_answer_is_as_described():
    pytest.importorskip("schemathesis")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--cases", "120"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    cases = re.search(r"([\d,]+) cases in", done.stdout)[1]
    assert int(cases.replace(",", "")) >= 500
