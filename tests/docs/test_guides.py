"""The guides, each followed literally: in a folder, or in a copy of the repository."""

import re
import runpy
import shutil
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
BLOCKS = runpy.run_path(str(Path(__file__).with_name("blocks.py")))
COPIED = ("melodyai_edu", "datasets", "lessons", "notebooks", "tools", "tests", "docs/rules.md",
          "docs/glossary.md", "docs/teaching", "README.md", "pyproject.toml",
          "conftest.py")  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    """A copy of what the guides touch."""
    target = tmp_path / "copy"
    for name in COPIED:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)
    return target


def follow(name, folder, package, part="", *, with_slow=True):
    """Change and run, in the page's order; runs in a row share a process."""
    found = BLOCKS["read_page"](GUIDES / f"{name}.md", part)
    blocks = [block for block in found if with_slow or not block.is_slow]
    for is_run, group in groupby(blocks, key=lambda block: block.is_run):
        if is_run:
            BLOCKS["run"](list(group), folder, package)
        else:
            for block in group:
                BLOCKS["change"](block, package)


@pytest.mark.slow
@pytest.mark.xdist_group("keras")
def test_own_music(tmp_path):
    follow("own_music", tmp_path, ROOT)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["add_a_rule", "add_a_genre"])
def test_guide_that_changes_the_package(name, copy):
    follow(name, copy, copy)


@pytest.mark.slow
@pytest.mark.xdist_group("keras")
@pytest.mark.parametrize("part", ["Another size", "Another network"])
def test_a_model_is_added(part, copy):
    follow("add_a_model", copy, copy, part)


@pytest.mark.slow
def test_a_lesson_is_added(copy):
    """All is done but the measuring, which takes a minute and wants a machine for itself."""
    follow("add_a_lesson", copy, copy, with_slow=False)
    lesson = (copy / "lessons" / "14_counting_rests.py").read_text(encoding="utf-8")
    for shown, least in (("mai.picture(", 2), ("mai.explore(", 1), ('"player"', 1)):
        assert lesson.count(shown) >= least, "measuring would say that this is missing"


def test_every_file_that_a_guide_names_is_there():
    for page in GUIDES.glob("*.md"):
        for block in BLOCKS["read_page"](page):
            for name in block.all("file"):
                assert block.action == "write" or (ROOT / name).is_file(), (page.name, name)


@pytest.mark.parametrize("page", sorted(GUIDES.glob("add_*.md")), ids=lambda page: page.stem)
def test_every_file_that_is_changed_stands_in_the_table(page):
    """In that of its part, or of the whole page."""
    code = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    top, *parts = code.sub("", page.read_text(encoding="utf-8")).split("\n## ")
    for part in parts:
        changed = re.findall(r"^<!-- [a-z]+; file ([^ ;]+)", part, re.MULTILINE)
        listed = re.findall(r"^\| `([\w./]+)`", top + part, re.MULTILINE)
        assert set(changed) <= set(listed), part.splitlines()[0]
