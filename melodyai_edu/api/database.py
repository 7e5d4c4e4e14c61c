"""The service's database: keys, jobs and pieces in one SQLite file.

Conventions
-----------
Times are seconds since 1970, UTC. What was written is on the disk when the call returns.

Contents
--------
Database
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.io.transaction import transaction

__all__ = ["Database"]

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL,
    scopes TEXT NOT NULL, created REAL NOT NULL, revoked REAL);
CREATE TABLE IF NOT EXISTS pieces (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, created REAL NOT NULL,
    record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
    upload BLOB, state TEXT NOT NULL, piece TEXT, status INTEGER, error TEXT,
    created REAL NOT NULL, updated REAL NOT NULL);
CREATE INDEX IF NOT EXISTS pieces_of_owner ON pieces (owner, created);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, created);
"""


class Database:
    """Rows in a file, shared by all threads of the service and by ``melodyai keys``.

    Parameters
    ----------
    file : Path
        Made where it is missing, with its folder; only its owner can read it.

    Raises
    ------
    OutputError
        If it cannot be made.
    InputError
        If it is damaged, or of a newer version.

    Examples
    --------
    >>> import tempfile
    >>> database = Database(Path(tempfile.mkdtemp()) / "service.sqlite")
    >>> database.rows("SELECT count(*) FROM pieces")
    [(0,)]
    >>> database.close()
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.RLock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            self._connection = sqlite3.connect(
                file, timeout=10, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"{file} cannot be opened ({error}); choose another folder"
            ) from error
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise InputError(f"{file} is no database of the service ({error})") from error

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise InputError(f"{self.file} is of a newer version of MelodyAI; update this one")
        self._connection.executescript(_TABLES)
        self._connection.execute(f"PRAGMA user_version={_VERSION}")

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Read.

        Parameters
        ----------
        statement : str
        *values : object

        Returns
        -------
        rows : list of tuple
        """
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write, all or nothing; on the disk when it is over.

        Yields
        ------
        connection : sqlite3.Connection
            Inside a transaction.
        """
        with self._lock, transaction(self._connection) as connection:
            yield connection

    def write(self, statement: str, *values: object) -> int:
        """Write one statement.

        Parameters
        ----------
        statement : str
        *values : object

        Returns
        -------
        rows : int
            How many were changed.
        """
        with self.writing() as connection:
            return connection.execute(statement, values).rowcount

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
