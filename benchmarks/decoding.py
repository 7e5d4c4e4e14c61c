"""What rules cost while decoding, and what look-ahead gains.

1. Pieces a second of the n-gram composer, constrained against unconstrained.
2. A transformer of 0.9 million random weights in the compiled loop, batch of 16: seconds a step
   with and without the mask, alternating for five rounds.
3. The same network trained for a few minutes on tunes: bits per note of what it draws, under the
   model itself, with no rule, with masks only, with look-ahead, and with look-ahead and weighted
   particles.

    python benchmarks/decoding.py
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from small_decoder import SmallDecoder

from melodyai_edu.composition.hearing import hear
from melodyai_edu.composition.library import train_tunes
from melodyai_edu.constraints import Automaton, compile_rules
from melodyai_edu.decoding import Lookahead, Messages, Sampler, draw_piece
from melodyai_edu.decoding.neural import NeuralSampler, Sequences
from melodyai_edu.models.fixed_order import FixedOrderNGram
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.tokens import VOCABULARY

IS_SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
RULES = (
    "in_key", "range=D4-G5", "max_leap=9", "leaps_recovered", "longest_repetition=2",
    "no_syncopation", "cadence=8 half, 16 full", "end_on_tonic",
)  # fmt: skip
BARS, BATCH, LENGTH = 16, 16, 256
HEAD = VOCABULARY.ids(["Genre_reel", "Meter_4/4", "Mode_major", f"Length_{BARS}"])
END = VOCABULARY.id("Sequence_end")


def tunes() -> list[tuple[int, ...]]:
    """Encode the training tunes in 4/4 and 2/2 major."""
    wanted = [t for t in train_tunes() if t.meter.name in ("4/4", "2/2") and t.key.mode == "major"]
    encodings = [hear(tune) for tune in wanted[:600]]
    return [encoding.token_ids for encoding in encodings if encoding is not None]


def automaton_of(rules: tuple[str, ...]) -> Automaton:
    """Compile for 16 bars in G major."""
    return compile_rules(rules, length=BARS, key="G major", meter="4/4")


def show_throughput(sequences: list[tuple[int, ...]]) -> None:
    """Print pieces a second of the n-gram composer, alternating."""
    model, small = MelodyNGram().fit(sequences[:300]), FixedOrderNGram(1).fit(sequences[:300])
    free, ruled = automaton_of(()), automaton_of(RULES)
    lookahead = Lookahead(Messages(ruled, small))
    rows: dict[str, list[tuple[float, float]]] = {
        "no rules": [],
        "8 rules": [],
        "8 rules, look-ahead": [],
    }
    for seed in range(2 if IS_SMOKE else 12):
        for name, automaton, ahead in (
            ("no rules", free, None),
            ("8 rules", ruled, None),
            ("8 rules, look-ahead", ruled, lookahead),
        ):
            prediction = model.start()
            for token_id in HEAD:
                prediction.observe(token_id)
            begin = time.perf_counter()
            drawn = draw_piece(
                prediction, automaton, Sampler(), np.random.default_rng(seed), lookahead=ahead
            )
            notes = sum(VOCABULARY.token(i).startswith("Pitch") for i in drawn)
            seconds = time.perf_counter() - begin
            rows[name].append((seconds, seconds / notes))
    print("n-gram, 16 bars: pieces a second, notes a second (medians)")
    for name, measured in rows.items():
        piece, note = np.median(measured, axis=0)
        print(f"  {name:<22} {1 / piece:6.1f} {1 / note:8.0f}")


def show_mask_cost() -> None:
    """Print the seconds of a step with and without the mask."""
    keras.utils.set_random_seed(0)
    model = SmallDecoder()
    model.build(None)
    prompt = np.tile(HEAD, (BATCH, 1))
    samplers = {
        "no mask": NeuralSampler(model.next, None, max_length=LENGTH),
        "mask": NeuralSampler(model.next, automaton_of(RULES), max_length=LENGTH),
    }
    seconds: dict[str, list[float]] = {name: [] for name in samplers}
    for turn in range(2 if IS_SMOKE else 6):  # the first compiles
        for name, sampler in samplers.items():
            begin = time.perf_counter()
            sequences = sampler.draw(prompt, model.empty_cache(BATCH), range(turn, turn + BATCH))
            steps = int((sequences.token_ids != 0).sum(axis=1).max())
            seconds[name].append((time.perf_counter() - begin) / steps)
    ratios = np.array(seconds["mask"][1:]) / np.array(seconds["no mask"][1:])
    print(f"\ntransformer, {model.count_params():,} random weights, B={BATCH}: ms a step (median)")
    for name, values in seconds.items():
        rate = BATCH / np.median(values[1:])
        print(f"  {name:<10} {1000 * np.median(values[1:]):7.2f}   {rate:6.0f} tokens/s")
    print(f"  mask / no mask: median of {len(ratios)} rounds {np.median(ratios):.3f}")


def trained(sequences: list[tuple[int, ...]]) -> SmallDecoder:
    """Train the network; a smoke run hardly does."""
    keras.utils.set_random_seed(1)
    model = SmallDecoder()
    inputs = keras.Input((LENGTH,), dtype="int32")
    whole = keras.Model(inputs, model(inputs))
    rows = np.zeros((len(sequences), LENGTH + 1), np.int32)
    for row, tokens in zip(rows, sequences, strict=True):
        cut = tokens[: LENGTH + 1]
        row[: len(cut)] = cut
    whole.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0),
    )
    if IS_SMOKE:
        rows = rows[:32]
    begin = time.perf_counter()
    whole.fit(rows[:, :-1], rows[:, 1:], batch_size=16, epochs=1 if IS_SMOKE else 4, verbose=2)
    print(f"trained on {len(rows)} tunes in {time.perf_counter() - begin:.0f} s")
    return model


def bits_per_note(sequences: Sequences, numbers: np.ndarray) -> tuple[float, float]:
    """Give the mean over pieces of bits per note, and its standard error."""
    bits = []
    for number in numbers:
        drawn = sequences.drawn(int(number), END)
        notes = sum(
            VOCABULARY.token(i).startswith("Pitch") and "rest" not in VOCABULARY.token(i)
            for i in drawn
        )
        bits.append(-sequences.log_probability[number] / np.log(2) / max(notes, 1))
    return float(np.mean(bits)), float(np.std(bits) / len(bits) ** 0.5)


def show_lookahead(sequences: list[tuple[int, ...]]) -> None:
    """Print bits per note under the model itself."""
    model = trained(sequences)
    automaton = automaton_of(RULES)
    messages = Messages(automaton, FixedOrderNGram(1).fit(sequences))
    number, particles = (4, 2) if IS_SMOKE else (64, 8)
    prompt = np.tile(HEAD, (number, 1))
    print("\nbits per note under the model without rules, mean and standard error")
    for name, sampler, groups in (
        ("no constraint", NeuralSampler(model.next, None, max_length=LENGTH), 1),
        ("masks only", NeuralSampler(model.next, automaton, max_length=LENGTH), 1),
        (
            "look-ahead",
            NeuralSampler(model.next, automaton, lookahead=messages, max_length=LENGTH),
            1,
        ),
        (
            f"look-ahead, best of {particles} particles by weight",
            NeuralSampler(model.next, automaton, lookahead=messages, max_length=LENGTH),
            particles,
        ),
    ):
        batch = np.repeat(prompt, groups, axis=0)
        drawn = sampler.draw(batch, model.empty_cache(len(batch)), range(len(batch)))
        chosen = drawn.chosen(number, seed=0) if groups > 1 else np.arange(number)
        mean, error = bits_per_note(drawn, chosen)
        print(f"  {name:<44} {mean:6.3f} +- {error:.3f}", flush=True)


def main() -> None:
    """Print all figures."""
    print(f"load {os.getloadavg()[0]:.1f}; Keras on {keras.backend.backend()}")
    sequences = tunes()
    show_throughput(sequences)
    show_mask_cost()
    show_lookahead(sequences)


if __name__ == "__main__":
    main()
