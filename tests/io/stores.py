"""Object stores on this computer, as processes.

Both servers are what developers use in place of the real ones: moto for S3, gcp-storage-emulator
for Google's.
"""

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
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
ENDPOINT = {"s3": "AWS_ENDPOINT_URL_S3", "gs": "STORAGE_EMULATOR_HOST"}


@contextlib.contextmanager
def serving(protocol: str) -> Iterator[int]:
    """Run a store until the block ends, with one bucket; give its port."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port = opened.getsockname()[1]
    if protocol == "s3":
        command = ["moto.server", "-H", "127.0.0.1", "-p", str(port)]
    else:
        command = ["gcp_storage_emulator", "start", "-H", "127.0.0.1", "--port", str(port)]
        command += ["-q", "-M", "--default-bucket", BUCKET]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **KEYS},
    )
    try:
        _wait_for(process, port)
        if protocol == "s3":
            url = f"http://127.0.0.1:{port}/{BUCKET}"
            urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=30).close()
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("the store did not start")
        time.sleep(0.05)
