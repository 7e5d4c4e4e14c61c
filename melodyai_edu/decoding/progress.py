"""Who watches a piece being drawn, and may stop it.

Conventions
-----------
A watcher is set for one thread and one stretch of code; where nobody watches, nothing is asked.
It hears every token, before the next one is chosen, and stops the piece by raising `Cancelled`.

Contents
--------
Cancelled, watching, watcher
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from melodyai_edu.errors import MelodyAIError

__all__ = ["Cancelled", "watcher", "watching"]

#: Hears the bar that is being drawn, from 0; -1 for a pickup.
Watcher = Callable[[int], None]

_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


class Cancelled(MelodyAIError):
    """Somebody asked to stop; nothing is wrong, and nothing was kept."""


@contextmanager
def watching(on_token: Watcher) -> Iterator[None]:
    """Have every token of the pieces drawn inside told.

    Parameters
    ----------
    on_token : function of int
        Hears the bar that is being drawn, from 0; -1 for a pickup. May raise `Cancelled`.

    Examples
    --------
    >>> heard = []
    >>> with watching(heard.append):
    ...     watcher()(3)
    >>> heard, watcher()
    ([3], None)
    """
    token = _WATCHER.set(on_token)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def watcher() -> Watcher | None:
    """Give who watches here, or ``None``."""
    return _WATCHER.get()
