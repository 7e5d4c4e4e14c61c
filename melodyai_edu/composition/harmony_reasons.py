"""Why a chord is as it is: what else was legal, and which rule forbade the rest.

Conventions
-----------
A chord is looked at between its neighbours as they are: a way to set it is legal if every rule
allows it, after the chord before and before the chord after.

Contents
--------
explain_chord
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from melodyai_edu.constraints.harmony import HarmonyRule
from melodyai_edu.constraints.voicings import Voicings, list_voicings
from melodyai_edu.decoding.harmony import HarmonySampler
from melodyai_edu.score import Pitch
from melodyai_edu.theory.voicing import VOICES

__all__ = ["explain_chord"]


def explain_chord(sampler: HarmonySampler, ways: Sequence[int], number: int) -> str:
    """Say in words why a slot is set as it is.

    Parameters
    ----------
    sampler : HarmonySampler
        What it was drawn from.
    ways : sequence of int
        How each slot is set.
    number : int
        The slot.

    Returns
    -------
    text : str
    """
    layers = sampler.automaton.voicings
    chosen = layers[number].take(np.array([ways[number]]))
    around = [
        layers[place].take(np.array([ways[place]])) if 0 <= place < len(layers) else None
        for place in (number - 1, number + 1)
    ]
    everything = list_voicings(sampler.automaton.table, layers[number].slot)
    legal, lines = np.ones(len(everything), bool), []
    for rule in sampler.automaton.rules:
        allowed = _allowed(rule, everything, *around)
        legal &= allowed
        if not allowed.all():
            lines.append(f"  {rule}: {(~allowed).sum():,}")
    weights = _weigh(sampler, everything, *around)
    return "\n".join([*_head(chosen, everything, legal, weights), *lines])


def _allowed(
    rule: HarmonyRule, voicings: Voicings, before: Voicings | None, after: Voicings | None
) -> np.ndarray:
    """Say which ways a rule allows between two chords [shape=(N,), bool]."""
    allowed = rule.allows_chords(voicings)
    if before is not None:
        allowed = allowed & rule.allows_moves(before, voicings)[0]
    if after is not None:
        allowed = allowed & rule.allows_moves(voicings, after)[:, 0]
    return allowed


def _weigh(
    sampler: HarmonySampler, voicings: Voicings, before: Voicings | None, after: Voicings | None
) -> np.ndarray:
    """Give the model's weight of each way between two chords [shape=(N,), float]."""
    weights = sampler.model.weigh_chords(voicings)
    if before is not None:
        weights = weights + sampler.model.weigh_moves(before, voicings)[0]
    if after is not None:
        weights = weights + sampler.model.weigh_moves(voicings, after)[:, 0]
    shares: np.ndarray = np.exp((weights - weights.max()) / sampler.temperature)
    return shares


def _head(
    chosen: Voicings, everything: Voicings, legal: np.ndarray, weights: np.ndarray
) -> list[str]:
    """Write the chord, the legal chords with their shares, and how much was forbidden."""
    slot = chosen.slot
    names = [everything.name(int(place)) for place in np.flatnonzero(legal)]
    shares: dict[str, float] = {}
    for name, weight in zip(names, weights[legal] / weights[legal].sum(), strict=True):
        shares[name] = shares.get(name, 0.0) + float(weight)
    ranked = sorted(shares, key=lambda name: -shares[name])
    likely = [f"{name} {shares[name]:.0%}" for name in ranked if shares[name] >= 0.005]
    rest = [f"{len(ranked) - len(likely)} more under 1%"] if len(likely) < len(ranked) else []
    listed = ", ".join([*likely, *rest])
    pitches = zip(VOICES, chosen.pitches[0], chosen.spellings(0), strict=True)
    sung = ", ".join(f"{v} {Pitch(int(pitch), spelling).name}" for v, pitch, spelling in pitches)
    return [
        f"{slot.place}: {chosen.name(0)} ({sung}).",
        f"Between its neighbours {legal.sum():,} of {len(legal):,} ways to set this note are "
        f"legal, as {len(shares)} chords: {listed}.",
        f"Had every way been legal, {1 - weights[legal].sum() / weights.sum():.0%} of the model's "
        f"weight would lie on ways that a rule forbids. Ways forbidden, by rule:",
    ]
