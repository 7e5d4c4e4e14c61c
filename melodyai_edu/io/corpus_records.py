"""NoteSequence files among the learner's own music.

Conventions
-----------
A file is named ``.tfrecord``, or ``.tfrecord-00000-of-00010`` where it is one of several. Each
record goes through the child process by itself, so a bad one is refused alone.

Contents
--------
is_record_file, record_readings, record_reading
"""

from __future__ import annotations

import re
from pathlib import Path

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.disk import read_bytes
from melodyai_edu.io.reading import Reading
from melodyai_edu.io.sandbox import run_limited
from melodyai_edu.io.tfrecord import Record, check_record, split_records

__all__ = ["is_record_file", "record_reading", "record_readings"]

_NAME = re.compile(r".+\.tfrecords?(?:-\d{5}-of-\d{5})?", re.IGNORECASE)


def is_record_file(file: Path) -> bool:
    """Tell by its name whether a file holds records.

    Parameters
    ----------
    file : Path

    Returns
    -------
    is_records : bool

    Examples
    --------
    >>> is_record_file(Path("tunes.tfrecord-00001-of-00010")), is_record_file(Path("tunes.mid"))
    (True, False)
    """
    return _NAME.fullmatch(file.name) is not None


def record_readings(
    file: Path,
) -> tuple[list[tuple[str, str, Reading]], list[tuple[str, str]]]:
    """Read every NoteSequence of a file.

    Parameters
    ----------
    file : Path

    Returns
    -------
    entries : list of (place, rhythm, Reading)
        The place in the file; the rhythm is empty.
    refused : list of (place, reason)

    Raises
    ------
    InputError
        If the file as a whole cannot be read.
    """
    entries, refused = [], []
    for record in split_records(read_bytes(file, limits.RECORD_FILE_BYTES)):
        place = f" record {record.number}"
        try:
            entries.append((place, "", run_limited(record_reading, *record)))
        except InputError as error:
            refused.append((place, str(error)))
    return entries, refused


def record_reading(number: int, data: bytes, checksum: int) -> Reading:
    """Check and read one record; runs inside the child process.

    Parameters
    ----------
    number : int [from 1]
    data : bytes
    checksum : int

    Returns
    -------
    reading : Reading

    Raises
    ------
    InputError
        If it is damaged, no NoteSequence, or no music.
    """
    from melodyai_edu.io.note_sequence_read import parse_note_sequence

    return parse_note_sequence(check_record(Record(number, data, checksum)))
