"""A student's program from outside: start it behind walls, watch it, ask it, end it.

Conventions
-----------
Whatever happens to it (it hangs, dies, floods, multiplies) comes out as one `KernelEnd` with a
typed reason. When `StudentKernel.close` returns, none of its processes is left where the system
has process namespaces, and none that can be found elsewhere.

Contents
--------
REASONS, KernelEnd, StudentKernel
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from melodyai_edu.checks.grading_limits import Limits, Walls, processes_below
from melodyai_edu.checks.grading_values import pack_question, unpack_answer
from melodyai_edu.errors import InputError, MelodyAIError
from melodyai_edu.io.sandbox import send

__all__ = ["REASONS", "KernelEnd", "StudentKernel"]

#: Why a notebook was ended, for people.
REASONS = {
    "time": "it took longer than {0.seconds:g} seconds",
    "cell": "a cell took longer than {0.cell_seconds:g} seconds and could not be stopped",
    "memory": "it used more than {0.memory:,} bytes of memory",
    "processes": "it started more than {0.processes} processes",
    "output": "it printed more than {0.output:,} bytes",
    "died": "its Python process ended",
    "nonsense": "its Python process answered what no answer is",
}
_GRACE, _START_SECONDS, _PAUSE = 5.0, 120.0, 0.1
_LARGEST_ANSWER = 2_000_000
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from melodyai_edu.checks.grading_child import serve; serve()"
)
#: What of the teacher's environment a student's program gets: no keys and no addresses.
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ")


class KernelEnd(Exception):
    """A student's program was ended, or ended by itself.

    Parameters
    ----------
    reason : str
        A name in ``REASONS``.
    text : str
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason


class StudentKernel:
    """One program for one notebook; use it in a ``with`` statement.

    Parameters
    ----------
    limits : Limits
    walls : Walls
    profile : str
        The value of ``MELODYAI_PROFILE`` inside.
    """

    def __init__(self, limits: Limits, walls: Walls, profile: str) -> None:
        self.limits, self.walls = limits, walls
        self.open_doors: list[str] = []
        self._ended = ""
        self._printed = 0
        self._scratch = Path(tempfile.mkdtemp(prefix="melodyai-grade-"))
        self._process = self._start(profile)
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=each, daemon=True)
                         for each in (self._drain, self._watch)]  # fmt: skip
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> StudentKernel:
        try:
            self.open_doors = list(self._answer(_START_SECONDS, "ready"))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, profile: str) -> subprocess.Popen[bytes]:
        for name in ("work", "home", "tmp"):
            (self._scratch / name).mkdir()
        inward, self._to = os.pipe()
        self._from, outward = os.pipe()
        facts = {
            "limits": asdict(self.limits),
            "scratch": str(self._scratch),
            "walled": bool(self.walls.command),
        }
        paths = json.dumps([str(Path(path or ".").resolve()) for path in sys.path])
        program = [sys.executable, "-c", _START, paths, str(inward), str(outward)]
        try:
            return subprocess.Popen(
                [*self.walls.command, *program, json.dumps(facts)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(inward, outward),
                env=self._environment(profile),
                cwd=self._scratch / "work",
                start_new_session=True,
            )
        finally:
            os.close(inward)
            os.close(outward)

    def _environment(self, profile: str) -> dict[str, str]:
        home, temporary = str(self._scratch / "home"), str(self._scratch / "tmp")
        own = {name: os.environ[name] for name in _KEPT if name in os.environ}
        folders = dict.fromkeys(("HOME", "MELODYAI_HOME", "IPYTHONDIR", "MPLCONFIGDIR"), home)
        temporaries = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "NUMBA_CACHE_DIR"), temporary)
        words = {"MELODYAI_PROFILE": profile, "MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
        return own | folders | temporaries | words | {"PYTHONDONTWRITEBYTECODE": "1"}

    def ask(self, kind: str, content: Any) -> Any:
        """Ask the program one thing and wait for its answer.

        Parameters
        ----------
        kind : str
            ``"run"``, ``"look"``, ``"call"`` or ``"print"``.
        content : object

        Returns
        -------
        answer : object

        Raises
        ------
        KernelEnd
            If it does not answer.
        InputError
            If the answer cannot travel; the text says why.
        Exception
            What the student's own code raised, as an error of the same name.
        """
        data = pack_question((kind, content))
        try:
            with os.fdopen(os.dup(self._to), "wb") as pipe:
                send(pipe, data)
        except OSError:
            raise self._end("died") from None
        return self._answer(self.limits.cell_seconds + _GRACE, kind)

    def _answer(self, seconds: float, kind: str) -> Any:
        data = self._read(seconds)
        try:
            found, content = unpack_answer(data)
        except Exception as error:
            if kind not in ("look", "call"):
                raise self._end("nonsense") from error
            raise InputError(f"your answer cannot be looked at: {error}") from error
        if found == "odd":
            raise InputError(f"your answer cannot be looked at: {content}")
        if found == "raised":
            raise _raised(*content)
        if found != {"run": "ran"}.get(kind, kind):
            raise self._end("nonsense")
        return content

    def _read(self, seconds: float) -> bytes:
        """Read one message; a stranger writes it, so neither its length nor its end is believed."""
        until = time.monotonic() + seconds
        length = int.from_bytes(self._read_bytes(8, until), "little")
        if length > _LARGEST_ANSWER:
            raise self._end("nonsense")
        return self._read_bytes(length, until)

    def _read_bytes(self, number: int, until: float) -> bytes:
        data = b""
        while len(data) < number:
            ready, _, _ = select.select([self._from], [], [], _PAUSE)
            if self._ended or time.monotonic() > until:
                raise self._end(self._ended or "cell")
            if ready:
                more = os.read(self._from, min(number - len(data), 65_536))
                if not more:
                    self._threads[0].join(1)  # what it printed at last may say why
                    raise self._end(self._ended or "died")
                data += more
        return data

    def _end(self, reason: str) -> KernelEnd:
        self._kill()
        return KernelEnd(reason, REASONS[reason].format(self.limits))

    def _drain(self) -> None:
        """Read away what is printed, and count it."""
        pipe = self._process.stdout
        while pipe is not None and (text := os.read(pipe.fileno(), 65_536)):
            self._printed += len(text)
            if self._printed > self.limits.output and not self._ended:
                self._ended = "output"
                self._kill()

    def _watch(self) -> None:
        """Look at the clock, and at all its processes, ten times a second."""
        while self._process.poll() is None and not self._ended:
            tree = processes_below(self._process.pid)
            if time.monotonic() - self._began > self.limits.seconds:
                self._ended = "time"
            elif sum(tree.values()) > self.limits.memory:
                self._ended = "memory"
            elif len(tree) > self.limits.processes:
                self._ended = "processes"
            if self._ended:
                self._kill()
            time.sleep(_PAUSE)

    def _kill(self) -> None:
        """End all processes; behind walls the end of the first one ends all others."""
        for _ in range(20):
            below = processes_below(self._process.pid)
            with contextlib.suppress(OSError):
                self._process.kill()
            for pid in below:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not below:
                break
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the program and remove its folders."""
        self._ended = self._ended or "died"
        self._kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                os.close(pipe)
        for thread in self._threads:
            thread.join(2)
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def _raised(name: str, text: str, is_ours: bool, reason: str) -> Exception:
    """Make an error like the one that the student's code raised; its note says what to tell."""
    error = MelodyAIError(str(text)) if is_ours else _like(name, text)
    error.add_note(str(reason))
    return error


def _like(name: str, text: str) -> Exception:
    kind = getattr(builtins, str(name), None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        with contextlib.suppress(TypeError):  # some want more than a text
            return kind(str(text))
    return RuntimeError(f"{name}: {text}")
