"""Build the documentation site with executed lessons: scores, pictures and sound in the pages.

Each lesson is executed once, as the learner gets it, with the tests' smoke profile, and kept in
`docs/_build/executed/` under a name that changes with the lesson and the package's version; so a
second build executes only what changed. Then Sphinx builds `docs/_build/html`, where any warning
is an error. Nothing is fetched.

Run without arguments for all of it, with ``--only 04`` to execute one lesson, with ``--fresh`` to
execute again what is kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from site_pages import BUILD, DOCS, EXECUTED, executed, lessons

_CELL_SECONDS = 300


def execute(notebook: Path) -> None:
    """Run a lesson in a folder of its own and keep it with its outputs."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(notebook, as_version=4)
    with TemporaryDirectory() as folder:  # what a lesson saves is nobody's business
        os.environ |= {"MELODYAI_PROFILE": "smoke", "MELODYAI_HOME": f"{folder}/home"}
        place = {"metadata": {"path": folder}}
        NotebookClient(book, timeout=_CELL_SECONDS, resources=place).execute()
    EXECUTED.mkdir(parents=True, exist_ok=True)
    kept = executed(notebook)
    partial = kept.with_suffix(".part")
    nbformat.write(book, partial)
    partial.replace(kept)


def main() -> None:
    """Execute what is not kept, remove what is old, run Sphinx."""
    parser = argparse.ArgumentParser(description="Build the site with executed lessons.")
    parser.add_argument("--only", default="", help="execute the lessons that begin so, such as 04")
    parser.add_argument("--fresh", action="store_true", help="execute again what is kept")
    parser.add_argument("--workers", type=int, default=1, help="how many to execute at a time")
    parser.add_argument("--no-html", action="store_true", help="execute only")
    options = parser.parse_args()
    from tqdm.contrib.concurrent import process_map

    wanted = [one for one in lessons() if one.name.startswith(options.only)]
    if not wanted:
        sys.exit(f"--only={options.only} must be how a lesson's file begins, such as 04")
    missing = [one for one in wanted if options.fresh or not executed(one).is_file()]
    if missing:
        process_map(execute, missing, max_workers=options.workers, unit="lesson")
    current = {executed(one) for one in lessons()}
    for path in EXECUTED.glob("*"):
        if path not in current:
            path.unlink()
    if not options.no_html:
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", DOCS, BUILD / "html"]
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
