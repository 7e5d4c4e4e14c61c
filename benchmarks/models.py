"""Bits per duration and per pitch of every model on our own test tunes, genre by genre.

Each model hears a tune from its beginning and is asked for every Duration and every Pitch; each is
judged among the tokens of its type. Rhythm networks hear Durations alone and have no pitches to
give. The n-gram is the composer's own, learned for each style (genre, meter, mode), its short-term
part included; networks hear condition and notes. Differences between models are tested over tunes
(sign flips).

Usage: python benchmarks/models.py
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np

from melodyai_edu.composition.style import learn_style
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.intervals import sign_flip
from melodyai_edu.evaluation.model_bits import (
    TuneBits,
    network_bits,
    prediction_bits,
    uniform_bits,
)
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.models.saved import list_models, load_model
from melodyai_edu.tokens import VOCABULARY, conditioning_tokens
from melodyai_edu.training.examples import Example, make_example
from melodyai_edu.training.run import CORPORA

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
RESULTS = Path(__file__).parent / "results" / "models.json"
FEWEST = 5 if SMOKE else 8  # tunes of a genre that gets a row
UNIFORM, NGRAM = "uniform", "n-gram"


def test_tunes() -> list[tuple[Tune, Example, tuple[int, ...]]]:
    """Give test tunes with their tokens, and what leads them for the n-gram."""
    tunes = [tune for name in CORPORA for tune in load(name) if tune.split == "test"]
    found = []
    for tune in tunes[:: 20 if SMOKE else 1]:
        example, score = make_example(tune), tune.melody_score
        if example is None:
            continue
        head = conditioning_tokens(
            genre=tune.genre,
            meter=score.meter,
            mode=score.key.mode,
            bars=score.bar_count - bool(score.pickup),
        )
        found.append((tune, example, VOCABULARY.ids(head)))
    return found


def ngram_bits(tune: Tune, example: Example, head: tuple[int, ...]) -> TuneBits | None:
    """Measure the composer's n-gram; None where no training tune has the meter."""
    try:
        style = learn_style(tune.genre, tune.meter, tune.key.mode)
    except ParameterError:
        return None
    return prediction_bits(style.model.start(), example.token_ids.tolist(), head)


def measure(tunes: list[tuple[Tune, Example, tuple[int, ...]]]) -> dict[str, list[TuneBits]]:
    """Measure every model on every tune."""
    seen = np.unique(np.concatenate([example.token_ids for _, example, _ in tunes]))
    alphabets = tuple(
        len(np.intersect1d(seen, VOCABULARY.ids_of(k))) for k in ("Duration", "Pitch")
    )
    found = {
        UNIFORM: [uniform_bits(example.token_ids, alphabets) for _, example, _ in tunes],
    }
    begin = time.perf_counter()
    found[NGRAM] = [bits for tune in tunes if (bits := ngram_bits(*tune))]
    print(f"n-gram: {time.perf_counter() - begin:.1f} s")
    rhythms = [make_example(tune, "rhythm") for tune, _, _ in tunes]
    for name in list_models():
        if not name.startswith(("melody-", "rhythm-")):
            continue
        network = load_model(name).network
        examples = rhythms if name.startswith("rhythm-") else [example for _, example, _ in tunes]
        begin = time.perf_counter()
        found[name] = network_bits(network, [one for one in examples if one is not None])
        seconds = time.perf_counter() - begin
        print(f"{name}: {network.count_params():,} weights, {seconds:.1f} s", flush=True)
    return found


def row(bits: list[TuneBits]) -> dict[str, float]:
    """Give the means over all tokens, and of both together over all notes."""
    duration, pitch = (np.concatenate(part) for part in zip(*bits, strict=True))
    note = (duration.sum() + pitch.sum()) / len(pitch)
    return {
        "tunes": len(bits),
        "duration": float(duration.mean()),
        "pitch": float(pitch.mean()),
        "note": float(note),
    }


def per_note(bits: list[TuneBits]) -> list[float]:
    """Give bits per note of each tune."""
    return [(one.duration.sum() + one.pitch.sum()) / len(one.pitch) for one in bits]


def main() -> int:
    """Print the table genre by model, and keep it beside this file."""
    tunes = test_tunes()
    tunes = [tune for tune in tunes if _has_style(tune[0])]
    found = measure(tunes)
    genres = defaultdict(list)
    for place, (tune, _, _) in enumerate(tunes):
        genres[tune.genre or "unknown"].append(place)
        genres["all"].append(place)
    kept = {genre: places for genre, places in genres.items() if len(places) >= FEWEST}
    table = {
        name: {genre: row([bits[i] for i in places]) for genre, places in sorted(kept.items())}
        for name, bits in found.items()
    }
    for what in ("duration", "pitch", "note"):
        print(
            f"\nbits per {what}\n{'':28}" + "".join(f"{genre[:11]:>12}" for genre in sorted(kept))
        )
        for name, rows in table.items():
            if what != "duration" and name.startswith("rhythm-"):
                continue  # it hears and gives one pitch
            print(f"{name:28}" + "".join(f"{rows[genre][what]:12.3f}" for genre in sorted(kept)))
    order = [NGRAM, "melody-small-lstm", "melody-small-transformer"]
    for worse, better in pairwise([name for name in order if name in found]):
        gain = table[worse]["all"]["note"] - table[better]["all"]["note"]
        chance = sign_flip(per_note(found[worse]), per_note(found[better]))
        print(f"{better} against {worse}: {gain:+.3f} bits per note, p = {chance:.4f}")
    if not SMOKE:
        RESULTS.parent.mkdir(exist_ok=True)
        rounded = json.loads(
            json.dumps({"bits": table}), parse_float=lambda text: round(float(text), 4)
        )
        RESULTS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    return 0


def _has_style(tune: Tune) -> bool:
    try:
        learn_style(tune.genre, tune.meter, tune.key.mode)
    except ParameterError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
