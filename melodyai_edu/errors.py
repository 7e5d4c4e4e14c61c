"""Every error that MelodyAI raises on purpose, in one tree.

Conventions
-----------
A message names the value, what was required of it, and the way out:
``"bars=0 must be an integer from 1 to 512"``.

Contents
--------
MelodyAIError, ParameterError, InputError, OutputError, MissingDependencyError
"""

from __future__ import annotations

__all__ = [
    "InputError",
    "MelodyAIError",
    "MissingDependencyError",
    "OutputError",
    "ParameterError",
]


class MelodyAIError(Exception):
    """The root of the tree: catch this to catch everything that MelodyAI raises."""


class ParameterError(MelodyAIError, ValueError):
    """A value that the caller gave cannot be used; the message lists what can."""


class InputError(MelodyAIError):
    """A file cannot be read: damaged, too large, or not what it says it is."""


class OutputError(MelodyAIError):
    """A file cannot be written, or its format cannot carry the music."""


class MissingDependencyError(MelodyAIError, ImportError):
    """An optional library or program is needed; the message says how to get it."""
