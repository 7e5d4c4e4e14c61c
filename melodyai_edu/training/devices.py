"""On what a network trains: one processor, several, or graphics processors.

Contents
--------
scope_of, use_mixed_precision
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from melodyai_edu.errors import ParameterError

__all__ = ["scope_of", "use_mixed_precision"]


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
