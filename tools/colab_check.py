"""Run the lessons once with the versions that Google Colab brings.

Makes a fresh environment with Colab's Python, ipywidgets, IPython, ipykernel, music21, numpy and
pandas, installs this package as the lessons' first cell does, fails if that touched anything of
Colab's, and executes every built notebook there. `docs/colab.md` says when that was last done and
what came of it.

Usage: python tools/colab_check.py [--python python3.13] [--folder build/colab]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What Colab has installed before a lesson begins, as far as the lessons touch it.
COLAB = (
    "ipywidgets==7.7.1",
    "ipython==7.34.0",
    "ipykernel==6.17.1",
    "music21==9.9.*",
    "numpy==2.1.*",
    "pandas==2.2.*",
    "matplotlib==3.10.*",
)
EXECUTE = """
import sys, time, nbformat
from nbclient import NotebookClient
for name in sys.argv[1:]:
    book = nbformat.read(name, as_version=4)
    start = time.perf_counter()
    NotebookClient(book, timeout=300, kernel_name="python3").execute()
    print(f"{name}: every cell ran, {time.perf_counter() - start:.0f} s", flush=True)
"""


def main() -> None:
    """Make the environment and run the lessons in it."""
    parser = argparse.ArgumentParser(description="Run the lessons with Colab's versions.")
    parser.add_argument("--python", default="python3.13", help="Colab's Python")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "colab")
    options = parser.parse_args()
    python = make_environment(options.python, options.folder)
    run(python, "-m", "pip", "install", "-q", *COLAB)
    before = installed(python)
    # As on Colab: nothing says which versions to prefer, what is there is kept if it will do.
    run(python, "-m", "pip", "install", "-q", str(ROOT))
    run(python, "-m", "pip", "install", "-q", "nbclient")
    after = installed(python)
    changed = {
        name: (old, after.get(name)) for name, old in before.items() if after.get(name) != old
    }
    if changed:
        sys.exit(f"installing the package changed what Colab brings: {changed}")
    print(f"{len(before)} packages of Colab's untouched, {len(after) - len(before)} added")
    execute(python, options.folder)


def make_environment(python: str, folder: Path) -> Path:
    """Make a virtual environment with another Python than ours, or ours if it has that version."""
    if python == Path(sys.executable).name:
        venv.create(folder, clear=True, with_pip=True)
    else:
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def run(python: Path, *arguments: str, **options: str) -> str:
    """Run the environment's Python; give what it printed."""
    done = subprocess.run(
        [str(python), *arguments], check=True, capture_output=True, text=True, **options
    )
    return done.stdout


def installed(python: Path) -> dict[str, str]:
    """List the environment's packages with their versions."""
    lines = run(python, "-m", "pip", "list", "--format=freeze").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def execute(python: Path, folder: Path) -> None:
    """Execute copies of the built notebooks, the learner's and the teacher's."""
    work = folder / "lessons"
    work.mkdir()
    names = []
    for kind, source in (("learner", "notebooks"), ("teacher", "notebooks/solutions")):
        for file in sorted((ROOT / source).glob("*.ipynb")):
            (work / f"{kind}_{file.name}").write_bytes(file.read_bytes())
            names.append(f"{kind}_{file.name}")
    environment = {**os.environ, "MELODYAI_HOME": str(folder / "home")}
    start = time.perf_counter()
    done = subprocess.run(
        [str(python), "-c", EXECUTE, *names], cwd=work, env=environment, check=False
    )
    if done.returncode:
        sys.exit("a lesson stopped; its own words stand above")
    print(f"all lessons: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
