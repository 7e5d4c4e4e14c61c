"""The service as a process, over loopback, and what can be said to it without an HTTP client."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit


class Served:
    """A running ``melodyai serve``, with a folder of its own."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.errors = folder / "log"
        named = {f"MELODYAI_{name.upper()}": str(value) for name, value in settings.items()}
        usual = {
            "MELODYAI_HOME": str(folder / "corpora"),
            "MELODYAI_DATA_FOLDER": str(folder / "service"),
            "MELODYAI_RATINGS_FILE": str(folder / "ratings.sqlite"),
        }
        self.environment = {**os.environ, **usual, **named}
        command = [sys.executable, "-m", "melodyai_edu.cli", "serve", "--port", "0"]
        with self.errors.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self.address = self._address()
        self.port = urlsplit(self.address).port

    def _address(self) -> str:
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            for line in self.log.splitlines():
                message = json.loads(line)["message"]
                if "running on" in message:
                    return message.split()[3]
            time.sleep(0.05)
        raise AssertionError(self.log)

    @property
    def log(self) -> str:
        """What it wrote down so far, whole lines only."""
        return self.errors.read_text(encoding="utf-8").rpartition("\n")[0]

    def key(self, scopes: str = "read,compose,rate") -> str:
        """Make a key, as its owner does."""
        command = [sys.executable, "-m", "melodyai_edu.cli", "keys", "create", "x"]
        return subprocess.run(
            [*command, "--scopes", scopes],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def children(self) -> list[int]:
        """Every process of its group, as Linux lists them; the service itself too."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[2]) == self.process.pid and words[0] != "Z":
                found.append(int(folder.name))
        return found

    def files(self) -> int:
        """How many files and connections it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def megabytes(self) -> float:
        """Memory of the service's own process, without its workers."""
        text = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8")
        return int(text.split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

    def stop(self, by: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does, the whole group; give the status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, by)
        return self.process.wait(30)

    def is_gone(self) -> bool:
        """Whether none of its processes is left, after some seconds."""
        end = time.monotonic() + 10
        while self.children() and time.monotonic() < end:
            time.sleep(0.1)
        return self.children() == []

    def connect(self, seconds: float = 20.0) -> socket.socket:
        """Open a connection on which anything can be said."""
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def say(self, *parts: bytes, pause: float = 0.0, seconds: float = 20.0) -> bytes:
        """Send parts, one after the other, and give all that is answered until it hangs up."""
        with self.connect(seconds) as line:
            try:
                for part in parts:
                    line.sendall(part)
                    time.sleep(pause)
            except OSError:  # it hung up before everything was said
                pass
            return heard(line)


def heard(line: socket.socket) -> bytes:
    """Read until the other side hangs up, or says nothing any more."""
    found = b""
    try:
        while data := line.recv(65_536):
            found += data
    except OSError:
        pass
    return found


def statuses(answer: bytes) -> list[int]:
    """Give the statuses of all answers that came over one connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]
