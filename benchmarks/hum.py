"""Note F-measure of `hear_notes` on real tunes, sung by three voices, clean and in noise.

    python benchmarks/hum.py [--tunes 100]

Protocol: 100 tunes of the corpora's valid side (the segmentation was tuned on the test side), the
first 4 seconds of each at its own tempo, sung by `melodyai_edu.render.singing` as a hum (vibrato of
40 cents and slides), a flute (vibrato of 12 cents, breath) and a plucked string, each 17 cents
flat, as singers are; then again with white noise 20 dB below. mir_eval 0.8 compares notes: onset
within 50 ms, pitch within 50 cents, offsets ignored. The mean of the excerpts' F-measures, with its
bootstrap interval over tunes.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace

import numpy as np
from tqdm.auto import tqdm

from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.features.hum import HeardNote, hear_notes
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.render.singing import TIMBRES, sing
from melodyai_edu.score import Score

SECONDS = 4.0
NOISE = 20.0  # dB
FLAT = 0.17  # semitones
SR = 16_000
TARGETS = {"clean": 0.90, "noisy": 0.75}
Row = tuple[str, str, str, float]


def tunes(number: int) -> list[Tune]:
    """Draw tunes whose meter, key and tempo do not change."""
    pool = [
        tune
        for name in ("oneill", "ryan", "airds", "chorales")
        for tune in load(name).filter(split="valid")
        if len(excerpt(tune).parts[0].notes) >= 4
    ]
    chosen = np.random.default_rng(0).permutation(len(pool))[:number]
    return [pool[index] for index in chosen]


def excerpt(tune: Tune) -> Score:
    """Give the notes that end within the first seconds."""
    score = tune.melody_score
    part = score.parts[0]
    notes = tuple(note for note in part.notes if score.seconds_at(note.end) <= SECONDS)
    one = {name: getattr(score, name)[:1] for name in ("meters", "keys", "tempos")}
    return replace(score, parts=(replace(part, notes=notes),), duration=0, **one)


def f_measure(score: Score, heard: tuple[HeardNote, ...]) -> float:
    """Compare what was heard with what was written."""
    from mir_eval.transcription import precision_recall_f1_overlap

    if not heard:
        return 0.0
    written = score.parts[0].notes
    spans = np.array([[score.seconds_at(n.onset), score.seconds_at(n.end)] for n in written])
    pitches = np.array([note.pitch for note in written], dtype=float)
    found = np.array(heard)
    _, _, f, _ = precision_recall_f1_overlap(
        spans,
        440 * 2 ** ((pitches - 69) / 12),
        found[:, :2],
        440 * 2 ** ((found[:, 2] + FLAT - 69) / 12),
        onset_tolerance=0.05,
        pitch_tolerance=50.0,
        offset_ratio=None,
    )
    return float(f)


def measure(number: int) -> list[Row]:
    """Sing and hear every excerpt with every voice, clean and noisy."""
    rows = []
    for seed, tune in enumerate(tqdm(tunes(number), unit=" tunes")):
        score = excerpt(tune)
        for timbre in TIMBRES:
            for name, noise in (("clean", None), ("noisy", NOISE)):
                audio = sing(score, timbre=timbre, sr=SR, signal_to_noise=noise, seed=seed)
                # Played this much slower, a recording is so many cents flat.
                slower = 2 ** (-FLAT / 12)
                heard = hear_notes(audio.mono, round(SR * slower))
                heard = tuple(HeardNote(n.onset * slower, n.end * slower, n.pitch) for n in heard)
                rows.append((tune.name, timbre, name, f_measure(score, heard)))
    return rows


def by_tune(rows: list[Row], condition: str, timbre: str) -> list[float]:
    """Give each tune's mean F-measure, over one voice or all of them."""
    found: dict[str, list[float]] = {}
    for tune, voice, name, f in rows:
        if name == condition and timbre in (voice, "all"):
            found.setdefault(tune, []).append(f)
    return [float(np.mean(values)) for values in found.values()]


def main() -> None:
    """Print a line for each voice and both conditions."""
    smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tunes", type=int, default=3 if smoke else 100)
    begin = time.perf_counter()
    rows = measure(parser.parse_args().tunes)
    for name, target in TARGETS.items():
        for timbre in (*TIMBRES, "all"):
            mean, low, high = bootstrap(by_tune(rows, name, timbre))
            print(f"{name:6s} {timbre:8s} F {mean:.3f} [{low:.3f}, {high:.3f}]", flush=True)
        print(f"{name:6s} target at or above {target:.2f}")
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
