"""On what a network trains: one processor, several, or graphics processors.

Contents
--------
PRECISIONS, scope_of, find_devices, where_it_trains, clipped_adamw, usual_precision, in_precision
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.quiet import import_keras

__all__ = [
    "PRECISIONS",
    "clipped_adamw",
    "find_devices",
    "in_precision",
    "scope_of",
    "usual_precision",
    "where_it_trains",
]

#: In what a network can compute while it is trained; its weights are float32 in both.
PRECISIONS = ("float32", "mixed_bfloat16")

#: NVIDIA's compute capability from which bfloat16 is multiplied by the hardware.
_BFLOAT16_SINCE = (8, 0)


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
    names = find_devices(devices)
    if devices == 1:
        return nullcontext()
    import tensorflow as tf

    scope: AbstractContextManager[Any] = tf.distribute.MirroredStrategy(names).scope()
    return scope


def find_devices(devices: int) -> list[str]:
    """Find so many devices, before long work begins.

    Parameters
    ----------
    devices : int
        Nothing is looked for, or imported, for one.

    Returns
    -------
    names : list of str
        As TensorFlow calls them; empty for one device: the usual one.

    Raises
    ------
    ParameterError
        If there are not so many devices, or the backend is not TensorFlow.
    """
    if devices < 1:
        raise ParameterError(f"devices={devices} must be 1 or more")
    if devices == 1:
        return []
    import_keras()
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ParameterError(
            f"devices={devices} needs TensorFlow, Keras runs on {keras.backend.backend()}: "
            "set KERAS_BACKEND=tensorflow"
        )
    import tensorflow as tf

    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    found = tf.config.list_logical_devices(kind)
    if devices > len(found):
        raise ParameterError(
            f"devices={devices} must be from 1 to {len(found)}: so many {kind}s are here; for a "
            f"trial without more, docs/scale.md says how to cut a processor into logical ones"
        )
    return [device.name for device in found[:devices]]


def where_it_trains() -> str:
    """Say on what a network trains here, to stand before the time that it takes.

    Returns
    -------
    where : str
        ``"with a GPU"``, ``"without a GPU"``, or, where the backend is not TensorFlow, its name.
    """
    import keras

    if (backend := keras.backend.backend()) != "tensorflow":
        return f"on {backend}"
    import tensorflow as tf

    return "with a GPU" if tf.config.list_logical_devices("GPU") else "without a GPU"


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


def usual_precision() -> str:
    """Say in which precision the devices here train best.

    Returns
    -------
    precision : str
        ``mixed_bfloat16`` where every graphics processor multiplies such numbers itself (NVIDIA's
        from compute capability 8.0 on), else ``float32``. Weights stay in single precision either
        way (Micikevicius et al. 2018, "Mixed precision training"); bfloat16 reaches as far as
        float32, so losses need no scaling (Kalamkar et al. 2019, "A study of bfloat16").
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return "float32"
    import tensorflow as tf

    found = [
        tf.config.experimental.get_device_details(device).get("compute_capability", (0, 0))
        for device in tf.config.list_physical_devices("GPU")
    ]
    return "mixed_bfloat16" if found and min(found) >= _BFLOAT16_SINCE else "float32"


@contextmanager
def in_precision(precision: str) -> Iterator[None]:
    """Make what is built inside compute in a precision; nothing else changes.

    Parameters
    ----------
    precision : str
        One of ``PRECISIONS``.

    Raises
    ------
    ParameterError
        If it is none of them.
    """
    if precision not in PRECISIONS:
        raise ParameterError(f"precision={precision!r} must be one of: {', '.join(PRECISIONS)}")
    import keras

    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(usual)
