"""Keras without its chatter: TensorFlow tells the terminal about processors it did not find.

Contents
--------
require_keras, import_keras
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec

from melodyai_edu.errors import MissingDependencyError

__all__ = ["import_keras", "require_keras"]


def require_keras() -> None:
    """Make sure, before long work begins, that networks can be built; import nothing if they can.

    Raises
    ------
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if find_spec("keras") is None or find_spec(backend) is None:
        import_keras()  # fails, unless Keras's own settings name a backend that is there


def import_keras() -> None:
    """Import Keras and its backend; errors come through, remarks about hardware do not.

    Whoever wants the remarks sets ``TF_CPP_MIN_LOG_LEVEL=0``.

    Raises
    ------
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    if sys.modules.get("keras") is not None:
        return
    is_quiet = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") != "0"
    try:
        with _silence() if is_quiet else nullcontext():
            import keras  # noqa: F401 - imported for its effect
    except ImportError as error:
        raise MissingDependencyError(
            f'a network needs Keras and TensorFlow ({error}): pip install "melodyai-edu[neural]"; '
            'to compose without one, choose model="ngram"'
        ) from error


@contextmanager
def _silence() -> Iterator[None]:
    """Send the process's standard error, also from C++, nowhere for a moment."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
