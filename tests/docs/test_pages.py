"""What single pages promise: the map, the settings, the glossary, the menu."""

import re
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Words that lessons set in bold for their weight, not because they are terms.
EMPHASIS = {
    "not", "worse", "variety", "hope", "print", "steps", "tense", "sound",
    "alto and the tenor",
}  # fmt: skip


def read(name):
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_path_of_the_map_is_there():
    named = re.findall(r"`([\w./*-]+[/.][\w./*-]*)`", read("layout.md"))
    sought = {"data/raw/", "data/processed/", "models/melody/", "models/rhythm/", "models/harmony/",
              "config/", "api/", "scripts/", "tunes.npz"}  # fmt: skip
    paths = [name for name in named if name not in sought]
    assert len(paths) > 50
    assert [name for name in paths if not list(ROOT.glob(name.rstrip("/")))
            and not (ROOT / "melodyai_edu" / name).exists()] == []  # fmt: skip


def test_the_layers_of_the_map_are_those_of_the_package():
    rows = re.findall(r"^\| \d \| (.+) \|$", read("layout.md"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    folders = {path.name for path in (ROOT / "melodyai_edu").iterdir() if path.is_dir()}
    assert named == folders - {"__pycache__", "datasets"}


def test_every_setting_that_the_package_reads_is_explained():
    told = read("settings.md") + read("serving.md")
    sources = (path.read_text("utf-8") for path in (ROOT / "melodyai_edu").rglob("*.py"))
    read_by_us = {name for text in sources for name in re.findall(r'"(MELODYAI_[A-Z_]+)"', text)}
    assert read_by_us
    assert {name for name in read_by_us if name not in told} == set()


def terms():
    bodies = re.findall(
        r"^:::\{glossary\}\n(.*?)^:::$", read("glossary.md"), re.MULTILINE | re.DOTALL
    )
    lines = [line for body in bodies for line in body.splitlines()]
    return [line for line in lines if line and not line.startswith(" ")]


def test_no_term_is_explained_twice():
    assert len(terms()) == len(set(terms())) > 100


@pytest.mark.parametrize(
    "lesson", sorted((ROOT / "lessons").glob("*.py")), ids=lambda path: path.stem
)
def test_what_a_lesson_introduces_stands_in_the_glossary(lesson):
    """A word in bold, in small letters, that begins no line and stands in no table is a term."""
    cells = jupytext.reads(lesson.read_text("utf-8"), fmt="py:percent").cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    bold = {
        word
        for line in text.splitlines()
        if not line.startswith(("|", "-", ">"))
        for word in re.findall(r"(?<=[\s(])\*\*([a-z][\w -]{2,30})\*\*", line)
    }
    known = {term.lower() for term in terms()}
    known |= {f"{term}s" for term in known}
    assert {word for word in bold - EMPHASIS if word not in known} == set()


def in_menu(page):
    """Give what the menus of a page name, from the pages' folder on."""
    text = page.read_text(encoding="utf-8")
    menus = re.findall(r"^```\{toctree\}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    entries = [line for body in menus for line in body.splitlines() if line and line[0] != ":"]
    return {found for entry in entries for found in page.parent.glob(f"{entry}.md")}


def test_every_page_is_in_the_menu():
    written = [
        page
        for page in DOCS.rglob("*.md")
        if not page.relative_to(DOCS).parts[0].startswith(("_build", "lessons"))
        and "key" not in page.relative_to(DOCS).parts
    ]
    named = set().union(*map(in_menu, written))
    assert {page for page in written if page not in named} == {DOCS / "index.md"}


def test_every_module_of_the_reference_is_there():
    listed = set(re.findall(r"automodule:: ([\w.]+)", read("api.md")))
    for name in listed:
        path = ROOT / Path(*name.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), name


def test_every_module_of_the_reference_shows_its_members():
    """A line with no ``:members:`` below it shows a heading and nothing else."""
    bare = re.findall(r"automodule:: ([\w.]+)\n(?!   :members:)", read("api.md"))
    assert bare == ["melodyai_edu.api.tables"]
