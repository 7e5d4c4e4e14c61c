"""Every benchmark works in its smallest run, and the page of figures names it."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALL = ROOT / "benchmarks" / "all.py"
BENCHMARKS = runpy.run_path(str(ALL))["benchmarks"]()


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Let benchmarks that follow each other share the corpora that the first of them reads."""
    home = str(tmp_path_factory.mktemp("home"))
    return {**os.environ, "MELODYAI_HOME": home, "MELODYAI_PROFILE": "smoke"}


def test_make_bench_runs_them_all():
    make = ["make", "-n", "-B", "bench"]
    recipe = subprocess.run(make, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "benchmarks/all.py" in recipe
    described = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert len(BENCHMARKS) >= 5
    assert [file.name for file in BENCHMARKS if f"benchmarks/{file.name}" not in described] == []


def test_one_that_fails_keeps_none_from_running(tmp_path):
    shutil.copy(ALL, tmp_path)
    for name, status in (("a", 3), ("b", 0)):
        (tmp_path / f"{name}.py").write_text(f"def main(): ...\nraise SystemExit({status})\n")
    (tmp_path / "helper.py").write_text("raise SystemExit(5)\n")
    command = [sys.executable, tmp_path / ALL.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "== a" in done.stdout
    assert "== b" in done.stdout
    assert "helper" not in done.stdout
    assert done.stdout.endswith("failed: a\n")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("file", BENCHMARKS, ids=lambda file: file.stem)
def test_it_works(file, environment):
    done = subprocess.run(
        [sys.executable, file], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=580, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.strip()
