"""The compiled loop that draws sequences: model, rules, choice and cache in one program.

Conventions
-----------
All that differs from piece to piece comes in as `Inputs`, arrays of a few fixed shapes, so a loop
is compiled once for a model and a shape and then serves every piece. On TensorFlow it is compiled
with XLA, which makes one step of a small network ten times as fast as one kernel after another.

The prompt runs through the same loop as what is drawn, one token a step.

Contents
--------
Inputs, Settings, compiled, loop_of
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from melodyai_edu.decoding.tables import (
    FORBIDDEN_LOGIT,
    Tables,
    advance,
    log_weights,
    look_up,
)

__all__ = ["Inputs", "Settings", "compiled", "loop_of"]

Next = Callable[[Any, Any, Any], tuple[Any, Any]]


class Inputs(NamedTuple):
    """What differs from call to call.

    Parameters
    ----------
    prompt : array [shape=(B, S), int32]
        With guidance [shape=(2 B, S)]: those with the style, then those without.
    numbers : array [shape=(B, T), float32 in [0, 1)]
        All chance there is.
    tables : Tables or None
    state : three arrays [shape=(B,), int32], or nothing without tables
    temperature, top_p, guidance : array [shape=(), float32]
    """

    prompt: Any
    numbers: Any
    tables: Tables | None
    state: tuple[Any, ...]
    temperature: Any
    top_p: Any
    guidance: Any


class Settings(NamedTuple):
    """What a loop is compiled for, besides shapes.

    Parameters
    ----------
    end_id : int
        Number of the token that ends a sequence.
    top_k : int or None
    has_top_p, has_guidance : bool
    """

    end_id: int
    top_k: int | None
    has_top_p: bool
    has_guidance: bool


class _Step(NamedTuple):
    """What the loop carries from step to step."""

    index: Any
    token: Any
    is_done: Any
    token_ids: Any
    log_probability: Any
    log_weight: Any
    state: tuple[Any, ...]
    cache: Any


@lru_cache(maxsize=16)
def loop_of(next: Next, settings: Settings) -> Callable[[Inputs, Any], tuple[Any, Any, Any]]:
    """Give the compiled loop of a model: the same one for the same model and settings.

    Parameters
    ----------
    next : callable
        ``next(token_ids[B], cache, index) -> (logits[B, V], cache)``.
    settings : Settings

    Returns
    -------
    loop : callable
        ``loop(inputs, cache) -> (token_ids[B, T], log_probability[B], log_weight[B])``.
    """

    def loop(inputs: Inputs, cache: Any) -> tuple[Any, Any, Any]:
        from keras import ops

        last = inputs.prompt.shape[1] - 1 + inputs.numbers.shape[1]

        def is_going(*parts: Any) -> Any:
            step = _Step(*parts)
            return ops.logical_and(step.index < last, ops.logical_not(ops.all(step.is_done)))

        def body(*parts: Any) -> _Step:
            return _take_step(next, settings, inputs, _Step(*parts))

        step = _Step(*ops.while_loop(is_going, body, tuple(_first(inputs, cache))))
        return step.token_ids, step.log_probability, step.log_weight

    return compiled(loop, jit_compile=True)


def _first(inputs: Inputs, cache: Any) -> _Step:
    from keras import ops

    batch, length = inputs.numbers.shape
    zeros = ops.zeros((batch,), "float32")
    return _Step(
        index=ops.zeros((), "int32"),
        token=inputs.prompt[:, 0],
        is_done=ops.zeros((batch,), "bool"),
        token_ids=ops.zeros((batch, length), "int32"),
        log_probability=zeros,
        log_weight=zeros,
        state=tuple(ops.convert_to_tensor(part) for part in inputs.state),
        cache=cache,
    )


def _take_step(next: Next, settings: Settings, inputs: Inputs, step: _Step) -> _Step:
    """Hear a token; behind the prompt, draw the next."""
    from keras import ops

    batch, heard = inputs.numbers.shape[0], inputs.prompt.shape[1]
    is_prompt = step.index < heard - 1
    place = ops.maximum(step.index - (heard - 1), 0)
    logits, cache = next(step.token, step.cache, step.index)
    own = logits[:batch]
    guided = own
    if settings.has_guidance:
        other = logits[batch:]
        guided = other + inputs.guidance * (own - other)
    tables, seen, weights = inputs.tables, None, None
    if tables is not None:
        seen = look_up(tables, step.state)
        weights = log_weights(tables, step.state, seen)
    number = ops.take(inputs.numbers, place, axis=1)
    chosen = _choose(ops, guided, weights, number, settings, inputs)
    is_end = chosen == settings.end_id
    is_silent = ops.logical_or(ops.logical_or(step.is_done, is_end), is_prompt)
    log_p, log_w = _weigh(ops, own, guided, weights, chosen)
    chosen = ops.where(step.is_done, 0, chosen)
    state = step.state
    if tables is not None:
        moved = advance(tables, state, chosen, seen)
        state = tuple(ops.where(is_prompt, old, new) for old, new in zip(state, moved, strict=True))
    token = ops.concatenate([chosen, chosen]) if settings.has_guidance else chosen
    said = ops.take(inputs.prompt, ops.minimum(step.index + 1, heard - 1), axis=1)
    return _Step(
        index=step.index + 1,
        token=ops.where(is_prompt, said, token),
        is_done=ops.logical_and(ops.logical_or(step.is_done, is_end), ops.logical_not(is_prompt)),
        # Inside the prompt this writes place 0, which the first drawn token overwrites.
        token_ids=ops.slice_update(step.token_ids, (0, place), chosen[:, None]),
        log_probability=step.log_probability + ops.where(is_silent, 0.0, log_p),
        log_weight=step.log_weight + ops.where(is_silent, 0.0, log_w),
        state=state,
        cache=cache,
    )


def _choose(
    ops: Any, logits: Any, weights: Any, number: Any, settings: Settings, inputs: Inputs
) -> Any:
    """Choose a token for each sequence [shape=(B,), int32]."""
    weighed = logits / inputs.temperature
    if weights is not None:
        weighed = weighed + weights
    weighed = _cut(ops, weighed, settings, inputs)
    bounds = ops.cumsum(ops.softmax(weighed, axis=-1), axis=-1)
    chosen = ops.sum(ops.cast(bounds <= number[:, None] * bounds[:, -1:], "int32"), axis=-1)
    # Rounding may let a number fall behind the last legal token.
    reached = ops.take_along_axis(weighed, chosen[:, None], axis=-1)[:, 0]
    likeliest = ops.cast(ops.argmax(weighed, axis=-1), "int32")
    return ops.where(reached > FORBIDDEN_LOGIT / 2, chosen, likeliest)


def _weigh(ops: Any, own: Any, guided: Any, weights: Any, chosen: Any) -> tuple[Any, Any]:
    """Give the token's log-probability without rules, and by how much rules made it likelier."""

    def at_chosen(values: Any) -> Any:
        return ops.take_along_axis(values, chosen[:, None], axis=-1)[:, 0]

    log_p = at_chosen(own) - ops.logsumexp(own, axis=-1)
    if weights is None:
        return log_p, ops.zeros_like(log_p)
    log_mass = ops.logsumexp(guided + weights, axis=-1) - ops.logsumexp(guided, axis=-1)
    return log_p, log_mass - at_chosen(weights)


def _cut(ops: Any, weighed: Any, settings: Settings, inputs: Inputs) -> Any:
    """Apply top-k, then top-p."""
    if settings.top_k is not None:
        least = ops.top_k(weighed, settings.top_k)[0][:, -1:]
        weighed = ops.where(weighed < least, FORBIDDEN_LOGIT, weighed)
    if settings.has_top_p:
        chances = ops.softmax(weighed, axis=-1)
        ordered = ops.flip(ops.sort(chances, axis=-1), axis=-1)
        before = ops.cumsum(ordered, axis=-1) - ordered
        kept = ops.where(before < inputs.top_p, ordered, 2.0)
        weighed = ops.where(
            chances < ops.min(kept, axis=-1, keepdims=True), FORBIDDEN_LOGIT, weighed
        )
    return weighed


def compiled(function: Callable[..., Any], jit_compile: bool = False) -> Callable[..., Any]:
    """Compile a function with the Keras backend's own compiler, if it has one.

    Parameters
    ----------
    function : callable
        From structures of tensors to structures of tensors.
    jit_compile : bool, default False
        On TensorFlow: fuse everything with XLA, which takes seconds and pays in loops.

    Returns
    -------
    function : callable
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # TensorFlow's plug-in for Apple's graphics processors has no XLA.
        is_apple = platform.system() == "Darwin" and bool(tf.config.list_physical_devices("GPU"))
        traced: Callable[..., Any] = tf.function(
            function, jit_compile=jit_compile and not is_apple, autograph=False
        )
        return traced
    if keras.backend.backend() == "jax":
        import jax

        jitted: Callable[..., Any] = jax.jit(function)
        return jitted
    return function
