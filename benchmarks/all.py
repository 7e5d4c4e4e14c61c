"""Run every benchmark in turn: each prints its own figures.

``MELODYAI_PROFILE=smoke`` asks each for its smallest useful run, which shows that it works and
proves nothing about speed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def benchmarks() -> list[Path]:
    """List the scripts that can be run: those with a ``main``."""
    files = sorted(HERE.glob("*.py"))
    return [
        file
        for file in files
        if file.name != Path(__file__).name and "def main(" in file.read_text(encoding="utf-8")
    ]


def main() -> int:
    """Run them, go on after a failure, and fail at the end if one did."""
    failed = []
    for file in benchmarks():
        print(f"\n== {file.stem}", flush=True)
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, file], check=False)
        print(
            f"-- {file.stem}: {time.perf_counter() - begin:.1f} s, exit {done.returncode}",
            flush=True,
        )
        if done.returncode:
            failed.append(file.stem)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
