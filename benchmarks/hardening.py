"""What hostile files cost: time and answer for each kind of attack, and a peer on damage.

Every file of ``tests/io/bad_files.py`` is read as a user would read it, with ``melodyai_edu.read``.
Then files damaged as in ``benchmarks/fuzz.py``, which does it a hundred thousand times, are parsed
by us and by music21: how often does each raise something that its callers would have to know?

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

from fuzzing.kinds import KINDS

from melodyai_edu.errors import InputError
from melodyai_edu.io import read
from melodyai_edu.io.files import parse

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
FILES = runpy.run_path(str(Path(__file__).parents[1] / "tests" / "io" / "bad_files.py"))
DAMAGED = 3 if SMOKE else 100


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


def damaged(kind: str) -> list[bytes]:
    """Give damaged files of a kind."""
    return [KINDS[kind.lower()].case(0, number).data for number in range(DAMAGED)]


def ours(kind: str) -> Counter[str]:
    """Parse damaged files of a kind; count what comes of it."""
    answers: Counter[str] = Counter()
    for data in damaged(kind):
        try:
            parse(kind, data)
            answers["read"] += 1
        except Exception as error:
            answers[type(error).__name__] += 1
    return answers


def theirs(kind: str) -> Counter[str]:
    """Parse them with music21; count the types of its errors."""
    from music21 import converter

    names: dict[str, Any] = {"MIDI": "midi", "MusicXML": "musicxml", "ABC": "abc"}
    answers: Counter[str] = Counter()
    for data in damaged(kind):
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
        print(f"{kind}, {DAMAGED} damaged files: {dict(ours(kind))}")
        with contextlib.redirect_stderr(io.StringIO()):  # it prints a line for each odd letter
            peer = theirs(kind)
        print(f"  music21: {len(set(peer) - {'read'})} types of error, {dict(peer)}")


if __name__ == "__main__":
    main()
