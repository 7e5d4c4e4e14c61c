"""Archives of arrays (``.npz``) that may come from anybody.

Conventions
-----------
What numpy writes is read here without numpy's own reader, which evaluates an array's header as
Python, takes the memory that the header asks for before it looks at the data, and lets the errors
of four libraries through. An array here has a plain type, and just as many bytes as its header
says. Bytes are counted while they are unpacked, because the sizes in an archive may lie.

References
----------
NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays" (2007), version 1.0.

Contents
--------
ZIP_ERRORS, open_archive, unpack, read_array, read_arrays
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

from melodyai_edu.errors import InputError
from melodyai_edu.io.limits import over_limit

__all__ = ["ZIP_ERRORS", "open_archive", "read_array", "read_arrays", "unpack"]

#: What the standard library raises on damaged archives.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)

_MEMBERS = 100_000
_CENTRAL_MAGIC = b"PK\x01\x02"  # one before each entry of a zip archive's list
_BLOCK = 1 << 20
_MAGIC = b"\x93NUMPY\x01\x00"
#: The header of an array of numbers, truth values or texts, as every numpy writes it.
_HEADER = re.compile(
    rb"\{'descr': '([<>|](?:b1|[iu][1248]|f[248]|U\d{1,7}))', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,18}, ?)*(?:\d{1,18})?)\),? ?\} *\n"
)
_LAST_LETTER, _HALVES = 0x10FFFF, (0xD800, 0xDFFF)  # of Unicode


@contextlib.contextmanager
def open_archive(data: bytes) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive and say whatever goes wrong in it as one error.

    Parameters
    ----------
    data : bytes

    Yields
    ------
    archive : zipfile.ZipFile

    Raises
    ------
    InputError
        If it is damaged, or has very many members.
    """
    members = data.count(_CENTRAL_MAGIC)  # before zipfile builds an object for each
    if members > _MEMBERS:
        raise over_limit("archive members", members, _MEMBERS, "it is built to do harm")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive
    except ZIP_ERRORS as error:
        raise InputError(f"it is no whole archive ({str(error)[:120]})") from error


def unpack(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Unpack one member.

    Parameters
    ----------
    archive : zipfile.ZipFile
        From `open_archive`.
    name : str
    limit : int [bytes]

    Returns
    -------
    data : bytes

    Raises
    ------
    InputError
        If it is packed in another way than ours, or larger than the limit.
    """
    member = archive.getinfo(name)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{name[:40]!r} is packed in a way that we do not use; make it anew")
    blocks, size = [], 0
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > limit:
                raise over_limit(f"bytes in {name[:40]!r}", size, limit, "it is not one of ours")
            blocks.append(block)
    return b"".join(blocks)


def read_array(archive: zipfile.ZipFile, name: str, limit: int) -> np.ndarray:
    """Read one array.

    Parameters
    ----------
    archive : zipfile.ZipFile
        From `open_archive`.
    name : str
        With its ``.npy``.
    limit : int [bytes]

    Returns
    -------
    array : np.ndarray

    Raises
    ------
    InputError
        If it is damaged, too large, of a type that we do not write, or holds what its type cannot.
    """
    data = unpack(archive, name, limit)
    size = int.from_bytes(data[8:10], "little")
    header = _HEADER.fullmatch(data[10 : 10 + size])
    if not data.startswith(_MAGIC) or header is None:
        raise InputError(f"{name[:40]!r} is no array of numbers or texts as we write them")
    kind = np.dtype(header[1].decode())
    shape = tuple(int(number) for number in header[3].replace(b" ", b"").split(b",") if number)
    body = data[10 + size :]
    if math.prod(shape) * kind.itemsize != len(body) or len(shape) > 16 or not kind.itemsize:
        raise InputError(f"{name[:40]!r} does not hold the {shape!s:.60} values that it states")
    array = np.frombuffer(body, kind).reshape(shape, order="F" if header[2] == b"True" else "C")
    _check_values(name, array)
    return array.copy(order="A")


def _check_values(name: str, array: np.ndarray) -> None:
    """Refuse truth values that are neither, and letters that are none."""
    if array.dtype.kind == "b":
        is_sound = not array.size or array.view(np.uint8).max() <= 1
    elif array.dtype.kind == "U" and array.size:
        letters = array.reshape(-1).view(f"{array.dtype.byteorder}u4")
        is_half = (letters >= _HALVES[0]) & (letters <= _HALVES[1])
        is_sound = letters.max() <= _LAST_LETTER and not is_half.any()
    else:
        is_sound = True
    if not is_sound:
        raise InputError(f"{name[:40]!r} holds values that its type does not have")


def read_arrays(data: bytes, limit: int) -> dict[str, np.ndarray]:
    """Read all arrays of an archive.

    Parameters
    ----------
    data : bytes
        As ``numpy.savez`` and ``numpy.savez_compressed`` write them.
    limit : int [bytes]
        All of them together, unpacked.

    Returns
    -------
    arrays : dict of str to np.ndarray
        By name; of types ``b``, ``i``, ``u``, ``f`` and ``U``.

    Raises
    ------
    InputError
        If the archive is damaged or too large, or an array cannot be read.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> np.savez(stream, ticks=np.arange(3))
    >>> read_arrays(stream.getvalue(), 1_000)["ticks"].tolist()
    [0, 1, 2]
    >>> read_arrays(b"PK", 1_000)
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: it is no whole archive (File is not a zip file)
    """
    arrays: dict[str, np.ndarray] = {}
    with open_archive(data) as archive:
        for name in archive.namelist():
            array = read_array(archive, name, limit)
            limit -= array.nbytes
            arrays[name.removesuffix(".npy")] = array
    return arrays
