"""How fast four-part harmony is: compiling 64 chords, and pieces a second with and without rules.

The melodies are sopranos of chorales that nothing was learned from. *Drawn anew* includes finding
the slots, compiling and the backward messages; *again* is another seed for the same melody. Then
the same model draws from the same ways to set each slot, with rules between chords and without:
that is what the mask costs; how many pieces break a rule is counted by the rules themselves. At
last: how often the chord has the root that Bach gave it, and how often it is his chord in his
inversion, where his is known.

Usage: python benchmarks/harmonise.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

TARGET = 1.0  # seconds to compile 64 chords
CHORDS = 64


def held_out() -> list:
    """Give the chorales that nothing was learned from."""
    from melodyai_edu.io.corpus import load

    return [tune for tune in load("chorales") if tune.split != "train"]


def time_compiling() -> float:
    """Time the rules over 64 chords [seconds]; the best of three."""
    from melodyai_edu.composition.harmonise import USUAL_RULES
    from melodyai_edu.constraints.harmony_compile import compile_harmony
    from melodyai_edu.constraints.voicings import chord_slots

    tune = next(t for t in held_out() if len(chord_slots(t.melody_score)) >= CHORDS)
    slots, key = chord_slots(tune.melody_score), tune.key
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        automaton = compile_harmony(USUAL_RULES, slots[:CHORDS], key)
        seconds.append(time.perf_counter() - begin)
    ways = automaton.num_states
    print(
        f"compiled: {CHORDS} chords, 8 rules, {ways} ways in {min(seconds):.3f} s (target {TARGET})"
    )
    return min(seconds)


def time_drawing(tunes: Sequence) -> list:
    """Time new pieces, and the same melodies with another seed."""
    from melodyai_edu.composition.harmonise import harmonise

    for seed, what in ((1, "drawn anew"), (2, "again")):
        begin = time.perf_counter()
        pieces = [harmonise(tune, seed=seed) for tune in tunes]
        rate = len(tunes) / (time.perf_counter() - begin)
        chords = sum(len(piece.chords) for piece in pieces) / len(pieces)
        print(f"{what}: {rate:.1f} pieces a second, of {chords:.0f} chords on average")
    return pieces


def time_mask(pieces: Sequence) -> None:
    """Time messages and draws with the rules between chords and without them."""
    from melodyai_edu.constraints.harmony_automaton import HarmonyAutomaton
    from melodyai_edu.decoding.harmony import HarmonySampler

    for name in ("with rules", "without rules"):
        begin, broken = time.perf_counter(), 0
        for piece in pieces:
            automaton = piece.automaton
            if name == "without rules":
                automaton = HarmonyAutomaton((), automaton.table, automaton.voicings)
            ways = HarmonySampler(automaton, piece.sampler.model).draw(np.random.default_rng(3))
            broken += is_broken(automaton.voicings, ways)
        rate = len(pieces) / (time.perf_counter() - begin)
        print(f"the same ways {name}: {rate:.1f} pieces a second, {broken} break a rule")


def is_broken(layers: Sequence, ways: Sequence[int]) -> bool:
    """Say whether a piece breaks one of the usual rules."""
    from melodyai_edu.composition.harmonise import USUAL_RULES
    from melodyai_edu.constraints.harmony import as_harmony_rules

    ones = [layer.take(np.array([way])) for layer, way in zip(layers, ways, strict=True)]
    rules = as_harmony_rules(USUAL_RULES)
    stand = all(rule.allows_chords(one).all() for rule in rules for one in ones)
    move = all(rule.allows_moves(a, b).all() for rule in rules for a, b in pairwise(ones))
    return not (stand and move)


def compare_with_bach(tunes: Sequence) -> None:
    """Print how often root and chord are Bach's."""
    from melodyai_edu.composition.harmonise import harmonise
    from melodyai_edu.composition.harmony_counts import observe
    from melodyai_edu.constraints.chords import chord_table
    from melodyai_edu.score import Key

    roots, chords, known = 0, 0, 0
    for tune in tunes:
        piece = harmonise(tune, seed=1)
        table = chord_table(Key("C", tune.key.mode))
        stands = observe([tune], table).stands
        for stand, layer, way in zip(stands, piece.automaton.voicings, piece.ways, strict=True):
            chord, inversion = int(layer.chords[way]), int(layer.inversions[way])
            known += stand >= 0
            roots += stand >= 0 and table.roots[stand // 4] == layer.table.roots[chord]
            chords += stand == 4 * chord + inversion
    shares = f"Bach's root in {roots / known:.0%}, his chord and inversion in {chords / known:.0%}"
    print(f"{len(tunes)} chorales: {shares}")


def main() -> int:
    """Time compiling, drawing and the mask, and compare with Bach."""
    is_small = os.environ.get("MELODYAI_PROFILE") == "smoke"
    from melodyai_edu.composition.harmonise import harmonise

    tunes = held_out()[: 3 if is_small else None]
    begin = time.perf_counter()
    harmonise(tunes[0])
    print(f"the first piece, chorales counted on the way: {time.perf_counter() - begin:.2f} s")
    seconds = time_compiling()
    pieces = time_drawing(tunes[:12])
    time_mask(pieces)
    compare_with_bach(tunes)
    print(f"load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return int(seconds >= TARGET)


if __name__ == "__main__":
    raise SystemExit(main())
