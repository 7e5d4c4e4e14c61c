"""Asking again, when a storage fails in passing.

Conventions
-----------
The wait before each new try is drawn evenly from zero to a bound that doubles ("full jitter"):
many clients that fail together do not come back together. Tries and time are both bounded.

Contents
--------
Retries, again
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from melodyai_edu.errors import ParameterError

__all__ = ["Retries", "again"]

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Retries:
    """How patient a storage is.

    Parameters
    ----------
    attempts : int
        Tries of one request, in all.
    seconds : float [seconds]
        No new try begins after so long.
    first, longest : float [seconds]
        The bound on the first wait, and on any.
    timeout : float [seconds]
        How long one request may go without an answer.

    References
    ----------
    M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: full jitter made
    the fewest calls of the ways compared there.
    """

    attempts: int = 8
    seconds: float = 120.0
    first: float = 0.2
    longest: float = 20.0
    timeout: float = 30.0


def again(
    call: Callable[[], _Result],
    retries: Retries,
    lasting: Callable[[Exception], bool],
) -> _Result:
    """Call until it works.

    Parameters
    ----------
    call : callable
    retries : Retries
    lasting : callable
        Tells whether no new try mends an error.

    Returns
    -------
    result : what the call gives

    Raises
    ------
    Exception
        The last one, when tries or time are used up, or a lasting one.

    Examples
    --------
    >>> failures = [OSError("busy"), OSError("busy")]
    >>> def call():
    ...     if failures:
    ...         raise failures.pop()
    ...     return "done"
    >>> again(call, Retries(first=0.001), lambda error: False)
    'done'
    """
    end = time.monotonic() + retries.seconds
    for attempt in range(1, retries.attempts + 1):
        try:
            return call()
        except Exception as error:
            wait = random.uniform(0, min(retries.longest, retries.first * 2 ** (attempt - 1)))
            late = time.monotonic() + wait > end
            if attempt == retries.attempts or late or lasting(error):
                raise
            time.sleep(wait)
    raise ParameterError(f"attempts={retries.attempts} must be at least 1")
