"""Files that once crashed, hung or misled a reader are read or refused now, within the limits.

They were found, and made smaller, by ``python benchmarks/fuzz.py``; what it finds next is put here
by itself. A folder is a kind of file.
"""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(file for file in HERE.glob("*/*") if file.parent.name != "__pycache__")


@pytest.fixture(scope="module")
def worker():
    from fuzzing.worker import Worker

    with Worker() as worker:
        yield worker


def test_there_are_files():
    assert len(FILES) >= 15


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_file_that_did_harm_does_no_more(worker, file):
    verdict = worker.judge_file(file.parent.name, file)
    assert verdict.what in ("read", "refused"), verdict


def test_the_judge_sees_what_must_not_be(tmp_path):
    """Each kind of violation, planted: a judge that never finds any proves nothing."""
    from fuzzing.worker import judge

    planted = {
        "untyped": lambda _: 1 / 0,
        "memory": lambda _: bytearray(1_000_000_000),
        "misread": lambda _: None,
    }
    for what, read in planted.items():
        kind = type("Planted", (), {"file": "file.x", "read": staticmethod(read)})
        code = (judge(kind, b"x", must_be_refused=True, is_public=False)).what
        assert code == what


def test_a_crash_and_a_wait_are_seen(monkeypatch):
    from fuzzing import worker

    monkeypatch.setattr(worker, "SECONDS", 0.5)
    lines = {
        "crash": "import os; os.abort()",
        "hang": "import time; time.sleep(60)",
    }
    for what, line in lines.items():
        with worker.Worker() as one:
            start = f"print('begin', flush=True); input(); {line}"
            one._process = subprocess.Popen(
                [sys.executable, "-c", f"{start}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            assert one.judge("midi", 0, 0).what == what


def test_a_case_is_the_same_at_each_run():
    from fuzzing.kinds import KINDS

    for name in ("midi", "mxl", "pattern", "words"):
        kind = KINDS[name]
        assert kind.case(3, 14) == kind.case(3, 14)
        assert len({kind.case(3, number).data for number in range(20)}) > 10


@pytest.mark.slow
def test_two_thousand_damaged_files():
    script = HERE.parents[1] / "benchmarks" / "fuzz.py"
    done = subprocess.run(
        [sys.executable, script, "--cases", "2000", "--seed", "7"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "violations: 0" in done.stdout
