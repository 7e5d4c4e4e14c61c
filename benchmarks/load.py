"""The service under load: cheap requests in time while music is made without a pause.

A real ``melodyai serve`` with one worker; more clients ask for pieces than the queue has places,
all the time, and another one sends requests that cost little, so many a second. Service, worker
and clients share the machine's processors: what the clients used of them is printed beside.

Usage: python benchmarks/load.py [--minutes 10] [--rate 550] [--auth local|keys] [--model NAME]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import runpy
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np

HERE = Path(__file__).parent
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
CLIENT = runpy.run_path(str(HERE / "load_client.py"))
SERVED = runpy.run_path(str(HERE.parent / "tests" / "api" / "served.py"))["Served"]
COMPOSERS = 24  # the queue has 16 places
QUEUE = 16
ALONE_SECONDS = 1 if SMOKE else 4
WANTED = (201, 202, 503)  # of composing
TICK = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Load the service, and print what became of it."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        limits = {"rate_limit": "100000000/minute", "compose_limit": "100000000/minute"}
        served = SERVED(Path(folder), auth=options.auth, queue_size=QUEUE, queue_share=QUEUE,
                        pieces_per_key=1_000_000, **limits)  # fmt: skip
        try:
            return asyncio.run(_Siege(served, options).run())
        finally:
            served.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=0.1 if SMOKE else 10)
    parser.add_argument("--rate", type=float, default=100 if SMOKE else 550)
    parser.add_argument("--auth", choices=["local", "keys"], default="local")
    parser.add_argument("--model", default="ngram" if SMOKE else None, help="the default if none")
    return parser.parse_args()


class _Siege:
    """One run."""

    def __init__(self, served: Any, options: argparse.Namespace) -> None:
        self.served, self.options = served, options
        self.headers = {}
        if options.auth == "keys":
            token = served.key("read,compose,rate,metrics")
            self.headers = {"Authorization": f"Bearer {token}"}
        self.composed: Counter[int] = Counter()
        self.memory: list[tuple[float, float, float]] = []
        self.queue: list[float] = []

    async def run(self) -> int:
        """Compose a piece, then do everything at once."""
        async with self._client() as client:
            cheap = self._cheap(await self._piece(client))
            others = [asyncio.create_task(self._compose(n)) for n in range(COMPOSERS)]
            others.append(asyncio.create_task(self._watch(client)))
            await asyncio.sleep(1 if SMOKE else 15)  # the queue is full, the model loaded
            self.composed.clear()
            found, used = await self._measure(cheap)
            fastest = {
                name: await CLIENT["as_fast_as_it_goes"](self.served.port, asked, ALONE_SECONDS)
                for name, asked in cheap.items()
            }
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        return self._report(found, used, fastest)

    def _client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=COMPOSERS + 4)
        return httpx.AsyncClient(
            base_url=self.served.address, headers=self.headers, timeout=120, limits=limits
        )

    async def _piece(self, client: httpx.AsyncClient) -> str:
        body = {"genre": "jig", "bars": 8, "model": "ngram"}
        answer = await client.post("/v1/compositions", json=body)
        while answer.status_code == 202 or answer.json().get("state") in ("queued", "running"):
            await asyncio.sleep(0.1)
            answer = await client.get(f"/v1/jobs/{answer.json()['id']}")
        return str(answer.json().get("piece") or answer.json()["id"])

    def _cheap(self, piece: str) -> dict[str, bytes]:
        home = f"/v1/compositions/{piece}"
        paths = {name: f"/v1/{name}" for name in ("genres", "moods", "rules", "models")}
        paths |= {"healthz": "/healthz", "a piece": home, "its .mid": f"{home}.mid"}
        write = CLIENT["request_bytes"]
        return {name: write("GET", path, self.headers) for name, path in paths.items()}

    async def _compose(self, number: int) -> None:
        """Ask for pieces without end; where there is no room, again after a moment."""
        seed = number
        async with self._client() as client:
            while True:
                seed += COMPOSERS
                body = {"genre": "jig", "bars": 16, "seed": seed}
                body |= {"model": self.options.model} if self.options.model else {}
                try:
                    answer = await client.post("/v1/compositions", json=body)
                except httpx.HTTPError:
                    self.composed[0] += 1
                    continue
                self.composed[answer.status_code] += 1
                if answer.status_code == 503:
                    assert int(answer.headers["retry-after"]) > 0
                    await asyncio.sleep(0.5)

    async def _watch(self, client: httpx.AsyncClient) -> None:
        """Look at memory and queue."""
        while True:
            worker = max(self._children(), default=0.0)
            self.memory.append((time.perf_counter(), self.served.megabytes(), worker))
            with contextlib.suppress(httpx.HTTPError):
                text = (await client.get("/metrics")).text
                lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
                self.queue.append(float(lines["melodyai_queue_length"]))
            await asyncio.sleep(2)

    def _children(self) -> list[float]:
        found = []
        for process in self.served.children():
            with contextlib.suppress(OSError):
                pages = Path(f"/proc/{process}/statm").read_text().split()[1]
                found.append(int(pages) * os.sysconf("SC_PAGESIZE") / 1e6)
        return [size for size in found if abs(size - self.served.megabytes()) > 0.01]

    async def _measure(self, cheap: dict[str, bytes]) -> tuple[Any, tuple[float, float, float]]:
        """Send cheap requests at a steady rate; give processor seconds of service and clients."""
        self.begun, before, mine = time.perf_counter(), self._processor(), time.process_time()
        seconds = 60 * self.options.minutes
        found = await CLIENT["steadily"](self.served.port, cheap, self.options.rate, seconds)
        wall = time.perf_counter() - self.begun
        self.ended = time.perf_counter()
        return found, (wall, self._processor() - before, time.process_time() - mine)

    def _processor(self) -> float:
        text = Path(f"/proc/{self.served.process.pid}/stat").read_text(encoding="utf-8")
        words = text.rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / TICK

    def _report(self, found: Any, used: tuple[float, float, float], fastest: Any) -> int:
        wall, service, clients = used
        everything = CLIENT["Times"]()
        for times in found.values():
            everything.seconds.extend(times.seconds)
            everything.statuses.update(times.statuses)
        number = len(everything.seconds)
        print(
            f"auth={self.options.auth}, model {self.options.model or 'as usual'}, {os.cpu_count()} "
            f"processors, load {os.getloadavg()[0]:.1f}\n"
            f"{number:,} cheap requests in {wall:.0f} s: {number / wall:.0f} a second, "
            f"{self.options.rate:.0f} were due\n"
            f"processors: the service {service / wall:.2f} ({1000 * service / number:.2f} ms for "
            f"each cheap request, composing ones included), all clients {clients / wall:.2f}"
        )
        print("request     median ms  p99 ms  worst ms  a second at most, alone")
        for name, times in found.items():
            print(f"{_row(name, times)}  {len(fastest[name].seconds) / ALONE_SECONDS:6.0f}")
        print(_row("all", everything))
        print(f"p99 of each tenth of the time: {', '.join(_tenths(found))} ms")
        print(f"cheap answers by status: {dict(everything.statuses)}")
        print(f"composing answers by status: {dict(sorted(self.composed.items()))}")
        print(f"queue: {min(self.queue[2:] or [0]):.0f} to {max(self.queue, default=0):.0f} jobs, "
              f"{QUEUE} places")  # fmt: skip
        self._report_memory()
        composing = sum(n for status, n in self.composed.items() if status not in WANTED)
        unexpected = number - everything.statuses[200] + composing
        print(f"unexpected answers: {unexpected}")
        return int(unexpected > 0 or max(self.queue, default=0) > QUEUE)

    def _report_memory(self) -> None:
        rows = np.array([row for row in self.memory if self.begun <= row[0] <= self.ended])
        minutes = (rows[:, 0] - self.begun) / 60
        for name, column in (("service", rows[:, 1]), ("worker", rows[:, 2])):
            later = minutes >= minutes[-1] / 2
            slope = np.polyfit(minutes[later], column[later], 1)[0] if later.sum() > 2 else 0.0
            first = column[min(np.searchsorted(minutes, 1.0), len(column) - 1)]
            print(f"memory of the {name}: {column[0]:.0f} MB, {first:.0f} MB after a minute, "
                  f"{column[-1]:.0f} MB at the end; {slope:+.2f} MB a minute in the second half"
            )  # fmt: skip


def _tenths(found: Any) -> list[str]:
    """Say how late the latest were in each part of the run, to see whether that grows."""
    tenths = zip(*(np.array_split(times.seconds, 10) for times in found.values()), strict=True)
    return [f"{1000 * np.quantile(np.concatenate(parts), 0.99):.0f}" for parts in tenths]


def _row(name: str, times: Any) -> str:
    median, late, worst = (times.milliseconds(share) for share in (0.5, 0.99, 1.0))
    return f"{name:<11} {median:9.1f} {late:7.1f} {worst:9.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
