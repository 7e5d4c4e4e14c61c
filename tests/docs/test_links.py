"""Every relative link and anchor of the pages and notebooks leads somewhere."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(path for name in ("docs", "datasets", "deployment", "benchmarks")
      for path in (ROOT / name).rglob("*.md")
      if not {"_build", "lessons", "data"} & set(path.relative_to(ROOT / name).parts[:-1])),
]  # fmt: skip
LINK = re.compile(r"\]\((?P<target>[^)\s]+)(?: \"[^\"]*\")?\)")
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def slug(heading):
    """Give the anchor of a heading, as GitHub and MyST make it."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text))


def anchors(path):
    text = CODE.sub(lambda found: "" if "\n" in found[0] else found[0], path.read_text("utf-8"))
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def broken(text, folder):
    for match in LINK.finditer(text):
        target, _, anchor = match["target"].partition("#")
        if re.match(r"[a-z]+:", match["target"]):
            continue
        path = (folder / target).resolve()
        has_anchor = not (anchor and target.endswith(".md")) or (
            path.is_file() and anchor in anchors(path)
        )
        if not has_anchor or (target and not path.exists()):
            yield match["target"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_page(page):
    assert list(broken(CODE.sub("", page.read_text("utf-8")), page.parent)) == []


@pytest.mark.parametrize(
    "notebook", sorted((ROOT / "notebooks").rglob("*.ipynb")), ids=lambda p: p.stem
)
def test_notebook(notebook):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert list(broken(CODE.sub("", "\n".join(texts)), notebook.parent)) == []


def test_an_anchor_that_is_gone_is_found(tmp_path):
    (tmp_path / "a.md").write_text("# One\n\n## Two `three`, four\n")
    text = "[x](a.md#two-three-four) [y](a.md#five) [z](b.md) [w](https://nowhere)"
    assert list(broken(text, tmp_path)) == ["a.md#five", "b.md"]
