"""Run the lessons once with the versions that Google Colab brings.

Makes a fresh environment with Colab's Python and packages, as far as the lessons touch them, but
without this one. The first cell of lesson 00 installs this package there, as on Colab, from the
last commit of this checkout in place of the public address: it may take a minute, and may change
nothing that was there. Then every built notebook is executed, the learner's and the teacher's, and
the outputs that the lessons keep are compared. Packages are compared again at the end, since
lesson 13 adds some. With ``--browser`` the browser test of lesson 00 follows, in the same
environment with the page that belongs to ipywidgets 7. `docs/colab.md` says when that was last done
and what came of it.

Usage: python tools/colab_check.py [--python python3.13] [--folder build/colab] [--browser]
       python tools/colab_check.py --only 05          # the environment is kept and used again
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
    "tensorflow==2.20.*",
    "keras==3.13.*",
    "keras-hub==0.26.*",
    "keras-nlp==0.26.*",
    "librosa==0.11.*",
    "music21==9.9.*",
    "numpy==2.1.*",
    "pandas==2.2.*",
    "matplotlib==3.10.*",
    "scikit-learn",
    "fastapi",
    "httpx",
    "uvicorn",
)
#: What the first cell may take [seconds].
PATIENCE = 60.0
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

bad = 0
for name in sys.argv[1:]:
    book = nbformat.read(name, as_version=4)
    wanted, start = kept(book), time.perf_counter()
    try:
        NotebookClient(book, timeout=600, kernel_name="python3").execute()
    except Exception as error:
        print(f"{name}: stopped: {str(error)[-2000:]}", flush=True)
        bad += 1
        continue
    other = [(old, new) for old, new in zip(wanted, kept(book)) if old != new]
    for expected, given in other:
        print(f"{name}: {given!r} where the lesson keeps {expected!r}", flush=True)
    bad += bool(other)
    spent = time.perf_counter() - start
    print(f"{name}: every cell ran, {len(wanted) - len(other)} of {len(wanted)} outputs as kept, "
          f"{spent:.0f} s", flush=True)
sys.exit(bad > 0)
"""
#: The first cell, alone, as Colab runs it.
FIRST = """
import sys, time, nbformat
from nbclient import NotebookClient

book = nbformat.read(sys.argv[1], as_version=4)
book.cells = [cell for cell in book.cells if "colab" in cell.metadata.get("tags", [])]
client = NotebookClient(book, timeout=600, kernel_name="python3")
with client.setup_kernel():
    start = time.perf_counter()
    client.execute_cell(book.cells[0], 0)
    print(time.perf_counter() - start)
"""


def main() -> None:
    """Make the environment and run the lessons in it."""
    options = _options()
    folder = options.folder.absolute()
    if options.only:
        python = _python(folder)
    else:
        python = make_environment(options.python, folder)
        run(python, "-m", "pip", "install", "-q", "nbclient", *COLAB)
    before = installed(python)
    names = copies(folder, options.only)
    if not options.only:
        seconds = float(run(python, "-c", FIRST, names[0], cwd=str(folder / "lessons")))
        print(f"the first cell took {seconds:.0f} s")
        _compare(before, installed(python))
        if seconds > PATIENCE:
            sys.exit(f"the first cell took {seconds:.0f} s; it may take {PATIENCE:.0f}")
    execute(python, folder, names)
    _compare(before, installed(python))
    if options.browser:
        run(python, "-m", "pip", "install", "-q", *BROWSER, *COLAB)
        test = ROOT / "tests" / "lessons" / "test_lesson_browser.py"
        environment = {**os.environ, "MELODYAI_LAB_PYTHON": str(python)}
        command = [sys.executable, "-m", "pytest", "-q", str(test)]
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the lessons with Colab's versions.")
    parser.add_argument("--python", default="python3.13", help="Colab's Python")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "colab")
    parser.add_argument("--browser", action="store_true", help="the browser test as well")
    parser.add_argument(
        "--only", metavar="NN", help="this lesson, in the environment that is there"
    )
    return parser.parse_args()


def _compare(before: dict[str, str], after: dict[str, str]) -> None:
    """End where something that was there is another one now."""
    changed = {
        name: (old, after.get(name)) for name, old in before.items() if after.get(name) != old
    }
    if changed:
        sys.exit(f"installing the package changed what Colab brings: {changed}")
    added = sorted(set(after) - set(before))
    print(f"{len(before)} packages of Colab's untouched, {len(added)} added: {', '.join(added)}")


def make_environment(python: str, folder: Path) -> Path:
    """Make a virtual environment with another Python than ours, or ours if it has that version."""
    if python == Path(sys.executable).name:
        venv.create(folder, clear=True, with_pip=True)
    else:
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    return _python(folder)


def _python(folder: Path) -> Path:
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


def copies(folder: Path, only: str | None) -> list[str]:
    """Copy the built notebooks, the learner's and the teacher's; give their names."""
    address, here = f"git+https://github.com/{repository()}", f"git+{ROOT.as_uri()}"
    work = folder / "lessons"
    work.mkdir(exist_ok=True)
    names = []
    for kind, source in (("learner", "notebooks"), ("teacher", "notebooks/solutions")):
        for file in sorted((ROOT / source).glob(f"{only or ''}*.ipynb")):
            text = file.read_text(encoding="utf-8")
            if address not in text:
                sys.exit(f"{file.name}: its first cell does not install from {address}")
            copy = work / f"{kind}_{file.name}"
            copy.write_text(text.replace(address, here), encoding="utf-8")
            names.append(copy.name)
    return names


def execute(python: Path, folder: Path, names: list[str]) -> None:
    """Execute copies of the built notebooks."""
    environment = {
        **os.environ, "MELODYAI_HOME": str(folder / "home"), "MELODYAI_PROFILE": "smoke",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }  # fmt: skip
    start = time.perf_counter()
    done = subprocess.run(
        [str(python), "-c", EXECUTE, *names], cwd=folder / "lessons", env=environment, check=False
    )
    if done.returncode:
        sys.exit("a lesson stopped, or gave something else; its own words stand above")
    print(f"{len(names)} notebooks: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
