"""How long the lessons take, and what they show: measured, kept, compared.

What is measured stands in ``lessons/seconds.json``, by lesson, by notebook (``student``,
``solution``) and by profile (``default``, ``smoke``):

- ``cpu``: seconds of processor time of the notebook's kernel and of all programs that it started,
  such as a service and its workers; on Linux also of those that outlive it, elsewhere only of
  those that it waits for;
- ``wall``: seconds by the clock, with the start of the kernel;
- ``smoke_first`` beside ``smoke`` where the first run on a machine compiled something (librosa's
  functions): what the tests may meet.

With it are ``calibration``, the processor seconds that a fixed loop of plain Python took in the
same run, by which another machine's figures can be scaled; ``shown``, what the outputs hold; and
``code``, a short hash of each notebook's code. Where that is missing, or is not the notebook's any
more, the lesson counts as not measured.

What counts as shown, in the outputs of the default profile: a **figure** is an output with a
picture of any kind, PNG, SVG or inside HTML, each output once; **interactive** is one that answers
to a hand, a widget or a page of its own in a frame; **sound** is one with a player. Questions
(``mai.predict``, ``mai.recall``), checks and the stars at the end (``mai.rating_panel``) are none
of these.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from widget_outputs import VIEW, outputs_in

ROOT = Path(__file__).parents[1]
SECONDS = ROOT / "lessons" / "seconds.json"
FOLDERS = {"student": ROOT / "notebooks", "solution": ROOT / "notebooks" / "solutions"}
#: The property that conftest.py gives the last test of a notebook.
PROPERTY = "notebook_cpu_seconds"
#: How far a notebook of the tests may lie above what was measured, machine's speed divided out.
SHARE, SECONDS_MORE = 0.3, 10.0
#: From so many notebooks on, their median says how fast the machine is.
FEWEST = 5
#: Of Linux: makes a process the parent of those below it whose own parent ended (prctl(2)).
SUBREAPER = 36
#: How long programs may go on that a notebook has left behind [s].
LONGEST_LEFT = 30.0
NO_FIGURE = re.compile(r"mai\.(predict|recall|check|rating_panel)\(")
PLAYER = re.compile('<iframe title="(Magenta p|P)layer')


def read() -> dict[str, Any]:
    """Give what was measured, by lesson."""
    return json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.is_file() else {}


def lessons() -> list[str]:
    """Name the lessons by their two digits."""
    return sorted(path.name[:2] for path in (ROOT / "lessons").glob("[0-9][0-9]_*.py"))


def notebook_of(lesson: str, kind: str) -> Path:
    """Find a built notebook."""
    (path,) = FOLDERS[kind].glob(f"{lesson}_*.ipynb")
    return path


def code_of(path: Path) -> str:
    """Give a short hash of a notebook's code, which says whether it is the code that was measured.

    Colab's first cell is left out: it does nothing here, and names the repository's address.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = [
        "".join(cell["source"]).strip()
        for cell in cells
        if cell["cell_type"] == "code" and "colab" not in cell["metadata"].get("tags", [])
    ]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:12]


def changed(lesson: str, entry: Mapping[str, Any] | None) -> list[str]:
    """Name the kinds of a lesson's notebooks that are not measured as they are now."""
    code = (entry or {}).get("code", {})
    return [kind for kind in FOLDERS if code.get(kind) != code_of(notebook_of(lesson, kind))]


def current(known: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was measured of lessons as they are now."""
    there = set(lessons())
    return {
        lesson: entry
        for lesson, entry in known.items()
        if lesson in there and not changed(lesson, entry)
    }


def calibrate() -> float:
    """Time a fixed loop of plain Python, the best of five [s of processor]."""
    times = []
    for _ in range(5):
        begin, total = time.process_time(), 0
        for number in range(1_000_000):
            total += number * number % 7
        times.append(time.process_time() - begin)
    return round(min(times), 4)


def shown(notebook: Any) -> dict[str, int]:
    """Count what an executed notebook's outputs hold."""
    counts = {"figures": 0, "interactive": 0, "sounds": 0}
    for cell in notebook.cells:
        if cell.cell_type != "code" or NO_FIGURE.match(cell.source):
            continue
        for output in cell.outputs:
            for one in (output, *outputs_in(notebook, output)):
                for name in kinds_of(one.get("data", {})):
                    counts[name] += 1
    return counts


def kinds_of(data: Mapping[str, Any]) -> set[str]:
    """Say what one output is: a figure, interactive, a sound, or several of them."""
    page = "".join(data.get("text/html", ""))
    found = set()
    if any(kind.startswith("image/") for kind in data) or re.search("<(img|svg)", page):
        found.add("figures")
    frames, players = page.count("<iframe"), len(PLAYER.findall(page))
    if VIEW in data or frames > players:
        found.add("interactive")
    if players or "<audio" in page:
        found.add("sounds")
    return found


def adopt_orphans() -> None:
    """Become the parent of programs that outlive theirs, so that what they take is counted."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # no Linux: they are not counted
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans(seconds: float = LONGEST_LEFT) -> None:
    """Wait for what a notebook left behind, and end what then still runs."""
    import psutil

    end = time.monotonic() + seconds
    with contextlib.suppress(ChildProcessError):  # there are none any more
        while True:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
            if time.monotonic() > end:
                for child in psutil.Process().children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended by itself
                        child.kill()
            time.sleep(0.05)


def run_here(path: Path, profile: str) -> dict[str, Any]:
    """Execute a notebook; only for a process that has had no children before."""
    import resource

    import nbformat
    from nbclient import NotebookClient

    notebook, before = nbformat.read(path, as_version=4), calibrate()
    adopt_orphans()
    os.environ.pop("MELODYAI_PROFILE", None)
    if profile != "default":
        os.environ["MELODYAI_PROFILE"] = profile
    with TemporaryDirectory() as home, TemporaryDirectory() as folder:
        os.environ["MELODYAI_HOME"] = home
        begin = time.perf_counter()
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=1800, resources=resources).execute()
        wall = time.perf_counter() - begin
        wait_for_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu": round(used.ru_utime + used.ru_stime, 1),
        "wall": round(wall, 1),
        "calibration": min(before, calibrate()),
        "shown": shown(notebook),
    }


def run(path: Path, profile: str, compiled: Path) -> dict[str, Any]:
    """Execute a notebook in a process of its own, so that nothing else is counted."""
    command = [sys.executable, __file__, str(path), profile]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(compiled)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{path.name}, profile {profile}, stopped:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(lesson: str) -> dict[str, Any]:
    """Execute both notebooks of a lesson in both profiles."""
    entry: dict[str, Any] = {"shown": {}, "code": {}}
    times = []
    for kind in FOLDERS:
        path = notebook_of(lesson, kind)
        entry["code"][kind] = code_of(path)  # before: whoever changes it meanwhile is found out
        with TemporaryDirectory() as folder:
            runs = {"smoke": run(path, "smoke", Path(folder))}
            if any(Path(folder).rglob("*.nbc")):
                runs |= {"smoke_first": runs["smoke"], "smoke": run(path, "smoke", Path(folder))}
            runs["default"] = run(path, "default", Path(folder))
        entry[kind] = {
            name: {key: one[key] for key in ("cpu", "wall")} for name, one in runs.items()
        }
        entry["shown"][kind] = runs["default"]["shown"]
        times += [one["calibration"] for one in runs.values()]
    return entry | {"calibration": min(times)}


def keep(lesson: str, entry: dict[str, Any]) -> None:
    """Put what was measured of one lesson beside what is there of the others."""
    known = read() | {lesson: entry}
    partial = SECONDS.with_suffix(".part")
    partial.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(SECONDS)


def of_tests(report: Path) -> dict[tuple[str, str], float]:
    """Read the processor seconds of each notebook from the report of its tests.

    Gives them by lesson and kind of notebook.
    """
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        for value in case.iterfind("properties/property"):
            if value.get("name") == PROPERTY:
                path, seconds = value.get("value", "").rsplit(" ", 1)
                kind = "solution" if Path(path).parent.name == "solutions" else "student"
                found[Path(path).name[:2], kind] = float(seconds)
    return found


def expected(entry: Mapping[str, Any], kind: str) -> float:
    """Give what a notebook of the tests may take when all goes as measured [s of processor]."""
    runs = entry[kind]
    return max(runs[name]["cpu"] for name in ("smoke", "smoke_first") if name in runs)


def compare(
    known: Mapping[str, Any], found: Mapping[tuple[str, str], float]
) -> tuple[float, list[str]]:
    """Compare the notebooks of the tests with what was measured.

    The machine's speed is the median of how much longer they took. Only a notebook that takes
    longer is a fault: what is compiled or computed by one notebook, the next one of the tests
    finds ready. Processor time is compared, not the clock's, for two notebooks run at a time.

    Gives that speed, and a sentence for each notebook that is too slow.
    """
    pairs = {
        place: (seconds, expected(known[place[0]], place[1]))
        for place, seconds in found.items()
        if place[0] in known
    }
    if len(pairs) < FEWEST:
        return 1.0, []
    speed = median(seconds / wanted for seconds, wanted in pairs.values())
    slow = []
    for (lesson, kind), (seconds, wanted) in sorted(pairs.items()):
        here = seconds / speed
        if here > wanted + max(SHARE * wanted, SECONDS_MORE):
            slow.append(
                f"lesson {lesson}, {kind}: {here:.0f} s of processor time in the smoke profile, "
                f"and lessons/seconds.json says {wanted:.0f} s; make it quicker, or measure it "
                f"anew: tools/course_table.py --measure --only {lesson}"
            )
    return speed, slow


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Execute one notebook and print what it took.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("profile", choices=("default", "smoke"))
    options = parser.parse_args()
    print(json.dumps(run_here(options.notebook, options.profile)))
