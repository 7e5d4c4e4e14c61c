"""How fast an arranged piece of 32 bars is there, in a fresh process and later.

Cold is a fresh process: import, corpora, the first style, plan, chords, melody and band, beside
TensorFlow's own import in the same process. Later pieces have other seeds, arrangements taking
turns. Targets: the first at most 15 s after TensorFlow's import, each later one under 5 s.

Usage: python benchmarks/arranged_speed.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from melodyai_edu.models.saved import has_tensorflow, list_models

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
NGRAM, NETWORK = "ngram", "melody-small-transformer"
FIRST_TARGET, LATER_TARGET = 15.0, 5.0  # seconds
ARRANGEMENTS = ("jig", "waltz", "pop ballad", "jazz swing")

_COLD = """
import sys, time
begin = time.perf_counter()
if sys.argv[1] != "ngram":
    import tensorflow
imported = time.perf_counter()
import melodyai_edu as mai
piece = mai.compose(genre="jig", bars=32, seed=0, model=sys.argv[1], arrangement="jig")
print(imported - begin, time.perf_counter() - imported)
"""


def cold(model: str) -> tuple[float, float]:
    """Give the seconds of TensorFlow's import, and of all else until the first piece is there."""
    done = subprocess.run(
        [sys.executable, "-c", _COLD, model], capture_output=True, text=True, check=True
    )
    imported, rest = map(float, done.stdout.split())
    return imported, rest


def later(model: str, pieces: int) -> list[float]:
    """Give the seconds of each of so many pieces, after each arrangement has been met once."""
    from melodyai_edu.composition import compose

    for arrangement in ARRANGEMENTS:
        compose(arrangement=arrangement, bars=32, seed=0, model=model)
    found = []
    for seed in range(1, pieces + 1):
        begin = time.perf_counter()
        arrangement = ARRANGEMENTS[seed % len(ARRANGEMENTS)]
        piece = compose(arrangement=arrangement, bars=32, seed=seed, model=model)
        assert piece.score.bar_count == 32
        assert len(piece.score.parts) > 1
        found.append(time.perf_counter() - begin)
    return found


def main() -> int:
    """Time the first arranged piece of a process and others after it, with both models."""
    is_met = True
    has_network = has_tensorflow() and NETWORK in list_models()
    for model in (NGRAM, NETWORK) if has_network and not SMOKE else (NGRAM,):
        imported, rest = cold(model)
        seconds = sorted(later(model, 2 if SMOKE else 12))
        middle, slowest = seconds[len(seconds) // 2], seconds[-1]
        print(
            f"{model}: TensorFlow's import {imported:.2f} s, first arranged piece of 32 bars "
            f"{rest:.2f} s (target {FIRST_TARGET:.0f} s); later {middle:.2f} s, slowest "
            f"{slowest:.2f} s (target {LATER_TARGET:.0f} s)",
            flush=True,
        )
        is_met &= rest < FIRST_TARGET and slowest < LATER_TARGET
    return 0 if SMOKE or is_met else 1


if __name__ == "__main__":
    sys.exit(main())
