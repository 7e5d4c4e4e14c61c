"""The site with executed lessons, as `make site` builds it: the real tool, on a small repository.

The small one holds lesson 01, which is quick, a second one of one cell, and the titles of the pages
that lesson 01 links to. So all is run that a whole site runs: a lesson, what is kept of it, Sphinx.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]
LESSON = "01_music_as_data"
COPIED = ("docs/conf.py", "docs/_static", "tools", f"notebooks/{LESSON}.ipynb")
INDEX = "# A small site\n\n```{toctree}\n:glob:\n\n*\n*/*\n```\n"

#: How what a lesson shows begins in its page.
SHOWN = {
    "score": r'<img alt="Drowsy Maggie\.[^"]*"[^>]* src="data:image/',
    "piano roll": r'<img alt="Piano roll\. Drowsy Maggie\.[^"]*"[^>]* src="data:image/',
    "figure": r'<img alt="Eighteen tokens [^"]*"[^>]* src="data:image/',
    "player": r'<iframe title="Player\. Drowsy Maggie\.',
    "sound": r'<audio controls [^>]*src="data:audio/',
    "question": r'<div class="question"><p>[^<]+</p><details>',
    "control": "Here stand controls when you run the lesson",
    "text": 'class="output stream ',
}

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("executed_site")]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A repository with two lessons and few pages, and its site, built."""
    root = tmp_path_factory.mktemp("small")
    for folder in ("docs/_build/extra", "notebooks", "datasets"):
        (root / folder).mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    lesson = nbformat.read(root / "notebooks" / f"{LESSON}.ipynb", as_version=4)
    cells = [new_markdown_cell("# Lesson 02: The next one"), new_code_cell("6 * 7")]
    write(root, "02_theory_as_code", new_notebook(cells=cells, metadata=lesson.metadata))
    links = re.findall(r"\]\(\.\./(docs/[\w/]+\.md)", "\n".join(c.source for c in lesson.cells))
    for name in {*links, "datasets/README.md"}:
        (root / name).write_text(f"# {name}\n", encoding="utf-8")
    (root / "docs" / "index.md").write_text(INDEX, encoding="utf-8")
    build(root, "--only", "01")
    return root


def write(root, name, notebook):
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")


def build(root, *options):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, root / "tools" / "build_site.py", *options]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]


def kept(root):
    return {path.name: path.stat().st_mtime_ns for path in root.glob("docs/_build/executed/*")}


def page_of(root, name):
    return (root / "docs" / "_build" / "html" / "lessons" / f"{name}.html").read_text("utf-8")


@pytest.mark.parametrize("kind", SHOWN)
def test_a_lesson_stands_there_with_what_it_shows(kind, small):
    page = page_of(small, LESSON)
    assert re.search(SHOWN[kind], page)
    assert "was built without running it" not in page


def test_only_the_lesson_that_was_asked_for_is_run(small):
    assert "was built without running it" in page_of(small, "02_theory_as_code")
    assert [name.partition("-")[0] for name in kept(small)] == [LESSON]


def test_what_is_kept_is_not_run_again_until_it_changes(small):
    before = kept(small)
    build(small, "--only", "01", "--no-html")
    assert kept(small) == before
    changed = small / "notebooks" / "02_theory_as_code.ipynb"
    build(small, "--only", "02", "--no-html")
    both = kept(small)
    assert len(both) == 2
    book = nbformat.read(changed, as_version=4)
    book.cells[1].source = "6 * 8"
    nbformat.write(book, changed)
    build(small, "--only", "02", "--no-html")
    assert len(kept(small)) == 2
    assert kept(small).keys() & both.keys() == before.keys()  # the old one is gone


def test_a_lesson_that_stops_ends_the_build(small):
    path = small / "notebooks" / "03_stops.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# 3"), new_code_cell("1 / 0")]), path)
    with pytest.raises(AssertionError, match="division by zero"):
        build(small, "--only", "03", "--no-html")
    path.unlink()


def test_an_unknown_lesson_is_refused(small):
    with pytest.raises(AssertionError, match="--only=99 must be how a lesson's file begins"):
        build(small, "--only", "99")
