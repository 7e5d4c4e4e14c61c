"""The built site: whole, offline, without what is the teacher's, and searchable from the disk."""

import re
import shutil
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from melodyai_edu.io.lock import lock_beside

ROOT = Path(__file__).parents[2]
HTML = ROOT / "docs" / "_build" / "html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FETCHED = {("script", "src"), ("link", "href"), ("img", "src"), ("audio", "src"), ("video", "src"),
           ("source", "src"), ("iframe", "src"), ("object", "data")}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("repository")]


class Page(HTMLParser):
    """What a page links to, what it fetches, and where it can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.fetched, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif (tag, name) in FETCHED:
                self.fetched.append(value)
            elif tag == "a" and name == "href":
                self.links.append(value)


@pytest.fixture(scope="module")
def site():
    """Build what `make docs` builds; only what changed is written anew."""
    HTML.mkdir(parents=True, exist_ok=True)
    with lock_beside(HTML, seconds=500):  # another worker may build it
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "docs", HTML],
            cwd=ROOT, capture_output=True, text=True, timeout=540, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return HTML


@cache
def parsed(path):
    return Page(path.read_text(encoding="utf-8"))


def pages(site):
    return [path for path in site.rglob("*.html") if "players" not in path.parts]


def test_every_link_and_anchor_leads_somewhere(site):
    missing = []
    for path in pages(site):
        for link in parsed(path).links:
            target, _, anchor = unquote(link or "").partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (path.parent / target).resolve() if target else path
            if not there.exists() or (
                anchor and there.suffix == ".html" and anchor not in parsed(there).ids
            ):
                missing.append((path.relative_to(site).as_posix(), link))
    assert missing == []


def test_nothing_is_fetched_from_elsewhere(site):
    for path in pages(site):
        for address in parsed(path).fetched:
            assert not re.match(r"(https?:)?//", address or ""), (path.name, address[:80])
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*['\"]?https?:", style.read_text("utf-8")), style.name


def test_neither_solutions_nor_keys_are_in_it(site):
    names = {path.relative_to(site).as_posix() for path in site.rglob("*")}
    assert not [name for name in names if "solution" in name or "teaching/key" in name]
    for path in (site / "lessons").glob("*.html"):
        text = path.read_text("utf-8")
        assert "# solution" not in text
        assert "NotImplementedError" in text


@pytest.mark.parametrize(
    "page",
    ["lessons/04_a_first_composer", "gallery/index", "models/melody-small-lstm", "data/oneill",
     "manual/producer", "guides/add_a_rule", "glossary", "decisions/07-networks", "LOG"],
)  # fmt: skip
def test_pages_of_every_kind_are_there(page, site):
    assert (site / f"{page}.html").is_file()


def test_each_piece_of_the_gallery_has_a_player(site):
    players = re.findall(r'src="(\.\./players/[^"]+)"', (site / "gallery/index.html").read_text())
    assert len(players) == len(list((ROOT / "docs" / "gallery").glob("*.mid")))
    for player in players:
        assert "default-src 'none'" in (site / "gallery" / player).read_text("utf-8")


def test_formulas_are_drawn_by_the_browser(site):
    assert "<math" in (site / "lessons/06_evaluate_honestly.html").read_text("utf-8")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_search_works_from_the_disk(site, width):
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{(site / 'search.html').as_uri()}?q=cadence")
        for place in ("lessons/", "glossary"):  # results come one after the other
            page.wait_for_selector(f"#search-results li a[href*='{place}']")
        for name in ("index", "lessons/04_a_first_composer", "gallery/index", "rules"):
            page.goto((site / f"{name}.html").as_uri())
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
