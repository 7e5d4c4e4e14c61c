"""The other side of the sandbox: what runs inside the child process.

Conventions
-----------
The child answers until its parent is gone. It never reads the parent's notebook or script.

Contents
--------
serve
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import shutil
import signal
import sys
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.sandbox import receive, send

try:
    import resource
except ImportError:  # Windows has only the clock on the wall
    resource = None  # type: ignore[assignment]

__all__ = ["serve"]


def _lower(kind: int, value: int) -> None:
    """Lower one soft limit, as far as the system and its hard limit allow."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    # macOS refuses some limits: the clock on the wall remains.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (value, hard))


def _address_space() -> int:
    """Measure the address space in use [bytes]; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _limit_job() -> None:
    """Give the next file its share of processor time and memory on top of what is used up."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _lower(resource.RLIMIT_CPU, spent + limits.CHILD_CPU_SECONDS)
    in_use = _address_space()
    if in_use:
        _lower(resource.RLIMIT_AS, in_use + limits.CHILD_MEMORY_BYTES)


def _resolve(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _answer(question: Any) -> tuple[str, Any]:
    """Run one job; whatever happens becomes an answer."""
    try:
        module, name, args = question
        function = _resolve(module, name)
        _limit_job()
        return "result", function(*args)
    except InputError as error:
        return "error", str(error)
    except MemoryError:
        limit = limits.CHILD_MEMORY_BYTES // 1_000_000
        return "memory", f"reading it needs more than {limit} MB of memory; split the file"
    except RecursionError:
        return "error", "it is nested too deeply to be music; the file is damaged"
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        return "error", f"its contents make no sense ({type(error).__name__}: {text})"


def _pack(answer: tuple[str, Any]) -> bytes:
    try:
        return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps(("memory", "what was read is too large for the memory; split the file"))


def serve() -> None:
    """Answer questions from standard input until it closes.

    Meant for `melodyai_edu.io.sandbox` alone. Takes over standard output: what a library prints
    goes nowhere.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    if resource is not None:
        _lower(resource.RLIMIT_FSIZE, limits.CHILD_FILE_BYTES)
        _lower(resource.RLIMIT_CORE, 0)
    try:
        send(answers, pickle.dumps(("result", None)))
        receive(sys.stdin.buffer)
        while True:
            question = pickle.loads(receive(sys.stdin.buffer))  # from our own parent
            send(answers, _pack(_answer(question)))
    except (EOFError, OSError):
        pass
    finally:
        shutil.rmtree(sys.argv[2], ignore_errors=True)
        os._exit(0)
