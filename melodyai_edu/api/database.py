"""The service's database: one SQLite file, or a PostgreSQL server that several services share.

Conventions
-----------
What was written is on the disk when the call returns. A password is never in a message.

Contents
--------
Database
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Index,
    Row,
    create_engine,
    event,
    inspect,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateColumn

from melodyai_edu.api.tables import METADATA, VERSION, about
from melodyai_edu.errors import InputError, MissingDependencyError, OutputError, ParameterError

__all__ = ["Database"]

_CACHE = 256  # KB that a connection keeps: there are many, and the system keeps the file, too
_PATIENCE = 10  # seconds, for another who writes
#: A server that is gone without a word is given up after this; the system would wait for hours.
_GONE = {
    "tcp_user_timeout": 15_000,  # milliseconds, for what was sent; below: seconds, for silence
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
_TURN = 6_237_001  # the number of our advisory lock, chosen by chance
_READS = {"melodyai_reads": True}


class Database:
    """Tables, shared by all threads of the service and by ``melodyai keys``.

    Parameters
    ----------
    place : Path or str
        Of the SQLite file, made where it is missing, with its folder; only its owner can read it.
        Or ``postgresql://USER:PASSWORD@HOST:5432/NAME``.

    Raises
    ------
    OutputError
        If it cannot be opened.
    InputError
        If it is damaged, or of a newer version.
    MissingDependencyError
        If the package for PostgreSQL is not there.

    Examples
    --------
    >>> import tempfile
    >>> from melodyai_edu.api.tables import keys
    >>> database = Database(Path(tempfile.mkdtemp()) / "service.sqlite")
    >>> database.rows(select(keys.c.id)), database.is_shared
    ([], False)
    >>> database.close()
    """

    def __init__(self, place: Path | str) -> None:
        self.is_shared = isinstance(place, str)
        self._engine = _postgresql(place) if isinstance(place, str) else _sqlite(place)
        #: Connections of their own, so that who reads a file never waits for those who write.
        self._reader = self._engine if isinstance(place, str) else _sqlite(place)
        #: What it is called in messages.
        self.name = str(place) if isinstance(place, Path) else _without_password(self._engine.url)
        try:
            self._prepare()
        except DBAPIError as error:
            self._engine.dispose()
            reason = str(error.orig).strip().partition("\n")[0]
            if self.is_shared:
                raise OutputError(
                    f"{self.name} does not take us ({reason}); check the address, the name and "
                    f"the password"
                ) from error
            raise InputError(f"{self.name} is no database of the service ({reason})") from error

    def _prepare(self) -> None:
        """Make what is missing: tables, and columns and indexes that came later."""
        with self.writing(alone=True) as connection:
            METADATA.create_all(connection)
            _add_columns(connection)
            for index in _indexes():
                index.create(connection, checkfirst=True)
            version = connection.scalar(select(about.c.version))
            if version is None:
                connection.execute(about.insert().values(version=VERSION))
            elif version > VERSION:
                raise InputError(f"{self.name} is of a newer version of MelodyAI; update this one")

    def check(self) -> None:
        """Ask for nothing, to see whether it answers."""
        self.rows(sql("SELECT 1"))

    def rows(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Read.

        Parameters
        ----------
        statement : Executable
            A selection from `melodyai_edu.api.tables`.
        values : mapping, optional
            Of what the statement leaves open.

        Returns
        -------
        rows : sequence of Row
        """
        with self._reader.connect().execution_options(**_READS) as connection:
            return connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """Write, all or nothing; on the disk when it is over.

        Parameters
        ----------
        alone : bool, default False
            Whether to wait until nobody else who says so writes: to count, and then to write.

        Yields
        ------
        connection : Connection
            Inside a transaction.
        """
        with self._engine.begin() as connection:
            if alone and self.is_shared:  # SQLite lets one write at a time anyway
                connection.execute(sql("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
            yield connection

    def write(self, statement: Executable) -> int:
        """Write one statement.

        Parameters
        ----------
        statement : Executable

        Returns
        -------
        rows : int
            How many were changed.
        """
        with self.writing() as connection:
            return connection.execute(statement).rowcount

    def close(self) -> None:
        """Let go of the file, or of the server."""
        self._reader.dispose()
        self._engine.dispose()


def _sqlite(file: Path) -> Engine:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    except OSError as error:
        raise OutputError(f"{file} cannot be opened ({error}); choose another folder") from error
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": _PATIENCE},
        hide_parameters=True,  # an error is logged, and they hold what people wrote
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{_CACHE}")  # in KB, where it is negative

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("melodyai_reads"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql(address: str) -> Engine:
    try:
        url = make_url(address).set(drivername="postgresql+psycopg")
        options = f"-c statement_timeout={_PATIENCE}s -c lock_timeout={_PATIENCE}s"
        arguments = {"connect_timeout": _PATIENCE, "options": options, **_GONE}
        return create_engine(
            url, pool_pre_ping=True, max_overflow=30, connect_args=arguments, hide_parameters=True
        )
    except (ArgumentError, ValueError):
        raise ParameterError("database must be postgresql://USER:PASSWORD@HOST:5432/NAME") from None
    except ImportError as error:
        raise MissingDependencyError(
            "PostgreSQL needs the package psycopg; install it with: "
            'pip install "melodyai-edu[shared]"'
        ) from error


def _without_password(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def _indexes() -> list[Index]:
    return [index for table in METADATA.sorted_tables for index in table.indexes]


def _add_columns(connection: Connection) -> None:
    """Bring tables of an older version up to date: what came later can be empty."""
    found = inspect(connection)
    for table in METADATA.sorted_tables:
        known = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                written = CreateColumn(column).compile(connection)
                connection.execute(sql(f"ALTER TABLE {table.name} ADD COLUMN {written}"))


#: What goes wrong with a database, in one name.
DatabaseError = SQLAlchemyError
