"""A Parquet table of ratings that may come from anybody, read in the child process.

Conventions
-----------
The reader of Parquet is a large program in C++, so it runs where it can be stopped and starved
(`melodyai_edu.io.sandbox`). Rows come back a few at a time; a large table has them in groups, so
that an answer does not unpack what came before it.

Contents
--------
GROUP_ROWS, parquet_rows, count_rows, read_rows
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.feedback.table import COLUMNS_NEEDED, check_columns
from melodyai_edu.io.sandbox import run_limited

__all__ = ["GROUP_ROWS", "count_rows", "parquet_rows", "read_rows"]

#: How many rows a group has that we write.
GROUP_ROWS = 2_000
#: What a Parquet file may say that it unpacks to, what one of its cells may hold and what an answer
#: of the child holds [bytes], and how many rows are unpacked at a time: a cell that repeats takes
#: no room before.
_LARGEST_UNPACKED, _LARGEST_CELL, _ANSWER = 400_000_000, 1_000_000, 8_000_000
_ROWS_AT_ONCE = 20
_LIMITS = {"thrift_string_size_limit": 10_000_000, "thrift_container_size_limit": 1_000_000}

Row = dict[str, Any]


def parquet_rows(file: Path) -> Iterator[Row]:
    """Read the rows of a table.

    Parameters
    ----------
    file : Path

    Yields
    ------
    row : dict
        By column, those of ``COLUMNS_NEEDED``.

    Raises
    ------
    InputError
        If it is no Parquet file, damaged, or too large.
    """
    path, first = str(file.absolute()), 0
    count = run_limited(count_rows, path)
    while first < count:
        rows = run_limited(read_rows, path, first)
        if not rows:
            raise InputError(f"it ends after {first:,} of {count:,} rows")
        yield from rows
        first += len(rows)


def count_rows(path: str) -> int:
    """Count the rows, if it is a table of ratings; runs inside the child process.

    Parameters
    ----------
    path : str

    Returns
    -------
    rows : int

    Raises
    ------
    InputError
        If it is no such table, or too large a one; nothing is unpacked.
    """
    from pyarrow import parquet

    with _told():
        found = parquet.read_metadata(path)
        columns = [found.schema.column(place) for place in range(len(found.schema))]
        groups = [found.row_group(group) for group in range(found.num_row_groups)]
        check_columns(column.path for column in columns)
        for column in columns:
            if column.path in COLUMNS_NEEDED and column.physical_type != "BYTE_ARRAY":
                raise InputError(f"its column {column.path} must be text")
        unpacked = sum(group.total_byte_size for group in groups)
        if unpacked > _LARGEST_UNPACKED:
            raise InputError(
                f"it unpacks to {unpacked:,} bytes; merge smaller files, one after the other"
            )
        rows = [group.num_rows for group in groups]
        if sum(rows) != found.num_rows or min(rows, default=0) < 0:
            raise InputError("it is damaged: its groups do not have the rows that it states")
        return int(found.num_rows)


def read_rows(path: str, first: int) -> list[Row]:
    """Read a few rows; runs inside the child process.

    Parameters
    ----------
    path : str
    first : int
        The first of the rows, from 0.

    Returns
    -------
    rows : list of dict
        As many as an answer holds, at least one where there is one.

    Raises
    ------
    InputError
        If the data are damaged, or a cell is too long.
    """
    from pyarrow import parquet

    names, rows, size = list(COLUMNS_NEEDED), list[Row](), 0
    with _told(), parquet.ParquetFile(path, read_dictionary=names, **_LIMITS) as table:
        place, groups = _groups_from(table, first)
        # Columns stay dictionaries until each cell's length is known.
        for batch in table.iter_batches(_ROWS_AT_ONCE, groups, names, use_threads=False):
            place += len(batch)
            if place <= first:
                continue
            lengths = [_longest(*pair) for pair in zip(names, batch.columns, strict=True)]
            rows += batch.slice(max(0, len(batch) - (place - first))).to_pylist()
            size += sum(lengths) * len(batch)
            if size > _ANSWER:
                break
    return rows


def _groups_from(table: Any, first: int) -> tuple[int, range]:
    """Give the groups from the one that holds a row on, and the number of rows before them."""
    total = table.metadata.num_row_groups
    before = 0
    for group in range(total):
        count = table.metadata.row_group(group).num_rows
        if before + count > first:
            return before, range(group, total)
        before += count
    return before, range(0)


def _longest(name: str, column: Any) -> int:
    """Give the length of the longest cell, and refuse one that is too long."""
    from pyarrow import compute, types

    if not types.is_dictionary(column.type):
        raise InputError(f"its column {name} must be text")
    longest = compute.max(compute.binary_length(column.dictionary)).as_py() or 0
    if longest > _LARGEST_CELL:
        raise InputError(
            f"a cell of its column {name} has {longest:,} bytes; "
            f"merge smaller files, one after the other"
        )
    return int(longest)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say what the reader found as one of our errors."""
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, ValueError, LookupError, OverflowError) as error:
        raise InputError(f"it is no Parquet file, or damaged ({str(error)[:120]})") from error
