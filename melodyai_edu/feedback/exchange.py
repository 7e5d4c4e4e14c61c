"""Ratings in files: tables to look at, and whole classes brought together.

Conventions
-----------
A file to be read is a stranger's: it is regular, within its limits, and every rating in it is
checked like one that was just made. Where one is wrong the error names its row. Parquet is read in
the child process (`melodyai_edu.feedback.parquet`).

Contents
--------
write_ratings, read_ratings
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from melodyai_edu.errors import InputError, MissingDependencyError, OutputError, ParameterError
from melodyai_edu.feedback import database
from melodyai_edu.feedback.parquet import GROUP_ROWS, parquet_rows
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.rating import Rating
from melodyai_edu.feedback.rows import SELECT, read_row
from melodyai_edu.feedback.table import (
    COLUMNS,
    check_columns,
    flat_row,
    guarded,
    rating_of,
    unguarded,
)
from melodyai_edu.io.disk import as_path, check_file, save_bytes

__all__ = ["read_ratings", "write_ratings"]

#: What a file to be merged may hold at most [bytes, ratings].
_LARGEST_FILE, _MOST_RATINGS = 200_000_000, 200_000
_SPLIT = "merge smaller files, one after the other"


def write_ratings(
    ratings: Iterable[Rating], path: str | os.PathLike[str], rater: str | None = None
) -> int:
    """Write ratings to a file; its suffix says as what.

    Parameters
    ----------
    ratings : iterable of Rating
    path : path
        Ends in ``.csv`` or ``.parquet``; for one rater also in ``.json``.
    rater : str, optional
        Whose they are.

    Returns
    -------
    ratings : int

    Raises
    ------
    ParameterError
        If the suffix is another one.
    OutputError
        If the file cannot be written.
    MissingDependencyError
        If pyarrow is needed and not there.
    """
    file, listed = as_path(path, OutputError), list(ratings)
    suffix = file.suffix.lower()
    if suffix == ".json" and rater is not None:
        values = {"rater": rater, "ratings": [rating.to_dict() for rating in listed]}
        save_bytes(json.dumps(values, indent=1, ensure_ascii=False).encode(), file)
    elif suffix == ".csv":
        save_bytes(_csv_bytes(listed), file)
    elif suffix == ".parquet":
        save_bytes(_parquet_bytes(listed), file)
    else:
        json_too = "" if rater is None else ", .json"
        raise ParameterError(f"path={str(path)!r} must end in one of: .csv, .parquet{json_too}")
    return len(listed)


def _csv_bytes(ratings: Iterable[Rating]) -> bytes:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    for rating in ratings:
        row = flat_row(rating)
        table.writerow({n: v if n == "value" else guarded(v) for n, v in row.items()})
    return text.getvalue().encode()


def _parquet_bytes(ratings: Iterable[Rating]) -> bytes:
    import pandas as pd

    _pyarrow()
    stream = io.BytesIO()
    rows = [flat_row(rating) for rating in ratings]
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype="object").astype("string")
    table.to_parquet(stream, engine="pyarrow", index=False, row_group_size=GROUP_ROWS)
    return stream.getvalue()


def _pyarrow() -> None:
    """Refuse to go on without pyarrow."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "Parquet files need pyarrow: pip install 'melodyai-edu[parquet]' (CSV needs nothing)"
        ) from error


def read_ratings(path: str | os.PathLike[str]) -> Iterator[Rating]:
    """Read the ratings of a store, or of a table that one was exported to.

    Parameters
    ----------
    path : path
        ``.csv`` and ``.parquet`` are tables, any other file is a store.

    Yields
    ------
    rating : Rating

    Raises
    ------
    InputError
        If the file is damaged, foreign or too large, or a rating is wrong.
    MissingDependencyError
        If pyarrow is needed and not there.
    """
    file = as_path(path, InputError)
    readers = {".csv": _csv_rows, ".parquet": _parquet_rows}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        yield from _stored(file)
        return
    with _named(file):
        check_file(file, _LARGEST_FILE)
        for number, row in enumerate(reader(file), start=1):
            _count(number)
            try:
                yield rating_of(row)
            except ParameterError as error:
                raise InputError(f"rating {number}: {error}") from error


@contextlib.contextmanager
def _named(file: Path) -> Iterator[None]:
    """Have the errors of a file say which one it is."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error


def _count(number: int) -> None:
    if number > _MOST_RATINGS:
        raise InputError(f"it holds more than {_MOST_RATINGS:,} ratings; {_SPLIT}")


def _csv_rows(file: Path) -> Iterator[Mapping[str, object]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            table = csv.DictReader(opened)
            check_columns(table.fieldnames or ())
            for row in table:
                yield {
                    n: v if n == "value" or not isinstance(v, str) else unguarded(v)
                    for n, v in row.items()
                }
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"it is no table in UTF-8 ({error}); export it again") from error
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})") from error


def _parquet_rows(file: Path) -> Iterator[Mapping[str, object]]:
    _pyarrow()
    yield from parquet_rows(file)


def _stored(file: Path) -> Iterator[Rating]:
    """Read a store as it lies there, without a trace."""
    database.check_database(file, _LARGEST_FILE)
    known: dict[str, RatedPiece] = {}
    with database.told(file), _named(file), contextlib.closing(database.read_only(file)) as opened:
        for number, row in enumerate(opened.execute(SELECT.format(where="")), start=1):
            _count(number)
            yield read_row(row, known)
