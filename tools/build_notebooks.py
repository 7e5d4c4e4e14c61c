"""Build notebooks/ from lessons/: for learners with blanks, for teachers with solutions.

A lesson is a jupytext percent file. What differs between the two builds is marked in it:

- in a code cell, a line ``# solution 5.2`` begins what the learner is to write: the learner's
  build has ``raise NotImplementedError("Exercise 5.2")`` in its place, to the end of the cell;
- a cell tagged ``solution`` is in the teacher's build alone;
- a first cell with ``extra="serve"`` needs that extra of the package, on Colab too.

The tool puts a Colab badge and a first cell for Colab in front; the repository's address stands
once, in pyproject.toml. Cells tagged ``nbval-check-output`` keep their text output, which the
notebook tests compare; a cell that shows pictures or plays cannot be tagged so. Built files are
the same for the same lesson: cell ids are hashes of lesson and place.

A lesson points to the pages in docs/ as seen from notebooks/; the solutions lie one folder deeper,
and their links are written so.

Run without arguments to build (every lesson is executed, smoke profile), with ``--only 04`` to
build one lesson, with ``--keep-outputs`` to execute only where a code cell has changed (for a
change of prose), with ``--check`` to fail where a built notebook is not what its lesson gives
(outputs are compared by the notebook tests).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from build_readme import BADGE, repository

ROOT = Path(__file__).parents[1]
LESSONS, NOTEBOOKS = ROOT / "lessons", ROOT / "notebooks"
SOLUTION = re.compile(
    r"^(?P<indent> *)# solution (?P<number>\d+\.\d+)\n.*", re.MULTILINE | re.DOTALL
)
CHECKED = "nbval-check-output"
#: What a kept output may hold; nbval wants all kinds of text that the cell gives.
TEXTS = ("text/plain", "text/html")
HEAVY = re.compile("<(img|svg|iframe|audio|script)")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
COLAB_CELL = """\
# On Colab this installs what is missing and changes nothing that is there.
import importlib.util

if importlib.util.find_spec("{probe}") is None:
    %pip install -q {package}"""
#: Colab opens a notebook alone, without the files that its links lead to.
COLAB_PAGES = (
    "On Colab, read from here: [Read Python in ten minutes]({docs}/reading_python.md), "
    "[Read music in ten minutes]({docs}/reading_music.md), [all lessons]({lessons})."
)
#: A package by which an extra is known to be there: of its packages one that Colab does not bring.
PROBES = {"serve": "limits"}


def blanked(source: str) -> str:
    """Give a code cell as the learner gets it."""
    return SOLUTION.sub(r'\g<indent>raise NotImplementedError("Exercise \g<number>")', source)


def build(lesson: Path, is_solution: bool) -> Any:
    """Make one notebook of a lesson, without outputs."""
    import jupytext
    import nbformat

    cells = jupytext.reads(lesson.read_text(encoding="utf-8"), fmt="py:percent").cells
    built = []
    cells[0].source = f"{_badge(lesson, is_solution)}\n\n{cells[0].source}"
    for number, cell in enumerate([cells[0], _colab(cells[0]), *cells[1:]]):
        tags = cell.metadata.get("tags", [])
        if "solution" in tags and not is_solution:
            continue
        new = (
            nbformat.v4.new_markdown_cell
            if cell.cell_type == "markdown"
            else nbformat.v4.new_code_cell
        )
        source = cell.source
        if cell.cell_type == "code":
            source = SOLUTION.sub(_without_mark, source) if is_solution else blanked(source)
        elif is_solution:
            source = source.replace("](../docs/", "](../../docs/")
        identity = hashlib.sha256(f"{lesson.stem}:{number}".encode()).hexdigest()[:12]
        built.append(new(source, id=identity, metadata={"tags": tags} if tags else {}))
    return nbformat.v4.new_notebook(cells=built, metadata=METADATA)


def _without_mark(match: re.Match[str]) -> str:
    """Leave the solution, drop the comment that marks it."""
    return match[0].split("\n", 1)[1]


def _badge(lesson: Path, is_solution: bool) -> str:
    folder = "notebooks/solutions" if is_solution else "notebooks"
    target = f"https://colab.research.google.com/github/{repository()}/blob/main/{folder}"
    home = f"https://github.com/{repository()}"
    pages = COLAB_PAGES.format(docs=f"{home}/blob/main/docs", lessons=f"{home}/tree/main/{folder}")
    return f"[![Open in Colab]({BADGE})]({target}/{lesson.stem}.ipynb) {pages}"


def _colab(card: Any) -> Any:
    """Make the cell that installs what is missing; a lesson's card says which extra it needs."""
    import nbformat

    extra, address = card.metadata.get("extra"), f"git+https://github.com/{repository()}"
    package = f'"melodyai-edu[{extra}] @ {address}"' if extra else address
    probe = PROBES[extra] if extra else "melodyai_edu"
    cell = nbformat.v4.new_code_cell(COLAB_CELL.format(probe=probe, package=package))
    cell.metadata["tags"] = ["colab"]
    return cell


def execute(notebook: Any, folder: Path) -> None:
    """Run a notebook as the tests do, and keep the text output of the cells that are compared."""
    from nbclient import NotebookClient

    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    with TemporaryDirectory() as home:  # the builder's own progress is none of a lesson's business
        os.environ |= {"MELODYAI_PROFILE": "smoke", "MELODYAI_HOME": home}
        client.execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kept = cell.outputs if CHECKED in cell.metadata.get("tags", []) else []
            cell.outputs = _joined([text for text in map(_text_only, kept) if text is not None])
            # nbval compares nothing in a cell that seems not to have been run.
            cell.execution_count = cell.execution_count if cell.outputs else None
            cell.metadata.pop("execution", None)
    notebook.metadata.clear()
    notebook.metadata.update(METADATA)


def write(path: Path, notebook: Any) -> None:
    """Execute a notebook where it belongs, and keep it."""
    import nbformat

    path.parent.mkdir(parents=True, exist_ok=True)
    execute(notebook, path.parent)
    nbformat.write(notebook, path)


def rewrite(path: Path, notebook: Any) -> bool:
    """Write a notebook with the outputs that are kept, where no code cell has changed.

    Returns
    -------
    is_written : bool
        False where there is code that was not executed; then nothing is written.
    """
    import nbformat

    if not path.is_file():
        return False
    old, new = _code_of(nbformat.read(path, as_version=4)), _code_of(notebook)
    if [(cell.source, cell.metadata) for cell in old] != [(c.source, c.metadata) for c in new]:
        return False
    for kept, cell in zip(old, new, strict=True):
        cell.outputs, cell.execution_count = kept.outputs, kept.execution_count
    nbformat.write(notebook, path)
    return True


def _code_of(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _joined(outputs: list[Any]) -> list[Any]:
    """Join what was printed: in how many pieces it arrived is chance."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _text_only(output: Any) -> Any:
    """Drop pictures, sound and widgets from an output; ``None`` where nothing is left."""
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    if "text/plain" not in output.get("data", {}) or output.output_type == "error":
        return None
    words = {kind: text for kind, text in output.data.items() if kind in TEXTS}
    if HEAVY.search(words.get("text/html", "")):
        sys.exit(f"a cell that shows this cannot be compared: {words['text/plain'][:80]}")
    output.data, output.metadata = words, {}
    return output


def without_outputs(notebook: Any) -> Any:
    """Give what a lesson alone decides."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def targets() -> dict[Path, Any]:
    """List every notebook that should be there, without outputs."""
    made = {}
    for lesson in sorted(LESSONS.glob("[0-9][0-9]_*.py")):
        made[NOTEBOOKS / f"{lesson.stem}.ipynb"] = build(lesson, is_solution=False)
        made[NOTEBOOKS / "solutions" / f"{lesson.stem}.ipynb"] = build(lesson, is_solution=True)
    return made


def check() -> list[str]:
    """Name every notebook that is missing, changed, or has lost its lesson."""
    import nbformat

    wrong, wanted = [], targets()
    for path, notebook in wanted.items():
        if not path.is_file() or without_outputs(nbformat.read(path, as_version=4)) != notebook:
            wrong.append(path.relative_to(ROOT).as_posix())
    there = [*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("solutions/*.ipynb")]
    return wrong + [path.relative_to(ROOT).as_posix() for path in there if path not in wanted]


def main() -> None:
    """Build or check; exit with 1 where a check fails."""
    parser = argparse.ArgumentParser(description="Build notebooks/ from lessons/.")
    parser.add_argument("--check", action="store_true", help="fail if a notebook is out of date")
    parser.add_argument("--only", default="", help="build the lessons that begin so, such as 04")
    parser.add_argument("--keep-outputs", action="store_true", help="execute changed code only")
    parser.add_argument("--workers", type=int, default=1, help="how many to execute at a time")
    options = parser.parse_args()
    if options.check:
        wrong = check()
        if wrong:
            sys.exit(f"not what lessons/ gives, rebuild with `make lessons`: {', '.join(wrong)}")
        return
    from tqdm.contrib.concurrent import process_map

    made = {path: book for path, book in targets().items() if path.name.startswith(options.only)}
    if not made:
        sys.exit(f"--only={options.only} must be how a lesson's file begins, such as 04")
    if options.keep_outputs:
        made = {path: book for path, book in made.items() if not rewrite(path, book)}
    process_map(write, made, made.values(), max_workers=options.workers, unit="notebook")


if __name__ == "__main__":
    main()
