"""How fast a small transformer learns: ours on TensorFlow against the same size in PyTorch.

Both have 4 blocks of width 128 with 4 heads, tied embeddings and dropout, see batches of 16 x 256
random tokens in single precision, and take whole steps with AdamW and clipped gradients: ours are
`training.fit.Trainer`'s own steps, data pipeline included; theirs are those of nanoGPT (Karpathy
2022), its fused attention included, compiled where ``torch.compile`` works and is faster. They
take turns. PyTorch is no dependency of the package; without it only ours is timed:

    python -m venv bench && bench/bin/pip install -e ".[bench]"
    bench/bin/python benchmarks/training_speed.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
from sides import elsewhere

from melodyai_edu.models.presets import sizes_of
from melodyai_edu.tokens import VOCABULARY, Condition
from melodyai_edu.tokens.condition import NUM_CONDITIONS
from melodyai_edu.training.examples import Example
from melodyai_edu.training.fit import Trainer
from melodyai_edu.training.recipe import Recipe, Report

IS_SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
SIZES = sizes_of("melody", "small")
BATCH, LENGTH = (8, 64) if IS_SMOKE else (16, 256)
ROUNDS, STEPS = (1, 2) if IS_SMOKE else (5, 10)
TOKENS = BATCH * LENGTH * STEPS

#: Trains so many steps, and says how many seconds it took.
Train = Callable[[int], float]


def torch_side(is_compiled: bool) -> Train:
    """Give a GPT as in nanoGPT."""
    import torch
    from torch import nn
    from torch.nn import functional

    width, heads, rate = SIZES.hidden_dim, SIZES.num_heads, SIZES.dropout

    class Block(nn.Module):  # type: ignore[misc] # without types here
        def __init__(self) -> None:
            super().__init__()
            self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
            self.query_key_value = nn.Linear(width, 3 * width, bias=False)
            self.out = nn.Linear(width, width, bias=False)
            self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
            self.drop = nn.Dropout(rate)

        def forward(self, x: Any) -> Any:
            batch, length, _ = x.shape
            parts = self.query_key_value(self.norms[0](x)).split(width, dim=2)
            shape = (batch, length, heads, width // heads)
            query, key, value = (part.view(shape).transpose(1, 2) for part in parts)
            heard = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + self.drop(self.out(heard.transpose(1, 2).reshape(x.shape)))
            return x + self.drop(self.narrow(functional.gelu(self.wide(self.norms[1](x)))))

    class GPT(nn.Module):  # type: ignore[misc] # without types here
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(len(VOCABULARY), width)
            self.places = nn.Embedding(LENGTH, width)
            self.drop = nn.Dropout(rate)
            self.blocks = nn.Sequential(*(Block() for _ in range(SIZES.num_layers)))
            self.norm = nn.LayerNorm(width)

        def forward(self, token_ids: Any, targets: Any) -> Any:
            places = torch.arange(token_ids.shape[1])
            x = self.blocks(self.drop(self.tokens(token_ids) + self.places(places)))
            logits = self.norm(x) @ self.tokens.weight.T
            return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    model = GPT()
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), fused=True)
    step_model = torch.compile(model) if is_compiled else model
    generator = torch.Generator().manual_seed(0)

    def train(steps: int) -> float:
        begin = time.perf_counter()
        for _ in range(steps):
            rows = torch.randint(len(VOCABULARY), (BATCH, LENGTH + 1), generator=generator)
            optimizer.zero_grad(set_to_none=True)
            loss = step_model(rows[:, :-1], rows[:, 1:])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        loss.item()
        return time.perf_counter() - begin

    if is_compiled:
        try:
            train(1)
        except Exception as error:
            raise ImportError(f"torch.compile does not work here: {error}") from error
    print(f"    {sum(p.numel() for p in model.parameters()):,} weights", flush=True)
    return train


def torch_compiled_side() -> Train:
    """Give the same, compiled."""
    return torch_side(True)


def torch_plain_side() -> Train:
    """Give the same as it comes."""
    return torch_side(False)


def peers() -> dict[str, Train]:
    """Make all peers whose packages are there."""
    found = {}
    for name, make in (
        ("PyTorch", torch_plain_side),
        ("PyTorch, compiled", torch_compiled_side),
    ):
        try:
            print(f"  {name}", flush=True)
            found[name] = elsewhere(make)
        except ImportError as error:
            reason = str(error).splitlines()[0]
            print(f'    left out: {reason}; install it with pip install -e ".[bench]"')
    return found


def examples() -> list[Example]:
    """Make random tunes that fill the batches wholly."""
    random = np.random.default_rng(0)
    head = np.array(Condition(genre="jig", bars=16).token_ids, np.int32)
    size = LENGTH + 1 - NUM_CONDITIONS
    rows = random.integers(1, len(VOCABULARY), (BATCH * STEPS, size), dtype=np.int32)
    return [Example(head, row, row % 20) for row in rows]


def main() -> None:
    """Print all figures."""
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    found = peers()
    recipe = Recipe(
        epochs=ROUNDS + 1, batch_tokens=BATCH * LENGTH, window=LENGTH, chunk=STEPS, patience=99
    )
    trainer = Trainer(SIZES, examples(), [], recipe)
    print(f"  ours\n    {trainer.network.count_params():,} weights")
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in found}

    def note(report: Report) -> None:
        ours.append(report.seconds - sum(ours))
        for name, train in found.items():
            theirs[name].append(train(STEPS))

    trainer.fit(on_report=note, has_progress=False)
    print(
        f"\n{ROUNDS} rounds of {STEPS} steps of {BATCH} x {LENGTH}, load {os.getloadavg()[0]:.1f}"
    )
    print(f"  {'':<18} first round   tokens/s (median)   ours / this (lowest, highest)")
    for name, seconds in {"ours": ours, **theirs}.items():
        ratio = np.array(seconds[1:]) / np.array(ours[1:])
        spread = f"{np.median(ratio):8.2f} ({ratio.min():.2f}, {ratio.max():.2f})"
        rate = TOKENS / np.median(seconds[1:])
        print(f"  {name:<18} {seconds[0]:9.2f} s {rate:19,.0f}   {spread}")


if __name__ == "__main__":
    main()
