"""Run a parser in a child process that can be stopped, starved and thrown away.

Conventions
-----------
A child is started once and used again for the next file. It gets limits on memory, processor time
and the size of files that it writes (where the system has them), a clock on the wall, and a
temporary folder of its own. Whatever goes wrong inside (a crash, a hang, an exception that nobody
foresaw) comes out as one `InputError`. The answer of a child may hold our own frozen values and
plain Python data, nothing else: it is never trusted to name code.

Contents
--------
run_limited, close_children, send, receive
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import is_dataclass
from io import BytesIO
from typing import Any, BinaryIO, TypeVar, cast

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits

__all__ = ["close_children", "receive", "run_limited", "send"]

_Result = TypeVar("_Result")

_LENGTH = struct.Struct("<Q")
#: After so many files a child is replaced, so that nothing it leaks can add up.
_JOBS_PER_CHILD = 1_000
_START_SECONDS = 120.0
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from melodyai_edu.io.sandbox_child import serve; serve()"
)


class _AnswerUnpickler(pickle.Unpickler):
    """Accepts the dataclasses of this package and no other class or function."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("melodyai_edu.") and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and is_dataclass(found):
                return found
        raise pickle.UnpicklingError(f"the answer names {module}.{name}")


class _Died(Exception):
    """The child is gone; the text says why, as far as the system tells."""


class _Child:
    """One worker process and the two pipes to it."""

    def __init__(self) -> None:
        self.scratch = tempfile.mkdtemp(prefix="melodyai-")  # mode 0700
        self.jobs = 0
        paths = json.dumps([path or os.getcwd() for path in sys.path])  # noqa: PTH109
        temporary = {name: self.scratch for name in ("TMPDIR", "TEMP", "TMP")}
        # One thread each: threads of a numeric library would eat the address space.
        single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, paths, self.scratch],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **temporary, **single},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._pipes = (
            cast("BinaryIO", self.process.stdin),
            cast("BinaryIO", self.process.stdout),
        )
        try:
            self.ask(None, _START_SECONDS)
        except BaseException:
            self.close()
            raise

    def ask(self, question: Any, seconds: float) -> tuple[str, Any]:
        """Send one question and wait for its answer, at most so many seconds."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(pickle.dumps(question))
        except (OSError, EOFError) as error:
            code = self.process.wait()
            raise _Died(_cause_of_death(code, seconds if late.is_set() else None)) from error
        finally:
            timer.cancel()

    def _exchange(self, question: bytes) -> tuple[str, Any]:
        self.jobs += 1
        send(self._pipes[0], question)
        answer: tuple[str, Any] = _AnswerUnpickler(BytesIO(receive(self._pipes[1]))).load()
        return answer

    def close(self) -> None:
        """End the process and remove its temporary folder."""
        self.process.kill()
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.close()
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


def _cause_of_death(code: int, seconds: float | None) -> str:
    """Name what ended a child, from its exit code or the time after which we stopped it."""
    if seconds is not None:
        return f"reading it took longer than {seconds:g} seconds"
    if sys.platform != "win32":
        import signal

        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"reading it took more than {limits.CHILD_CPU_SECONDS} seconds of computing"
    return f"the reading program crashed on it (exit code {code})"


def send(pipe: BinaryIO, message: bytes) -> None:
    """Write one message behind its length."""
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes:
    """Read one message, or raise EOFError where the other side is gone."""
    header = pipe.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    message = pipe.read(length)
    if len(message) < length:
        raise EOFError
    return message


_lock = threading.Lock()
_idle: list[_Child] = []
_owner = os.getpid()


def _take() -> _Child:
    """Give an idle child, or a new one; after a fork the parent's children are not ours."""
    global _owner
    with _lock:
        if _owner != os.getpid():
            _idle.clear()
            _owner = os.getpid()
        while _idle:
            child = _idle.pop()
            if child.process.poll() is None:
                return child
            child.close()
    return _Child()


def _give_back(child: _Child) -> None:
    with _lock:
        if child.jobs < _JOBS_PER_CHILD and len(_idle) < (os.cpu_count() or 1):
            _idle.append(child)
            return
    child.close()


def close_children() -> None:
    """End all idle children; the next file starts a new one."""
    with _lock:
        children = list(_idle) if _owner == os.getpid() else []
        _idle.clear()
    for child in children:
        child.close()


atexit.register(close_children)


def run_limited(
    function: Callable[..., _Result], *args: Any, seconds: float | None = None
) -> _Result:
    """Call a function in a child process with limits.

    Parameters
    ----------
    function : callable
        At the top level of an importable module. It may return dataclasses of this package and
        plain Python data.
    *args : object
        Anything that can be pickled.
    seconds : float, optional [seconds]
        How long to wait; ``CHILD_WALL_SECONDS`` when left out.

    Returns
    -------
    result : object
        What the function returned.

    Raises
    ------
    InputError
        If the function raised anything, crashed, hung, or used too much memory or time. The
        message does not name the file; the caller, who knows it, puts it in front.

    Examples
    --------
    >>> import math
    >>> run_limited(math.isqrt, 49)
    7
    """
    try:
        child = _take()
    except (OSError, _Died) as error:
        raise InputError(f"the process that reads files did not start ({error})") from error
    question = (function.__module__, function.__qualname__, args)
    try:
        kind, answer = child.ask(question, seconds or limits.CHILD_WALL_SECONDS)
    except (_Died, pickle.UnpicklingError) as error:
        child.close()
        raise InputError(f"{error}; the file is damaged or built to do harm") from error
    except BaseException:  # an interrupt from the keyboard: the child may still be at work
        child.close()
        raise
    if kind == "memory":
        child.close()
    else:
        _give_back(child)
    if kind != "result":
        raise InputError(answer)
    return cast("_Result", answer)
