"""The walks of the manual, each done as it stands there."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = runpy.run_path(str(Path(__file__).with_name("blocks.py")))
WALKS = ("enthusiast", "producer", "composer", "student")


def page(name):
    return ROOT / "docs" / "manual" / f"{name}.md"


@pytest.mark.slow
@pytest.mark.xdist_group("keras")  # the composer trains a network
@pytest.mark.parametrize("name", WALKS)
def test_walk(name, tmp_path):
    blocks = BLOCKS["read_page"](page(name))
    assert len(blocks) >= 5
    BLOCKS["run"](blocks, tmp_path)


@pytest.mark.parametrize("name", WALKS)
def test_nothing_to_copy_is_left_unrun_without_a_reason(name):
    """What is not run opens a browser."""
    text = page(name).read_text(encoding="utf-8")
    fences = re.findall(r"^(<!-- run[^\n]*\n)?```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for mark, _, code in fences:
        assert mark or "melodyai lab" in code, code
