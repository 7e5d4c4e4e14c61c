"""Arrangements of held-out tunes in every pattern: rules broken, motion of chords, seconds.

Every tune gets the triad that fits each bar best, every other tune seventh chords. Four players:
melody, guitar, bass, drums; a second run adds a cello. What is written is judged by
``tests/composition/arrangement_checks.py``, which knows nothing but notes and chord symbols.

Usage: python benchmarks/arrangement.py [tunes for each pattern]
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

CHECKS = Path(__file__).parents[1] / "tests" / "composition" / "arrangement_checks.py"
BAND = ["flute", "acoustic guitar (steel)", "acoustic bass", "drums"]
TUNES = 40


def checks() -> ModuleType:
    """Load the independent checks."""
    spec = importlib.util.spec_from_file_location("arrangement_checks", CHECKS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tunes(number: int) -> list[Any]:
    """Give held-out tunes with chords."""
    from melodyai_edu.io.corpus import load

    check = checks()
    held = [t for name in ("oneill", "ryan", "airds", "chorales") for t in load(name)
            if t.split != "train" and t.note_count]  # fmt: skip
    chosen = np.random.default_rng(0).choice(len(held), size=number, replace=False)
    scores = [held[int(index)].melody_score for index in chosen]
    return [check.with_chords(score, sevenths=bool(n % 2)) for n, score in enumerate(scores)]


def motion(part: Any) -> list[float]:
    """Give how far each voice moves from one whole chord to another [semitones]."""
    chords: dict[int, list[int]] = {}
    for note in part.notes:
        chords.setdefault(note.onset, []).append(note.pitch)
    moves = []
    for one, two in pairwise(chords.values()):
        if len(one) == len(two) >= 3 and one != two:
            moves += [abs(a - b) for a, b in zip(one, two, strict=True)]
    return moves


def consonance(melody: Any, counter: Any) -> list[bool]:
    """Say of each counter-melody note whether it begins a third or sixth from the melody."""
    found = []
    for note in counter.notes:
        above = [m.pitch for m in melody.notes if m.onset <= note.onset < m.end]
        found += [(pitch - note.pitch) % 12 in (3, 4, 8, 9) for pitch in above]
    return found


def judge(pattern: str, scores: list[Any]) -> list[Any]:
    """Arrange all tunes in a pattern and count."""
    from melodyai_edu.composition.arrange import arrange
    from melodyai_edu.composition.counter_melody import parallel_places

    check = checks()
    notes = faults = parallels = 0
    moves: list[float] = []
    thirds: list[bool] = []
    seconds = 0.0
    for seed, score in enumerate(scores):
        begin = time.perf_counter()
        written = arrange(score, pattern=pattern, instruments=BAND, seed=seed, humanise=False)
        seconds += time.perf_counter() - begin
        _, guitar, bass, _ = written.parts
        notes += written.note_count
        faults += sum(
            len(check.out_of_range(p, n)) for p, n in zip(written.parts, BAND, strict=True)
        )
        faults += len(check.strangers(score, bass, is_bass=True))
        faults += len(check.strangers(score, guitar, is_bass=False))
        faults += len(check.silent_changes(score, bass))
        moves += motion(guitar)
        two = arrange(score, pattern=pattern, instruments=["flute", "cello"], seed=seed,
                      humanise=False).parts  # fmt: skip
        faults += len(check.out_of_range(two[1], "cello"))
        parallels += len(parallel_places(two[0].notes, two[1].notes))
        thirds += consonance(*two)
    return [notes, faults, parallels, np.mean(moves or [0]), np.mean(thirds), seconds / len(scores)]


def main() -> None:
    """Print one line for each pattern."""
    from melodyai_edu.composition.pattern_library import list_patterns

    smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    scores = tunes(int(sys.argv[1]) if len(sys.argv) > 1 else 3 if smoke else TUNES)
    print(f"{len(scores)} held-out tunes, {sum(s.bar_count for s in scores)} bars")
    print(f"{'pattern':14}{'notes':>8}{'faults':>8}{'parallels':>11}{'semitones':>11}"
          f"{'thirds':>8}{'seconds':>9}")  # fmt: skip
    total = [0, 0, 0]
    for pattern in list_patterns():
        notes, faults, parallels, mean, thirds, seconds = judge(pattern, scores)
        total = [a + b for a, b in zip(total, (notes, faults, parallels), strict=True)]
        print(f"{pattern:14}{notes:8,}{faults:8}{parallels:11}{mean:11.2f}{thirds:8.0%}"
              f"{seconds:9.3f}", flush=True)  # fmt: skip
    print(f"{'all':14}{total[0]:8,}{total[1]:8}{total[2]:11}")


if __name__ == "__main__":
    main()
