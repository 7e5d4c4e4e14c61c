"""How often the genre and mood listeners are right about real tunes that they have not heard.

    python benchmarks/listeners.py

Fitted on the training side of the corpora that come with the package, counted on their test side,
with Wilson intervals. Beside it the share of the commonest label, which is what a listener without
ears would get, and the mean over labels, for which chance is one divided by their number.
"""

from __future__ import annotations

import os

from melodyai_edu.evaluation.genre_classifier import GenreClassifier
from melodyai_edu.evaluation.mood_classifier import MoodClassifier
from melodyai_edu.evaluation.tune_classifier import TuneClassifier
from melodyai_edu.features.mood import feel_mood, nearest_mood
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.score import Score

QUARTERS = ("happy", "calm", "tense", "sad")


def quarter(score: Score) -> str:
    """Name the quarter of the plane in which all five cues put a tune."""
    return nearest_mood(feel_mood(score), QUARTERS)


def tunes(split: str) -> list[Tune]:
    """Give the tunes of one side; fewer in the smoke profile."""
    step = 4 if os.environ.get("MELODYAI_PROFILE") == "smoke" else 1
    names = ("oneill", "ryan", "airds", "chorales")
    return [tune for name in names for tune in load(name).filter(split=split)][::step]


def report(name: str, listener: TuneClassifier) -> None:
    """Print one listener's accuracies."""
    shares = listener.fit(tunes("train")).accuracy(tunes("test"))
    whole = shares.pop("all")
    most = max(share.number for share in shares.values()) / whole.number
    mean = sum(share.value for share in shares.values()) / len(shares)
    print(f"{name}: {whole}; commonest label {most:.1%}; mean over labels {mean:.1%}")
    for label, share in shares.items():
        print(f"   {label:12s} {share}")


def main() -> None:
    """Print the listeners' accuracies."""
    report("genre", GenreClassifier())
    report("genre, no meter", GenreClassifier(has_meter=False))
    report("mood, label by mode and density", MoodClassifier())
    report("mood, label by all five cues", MoodClassifier(mood=quarter))


if __name__ == "__main__":
    main()
