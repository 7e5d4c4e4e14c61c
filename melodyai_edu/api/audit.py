"""The audit log: what was done that somebody may have to answer for.

Conventions
-----------
One line of JSON each: time, event, key or owner, and what it was done to. Never a secret, a body, a
word of a rating or an address. A file is only appended to, and is on the disk when a call returns.

Contents
--------
Audit
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path

from melodyai_edu.errors import OutputError

__all__ = ["Audit"]

_log = logging.getLogger("melodyai.audit")


class Audit:
    """Writes down who did what.

    Parameters
    ----------
    file : Path, optional
        Made where it is missing, for its owner's eyes only; into the usual log when left out.

    Raises
    ------
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "audit.jsonl"
    >>> Audit(file).write("key_created", key="0123456789ab")
    >>> json.loads(file.read_text())["event"]
    'key_created'
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file, self._lock = file, threading.Lock()
        if file is not None:
            self._append(file, b"")

    def write(self, event: str, **fields: str | int | None) -> None:
        """Write an event down.

        Parameters
        ----------
        event : str
        **fields
            Names and numbers; no secret.
        """
        if self._file is None:
            _log.info(event, extra={"fields": {"event": event, **fields}})
            return
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"time": now, "event": event, **fields})
        try:
            self._append(self._file, line.encode() + b"\n")
        except OutputError as error:  # what was asked for is done; that is worth more
            _log.error("%s; not written down: %s", error, line)

    def _append(self, file: Path, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            with self._lock:
                opened = os.open(file, flags, 0o600)
                try:
                    os.write(opened, line)
                    os.fsync(opened)
                finally:
                    os.close(opened)
        except OSError as error:
            raise OutputError(
                f"audit_file={str(file)!r} cannot be written ({error.strerror}); choose another"
            ) from error
