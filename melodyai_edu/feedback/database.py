"""The file that ratings are kept in: made, looked over, opened.

Conventions
-----------
SQLite with a write-ahead log and ``synchronous=FULL``: what was acknowledged is on the disk. A
file is made whole beside its place and put there only if nothing has the name; a file that is
there is first looked at without being written to: one that is damaged, foreign, or of a newer
version is refused, and stays as it is, byte for byte.

Contents
--------
SCHEMA_VERSION, APPLICATION_ID, make_database, put_new, check_database, connect, read_only, told
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.io.disk import check_file
from melodyai_edu.io.storage_files import force_folder

__all__ = [
    "APPLICATION_ID",
    "SCHEMA_VERSION",
    "check_database",
    "connect",
    "make_database",
    "put_new",
    "read_only",
    "told",
]

#: What the file is, in its header: the letters MAIR.
APPLICATION_ID = 0x4D414952
SCHEMA_VERSION = 1

#: The largest file that is opened [bytes]: a million ratings.
LARGEST = 2_000_000_000

#: How long another process may write before this one gives up [seconds].
PATIENCE = 60.0

#: Each piece once, by the checksum of its fields; each rating once, by its key. ``sha256`` is of
#: the rating's own fields, so that a flipped bit is seen.
SCHEMA = {
    "pieces": "CREATE TABLE pieces (digest TEXT PRIMARY KEY NOT NULL, request TEXT NOT NULL, "
    "token_ids TEXT NOT NULL, music_key TEXT NOT NULL, tonic_pitch INTEGER NOT NULL, "
    "model TEXT NOT NULL, rules TEXT NOT NULL, notes_sha256 TEXT NOT NULL)",
    "ratings": "CREATE TABLE ratings (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, "
    "kind TEXT NOT NULL, value, piece TEXT NOT NULL REFERENCES pieces (digest), "
    "other TEXT REFERENCES pieces (digest), word TEXT NOT NULL, rater TEXT NOT NULL, "
    "time TEXT NOT NULL, sha256 TEXT NOT NULL)",
    "ratings_rater": "CREATE INDEX ratings_rater ON ratings (rater)",
    "ratings_piece": "CREATE INDEX ratings_piece ON ratings (piece)",
    "ratings_other": "CREATE INDEX ratings_other ON ratings (other)",
    "pieces_notes": "CREATE INDEX pieces_notes ON pieces (notes_sha256)",
}

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
#: Steps of SQLite's machine between two looks at the clock, and how long a look may take [s].
_STEPS, _LOOK_SECONDS = 100_000, 60.0
#: How long to wait before another look at what seems damaged [seconds].
_PAUSES = (0.05, 0.2)
_LONGEST_VALUE = 10_000_000  # bytes in one cell
_KEEP_IT = "take a copy from a backup, or move it away and begin a new one"


@contextlib.contextmanager
def told(file: Path) -> Iterator[None]:
    """Say what SQLite found as one of our errors.

    Raises
    ------
    InputError
        If the file is damaged.
    OutputError
        If it cannot be written, or another process writes for too long.
    """
    try:
        yield
    except sqlite3.Error as error:
        # Python 3.11 names SQLite's own code; its lower byte is the kind of trouble.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise OutputError(
                f"{file.name}: another process has been writing for {PATIENCE:.0f} s; try again"
            ) from error
        if code in _UNWRITABLE:
            raise OutputError(
                f"{file.name}: it cannot be written ({error}); choose another place, on a disk of "
                f"this computer"
            ) from error
        raise InputError(f"{file.name}: it is damaged ({error}); {_KEEP_IT}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name}: it is damaged ({error.reason}); {_KEEP_IT}") from error


_UNWRITABLE = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
)


def make_database(file: Path) -> None:
    """Make an empty store, unless something has its name already.

    Parameters
    ----------
    file : Path
        Its folder is made if it is not there.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        partial.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise OutputError(f"{file.name}: it cannot be written ({error.strerror})") from error
    try:
        with told(file), contextlib.closing(sqlite3.connect(partial)) as connection:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("PRAGMA journal_mode=WAL")
            for statement in SCHEMA.values():
                connection.execute(statement)
            connection.commit()
        put_new(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def put_new(partial: Path, file: Path) -> bool:
    """Give a finished file its name, unless something has that name already.

    Parameters
    ----------
    partial, file : Path
        In one folder.

    Returns
    -------
    is_new : bool

    Raises
    ------
    OutputError
        If the disk refuses.
    """
    try:
        with contextlib.suppress(OSError), partial.open("rb+") as opened:
            os.fsync(opened.fileno())
        try:
            os.link(partial, file)
        except FileExistsError:
            return False
        except OSError:  # a disk without links: the moment in between is short
            if file.exists():
                return False
            partial.replace(file)
    except OSError as error:
        raise OutputError(f"{file.name}: it cannot be written ({error.strerror})") from error
    with contextlib.suppress(OSError):
        force_folder(file.parent)
    return True


def check_database(file: Path, largest: int = LARGEST) -> None:
    """Refuse a file that is no sound store of ours; it is only looked at.

    Parameters
    ----------
    file : Path
    largest : int, optional [bytes]

    Raises
    ------
    InputError
        If it is no regular file, damaged, foreign, too large, or of a newer version.
    """
    try:
        check_file(file, largest)
        for beside in (file.with_name(f"{file.resolve().name}{end}") for end in ("-wal", "-shm")):
            if beside.exists() and not beside.is_file():
                raise InputError(f"{beside.name} beside it is no file; move it away")
        with file.open("rb") as opened:
            header = opened.read(_HEADER_BYTES)
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error
    except OSError as error:
        raise InputError(f"{file.name}: it cannot be opened ({error.strerror})") from error
    _check_header(file, header)
    fault = _fault(file)
    for pause in _PAUSES:
        if fault is None:
            return
        time.sleep(pause)  # another process may just have written: look again
        fault = _fault(file)
    if fault is not None:
        raise fault


def _check_header(file: Path, header: bytes) -> None:
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise InputError(f"{file.name}: it is no store of ratings, or damaged; {_KEEP_IT}")
    version, application = struct.unpack(">I4xI", header[60:72])
    if application != APPLICATION_ID:
        raise InputError(
            f"{file.name}: it is a database of another program; choose another file for ratings"
        )
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{file.name}: it is of version {version}, this package knows {SCHEMA_VERSION}: "
            f"update the package"
        )
    if version != SCHEMA_VERSION:
        raise InputError(f"{file.name}: its version {version} was never written; {_KEEP_IT}")


def _fault(file: Path) -> InputError | None:
    """Look through the whole file, without a trace."""
    try:
        with told(file), contextlib.closing(read_only(file)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise InputError(f"{file.name}: it is damaged ({found[:80]}); {_KEEP_IT}")
            tables = dict(
                connection.execute("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL")
            )
            if tables != SCHEMA:
                raise InputError(f"{file.name}: its tables are not as we make them; {_KEEP_IT}")
    except OutputError as error:
        return InputError(str(error))
    except InputError as error:
        return error
    return None


def read_only(file: Path) -> sqlite3.Connection:
    """Open a store to read from; the file, and what lies beside it, stay as they are.

    Parameters
    ----------
    file : Path

    Returns
    -------
    connection : sqlite3.Connection
        To be closed by the caller.
    """
    file = file.resolve()
    has_log = file.with_name(f"{file.name}-wal").exists()
    mode = "mode=ro" if has_log else "mode=ro&immutable=1"
    connection = sqlite3.connect(
        f"{file.as_uri()}?{mode}", uri=True, timeout=PATIENCE, isolation_level=None
    )
    end = time.monotonic() + _LOOK_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    for name, value in (("trusted_schema", "OFF"), ("query_only", "ON"), ("cell_size_check", "ON")):
        connection.execute(f"PRAGMA {name}={value}")
    return connection


def connect(file: Path) -> sqlite3.Connection:
    """Open a store that was looked over.

    Parameters
    ----------
    file : Path

    Returns
    -------
    connection : sqlite3.Connection
        In its own hands: transactions are begun by hand.

    Raises
    ------
    InputError, OutputError
        If it cannot be opened.
    """
    with told(file):
        connection = sqlite3.connect(
            f"{file.resolve().as_uri()}?mode=rw",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
            for name, value in _SETTINGS:
                connection.execute(f"PRAGMA {name}={value}")
        except BaseException:
            connection.close()
            raise
    if mode != "wal":
        connection.close()
        raise OutputError(
            f"{file.name}: this disk cannot hold a write-ahead log; choose a place on a disk of "
            f"this computer"
        )
    return connection


_SETTINGS = (
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("secure_delete", "ON"),
    ("temp_store", "MEMORY"),
    ("trusted_schema", "OFF"),
    ("cell_size_check", "ON"),
)
