"""How the building of corpora and the composing of many pieces grow with what there is to do.

Corpora are built from copies of a tenth of the five corpora, made by `benchmarks/scale_books.py`.
Each build runs in a fresh process with a new set of files, whose peak of memory is read at its end
(``getrusage``; of the workers the largest). At 1 worker it reads the files itself. The power law is
fitted to seconds against tunes.

*add* reads MIDI files of one tune each as ``melodyai data add`` does, every file in a child process
with limits: what a file more takes is the difference of two numbers of files. *batch* composes
pieces of 16 bars, eight genres in turn, saved as the service saves them; its second half is timed
apart, for by then every process has learned every genre. *users* measures nothing: it prints how
long people wait, by Erlang's formula C (M/M/c), at rates and times that docs/scale.md explains.

Usage: python benchmarks/scale.py [build|add|batch|users] [--scales 1,3,10,30,100] [--workers 1,2]
[--schedulers processes,local] [--pieces 400] [--model ngram]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scale_books import base, write_copies

from melodyai_edu.io.corpus import load
from melodyai_edu.io.corpus_sources import SOURCES, CorpusSource

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
SCALES = "1,2" if SMOKE else "1,3,10,30,100"
PIECES = 4 if SMOKE else 400
EXPONENT, GROWTH = (0.9, 1.1), 1.1  # targets

_PARTS = ("build", "add", "batch", "users", "all")


def build_once(folder: Path, scale: int, workers: int, scheduler: str | None) -> dict[str, Any]:
    """Build from so many copies, in this process; give tunes, seconds and peaks of memory [MB]."""
    from melodyai_edu.io.corpus_build import build

    files = {
        name: [
            file
            for number in range(scale)
            for file in sorted((folder / f"{number:03d}" / name).glob("*"))
        ]
        for name in SOURCES
    }
    CorpusSource.files = lambda source: files[source.name]  # type: ignore[method-assign]
    before = _peak(resource.RUSAGE_SELF)
    with tempfile.TemporaryDirectory() as out:
        start, busy = time.perf_counter(), _busy()
        reports = build(folder=out, workers=workers, scheduler=scheduler, progress=False)
        seconds = time.perf_counter() - start
        size = sum(file.stat().st_size for file in Path(out).rglob("*.npz"))
    return {
        "scale": scale,
        "workers": workers,
        "scheduler": scheduler or "processes",
        "files": sum(map(len, files.values())),
        "tunes": sum(report.tunes for report in reports),
        "refused": sum(len(report.refused) for report in reports),
        "seconds": seconds,
        "busy": _busy() - busy,
        "before": before,
        "parent": _peak(resource.RUSAGE_SELF),
        "worker": _peak(resource.RUSAGE_CHILDREN),
        "bytes": size,
        "load": os.getloadavg()[0],
    }


def _peak(who: int) -> float:
    """Give the peak of memory of this process, or of the largest that it started [MB]."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss * unit / 1e6


def _busy() -> float:
    """Give the processor's own time, of this process and those that it started [seconds]."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def fresh(*arguments: str) -> dict[str, Any]:
    """Run a part of this script in a new process and read what it printed."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def builds(scales: list[int], workers: list[int], schedulers: list[str]) -> bool:
    """Print a line for each build, and what they grow like."""
    books, made = base(), 0
    print(f"base: {len(books)} files, {sum(book.tunes for book in books)} tunes; ", end="")
    print(f"{_windows():.0f} windows a tune in the shipped corpora")
    print(
        "| copies | engine | workers | tunes | refused | s | busy s | tunes/s | parent MB ", end=""
    )
    print("| worker MB | corpora MB | load |\n" + "|---" * 12 + "|")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for scale in scales:
            write_copies(books, Path(name), made, scale)
            made = scale
            for engine, count in itertools.product(schedulers, workers):
                row = fresh(f"--once={name},{scale},{count},{engine}")
                rows.append(row)
                print(_line(row), flush=True)
    return all([_growth(rows, pair) for pair in itertools.product(schedulers, workers)])


def _windows() -> float:
    """Give the mean size of a fingerprint."""
    names = ("ryan",) if SMOKE else ("oneill", "ryan", "airds", "chorales")
    return float(np.mean([len(hashes) for name in names for hashes in load(name).fingerprints]))


def _line(row: dict[str, Any]) -> str:
    return (
        f"| {row['scale']} | {row['scheduler']} | {row['workers']} | {row['tunes']:,} "
        f"| {row['refused']} | {row['seconds']:.1f} | {row['busy']:.1f} "
        f"| {row['tunes'] / row['seconds']:.0f} | {row['parent']:.0f} | {row['worker']:.0f} "
        f"| {row['bytes'] / 1e6:.1f} | {row['load']:.1f} |"
    )


def _growth(rows: list[dict[str, Any]], engine: tuple[str, int]) -> bool:
    """Fit the power law, and compare the memory of the ends."""
    own = [row for row in rows if (row["scheduler"], row["workers"]) == engine]
    if len(own) < 2:
        return True
    tunes = np.log([row["tunes"] for row in own])
    exponents = [
        float(np.polyfit(tunes, np.log([row[time_of] for row in own]), 1)[0])
        for time_of in ("seconds", "busy")
    ]
    first, last = own[0], own[-1]
    ratio = last["worker"] / first["worker"] if first["worker"] else 1.0
    grown = (last["parent"] - first["parent"]) * 1e6 / (last["tunes"] - first["tunes"])
    print(f"{engine[0]}, {engine[1]} workers: seconds ~ tunes^{exponents[0]:.3f}, ", end="")
    print(f"busy seconds ~ tunes^{exponents[1]:.3f} (target 0.9 to 1.1); ", end="")
    print(f"worker memory {ratio:.2f} times (target 1.10); parent {grown:,.0f} bytes a tune more")
    return EXPONENT[0] <= exponents[0] <= EXPONENT[1] and ratio <= GROWTH


def add_once(folder: Path, files: int) -> dict[str, Any]:
    """Make a corpus of so many MIDI files, in this process; give its peak of memory [MB]."""
    from melodyai_edu.io import write
    from melodyai_edu.io.corpus_add import add

    os.environ["MELODYAI_HOME"] = str(folder / "home")
    tunes = [tune for name in ("oneill", "ryan", "airds") for tune in load(name)]
    (folder / "music").mkdir()
    for number in range(files):
        write(tunes[number].score, folder / "music" / f"{number:05d}.mid")
    start = time.perf_counter()
    report = add("scale", folder / "music", progress=False)
    seconds = time.perf_counter() - start
    return {"tunes": report.tunes, "seconds": seconds, "parent": _peak(resource.RUSAGE_SELF)}


def adds(sizes: tuple[int, int]) -> None:
    """Print what a file more takes, writing it included."""
    found = []
    for files in sizes:
        with tempfile.TemporaryDirectory() as folder:
            before = _busy()
            row = fresh(f"--once-add={folder},{files}")
            found.append({**row, "busy": _busy() - before})
    few, many = found
    more = sizes[1] - sizes[0]
    print(
        f"data add, {sizes[1]} MIDI files of one tune against {sizes[0]}: a file more takes ",
        end="",
    )
    print(f"{(many['seconds'] - few['seconds']) / more * 1e3:.1f} ms, ", end="")
    print(f"{(many['busy'] - few['busy']) / more * 1e3:.1f} ms busy, ", end="")
    print(f"{(many['parent'] - few['parent']) / more * 1e3:.1f} KB; load {os.getloadavg()[0]:.1f}")


def waiting(load: float, workers: int) -> float:
    """Give the probability that a request waits: Erlang's formula C.

    ``load`` is arrivals a second times seconds of work each, in erlangs; it must be below
    ``workers``. From Erlang B by its recursion, B(c) = aB(c-1) / (c + aB(c-1)), and
    C = B / (1 - (1 - B) a / c): Gross & Harris, Fundamentals of Queueing Theory, chapter 2.
    """
    blocked = 1.0
    for count in range(1, workers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked / (1 - (1 - blocked) * load / workers)


def users() -> None:
    """Print the workers that 1,000 people need."""
    print("| people | pieces each an hour | s a piece | erlangs | workers ", end="")
    print("| wait at all | mean wait s | 5% wait longer than s |\n" + "|---" * 8 + "|")
    for rate, service in itertools.product((6, 30, 60), (0.22, 0.82)):
        arrivals = 1000 * rate / 3600
        load = arrivals * service
        for workers in range(int(load) + 1, int(load) + 40):
            waits, free = waiting(load, workers), workers / service - arrivals
            late = max(np.log(waits / 0.05) / free, 0.0)
            if late <= 1:  # P(wait > t) = C exp(-(c/s - arrivals) t)
                break
        print(
            f"| 1,000 | {rate} | {service} | {load:.2f} | {workers} | {waits:.0%} "
            f"| {waits / free:.2f} | {late:.2f} |"
        )


def batch_once(pieces: int, workers: int, engine: str, model: str) -> dict[str, Any]:
    """Compose a batch in this process; give seconds and peaks of memory [MB]."""
    from melodyai_edu.composition import compose_many, offered_genres

    genres = offered_genres()[:8]
    asked = [
        {"genre": genres[n % len(genres)], "bars": 16, "seed": n, "model": model}
        for n in range(pieces)
    ]
    scheduler = None if engine == "processes" else engine
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        report = compose_many(
            asked, out, formats=("mid", "musicxml"), workers=workers, scheduler=scheduler,
            progress=False,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        files = list(Path(out).iterdir())
        when = sorted(file.stat().st_mtime_ns for file in files)
        size = sum(file.stat().st_size for file in files)
    half = len(when) // 2  # by then every worker has met every genre
    return {
        "engine": engine,
        "workers": workers,
        "made": len(report.pieces) - len(report.refused),
        "seconds": seconds,
        "warm": (len(when) - half) / 3 / ((when[-1] - when[half]) / 1e9),
        "bytes": size / max(len(report.pieces), 1),
        "busy": _busy(),
        "parent": _peak(resource.RUSAGE_SELF),
        "worker": _peak(resource.RUSAGE_CHILDREN),
        "load": os.getloadavg()[0],
    }


def batches(pieces: int, workers: list[int], schedulers: list[str], model: str) -> None:
    """Print a line for each batch."""
    print(f"model: {model}")
    print("| engine | workers | pieces | s | busy s | pieces/s | second half ", end="")
    print("| bytes a piece | parent MB | worker MB | load |\n" + "|---" * 11 + "|")
    for engine, count in itertools.product(schedulers, workers):
        row = fresh(f"--once-batch={pieces},{count},{engine},{model}")
        print(
            f"| {row['engine']} | {row['workers']} | {row['made']} | {row['seconds']:.1f} "
            f"| {row['busy']:.1f} | {row['made'] / row['seconds']:.1f} | {row['warm']:.1f} "
            f"| {row['bytes']:,.0f} | {row['parent']:.0f} | {row['worker']:.0f} "
            f"| {row['load']:.1f} |",
            flush=True,
        )


def main() -> int:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="Growth with the number of tunes and pieces.")
    parser.add_argument("what", nargs="?", choices=_PARTS, default="all")
    parser.add_argument("--scales", default=SCALES, help="how many times the base")
    parser.add_argument("--workers", default="2" if SMOKE else "1,2")
    parser.add_argument("--schedulers", default="processes", help="processes, local")
    parser.add_argument("--pieces", type=int, default=PIECES)
    parser.add_argument("--model", default="ngram", help="what composes")
    for part in ("--once", "--once-add", "--once-batch"):
        parser.add_argument(part, help=argparse.SUPPRESS)
    options = parser.parse_args([] if SMOKE and not _is_part() else None)
    if _is_part():
        print(json.dumps(_once(options)))
        return 0
    workers = [int(one) for one in options.workers.split(",")]
    schedulers = options.schedulers.split(",")
    is_met = True
    if options.what in ("all", "build"):
        is_met = builds([int(one) for one in options.scales.split(",")], workers, schedulers)
    if options.what in ("all", "add"):
        adds((2, 4) if SMOKE else (50, 550))
    if options.what in ("all", "batch"):
        batches(options.pieces, workers, schedulers, options.model)
    if options.what in ("all", "users"):
        users()
    return int(not SMOKE and not is_met)


def _is_part() -> bool:
    return any(argument.startswith("--once") for argument in sys.argv[1:])


def _once(options: argparse.Namespace) -> dict[str, Any]:
    if options.once_batch:
        pieces, workers, engine, model = options.once_batch.split(",")
        return batch_once(int(pieces), int(workers), engine, model)
    if options.once_add:
        name, files = options.once_add.split(",")
        return add_once(Path(name), int(files))
    folder, scale, workers, engine = options.once.split(",")
    scheduler = None if engine == "processes" else engine
    return build_once(Path(folder), int(scale), int(workers), scheduler)


if __name__ == "__main__":
    sys.exit(main())
