"""Writing to SQLite all or nothing, in connections that begin their transactions by hand.

Conventions
-----------
For connections made with ``isolation_level=None``; who shares one among threads holds a lock.

Contents
--------
transaction
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

__all__ = ["transaction"]


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all that is inside, or none of it.

    Parameters
    ----------
    connection : sqlite3.Connection

    Yields
    ------
    connection : sqlite3.Connection
        Committed when the block ends, rolled back if it ends by any exception.

    Examples
    --------
    >>> connection = sqlite3.connect(":memory:", isolation_level=None)
    >>> _ = connection.execute("CREATE TABLE notes (pitch INTEGER)")
    >>> with contextlib.suppress(ValueError), transaction(connection):
    ...     _ = connection.execute("INSERT INTO notes VALUES (60)")
    ...     raise ValueError
    >>> connection.execute("SELECT * FROM notes").fetchall()
    []
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
