"""How large automata become: states for every pair of rules and for ten natural bundles.

Prints, for 32 bars in G major, the living states, line states, megabytes and seconds of ten
bundles that musicians ask for, then the largest pairs; and how much memory the messages of exact
sampling take at each order for the typical bundle. Nothing is cached.

    python benchmarks/automata.py
"""

from __future__ import annotations

import os
import time
from itertools import combinations

import numpy as np

from melodyai_edu.constraints import Automaton, compile_rules
from melodyai_edu.constraints import compile as compiling
from melodyai_edu.decoding import ExactSampler
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.fixed_order import FixedOrderNGram
from melodyai_edu.score import Key
from melodyai_edu.tokens import encode

BARS = 32
TYPICAL = (
    "in_key", "range=D4-G5", "max_leap=9", "leaps_recovered", "longest_repetition=2",
    "no_syncopation", "cadence=8 half, 16 half, 24 half, 32 full", "end_on_tonic",
)  # fmt: skip
BUNDLES = {
    "typical, 8 rules": TYPICAL,
    "song": ("in_key", "range=C4-C5", "max_leap=7", "final_note=2", "end_on_tonic"),
    "one climax": (*TYPICAL[:5], "one_climax", "density=2-6", "end_on_tonic"),
    "dance AABB": ("in_key", "range=D4-B5", "max_leap=12", "form=AABB", "end_on_tonic"),
    "AABA, varied": ("in_key", "range=D4-B5", "form=AABA'", "max_leap=9", "final_note=2"),
    "chords": ("in_key", "range=D4-G5", "chord_tones=I vi IV V", "max_leap=7"),
    "arch": ("in_key", "range=D4-G5", "contour=arch", "max_leap=9", "end_on_tonic"),
    "modes": ("scale=dorian", "range=D4-G5", "no_augmented_leap", "section_key=17-24 D major"),
    "motif": ("in_key", "motif=1: G4 1/8 A4 1/8 B4 1/4", "motif=9 transposed: G4 1/8 A4 1/8 B4 1/4",
              "max_leap=9", "range=D4-G5"),
    "counterpoint": ("in_key", "range=D4-G5", "leaps_recovered=5", "no_augmented_leap",
                     "leading_tone_resolves", "one_climax", "longest_repetition=1", "end_on_tonic"),
}  # fmt: skip
SINGLE = (
    "in_key", "scale=blues", "max_leap=9", "leaps_recovered", "no_augmented_leap",
    "longest_repetition=3", "first_degree=1,5", "last_degree=1", "cadence=4 half, 8 full",
    "leading_tone_resolves", "one_climax", "chord_tones=I IV V I", "contour=arch",
    "motif=5 transposed: D4 1/8 E4 1/8", "fixed=3.2: E4 1/4", "no_syncopation", "no_rests",
    "density=2-6", "final_note=2", "durations=1/8,1/4,1/2", "longest=1/2", "pickup=1/8",
    "rhythm=3: 1/4 1/4 1/2", "form=AABB", "same_bars=5-8 1-4 transposed 2",
    "section_key=5-8 D major", "bars=16", "bars_filled", "shortest=1/8", "range=D4-B5",
    "end_on_tonic",
)  # fmt: skip


def measure(rules: tuple[str, ...], bars: int = BARS) -> tuple[Automaton, float]:
    """Compile without the memory of earlier ones; give seconds."""
    compiling._compile.cache_clear()
    begin = time.perf_counter()
    automaton = compile_rules(rules, length=bars, key="G major")
    return automaton, time.perf_counter() - begin


def describe(name: str, automaton: Automaton, seconds: float) -> str:
    """Write one row."""
    return (
        f"{name:<44} {len(automaton.grid.bars):6} {len(automaton.line.previous):6} "
        f"{automaton.num_states:9,} {automaton.num_bytes / 1e6:7.1f} {seconds:6.2f}"
    )


def show_bundles() -> None:
    """Print the ten bundles."""
    print(f"{'bundle, 32 bars of 4/4':<44}  nodes   line    states      MB      s")
    measure(("in_key",))  # imports
    for name, rules in BUNDLES.items():
        print(describe(name, *measure(rules)), flush=True)


def show_pairs(bars: int) -> None:
    """Print the largest of all pairs, in a range of two octaves."""
    rows, refused = [], []
    for pair in combinations(SINGLE, 2):
        try:
            wide = () if any(rule.startswith("range") for rule in pair) else ("range=G3-G5",)
            automaton, seconds = measure((*pair, *wide), bars)
        except ParameterError:
            refused.append(pair)
            continue
        rows.append((automaton.num_states, seconds, describe(" + ".join(pair), automaton, seconds)))
    rows.sort(reverse=True)
    seconds = [row[1] for row in rows]
    print(f"\n{len(rows)} pairs of {len(SINGLE)} rules, {bars} bars, G3 to G5; the largest:")
    print("\n".join(row[2] for row in rows[:8]))
    print(f"states: median {int(np.median([row[0] for row in rows])):,}, largest {rows[0][0]:,}")
    print(f"seconds: median {np.median(seconds):.2f}, slowest {max(seconds):.2f}")
    print(f"in conflict: {len(refused)}: {', '.join(' + '.join(pair) for pair in refused)}")


def show_orders(orders: range) -> None:
    """Print what exact sampling takes at each order."""
    from melodyai_edu.io.corpus import load

    tunes = load("oneill").filter(split="train", meter="4/4") or load("oneill")
    sequences = [encode(tune).token_ids for tune in list(tunes)[:300]]
    automaton, _ = measure(TYPICAL)
    print(f"\nexact sampling, {BARS} bars, the typical bundle")
    print("order   contexts   messages MB   s once   ms a piece   log10 of the legal mass")
    for order in orders:
        begin = time.perf_counter()
        try:
            sampler = ExactSampler(automaton, FixedOrderNGram(order).fit(sequences))
        except ParameterError as error:
            print(f"{order:5}   {error}")
            return
        once, random = time.perf_counter() - begin, np.random.default_rng(0)
        begin = time.perf_counter()
        for _ in range(10):
            sampler.draw(random)
        each = (time.perf_counter() - begin) / 10
        messages = sampler.messages
        print(
            f"{order:5} {len(messages.contexts.line):10,} {messages.num_bytes / 1e6:13.1f} "
            f"{once:8.2f} {1000 * each:12.1f} {sampler.log_probability / np.log(10):14.1f}",
            flush=True,
        )


def main() -> None:
    """Print all tables."""
    is_smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    print(f"key {Key.parse('G major').name}; load {os.getloadavg()[0]:.1f}")
    show_bundles()
    if not is_smoke:
        show_pairs(16)
    show_orders(range(2) if is_smoke else range(6))


if __name__ == "__main__":
    main()
