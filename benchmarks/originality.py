"""How much generated pieces copy, beside held-out human tunes of the same genre.

Both are looked up in the same training tunes, by intervals and rhythm, so the key does not matter.
Held-out tunes are human, by other people or at least other tunes: by the splits none of them is a
near-duplicate of a training tune. What they share with the training tunes is tradition.
The model is asked to be inside what 95% of the humans have.

Usage: python benchmarks/originality.py [MODEL]
"""

from __future__ import annotations

import os
import sys

import numpy as np

PIECES = 100  # of each genre
WORDS = "median, 95% from - to"


def _interval(values: list[float]) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, (2.5, 50, 97.5))
    return float(low), float(middle), float(high)


def _notes(interval: tuple[float, float, float]) -> str:
    low, middle, high = interval
    return f"{middle:4.0f}, {low:3.0f} - {high:3.0f}"


def _share(interval: tuple[float, float, float]) -> str:
    low, middle, high = interval
    return f"{middle:4.0%}, {low:3.0%} - {high:3.0%}"


def main() -> int:
    """Print both figures of every genre, and how many pieces are inside the humans' interval."""
    from melodyai_edu.composition import compose, offered_genres
    from melodyai_edu.composition.library import human_copying, train_index

    is_smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    model = sys.argv[1] if len(sys.argv) > 1 and not is_smoke else "ngram"
    genres = offered_genres()[:2] if is_smoke else offered_genres()
    pieces = 3 if is_smoke else PIECES
    print(f"{model}: {pieces} pieces of 16 bars a genre; {len(train_index().tunes)} training tunes")
    print(f"longest run copied [notes] and share of 8-note windows copied: {WORDS}\n")
    print(f"{'genre':11} {'run, human':>17} {'run, pieces':>17} {'share, human':>19}", end="")
    print(f" {'share, pieces':>19} {'at most human':>14}")
    within, total = 0, 0
    for genre in genres:
        reports = [
            compose(genre=genre, bars=16, seed=seed, model=model).copying for seed in range(pieces)
        ]
        human = human_copying(genre)
        assert human is not None
        inside = sum(bool(report.is_within_human) for report in reports)
        within, total = within + inside, total + pieces
        runs = _interval([report.longest_run for report in reports])
        shares = _interval([report.window_share for report in reports])
        kind = "" if human.genre else "  (humans of all genres)"
        print(f"{genre:11} {_notes(human.longest_run):>17} {_notes(runs):>17}", end="")
        print(
            f" {_share(human.window_share):>19} {_share(shares):>19} {inside / pieces:13.0%}{kind}"
        )
    print("\nboth the run and the share at most those of 97.5% of humans: ", end="")
    print(f"{within / total:.1%} of {total} pieces")
    return 0


if __name__ == "__main__":
    sys.exit(main())
