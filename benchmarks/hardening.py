"""What hostile files cost: time and answer for each kind of attack, and a storm of damaged files.

Every file of ``tests/io/bad_files.py`` is read as a user would read it, with ``melodyai_edu.read``.
Then real files are damaged at random (seeded) and parsed; each must give a score or one
`InputError`, whatever else is a failure. The peer, in the same run, is music21's converter on the
same damaged files: how often it raises something that its callers would have to know.

Usage: python benchmarks/hardening.py
"""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.io import read
from melodyai_edu.io.files import parse

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
FILES = runpy.run_path(str(Path(__file__).parents[1] / "tests" / "io" / "bad_files.py"))
MUTATIONS = 60 if SMOKE else 6_000
PEER_MUTATIONS = 9 if SMOKE else 300


def attacks() -> list[tuple[float, str, str]]:
    """Read every bad file; give seconds, name and answer."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (suffix, data) in FILES["bad_files"]().items():
            file = Path(folder) / f"piece{suffix}"
            file.write_bytes(data)
            start = time.perf_counter()
            try:
                read(file)
                answer = "READ AS MUSIC"
            except InputError as error:
                answer = str(error)
            rows.append((time.perf_counter() - start, name, answer))
    return rows


def damaged(kind: str, count: int) -> list[bytes]:
    """Damage the seeds of a kind, so many times."""
    seeds = [data for each, data in FILES["fuzz_seeds"]() if each == kind]
    return [FILES["mutated"](seeds[n % len(seeds)], n) for n in range(count)]


def storm(kind: str) -> Counter[str]:
    """Parse damaged files of a kind; count what comes of it."""
    answers: Counter[str] = Counter()
    for data in damaged(kind, MUTATIONS // 3):
        try:
            parse(kind, data)
            answers["read"] += 1
        except InputError:
            answers["InputError"] += 1
        except Exception as error:
            answers[type(error).__name__] += 1
    return answers


def peer_storm(kind: str) -> Counter[str]:
    """Parse damaged files with music21; count the types of its errors."""
    from music21 import converter

    names: dict[str, Any] = {"MIDI": "midi", "MusicXML": "musicxml", "ABC": "abc"}
    answers: Counter[str] = Counter()
    for data in damaged(kind, PEER_MUTATIONS // 3):
        try:
            text = data if kind == "MIDI" else data.decode("utf-8", "replace")
            converter.parseData(text, format=names[kind])
            answers["read"] += 1
        except Exception as error:
            answers[type(error).__name__] += 1
    return answers


def main() -> None:
    """Print every figure."""
    warnings.simplefilter("ignore")
    rows = attacks()
    slow = sorted(rows, reverse=True)[:5]
    refused = sum(answer != "READ AS MUSIC" for _, _, answer in rows)
    print(f"bad files: {len(rows)}, refused with one InputError: {refused}")
    print(f"time: median {sorted(rows)[len(rows) // 2][0]:.3f} s, slowest:")
    for seconds, name, answer in slow:
        print(f"  {seconds:5.2f} s  {name}: {answer[:90]}")
    for kind in ("MIDI", "MusicXML", "ABC"):
        start = time.perf_counter()
        answers = storm(kind)
        speed = answers.total() / (time.perf_counter() - start)
        others = answers.total() - answers["read"] - answers["InputError"]
        print(f"{kind}: {answers.total()} damaged files, {speed:.0f}/s: {dict(answers)}")
        print(f"  neither a score nor an InputError: {others}")
        with contextlib.redirect_stderr(io.StringIO()):  # it prints a line for each odd letter
            peer = peer_storm(kind)
        kinds = len(set(peer) - {"read"})
        print(f"  music21: {peer.total()} of them: {kinds} types of error, {dict(peer)}")


if __name__ == "__main__":
    main()
