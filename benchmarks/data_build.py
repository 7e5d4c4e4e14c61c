"""How long the corpora take to build, beside music21 on the same files in the same run.

music21 parses a sample of the same tunes (all would take ten minutes), drawn with a fixed seed;
its rate and ours are tunes a second on one process each. The whole build, with two processes as on
the smallest machine that we know, and the opening of a corpus are timed as a learner meets them.

Usage: python benchmarks/data_build.py [--tunes 500]
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings

from abc_reading import corpus_tunes, read_with_music21

from melodyai_edu.io.corpus_build import build
from melodyai_edu.io.corpus_columns import Columns, TuneRow
from melodyai_edu.io.corpus_sources import SOURCES, read_file
from melodyai_edu.io.fingerprint import fingerprint

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"


def whole_build() -> tuple[float, int]:
    """Time everything that ``melodyai data build --workers 2`` does [seconds, tunes]."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        reports = build(folder=folder, workers=2, progress=False)
        return time.perf_counter() - start, sum(report.tunes for report in reports)


def our_rate() -> float:
    """Give tunes a second, files to columns and fingerprints, in one process."""
    jobs = [(name, file) for name, source in SOURCES.items() for file in source.files()]
    if SMOKE:
        jobs = random.Random(2).sample(jobs, 30)
    read_file(*jobs[0])  # imports
    tunes, start = 0, time.perf_counter()
    for job in jobs:
        rows: list[TuneRow] = read_file(*job)[0]
        Columns.of(rows)
        tunes += len([fingerprint(row.score) for row in rows])
    return tunes / (time.perf_counter() - start)


def music21_rate(count: int) -> float:
    """Give tunes a second of music21's converter on a sample of the ABC tunes, in one process."""
    texts = [text for _, text in random.Random(2).sample(list(corpus_tunes()), count)]
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    for text in texts:
        try:
            read_with_music21(text)
        except Exception:
            continue
    return count / (time.perf_counter() - start)


def opening(name: str) -> float:
    """Time ``import melodyai_edu`` and the first `load` in a new process [seconds]."""
    program = (
        "import time; start = time.perf_counter(); import melodyai_edu as mai; "
        f"mai.load({name!r})[0].melody; print(time.perf_counter() - start)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="Building corpora, beside music21.")
    parser.add_argument("--tunes", type=int, default=30 if SMOKE else 500)
    options = parser.parse_args()
    ours, theirs = our_rate(), music21_rate(options.tunes)
    print(
        f"one process: {ours:.0f} tunes/s; music21 {theirs:.0f} tunes/s; {ours / theirs:.1f} times"
    )
    for name in ("oneill", "ryan", "airds", "chorales"):
        print(f"mai.load({name!r}) in a new process: {opening(name):.2f} s (target: under 2)")
    if not SMOKE:
        seconds, tunes = whole_build()
        print(f"two processes: all {tunes} tunes built in {seconds:.1f} s (target: 90)")


if __name__ == "__main__":
    main()
