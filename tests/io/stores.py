"""Object stores on this computer: moto's S3 server and the GCS emulator, as processes."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

BUCKET = "music"
#: What the clients need to know; the keys are no secrets, moto takes any.
S3_KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


@contextlib.contextmanager
def serving(command: list[str], port: int) -> Iterator[int]:
    """Run a server until the block ends; wait until it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **S3_KEYS},
    )
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def moto() -> Iterator[int]:
    port = free_port()
    with serving(["moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request, timeout=20).read()
        yield port


@contextlib.contextmanager
def google() -> Iterator[int]:
    port = free_port()
    command = ["gcp_storage_emulator", "start", "-H", "127.0.0.1", "--port", str(port)]
    with serving([*command, "-q", "-M", "--default-bucket", BUCKET], port):
        yield port
