"""A service that is ended while many ask: what was accepted is never lost."""

import os
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc").is_dir(), reason="processes are counted as Linux lists them"
    ),
]
CLIENTS = 8


class Asker(threading.Thread):
    """Asks for pieces until nobody answers, and remembers what it was told."""

    def __init__(self, address, number):
        super().__init__()
        self.address, self.number = address, number
        self.made, self.accepted, self.statuses = {}, {}, []
        self.start()

    def run(self):
        seed = self.number
        with httpx.Client(base_url=self.address, timeout=60) as client:
            while True:
                seed += CLIENTS
                body = {"genre": "jig", "bars": 2, "seed": seed, "model": "ngram"}
                later = {"Prefer": "respond-async"} if self.number % 2 else {}
                try:
                    answer = client.post("/v1/compositions", json=body, headers=later)
                except httpx.HTTPError:
                    return
                self.statuses.append(answer.status_code)
                kept = {201: self.made, 202: self.accepted}.get(answer.status_code, {})
                kept[answer.json().get("id")] = seed
                time.sleep(0.05 if answer.is_success else 0.2)


def besieged(served, by, seconds):
    """Have many ask, end the service in the middle of it, and give what they were told."""
    askers = [Asker(served.address, number) for number in range(CLIENTS)]
    time.sleep(seconds)
    if by == signal.SIGKILL:  # as when the machine goes: all at once
        os.killpg(served.process.pid, by)
    else:  # as a container is ended
        os.kill(served.process.pid, by)
    served.process.wait(30)
    for asker in askers:
        asker.join(60)
    assert served.is_gone()
    made = {name: seed for asker in askers for name, seed in asker.made.items()}
    accepted = {name: seed for asker in askers for name, seed in asker.accepted.items()}
    statuses = {status for asker in askers for status in asker.statuses}
    return made, accepted, statuses


def check_all(address, made, accepted):
    """See that every piece is there, and every job comes to its piece."""
    with httpx.Client(base_url=address, timeout=60) as client:
        end = time.monotonic() + 120
        for name, seed in accepted.items():
            while (job := client.get(f"/v1/jobs/{name}").json())["state"] in ("queued", "running"):
                assert time.monotonic() < end, job
                time.sleep(0.05)
            assert job["state"] == "done", job
            made = {**made, job["piece"]: seed}
        for name, seed in made.items():
            assert client.get(f"/v1/compositions/{name}").json()["request"]["seed"] == seed
            assert client.get(f"/v1/compositions/{name}.mid").content.startswith(b"MThd")
    return len(made)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_accepted_is_never_lost(start, tmp_path, by):
    settings = {"queue_size": 6, "compose_limit": "100000/minute", "rate_limit": "100000/minute"}
    made, accepted = {}, {}
    for seconds in (4.0, 2.0):
        served = start(tmp_path, answer_seconds=1.0, **settings)
        found, jobs, statuses = besieged(served, by, seconds)
        made, accepted = {**made, **found}, {**accepted, **jobs}
        assert statuses <= {201, 202, 503}
        if by == signal.SIGTERM:
            assert served.process.returncode in (0, -signal.SIGTERM)
        assert "Traceback" not in served.log
        assert '"status": 500' not in served.log
    assert accepted
    last = start(tmp_path, **settings)
    assert check_all(last.address, made, accepted) >= len(accepted)
    last.stop()
