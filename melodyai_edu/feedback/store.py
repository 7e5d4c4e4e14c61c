"""The store of ratings: one file on this computer, safe against crashes and against itself.

Conventions
-----------
An added rating is on the disk when `RatingStore.add` returns. Any number of processes may add to
one file; each opens it for itself. What is read is checked; a damaged file is refused and left as
it is.

Contents
--------
Merged, RatingStore, open_store, store_file
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.feedback import database, erasing, exchange
from melodyai_edu.feedback.pairing import EncodingPair, pair_encodings
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.rating import Rating
from melodyai_edu.feedback.rows import (
    PIECE_COLUMNS,
    RATING_COLUMNS,
    SELECT,
    piece_row,
    rating_row,
    read_piece,
    read_row,
)
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import as_path
from melodyai_edu.io.transaction import transaction

__all__ = ["Merged", "RatingStore", "open_store", "store_file"]

_INSERT_PIECE = (
    f"INSERT OR IGNORE INTO pieces ({', '.join(PIECE_COLUMNS)}) "
    f"VALUES ({', '.join('?' * len(PIECE_COLUMNS))})"
)
_INSERT_RATING = (
    f"INSERT INTO ratings ({', '.join(RATING_COLUMNS)}) "
    f"VALUES ({', '.join('?' * len(RATING_COLUMNS))})"
)


class Merged(NamedTuple):
    """What came of a merge: how many ratings are new, and how many were known."""

    added: int
    known: int


def store_file() -> Path:
    """Give the file of this computer's own store."""
    return home_folder().parent / "ratings.sqlite"


def open_store(path: str | os.PathLike[str] | None = None) -> RatingStore:
    """Open a store of ratings, or begin one.

    Parameters
    ----------
    path : path, optional
        This computer's own when left out.

    Returns
    -------
    store : RatingStore

    Raises
    ------
    InputError
        If the file is damaged, foreign, or of a newer version; it stays as it is.
    OutputError
        If it cannot be written.
    """
    return RatingStore(store_file() if path is None else path)


class RatingStore:
    """Ratings in a file.

    Parameters
    ----------
    path : path
        Begun if there is no such file. Its folder must be on a disk of this computer.

    Raises
    ------
    InputError
        If the file is damaged, foreign, or of a newer version; it stays as it is.
    OutputError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> piece = RatedPiece({"genre": "jig"}, (2, 150, 200), "D major", 62, "ngram", (), "0" * 64)
    >>> with RatingStore(Path(tempfile.mkdtemp()) / "ratings.sqlite") as store:
    ...     first = store.add(Rating("stars", 4, piece, "quiet-owl", key="lesson-3"))
    ...     again = store.add(Rating("stars", 4, piece, "quiet-owl", key="lesson-3"))
    ...     len(store), again == first
    (1, True)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.file = as_path(path, InputError)
        if not os.path.lexists(self.file):
            database.make_database(self.file)
        database.check_database(self.file)
        self._connection = database.connect(self.file)
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return sum(self.raters().values())

    def __repr__(self) -> str:
        return f"<RatingStore {self.file.name}: {len(self)} ratings>"

    def close(self) -> None:
        """Let go of the file; a store that was closed cannot be used any more."""
        with self._lock, database.told(self.file):
            self._connection.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and on the disk when it is over."""
        with self._lock, database.told(self.file), transaction(self._connection) as connection:
            yield connection

    def _read(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock, database.told(self.file):
            return self._connection.execute(statement, values).fetchall()

    def add(self, rating: Rating) -> Rating:
        """Keep a rating.

        Parameters
        ----------
        rating : Rating

        Returns
        -------
        rating : Rating
            The one in the store: where its key is known with the same content, the one that was
            there before.

        Raises
        ------
        ParameterError
            If its key is known with another content.
        OutputError
            If it cannot be written: then nothing was kept.
        """
        if not isinstance(rating, Rating):
            raise ParameterError(f"rating={str(rating)[:60]!r} must be a Rating")
        with self._writing() as connection:
            return self._put(connection, rating) or rating

    def _put(self, connection: sqlite3.Connection, rating: Rating) -> Rating | None:
        """Write a rating down; give the one that was there under its key."""
        where = SELECT.format(where="WHERE r.key = ?")
        row = connection.execute(where, (rating.key,)).fetchone()
        if row is not None:
            kept = self._rating(row, {})
            if not kept.is_same(rating):
                raise ParameterError(
                    f"key={rating.key!r} is of another rating ({kept.kind} {kept.value or ''}): "
                    f"give this one a key of its own"
                )
            return kept
        for piece in (rating.piece, rating.other):
            if piece is not None:
                connection.execute(_INSERT_PIECE, piece_row(piece))
        connection.execute(_INSERT_RATING, rating_row(rating))
        return None

    def _rating(self, row: tuple[object, ...], known: dict[str, RatedPiece]) -> Rating:
        try:
            return read_row(row, known)
        except InputError as error:
            raise InputError(f"{self.file.name}: {error}") from error

    def ratings(self, rater: str | None = None) -> list[Rating]:
        """Give all ratings, or those of one rater, in the order in which they were made.

        Parameters
        ----------
        rater : str, optional
            A pseudonym.

        Returns
        -------
        ratings : list of Rating

        Raises
        ------
        InputError
            If a rating is not as it was written.
        """
        where = "" if rater is None else "WHERE r.rater = ?"
        rows = self._read(SELECT.format(where=where), *(() if rater is None else (rater,)))
        known: dict[str, RatedPiece] = {}
        return [self._rating(row, known) for row in rows]

    def raters(self) -> dict[str, int]:
        """Give each rater's pseudonym, and how many ratings are theirs."""
        rows = self._read("SELECT rater, count(*) FROM ratings GROUP BY rater ORDER BY rater")
        return {str(rater): int(str(number)) for rater, number in rows}

    def find_piece(self, notes_sha256: str) -> RatedPiece | None:
        """Give a piece that was rated before, by the checksum of its notes.

        Parameters
        ----------
        notes_sha256 : str

        Returns
        -------
        piece : RatedPiece or None
        """
        columns = ", ".join(PIECE_COLUMNS)
        statement = f"SELECT {columns} FROM pieces WHERE notes_sha256 = ? ORDER BY digest LIMIT 1"
        rows = self._read(statement, notes_sha256)
        try:
            return read_piece(rows[0]) if rows else None
        except InputError as error:
            raise InputError(f"{self.file.name}: {error}") from error

    def pairs(self, rater: str | None = None) -> list[EncodingPair]:
        """Give what was preferred to what: what a model of taste learns from.

        Parameters
        ----------
        rater : str, optional
            Only this one's taste.

        Returns
        -------
        pairs : list of (Encoding, Encoding)
            The chosen melody first; see `melodyai_edu.feedback.pairing.pair_encodings`.
        """
        return pair_encodings(self.ratings(rater))

    def export(self, path: str | os.PathLike[str]) -> int:
        """Write all ratings as a table.

        Parameters
        ----------
        path : path
            Ends in ``.csv`` or ``.parquet``; the latter needs pyarrow.

        Returns
        -------
        rows : int

        Raises
        ------
        ParameterError
            If the suffix is another one.
        OutputError
            If the file cannot be written.
        MissingDependencyError
            If pyarrow is needed and not there.
        """
        return exchange.write_ratings(self.ratings(), path)

    def export_rater(self, rater: str, path: str | os.PathLike[str]) -> int:
        """Write everything that is kept of one rater.

        Parameters
        ----------
        rater : str
        path : path
            Ends in ``.json``, ``.csv`` or ``.parquet``.

        Returns
        -------
        ratings : int

        Raises
        ------
        ParameterError
            If there is no such rater, or the suffix is another one.
        OutputError
            If the file cannot be written.
        """
        erasing.check_rater(rater, self.raters())
        return exchange.write_ratings(self.ratings(rater), path, rater)

    def merge(self, path: str | os.PathLike[str]) -> Merged:
        """Add the ratings of another store, or of a table that one was exported to.

        Parameters
        ----------
        path : path
            A store, or a ``.csv`` or ``.parquet`` file. It is only read, and it may be a
            stranger's.

        Returns
        -------
        merged : Merged
            How many ratings are new, and how many were known: merging twice adds nothing.

        Raises
        ------
        InputError
            If the file is damaged, too large, or no store and no table of one; or if one of its
            keys is known with another content. Then nothing of it is added.
        """
        name, added, known = as_path(path, InputError).name, 0, 0
        with self._writing() as connection:
            for rating in exchange.read_ratings(path):
                try:
                    is_known = self._put(connection, rating) is not None
                except ParameterError as error:
                    raise InputError(f"{name}: {error}") from error
                known, added = known + is_known, added + (not is_known)
        return Merged(added, known)

    def erase(self, rater: str) -> int:
        """Erase everything of one rater, so that no byte of it is left in the file.

        Parameters
        ----------
        rater : str

        Returns
        -------
        ratings : int
            How many were erased; 0 if there were none.

        Raises
        ------
        OutputError
            If another process reads the file all the time: the ratings are gone from the store,
            but their bytes may still be on the disk; erase again.
        """
        with self._writing() as connection:
            erased = erasing.delete_rater(connection, rater)
        with self._lock, database.told(self.file):
            erasing.scrub(self._connection, self.file)
        return erased
