"""The service as a process, over loopback."""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import melodyai_edu as mai
from melodyai_edu import cli_serve
from melodyai_edu.cli import main

JIG = {"genre": "jig", "key": "D major", "bars": 8, "seed": 7, "model": "ngram"}


#: Takes seconds, even where everything is loaded.
LONG = {**JIG, "genre": "reel", "bars": 128, "arrangement": "bossa nova", "counter_melody": True}


def cancelled_jobs(client):
    found = re.search(
        r'jobs_total\{kind="compose",state="cancelled"\} (\d+)', client.get("/metrics").text
    )
    return int(found[1]) if found else 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are counted as Linux lists them")
def test_a_service_from_its_start_to_its_end(start, tmp_path):
    served = start(tmp_path, queue_size=1, answer_seconds=60, answer_bars=128)
    client = httpx.Client(base_url=served.address, timeout=90)
    made = client.post("/v1/compositions", json=JIG)
    assert made.status_code == 201, made.text
    mai.compose(**JIG).save(tmp_path / "python.mid")
    served_bytes = client.get(made.json()["links"]["mid"]).content
    assert served_bytes == (tmp_path / "python.mid").read_bytes()

    later = {"Prefer": "respond-async"}
    answers = [client.post("/v1/compositions", json=LONG, headers=later) for _ in range(4)]
    accepted = [answer for answer in answers if answer.status_code == 202]
    full = [answer for answer in answers if answer.status_code == 503]
    assert accepted, answers[0].text
    assert full
    assert all(int(answer.headers["retry-after"]) > 0 for answer in full)
    assert client.get("/healthz").status_code == 200
    for answer in accepted:
        cancelled = client.delete(answer.headers["location"]).json()
        assert cancelled["state"] in ("cancelled", "done")

    before = cancelled_jobs(client)
    with pytest.raises(httpx.ReadTimeout):  # who leaves has cancelled
        httpx.post(f"{served.address}/v1/compositions", json={**LONG, "seed": 2}, timeout=0.3)
    end = time.monotonic() + 20
    while cancelled_jobs(client) == before and time.monotonic() < end:
        time.sleep(0.05)
    assert cancelled_jobs(client) == before + 1
    melody = {"melody": ("melody.mid", served_bytes)}
    assert client.post("/v1/harmonisations", files=melody, data={"style": "folk"}).is_success
    assert len(served.children()) > 1
    assert served.stop() in (0, 130, -2)
    assert served.is_gone()
    assert "Traceback" not in served.log
    assert JIG["key"] not in served.log


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are counted as Linux lists them")
def test_what_was_accepted_is_done_after_a_restart(start, tmp_path):
    first = start(tmp_path, queue_size=8)
    later = {"Prefer": "respond-async"}
    places = []
    for seed in range(3):
        body = {**JIG, "seed": seed, "bars": 4}
        answer = httpx.post(f"{first.address}/v1/compositions", json=body, headers=later)
        assert answer.status_code == 202
        places.append(answer.headers["location"])
    first.stop(signal.SIGKILL)
    assert first.is_gone()
    second = start(tmp_path, answer_bars=128, answer_seconds=60)
    end = time.monotonic() + 60
    states = []
    while time.monotonic() < end and states != ["done"] * 3:
        states = [httpx.get(second.address + place).json()["state"] for place in places]
        time.sleep(0.1)
    assert states == ["done"] * 3
    with ThreadPoolExecutor() as threads:  # who waits at the end is told where to ask later
        waiting = threads.submit(
            httpx.post, f"{second.address}/v1/compositions", json=LONG, timeout=60
        )
        time.sleep(0.5)
        os.kill(second.process.pid, signal.SIGTERM)
        answer = waiting.result()
    assert answer.status_code in (201, 202), answer.text
    assert second.process.wait(30) in (0, -15)
    assert second.is_gone()
    assert "Traceback" not in second.log


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "needs auth='keys'"),
        (["--port", "99999"], "port=99999"),
        (["--settings", "none.toml"], "there is no such file"),
    ],
)
def test_a_wrong_setting_ends_it_at_once(capsys, arguments, sentence):
    assert main(["serve", *arguments]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("error", [TypeError, OSError, AttributeError])
def test_heaps_are_joined_only_where_a_system_can(error, monkeypatch):
    """Windows, a system without the library, and a library without the function."""

    def refuse(_):
        raise error

    monkeypatch.setattr(cli_serve.ctypes, "CDLL", refuse)
    cli_serve._keep_memory_together()
