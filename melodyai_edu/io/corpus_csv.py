"""Tunes as a table, one a row: what spreadsheets and other people's scripts read.

Conventions
-----------
The column ``melody_sequence`` holds MIDI pitches between spaces, rests left out; ``durations`` as
many lengths [ticks, 24 a quarter note]. A file from elsewhere may also write pitches as a JSON
list.

Contents
--------
write_csv, read_melody_sequences
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.corpus import Tune
from melodyai_edu.io.disk import as_path, read_bytes, save_bytes

__all__ = ["read_melody_sequences", "write_csv"]

_COLUMNS = ("name", "title", "genre", "meter", "key", "split", "melody_sequence", "durations")
_TARGET = "melody_sequence"
_LIMIT = 50_000_000  # bytes
_MOST_ROWS, _MOST_NOTES = 200_000, 20_000
_SEPARATORS = re.compile(r"[\s,;\[\]]+")


def write_csv(tunes: Iterable[Tune], path: str | Path) -> int:
    """Write the melodies of tunes as a table.

    Parameters
    ----------
    tunes : iterable of Tune
    path : str or Path

    Returns
    -------
    rows : int

    Raises
    ------
    ParameterError
        If there is no tune with a note.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from melodyai_edu.io.corpus import load
    >>> file = Path(tempfile.mkdtemp()) / "jigs.csv"
    >>> write_csv(load("oneill").filter(genre="jig")[:2], file)
    2
    >>> [len(melody) > 20 for melody in read_melody_sequences(file)]
    [True, True]
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    rows = 0
    for tune in tunes:
        notes = tune.melody.notes
        if not notes:
            continue
        rows += 1
        pitches = " ".join(str(note.pitch) for note in notes)
        durations = " ".join(str(note.duration) for note in notes)
        facts = (tune.name, tune.title, tune.genre or "", tune.meter.name, tune.key.name)
        table.writerow((*map(_safe, facts), tune.split, pitches, durations))
    if not rows:
        raise ParameterError("there is no tune with a note to write: choose others")
    save_bytes(text.getvalue().encode(), path)
    return rows


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking a title for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def read_melody_sequences(path: str | Path) -> list[list[int]]:
    """Read the column ``melody_sequence`` of a table.

    Parameters
    ----------
    path : str or Path
        A CSV file with a header; other columns are left alone.

    Returns
    -------
    melodies : list of list of int [MIDI]
        One a row, each of at least one pitch.

    Raises
    ------
    InputError
        If the file is missing, too large, no table, lacks the column, or a row holds something
        else than pitches from 0 to 127; the message names row and value.
    """
    file = as_path(path, InputError)
    try:
        text = read_bytes(file, _LIMIT).decode("utf-8-sig")
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name}: must be UTF-8 text ({error.reason})") from error
    csv.field_size_limit(_LIMIT)
    rows = csv.DictReader(io.StringIO(text))
    try:
        if _TARGET not in (rows.fieldnames or ()):
            raise InputError(
                f"{file.name}: must have a column {_TARGET!r}, has: "
                f"{', '.join(str(name)[:40] for name in (rows.fieldnames or ())[:8])}"
            )
        melodies = []
        for number, row in enumerate(rows, start=2):
            if number > _MOST_ROWS:
                raise InputError(f"{file.name}: has more than {_MOST_ROWS} rows; split it")
            melodies.append(_pitches(str(row[_TARGET] or ""), f"{file.name} row {number}"))
    except csv.Error as error:
        raise InputError(f"{file.name}: is no table ({error})") from error
    if not melodies:
        raise InputError(f"{file.name}: has no row below its header")
    return melodies


def _pitches(text: str, place: str) -> list[int]:
    words = [word for word in _SEPARATORS.split(text) if word]
    if not words or len(words) > _MOST_NOTES:
        raise InputError(f"{place}: must hold from 1 to {_MOST_NOTES} pitches, has {len(words)}")
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= 127):
            raise InputError(
                f"{place}: {word[:20]!r} must be a MIDI pitch from 0 to 127 (60 is middle C)"
            )
    return [int(word) for word in words]
