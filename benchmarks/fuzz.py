"""Damage good files of every kind we read, very many times, and look at what comes of it.

Each case is one file, damaged by the rules of its format (or against them), and read as a user
would read it, in a process of its own with limits. It must give what was in it, or one error of
ours: no crash, no wait of ten seconds, no 512 MB of memory, no other error; and a MIDI or .mxl file
of which the end is missing must be refused. What fails is kept as a file under
``tests/regressions``, which a test reads again.

The functions run without their own child process, so that it hides nothing; a fiftieth of the cases
goes through it. A case is known by its kind, the seed and a number::

    python benchmarks/fuzz.py                                  # 100,000 cases
    python benchmarks/fuzz.py --cases 2000 --seed 7
    python benchmarks/fuzz.py --kind midi --case 1234 --keep case.mid
    python benchmarks/fuzz.py --kind midi --shorten case.mid   # a smaller file that fails alike
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing.kinds import KINDS
from fuzzing.worker import VIOLATIONS, Verdict, Worker

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
REGRESSIONS = Path(__file__).parents[1] / "tests" / "regressions"
#: Of one kind and one cause so many failures are kept, each at most so large [bytes].
KEPT, LARGEST = 1, 200_000


@dataclass
class Tally:
    """What came of the cases of one kind."""

    verdicts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    peak: tuple[int, int] = (0, 0)
    warnings: int = 0
    public: int = 0
    seconds: float = 0.0

    def add(self, number: int, verdict: Verdict) -> None:
        """Count a case."""
        self.verdicts[verdict.what] += 1
        self.errors[verdict.why] += verdict.what == "refused"
        self.slowest = max(self.slowest, (verdict.seconds, number))
        self.peak = max(self.peak, (verdict.peak, number))
        self.warnings += bool(verdict.warnings)
        self.public += verdict.is_public
        self.seconds += verdict.seconds


def shares(cases: int, names: list[str]) -> dict[str, int]:
    """Divide cases among kinds, by the share of each; none gets nothing."""
    total = sum(KINDS[name].share for name in names)
    given = {name: max(1, cases * KINDS[name].share // total) for name in names}
    given[names[0]] += max(0, cases - sum(given.values()))
    return given


def numbered(given: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Give (kind, number) of every case."""
    return ((name, number) for name, count in given.items() for number in range(count))


class Run:
    """All cases of a run, judged by a few workers."""

    def __init__(self, given: dict[str, int], seed: int, workers: int, folder: Path | None) -> None:
        self.seed, self.workers, self.folder = seed, workers, folder
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.failures: list[tuple[str, int, Verdict]] = []
        self._kept: Counter[tuple[str, str]] = Counter()
        self._cases, self._lock = numbered(given), threading.Lock()
        self.total, self.done = sum(given.values()), 0

    def run(self) -> None:
        """Judge every case."""
        with ThreadPoolExecutor(self.workers) as pool:
            for job in [pool.submit(self._work) for _ in range(self.workers)]:
                job.result()

    def _work(self) -> None:
        try:
            with Worker() as worker:
                while (case := self._next()) is not None:
                    verdict = worker.judge(case[0], self.seed, case[1])
                    with self._lock:
                        self._note(*case, verdict)
        finally:
            self._cases = iter(())  # after a mistake of our own the others end, too

    def _next(self) -> tuple[str, int] | None:
        with self._lock:
            self.done += 1
            if self.done % 5_000 == 0:
                print(f"  {self.done:,} of {self.total:,}", file=sys.stderr, flush=True)
            return next(self._cases, None)

    def _note(self, kind: str, number: int, verdict: Verdict) -> None:
        self.tallies[kind].add(number, verdict)
        if not verdict.is_violation:
            return
        self.failures.append((kind, number, verdict))
        error, _, place = verdict.why.rpartition(" at ")
        cause = (kind, error.partition(":")[0] + place)
        self._kept[cause] += 1
        data = KINDS[kind].case(self.seed, number).data
        if self.folder and self._kept[cause] <= KEPT and len(data) <= LARGEST:
            suffix = Path(KINDS[kind].file).suffix
            target = self.folder / kind / f"{verdict.what}-{self.seed}-{number}{suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def show(run: Run, seconds: float) -> None:
    """Print what came of a run, a line for each kind."""
    head = ("kind", "cases", "read", "refused", *VIOLATIONS, "slowest s (case)", "peak MB", "s")
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for name, tally in run.tallies.items():
        counts = (tally.verdicts[what] for what in ("read", "refused", *VIOLATIONS))
        slowest = "{:.2f} ({})".format(*tally.slowest)
        figures = (slowest, f"{tally.peak[0] / 1e6:.0f}", f"{tally.seconds:.0f}")
        row = (name, tally.verdicts.total(), *counts, *figures)
        print("| " + " | ".join(map(str, row)) + " |")
    errors: Counter[str] = sum((tally.errors for tally in run.tallies.values()), Counter())
    public = sum(tally.public for tally in run.tallies.values())
    total = sum(tally.verdicts.total() for tally in run.tallies.values())
    print(f"refused with: {dict(errors)}")
    warned = {name: tally.warnings for name, tally in run.tallies.items() if tally.warnings}
    print(f"cases in which a warning came out: {warned or 0}")
    print(f"{public:,} cases went through the child process of the reading function itself")
    print(f"{total:,} cases in {seconds:.0f} s, {total / seconds:.0f} a second; "
          f"load now {os.getloadavg()[0]:.1f}")  # fmt: skip
    for kind, number, verdict in run.failures[:40]:
        print(f"  {verdict.what}: --kind {kind} --seed {run.seed} --case {number}: {verdict.why}")
    print(f"violations: {len(run.failures)}")


def one_case(kind: str, seed: int, number: int, keep: Path | None) -> int:
    """Judge one case, and perhaps write its file."""
    case = KINDS[kind].case(seed, number)
    if keep is not None:
        keep.write_bytes(case.data)
    with Worker() as worker:
        verdict = worker.judge(kind, seed, number)
    print(f"{kind} {number} of seed {seed}: {len(case.data):,} bytes, {verdict}")
    return verdict.is_violation


def shorten(kind: str, file: Path) -> int:
    """Leave out whatever is not needed for a file to fail as it fails."""
    data = file.read_bytes()
    trial = file.with_name(f".{file.name}")

    with Worker() as worker:

        def outcome(tried: bytes) -> tuple[str, str]:
            trial.write_bytes(tried)
            verdict = worker.judge_file(kind, trial)
            return verdict.what, verdict.why.rpartition(" at ")[2]

        wanted, size = outcome(data), len(data) // 2
        while size:
            place = 0
            while place < len(data):
                tried = data[:place] + data[place + size :]
                if tried and outcome(tried) == wanted:
                    data = tried
                else:
                    place += size
            size //= 2
    trial.unlink()
    file.write_bytes(data)
    print(f"{file}: {len(data):,} bytes, {wanted}")
    return 0


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--cases", type=int, default=400 if SMOKE else 100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind")
    parser.add_argument("--case", type=int, help="only this case of the kind")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the case there")
    parser.add_argument("--shorten", type=Path, metavar="FILE", help="make a failing file smaller")
    parser.add_argument("--forget", action="store_true", help="keep no file of what fails")
    return parser.parse_args()


def main() -> int:
    """Run what was asked for; 1 if something was violated."""
    asked = options()
    names = asked.kind or list(KINDS)
    if asked.shorten is not None:
        return shorten(names[0], asked.shorten)
    if asked.case is not None:
        return one_case(names[0], asked.seed, asked.case, asked.keep)
    run = Run(
        shares(asked.cases, names), asked.seed, asked.workers, None if asked.forget else REGRESSIONS
    )
    start = time.perf_counter()
    try:
        run.run()
    finally:
        show(run, time.perf_counter() - start)
    return bool(run.failures)


if __name__ == "__main__":
    sys.exit(main())
