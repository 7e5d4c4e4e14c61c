"""Neural models under rules: one compiled loop with model, mask and key/value cache.

Conventions
-----------
A model is a function ``next(token_ids[B], cache, index) -> (logits[B, V], cache)``, as in
keras-hub, where ``cache`` is any structure of tensors. The automaton's state travels beside the
cache. All chance is drawn beforehand, one row of numbers a sequence, so that a sequence comes out
the same whatever stands beside it in the batch.

The model hears the bars that are drawn; repeats are played afterwards (`play`).

Contents
--------
Sequences, NeuralSampler
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from melodyai_edu.constraints import Automaton
from melodyai_edu.decoding.exact import Messages
from melodyai_edu.decoding.sampler import Sampler
from melodyai_edu.decoding.tables import (
    FORBIDDEN_LOGIT,
    Tables,
    advance,
    build_tables,
    log_weights,
    look_up,
    start_state,
)
from melodyai_edu.errors import ParameterError

__all__ = ["NeuralSampler", "Sequences", "compiled"]

Next = Callable[[Any, Any, Any], tuple[Any, Any]]


@dataclass(frozen=True, eq=False)
class Sequences:
    """What a batch came out as.

    Parameters
    ----------
    token_ids : np.ndarray [shape=(B, T), int]
        Drawn tokens, then Sequence_end and padding (0).
    log_probability : np.ndarray [shape=(B,), float]
        What the model alone gives each sequence, its end not counted [natural logarithm].
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
        See the module's conventions.
    automaton : Automaton or None
        None draws without any rule, until ``Sequence_end``.
    sampler : Sampler, optional
        Temperature, top-k and top-p.
    lookahead : Messages, optional
        Weighs tokens by what an n-gram sees ahead.
    max_length : int, default 512 [tokens]

    Raises
    ------
    ParameterError
        If the automaton is too large for the loop.
    """

    def __init__(
        self,
        next: Next,
        automaton: Automaton | None,
        sampler: Sampler | None = None,
        *,
        lookahead: Messages | None = None,
        max_length: int = 512,
    ) -> None:
        self._next, self._sampler = next, sampler or Sampler()
        self._max_length = max_length
        self._tables = None if automaton is None else build_tables(automaton, lookahead)
        self._end_id = 1 if automaton is None else automaton.vocabulary.id("Sequence_end")
        self._loop: Any = None

    def draw(self, prompt: np.ndarray, cache: Any, seeds: Sequence[int]) -> Sequences:
        """Draw one sequence for each seed.

        Parameters
        ----------
        prompt : np.ndarray [shape=(B, S), int]
            Conditioning tokens that the model hears first, one row a sequence.
        cache : structure of tensors
            Empty, for B sequences.
        seeds : sequence of int

        Returns
        -------
        sequences : Sequences

        Raises
        ------
        ParameterError
            If prompt and seeds differ in number.
        """
        if len(prompt) != len(seeds):
            raise ParameterError(f"prompt has {len(prompt)} rows for {len(seeds)} seeds: one each")
        numbers = np.stack([np.random.default_rng(seed).random(self._max_length) for seed in seeds])
        if self._loop is None:
            self._loop = compiled(self._run)
        state = start_state(self._tables, len(seeds)) if self._tables else (np.zeros(1, np.int32),)
        results = self._loop(
            np.asarray(prompt, np.int32), numbers.astype(np.float32), cache, *state
        )
        return Sequences(*(np.asarray(result) for result in results))

    def _run(self, prompt: Any, numbers: Any, cache: Any, *state: Any) -> tuple[Any, Any, Any]:
        from keras import ops

        tables = None if self._tables is None else _on_device(self._tables)
        batch, heard = prompt.shape
        for place in range(heard - 1):
            _, cache = self._next(prompt[:, place], cache, place)
        token_ids = ops.zeros((batch, self._max_length), "int32")
        zeros = ops.zeros((batch,), "float32")

        def is_going(index: Any, token: Any, is_done: Any, *rest: Any) -> Any:
            return ops.logical_and(index < self._max_length, ops.logical_not(ops.all(is_done)))

        def body(
            index: Any, token: Any, is_done: Any, token_ids: Any, log_p: Any, log_w: Any,
            cache: Any, state: Any,
        ) -> tuple[Any, ...]:  # fmt: skip
            logits, cache = self._next(token, cache, index + heard - 1)
            seen = None if tables is None else look_up(tables, state)
            weights = None if tables is None else log_weights(tables, state, seen)
            chosen, log_chance, log_mass = self._choose(ops, logits, weights, numbers, index)
            is_end = chosen == self._end_id
            chosen = ops.where(is_done, 0, chosen)
            counts = ops.cast(ops.logical_not(ops.logical_or(is_done, is_end)), "float32")
            token_ids = ops.slice_update(token_ids, (0, index), ops.cast(chosen, "int32")[:, None])
            if tables is not None:
                state = advance(tables, state, chosen, seen)
            is_done = ops.logical_or(is_done, is_end)
            return (
                index + 1, ops.cast(chosen, "int32"), is_done, token_ids,
                log_p + counts * log_chance, log_w + counts * log_mass, cache, state,
            )  # fmt: skip

        is_done = ops.zeros((batch,), "bool")
        first = (0, prompt[:, -1], is_done, token_ids, zeros, zeros, cache, state)
        results = ops.while_loop(is_going, body, first)
        return results[3], results[4], results[5]

    def _choose(
        self, ops: Any, logits: Any, weights: Any, numbers: Any, index: Any
    ) -> tuple[Any, Any, Any]:
        """Choose a token for each sequence; give its log-probability and the mass of the legal."""
        chances = _log_softmax(ops, logits)
        weighed = logits / self._sampler.temperature
        log_mass = ops.zeros_like(logits[:, 0])
        if weights is not None:
            weighed = weighed + weights
            log_mass = ops.logsumexp(chances + weights, axis=-1)
        weighed = self._cut(ops, weighed)
        bounds = ops.cumsum(ops.softmax(weighed, axis=-1), axis=-1)
        number = ops.take(numbers, index, axis=1)[:, None] * bounds[:, -1:]
        chosen = ops.sum(ops.cast(bounds <= number, "int32"), axis=-1)
        # Rounding may let a number fall behind the last legal token.
        is_legal = (
            ops.take_along_axis(weighed, chosen[:, None], axis=-1)[:, 0] > FORBIDDEN_LOGIT / 2
        )
        chosen = ops.where(is_legal, chosen, ops.cast(ops.argmax(weighed, axis=-1), "int32"))
        log_chance = ops.take_along_axis(chances, chosen[:, None], axis=-1)[:, 0]
        if weights is not None:
            log_mass = log_mass - ops.take_along_axis(weights, chosen[:, None], axis=-1)[:, 0]
        return chosen, log_chance, log_mass

    def _cut(self, ops: Any, weighed: Any) -> Any:
        """Apply top-k, then top-p."""
        if self._sampler.top_k is not None:
            least = ops.top_k(weighed, self._sampler.top_k)[0][:, -1:]
            weighed = ops.where(weighed < least, FORBIDDEN_LOGIT, weighed)
        if self._sampler.top_p is not None:
            chances = ops.softmax(weighed, axis=-1)
            ordered = ops.flip(ops.sort(chances, axis=-1), axis=-1)
            before = ops.cumsum(ordered, axis=-1) - ordered
            kept = ops.where(before < self._sampler.top_p, ordered, 2.0)
            weighed = ops.where(
                chances < ops.min(kept, axis=-1, keepdims=True), FORBIDDEN_LOGIT, weighed
            )
        return weighed


def _log_softmax(ops: Any, logits: Any) -> Any:
    return logits - ops.logsumexp(logits, axis=-1, keepdims=True)


def _on_device(tables: Tables) -> Tables:
    """Give the tables as tensors."""
    from keras import ops

    fields = {name: getattr(tables, name) for name in tables.__dataclass_fields__}
    return Tables(
        **{
            name: ops.convert_to_tensor(value) if isinstance(value, np.ndarray) else value
            for name, value in fields.items()
        }
    )


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function with the Keras backend's own compiler, if it has one."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        compiled: Callable[..., Any] = tf.function(function, jit_compile=False)
        return compiled
    if keras.backend.backend() == "jax":
        import jax

        jitted: Callable[..., Any] = jax.jit(function)
        return jitted
    return function
