"""What single pages promise: the map, the settings, the glossary, the menu."""

import ast
import re
from pathlib import Path

import jupytext
import pytest

import melodyai_edu as mai

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.MULTILINE | re.DOTALL
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


def listed():
    """Name the modules of the reference."""
    return set(re.findall(r"automodule:: ([\w.]+)", read("api.md")))


def source_of(module):
    """Find a module's file, or none."""
    path = ROOT / Path(*module.split("."))
    places = (path.with_suffix(".py"), path / "__init__.py")
    return next((place for place in places if place.is_file()), None)


def is_folder(module):
    return (ROOT / Path(*module.split("."))).is_dir()


def test_every_module_of_the_reference_is_there():
    assert {name for name in listed() if source_of(name) is None} == set()


def explained(module):
    """Give the names that a module's page explains: with a docstring, or a comment `#:`."""
    text = source_of(module).read_text(encoding="utf-8")
    said = {
        node.name
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
    }
    said |= set(re.findall(r"^#: .*\n(?:#:.*\n)*(\w+)", text, re.MULTILINE))
    return said | set(re.findall(rf"autodata:: {re.escape(module)}\.(\w+)\n", read("api.md")))


@pytest.fixture(scope="module")
def reference():
    """The explained names of each module of the reference."""
    return {module: explained(module) for module in listed()}


def is_explained(name, home, reference):
    """Say whether a name of a module, or of a folder with modules, stands in the reference."""
    inside = [module for module in reference if is_folder(home) and module.startswith(f"{home}.")]
    return any(name in reference.get(module, ()) for module in (home, *inside))


def test_every_name_of_the_package_is_explained(reference):
    homes = {name: mai._HOME_OF.get(name, "melodyai_edu.errors") for name in mai.__all__}
    missing = [name for name, home in homes.items() if not is_explained(name, home, reference)]
    assert missing == []


#: The folders of which the reference shows every module.
WHOLE = ("constraints", "decoding", "evaluation", "features", "models", "render", "score",
         "theory", "tokens", "training")  # fmt: skip


@pytest.mark.parametrize("folder", WHOLE)
def test_every_module_of_these_folders_is_in_the_reference(folder):
    paths = (ROOT / "melodyai_edu" / folder).glob("[!_]*.py")
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths}
    assert modules
    assert modules - listed() == set(), "list these in docs/api.md"
    assert f"`{folder}`" in read("api.md").partition("\n## ")[0]


def offered(folder):
    """Name the modules that a folder of the package has names from."""
    tree = ast.parse((ROOT / "melodyai_edu" / folder / "__init__.py").read_text("utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name for name in found if name.startswith("melodyai_edu.") and not is_folder(name)}


@pytest.mark.parametrize(
    "folder", sorted(p.parent.name for p in (ROOT / "melodyai_edu").glob("*/__init__.py"))
)
def test_what_a_folder_offers_is_in_the_reference(folder):
    assert offered(folder) - listed() == set()


def imported(text):
    """Give the modules of the package that a program imports, and the names from each."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def programs():
    """Give the lessons and the Python of the manual, as programs."""
    for lesson in sorted((ROOT / "lessons").glob("*.py")):
        yield lesson, lesson.read_text(encoding="utf-8")
    for page in sorted(DOCS.rglob("*.md")):
        if not {"_build", "lessons"} & set(page.relative_to(DOCS).parts):
            for block in re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), BLOCK):
                yield page, block


def test_what_lessons_and_pages_import_is_in_the_reference(reference):
    missing = set()
    for path, text in programs():
        for module, name in imported(text):
            if not module.startswith("melodyai_edu.") or source_of(module) is None:
                continue  # the package itself, somebody else's, or what a guide is about to write
            if name is not None and source_of(f"{module}.{name}"):
                module, name = f"{module}.{name}", None
            if module not in reference and not (name and is_explained(name, module, reference)):
                missing.add((path.name, module, name))
    assert missing == set()


def test_every_module_of_the_reference_shows_its_members():
    """A line with no ``:members:`` below it shows a heading and nothing else."""
    bare = re.findall(r"automodule:: ([\w.]+)\n(?!   :members:)", read("api.md"))
    assert bare == ["melodyai_edu.api.tables"]
