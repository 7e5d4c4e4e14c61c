import logging
import socket
import time

import pytest

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.limits import RateLimits

pytestmark = pytest.mark.xdist_group("servers")


def test_services_share_their_limits_through_redis(redis):
    storage = f"redis://127.0.0.1:{redis}/1"
    first, second = (RateLimits("3/minute", "2/minute", storage) for _ in range(2))
    first.count("all", "key")
    second.count("all", "key")
    first.count("all", "key")
    with pytest.raises(Refusal, match="more than 3 per 1 minute") as caught:
        second.count("all", "key")
    assert int(caught.value.headers["Retry-After"]) <= 60
    second.count("all", "other")
    RateLimits("3/minute", "2/minute", "memory://").count("all", "key")


def test_a_redis_that_does_not_answer_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        limits = RateLimits("1/minute", "1/minute", f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        begun = time.monotonic()
        limits.count("all", "key")
        assert time.monotonic() - begun < 4


def test_where_redis_is_away_requests_pass_and_the_log_says_so(caplog):
    limits = RateLimits("1/minute", "1/minute", "redis://:hunter2@127.0.0.1:1/0")
    with caplog.at_level(logging.WARNING, "melodyai.api"):
        for _ in range(3):
            limits.count("all", "key")
    assert "requests are not counted" in caplog.text
    assert "hunter2" not in caplog.text
