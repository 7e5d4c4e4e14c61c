"""How often each key may call.

Conventions
-----------
Counted by key; by address only where no key was right. An address is that of the connection:
what a header says of it is not believed. Where the place of counting cannot be reached, requests
pass, and the log says so: music is worth more than counting.

Contents
--------
RateLimits
"""

from __future__ import annotations

import logging
import math
import time

from limits import RateLimitItem, parse
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from melodyai_edu.api.answers import Refusal
from melodyai_edu.errors import MissingDependencyError

__all__ = ["RateLimits"]

_log = logging.getLogger("melodyai.api")

#: Wrong keys from one address.
_WRONG_KEYS = "30/minute"

#: Counting is not worth a longer wait [seconds].
_PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}


class RateLimits:
    """Counts requests.

    Parameters
    ----------
    requests, composing : str
        Such as ``"60/minute"``; all requests, and those that make music.
    storage : str
        ``"memory://"`` or a ``redis://`` address, which several services share.

    Raises
    ------
    MissingDependencyError
        If redis is asked for and its package is not there.

    Examples
    --------
    >>> limits = RateLimits("2/minute", "1/minute")
    >>> limits.count("compose", "key")
    >>> limits.count("compose", "key")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.api.answers.Refusal: 429: more than 1 per 1 minute: come again in ... seconds
    """

    def __init__(self, requests: str, composing: str, storage: str = "memory://") -> None:
        self._items: dict[str, RateLimitItem] = {
            "all": parse(requests),
            "compose": parse(composing),
            "wrong": parse(_WRONG_KEYS),
        }
        self.is_in_memory = storage.startswith("memory:")
        options = {} if self.is_in_memory else _PATIENCE
        try:
            self._limiter = SlidingWindowCounterRateLimiter(storage_from_string(storage, **options))
        except ConfigurationError as error:
            raise MissingDependencyError(
                "counting in redis needs the package redis; install it with: pip install redis"
            ) from error

    def count(self, what: str, who: str) -> None:
        """Count a request.

        Parameters
        ----------
        what : str
            ``"all"``, ``"compose"`` or ``"wrong"``.
        who : str

        Raises
        ------
        Refusal
            429 if there were too many.
        """
        item = self._items[what]
        try:
            if self._limiter.hit(item, what, who):
                return
            reset = self._limiter.get_window_stats(item, what, who).reset_time
        except Exception as error:
            _log.warning("requests are not counted: %s", type(error).__name__)
            return
        wait = max(1, math.ceil(reset - time.time()))
        raise Refusal(429, f"more than {item}: come again in {wait} seconds", wait)
