"""Forgetting a rater: no row, and no byte, stays behind.

Conventions
-----------
Deleting a row only marks its place as free, and a write-ahead log holds copies. So freed bytes are
overwritten (``secure_delete``), the file is written anew without gaps (``VACUUM``), and the log is
emptied. What a disk or a backup keeps below the file is beyond a program's reach.

Contents
--------
check_rater, delete_rater, scrub
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from melodyai_edu.errors import OutputError
from melodyai_edu.feedback.values import choice

__all__ = ["check_rater", "delete_rater", "scrub"]

_NAMED = 20  # raters that a message lists


def check_rater(rater: str, known: Mapping[str, int]) -> None:
    """Refuse a rater that the store has no rating of.

    Parameters
    ----------
    rater : str
    known : mapping of str to int

    Raises
    ------
    ParameterError
        If it is none of the known ones.
    """
    if rater not in known:
        choice("rater", rater, list(known)[:_NAMED] or ["(nobody has rated yet)"])


def delete_rater(connection: sqlite3.Connection, rater: str) -> int:
    """Delete a rater's ratings, and the pieces that nobody else rated.

    Parameters
    ----------
    connection : sqlite3.Connection
        Inside a transaction.
    rater : str

    Returns
    -------
    ratings : int
        How many were deleted.
    """
    deleted = connection.execute("DELETE FROM ratings WHERE rater = ?", (rater,)).rowcount
    connection.execute(
        "DELETE FROM pieces WHERE NOT EXISTS (SELECT 1 FROM ratings WHERE piece = digest) "
        "AND NOT EXISTS (SELECT 1 FROM ratings WHERE other = digest)"
    )
    return deleted


def scrub(connection: sqlite3.Connection, file: Path) -> None:
    """Write the file anew without what was deleted, and empty its log.

    Parameters
    ----------
    connection : sqlite3.Connection
        Outside of a transaction.
    file : Path

    Raises
    ------
    OutputError
        If another process reads all the time.
    """
    connection.execute("VACUUM")
    (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise OutputError(
            f"{file.name}: the ratings are erased, but another program reads the file, and its log "
            f"still holds them; close that program and erase again"
        )
