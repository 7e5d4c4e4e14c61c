"""On what a network trains: one processor, several, or graphics processors.

Contents
--------
scope_of, clipped_adamw, use_mixed_precision
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from melodyai_edu.errors import ParameterError

__all__ = ["clipped_adamw", "scope_of", "use_mixed_precision"]


def scope_of(devices: int) -> AbstractContextManager[Any]:
    """Give the scope in which a network is made, so that several devices train it.

    Each device has a copy of the weights and a share of each batch; gradients are added up
    (`tf.distribute.MirroredStrategy`). Graphics processors come first; without any, the logical
    processors are used.

    Parameters
    ----------
    devices : int

    Returns
    -------
    scope : context manager

    Raises
    ------
    ParameterError
        If there are not so many devices, or the backend is not TensorFlow.
    """
    if devices == 1:
        return nullcontext()
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ParameterError(
            f"devices={devices} needs TensorFlow, Keras runs on {keras.backend.backend()}: "
            "set KERAS_BACKEND=tensorflow"
        )
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if not 1 <= devices <= len(found):
        raise ParameterError(f"devices={devices} must be from 1 to {len(found)}, as many as found")
    scope: AbstractContextManager[Any] = tf.distribute.MirroredStrategy(
        [device.name for device in found[:devices]]
    ).scope()
    return scope


def clipped_adamw(rate: Any, *, devices: int, clipnorm: float, **options: Any) -> Any:
    """Give AdamW that clips the gradient of the whole batch, on however many devices.

    Keras clips on each device, before gradients are added up, so several devices would clip less
    than one. Here all are shrunk by what the norm of their sum asks for.

    Parameters
    ----------
    rate : float or schedule
    devices : int
    clipnorm : float
        The largest norm of all gradients together.
    **options
        Further ones of `keras.optimizers.AdamW`.

    Returns
    -------
    optimizer : keras.optimizers.AdamW
    """
    import keras

    if devices == 1:
        return keras.optimizers.AdamW(rate, global_clipnorm=clipnorm, **options)
    import tensorflow as tf

    class SharedAdamW(keras.optimizers.AdamW):  # type: ignore[misc] # Keras has no types
        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            share = tf.minimum(clipnorm / _norm_of_sum(grads), 1.0)
            whole = [share * tf.convert_to_tensor(grad) for grad in grads]
            super().apply(whole, trainable_variables)

    return SharedAdamW(rate, **options)


def _norm_of_sum(grads: Any) -> Any:
    """Give the norm of what the gradients of all devices add up to.

    Rows of a table that were looked up count one by one, as they do in Keras on one device.
    """
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    dense = [grad for grad in grads if not isinstance(grad, tf.IndexedSlices)]
    rows = [grad.values for grad in grads if isinstance(grad, tf.IndexedSlices)]
    whole = context.all_reduce(tf.distribute.ReduceOp.SUM, dense)
    apart = context.all_reduce(
        tf.distribute.ReduceOp.SUM, tf.add_n([tf.reduce_sum(tf.square(row)) for row in rows])
    )
    return tf.sqrt(apart + tf.add_n([tf.reduce_sum(tf.square(grad)) for grad in whole]))


def use_mixed_precision() -> bool:
    """Let a graphics processor compute in half precision; give whether there is one.

    Weights stay in single precision (Micikevicius et al. 2018, "Mixed precision training").
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        return False
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    return True
