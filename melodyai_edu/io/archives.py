"""What an archive of arrays says of itself, checked before numpy believes it.

Conventions
-----------
An npz file from elsewhere may claim arrays that fill the memory, unpack to far more than it holds,
or carry pickled objects. All that stands in its headers, which are read here and are small.

Contents
--------
check_npz
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits

__all__ = ["check_npz"]

_MEMBERS = 10_000


def check_npz(file: Path | BinaryIO, limit: int = limits.STORED_BYTES) -> None:
    """Refuse an archive whose arrays are larger than it says, or hold objects.

    Parameters
    ----------
    file : Path or binary file
    limit : int [bytes]
        Of all arrays together.

    Raises
    ------
    InputError
        If it is no such archive, too large or not what it says.

    Examples
    --------
    >>> import io
    >>> buffer = io.BytesIO()
    >>> np.savez(buffer, np.array([{}], dtype=object))
    >>> check_npz(buffer)
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: arr_0.npy: holds objects, not numbers or text; take it anew
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > _MEMBERS or total > limit:
                raise limits.over_limit("bytes unpacked", total, limit, "take another")
            for member in members:
                _check_member(archive, member)
    except (OSError, ValueError, EOFError, KeyError, SyntaxError, zipfile.BadZipFile) as error:
        raise InputError(f"it is no archive of arrays ({error}); take it anew") from error


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as opened:
        version = np.lib.format.read_magic(opened)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        shape, _, dtype = read(opened)
        header = opened.tell()
    if dtype.hasobject:
        raise InputError(f"{member.filename}: holds objects, not numbers or text; take it anew")
    size = dtype.itemsize
    for length in shape:
        size *= length
    if size != member.file_size - header:
        raise InputError(f"{member.filename}: is not as long as it says; take it anew")
