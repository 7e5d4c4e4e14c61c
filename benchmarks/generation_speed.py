"""How fast a small transformer speaks: ours under rules, against keras-hub and Hugging Face.

Decoders of the same size (4 blocks, width 128, 4 heads, a vocabulary of 333) with random weights
draw 256 tokens each, one sequence at a time and sixteen at a time:

1. ours, `decoding.neural.NeuralSampler`, with eight rules, and without;
2. keras-hub's ``GPT2CausalLM.generate``, as it comes, and with ``jit_compile=True``, which is not
   what it does on a CPU by itself;
3. Hugging Face's ``GPT2LMHeadModel.generate`` with its cache, on PyTorch.

All take turns in one run; PyTorch stands in a process of its own, for it and TensorFlow bring
different copies of one library (LLVM). The two peers are no dependency of the package; without
them only ours is timed:

    python -m venv bench && bench/bin/pip install -e ".[bench]"
    bench/bin/python benchmarks/generation_speed.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
from sides import elsewhere

from melodyai_edu.constraints import compile_rules
from melodyai_edu.decoding.neural import NeuralSampler
from melodyai_edu.models.presets import build, sizes_of
from melodyai_edu.score import Meter
from melodyai_edu.tokens import VOCABULARY, Condition

IS_SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
RULES = (
    "in_key", "range=D4-G5", "max_leap=9", "leaps_recovered", "longest_repetition=2",
    "no_syncopation", "cadence=8 half, 16 full", "end_on_tonic",
)  # fmt: skip
#: So many bars that hardly a piece ends before 256 tokens.
BARS = 48
LENGTH = 24 if IS_SMOKE else 256
ROUNDS = 1 if IS_SMOKE else 5
BATCHES = (1, 16)
SIZES = sizes_of("melody", "small")
HEAD = Condition(genre="reel", meter=Meter(4, 4), mode="major", bars=BARS).token_ids
TOTAL = len(HEAD) + LENGTH
END = VOCABULARY.id("Sequence_end")

Generate = Callable[[int, int], int]


def ours(has_rules: bool) -> Generate:
    """Give our side: a function from (batch, seed) to the number of tokens drawn."""
    network = build(SIZES)
    silence = np.zeros(len(VOCABULARY), np.float32)
    silence[END] = -1e9

    def endless(token_ids: Any, cache: Any, index: Any) -> tuple[Any, Any]:
        logits, cache = network.next(token_ids, cache, index)
        return logits + silence, cache

    automaton = compile_rules(RULES, length=BARS, key="G major", meter="4/4") if has_rules else None
    next = network.next if has_rules else endless
    sampler = NeuralSampler(next, automaton, max_length=LENGTH)

    def generate(batch: int, seed: int) -> int:
        prompt = np.tile(HEAD, (batch, 1))
        cache = network.empty_cache(batch, TOTAL)
        drawn = sampler.draw(prompt, cache, range(seed, seed + batch))
        return int((drawn.token_ids != 0).sum())

    print(f"    {network.count_params():,} weights")
    return generate


def keras_hub_side(jit_compile: bool) -> Generate:
    """Give keras-hub's own loop."""
    import keras_hub

    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=len(VOCABULARY),
        num_layers=SIZES.num_layers,
        num_heads=SIZES.num_heads,
        hidden_dim=SIZES.hidden_dim,
        intermediate_dim=4 * SIZES.hidden_dim,
        dropout=0.0,
        max_sequence_length=TOTAL,
    )
    model = keras_hub.models.GPT2CausalLM(backbone=backbone, preprocessor=None)
    chooser = keras_hub.samplers.RandomSampler()
    model.compile(sampler=chooser, **({"jit_compile": True} if jit_compile else {}))

    def generate(batch: int, seed: int) -> int:
        token_ids = np.zeros((batch, TOTAL), np.int32)
        token_ids[:, : len(HEAD)] = HEAD
        mask = np.zeros((batch, TOTAL), bool)
        mask[:, : len(HEAD)] = True
        made = model.generate({"token_ids": token_ids, "padding_mask": mask}, stop_token_ids=None)
        return int(np.asarray(made["padding_mask"]).shape[0] * LENGTH)

    print(f"    {backbone.count_params():,} weights")
    return generate


def hugging_face_side() -> Generate:
    """Give Hugging Face's loop on PyTorch."""
    import torch
    import transformers
    from transformers import GPT2Config, GPT2LMHeadModel

    transformers.logging.set_verbosity_error()

    config = GPT2Config(
        vocab_size=len(VOCABULARY),
        n_positions=TOTAL,
        n_embd=SIZES.hidden_dim,
        n_layer=SIZES.num_layers,
        n_head=SIZES.num_heads,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    model = GPT2LMHeadModel(config).eval()

    def speak(batch: int, seed: int, length: int) -> int:
        torch.manual_seed(seed)
        prompt = torch.tensor(HEAD).repeat(batch, 1)
        with torch.inference_mode():
            made = model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                do_sample=True,
                top_k=0,
                use_cache=True,
                max_new_tokens=length,
            )
        return int(made[:, len(HEAD) :].numel())

    def seconds(batch: int, threads: int) -> float:
        torch.set_num_threads(threads)
        speak(batch, 0, 4)
        begin = time.perf_counter()
        speak(batch, 0, min(LENGTH, 32))
        return time.perf_counter() - begin

    choices = (1, os.cpu_count() or 1)
    threads = {batch: min(choices, key=partial(seconds, batch)) for batch in BATCHES}
    print(f"    threads for each batch size, the fastest for it: {threads}")

    def generate(batch: int, seed: int) -> int:
        torch.set_num_threads(threads[batch])
        return speak(batch, seed, LENGTH)

    print(f"    {sum(p.numel() for p in model.parameters()):,} weights", flush=True)
    return generate


def sides() -> dict[str, Generate]:
    """Make all sides whose packages are there."""
    makers: dict[str, Callable[[], Generate]] = {
        "ours, 8 rules": lambda: ours(True),
        "ours, no rules": lambda: ours(False),
        "keras-hub": lambda: keras_hub_side(False),
        "keras-hub, XLA": lambda: keras_hub_side(True),
        "Hugging Face": lambda: elsewhere(hugging_face_side),
    }
    found = {}
    for name, make in makers.items():
        try:
            print(f"  {name}", flush=True)
            found[name] = make()
        except ImportError as error:
            print(f'    left out: {error}; install it with pip install -e ".[bench]"')
    return found


def time_batch(found: dict[str, Generate], batch: int) -> None:
    """Print the rates of all sides at one batch size."""
    rates: dict[str, list[float]] = {name: [] for name in found}
    first = {}
    for turn in range(ROUNDS + 1):  # the first compiles
        for name, generate in found.items():
            begin = time.perf_counter()
            tokens = generate(batch, turn)
            seconds = time.perf_counter() - begin
            if turn:
                rates[name].append(tokens / seconds)
            else:
                first[name] = seconds
    print(f"\nB={batch}, {LENGTH} tokens, {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}")
    print(f"  {'':<16} first call   tokens/s (median)   8 rules / this (lowest, highest)")
    own = np.array(rates["ours, 8 rules"])
    for name, values in rates.items():
        ratio = own / np.array(values)
        spread = f"{np.median(ratio):8.2f} ({ratio.min():.2f}, {ratio.max():.2f})"
        print(f"  {name:<16} {first[name]:8.2f} s {np.median(values):19,.0f}   {spread}")


def show_another_piece() -> None:
    """Print what a piece under other rules costs, once a loop is compiled."""
    begin = time.perf_counter()
    automaton = compile_rules(("in_key", "max_leap=7"), length=24, key="D minor", meter="6/8")
    rules = time.perf_counter() - begin
    network = build(SIZES)
    seconds = []
    for piece in (None, automaton):
        sampler = NeuralSampler(
            network.next,
            piece or compile_rules(RULES, length=BARS, key="G major", meter="4/4"),
            max_length=LENGTH,
        )
        begin = time.perf_counter()
        sampler.draw(np.array([HEAD]), network.empty_cache(1, TOTAL), [0])
        seconds.append(time.perf_counter() - begin)
    print(
        f"\nfirst piece of a network {seconds[0]:.2f} s; the next, under other rules in another "
        f"meter, {seconds[1]:.3f} s (its rules compiled in {rules:.3f} s)"
    )


def main() -> None:
    """Print all figures."""
    import keras

    keras.utils.set_random_seed(0)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    found = sides()
    for batch in BATCHES:
        time_batch(found, batch)
    show_another_piece()


if __name__ == "__main__":
    main()
