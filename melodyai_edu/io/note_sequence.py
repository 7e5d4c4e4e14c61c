"""`Score` to and from Magenta's NoteSequence.

Conventions
-----------
A NoteSequence counts seconds; ours go through the tempos to ticks and back, and the loss is
reported. Each part is an instrument. Chord symbols and, by their numbers, sections have fields of
their own; what a NoteSequence has no field for (a pickup, groups of beats, a tonic's spelling, a
section's name) stands in text annotations such as ``MelodyAI pickup: 8 of 4/4``, as in our MIDI
files. Lost are ties, dynamic marks (not the velocities) and the program of an empty part.

The JSON form needs no library. The message itself needs the extra ``magenta``; of note-seq only
the schema is loaded, not the seconds of libraries that ``import note_seq`` loads with it.

References
----------
Magenta, note_seq 0.0.5, ``note_seq/protobuf/music.proto``.

Contents
--------
note_sequence_json, to_note_sequence, from_note_sequence, write_note_sequences, music_schema,
usual_key
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from melodyai_edu.errors import MissingDependencyError
from melodyai_edu.io.midi_signatures import MARK
from melodyai_edu.score import TICKS_PER_QUARTER, Key, Meter, Note, Part, Score

__all__ = [
    "from_note_sequence",
    "music_schema",
    "note_sequence_json",
    "to_note_sequence",
    "usual_key",
    "write_note_sequences",
]

_SIGNS = {"": "", "#": "_SHARP", "##": "_SHARP_SHARP", "b": "_FLAT", "bb": "_FLAT_FLAT"}
#: The schema's twelve tonics: it spells none of them twice.
_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def usual_key(tonic: int, mode: str) -> Key:
    """Spell a key whose tonic is a pitch class, as a NoteSequence has it.

    Parameters
    ----------
    tonic : int [pitch class, 0-11]
    mode : str

    Returns
    -------
    key : Key

    Examples
    --------
    >>> usual_key(1, "major").name, usual_key(1, "minor").name
    ('Db major', 'C# minor')
    """
    return Key("C", mode).transposed(tonic)


@cache
def music_schema() -> ModuleType:
    """Load the schema of NoteSequences from an installed note-seq.

    Returns
    -------
    schema : module
        ``schema.NoteSequence`` is the very class that ``note_seq.NoteSequence`` is.

    Raises
    ------
    MissingDependencyError
        If note-seq is not installed.
    """
    name = "note_seq.protobuf.music_pb2"
    if name in sys.modules:
        return sys.modules[name]
    package = importlib.util.find_spec("note_seq")
    folder = package.submodule_search_locations if package else None
    if not folder:
        raise MissingDependencyError(
            "NoteSequences need Magenta's note-seq: pip install 'melodyai-edu[magenta]'"
        )
    # Only this file: ``import note_seq`` takes seconds, for sound and plots that we do not use.
    spec = importlib.util.spec_from_file_location(
        "_melodyai_music_pb2", Path(folder[0]) / "protobuf" / "music_pb2.py"
    )
    if spec is None or spec.loader is None:
        raise MissingDependencyError("note-seq is damaged: pip install --force-reinstall note-seq")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def note_sequence_json(score: Score) -> dict[str, Any]:
    """Give a NoteSequence in protobuf's JSON form, as Magenta.js takes it.

    Parameters
    ----------
    score : Score

    Returns
    -------
    sequence : dict
        Times in seconds.

    Examples
    --------
    >>> sequence = note_sequence_json(Score((Part((Note(0, 24, 66),), program=73),)))
    >>> sequence["notes"][0]["endTime"], sequence["notes"][0]["pitchName"]
    (0.5, 'F_SHARP')
    """
    parts = list(enumerate(score.parts))
    names = {name: number for number, name in enumerate(_section_names(score))}
    return {
        "ticksPerQuarter": TICKS_PER_QUARTER,
        "totalTime": score.seconds,
        "timeSignatures": [
            _at(
                score,
                change,
                numerator=change.meter.numerator,
                denominator=change.meter.denominator,
            )
            for change in score.meters
        ],
        "keySignatures": [
            _at(score, change, key=_enum(_TONICS[key.tonic_pitch_class]), mode=key.mode.upper())
            for change in score.keys
            for key in [change.key]
        ],
        "tempos": [_at(score, change, qpm=change.tempo) for change in score.tempos],
        "notes": [_note(score, note, part, at) for at, part in parts for note in part.notes],
        "instrumentInfos": [{"instrument": at, "name": part.name} for at, part in parts],
        "partInfos": [{"part": at, "name": part.name} for at, part in parts],
        "textAnnotations": _annotations(score),
        "sectionAnnotations": [
            _at(score, section, sectionId=names[section.name]) for section in score.sections
        ],
        "sequenceMetadata": {
            "title": score.title,
            "composers": [score.composer] if score.composer else [],
        },
    }


def _section_names(score: Score) -> list[str]:
    return list(dict.fromkeys(section.name for section in score.sections))


def _at(score: Score, mark: Any, **fields: Any) -> dict[str, Any]:
    """Give a field's values and where it stands [seconds]."""
    return {"time": score.seconds_at(mark.onset), **fields}


def _enum(spelling: str) -> str:
    """Name a spelling as the schema does: ``F#`` is ``F_SHARP``."""
    return spelling[0] + _SIGNS[spelling[1:]]


def _note(score: Score, note: Note, part: Part, at: int) -> dict[str, Any]:
    return {
        "pitch": note.pitch,
        "velocity": note.velocity,
        "startTime": score.seconds_at(note.onset),
        "endTime": score.seconds_at(note.end),
        "pitchName": _enum(note.spelled.step + _sign(note.spelled.alter)),
        "instrument": at,
        "part": at,
        "program": part.program,
        "isDrum": part.is_drums,
    }


def _sign(alter: int) -> str:
    return "#" * alter if alter > 0 else "b" * -alter


def _annotations(score: Score) -> list[dict[str, Any]]:
    """Give the texts: chord symbols, and in our own words what has no field."""
    texts = [
        _at(score, chord, text=chord.text, annotationType="CHORD_SYMBOL") for chord in score.chords
    ]
    texts += [_at(score, one, text=f"{MARK} section: {one.name}") for one in score.sections]
    if score.pickup or len(score.meters) > 1:  # else a short first meter would look like one
        pickup = f"{MARK} pickup: {score.pickup} of {score.meter.name}"
        texts.append({"time": 0.0, "text": pickup})
    texts += [
        _at(score, change, text=f"{MARK} meter: {change.meter.name}")
        for change in score.meters
        if change.meter != Meter(change.meter.numerator, change.meter.denominator)
    ]
    texts += [
        _at(score, change, text=f"{MARK} key: {change.key.name}")
        for change in score.keys
        if change.key != usual_key(change.key.tonic_pitch_class, change.key.mode)
    ]
    return texts


def to_note_sequence(score: Score) -> Any:
    """Make a NoteSequence of a score.

    Parameters
    ----------
    score : Score

    Returns
    -------
    sequence : note_seq.NoteSequence

    Raises
    ------
    MissingDependencyError
        If note-seq is not installed.
    """
    from google.protobuf.json_format import ParseDict

    return ParseDict(note_sequence_json(score), music_schema().NoteSequence())


def from_note_sequence(sequence: Any) -> Score:
    """Make a score of a NoteSequence.

    Parameters
    ----------
    sequence : note_seq.NoteSequence
        In seconds; the quantised steps are not read.

    Returns
    -------
    score : Score

    Raises
    ------
    InputError
        If its times or numbers make no music, or a limit is passed.
    """
    from melodyai_edu.io.note_sequence_read import note_sequence_reading

    return note_sequence_reading(sequence).score


def write_note_sequences(scores: Iterable[Score], path: str | os.PathLike[str]) -> None:
    """Write scores as a TFRecord file of NoteSequences, as Magenta's programs read it.

    Parameters
    ----------
    scores : iterable of Score
    path : path
        Usually ends in ``.tfrecord``.

    Raises
    ------
    MissingDependencyError
        If note-seq is not installed.
    OutputError
        If the file cannot be written.
    """
    from melodyai_edu.io.disk import save_bytes
    from melodyai_edu.io.tfrecord import pack_records

    records = (to_note_sequence(score).SerializeToString() for score in scores)
    save_bytes(pack_records(records), path)
