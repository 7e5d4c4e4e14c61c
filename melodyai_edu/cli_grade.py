"""The command line for teachers: ``melodyai grade``.

Conventions
-----------
A face only. A notebook that is broken, hostile or endless is a row of the table, not an error.

Contents
--------
add_grade
"""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add_grade"]


def add_grade(commands: Any) -> None:
    """Add ``grade`` to the commands.

    Parameters
    ----------
    commands : subparsers of argparse
    """
    grade = commands.add_parser(
        "grade", help="run a class's notebooks in a sandbox, and write a table"
    )
    grade.add_argument("folder", help="what was handed in; subfolders are students")
    grade.add_argument("--out", default="grades.csv", metavar="FILE", help="grades.csv if left out")
    grade.add_argument("--again", action="store_true", help="also what has a row already")
    grade.add_argument("--profile", default="smoke", help="how much the lessons train; smoke")
    grade.add_argument("--seconds", type=float, help="for a notebook, 900 when left out")
    grade.add_argument("--cell-seconds", type=float, help="for a cell, 300 when left out")
    grade.add_argument("--memory", type=float, metavar="MB", help="for a notebook, 4000")
    grade.set_defaults(run=_grade)


def _grade(options: argparse.Namespace) -> None:
    from tqdm.auto import tqdm

    from melodyai_edu.checks.grading_limits import Limits
    from melodyai_edu.checks.grading_run import grade_folder

    given = {"seconds": options.seconds, "cell_seconds": options.cell_seconds}
    if options.memory is not None:
        given["memory"] = int(options.memory * 1_000_000)
    limits = Limits(**{name: value for name, value in given.items() if value is not None})
    report = grade_folder(
        options.folder,
        options.out,
        limits=limits,
        profile=options.profile,
        is_anew=options.again,
        progress=lambda files: tqdm(files, unit="notebook"),
    )
    print(f"{report}\nwrote {options.out}")
