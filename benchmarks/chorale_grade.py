"""How much harmonisations are like Bach's: parallels, other faults, and the grade of Fang et al.

The test sopranos of the published split are harmonised by the network and by counts alone, with the
usual rules. Grades are against all of Bach's chorales of the split (a published Bach median of 4.91
was measured by another program; ours is printed beside). Counts come from the training side of the
package's own corpus without the pieces that are harmonised here.

Usage: python benchmarks/chorale_grade.py [PIECES] [--models NAME ...]
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter

import numpy as np

TARGET = 5.5
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"


def learn_from_others(held_out: set[str]) -> None:
    """Let Bach's counts be counted without these files."""
    from importlib import import_module

    from melodyai_edu.composition import harmony_counts
    from melodyai_edu.io import corpus

    whole = corpus.load("chorales")
    others = [tune for tune in whole if tune.source not in held_out]

    def loaded(name: str = "chorales") -> list:
        return others

    harmony_counts.learn_chorales.cache_clear()
    import_module("melodyai_edu.composition.harmonise")._sampler.cache_clear()
    corpus.load = loaded


def ranges(scores: list) -> list[tuple[int, int]]:
    """Give the lowest and highest pitch of each voice."""
    lines = [[note.pitch for score in scores for note in score.parts[v].notes] for v in range(4)]
    return [(min(line), max(line)) for line in lines]


def report(name: str, scores: list, grader, limits: list[tuple[int, int]]) -> float:
    """Print grades and faults of some pieces; give the median grade."""
    from melodyai_edu.evaluation.chorale_grade import FEATURES, count_faults, count_parallels

    grades = [grader.grade(score) for score in scores]
    totals = [grade.total for grade in grades]
    parts = ", ".join(
        f"{feature} {np.median([grade.parts[feature] for grade in grades]):.2f}"
        for feature in FEATURES
    )
    faults: Counter = Counter()
    for score in scores:
        faults.update(count_parallels(score))
        faults.update(count_faults(score, limits))
    rates = ", ".join(f"{fault} {count / len(scores):.2f}" for fault, count in faults.items())
    print(f"{name}: {len(scores)} pieces, median grade {np.median(totals):.2f} ({parts})")
    print(f"    faults a piece: {rates}", flush=True)
    return float(np.median(totals))


def main() -> None:
    """Harmonise, grade and print."""
    from melodyai_edu.composition.harmonise import harmonise
    from melodyai_edu.errors import ParameterError
    from melodyai_edu.evaluation.chorale_grade import ChoraleGrader
    from melodyai_edu.io.chorales import split_chorales

    options = argparse.ArgumentParser()
    options.add_argument("pieces", type=int, nargs="?", default=3 if SMOKE else 1000)
    options.add_argument("--models", nargs="+", metavar="NAME")
    asked = options.parse_args()
    sides = split_chorales()
    bach = [chorale.score for some in sides.values() for chorale in some]
    grader, limits = ChoraleGrader(bach), ranges(bach)
    tests = sides["test"][: asked.pieces]
    report("Bach, all", bach, grader, limits)
    report("Bach, test", [chorale.score for chorale in tests], grader, limits)
    learn_from_others({chorale.source for chorale in sides["test"]})
    for model in asked.models or ("counts", "chorale-small"):
        found, began, refused = [], time.perf_counter(), []
        for chorale in tests:
            try:
                found.append(harmonise(chorale.score, model=model, seed=1).score)
            except ParameterError as error:
                refused.append(f"{chorale.source}: {error}")
        median = report(model, found, grader, limits)
        seconds = (time.perf_counter() - began) / len(found)
        print(
            f"    {seconds:.1f} s a piece; target {TARGET}: "
            f"{'met' if median <= TARGET else 'missed'}"
        )
        for line in refused:
            print(f"    refused: {line[:150]}")


if __name__ == "__main__":
    main()
