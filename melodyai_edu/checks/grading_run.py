"""Grade a class's folder into a table, one row a notebook.

Conventions
-----------
The table is written anew after each notebook, whole or not at all. A run that was stopped goes on
where it was: a row whose file has not changed since is kept.

Contents
--------
Row, GradeReport, find_notebooks, grade_folder
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from melodyai_edu.checks.grading import Grade, Verdict, grade_notebook
from melodyai_edu.checks.grading_limits import Limits, best_walls
from melodyai_edu.errors import InputError, MissingDependencyError
from melodyai_edu.feedback.table import guarded
from melodyai_edu.io.disk import save_bytes

__all__ = ["GradeReport", "Row", "find_notebooks", "grade_folder"]

_BEFORE = ("student", "file", "lesson", "passed", "exercises")
_AFTER = ("errors", "seconds", "tampered", "ended", "remark", "sha256")
_LONGEST, _LARGEST = 1_000, 50_000_000

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class GradeReport:
    """What became of a folder.

    Parameters
    ----------
    rows : tuple of Row
    kept : int
        Rows that stood in the table already.
    missing : str
        What this system's walls do not keep out; empty where all stand.
    """

    rows: tuple[Row, ...]
    kept: int
    missing: str

    def __str__(self) -> str:
        ended = sum(bool(row["ended"]) for row in self.rows)
        tampered = sum(bool(row["tampered"]) for row in self.rows)
        lines = [
            f"{len(self.rows)} notebooks, {self.kept} of them graded before; {ended} did not run "
            f"to the end, {tampered} have signs of tampering"
        ]
        if self.missing:
            lines.append(f"NOT kept out while they ran: {self.missing}")
        return "\n".join(lines)


def find_notebooks(folder: str | os.PathLike[str]) -> list[Path]:
    """List the notebooks below a folder, but for hidden ones and Jupyter's own copies.

    Parameters
    ----------
    folder : path

    Returns
    -------
    files : list of Path
        In order of their names.

    Raises
    ------
    InputError
        If there is no such folder, or no notebook in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"{root}: there is no such folder; check its name")
    files = sorted(
        file
        for file in root.rglob("*.ipynb")
        if not any(part.startswith(".") for part in file.relative_to(root).parts)
    )
    if not files:
        raise InputError(f"{root} holds no notebook (.ipynb); unpack what was handed in first")
    return files


def grade_folder(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    limits: Limits | None = None,
    profile: str = "smoke",
    is_anew: bool = False,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = list,
) -> GradeReport:
    """Grade all notebooks of a folder and keep a table up to date.

    Parameters
    ----------
    folder : path
    out : path
        The table, as CSV.
    limits : Limits, optional
        For each notebook.
    profile : str, default "smoke"
    is_anew : bool, default False
        Grade again what has a row already.
    progress : callable, optional
        Wraps the list of files, as ``tqdm`` does.

    Returns
    -------
    report : GradeReport

    Raises
    ------
    InputError
        If there is nothing to grade, or the table there is not ours.
    MissingDependencyError
        On Windows, which has nothing to keep a program in.
    OutputError
        If the table cannot be written.
    """
    if sys.platform == "win32":
        raise MissingDependencyError("grading needs Linux or macOS; on Windows use WSL")
    files, table = find_notebooks(folder), Path(out)
    known = {} if is_anew else _read(table)
    rows: dict[str, Row] = {}
    kept = 0
    for file in progress(files):
        name = _cell(file.relative_to(folder).as_posix())
        before = known.get(name)
        if before is not None and before["sha256"] == _digest(file):
            rows[name], kept = before, kept + 1
        else:
            grade = grade_notebook(file, limits, profile=profile)
            rows[name] = _row(file, file.relative_to(folder), grade)
        # What has not had its turn keeps its old row, so a stopped run loses nothing.
        _write(table, [*rows.values(), *(row for key, row in known.items() if key not in rows)])
    _write(table, list(rows.values()))
    return GradeReport(tuple(rows.values()), kept, best_walls().missing)


def _digest(file: Path) -> str:
    """Tell a file from another version of it; one that is too large to be read by its size."""
    try:
        if not file.is_file() or (size := file.stat().st_size) > _LARGEST:
            return f"size {size}" if file.is_file() else ""
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _cell(text: str) -> str:
    """Write a stranger's words so that they fit into a table and are no formula."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return guarded(" ".join(printable.split())[:_LONGEST])


def _row(file: Path, name: Path, grade: Grade) -> Row:
    """Write a grade as texts."""
    row = {
        "student": name.parts[0] if len(name.parts) > 1 else name.stem,
        "file": name.as_posix(),
        "lesson": "" if grade.lesson is None else f"{grade.lesson:02d}",
        "passed": str(grade.passed),
        "exercises": str(len(grade.verdicts)),
        "errors": "; ".join(grade.errors),
        "seconds": f"{grade.seconds:.1f}",
        "tampered": "; ".join(grade.tampered),
        "ended": grade.ended,
        "remark": "; ".join(grade.remarks),
        "sha256": grade.sha256 or _digest(file),
    }
    for place, (number, verdict) in enumerate(grade.verdicts.items(), 1):
        row |= _columns(place, number, verdict)
    return {key: _cell(text) for key, text in row.items()}


def _columns(place: int, number: str, verdict: Verdict) -> Row:
    said = f"{number}: {verdict.said}" if verdict.said else ""
    return {f"exercise_{place}": verdict.state, f"said_{place}": said}


def _write(table: Path, rows: Sequence[Row]) -> None:
    most = max((int(key[9:]) for row in rows for key in row if key.startswith("exercise_")),
               default=3)  # fmt: skip
    places = range(1, most + 1)
    names = [name for place in places for name in (f"exercise_{place}", f"said_{place}")]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*_BEFORE, *names, *_AFTER], restval="")
    writer.writeheader()
    writer.writerows(rows)
    save_bytes(text.getvalue().encode("utf-8-sig"), table)  # spreadsheets want the mark


def _read(table: Path) -> dict[str, Row]:
    """Read the rows that stand in a table already, by file."""
    if not table.exists():
        return {}
    try:
        with table.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: it cannot be read ({error}); choose another --out") from error
    if rows and not {*_BEFORE, *_AFTER} <= set(rows[0]):
        raise InputError(f"{table} is no table of grades; choose another --out")
    return {row["file"]: {key: value or "" for key, value in row.items() if key} for row in rows}
