"""Pieces that were made: rows in the database, files in a store of objects.

Conventions
-----------
A piece has a random name and an owner, and to everybody else it is not there. Its files are whole
or not there at all; its row is written after them. A piece that is deleted is nobody's at once; its
row goes when its files are gone, so that none is left behind when the store does not answer.

Contents
--------
LARGEST_HELD, NAME, FORMATS, PieceStore, StoredPiece, file_name, new_name, piece_storage
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, func, insert, select, update

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database
from melodyai_edu.api.tables import pieces
from melodyai_edu.errors import MelodyAIError, NotStoredError
from melodyai_edu.io.storage import Storage, Stored, open_storage
from melodyai_edu.io.storage_retry import Retries

__all__ = [
    "FORMATS",
    "LARGEST_HELD",
    "NAME",
    "PieceStore",
    "StoredPiece",
    "file_name",
    "new_name",
    "piece_storage",
]

_log = logging.getLogger("melodyai.api")

#: The largest file that is held in memory whole; others are streamed [bytes].
LARGEST_HELD = 1_000_000
_LARGEST_MIDI = 10_000_000

#: Somebody waits for an answer: less patience than usual.
_RETRIES = Retries(attempts=4, seconds=15, timeout=10)

#: What a piece can be had as, with the type of its file.
FORMATS = {
    "mid": "audio/midi",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "wav": "audio/wav",
    "svg": "image/svg+xml",
    "stems": "application/zip",
    "player": "text/html; charset=utf-8",
}

#: What the name of a piece or of a job looks like.
NAME = re.compile(r"[0-9a-f]{24}")


def new_name() -> str:
    """Draw a name for a piece or a job.

    Examples
    --------
    >>> bool(NAME.fullmatch(new_name()))
    True
    """
    return secrets.token_hex(12)


@dataclass(frozen=True)
class StoredPiece:
    """A piece in the store.

    Parameters
    ----------
    id, owner : str
    kind : str
        ``"composition"`` or ``"harmonisation"``.
    created : float [seconds since 1970]
    record : dict
        Title, facts, provenance, and what a rating keeps.
    """

    id: str
    owner: str
    kind: str
    created: float
    record: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Give it as an answer shows it."""
        home = f"/v1/compositions/{self.id}"
        links = {name: f"{home}.{name}" for name in FORMATS if name not in ("stems", "player")}
        provenance = self.record["provenance"]
        return {
            "id": self.id,
            "kind": self.kind,
            "created": round(self.created, 3),
            "title": self.record["title"],
            "request": provenance["request"] if provenance else self.record.get("asked"),
            "facts": self.record["facts"],
            "provenance": provenance,
            "links": links | {"stems": f"{home}/stems.zip", "player": f"{home}/player"},
        }


class PieceStore:
    """All pieces.

    Parameters
    ----------
    database : Database
    storage : Storage
        For the files.
    """

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database, self._storage = database, storage

    def keep_files(self, name: str, owner: str, kind: str, made: dict[str, Any]) -> StoredPiece:
        """Keep the files of a piece that is about to be added.

        Parameters
        ----------
        name, owner, kind : str
        made : dict
            What a worker gave.

        Returns
        -------
        piece : StoredPiece

        Raises
        ------
        Refusal
            503 if the store does not take them.
        """
        for suffix, data in made["files"].items():
            try:
                self._storage.put(file_name(name, suffix), data)
            except MelodyAIError as error:
                _log.error("a piece cannot be kept: %s", error)
                raise Refusal(503, "no more pieces can be kept; come again later", 60) from error
        record = {key: value for key, value in made.items() if key not in ("files", "tokens")}
        return StoredPiece(name, owner, kind, time.time(), record)

    def forget_files(self, name: str) -> None:
        """Delete the files of a piece that is not added after all."""
        try:
            self._storage.delete_all(f"{name}/")
        except MelodyAIError as error:
            _log.warning("files of a piece that is not there stay: %s", error)

    def tidy(self, name: str) -> None:
        """Delete the files of a piece that was deleted while one of them was made."""
        is_there = select(pieces.c.id).where(pieces.c.id == name, pieces.c.deleted.is_(None))
        if not self._database.rows(is_there):
            self.forget_files(name)

    def add(self, connection: Connection, piece: StoredPiece) -> None:
        """Write a piece down, whose files are kept already, inside a transaction."""
        connection.execute(delete(pieces).where(pieces.c.id == piece.id))
        connection.execute(
            insert(pieces).values(
                id=piece.id, owner=piece.owner, kind=piece.kind,
                created=piece.created, record=piece.record,
            )
        )  # fmt: skip

    def get(self, name: str, owner: str) -> StoredPiece:
        """Give a piece to its owner.

        Raises
        ------
        Refusal
            404 if there is none, or it is somebody else's.
        """
        values = {"name": name, "of": owner}
        rows = self._database.rows(_PIECE, values) if NAME.fullmatch(name) else []
        if not rows:
            raise Refusal(404, "there is no such piece of yours; list yours: GET /v1/compositions")
        row = rows[0]
        return StoredPiece(row.id, row.owner, row.kind, row.created, row.record)

    def list(self, owner: str, most: int = 100) -> list[dict[str, Any]]:
        """List somebody's last pieces, the latest first, by name, title and time."""
        title = pieces.c.record["title"].as_string().label("title")
        listed = select(pieces.c.id, title, pieces.c.created).where(*_of(owner))
        rows = self._database.rows(
            listed.order_by(pieces.c.created.desc(), pieces.c.id).limit(most)
        )
        return [{"id": row.id, "title": row.title, "created": row.created} for row in rows]

    def check_room(self, owner: str, most: int) -> None:
        """Refuse somebody who has as many pieces as they may.

        Raises
        ------
        Refusal
            422 if so.
        """
        counted: Executable = select(func.count()).where(*_of(owner))
        if self._database.rows(counted)[0][0] >= most:
            raise Refusal(422, f"you have {most:,} pieces, the limit; delete some first")

    def midi(self, name: str) -> bytes:
        """Give the MIDI file of a piece.

        Raises
        ------
        Refusal
            404 if it is there no more.
        """
        try:
            with _reading():
                return self._storage.get(file_name(name, "mid"), _LARGEST_MIDI)
        except NotStoredError as error:
            raise Refusal(404, "there is no such piece of yours any more") from error

    def open_file(self, name: str, kind: str) -> tuple[Stored, Iterator[bytes]] | None:
        """Open a file of a piece, if it was made already.

        Returns
        -------
        stored, chunks : Stored, iterator of bytes
            None if it was not made, or the piece was deleted meanwhile.
        """
        try:
            with _reading():
                stored, chunks = self._storage.open(file_name(name, kind))
        except NotStoredError:
            return None
        return stored, _read(chunks)

    def delete(self, name: str, owner: str) -> None:
        """Delete a piece with its files.

        Raises
        ------
        Refusal
            404 if there is none, or it is somebody else's.
        """
        piece = self.get(name, owner)
        gone = update(pieces).where(pieces.c.id == piece.id)
        self._database.write(gone.values(owner="", record={}, deleted=time.time()))
        self._clean(piece.id)

    def delete_older(self, than: float) -> int:
        """Delete what is older than a time.

        Parameters
        ----------
        than : float [seconds since 1970]

        Returns
        -------
        pieces : int
            How many there were.
        """
        old = update(pieces).where(pieces.c.created < than, pieces.c.deleted.is_(None))
        number = self._database.write(old.values(owner="", record={}, deleted=time.time()))
        self.finish_deleting()
        return number

    def finish_deleting(self) -> None:
        """Delete the files that were to be deleted when the store did not answer."""
        for row in self._database.rows(select(pieces.c.id).where(pieces.c.deleted.is_not(None))):
            self._clean(row.id)

    def sweep(self) -> None:
        """Delete what writers that ended in the middle have left in the store."""
        self._storage.sweep()

    def _clean(self, name: str) -> None:
        """Delete the files of a piece that is nobody's, then its row."""
        try:
            self._storage.delete_all(f"{name}/")
        except MelodyAIError as error:  # the row stays, and so it is tried again
            _log.warning("files of a deleted piece are still there: %s", error)
            return
        self._database.write(delete(pieces).where(pieces.c.id == name))


def piece_storage(url: str) -> Storage:
    """Open the store of files that the settings name.

    Parameters
    ----------
    url : str

    Returns
    -------
    storage : Storage

    Raises
    ------
    ParameterError
        If the address is none.
    MissingDependencyError
        If the package for it is not there.
    """
    return open_storage(url, allowed=[url], retries=_RETRIES)


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Say that the store does not answer, or is damaged: nothing that the caller could mend."""
    try:
        yield
    except NotStoredError:
        raise
    except MelodyAIError as error:
        _log.error("a file of a piece cannot be read: %s", error)
        raise Refusal(503, "the file cannot be read; come again later", 60, "store") from error


def _read(chunks: Iterator[bytes]) -> Iterator[bytes]:
    with _reading():
        yield from chunks


def _of(owner: Any) -> tuple[Any, ...]:
    return pieces.c.owner == owner, pieces.c.deleted.is_(None)


_PIECE = select(pieces).where(pieces.c.id == bindparam("name"), *_of(bindparam("of")))


def file_name(name: str, kind: str) -> str:
    """Say what a file of a piece is called in the store.

    Raises
    ------
    Refusal
        404 if it is no name of a piece, or of no format.

    Examples
    --------
    >>> file_name("0" * 24, "mid")
    '000000000000000000000000/piece.mid'
    """
    if not NAME.fullmatch(name) or kind not in FORMATS:
        raise Refusal(404, f"a piece can be had as: {', '.join(FORMATS)}")
    return f"{name}/piece.{kind}"
