"""The guides, each followed literally: in a folder, or in a copy of the repository."""

import runpy
import shutil
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
BLOCKS = runpy.run_path(str(Path(__file__).with_name("blocks.py")))
COPIED = ("melodyai_edu", "datasets", "lessons", "notebooks", "tools", "tests", "docs/rules.md",
          "README.md", "pyproject.toml", "conftest.py")  # fmt: skip


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


def follow(name, folder, package, *, with_slow=True):
    """Change and run, in the page's order; runs in a row share a process."""
    blocks = [b for b in BLOCKS["read_page"](GUIDES / f"{name}.md") if with_slow or not b.is_slow]
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
@pytest.mark.parametrize("name", ["add_a_model", "add_a_lesson"])
def test_long_guide_but_for_what_trains_or_builds(name, copy):
    """Every change fits its file, and what was changed can be used."""
    follow(name, copy, copy, with_slow=False)
    quick = {
        "add_a_lesson": "tests/checks/test_lesson_14.py",
        "add_a_model": "tests/models/test_neural.py -k 'gru and step_by_step'",
    }
    command = f"python -m pytest -q -n0 -p no:cacheprovider {quick[name]}\n"
    BLOCKS["run"]([BLOCKS["Block"]("run", (("says", "passed"),), "bash", command)], copy, copy)


def test_every_file_that_a_guide_names_is_there():
    for page in GUIDES.glob("*.md"):
        for block in BLOCKS["read_page"](page):
            for name in block.all("file"):
                assert block.action == "write" or (ROOT / name).is_file(), (page.name, name)
