"""Write the README's table of lessons from the lessons themselves.

The repository's address stands once, in pyproject.toml under ``[project.urls]``. Run without
arguments to rewrite the table, with ``--check`` to fail if it is out of date.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- lessons: made by tools/build_readme.py -->", "<!-- end of lessons -->"
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


def repository() -> str:
    """Give the repository's address, ``owner/name`` on GitHub."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"].removeprefix("https://github.com/")


def card_lines(lesson: Path) -> dict[str, str]:
    """Read a lesson's title and the verbs of its card."""
    text = lesson.read_text(encoding="utf-8")
    title = re.search(r"^# # (?:Lesson )?(?:\d\d)?[\s.:-]*(.+)$", text, re.MULTILINE)
    can = re.search(r"^# .*?\bcan\b[^\w]*(.+)$", text, re.MULTILINE)
    return {
        "title": title[1].strip() if title else lesson.stem,
        "can": can[1].strip(" |") if can else "",
    }


def table() -> str:
    """Build the table, one row a lesson."""
    rows = ["| lesson | you can, afterwards | open |", "|---|---|---|"]
    for lesson in sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py")):
        card = card_lines(lesson)
        notebook = f"notebooks/{lesson.stem}.ipynb"
        colab = f"https://colab.research.google.com/github/{repository()}/blob/main/{notebook}"
        title = f"[{lesson.stem[:2]} {card['title']}]({notebook})"
        rows.append(f"| {title} | {card['can']} | [![Open in Colab]({BADGE})]({colab}) |")
    return "\n".join(rows)


def rebuilt(readme: str) -> str:
    """Give the README's text with a fresh table."""
    head, rest = readme.split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


def main() -> int:
    """Rewrite the README, or compare it."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        if rebuilt(text) != text:
            print("README.md: its table of lessons is old; run python tools/build_readme.py")
            return 1
        return 0
    path.write_text(rebuilt(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
