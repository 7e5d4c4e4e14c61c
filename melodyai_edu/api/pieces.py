"""Pieces that were made: rows in the database, files beside it.

Conventions
-----------
A piece has a random name and an owner, and to everybody else it is not there. Its files are whole
or not there at all; its row is written after them and deleted before them.

Contents
--------
FORMATS, PieceStore, StoredPiece, new_name
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database
from melodyai_edu.errors import OutputError
from melodyai_edu.io.disk import save_bytes

__all__ = ["FORMATS", "NAME", "PieceStore", "StoredPiece", "new_name"]

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
    folder : Path
        For the files; made where it is missing.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def add(self, name: str, owner: str, kind: str, made: dict[str, Any]) -> StoredPiece:
        """Keep a piece.

        Parameters
        ----------
        name, owner, kind : str
        made : dict
            What a worker gave.

        Raises
        ------
        Refusal
            503 if the disk does not take it.
        """
        for suffix, data in made["files"].items():
            self.put_file(name, suffix, data)
        record = {key: value for key, value in made.items() if key not in ("files", "tokens")}
        created = time.time()
        self._database.write(
            "INSERT OR REPLACE INTO pieces (id, owner, kind, created, record) "
            "VALUES (?, ?, ?, ?, ?)",
            name, owner, kind, created, json.dumps(record),
        )  # fmt: skip
        return StoredPiece(name, owner, kind, created, record)

    def get(self, name: str, owner: str) -> StoredPiece:
        """Give a piece to its owner.

        Raises
        ------
        Refusal
            404 if there is none, or it is somebody else's.
        """
        rows = (
            self._database.rows(
                "SELECT id, owner, kind, created, record FROM pieces WHERE id = ? AND owner = ?",
                name,
                owner,
            )
            if NAME.fullmatch(name)
            else []
        )
        if not rows:
            raise Refusal(404, "there is no such piece of yours; list yours: GET /v1/compositions")
        _, _, kind, created, record = rows[0]
        return StoredPiece(name, owner, str(kind), float(str(created)), json.loads(str(record)))

    def list(self, owner: str, most: int = 100) -> list[dict[str, Any]]:
        """List somebody's last pieces, the latest first, by name, title and time."""
        rows = self._database.rows(
            "SELECT id, json_extract(record, '$.title'), created FROM pieces WHERE owner = ? "
            "ORDER BY created DESC, id LIMIT ?",
            owner,
            most,
        )
        return [{"id": r[0], "title": r[1], "created": r[2]} for r in rows]

    def check_room(self, owner: str, most: int) -> None:
        """Refuse somebody who has as many pieces as they may.

        Raises
        ------
        Refusal
            422 if so.
        """
        rows = self._database.rows("SELECT count(*) FROM pieces WHERE owner = ?", owner)
        if int(str(rows[0][0])) >= most:
            raise Refusal(422, f"you have {most:,} pieces, the limit; delete some first")

    def file(self, name: str, kind: str) -> bytes | None:
        """Give a file of a piece, if it was made already."""
        try:
            return self.path(name, kind).read_bytes()
        except OSError:
            return None

    def open_file(self, name: str, kind: str) -> BinaryIO | None:
        """Open a file of a piece, if it was made already; it may be deleted meanwhile."""
        try:
            return self.path(name, kind).open("rb")
        except OSError:
            return None

    def put_file(self, name: str, kind: str, data: bytes) -> None:
        """Keep a file of a piece.

        Raises
        ------
        Refusal
            503 if the disk does not take it.
        """
        path = self.path(name, kind)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            save_bytes(data, path)
        except (OSError, OutputError) as error:
            raise Refusal(503, "the disk takes no more pieces; come again later", 60) from error

    def delete(self, name: str, owner: str) -> None:
        """Delete a piece with its files.

        Raises
        ------
        Refusal
            404 if there is none, or it is somebody else's.
        """
        piece = self.get(name, owner)
        self._database.write("DELETE FROM pieces WHERE id = ?", piece.id)
        shutil.rmtree(self._folder / piece.id, ignore_errors=True)

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
        rows = self._database.rows("SELECT id, owner FROM pieces WHERE created < ?", than)
        for name, owner in rows:
            with contextlib.suppress(Refusal):  # its owner was quicker
                self.delete(str(name), str(owner))
        return len(rows)

    def path(self, name: str, kind: str) -> Path:
        """Say where a file of a piece lies, or will lie.

        Raises
        ------
        Refusal
            404 if it is no name of a piece, or of no format.
        """
        if not NAME.fullmatch(name) or kind not in FORMATS:
            raise Refusal(404, f"a piece can be had as: {', '.join(FORMATS)}")
        return self._folder / name / f"piece.{kind}"
