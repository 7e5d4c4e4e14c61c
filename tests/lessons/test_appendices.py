"""The two pages for beginners: what they show is true, drawn, described and small."""

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("reading_music.md", "reading_python.md")


@pytest.mark.parametrize("page", PAGES)
def test_what_is_typed_gives_what_stands_below(page):
    results = doctest.testfile(
        str(DOCS / page), module_relative=False, encoding="utf-8",
        optionflags=doctest.NORMALIZE_WHITESPACE,
    )  # fmt: skip
    assert results.attempted >= 5
    assert results.failed == 0


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_in_ten_minutes(page):
    words = re.sub(r"```.*?```", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert 800 <= len(words.split()) <= 1_800


def test_pictures_are_drawn_by_the_tool_described_and_small(monkeypatch):
    monkeypatch.syspath_prepend(DOCS.parent / "tools")
    import build_appendix_images

    text = (DOCS / "reading_music.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"!\[([^]]*)\]\(images/(\w+)\.png\)", text))
    described = {name: words for words, name in shown.items()}
    assert set(described) == set(build_appendix_images.pictures())
    assert all(len(words) > 60 for words in described.values())
    files = [DOCS / "images" / f"{name}.png" for name in described]
    assert sum(file.stat().st_size for file in files) < 200_000


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (DOCS / target).is_file(), target
