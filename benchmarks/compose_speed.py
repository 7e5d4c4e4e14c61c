"""How fast a piece of 16 bars is there: n-gram and network, in a fresh process and later.

The genres take turns and every piece has its own seed. A cold figure is that of a fresh process:
import, corpora, the first style and one piece; TensorFlow's own import, timed in the same process,
stands beside. The warm one has learned all styles before. On a machine that does other work as
well, the clock says little; so the processor's own time, of all threads together, stands beside.
Targets: 100 pieces of the n-gram under 10 s; the network's first piece at most 10 s after
TensorFlow's import, each later one under 2 s.

Usage: python benchmarks/compose_speed.py [--pieces 100] [--network-pieces 30]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from melodyai_edu.models.saved import has_tensorflow, list_models

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
NGRAM, NETWORK = "ngram", "melody-small-transformer"
TARGET, FIRST_TARGET, LATER_TARGET = 10.0, 10.0, 2.0  # seconds

_COLD = """
import sys, time
begin = time.perf_counter()
if sys.argv[1] != "ngram":
    import tensorflow
imported, busy = time.perf_counter(), time.process_time()
import melodyai_edu as mai
piece = mai.compose(genre="jig", bars=16, seed=0, model=sys.argv[1])
print(imported - begin, time.perf_counter() - imported, time.process_time() - busy)
"""


def cold(model: str) -> tuple[float, float, float]:
    """Give the seconds of TensorFlow's import, of all else until the first piece, and its work."""
    done = subprocess.run(
        [sys.executable, "-c", _COLD, model], capture_output=True, text=True, check=True
    )
    imported, rest, work = map(float, done.stdout.split())
    return imported, rest, work


def warm(model: str, pieces: int) -> tuple[list[float], float]:
    """Give the seconds of each of so many pieces, after every style has been met; and the work."""
    from melodyai_edu.composition import compose, offered_genres

    genres = offered_genres()[: max(pieces // 2, 1)]
    begin = time.perf_counter()
    for genre in genres:
        compose(genre=genre, bars=16, seed=0, model=model)
    seconds = time.perf_counter() - begin
    print(f"{model}: {len(genres)} styles, one piece each, in {seconds:.2f} s")
    found, busy = [], time.process_time()
    for seed in range(pieces):
        begin = time.perf_counter()
        piece = compose(genre=genres[seed % len(genres)], bars=16, seed=seed, model=model)
        assert piece.score.bar_count == 16
        found.append(time.perf_counter() - begin)
    return found, (time.process_time() - busy) / pieces


def main() -> int:
    """Time the first piece of a process, and others after it, of both models."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pieces", type=int, default=6 if SMOKE else 100, help="of the n-gram")
    parser.add_argument("--network-pieces", type=int, default=4 if SMOKE else 30)
    options = parser.parse_args([] if SMOKE else None)
    _, rest, work = cold(NGRAM)
    print(f"{NGRAM}: cold, first piece in {rest:.2f} s, {work:.2f} s of processor time")
    seconds, work = warm(NGRAM, options.pieces)
    total = 100 * sum(seconds) / options.pieces
    print(f"{NGRAM}: 100 pieces of 16 bars in {total:.2f} s, target under {TARGET:.0f} s; ", end="")
    print(f"{100 * work:.2f} s of processor time")
    is_met = total < TARGET
    if has_tensorflow() and NETWORK in list_models():
        imported, rest, work = cold(NETWORK)
        print(
            f"{NETWORK}: cold, TensorFlow's import {imported:.2f} s, first piece {rest:.2f} s, ",
            end="",
        )
        print(f"{work:.2f} s of processor time")
        seconds, work = warm(NETWORK, options.network_pieces)
        middle, slowest = sorted(seconds)[len(seconds) // 2], max(seconds)
        print(f"{NETWORK}: {middle:.2f} s a piece, slowest {slowest:.2f} s, ", end="")
        print(f"{work:.2f} s of processor time; ", end="")
        print(f"targets {FIRST_TARGET:.0f} s and {LATER_TARGET:.0f} s")
        is_met &= rest < FIRST_TARGET and slowest < LATER_TARGET
    print(f"load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return int(not SMOKE and not is_met)


if __name__ == "__main__":
    sys.exit(main())
