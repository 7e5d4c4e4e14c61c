"""Print the course as a table, lesson by lesson: what is to be read, done, seen, and waited for.

How each column is counted:

- *words*: of the prose, as a reader sees it, without links' addresses;
- *lines*: of code in the learner's notebook, without blank lines;
- *checks*, *predictions*, *recall*: exercises with ``mai.check``, ``mai.predict``, and questions
  of ``mai.recall``;
- *figures*, *interactive*: what the outputs of the solutions show, see tools/lesson_seconds.py;
- *student*, *solution*: processor seconds of the whole notebook in the default profile.

Run without arguments for the table. With ``--measure`` it executes the notebooks, both profiles, on
a machine that does nothing else, and keeps what they took in ``lessons/seconds.json``, lesson by
lesson. Lessons whose code was measured as it is now are left out, so it goes on where it was
interrupted; with ``--only 04 11`` it measures these, whether they need it or not. With
``--of out/notebooks.xml`` it compares the notebooks that the tests ran with what was measured, and
fails where one became slow.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lesson_seconds as seconds

COLUMNS = ("lesson", "words", "lines", "checks", "predictions", "recall", "figures", "interactive",
           "student [s]", "solution [s]")  # fmt: skip
CARD = re.compile(r"\*\*CPU seconds\*\* \| (\d+)")
UNKNOWN = "-"


def words_of(source: str) -> int:
    """Count the words of a lesson's prose."""
    import jupytext

    cells = jupytext.reads(source, fmt="py:percent").cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return len(re.sub(r"\]\([^)]*\)|[|*`#>-]", " ", text).split())


def lines_of(notebook: Any) -> int:
    """Count the lines of code that a learner sees."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return sum(bool(line.strip()) for source in code for line in source.splitlines())


def card_seconds(lesson: str) -> int:
    """Give the CPU seconds that a lesson's card says."""
    match = CARD.search(source_of(lesson).read_text(encoding="utf-8"))
    if match is None:
        sys.exit(f"the card of lesson {lesson} says no CPU seconds, as `| **CPU seconds** | 40`")
    return int(match[1])


def source_of(lesson: str) -> Path:
    """Find a lesson's source."""
    (path,) = (seconds.ROOT / "lessons").glob(f"{lesson}_*.py")
    return path


def row(lesson: str, known: dict[str, Any]) -> tuple[str, ...]:
    """Count everything of a lesson."""
    import nbformat

    source = source_of(lesson).read_text(encoding="utf-8")
    notebook = nbformat.read(seconds.notebook_of(lesson, "student"), as_version=4)
    checks, predictions = (
        len(set(re.findall(rf'^mai\.{name}\("([\d.]+)"', source, re.MULTILINE)))
        for name in ("check", "predict")
    )
    questions = importlib.import_module(f"melodyai_edu.checks.lesson_{lesson}").RECALL
    counts = (words_of(source), lines_of(notebook), checks, predictions, len(questions))
    return (lesson, *map(str, counts), *measured(known.get(lesson)))


def measured(entry: dict[str, Any] | None) -> tuple[str, ...]:
    """Give the columns that only an executed notebook has."""
    if entry is None:
        return (UNKNOWN,) * 4
    show = entry["shown"]["solution"]
    times = [f"{entry[kind]['default']['cpu']:.0f}" for kind in seconds.FOLDERS]
    return (str(show["figures"]), str(show["interactive"]), *times)


def table(known: dict[str, Any]) -> str:
    """Write the table, and which lessons are still to be measured, or measured anew."""
    known = seconds.current(known)
    rows = [row(lesson, known) for lesson in seconds.lessons()]
    lines = [COLUMNS, ("---", *("--:" for _ in COLUMNS[1:])), *rows]
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    missing = [lesson for lesson in seconds.lessons() if lesson not in known]
    if missing:
        text += f"\n\nNot measured as they are now: {', '.join(missing)}."
    return text


def chosen(only: Sequence[str]) -> list[str]:
    """List the lessons to measure: those that are named, or else those that need it."""
    for begin in only:
        if not any(lesson.startswith(begin) for lesson in seconds.lessons()):
            sys.exit(f"--only={begin} must be how a lesson's number begins, such as 04")
    if only:
        return [lesson for lesson in seconds.lessons() if lesson.startswith(tuple(only))]
    known = seconds.read()
    return [lesson for lesson in seconds.lessons() if seconds.changed(lesson, known.get(lesson))]


def measure(only: Sequence[str] = ()) -> None:
    """Measure lessons one after the other, and keep each at once."""
    lessons = chosen(only)
    if not lessons:
        print("every lesson is measured as it is now; name those to measure again with --only")
    for lesson in lessons:
        entry = seconds.measure(lesson)
        seconds.keep(lesson, entry)
        took, said = entry["solution"]["default"]["cpu"], card_seconds(lesson)
        print(f"lesson {lesson}: {took} s of processor time, its card says {said}", flush=True)


def judge(report: Path) -> None:
    """Compare the notebooks of the tests; exit with 1 where one became slow."""
    if not report.is_file():
        sys.exit(f"{report}: there is no such report; pytest writes it with --junitxml={report}")
    known, found = seconds.current(seconds.read()), seconds.of_tests(report)
    speed, slow = seconds.compare(known, found)
    if slow:
        sys.exit("\n".join(slow))
    compared = sum(lesson in known for lesson, _ in found)
    few = f", too few to compare (from {seconds.FEWEST} on)" if compared < seconds.FEWEST else ""
    print(f"{compared} of {len(found)} notebooks were measured before{few}; here they take "
          f"{speed:.2f} times as long")  # fmt: skip


def main() -> None:
    """Print, measure or compare."""
    parser = argparse.ArgumentParser(description="The course as a table, with seconds.")
    parser.add_argument("--measure", action="store_true", help="execute what is not yet measured")
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="NN", help="measure these lessons, such as 04 11"
    )
    parser.add_argument("--of", type=Path, metavar="XML", help="compare the report of the tests")
    options = parser.parse_args()
    if options.measure:
        measure(options.only)
    elif options.of:
        judge(options.of)
    else:
        print(table(seconds.read()))


if __name__ == "__main__":
    main()
