"""The .mxl container: a zip archive with one MusicXML file and a signpost to it.

Conventions
-----------
Nothing is ever unpacked to disk, and only two members are opened: ``META-INF/container.xml``, and
the root file that it names. Bytes are counted while they stream out, because the sizes in an
archive's headers may lie.

Contents
--------
unpack_mxl, pack_mxl, parse_mxl, mxl_bytes
"""

from __future__ import annotations

import zipfile
from io import BytesIO

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.arrays import ZIP_ERRORS
from melodyai_edu.io.limits import over_limit
from melodyai_edu.io.musicxml_read import parse_musicxml
from melodyai_edu.io.musicxml_values import clip
from melodyai_edu.io.musicxml_write import musicxml_text
from melodyai_edu.score import Score

__all__ = ["mxl_bytes", "pack_mxl", "parse_mxl", "unpack_mxl"]

_CONTAINER = "META-INF/container.xml"
_MEDIA_TYPES = ("", "application/vnd.recordare.musicxml+xml", "application/vnd.recordare.musicxml")
_CONTAINER_BYTES = 64_000
_CENTRAL_MAGIC = b"PK\x01\x02"  # one before each entry of a zip archive's list
_BLOCK = 1 << 16
_CONTAINER_TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<container>
  <rootfiles>
    <rootfile full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>
  </rootfiles>
</container>
"""
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the oldest that zip knows: the same score, the same bytes


def unpack_mxl(data: bytes) -> bytes:
    """Take the MusicXML file out of a .mxl archive.

    Parameters
    ----------
    data : bytes
        The whole archive.

    Returns
    -------
    musicxml : bytes
        Not yet checked.

    Raises
    ------
    InputError
        If the archive is too large, damaged, encrypted, or names no MusicXML file.

    Examples
    --------
    >>> unpack_mxl(b"PK")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    melodyai_edu.errors.InputError: not a .mxl archive: ...
    """
    if len(data) > limits.MXL_BYTES:
        raise over_limit("bytes", len(data), limits.MXL_BYTES, "split the score")
    members = data.count(_CENTRAL_MAGIC)  # before zipfile builds an object for each
    if members > limits.MXL_MEMBERS:
        raise over_limit("archive members", members, limits.MXL_MEMBERS, "keep the score only")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _unpack(archive, _root_name(_unpack(archive, _CONTAINER)))
    except ZIP_ERRORS as error:
        raise InputError(
            f"not a .mxl archive: {str(error)[:120]}; the file is cut off or damaged"
        ) from error


def _unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one member, counting what comes out."""
    member = archive.getinfo(name)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{clip(name)} is packed in a way that .mxl does not use: pack it anew")
    blocks = []
    size = 0
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            blocks.append(block)
            if size > limits.MXL_UNPACKED_BYTES:
                what = f"bytes unpacked from {clip(name)}"
                raise over_limit(what, size, limits.MXL_UNPACKED_BYTES, "split the score")
            if size > limits.MXL_RATIO * max(member.compress_size, 1):
                raise InputError(
                    f"{clip(name)} unpacks to more than {limits.MXL_RATIO} times its size: it is "
                    f"built to fill the memory, no score"
                )
    return b"".join(blocks)


def _root_name(container: bytes) -> str:
    """Give the archive's first MusicXML file, as its container names it."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(container) > _CONTAINER_BYTES:
        raise InputError(f"{_CONTAINER} has {len(container):,} bytes: it must be a short list")
    try:
        root = fromstring(container, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except (DefusedXmlException, ParseError, LookupError, ValueError) as error:
        raise InputError(f"{_CONTAINER} is not well-formed XML: {str(error)[:120]}") from error
    for file in root.iter():
        is_file = file.tag.rpartition("}")[2] == "rootfile"
        if is_file and file.get("media-type", "") in _MEDIA_TYPES and file.get("full-path"):
            return str(file.get("full-path"))
    raise InputError(f"{_CONTAINER} names no MusicXML file: export the score again")


def parse_mxl(data: bytes) -> Score:
    """Read a .mxl file.

    Parameters
    ----------
    data : bytes
        The whole archive.

    Returns
    -------
    score : Score

    Raises
    ------
    InputError
        As `unpack_mxl` and `melodyai_edu.io.musicxml_read.parse_musicxml`.
    """
    return parse_musicxml(unpack_mxl(data))


def pack_mxl(text: str) -> bytes:
    """Put a MusicXML text into a .mxl archive.

    Parameters
    ----------
    text : str
        As from `melodyai_edu.io.musicxml_write.musicxml_text`.

    Returns
    -------
    data : bytes
        The same for the same text.

    Examples
    --------
    >>> unpack_mxl(pack_mxl("<score-partwise/>"))
    b'<score-partwise/>'
    """
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in ((_CONTAINER, _CONTAINER_TEXT), ("score.musicxml", text)):
            member = zipfile.ZipInfo(name, _FIRST_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0  # the same on every system
            archive.writestr(member, content.encode())
    return file.getvalue()


def mxl_bytes(score: Score) -> bytes:
    """Write a score as a .mxl archive.

    Parameters
    ----------
    score : Score

    Returns
    -------
    data : bytes

    Raises
    ------
    OutputError
        As `melodyai_edu.io.musicxml_write.musicxml_text`.

    Examples
    --------
    >>> from melodyai_edu.score import Melody, Score
    >>> score = Score.of_melody(Melody.from_events([(60, 24), (64, 24)]))
    >>> parse_mxl(mxl_bytes(score)) == score
    True
    """
    return pack_mxl(musicxml_text(score))
