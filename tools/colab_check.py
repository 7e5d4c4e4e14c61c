"""Run the lessons once with the versions that Google Colab brings.

Makes a fresh environment with Colab's Python, ipywidgets, IPython, ipykernel, music21, numpy and
pandas, but without this package, and executes every built notebook there: the first cell of the
first one installs the package, as on Colab, from the last commit of this checkout in place of the
public address. Fails if that touched anything of Colab's, if a cell fails, or if an output that
the lessons keep is another one. With ``--browser`` the browser test of lesson 00 follows, in the
same environment with the page that belongs to ipywidgets 7. `docs/colab.md` says when that was
last done and what came of it.

Usage: python tools/colab_check.py [--python python3.13] [--folder build/colab] [--browser]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

from build_readme import repository

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
#: JupyterLab with the widgets' page of ipywidgets 7.
BROWSER = ("jupyterlab", "jupyterlab_widgets<2")
EXECUTE = """
import sys, time, nbformat
from nbclient import NotebookClient

def kept(book):
    return [
        "".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
        for cell in book.cells if "nbval-check-output" in cell.metadata.get("tags", [])
    ]

for name in sys.argv[1:]:
    book = nbformat.read(name, as_version=4)
    wanted, start = kept(book), time.perf_counter()
    NotebookClient(book, timeout=300, kernel_name="python3").execute()
    for expected, given in zip(wanted, kept(book)):
        if expected != given:
            sys.exit(f"{name}: {given!r} where the lesson keeps {expected!r}")
    spent = time.perf_counter() - start
    print(f"{name}: every cell ran, {len(wanted)} outputs as kept, {spent:.0f} s", flush=True)
"""


def main() -> None:
    """Make the environment and run the lessons in it."""
    parser = argparse.ArgumentParser(description="Run the lessons with Colab's versions.")
    parser.add_argument("--python", default="python3.13", help="Colab's Python")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "colab")
    parser.add_argument("--browser", action="store_true", help="the browser test as well")
    options = parser.parse_args()
    folder = options.folder.absolute()
    python = make_environment(options.python, folder)
    run(python, "-m", "pip", "install", "-q", "nbclient", *COLAB)
    before = installed(python)
    execute(python, folder)
    after = installed(python)
    changed = {
        name: (old, after.get(name)) for name, old in before.items() if after.get(name) != old
    }
    if changed:
        sys.exit(f"installing the package changed what Colab brings: {changed}")
    print(f"{len(before)} packages of Colab's untouched, {len(after) - len(before)} added")
    if options.browser:
        run(python, "-m", "pip", "install", "-q", *BROWSER, *COLAB)
        test = ROOT / "tests" / "lessons" / "test_lesson_browser.py"
        environment = {**os.environ, "MELODYAI_LAB_PYTHON": str(python)}
        command = [sys.executable, "-m", "pytest", "-q", str(test)]
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)


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
    address, here = f"git+https://github.com/{repository()}", f"git+{ROOT.as_uri()}"
    work = folder / "lessons"
    work.mkdir()
    names = []
    for kind, source in (("learner", "notebooks"), ("teacher", "notebooks/solutions")):
        for file in sorted((ROOT / source).glob("*.ipynb")):
            text = file.read_text(encoding="utf-8")
            if address not in text:
                sys.exit(f"{file.name}: its first cell does not install from {address}")
            copy = work / f"{kind}_{file.name}"
            copy.write_text(text.replace(address, here), encoding="utf-8")
            names.append(f"{kind}_{file.name}")
    environment = {
        **os.environ, "MELODYAI_HOME": str(folder / "home"), "MELODYAI_PROFILE": "smoke",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }  # fmt: skip
    start = time.perf_counter()
    done = subprocess.run(
        [str(python), "-c", EXECUTE, *names], cwd=work, env=environment, check=False
    )
    if done.returncode:
        sys.exit("a lesson stopped; its own words stand above")
    print(f"all lessons: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
