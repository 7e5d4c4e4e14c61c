"""Ratings that change the model: simulated raters, a tuned network, its guards, and the next pair.

The raters are SIMULATED: each has a hidden taste, a formula that the learner never sees
(`preference_raters`). Three tastes, one rater of them noisy (15% of the answers turned round), and
a rater that changes its mind half-way. Each rates at most 200 pairs of free pieces of 8 bars by the
shipped tiny network; from these `learn_from_pairs` learns a taste and tunes the network (DPO).

Judged is by the true taste, on pieces that nobody rated: pairs that the learned taste and the tuned
network foresee; pieces of the tuned network against pieces of the one before, asked for alike
(ties left out, what is no music loses); the best of 8 by the learned taste against the first of
them. Beside it: bits a note on real test tunes, distinct 4-grams of notes among as many, faults by
the package's own judge in pieces composed under rules. Then the same with the brakes off, which the
guards must refuse; and how many ratings it takes to foresee as much when the next pair is chosen.

Usage: python benchmarks/preference.py [--pairs 200] [--beta B] [--epochs N] [--learning-rate R]
    [--real-weight W] [--rater NAME]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from preference_raters import (
    Rater,
    Taste,
    calm,
    condition,
    couples_of,
    encoding_of,
    repetitive,
    value,
    wide_and_busy,
)

from melodyai_edu.composition import compose
from melodyai_edu.constraints.asking import faults_of_locked_bars
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.decoding import Sampler
from melodyai_edu.decoding.free import FreePiece, draw_free
from melodyai_edu.evaluation.control import Share
from melodyai_edu.io.corpus import load
from melodyai_edu.models.bradley_terry import fit_merits
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.models.saved import load_model
from melodyai_edu.training import preference
from melodyai_edu.training.active import answer_value
from melodyai_edu.training.dpo import TuningRecipe
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.guards import bits_per_note_of, distinct_share
from melodyai_edu.training.margins import PairSet, pair_margins
from melodyai_edu.training.preference import Learned, learn_from_pairs
from melodyai_edu.training.run import CORPORA

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
BASE = "melody-tiny-transformer"
PAIRS = 24 if SMOKE else 200
FRESH = 32 if SMOKE else 300  # pairs that nobody rated
PIECES = 32 if SMOKE else 256  # by either network
TUNES = 16 if SMOKE else 200
RULED = 1 if SMOKE else 10  # pieces under rules, for each rater
ROUNDS = 2 if SMOKE else 30
ASKED = 12 if SMOKE else 100  # ratings, choosing the next pair
RULES = ("in_key", "max_leap=9", "end_on_tonic", "range=D4-D6")
HACKED = {"beta": 0.001, "epochs": 6, "learning_rate": 1e-3, "real_weight": 0.0, "shares": (1.0,)}


def draw(network: Any, number: int, seed: int) -> list[FreePiece]:
    """Draw free pieces as `compose` would, but without rules."""
    return draw_free(
        network,
        [condition(n) for n in range(number)],
        [seed * 1_000_000 + n for n in range(number)],
        Sampler(1.0, top_p=0.97),
        batch=16 if SMOKE else 64,
        max_length=256,
    )


def raters(pairs: int) -> list[Rater]:
    """List who rates."""
    return [
        Rater("wide and busy", wide_and_busy),
        Rater("calm, noisy", calm, flips=0.15),
        Rater("repetitive", repetitive),
        Rater("changes its mind", calm, wide_and_busy, changes_at=pairs // 2),
    ]


def wins(taste: Taste, after: Sequence[FreePiece], before: Sequence[FreePiece]) -> Share:
    """Count pieces that are better than the one beside them; ties are left out."""
    values = [(value(taste, a), value(taste, b)) for a, b in zip(after, before, strict=True)]
    return Share(sum(a > b for a, b in values), sum(a != b for a, b in values))


def best_of(model: PreferenceModel, pieces: list[FreePiece], taste: Taste, of: int = 8) -> Share:
    """Let the learned taste choose among candidates, against the first of them."""
    firsts, chosen = [], []
    kinds = [[p for p in pieces[kind::4] if value(calm, p) > -np.inf] for kind in range(4)]
    for group in (kind[i : i + of] for kind in kinds for i in range(0, len(kind) - of + 1, of)):
        firsts.append(group[0])
        chosen.append(group[model.rank([encoding_of(piece) for piece in group])[0]])
    return wins(taste, chosen, firsts)


def verdict(is_met: bool) -> str:
    """Say it."""
    return "met" if is_met else "MISSED"


def above_half(name: str, share: Share) -> None:
    """Print a share and whether the whole interval lies above one half."""
    print(f"    {name:36} {share!s:34} above 50%: {verdict(share.interval[0] > 0.5)}")


def worse(name: str, before: float, after: float, *, is_more_worse: bool) -> None:
    """Print a figure before and after, and whether it is worse by at most 5%."""
    change = after / before - 1
    is_met = (change if is_more_worse else -change) <= 0.05
    print(f"    {name:36} {before:.3f} -> {after:.3f} ({change:+.1%})   5%: {verdict(is_met)}")


def broken_rules(model: str, number: int) -> tuple[int, int]:
    """Compose under rules, and count pieces with a fault and pieces."""
    faulty = 0
    for seed in range(number):
        genre = ("jig", "reel", "hornpipe", "air")[seed % 4]
        piece = compose(genre=genre, key="D major", bars=8, rules=RULES, model=model, seed=seed)
        rules = (*piece.request.all_rules, Locked("1-8").of(piece.lead))
        found = list(faults_of_locked_bars(rules, piece.automaton.grid.setting))
        faulty += bool(found) or piece.lead.bar_count - bool(piece.lead.pickup) != 8
    return faulty, number


class Proof:
    """What all raters share: pieces before, fresh pairs, real tunes."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.base = options, load_model(BASE)
        self.rated = couples_of(draw(self.base.network, 3 * options.pairs, 1))[: options.pairs]
        self.fresh = couples_of(draw(self.base.network, 3 * FRESH, 2))[:FRESH]
        self.before = draw(self.base.network, PIECES, 3)
        self.test = examples_of(
            [tune for name in CORPORA for tune in load(name) if tune.split == "test"][:TUNES]
        )
        self.bits = bits_per_note_of(self.base.network, self.test)

    def learn(self, rater: Rater, **recipe: Any) -> tuple[Learned, float]:
        """Rate and learn."""
        begin = time.perf_counter()
        pairs = rater.rate(self.rated, seed=5)
        found = learn_from_pairs(pairs, base=BASE, has_progress=False, **recipe)
        return found, time.perf_counter() - begin

    def judge(self, rater: Rater, learned: Learned) -> None:
        """Print all figures of one tuned network."""
        taste = rater.taste
        truth = Rater("truth", taste).rate(self.fresh, seed=0)
        above_half("taste: fresh pairs foreseen", Share(*learned.taste.accuracy(truth)))
        above_half("taste: best of 8 beats the first", best_of(learned.taste, self.before, taste))
        batch = PairSet(truth).batch(np.arange(len(truth)))
        moved = pair_margins(learned.network, batch) > pair_margins(self.base.network, batch)
        above_half("network: fresh pairs foreseen", Share(int(moved.sum()), len(moved)))
        after = draw(learned.network, PIECES, 3)
        above_half("network: beats the one before", wins(taste, after, self.before))
        bits = bits_per_note_of(learned.network, self.test)
        worse("bits a note, real test tunes", self.bits, bits, is_more_worse=True)
        ids = [[piece.token_ids for piece in side] for side in (self.before, after)]
        worse("distinct 4-grams", *distinct_share(*ids), is_more_worse=False)
        music = Share(sum(piece.score is not None for piece in after), len(after))
        print(f"    {'pieces that are music':36} {music}")

    def report(self, rater: Rater) -> None:
        """Learn from one rater, and say what came of it."""
        options = self.options
        learned, seconds = self.learn(
            rater,
            beta=options.beta,
            epochs=options.epochs,
            learning_rate=options.learning_rate,
            real_weight=options.real_weight,
        )
        print(f"\n  {rater.name} (simulated), {len(self.rated)} pairs: {seconds:.0f} s")
        print(f"    guards: {'accepted' if learned.is_accepted else 'REFUSED'}: {learned.reason}")
        print(f"    older pairs count less: half-life {learned.taste.facts['half_life']}")
        self.judge(rater, learned)
        if learned.is_accepted:
            faulty, number = broken_rules(learned.model, RULED)
            print(f"    {'pieces under rules with a fault':36} {faulty} of {number}")

    def hack(self, rater: Rater) -> None:
        """Take the brakes off."""
        learned, seconds = self.learn(rater, **HACKED)
        text = ", ".join(f"{name} {value}" for name, value in HACKED.items())
        print(f"\n  reward hacking: {rater.name}, {text}: {seconds:.0f} s")
        self.judge(rater, learned)
        print(f"    guards refuse it: {verdict(not learned.is_accepted)}: {learned.reason}")


def ratings_needed(proof: Proof) -> None:
    """Compare choosing the next pair with taking any, by pairs foreseen after each rating."""
    pieces = [piece for couple in (*proof.rated, *proof.fresh) for piece in couple]
    random = np.random.default_rng(0)
    print(f"\n  the next pair, chosen or any: {ROUNDS} rounds of {ASKED} ratings (simulated)")
    for rater in raters(PAIRS)[:3]:
        taste = rater.taste
        model = PreferenceModel.fit([(encoding_of(p), encoding_of(q)) for p, q in proof.rated])
        rows = model.standardised([encoding_of(piece) for piece in pieces])
        merits = np.array([value(taste, piece) for piece in pieces])
        curves = {True: np.zeros(ASKED), False: np.zeros(ASKED)}
        for _ in range(ROUNDS):
            order = random.permutation(len(pieces))
            pool, test = order[: len(order) // 2], order[len(order) // 2 :]
            for is_chosen, curve in curves.items():
                curve += learning_curve(rows, merits, pool, test, rater.flips, is_chosen, random)
        mean = {is_chosen: curve / ROUNDS for is_chosen, curve in curves.items()}
        goal = mean[False][-1]
        needed = int(np.argmax(mean[True] >= goal)) + 1 if mean[True].max() >= goal else None
        marks = [n for n in (10, 20, 50, 100) if n <= ASKED]
        for is_chosen, name in ((False, "any"), (True, "chosen")):
            said = ", ".join(f"{mean[is_chosen][n - 1]:.1%} after {n}" for n in marks)
            print(f"    {rater.name:18} {name:7} {said}")
        saved = "none saved" if needed is None else f"{needed} ratings, {ASKED - needed} saved"
        print(f"    {rater.name:18} as good as {ASKED} of any ({goal:.1%}): {saved}")


def learning_curve(
    rows: np.ndarray,
    merits: np.ndarray,
    pool: np.ndarray,
    test: np.ndarray,
    flips: float,
    is_chosen: bool,
    random: np.random.Generator,
    candidates: int = 200,
) -> np.ndarray:
    """Give the share of held-out pairs foreseen after each rating."""
    half = len(test) // 2
    truth = np.sign(merits[test[:half]] - merits[test[half : 2 * half]])
    differences, found = [], []
    fit = fit_merits(np.zeros((1, rows.shape[1])), 3.0)
    for _ in range(ASKED):
        ones, others = random.choice(pool, (2, candidates if is_chosen else 1))
        step = rows[ones] - rows[others]
        known = PreferenceModel("features", *np.zeros((2, 1)), fit.weights, fit.covariance)
        best = int(answer_value(known, step).argmax()) if is_chosen else 0
        answer = 1.0 if merits[ones[best]] >= merits[others[best]] else -1.0
        differences.append(step[best] * answer * (-1 if random.random() < flips else 1))
        fit = fit_merits(np.array(differences), 3.0)
        guess = np.sign((rows[test[:half]] - rows[test[half : 2 * half]]) @ fit.weights)
        found.append(float((guess == truth)[truth != 0].mean()))
    return np.array(found)


def main() -> int:
    """Rate, learn, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--beta", type=float, default=TuningRecipe.beta)
    parser.add_argument("--epochs", type=int, default=1 if SMOKE else TuningRecipe.epochs)
    parser.add_argument("--learning-rate", type=float, default=TuningRecipe.learning_rate)
    parser.add_argument("--real-weight", type=float, default=TuningRecipe.real_weight)
    parser.add_argument("--rater", help="only this one, and nothing else")
    options = parser.parse_args([] if SMOKE else None)
    begin = time.perf_counter()
    warnings.simplefilter("ignore", RuntimeWarning)
    if SMOKE:
        preference._REAL, preference._VALID, preference._PIECES = 16, 8, 16
    with tempfile.TemporaryDirectory() as home:
        os.environ["MELODYAI_HOME"] = str(Path(home))
        proof = Proof(options)
        print(
            f"{BASE}, beta {options.beta}, {options.epochs} epochs, learning rate "
            f"{options.learning_rate}, real tunes {options.real_weight}; raters are SIMULATED"
        )
        found = raters(options.pairs)
        chosen = [r for r in found if options.rater in (None, r.name)][: 1 if SMOKE else None]
        for rater in chosen:
            proof.report(rater)
        if options.rater is None:
            if not SMOKE:
                proof.hack(found[0])
            ratings_needed(proof)
    print(f"\nall: {time.perf_counter() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
