"""Reading the code of a page, and running it as a reader would.

Conventions
-----------
A comment before a fenced block says what is done with it; what has none is only shown:

- ``<!-- run -->``: run it, after all before it. Perhaps with ``; makes FILE FILE`` (patterns of
  files that must be there then), ``; says TEXT`` (what must stand in what it prints) or ``; slow``.
- ``<!-- run in the copy -->``: the same, in a copy of the repository.
- ``<!-- write; file PATH -->``: the block is that file.
- ``<!-- insert; file PATH; before TEXT -->``: put it before the first line that begins so.
- ``<!-- replace; file PATH; line TEXT -->``: put it in the place of that line.
- ``<!-- append; file PATH -->``: put it at the end.

Contents
--------
Block, read_page, change, run
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_FENCE = re.compile(
    r"^<!-- (?P<mark>(?:run|write|insert|replace|append)\b[^\n]*?) -->\n"
    r"```(?P<language>\w+)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One block of a page with what its mark says."""

    action: str
    options: tuple[tuple[str, str], ...]
    language: str
    code: str

    def all(self, word: str) -> list[str]:
        """Give what stands behind a word of the mark, once or several times."""
        return [text for name, text in self.options if name == word]

    @property
    def is_slow(self) -> bool:
        return ("slow", "") in self.options

    @property
    def is_run(self) -> bool:
        return self.action.startswith("run")


def read_page(path: Path, part: str = "") -> list[Block]:
    """List the marked blocks of a page, or of the part below one of its headings."""
    text, found = path.read_text(encoding="utf-8"), []
    if part:
        text = text.split(f"\n## {part}\n")[1].split("\n## ")[0]
    for match in _FENCE.finditer(text):
        action, *rest = match["mark"].split("; ")
        options = tuple(part.partition(" ")[::2] for part in rest)
        found.append(Block(action, options, match["language"], match["code"]))
    return found


def change(block: Block, root: Path) -> None:
    """Do to a file what the page says."""
    (name,) = block.all("file")
    path = root / name
    if block.action == "write":
        path.write_text(block.code, encoding="utf-8")
        return
    if block.action == "append":
        path.write_text(path.read_text(encoding="utf-8") + block.code, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (begin,) = block.all("before") or block.all("line")
    places = [number for number, line in enumerate(lines) if line.startswith(begin)]
    assert places, f"{name} has no line that begins with {begin!r}"
    last = places[0] + (block.action == "replace")
    blank = "\n\n" if block.code.startswith(("class ", "def ")) else ""
    lines[places[0] : last] = [block.code, blank]
    path.write_text("".join(lines), encoding="utf-8")


def run(blocks: list[Block], folder: Path, package: Path = ROOT) -> str:
    """Run blocks in one process, in their order, and check what they promise."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "blocks.json"
    plan.write_text(
        json.dumps([[b.language, b.code, b.all("says"), b.all("makes")] for b in blocks])
    )
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(package),
        "MELODYAI_HOME": str(folder / "home"),
        "MPLBACKEND": "agg",
    }
    done = subprocess.run(
        [sys.executable, HERE / "run_blocks.py", plan], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=540, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
