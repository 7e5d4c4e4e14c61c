"""Every error that MelodyAI raises on purpose, in one tree.

Conventions
-----------
A message names the value, what was required of it, and the way out:
``"bars=0 must be an integer from 1 to 512"``.

Contents
--------
MelodyAIError, ParameterError, InputError, NotStoredError, OutputError, StorageError,
MissingDependencyError; perhaps
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "InputError",
    "MelodyAIError",
    "MissingDependencyError",
    "NotStoredError",
    "OutputError",
    "ParameterError",
    "StorageError",
    "perhaps",
]


class MelodyAIError(Exception):
    """The root of the tree: catch this to catch everything that MelodyAI raises."""


class ParameterError(MelodyAIError, ValueError):
    """A value that the caller gave cannot be used; the message lists what can."""


class InputError(MelodyAIError):
    """A file cannot be read: damaged, too large, or not what it says it is."""


class NotStoredError(InputError):
    """A storage holds nothing of this name."""


class OutputError(MelodyAIError):
    """A file cannot be written, or its format cannot carry the music."""


class StorageError(MelodyAIError):
    """A storage refuses, is away, or keeps failing; the message says which, and what to do."""


class MissingDependencyError(MelodyAIError, ImportError):
    """An optional library or program is needed; the message says how to get it."""


def perhaps(value: object, known: Iterable[object]) -> str:
    """Suggest what an unknown value may have been meant to be, for the end of a message.

    Parameters
    ----------
    value : object
    known : iterable
        What would have been right.

    Returns
    -------
    hint : str
        Empty if nothing is near.

    Examples
    --------
    >>> perhaps("Jigg", ["jig", "reel"]), perhaps("polka", ["jig", "reel"])
    (" (perhaps 'jig'?)", '')
    """
    from difflib import get_close_matches

    near = get_close_matches(str(value).lower(), [str(each) for each in known], n=2)
    return f" (perhaps {' or '.join(map(repr, near))}?)" if near else ""
