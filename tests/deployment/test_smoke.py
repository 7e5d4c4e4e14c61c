"""smoke_test.sh against the service itself, and against one that only looks like it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import ThreadingHTTPServer

import pytest

from melodyai_edu.cli import main

from .impostor import Impostor
from .places import SCRIPTS, ran, system_tool

SMOKE = SCRIPTS / "smoke_test.sh"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A service with keys, as a process; and its keys, as files."""
    system_tool("curl", "curl")
    folder = tmp_path_factory.mktemp("service")
    environment = {
        **os.environ, "MELODYAI_HOME": str(folder / "home"), "MELODYAI_AUTH": "keys",
        "MELODYAI_DATA_FOLDER": str(folder / "data"),
        "MELODYAI_RATINGS_FILE": str(folder / "ratings.sqlite"),
    }  # fmt: skip
    keys = {name: make_key(folder / name, name, environment) for name in ("caller", "metrics")}
    command = [sys.executable, "-m", "melodyai_edu.cli", "serve", "--port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, start_new_session=True)
    yield address(process, folder / "log"), keys
    os.killpg(process.pid, signal.SIGINT)
    process.wait(30)


def make_key(file, name, environment):
    scopes = "metrics" if name == "metrics" else "read,compose,rate"
    with pytest.MonkeyPatch.context() as patch, file.open("w", encoding="utf-8") as out:
        for key, value in environment.items():
            patch.setenv(key, value)
        patch.setattr(sys, "stdout", out)
        assert main(["keys", "create", name, "--scopes", scopes]) == 0
    return file


def address(process, log):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)["message"]
            if "running on" in message:
                return message.split()[3]
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def test_a_service_that_is_well(served):
    url, keys = served
    done = ran(SMOKE, url, "--key-file", keys["caller"], "--metrics-key-file", keys["metrics"])
    assert done.returncode == 0, done.stderr
    for text in ("no piece without a key", "one seed, one piece", "sound", "a rating", "figures"):
        assert f"ok: {text}" in done.stderr
    for file in keys.values():
        assert file.read_text(encoding="utf-8").strip() not in done.stdout + done.stderr


def test_without_a_key_it_says_what_it_did_not_try(served):
    url, _ = served
    done = ran(SMOKE, url)
    assert done.returncode == 0, done.stderr
    assert "not tried: composing" in done.stderr
    assert "ok: no piece without a key" in done.stderr


def test_a_wrong_key_is_a_failure(served, tmp_path):
    (tmp_path / "key").write_text("mai_wrong", encoding="utf-8")
    done = ran(SMOKE, served[0], "--key-file", tmp_path / "key")
    assert done.returncode == 1
    assert "status 401, not 201|202" in done.stderr


def test_where_nobody_answers():
    done = ran(SMOKE, "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "no answer from http://127.0.0.1:1" in done.stderr
    assert ran(SMOKE, "elsewhere").returncode == 2


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("", ""),
        ("fickle", "one seed gave two pieces"),
        ("deaf", "two seeds gave one piece"),
        ("mute", "no MIDI file"),
        ("careless", "status 201, not 422"),
        ("uncounted", "/metrics has no melodyai_requests_total"),
        ("busy", "it takes work: status 404, not 200"),
    ],
)
def test_a_planted_fault_is_found(fault, message):
    handler = type("Planted", (Impostor,), {"fault": fault})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        done = ran(SMOKE, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert done.returncode == (1 if fault else 0), done.stderr
    assert message in done.stderr
