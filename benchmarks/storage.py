"""Whether anybody ever sees half of anything: faults on the way to a bucket, and kills.

A writer puts, sends files and publishes folders through a proxy that breaks half of its requests
(status 500, 503, 429, connections reset, no answer, bodies cut at a random byte both ways, stale
listings), by seeded plans. After every request that reached the store a second, undisturbed reader
looks. S3 is moto's server, Google's buckets are gcp-storage-emulator, each a process of its own.
Then a process that writes to a folder is killed with SIGKILL at random moments.

Usage: python benchmarks/storage.py
"""

from __future__ import annotations

import os
import random
import runpy
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from melodyai_edu.errors import StorageError
from melodyai_edu.io.storage import open_storage

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
TESTS = Path(__file__).parents[1] / "tests" / "io"
STORES = runpy.run_path(str(TESTS / "stores.py"))
FAULTS = runpy.run_path(str(TESTS / "faults.py"))
CASES = runpy.run_path(str(TESTS / "test_storage_faults.py"))
KILLED = runpy.run_path(str(TESTS / "test_storage.py"))["KILLED"]
SEEDS = 2 if SMOKE else 20
KILLS = 2 if SMOKE else 40
SIZES = (1_000, 20_000_000) if not SMOKE else (1_000, 100_000)


def write_through_faults(protocol: str, port: int, folder: Path) -> Counter[str]:
    """Write by every plan; count what was injected and what was seen."""
    seen: Counter[str] = Counter()
    endpoint, url = STORES["ENDPOINT"][protocol], f"{protocol}://music/{secrets.token_hex(4)}"
    os.environ[endpoint] = f"http://127.0.0.1:{port}"
    straight = open_storage(url, allowed=[url])
    straight.has("connected")
    with FAULTS["FaultProxy"](port) as proxy:
        os.environ[endpoint] = proxy.url
        disturbed = open_storage(url, allowed=[url], retries=CASES["RETRIES"])
        disturbed.has("connected")
        for verb in ("put", "put_file", "publish"):
            straight.delete("thing")
            states: list[object] = [None]
            for seed in range(SEEDS):
                new = {
                    "x": random.Random(seed).randbytes(random.Random(seed).choice((999, 99_999)))
                }
                tree = folder / f"{protocol}-{verb}"
                tree.mkdir(exist_ok=True)
                looked: list[object] = []

                def look(verb: str = verb, looked: list[object] = looked) -> None:
                    looked.append(CASES["look"](straight, folder / "seen", verb == "publish"))

                proxy.watch, proxy.plan = look, CASES["plan_of"](seed)
                try:
                    CASES[verb](disturbed, tree, new)
                    look()
                    seen["writes that came through"] += 1
                    seen["writes not seen after success"] += looked[-1] != new
                except StorageError:
                    seen["writes given up, typed"] += 1
                proxy.plan, proxy.watch = [], lambda: None
                seen["moments looked at"] += len(looked)
                seen["torn states"] += sum(state not in (states[-1], new) for state in looked)
                states.append(CASES["look"](straight, folder / "seen", verb == "publish"))
        seen["faults injected"] = proxy.injected
    return seen


def kill_writers(folder: Path) -> Counter[str]:
    """Kill a process that writes to a folder; count whole and torn."""
    seen: Counter[str] = Counter()
    storage, chance = open_storage(folder / "storage"), random.Random(0)
    (folder / "tree").mkdir()
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder), str(folder / "tree")],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.random() / 5)
        process.send_signal(signal.SIGKILL)
        process.stdout.read()
        process.wait()
        seen["kills"] += 1
        data = storage.get("bytes", 10**6)
        storage.fetch("tree", folder / "seen", replace=True)
        tree = [path.read_bytes() for path in sorted((folder / "seen").iterdir())]
        is_whole = data == data[:4] * 40_000 and len(tree) == 2 and tree[0] == tree[1]
        seen["torn states"] += not is_whole
    return seen


def speeds(folder: Path) -> None:
    """Time a folder of this computer, every write forced to disk."""
    storage = open_storage(folder / "speed")
    for size in SIZES:
        data = random.Random(0).randbytes(size)
        count = 3 if size > 10**6 else 100
        began = time.perf_counter()
        for number in range(count):
            storage.put(f"x/{number}", data)
        wrote = time.perf_counter()
        for number in range(count):
            storage.get(f"x/{number}", size)
        read = time.perf_counter()
        print(
            f"folder, {size:,} bytes: put {1000 * (wrote - began) / count:.1f} ms, "
            f"get {1000 * (read - wrote) / count:.1f} ms"
        )


def main() -> int:
    """Print all figures; fail if anything torn was seen."""
    os.environ.update(STORES["KEYS"])
    torn = 0
    with tempfile.TemporaryDirectory() as place:
        for protocol in ("s3", "gs"):
            with STORES["serving"](protocol) as port:
                seen = write_through_faults(protocol, port, Path(place))
            torn += seen["torn states"] + seen["writes not seen after success"]
            print(f"{protocol}: {', '.join(f'{what} {n:,}' for what, n in seen.items())}")
        kills = kill_writers(Path(place))
        torn += kills["torn states"]
        print(f"folder: {', '.join(f'{what} {n:,}' for what, n in kills.items())}")
        speeds(Path(place))
    return int(torn > 0)


if __name__ == "__main__":
    sys.exit(main())
