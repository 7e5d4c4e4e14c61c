"""What the documentation site shows that is kept elsewhere: lessons, data cards, players.

Conventions
-----------
Sphinx reads `docs/`; lessons and cards are copied into `docs/lessons/` and `docs/data/` when a
build begins, and written only where something changed, so that a second build is quick. A lesson
stands there with its outputs if `tools/build_site.py` has executed just this lesson with just this
version of the package; otherwise with a note that says so. Only learners' notebooks are shown,
never solutions.
"""

from __future__ import annotations

import hashlib
import html
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from widget_outputs import VIEW, outputs_in

ROOT = Path(__file__).parents[1]
DOCS, NOTEBOOKS, DATASETS = ROOT / "docs", ROOT / "notebooks", ROOT / "datasets"
BUILD = DOCS / "_build"
EXECUTED, EXTRA = BUILD / "executed", BUILD / "extra"

_BADGE = re.compile(r"^\[!\[Open in Colab\]\([^)]*\)\]\((?P<address>[^)]*)\)[^\n]*\s*")
_QUESTIONS = re.compile(r'^mai\.(?P<kind>predict|recall)\("?(?P<number>[\d.]+)"?\)$', re.MULTILINE)
_STILL = "<p><em>Here stand controls when you run the lesson; a page cannot run them.</em></p>"
_NOT_RUN = """:::{note}
This copy of the lesson was built without running it. `make site` runs all lessons first and shows
their scores, pictures and sound.
:::"""
_PLAYER = """
:::{{raw}} html
<iframe class="player" title="Player: {title}" src="../players/{name}.html" loading="lazy"
 sandbox="allow-scripts" allow="autoplay" width="100%" height="300"></iframe>
:::
"""


def written(path: Path, text: str) -> None:
    """Write a page, if it is not there as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def lessons() -> list[Path]:
    """List the learners' notebooks."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def executed(notebook: Path) -> Path:
    """Say where a lesson with its outputs is kept: under a name that changes with it."""
    from melodyai_edu.version import __version__

    digest = hashlib.sha256(notebook.read_bytes() + __version__.encode()).hexdigest()[:16]
    return EXECUTED / f"{notebook.stem}-{digest}.ipynb"


def write_lessons() -> None:
    """Copy the lessons to where Sphinx reads them."""
    import nbformat

    target = DOCS / "lessons"
    for notebook in lessons():
        written(target / notebook.name, nbformat.writes(shown(notebook)))
    _remove_others(target, [notebook.name for notebook in lessons()])


def shown(notebook: Path) -> Any:
    """Give a lesson as the site shows it: no badge, no cell for Colab, no widgets."""
    import nbformat

    kept = executed(notebook)
    book = nbformat.read(kept if kept.is_file() else notebook, as_version=4)
    book.cells = [cell for cell in book.cells if "colab" not in cell.metadata.get("tags", [])]
    book.cells[0].source = _with_links(book.cells[0].source, notebook.name)
    if not kept.is_file():
        note = nbformat.v4.new_markdown_cell(_NOT_RUN, id="not-run")
        book.cells.insert(1, note)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = list(_still(cell, book))
        else:
            cell.source = cell.source.replace("](../docs/", "](../")  # a lesson lies in docs/ here
    book.metadata.pop("widgets", None)
    return book


def _with_links(card: str, name: str) -> str:
    """Put two plain links under the title in the place of a picture that would be fetched."""
    badge = _BADGE.match(card)
    title, _, rest = card[badge.end() if badge else 0 :].partition("\n")
    colab = f"[Open it on Colab]({badge['address']}), or " if badge else ""
    return (
        f"{title}\n\n{colab}{{download}}`download the notebook <../../notebooks/{name}>`.\n{rest}"
    )


def _still(cell: Any, book: Any) -> Iterable[Any]:
    """Give the outputs that a page can show: what a widget shows, and words in its place."""
    import nbformat

    if asked := _QUESTIONS.search(cell.source):
        yield nbformat.v4.new_output("display_data", {"text/html": questions(**asked.groupdict())})
        return
    for output in cell.outputs:
        data = output.get("data", {})
        if output.get("name") == "stderr":
            continue
        inside = outputs_in(book, output)
        if data.pop(VIEW, None) and not {"text/html", "image/png"} & set(data):
            output.data = {"text/html": _STILL}
        yield output
        yield from inside


def questions(kind: str, number: str) -> str:
    """Write questions so that a click on a choice opens its reason; no script is needed."""
    from melodyai_edu.checks.exercise import find_prediction, find_recall

    asked = (find_prediction(number),) if kind == "predict" else find_recall(int(number))
    return "\n".join(_question(one) for one in asked)


def _question(question: Any) -> str:
    choices = "".join(
        f"<details><summary>{letter}) {html.escape(text)}</summary>"
        f"<p>{html.escape(question.verdict(letter))}</p></details>"
        for letter, (text, _) in question.choices.items()
    )
    return f'<div class="question"><p>{html.escape(question.text)}</p>{choices}</div>'


def write_data_cards() -> None:
    """Copy the cards of the corpora."""
    target = DOCS / "data"
    cards = {f"{card.parent.name}.md": card for card in sorted(DATASETS.glob("*/card.md"))}
    for name, card in cards.items():
        written(target / name, card.read_text(encoding="utf-8"))
    overview = (DATASETS / "README.md").read_text(encoding="utf-8")
    written(target / "index.md", re.sub(r"\((\w+)/card\.md\)", r"(\1.md)", overview))
    _remove_others(target, [*cards, "index.md"])


def with_players(page: str) -> str:
    """Put a player behind each piece's link to its MIDI file."""
    titles = iter(re.findall(r"^## \d+\. (.+)$", page, re.MULTILINE))
    return re.sub(
        r"^.*\[MIDI\]\((\w+)\.mid\)$",
        lambda found: found[0] + "\n" + _PLAYER.format(title=next(titles), name=found[1]),
        page,
        flags=re.MULTILINE,
    )


def write_players() -> None:
    """Write a page with a player for each piece of the gallery; it takes a second a piece, once."""
    from melodyai_edu.io import read
    from melodyai_edu.render.player import player_html

    target = EXTRA / "players"
    for piece in sorted((DOCS / "gallery").glob("*.mid")):
        page = target / f"{piece.stem}.html"
        if not page.is_file() or page.stat().st_mtime < piece.stat().st_mtime:
            written(page, player_html(read(piece)))
    _remove_others(target, [f"{piece.stem}.html" for piece in (DOCS / "gallery").glob("*.mid")])


def _remove_others(folder: Path, names: Iterable[str]) -> None:
    """Remove what was copied from a file that is gone."""
    for path in folder.glob("*"):
        if path.name not in set(names):
            path.unlink()


if __name__ == "__main__":
    sys.exit("this is a part of docs/conf.py and tools/build_site.py: run `make site`")
