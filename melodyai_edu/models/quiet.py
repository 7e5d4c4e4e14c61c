"""Keras without its chatter: TensorFlow tells the terminal about processors it did not find.

Contents
--------
import_keras
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["import_keras"]


def import_keras() -> None:
    """Import Keras and its backend; errors come through, remarks about hardware do not.

    Whoever wants the remarks sets ``TF_CPP_MIN_LOG_LEVEL=0``.
    """
    if "keras" in sys.modules or os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silence():
        import keras  # noqa: F401 - imported for its effect


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
