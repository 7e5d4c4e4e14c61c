"""Files and corpora on one side, `Score` on the other.

Conventions
-----------
Everything that comes from a file is untrusted: it is checked by ourselves, then parsed in a child
process with limits. Whatever is wrong with a file is one `InputError`.

Contents
--------
read, read_all, write: any music file, by files, kinds, reading.
limits, sandbox, sandbox_child, disk, arrays, json_text, toml: nothing that comes in does harm.
midi_*; musicxml_*, mxl; abc_*; note_sequence, note_sequence_*, tfrecord; audio_read: formats.
bars, estimate: what a file does not say. comparison: what differs between two scores.
music21_convert, music21_theory: music21's values and knowledge.
corpus, corpus_*, genre, fingerprint, chorales: many tunes. storage, storage_*: in a bucket.
processes, cluster, lock, transaction: several at once. deployment: files to read in a lesson.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from melodyai_edu.io.files import read, read_all, write

__all__ = ["read", "read_all", "write"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'melodyai_edu.io' has no attribute {name!r}")
    return getattr(importlib.import_module("melodyai_edu.io.files"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
