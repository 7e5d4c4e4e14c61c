"""Read and write any music file that we know, by its suffix and its first bytes.

Conventions
-----------
The suffix says what a file should be, its first bytes what it is; they must agree. Checking
and parsing happen in a child process (`melodyai_edu.io.sandbox`).

Contents
--------
read, read_all, write, music_bytes, parse
"""

from __future__ import annotations

import os
from pathlib import Path

from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.io import limits
from melodyai_edu.io.disk import as_path, read_bytes, save_bytes
from melodyai_edu.io.kinds import SUFFIXES, check_kind
from melodyai_edu.io.sandbox import run_limited
from melodyai_edu.score import Score

__all__ = ["music_bytes", "parse", "read", "read_all", "write"]

_LARGEST = {
    "MIDI": limits.MIDI_BYTES,
    "MusicXML": limits.MUSICXML_BYTES,
    "ABC": limits.ABC_BYTES,
}
_KNOWN = ", ".join(SUFFIXES)


def read(path: str | os.PathLike[str]) -> Score:
    """Read a piece of music from a file.

    Parameters
    ----------
    path : path
        A ``.mid``, ``.midi``, ``.musicxml``, ``.xml``, ``.mxl`` or ``.abc`` file. Of an ABC file
        with several tunes the first is read; see `read_all`.

    Returns
    -------
    score : Score

    Raises
    ------
    InputError
        If the file is missing, damaged, too large, or not what its suffix says.

    Examples
    --------
    >>> read("no such tune.mid")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: no such tune.mid: there is no such file; check the name ...
    """
    return read_all(path)[0]


def read_all(path: str | os.PathLike[str]) -> list[Score]:
    """Read every piece in a file: one, but for an ABC file as many as it has tunes.

    Parameters
    ----------
    path : path

    Returns
    -------
    scores : list of Score
        At least one.

    Raises
    ------
    InputError
        If the file is missing, damaged, too large, or not what its suffix says.
    """
    file = as_path(path, InputError)
    try:
        return run_limited(parse, *music_bytes(file))
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error


def music_bytes(file: Path) -> tuple[str, bytes]:
    """Open a file whose suffix and first bytes agree that it is music.

    Parameters
    ----------
    file : Path

    Returns
    -------
    kind : str
        A value of ``SUFFIXES``.
    data : bytes
        Neither checked further nor parsed.

    Raises
    ------
    InputError
        If the file is missing, too large, or not what its suffix says.
    """
    kind = SUFFIXES.get(file.suffix.lower())
    if kind is None:
        raise InputError(f"{_suffix_text(file)} is no music file that we read; use {_KNOWN}")
    data = read_bytes(file, _LARGEST[kind])
    check_kind(kind, data)
    return kind, data


def parse(kind: str, data: bytes) -> list[Score]:
    """Check and parse the contents of a file; runs inside the child process.

    Parameters
    ----------
    kind : str
        A value of ``SUFFIXES``.
    data : bytes

    Returns
    -------
    scores : list of Score
        At least one.

    Raises
    ------
    InputError
        If the contents are damaged or hold no music.
    """
    if kind == "MIDI":
        from melodyai_edu.io.midi_read import parse_midi

        return [parse_midi(data)]
    if kind == "MusicXML":
        from melodyai_edu.io.musicxml_read import parse_musicxml

        if data.startswith(b"PK"):
            from melodyai_edu.io.mxl import unpack_mxl

            data = unpack_mxl(data)
        return [parse_musicxml(data)]
    from melodyai_edu.io.abc_check import decode_abc
    from melodyai_edu.io.abc_read import parse_abc

    scores = [tune.score for tune in parse_abc(decode_abc(data))]
    if not scores:
        raise InputError("it holds no tune; a tune begins with a line such as X:1")
    return scores


def _suffix_text(file: Path) -> str:
    return f"the suffix {file.suffix!r}" if file.suffix else "a name without a suffix"


def write(score: Score, path: str | os.PathLike[str]) -> None:
    """Write a piece of music to a file.

    Parameters
    ----------
    score : Score
    path : path
        The suffix chooses the format: ``.mid``, ``.midi``, ``.musicxml``, ``.xml``, ``.mxl`` or
        ``.abc``. An existing file is replaced in one step.

    Raises
    ------
    OutputError
        If the suffix is unknown, the format cannot carry the piece, or the file cannot be written.

    Examples
    --------
    >>> write(Score(()), "tune.gif")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.OutputError: tune.gif: we do not write '.gif' files; use .mid, ...
    """
    file = as_path(path, OutputError)
    if not isinstance(score, Score):
        raise ParameterError(f"score={score!r:.60} must be a Score")
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise OutputError(f"{file.name}: we do not write {file.suffix!r} files; use {_KNOWN}")
    try:
        data = _pack(suffix, score)
    except OutputError as error:
        raise OutputError(f"{file.name}: {error}") from error
    save_bytes(data, file)


def _pack(suffix: str, score: Score) -> bytes:
    """Give the contents of a file with a known suffix."""
    kind = SUFFIXES[suffix]
    if kind == "MIDI":
        from melodyai_edu.io.midi_write import midi_bytes

        return midi_bytes(score)
    if kind == "ABC":
        from melodyai_edu.io.abc_write import abc_text

        return abc_text(score).encode()
    from melodyai_edu.io.musicxml_write import musicxml_text

    text = musicxml_text(score)
    if suffix == ".mxl":
        from melodyai_edu.io.mxl import pack_mxl

        return pack_mxl(text)
    return text.encode()
