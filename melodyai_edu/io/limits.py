"""How large a file may be: every limit on what strangers' files can make us do.

Conventions
-----------
Sizes are bytes, kB and MB are powers of ten. A limit is generous for music and small for a
computer: the longest opera fits, a file built to exhaust the memory does not.

Contents
--------
MIDI_*, MUSICXML_*, MXL_*, ABC_*, AUDIO_*, RECORD_*, RECORDS, STORED_*, CHILD_* (the
process that parses), over_limit
"""

from __future__ import annotations

from melodyai_edu.errors import InputError

__all__ = [
    "ABC_BYTES",
    "ABC_LINE_BYTES",
    "ABC_TOKENS",
    "AUDIO_BYTES",
    "AUDIO_CHANNELS",
    "AUDIO_HERTZ",
    "AUDIO_SECONDS",
    "CHILD_CPU_SECONDS",
    "CHILD_FILE_BYTES",
    "CHILD_MEMORY_BYTES",
    "CHILD_WALL_SECONDS",
    "MIDI_BYTES",
    "MIDI_EVENTS",
    "MIDI_SECONDS",
    "MIDI_TEMPO_EVENTS",
    "MIDI_TRACKS",
    "MUSICXML_BYTES",
    "MUSICXML_DEPTH",
    "MUSICXML_ELEMENTS",
    "MUSICXML_TICKS",
    "MXL_BYTES",
    "MXL_MEMBERS",
    "MXL_RATIO",
    "MXL_UNPACKED_BYTES",
    "RECORDS",
    "RECORD_BYTES",
    "RECORD_FILE_BYTES",
    "STORED_BYTES",
    "STORED_FILES",
    "STORED_FOLDER_BYTES",
    "over_limit",
]

MIDI_BYTES = 10_000_000
MIDI_EVENTS = 1_000_000
MIDI_SECONDS = 24 * 60 * 60
MIDI_TEMPO_EVENTS = 100_000
MIDI_TRACKS = 1_024

MUSICXML_BYTES = 50_000_000
MUSICXML_DEPTH = 256
#: Elements, and attributes of all of them.
MUSICXML_ELEMENTS = 2_000_000
#: A day of music at 139 quarter notes a minute, 24 ticks each.
MUSICXML_TICKS = 200_000 * 24

MXL_BYTES = MUSICXML_BYTES
MXL_MEMBERS = 1_000
#: Counted while unpacking: the size that the archive states may lie.
MXL_UNPACKED_BYTES = 64_000_000
MXL_RATIO = 200

ABC_BYTES = 2_000_000
ABC_LINE_BYTES = 64_000
ABC_TOKENS = 200_000

#: Two hours of 32 channels would be far larger; such a file is mixed down first.
AUDIO_BYTES = 4_000_000_000
AUDIO_SECONDS = 2 * 60 * 60
#: The lowest and the highest sample rate [samples a second].
AUDIO_HERTZ = (4_000, 384_000)
AUDIO_CHANNELS = 32

#: A file of NoteSequences, and each of them.
RECORD_FILE_BYTES = 100_000_000
RECORD_BYTES = 5_000_000
RECORDS = 100_000

#: One thing in a storage (a model may be that large), and the files of a published folder.
STORED_BYTES = 2 * 1024**3
STORED_FILES = 100_000
STORED_FOLDER_BYTES = 8 * STORED_BYTES

#: What one file may cost the process that parses it (`melodyai_edu.io.sandbox`).
CHILD_MEMORY_BYTES = 512_000_000
CHILD_CPU_SECONDS = 9
#: Longer than the processor time, because a busy machine makes a process wait.
CHILD_WALL_SECONDS = 30.0
CHILD_FILE_BYTES = 64_000_000


def over_limit(what: str, found: int, limit: int, way_out: str) -> InputError:
    """Build the one error for everything that is too large.

    Parameters
    ----------
    what : str
        The thing counted, in the plural, with its place: ``"events up to byte 512"``.
    found, limit : int
    way_out : str
        What the reader of the message can do.

    Returns
    -------
    error : InputError
        To be raised by the caller.

    Examples
    --------
    >>> print(over_limit("tracks in the header", 2000, MIDI_TRACKS, "merge some tracks"))
    2,000 tracks in the header: the limit is 1,024; merge some tracks
    """
    return InputError(f"{found:,} {what}: the limit is {limit:,}; {way_out}")
