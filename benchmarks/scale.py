"""How the building of corpora and the composing of many pieces grow with what there is to do.

The base is every tenth tune of the five corpora (about 1,300), in books of their own. A *copy* of
it is the same books with the seven letters of the notes exchanged for each other, another way in
each copy, and other titles: so it is read as slowly as the real one, near-duplicates stay so within
a copy, as the same notes become the same other notes, and tunes of two copies are as strange to
each other as two tunes with the same rhythm. Chorales are rewritten in the same way as MusicXML.
Byte copies would be one group, and near-duplicates would cost nothing.

Each build runs in a fresh process with a new set of files, whose peak of memory is read at its end
(``getrusage``; of the workers the largest). At 1 worker it reads the files itself. The power law is
fitted to seconds against tunes.

Usage: python benchmarks/scale.py [build|batch] [--scales 1,3,10,30,100] [--workers 1,2]
[--schedulers local] [--pieces 400]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.io.corpus_sources import SOURCES, CorpusSource
from melodyai_edu.io.mxl import unpack_mxl

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
EVERY = 200 if SMOKE else 10
SCALES = "1,2" if SMOKE else "1,3,10,30,100"
PIECES = 4 if SMOKE else 400
EXPONENT, GROWTH = (0.9, 1.1), 1.1  # targets

#: Text that is no note, or one note's letter.
_NOTE = re.compile(r'"[^"\n]*"|![^!\n]*!|\[[A-Za-z]:[^\]\n]*\]|%.*|[A-Ga-g]')
_FIELD = re.compile(r"[A-Za-z]:")
_STEP = re.compile(rb"<step>([A-G])</step>")


@dataclass(frozen=True)
class Book:
    """A file of the base: where it belongs, its name, and what is in it."""

    corpus: str
    name: str
    content: bytes

    @property
    def tunes(self) -> int:
        """How many tunes it asks to be read."""
        return len(re.findall(rb"(?m)^X:", self.content)) or 1

    def copied(self, letters: dict[str, str], number: int) -> bytes:
        """Exchange the letters of its notes, and the titles."""
        if self.corpus == "chorales":
            steps = {a.encode(): b.encode() for a, b in letters.items()}
            return _STEP.sub(lambda found: b"<step>" + steps[found[1]] + b"</step>", self.content)
        lines = self.content.decode().split("\n")
        return "\n".join(_copied_line(line, letters, number) for line in lines).encode()


def _copied_line(line: str, letters: dict[str, str], number: int) -> str:
    if _FIELD.match(line):
        return f"{line} ({number})" if line.startswith("T:") else line
    return _NOTE.sub(lambda found: letters.get(found[0], found[0]), line)


def base() -> list[Book]:
    """Take every so manieth tune of each corpus, in books as they are."""
    books, place = [], 0
    for name, source in SOURCES.items():
        for file in source.files():
            if name == "chorales":
                if place % EVERY == 0:
                    data = file.read_bytes()
                    text = unpack_mxl(data) if file.suffix == ".mxl" else data
                    books.append(Book(name, f"{file.stem}.xml", text))
                place += 1
                continue
            head, *tunes = re.split(r"(?m)^(?=X:)", file.read_text(encoding="utf-8"))
            kept = [tune for n, tune in enumerate(tunes, place) if n % EVERY == 0]
            place += len(tunes)
            if kept:
                books.append(Book(name, file.name, "".join([head, *kept]).encode()))
    return books


def write_copies(books: list[Book], folder: Path, first: int, end: int) -> None:
    """Write some copies of the base, each into a folder of its own; the first is the base."""
    ways = list(itertools.permutations("CDEFGAB"))[1:]
    ways = [tuple("CDEFGAB"), *random.Random(0).sample(ways, len(ways))]
    for number in range(first, end):
        upper = dict(zip("CDEFGAB", ways[number], strict=True))
        letters = {**upper, **{a.lower(): b.lower() for a, b in upper.items()}}
        for book in books:
            place = folder / f"{number:03d}" / book.corpus
            place.mkdir(parents=True, exist_ok=True)
            (place / book.name).write_bytes(book.copied(letters, number))


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
    print(f"base: {len(books)} files, {sum(book.tunes for book in books)} tunes")
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


def batch_once(pieces: int, workers: int, engine: str) -> dict[str, Any]:
    """Compose a batch in this process; give seconds and peaks of memory [MB]."""
    from melodyai_edu.composition import compose_many, offered_genres

    genres = offered_genres()[:8]
    asked = [
        {"genre": genres[n % len(genres)], "bars": 16, "seed": n, "model": "ngram"}
        for n in range(pieces)
    ]
    scheduler = None if engine == "processes" else engine
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        report = compose_many(asked, out, workers=workers, scheduler=scheduler, progress=False)
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
        "warm": (len(when) - half) / 2 / ((when[-1] - when[half]) / 1e9),
        "bytes": size / max(len(report.pieces), 1),
        "parent": _peak(resource.RUSAGE_SELF),
        "worker": _peak(resource.RUSAGE_CHILDREN),
        "load": os.getloadavg()[0],
    }


def batches(pieces: int, workers: list[int], schedulers: list[str]) -> None:
    """Print a line for each batch."""
    print("| engine | workers | pieces | s | pieces/s | second half | bytes a piece ", end="")
    print("| parent MB | worker MB | load |\n" + "|---" * 10 + "|")
    for engine, count in itertools.product(schedulers, workers):
        row = fresh(f"--once-batch={pieces},{count},{engine}")
        print(
            f"| {row['engine']} | {row['workers']} | {row['made']} | {row['seconds']:.1f} "
            f"| {row['made'] / row['seconds']:.1f} | {row['warm']:.1f} | {row['bytes']:,.0f} "
            f"| {row['parent']:.0f} | {row['worker']:.0f} | {row['load']:.1f} |",
            flush=True,
        )


def main() -> int:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="Growth with the number of tunes and pieces.")
    parser.add_argument("what", nargs="?", choices=("build", "batch", "all"), default="all")
    parser.add_argument("--scales", default=SCALES, help="how many times the base")
    parser.add_argument("--workers", default="2" if SMOKE else "1,2")
    parser.add_argument("--schedulers", default="processes", help="processes, local")
    parser.add_argument("--pieces", type=int, default=PIECES)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    parser.add_argument("--once-batch", help=argparse.SUPPRESS)
    options = parser.parse_args([] if SMOKE and not _is_part() else None)
    if options.once or options.once_batch:
        print(json.dumps(_once(options)))
        return 0
    workers = [int(one) for one in options.workers.split(",")]
    schedulers = options.schedulers.split(",")
    is_met = True
    if options.what != "batch":
        is_met = builds([int(one) for one in options.scales.split(",")], workers, schedulers)
    if options.what != "build":
        batches(options.pieces, workers, schedulers)
    return int(not SMOKE and not is_met)


def _is_part() -> bool:
    return any(argument.startswith("--once") for argument in sys.argv[1:])


def _once(options: argparse.Namespace) -> dict[str, Any]:
    if options.once_batch:
        pieces, workers, engine = options.once_batch.split(",")
        return batch_once(int(pieces), int(workers), engine)
    folder, scale, workers, engine = options.once.split(",")
    scheduler = None if engine == "processes" else engine
    return build_once(Path(folder), int(scale), int(workers), scheduler)


if __name__ == "__main__":
    sys.exit(main())
