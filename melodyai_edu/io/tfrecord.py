"""TFRecord files: records one behind the other, each with two checksums; no TensorFlow needed.

Conventions
-----------
A record is its length (8 bytes, little-endian), a checksum of the length, the data, a checksum of
the data. A checksum is CRC-32C, rotated and offset ("masked"). A file whose framing is broken is
refused whole; a record whose own data are damaged is refused alone, by `check_record`.

References
----------
TensorFlow, "TFRecord and tf.train.Example", the section on the format; RFC 3720 (2004), appendix
B.4, for CRC-32C and its test values.

Contents
--------
Record, split_records, check_record, pack_records, crc32c
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits

__all__ = ["Record", "check_record", "crc32c", "pack_records", "split_records"]

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, bits reversed
_MASK = 0xA282EAD8
_HEAD, _FOOT = struct.Struct("<QI"), struct.Struct("<I")
_EXPORT = "download or export it again"


class Record(NamedTuple):
    """One record: its number from 1, its data, and the checksum that they should have."""

    number: int
    data: bytes
    checksum: int


@cache
def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


def crc32c(data: bytes) -> int:
    """Give the CRC-32C of bytes.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    checksum : int

    Examples
    --------
    >>> hex(crc32c(bytes(32)))
    '0x8a9136aa'
    """
    table, value = _table(), 0xFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def _masked(data: bytes) -> int:
    value = crc32c(data)
    return ((value >> 15 | value << 17) + _MASK) & 0xFFFFFFFF


def split_records(data: bytes) -> list[Record]:
    """Cut a file into its records, whose own data are not checked yet.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    records : list of Record

    Raises
    ------
    InputError
        If the file is cut off, a length is damaged, or a limit is passed.

    Examples
    --------
    >>> [record.data for record in split_records(pack_records([b"one", b"two"]))]
    [b'one', b'two']
    """
    if len(data) > limits.RECORD_FILE_BYTES:
        raise limits.over_limit("bytes", len(data), limits.RECORD_FILE_BYTES, "split the file")
    records: list[Record] = []
    place = 0
    while place < len(data):
        if len(records) == limits.RECORDS:
            raise limits.over_limit(
                "records or more", limits.RECORDS + 1, limits.RECORDS, "split the file"
            )
        records.append(_record(data, place, len(records) + 1))
        place += _HEAD.size + len(records[-1].data) + _FOOT.size
    return records


def _record(data: bytes, place: int, number: int) -> Record:
    where = f"byte {place}, record {number}"
    if place + _HEAD.size > len(data):
        raise InputError(f"{where}: the file is cut off; {_EXPORT}")
    length, checksum = _HEAD.unpack_from(data, place)
    if _masked(data[place : place + 8]) != checksum:
        raise InputError(f"{where}: its length is damaged, or this is no TFRecord file; {_EXPORT}")
    if length > limits.RECORD_BYTES:
        raise limits.over_limit(
            f"bytes in record {number}", length, limits.RECORD_BYTES, "split the piece"
        )
    begin = place + _HEAD.size
    if begin + length + _FOOT.size > len(data):
        raise InputError(f"{where}: the file is cut off; {_EXPORT}")
    return Record(number, data[begin : begin + length], _FOOT.unpack_from(data, begin + length)[0])


def check_record(record: Record) -> bytes:
    """Give a record's data if they are whole.

    Parameters
    ----------
    record : Record

    Returns
    -------
    data : bytes

    Raises
    ------
    InputError
        If the data do not have their checksum.

    Examples
    --------
    >>> check_record(Record(3, b"one", 0))
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: record 3 is damaged: its data do not have their checksum;
    download or export it again
    """
    if _masked(record.data) != record.checksum:
        raise InputError(
            f"record {record.number} is damaged: its data do not have their checksum; {_EXPORT}"
        )
    return record.data


def pack_records(records: Iterable[bytes]) -> bytes:
    """Put records into a file's contents.

    Parameters
    ----------
    records : iterable of bytes

    Returns
    -------
    data : bytes

    Examples
    --------
    >>> len(pack_records([b"one"]))
    19
    """
    packed = []
    for record in records:
        length = len(record).to_bytes(8, "little")
        packed += [length, _FOOT.pack(_masked(length)), record, _FOOT.pack(_masked(record))]
    return b"".join(packed)
