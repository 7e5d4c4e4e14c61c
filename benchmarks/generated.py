"""What the shipped network writes when nobody holds its hand: 200 pieces a genre, no rule at all.

Each piece is asked for with genre, meter, mode, tonic and length of a real tune of that genre
(training tunes, at random). A listener trained on real tunes names the genre, with and without
hearing the meter; its accuracy on real held-out tunes and on pieces that nobody asked a genre of
stand beside. Copying and habits stand beside held-out human tunes: a mean is inside if it lies in
the 95% interval of people's mean (Wilson's for shares, else by resampling tunes);
a piece copies no more than people if it copies at most what 97.5% of held-out human tunes do.

How it is drawn was chosen on 50 other pieces a genre (docs/LOG.md).

Usage: python benchmarks/generated.py [--model NAME] [--guidance 2] [--temperature 0.85]
    [--top-p 0.95]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from melodyai_edu.decoding import Sampler
from melodyai_edu.decoding.free import FreePiece, draw_free
from melodyai_edu.evaluation.control import control_table
from melodyai_edu.evaluation.copying import CopyIndex
from melodyai_edu.evaluation.genre_classifier import GenreClassifier
from melodyai_edu.evaluation.intervals import bootstrap, wilson
from melodyai_edu.evaluation.statistics import longest_one_note_run, melody_statistics
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.models.saved import list_models, load_model
from melodyai_edu.score import Score
from melodyai_edu.tokens import Condition, encode
from melodyai_edu.training.run import CORPORA

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
PIECES = 8 if SMOKE else 200
RESULTS = Path(__file__).parent / "results" / "generated.json"
LOOP_BARS, LOOP_NOTES = 2.0, 4
GUIDANCE, TEMPERATURE, TOP_P = 2.0, 0.85, 0.95
COPYING = ("windows copied", "longest copied run")


def condition(tune: Tune, *, has_genre: bool = True) -> Condition:
    """Ask for a piece like a tune."""
    score = tune.melody_score
    return Condition(
        genre=tune.genre if has_genre else None,
        meter=score.meter,
        mode=score.key.mode,
        tonic=encode(score).tonic_pitch,
        bars=score.bar_count - bool(score.pickup),
    )


def draw(
    tunes: list[Tune], options: argparse.Namespace, *, has_genre: bool, seed: int
) -> list[FreePiece]:
    """Draw a piece for each of some random tunes."""
    random = np.random.default_rng(seed)
    chosen = [tunes[i] for i in random.integers(0, len(tunes), PIECES)]
    return draw_free(
        load_model(options.model).network,
        [condition(tune, has_genre=has_genre) for tune in chosen],
        [seed * 100_000 + i for i in range(PIECES)],
        Sampler(options.temperature, top_p=options.top_p),
        guidance=options.guidance,
        batch=8 if SMOKE else 50,
    )


def habits(scores: list[Score], index: CopyIndex) -> dict[str, np.ndarray]:
    """Measure each piece."""
    loops = [longest_one_note_run(score) for score in scores]
    found = [melody_statistics(score) for score in scores]
    melodies = [score.parts[0].melody() for score in scores]
    return {
        "one-note loops": np.array([n >= LOOP_NOTES and bars > LOOP_BARS for n, bars in loops]),
        "in one key": np.array([one["in one key"] >= 0.95 for one in found]),
        "ends on tonic": np.array([bool(one["ends on tonic"]) for one in found]),
        "repeated bars": np.array([one["repeated bars"] for one in found]),
        "windows copied": np.array([index.window_share(melody) for melody in melodies]),
        "longest copied run": np.array([index.longest_run(melody)[0] for melody in melodies]),
    }


def human_interval(values: np.ndarray) -> tuple[float, float]:
    """Give the 95% interval of people's mean: Wilson's of a share, else by resampling tunes."""
    if values.dtype == bool:
        return wilson(int(values.sum()), len(values))
    return bootstrap(values)[1:]


def report_habits(ours: dict[str, np.ndarray], human: dict[str, np.ndarray]) -> dict:
    """Print each habit beside people's."""
    rows = {}
    for name, values in ours.items():
        low, high = human_interval(human[name])
        mean = float(values.mean())
        verdict = (
            "inside" if low - 1e-9 <= mean <= high + 1e-9 else "BELOW" if mean < low else "ABOVE"
        )
        rows[name] = {"ours": mean, "human": float(human[name].mean()), "interval": [low, high]}
        if name in COPYING:
            most = np.quantile(human[name], 0.975)
            rows[name]["no more than people"] = float((values <= most).mean())
            verdict += f"; {(values <= most).mean():.1%} at most {most:.2f}, as people's 97.5%"
        print(
            f"    {name:20} {mean:7.3f}   human {human[name].mean():7.3f} "
            f"[{low:.3f}, {high:.3f}]  {verdict}"
        )
    return rows


def main() -> int:
    """Draw, judge, print, keep."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="melody-small-transformer")
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    parser.add_argument("--temperature", type=float, default=TEMPERATURE)
    parser.add_argument("--top-p", type=float, default=TOP_P)
    options = parser.parse_args([] if SMOKE else None)
    if options.model not in list_models():
        print(f"{options.model} is not on this machine: melodyai train makes it")
        return 0
    begin = time.perf_counter()
    tunes = [tune for name in CORPORA for tune in load(name) if tune.melody.notes]
    train = [tune for tune in tunes if tune.split == "train"]
    held_out = [tune for tune in tunes if tune.split != "train"]
    index = CopyIndex(train)
    judges = {True: GenreClassifier(has_meter=True).fit(train)}
    if not SMOKE:
        judges[False] = GenreClassifier(has_meter=False).fit(train)
    genres = judges[True].genres[: 2 if SMOKE else None]
    pieces = {
        genre: draw([t for t in train if t.genre == genre], options, has_genre=True, seed=number)
        for number, genre in enumerate(genres, start=101)
    }
    known = [tune for tune in train if tune.genre in genres]
    unasked = draw(known, options, has_genre=False, seed=99)
    print(
        f"{options.model}, guidance {options.guidance}, temperature {options.temperature}, "
        f"top-p {options.top_p}"
    )
    saved: dict = {"options": vars(options), "pieces": PIECES, "control": {}, "habits": {}}
    everything = [piece for found in pieces.values() for piece in found]
    for what, share in (
        ("are music", np.mean([piece.score is not None for piece in everything])),
        ("ended", np.mean([piece.has_ended for piece in everything])),
        ("inner bars filled", np.mean([piece.filled_bars for piece in everything])),
    ):
        print(f"{what}: {share:.1%}")
        saved[what] = float(share)
    music = {g: [p.score for p in found if p.score is not None] for g, found in pieces.items()}
    for has_meter, judge in judges.items():
        rows = control_table(
            {g: judge.name(scores) for g, scores in music.items() if scores},
            {g: judge.name([t.melody_score for t in held_out if t.genre == g]) for g in genres},
            judge.name([p.score for p in unasked if p.score is not None]),
        )
        heard = "hearing the meter" if has_meter else "not hearing the meter"
        print(f"\ngenre named by a listener {heard}")
        print(f"{'genre':12} {'asked and got':32} {'real tunes':32} {'unasked':>8} {'ratio':>7}")
        for row in rows:
            print(
                f"{row.value:12} {row.got!s:32} {row.real!s:32} {row.unasked.value:8.1%} "
                f"{row.against_real:7.2f}"
            )
        ratio = float(
            np.mean([row.got.value for row in rows]) / np.mean([row.real.value for row in rows])
        )
        verdict = "met" if ratio >= 0.9 else "MISSED"
        print(f"mean of genres, against real tunes: {ratio:.3f} (0.90 asked: {verdict})")
        saved["control"][heard] = {
            "ratio": ratio,
            "rows": {r.value: [r.got.value, r.real.value, r.unasked.value] for r in rows},
        }
    print("\nhabits and copying")
    human = {g: habits([t.melody_score for t in held_out if t.genre == g], index) for g in genres}
    for genre, scores in music.items():
        print(f"  {genre}: {len(scores)} pieces, {len(human[genre]['in one key'])} human tunes")
        saved["habits"][genre] = report_habits(habits(scores, index), human[genre])
    print(f"\nall: {time.perf_counter() - begin:.0f} s")
    shipped = (GUIDANCE, TEMPERATURE, TOP_P)
    if not SMOKE and (options.guidance, options.temperature, options.top_p) == shipped:
        RESULTS.parent.mkdir(exist_ok=True)
        text = json.dumps(saved)
        rounded = json.loads(text, parse_float=lambda number: round(float(number), 4))
        RESULTS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
