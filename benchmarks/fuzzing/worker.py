"""The process in which damaged files are read: under limits, and ended when one takes too long.

A case may use 512 MB of address space on top of what the process had, and ten seconds by the clock.
What comes of it is a `Verdict`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

MEMORY_BYTES, SECONDS = 512_000_000, 10.0
#: This share of the cases goes through the very function with its child process.
PUBLIC_SHARE = 0.02
START_SECONDS = 300.0
#: What the sandbox says where one of our readers raised something it should not have.
SANDBOX_CAUGHT = ("make no sense (", "crashed on it", "took longer than", "seconds of computing",
                  "nested too deeply to be music", "MB of memory")  # fmt: skip
VIOLATIONS = ("crash", "hang", "memory", "untyped", "misread")


@dataclass(frozen=True)
class Verdict:
    """What became of a case: ``read``, ``refused``, or one of ``VIOLATIONS``.

    Parameters
    ----------
    what, why : str
    seconds : float
    peak : int [bytes]
        By how much the process grew at most.
    warnings : int
        That came out.
    is_public : bool
        Whether it was read in the child process of a child process, as users do.
    """

    what: str
    why: str = ""
    seconds: float = 0.0
    peak: int = 0
    warnings: int = 0
    is_public: bool = False

    @property
    def is_violation(self) -> bool:
        """Whether this must not be."""
        return self.what in VIOLATIONS


# -- inside the child


def _status(name: str) -> int:
    """Read a size of this process [bytes]."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def _origin(error: BaseException) -> str:
    """Name the innermost line of ours that an error passed."""
    place, trace = "", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "melodyai_edu" in name:
            place = f"{name.rpartition('melodyai_edu/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _read(read: Any, file: Path) -> tuple[str, str]:
    """Read a file and name what comes out."""
    from melodyai_edu.errors import MelodyAIError

    try:
        read(file)
    except MelodyAIError as error:
        text = str(error)
        if any(cause in text for cause in SANDBOX_CAUGHT):
            return "untyped", text[:300]
        return ("refused", type(error).__name__) if text else ("untyped", "an error without words")
    except MemoryError as error:
        return "memory", f"MemoryError at {_origin(error)}"
    except BaseException as error:
        if type(error).__name__ == "Refusal":  # the service's own answer to a bad request
            return "refused", "Refusal"
        return "untyped", f"{type(error).__name__}: {str(error)[:200]} at {_origin(error)}"
    return "read", ""


def judge(
    kind: Any, data: bytes, *, must_be_refused: bool, is_public: bool, is_limited: bool = True
) -> Verdict:
    """Read one damaged file under limits."""
    from fuzzing.readers import in_this_process

    folder = Path(tempfile.mkdtemp())
    try:
        (folder / kind.file).write_bytes(data)
        around = contextlib.nullcontext() if is_public else in_this_process()
        with around, warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            before = _limit_memory() if is_limited else 0
            start = time.perf_counter()
            what, why = _read(kind.read, folder / kind.file)
            seconds = time.perf_counter() - start
            peak = _status("VmHWM") - before
            _allow(resource.RLIM_INFINITY)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if what == "read" and must_be_refused:
        what, why = "misread", "the beginning of a file was taken for the whole"
    return Verdict(what, why, seconds, peak, len(said), is_public)


def _limit_memory() -> int:
    """Allow so much memory on top of what is in use; give what is resident."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    _allow(_status("VmSize") + MEMORY_BYTES)
    return _status("VmRSS")


def _allow(size: int) -> None:
    """Limit the address space of this process."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size if hard < 0 or size < hard else hard, hard))


def serve() -> None:
    """Judge what is asked for, a line of JSON each, until nobody asks."""
    from fuzzing.kinds import KINDS

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stderr = os.fdopen(os.dup(2), "w")
    os.dup2(1, 2)  # what decoders write there
    prepared = set()
    for number, line in enumerate(sys.stdin):
        asked = json.loads(line)
        kind = KINDS[asked["kind"]]
        if asked["kind"] not in prepared:
            _prepare(asked["kind"])
            prepared.add(asked["kind"])
        if "file" in asked:
            data, must_be_refused, is_public = Path(asked["file"]).read_bytes(), False, False
        else:
            case = kind.case(asked["seed"], asked["number"])
            data, must_be_refused = case.data, case.must_be_refused
            is_public = Random(f"public {asked}").random() < PUBLIC_SHARE
        print("begin", file=answers, flush=True)
        verdict = judge(kind, data, must_be_refused=must_be_refused, is_public=is_public)
        print(json.dumps(asdict(verdict)), file=answers, flush=True)
        if number % 200 == 0:
            gc.collect()


def _prepare(name: str) -> None:
    """Read a good file of a kind, so that no case pays for what is loaded once."""
    from fuzzing.kinds import KINDS

    kind = KINDS[name]
    _ = kind.whole_files
    verdict = judge(kind, kind.good[0], must_be_refused=False, is_public=False, is_limited=False)
    if verdict.what != "read":
        raise SystemExit(f"the good file of {name} is not read: {verdict}")


# -- in the parent


class Worker:
    """A child that judges cases; a new one takes its place after a crash or a hang."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._heard = b""
        self._folder = tempfile.mkdtemp(prefix="fuzz-")

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def judge(self, kind: str, seed: int, number: int) -> Verdict:
        """Judge a case."""
        return self._ask({"kind": kind, "seed": seed, "number": number})

    def judge_file(self, kind: str, file: Path) -> Verdict:
        """Judge a file as it lies there."""
        return self._ask({"kind": kind, "file": str(file)})

    def _ask(self, question: dict[str, Any]) -> Verdict:
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps(question).encode() + b"\n")
        process.stdin.flush()
        if not self._line(START_SECONDS):
            raise RuntimeError(f"the child could not make {question}")
        start = time.perf_counter()
        line = self._line(SECONDS)
        if line:
            verdict = Verdict(**json.loads(line))
            if verdict.what == "memory":
                self._end()
            return verdict
        seconds = time.perf_counter() - start
        is_late = process.poll() is None and seconds >= SECONDS
        self._end()
        if is_late:
            return Verdict("hang", f"no answer for {SECONDS:g} seconds", seconds)
        return Verdict("crash", f"the process ended with status {process.returncode}", seconds)

    def _line(self, seconds: float) -> str:
        """Wait for a line, at most so long; empty where none comes."""
        assert self._process is not None
        assert self._process.stdout is not None
        pipe, end = self._process.stdout.fileno(), time.monotonic() + seconds
        while b"\n" not in self._heard:
            ready, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
            block = os.read(pipe, 65_536) if ready else b""
            if not block:
                return ""
            self._heard += block
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode()

    def _start(self) -> subprocess.Popen[bytes]:
        here = Path(__file__).parents[1]
        single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        paths = os.pathsep.join([str(here), *filter(None, sys.path)])
        self._heard = b""
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from fuzzing.worker import serve; serve()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env={**os.environ, **single, "PYTHONPATH": paths, "TMPDIR": self._folder,
                 "MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )  # fmt: skip
        return self._process

    def _end(self) -> None:
        """End the child, and the child that it may have."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        for left in Path(self._folder).iterdir():
            shutil.rmtree(left, ignore_errors=True)
