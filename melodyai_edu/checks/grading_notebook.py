"""Read a student's notebook as a stranger's file: its lesson, its cells, its checks, its tricks.

Conventions
-----------
Nothing is executed here, and what the notebook shows as outputs decides nothing. Cells of code
count from 1.

Contents
--------
ANSWERS, StudentNotebook, read_notebook
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.io.disk import read_bytes
from melodyai_edu.io.json_text import read_json

__all__ = ["ANSWERS", "StudentNotebook", "read_notebook"]

#: The largest notebook that is read [bytes], and the most cells of code.
_BYTES, _CELLS = 50_000_000, 500
_TITLE = re.compile(r"^# Lesson (\d\d):", re.MULTILINE)
_MAGIC = re.compile(r"^( *)[%!].*$", re.MULTILINE)
_NUMBER = re.compile(r"\d{1,2}\.\d{1,2}")
_TICK = re.compile(r"✔ Exercise (\d+\.\d+)")
#: Words by which a cell looks into what is to judge it.
_PRYING = re.compile(
    r"\bEXERCISES\b|find_exercise|progress\.json|checks\.(?:faces|exercise|progress|grading)"
)

#: How each answer is called in its lesson, for a notebook that has lost its check.
ANSWERS = {
    "0": "my_reel ends_at_home share_of_steps",
    "1": "midi_number notes_of keeps_the_notes",
    "2": "chord_of StepBack relaxed",
    "3": "pitch_class_shares key_of cut_between",
    "4": "mean_bits with_temperature longest_run",
    "5": "best_epoch longest_loop best_guess",
    "6": "interval_of_share shared_notes leaks",
    "7": "may_hear leaks head_that_looks_back",
    "8": "swing_by_hand fitting alike",
    "9": "parallel_fifths cheapest_path repaired",
    "10": "returns letters answered",
    "11": "guided_chances chances_to_draw fair_count",
    "12": "pairs_of faults_of next_pair",
    "13": "musicians replicas card_of",
}


@dataclass(frozen=True, slots=True)
class StudentNotebook:
    """What a notebook says before anything of it runs.

    Parameters
    ----------
    lesson : int
    sources : tuple of str
        The cells of code.
    checks : tuple of (int, str, str)
        Cell, exercise, and the expression that is handed to the check.
    ticks : frozenset of str
        Exercises that its stored outputs call passed.
    tricks : tuple of str
        What only somebody does who wants to be judged otherwise.
    """

    lesson: int
    sources: tuple[str, ...]
    checks: tuple[tuple[int, str, str], ...]
    ticks: frozenset[str]
    tricks: tuple[str, ...]


def read_notebook(file: Path) -> tuple[StudentNotebook, str]:
    """Read a notebook and find out which lesson it is.

    Parameters
    ----------
    file : Path

    Returns
    -------
    notebook : StudentNotebook
    sha256 : str

    Raises
    ------
    InputError
        If it cannot be read, is no notebook, or is no lesson of this course.
    """
    data = read_bytes(file, _BYTES)
    content = read_json(data, _BYTES)
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise InputError("it is no notebook: it has no list of cells")
    texts = [(str(cell.get("cell_type")), _source(cell)) for cell in cells if _is_cell(cell)]
    sources = tuple(text for kind, text in texts if kind == "code")
    if len(sources) > _CELLS:
        raise InputError(f"it has {len(sources)} cells of code; no lesson has over {_CELLS}")
    checks = tuple(
        (place, number, expression)
        for place, source in enumerate(sources, 1)
        for number, expression in _checks_in(source)
    )
    lesson = _lesson_of("\n".join(text for kind, text in texts if kind == "markdown"), checks)
    ticks = frozenset(_TICK.findall("\n".join(_outputs(cells))))
    tricks = tuple(
        f"cell {place} {trick}"
        for place, source in enumerate(sources, 1)
        for trick in _tricks_in(source)
    )
    notebook = StudentNotebook(lesson, sources, checks, ticks, tricks)
    return notebook, hashlib.sha256(data).hexdigest()


def _is_cell(cell: Any) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("source", ""), str | list)


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(map(str, source))


def _outputs(cells: list[Any]) -> Iterator[str]:
    """Give all texts of all outputs, whatever their shape."""
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            yield str(cell.get("outputs", ""))[:100_000]


def _lesson_of(prose: str, checks: tuple[tuple[int, str, str], ...]) -> int:
    """Find the lesson by its title, or else by most of its checks."""
    title = _TITLE.search(prose)
    numbers = [number.partition(".")[0] for _, number, _ in checks]
    titled = [str(int(title[1]))] if title else []
    likely = [*titled, max(numbers, key=numbers.count, default="")]
    found = next((lesson for lesson in likely if lesson in ANSWERS), None)
    if found is None:
        raise InputError(
            'it is no lesson of this course: it has neither a title "# Lesson NN: ..." nor a '
            'mai.check("N.M", ...)'
        )
    return int(found)


def _tree(source: str) -> ast.Module:
    """Parse a cell without its magics; an empty tree where it is no Python."""
    lines = [
        "pass" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n")
    ]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse("")


def _checks_in(source: str) -> Iterator[tuple[str, str]]:
    """Find each call of ``check`` with an exercise's number."""
    for node in ast.walk(_tree(source)):
        if not isinstance(node, ast.Call) or len(node.args) != 2:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        number = getattr(node.args[0], "value", None)
        if name == "check" and isinstance(number, str) and _NUMBER.fullmatch(number):
            yield number, ast.unparse(node.args[1])


def _tricks_in(source: str) -> Iterator[str]:
    if found := _PRYING.search(source):
        yield f"looks into the checks ({found[0]})"
    for node in ast.walk(_tree(source)):
        targets: list[Any] = []
        if isinstance(node, ast.Assign | ast.Delete):
            targets = list(node.targets)
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("setattr", "delattr"):
            targets = list(node.args[:1])
        for target in targets:
            words = ast.unparse(target)
            if words == "mai" or words.startswith(("mai.", "melodyai_edu.")):
                yield f"assigns to {words[:40]}"
