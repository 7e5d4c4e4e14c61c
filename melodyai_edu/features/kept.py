"""Rows of features kept on disk, so that what was measured once is not measured again.

Conventions
-----------
A row is known by a hash of what was measured. Rows lie in the folder ``features`` beside the
learner's corpora (in ``MELODYAI_HOME``), many to a file, by kind and version; deleting the folder
costs time and nothing else. A damaged file counts as empty.

Contents
--------
KeptRows
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.json_text import read_json

__all__ = ["KeptRows"]

#: Higher after every change of what a column holds: rows of an older version are not found.
_VERSION = 1
_SHARD = 2  # hex digits of the hash that name the file

Row = dict[str, float]


class KeptRows:
    """Rows of one kind, read when first asked for and written together.

    Parameters
    ----------
    kind : str
        Such as ``"symbolic"``.

    Examples
    --------
    >>> KeptRows("symbolic").get("00ff") is None
    True
    """

    def __init__(self, kind: str) -> None:
        self._folder = home_folder().parent / "features" / f"{kind}-{_VERSION}"
        self._shards: dict[str, dict[str, Row]] = {}
        self._new: defaultdict[str, dict[str, Row]] = defaultdict(dict)

    def _file(self, digest: str) -> Path:
        return self._folder / f"{digest[:_SHARD]}.json"

    def get(self, digest: str) -> Row | None:
        """Give the row of what has this hash, or ``None``."""
        shard = digest[:_SHARD]
        if shard not in self._shards:
            self._shards[shard] = _read(self._file(digest))
        return self._new[shard].get(digest) or self._shards[shard].get(digest)

    def put(self, digest: str, row: Row) -> None:
        """Remember a row; it is on disk after `save`."""
        self._new[digest[:_SHARD]][digest] = row

    def save(self) -> None:
        """Write what is new; where the disk refuses, the rows are simply made again next time."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for rows in self._new.values():
                if rows:
                    file = self._file(next(iter(rows)))
                    save_bytes(json.dumps({**_read(file), **rows}).encode(), file)
        except (OSError, OutputError):
            return
        self._new.clear()
        self._shards.clear()


def _read(file: Path) -> dict[str, Row]:
    try:
        rows = read_json(file.read_bytes())
    except (OSError, InputError):
        return {}
    kept = rows.items() if isinstance(rows, dict) else ()
    return {digest: row for digest, row in kept if _is_row(row)}


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and all(isinstance(value, float | int) for value in row.values())
