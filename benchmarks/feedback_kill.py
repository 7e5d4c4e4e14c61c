"""Kill processes that rate pieces, again and again, and count what the store holds in the end.

Eight processes write ratings into one store as fast as they can: half of them keep it open, half
open it anew for each rating, as `mai.rate` does. When `RatingStore.add` has returned, a writer
says so through a pipe: that rating is acknowledged. One writer after another is ended with
``kill -9`` at a random moment (half of the time within 4 ms of an acknowledged rating, when it is
likely to write the next one), and a new one takes its place. It first sends the last rating that
was not acknowledged once more, with the same key, as a careful client does: whether the first
attempt reached the disk or not, it must count once.

In the end every acknowledged rating must be there once, with the value that was sent, nothing else
but what was in doubt, and SQLite's own ``integrity_check`` must find nothing. What a kill cannot
show is a power cut, in which the system itself loses what it had not yet written; against that
stands ``synchronous=FULL``.

Usage: python benchmarks/feedback_kill.py [--kills 1000] [--writers 8]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.rating import Rating
from melodyai_edu.feedback.store import RatingStore

_LONGEST_WAIT = 120.0  # seconds until the first rating of a writer


def rating_of(writer: int, number: int) -> Rating:
    """Make the rating that a writer sends at its turn: the same each time, but for the moment."""
    note = 150 + (7 * writer + number) % 40
    piece = RatedPiece(
        {"genre": "jig", "bars": 16, "seed": number % 20},
        (2, note, 200, 2, note, 210, 2),
        "D major",
        62,
        "ngram",
        ("in_key",),
        f"{number % 20 + 1000 * writer:064x}",
    )
    rater, key = f"writer-{writer}", f"{writer}-{number}"
    return Rating("stars", 1 + (writer + number) % 5, piece, rater, word=key, key=key)


def write(file: Path, writer: int, number: int, pipe: int) -> None:
    """Rate for ever; say through the pipe what was acknowledged, and whether it was known."""
    store = RatingStore(file) if writer % 2 else None
    while True:
        rating = rating_of(writer, number)
        if store is not None:
            kept = store.add(rating)
        else:
            with RatingStore(file) as opened:
                kept = opened.add(rating)
        os.write(pipe, f"{number} {int(kept.time != rating.time)}\n".encode())
        number += 1


class Writer:
    """One process that rates, and what it said."""

    def __init__(self, file: Path, number: int) -> None:
        self.file, self.number = file, number
        self.acknowledged: list[int] = []
        self.known = 0
        self._start()

    def _start(self) -> None:
        """Fork a process that goes on behind the last acknowledged rating."""
        self.pipe, other = os.pipe()
        self.told, self.before = b"", len(self.acknowledged)
        self.process = os.fork()
        if self.process:
            os.close(other)
            os.set_blocking(self.pipe, False)
            return
        try:
            os.close(self.pipe)
            write(self.file, self.number, self.before, other)
        except BaseException as error:
            print(f"writer {self.number}: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)

    def listen(self) -> bool:
        """Take in what it has said; say whether anything was acknowledged since it began."""
        with contextlib.suppress(BlockingIOError):
            while heard := os.read(self.pipe, 65536):
                self.told += heard
        *lines, self.told = self.told.split(b"\n")
        for line in lines:
            number, is_known = map(int, line.split())
            self.acknowledged.append(number)
            self.known += is_known
        return len(self.acknowledged) > self.before

    def wait(self) -> None:
        """Wait until something was acknowledged."""
        end = time.monotonic() + _LONGEST_WAIT
        while not self.listen():
            if os.waitpid(self.process, os.WNOHANG) != (0, 0):
                raise SystemExit(f"writer {self.number} failed")
            if time.monotonic() > end:
                raise SystemExit(f"writer {self.number} waited {_LONGEST_WAIT} s")
            select.select([self.pipe], [], [], 1.0)

    def wait_for_next(self) -> None:
        """Wait until it says something now: then it is likely to write the next rating."""
        self.listen()
        select.select([self.pipe], [], [], 1.0)

    def kill(self) -> None:
        """End it as nothing can prevent, and take in what it had said."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.listen()
        os.close(self.pipe)

    def replace(self) -> None:
        """Have a new process take its place."""
        self._start()


def judge(file: Path, writers: list[Writer]) -> tuple[int, int, int, str]:
    """Count ratings that were lost, doubled or altered; give SQLite's own finding, too."""
    with RatingStore(file) as store:
        kept = store.ratings()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
    by_key = {rating.key: rating for rating in kept}
    lost = altered = 0
    for writer in writers:
        for number in writer.acknowledged:
            found = by_key.get(f"{writer.number}-{number}")
            lost += found is None
            altered += found is not None and not found.is_same(rating_of(writer.number, number))
    doubled = (
        len(kept)
        - len(by_key)
        + sum(len(w.acknowledged) - len(set(w.acknowledged)) for w in writers)
    )
    # Beyond what was acknowledged there is one rating in doubt for each writer, and no more.
    allowed = {f"{w.number}-{n}" for w in writers for n in range(len(w.acknowledged) + 1)}
    altered += len(by_key.keys() - allowed)
    return lost, doubled, altered, str(sound)


def main() -> int:
    """Kill writers, and print what became of their ratings."""
    is_smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20 if is_smoke else 1000)
    parser.add_argument("--writers", type=int, default=8)
    options = parser.parse_args([] if is_smoke else None)
    random = np.random.default_rng(0)
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "ratings.sqlite"
        writers = [Writer(file, number) for number in range(options.writers)]
        for done in range(1, options.kills + 1):
            writer = writers[int(random.integers(len(writers)))]
            writer.wait()
            if random.random() < 0.5:
                writer.wait_for_next()
                time.sleep(random.uniform(0, 0.004))
            else:
                time.sleep(random.uniform(0, 0.03))
            writer.kill()
            writer.replace()
            if done % 200 == 0:
                print(f"{done} kills, {time.perf_counter() - begin:.0f} s", flush=True)
        for writer in writers:
            writer.wait()
            writer.kill()
        lost, doubled, altered, sound = judge(file, writers)
        size = file.stat().st_size
    acknowledged = sum(len(writer.acknowledged) for writer in writers)
    known = sum(writer.known for writer in writers)
    print(
        f"{options.kills} kills of {options.writers} writers: {acknowledged:,} acknowledged "
        f"ratings, {lost} lost, {doubled} doubled, {altered} altered; {known} had reached the "
        f"disk when their writer was killed before it could say so, and counted once; "
        f"integrity_check: {sound}"
    )
    print(f"{size / 1e6:.1f} MB, {time.perf_counter() - begin:.0f} s")
    return bool(lost or doubled or altered or sound != "ok")


if __name__ == "__main__":
    sys.exit(main())
