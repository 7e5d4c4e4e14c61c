"""What kind of music file is it: by its suffix, and by its first bytes.

Conventions
-----------
The suffix is what a file claims, the first bytes are what it is.

Contents
--------
SUFFIXES, kind_of, check_kind
"""

from __future__ import annotations

from melodyai_edu.errors import InputError

__all__ = ["SUFFIXES", "check_kind", "kind_of"]

#: The kind of music file behind each suffix that we read and write.
SUFFIXES = {
    ".mid": "MIDI",
    ".midi": "MIDI",
    ".musicxml": "MusicXML",
    ".xml": "MusicXML",
    ".mxl": "MusicXML",
    ".abc": "ABC",
}

#: First bytes of files that people take for music files, and what to do with each.
_STRANGERS = {
    b"%PDF": "a PDF page: export MusicXML from the program that made it",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"fLaC": "a sound recording (FLAC)",
    b"OggS": "a sound recording (Ogg)",
    b"ID3": "a sound recording (MP3)",
    b"\x1f\x8b": "compressed with gzip: unpack it first",
    b"MSCX": "a MuseScore file: export MusicXML from MuseScore",
}


def kind_of(data: bytes) -> str | None:
    r"""Tell the kind of file from its first bytes.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    kind : str or None
        A value of ``SUFFIXES``; any plain text may be ABC. ``None`` if it is none of them.

    Examples
    --------
    >>> kind_of(b"MThd"), kind_of(b"X:1"), kind_of(b"\x00\x01")
    ('MIDI', 'ABC', None)
    """
    head = data[:4096]
    if head.startswith(b"MThd") or (head.startswith(b"RIFF") and head[8:12] == b"RMID"):
        return "MIDI"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "MusicXML"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head:
        text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        return "MusicXML" if text.startswith(b"<") else "ABC"
    return None


def check_kind(kind: str, data: bytes) -> None:
    """Refuse a file that is not what its suffix says.

    Parameters
    ----------
    kind : str
        A value of ``SUFFIXES``.
    data : bytes

    Raises
    ------
    InputError
        If the first bytes show another kind of file.
    """
    found = kind_of(data)
    if found == kind:
        return
    for start, what in _STRANGERS.items():
        if data.startswith(start):
            raise InputError(f"it should be {kind} but is {what}")
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        raise InputError(f"it should be {kind} but is a sound recording (WAV)")
    looks = {"MIDI": "MIDI", "MusicXML": "MusicXML or another markup", "ABC": "plain text"}
    if found is None:
        raise InputError(f"it should be {kind} but holds neither music nor text; export it again")
    usual = " or ".join(suffix for suffix, each in SUFFIXES.items() if each == found)
    raise InputError(
        f"it should be {kind} but its contents are {looks[found]}; "
        f"if that is right, rename it to end in {usual}"
    )
