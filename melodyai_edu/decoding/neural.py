"""Neural models under rules: one compiled loop with model, mask and key/value cache.

Conventions
-----------
A model is a function ``next(token_ids[B], cache, index) -> (logits[B, V], cache)``, as in
keras-hub, where ``cache`` is any structure of tensors. The automaton's state travels beside the
cache. All chance is drawn beforehand, one row of numbers a sequence, so that a sequence comes out
the same whatever stands beside it in the batch.

The model hears the bars that are drawn; repeats are played afterwards (`play`).

Guidance runs every sequence twice, with the style and without, and moves away from the second:
``logits = other + guidance * (own - other)`` (Ho & Salimans 2022, "Classifier-free diffusion
guidance", there written with weight w = guidance - 1).

Contents
--------
Sequences, NeuralSampler, compiled
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from melodyai_edu.constraints import Automaton
from melodyai_edu.decoding.copies import refuse_no_copy
from melodyai_edu.decoding.exact import Messages
from melodyai_edu.decoding.loop import Inputs, Next, Settings, compiled, loop_of
from melodyai_edu.decoding.sampler import Sampler
from melodyai_edu.decoding.tables import Tables, build_tables, start_state
from melodyai_edu.errors import ParameterError

__all__ = ["NeuralSampler", "Sequences", "compiled"]


@dataclass(frozen=True, eq=False)
class Sequences:
    """What a batch came out as.

    Parameters
    ----------
    token_ids : np.ndarray [shape=(B, T), int]
        Drawn tokens, then Sequence_end and padding (0).
    log_probability : np.ndarray [shape=(B,), float]
        What the model alone, without rules and guidance, gives each sequence, its end not
        counted [natural logarithm].
    log_weight : np.ndarray [shape=(B,), float]
        By how much the sequence was drawn too rarely, up to a constant [natural logarithm].
    """

    token_ids: np.ndarray
    log_probability: np.ndarray
    log_weight: np.ndarray

    def drawn(self, number: int, end_id: int) -> list[int]:
        """Give the tokens of one sequence before its end."""
        row: list[int] = self.token_ids[number].tolist()
        return row[: row.index(end_id)] if end_id in row else row

    def chosen(self, groups: int, seed: int) -> np.ndarray:
        """Choose one of each group of neighbours by weight: sampling, importance resampling.

        Parameters
        ----------
        groups : int
            How many; divides B.
        seed : int

        Returns
        -------
        numbers : np.ndarray [shape=(groups,), int]

        References
        ----------
        Rubin (1987), Journal of the American Statistical Association 82, 543-546.
        """
        weights = self.log_weight.reshape(groups, -1)
        gumbel = np.random.default_rng(seed).gumbel(size=weights.shape)
        size = weights.shape[1]
        numbers: np.ndarray = (weights + gumbel).argmax(axis=1) + size * np.arange(groups)
        return numbers


class NeuralSampler:
    """Draws batches of legal sequences from a neural model.

    Parameters
    ----------
    next : callable
        See the module's conventions. The loop is compiled once for each, so give the same one
        for every piece.
    automaton : Automaton or None
        None draws without any rule, until ``Sequence_end``.
    sampler : Sampler, optional
        Temperature, top-k and top-p.
    lookahead : Messages, optional
        Weighs tokens by what an n-gram sees ahead.
    guidance : float, default 1.0
        How far to move from `draw`'s ``other_prompt`` towards ``prompt``; 1 is the model itself.
    max_length : int, default 512 [tokens]

    Raises
    ------
    ParameterError
        If the automaton is too large for the loop, or a rule is ``no_copy=...``.
    """

    def __init__(
        self,
        next: Next,
        automaton: Automaton | None,
        sampler: Sampler | None = None,
        *,
        lookahead: Messages | None = None,
        guidance: float = 1.0,
        max_length: int = 512,
    ) -> None:
        if automaton is not None:
            refuse_no_copy(automaton, "the compiled loop")
        self._next, self._sampler = next, sampler or Sampler()
        self._guidance, self._max_length = guidance, max_length
        self._tables = None if automaton is None else build_tables(automaton, lookahead)
        self._on_device: Tables | None = None
        self._end_id = 1 if automaton is None else automaton.vocabulary.id("Sequence_end")

    def draw(
        self,
        prompt: np.ndarray,
        cache: Any,
        seeds: Sequence[int],
        *,
        other_prompt: np.ndarray | None = None,
    ) -> Sequences:
        """Draw one sequence for each seed.

        Parameters
        ----------
        prompt : np.ndarray [shape=(B, S), int]
            Conditioning tokens that the model hears first, one row a sequence.
        cache : structure of tensors
            Empty, for B sequences; for 2 B with ``other_prompt``.
        seeds : sequence of int
        other_prompt : np.ndarray, optional [shape=(B, S), int]
            What guidance moves away from: the same prompts with the style unknown.

        Returns
        -------
        sequences : Sequences

        Raises
        ------
        ParameterError
            If prompt and seeds differ in number, or guidance lacks its other prompt.
        """
        from keras import ops

        if len(prompt) != len(seeds):
            raise ParameterError(f"prompt has {len(prompt)} rows for {len(seeds)} seeds: one each")
        prompts = _with_other(np.asarray(prompt, np.int32), other_prompt, self._guidance)
        rows = [np.random.default_rng(seed).random(self._max_length) for seed in seeds]
        sampler, tables = self._sampler, self._tables
        if tables is not None and self._on_device is None:
            self._on_device = Tables(*map(ops.convert_to_tensor, tables))
        inputs = Inputs(
            prompt=prompts,
            numbers=np.stack(rows).astype(np.float32),
            tables=self._on_device,
            state=() if tables is None else start_state(tables, len(seeds)),
            temperature=np.float32(sampler.temperature),
            top_p=np.float32(1.0 if sampler.top_p is None else sampler.top_p),
            guidance=np.float32(self._guidance),
        )
        settings = Settings(
            end_id=self._end_id,
            top_k=sampler.top_k,
            has_top_p=sampler.top_p is not None,
            has_guidance=other_prompt is not None,
        )
        results = loop_of(self._next, settings)(inputs, cache)
        return Sequences(*(np.asarray(result) for result in results))


def _with_other(prompt: np.ndarray, other: np.ndarray | None, guidance: float) -> np.ndarray:
    """Put the prompts with the style and those without one below the other."""
    if other is None:
        if guidance != 1.0:
            raise ParameterError(
                f"guidance={guidance} needs other_prompt: the same prompt with the style unknown"
            )
        return prompt
    if np.shape(other) != prompt.shape:
        raise ParameterError(
            f"other_prompt has shape {np.shape(other)}: it must be that of prompt, {prompt.shape}"
        )
    return np.concatenate([prompt, np.asarray(other, np.int32)])
