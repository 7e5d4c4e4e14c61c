"""Self-similarity of pieces with a form plan and without any, beside people's.

For each genre pieces are asked for with the meter, length and mode of random held-out tunes. A
*planned* piece follows a form plan learned from training tunes; an *unplanned* one is drawn from
the same model under the same rules of the style, but for its form. The figures are the mean
likeness of bars 1, 2, 4, 8 and 16 apart, inside if they lie in the 95% interval of the mean of
held-out human tunes (tunes resampled). Only tunes whose bars are all whole are compared: in others
bar lines do not stand where ticks count them.

How far a plan leans on the model was chosen on training tunes (docs/LOG.md).

Usage: python benchmarks/structure.py [--model ngram] [--pieces 100] [--genres jig,hornpipe,air]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from melodyai_edu.composition import CompositionRequest, compose, library, plan_form
from melodyai_edu.composition.style import learn_style
from melodyai_edu.composition.style_rules import compile_for_style
from melodyai_edu.composition.tune_plan import plan_of
from melodyai_edu.composition.voice import begin
from melodyai_edu.decoding import Lookahead, Messages, Sampler, draw_piece
from melodyai_edu.evaluation.self_similarity import compare_lags
from melodyai_edu.io.corpus import Tune
from melodyai_edu.models.saved import has_tensorflow
from melodyai_edu.score import Key, Meter, Score
from melodyai_edu.theory.tension import tension_curve
from melodyai_edu.tokens import VOCABULARY, Encoding, conditioning_tokens, decode

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
RESULTS = Path(__file__).parent / "results" / "structure.json"
TOP_P = 0.97  # as in composition


def requests(genre: str, tunes: list[Tune], pieces: int, model: str) -> list[CompositionRequest]:
    """Ask for pieces like random tunes."""
    meters, modes = library.offered_meters(genre), library.offered_modes()
    likely = [t for t in tunes if t.meter.name in meters and t.key.mode in modes]
    chosen = np.random.default_rng(11).integers(0, len(likely), pieces)
    return [
        CompositionRequest(
            genre=genre,
            meter=likely[i].meter.name,
            key=likely[i].key.name,
            bars=plan.bars,
            seed=1000 + number,
            model=model,
        )
        for number, i in enumerate(chosen)
        if (plan := plan_of(likely[i])) is not None
    ]


def planned(request: CompositionRequest) -> tuple[Score, float]:
    """Compose with a plan; also say how its tension and that of the piece correlate."""
    random = np.random.default_rng(request.seed)
    plan = plan_form(request.genre, str(request.meter), request.bars, random)
    score = compose(request, plan=plan).score
    curve = tension_curve(score.parts[0].melody(score.duration), score.meter, score.key)
    if len(curve) != plan.bars or not np.ptp(curve) or not np.ptp(plan.tension):
        return score, float("nan")
    return score, float(np.corrcoef(curve, plan.tension)[0, 1])


def unplanned(request: CompositionRequest) -> Score:
    """Draw from the same model under the style's other rules: no bar is told to return."""
    full = request.resolved()
    key, meter = Key.parse(str(full.key)), Meter.parse(str(full.meter))
    style = learn_style(full.genre, meter, key.mode)
    automaton = compile_for_style(style, key, meter, full.bars, (), None)
    head = conditioning_tokens(genre=full.genre, meter=meter, mode=key.mode, bars=full.bars)
    drawn = draw_piece(
        begin(full, style, automaton.tonic_pitch),
        automaton,
        Sampler(full.temperature, top_p=TOP_P),
        np.random.default_rng(request.seed),
        lookahead=Lookahead(Messages(automaton, style.small_model)),
    )
    token_ids = (*VOCABULARY.ids(head), *drawn, VOCABULARY.id("Sequence_end"))
    return decode(Encoding(token_ids, key, automaton.tonic_pitch))


def report(genre: str, model: str, pieces: int) -> dict:
    """Compose, compare, print."""
    begin_time = time.perf_counter()
    tunes = [t for t in library.held_out_tunes() if t.genre == genre and plan_of(t) is not None]
    asked = requests(genre, tunes, pieces, model)
    found = [planned(request) for request in asked]
    sides = {
        "planned": [score for score, _ in found],
        "unplanned": [unplanned(request) for request in asked],
    }
    tension = float(np.nanmean([r for _, r in found]))
    seconds = time.perf_counter() - begin_time
    print(
        f"\n{genre}, {model}: {len(asked)} pieces a side, {len(tunes)} human tunes, "
        f"{seconds:.0f} s; planned tension and that of the piece, mean correlation {tension:.2f}"
    )
    saved: dict = {"tension": tension}
    human = [tune.melody_score for tune in tunes]
    for name, scores in sides.items():
        rows = compare_lags(scores, human)
        for row in rows:
            print(f"  {name:9} {row}")
        inside = sum(row.is_inside for row in rows)
        print(f"  {name}: {inside} of {len(rows)} lags inside", flush=True)
        saved[name] = {row.lag: [row.ours, row.human, row.low, row.high] for row in rows}
    return saved


def main() -> int:
    """Report every genre, and keep the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--pieces", type=int, default=3 if SMOKE else 100)
    parser.add_argument("--genres", default="jig" if SMOKE else "jig,hornpipe,air")
    options = parser.parse_args([] if SMOKE else None)
    if options.model != "ngram" and not has_tensorflow():
        print("a network needs TensorFlow, which is not on this machine")
        return 0
    saved = {
        genre: report(genre, options.model, options.pieces) for genre in options.genres.split(",")
    }
    if not SMOKE:
        kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
        kept[options.model] = {"pieces": options.pieces, "genres": saved}
        text = json.dumps(kept)
        rounded = json.loads(text, parse_float=lambda number: round(float(number), 4))
        RESULTS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
