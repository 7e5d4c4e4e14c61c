"""The service against its own description: Schemathesis asks a running one thousands of things.

Examples, borders, random values right and wrong, and what follows from an answer (compose, look,
change, delete). Every answer must be one that the description names, with the type and the schema
that it says, and never a mistake of ours; 503 says that there is no room, and is meant so.

Usage: python benchmarks/api_fuzz.py [--cases 10000]
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).parent
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
SERVED = runpy.run_path(str(HERE.parent / "tests" / "api" / "served.py"))["Served"]

#: What is not asked, and why.
LEFT_OUT = {
    "positive_data_acceptance": "that a value is a text does not make it a key, nor rules possible",
    "ensure_resource_availability": "it overlooks that a piece was deleted in between",
    "use_after_free": "a job that was cancelled says so; tests ask for pieces that were deleted",
    "ignored_auth": "30 wrong keys a minute are answered with 401, then 429; tests ask every route",
    "missing_required_header": "the one such header is the key's, and then as above",
}

CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]
[phases.stateful.inference]
algorithms = ["location-headers"]  # and the links that the description names; it guesses no others
"""


def main() -> int:
    """Ask, and print what was answered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=300 if SMOKE else 10_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        limits = {"rate_limit": "10000000/minute", "compose_limit": "10000000/minute"}
        served = SERVED(Path(folder), auth="keys", answer_seconds=20, **limits)
        try:
            return _ask(served, Path(folder), options)
        finally:
            served.stop()


def _ask(served: Any, folder: Path, options: argparse.Namespace) -> int:
    headers = {"Authorization": f"Bearer {served.key('read,compose,rate,metrics')}"}
    answer = httpx.post(
        f"{served.address}/v1/compositions",
        headers=headers,
        json={"genre": "jig", "bars": 4, "model": "ngram"},
        timeout=60,
    )
    begun, cases, failed = time.monotonic(), 0, False
    answered: Counter[int] = Counter()
    seed = options.seed
    while cases < options.cases and not failed:
        report = folder / f"report-{seed}.ndjson"
        failed = bool(
            _schemathesis(served, report, headers, answer.json()["id"], options.cases, seed)
        )
        found = statuses(report)
        answered.update(found)
        cases, seed = cases + len(found), seed + 1
    broken = served.log.count("Traceback")
    print(f"{cases:,} cases in {time.monotonic() - begun:.0f} s; failed: {failed}")
    print(f"answers by status: {dict(sorted(answered.items()))}")
    print(f"mistakes of ours in the log: {broken}")
    for check, reason in LEFT_OUT.items():
        print(f"not checked: {check}, for {reason}")
    return int(failed or broken > 0)


def _schemathesis(
    served: Any, report: Path, headers: dict[str, str], piece: str, cases: int, seed: int
) -> int:
    """Run it once; what it says comes out here."""
    config = report.with_suffix(".toml")
    config.write_text(CONFIG, encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(config), "run", f"{served.address}/openapi.json"),
        *("--header", f"Authorization: {headers['Authorization']}"),
        *("--max-examples", str(max(cases // 60, 2)), "--seed", str(seed), "--checks", "all"),
        *("--exclude-checks", ",".join(LEFT_OUT), "--suppress-health-check", "all"),
        *("--report", "ndjson", "--report-ndjson-path", str(report), "--continue-on-failure"),
        *("--generation-database", "none", "--no-color", "--warnings", "off"),
        *("--request-timeout", "60", "--max-response-time", "60"),
    ]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "api_fuzz_hooks",
        "API_FUZZ_PIECE": piece,
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
    }
    return subprocess.run(command, env=environment, check=False, cwd=report.parent).returncode


def statuses(report: Path) -> list[int]:
    """Read from a report how every request was answered."""
    found: list[int] = []
    for line in report.read_text(encoding="utf-8").splitlines():
        _collect(json.loads(line), found)
    return found


def _collect(value: Any, found: list[int]) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("status_code"), int):
            found.append(value["status_code"])
        for inner in value.values():
            _collect(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found)


if __name__ == "__main__":
    raise SystemExit(main())
