"""The learner's own music as a corpus.

Conventions
-----------
Every file goes through the checks and the child process of `melodyai_edu.io.files`. Of a piece the
melody is kept, alone. One bad file is a line in the report, never the end of the work.

Contents
--------
AddReport, add, readings
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.io.corpus import home_folder, list_corpora, load
from melodyai_edu.io.corpus_card import added_card
from melodyai_edu.io.corpus_columns import Columns, TuneRow
from melodyai_edu.io.corpus_records import is_record_file, record_readings
from melodyai_edu.io.corpus_sources import SOURCES, Refused
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.estimate import melody_score
from melodyai_edu.io.files import music_bytes
from melodyai_edu.io.fingerprint import fingerprint, groups, split_of
from melodyai_edu.io.genre import genre_of_rhythm, genre_of_title
from melodyai_edu.io.kinds import SUFFIXES
from melodyai_edu.io.note_sequence import music_schema
from melodyai_edu.io.reading import Reading
from melodyai_edu.io.sandbox import run_limited

__all__ = ["AddReport", "add", "readings"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FEWEST_NOTES = 3


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of the files in a folder.

    Parameters
    ----------
    name : str
    tunes : int
    files : int
    remarks : tuple of str
        What was estimated, moved onto the grid or changed, a line for each tune.
    refused : tuple of Refused
    folder : Path
        Where the corpus lies now.
    """

    name: str
    tunes: int
    files: int
    remarks: tuple[str, ...]
    refused: tuple[Refused, ...]
    folder: Path

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {self.tunes} tunes from {self.files} files, {len(self.refused)} refused"
        ]
        lines += [f"  refused {one.source}: {one.reason}" for one in self.refused]
        lines += [f"  {remark}" for remark in self.remarks]
        return "\n".join([*lines, f"open it with: mai.load({self.name!r})"])


@dataclass(frozen=True, slots=True)
class _Found:
    rows: list[TuneRow]
    remarks: list[str]
    refused: list[Refused]


def add(name: str, folder: str | os.PathLike[str], *, progress: bool = True) -> AddReport:
    """Make a corpus of the music files in a folder and its subfolders.

    Parameters
    ----------
    name : str
        Small letters, digits and ``_``; an own corpus of that name is replaced.
    folder : path
        Holds MIDI, MusicXML or ABC files, or TFRecord files of Magenta's NoteSequences.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    report : AddReport

    Raises
    ------
    ParameterError
        If the name cannot be had.
    InputError
        If the folder is missing or holds no tune that can be read.
    MissingDependencyError
        If there are NoteSequences and note-seq is not installed.
    OutputError
        If the corpus cannot be saved.
    """
    _check_name(name)
    root = Path(folder).expanduser()
    files = _music_files(root)
    if any(map(is_record_file, files)):
        music_schema()
    found = _read_files(root, files, progress)
    rows = [row for one in found for row in one.rows]
    kept, clashing = _with_splits(name, rows)
    refused = [refusal for one in found for refusal in one.refused] + clashing
    if not kept:
        first = f"; the first: {refused[0].source}: {refused[0].reason}" if refused else ""
        raise InputError(f"none of the {len(files)} files in {root} gave a tune{first}")
    table = Columns.of(kept)
    target = home_folder() / name
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target} cannot be made: {error.strerror}") from error
    remarks = tuple(remark for one in found for remark in one.remarks)
    save_bytes(table.packed(), target / "tunes.npz")
    save_bytes(added_card(name, table, len(files), remarks, refused).encode(), target / "card.md")
    return AddReport(name, len(kept), len(files), remarks, tuple(refused), target)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ParameterError(
            f"name={name!r} must be small letters, digits and _, begin with a letter and have at "
            f"most 40 characters"
        )
    if name in SOURCES:
        raise ParameterError(
            f"name={name!r} is taken by a corpus of the package; choose another, such as my_{name}"
        )


def _music_files(root: Path) -> list[Path]:
    if not root.is_dir():
        raise InputError(f"{root} is no folder; give the folder that holds your music files")
    files = sorted(
        file for file in root.rglob("*") if file.suffix.lower() in SUFFIXES or is_record_file(file)
    )
    if not files:
        known = ", ".join((*SUFFIXES, ".tfrecord"))
        raise InputError(f"{root} holds no music file; we read {known}")
    return files


def _read_files(root: Path, files: Sequence[Path], progress: bool) -> list[_Found]:
    """Read the files, each in a child process, as many at a time as there are processors."""
    from tqdm.auto import tqdm

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda file: _read_file(root, file), files)
        return list(
            tqdm(found, total=len(files), desc="reading", unit="file", disable=not progress)
        )


def _read_file(root: Path, file: Path) -> _Found:
    source = file.relative_to(root).as_posix()
    try:
        if is_record_file(file):
            entries, refused = record_readings(file)
        else:
            entries, refused = run_limited(readings, *music_bytes(file))
    except InputError as error:
        return _Found([], [], [Refused(source, "", str(error))])
    found = _Found([], [], [Refused(f"{source}{place}", "", why) for place, why in refused])
    for place, rhythm, reading in entries:
        try:
            _take(found, f"{source}{place}", rhythm, reading, f"{file.stem}{place}")
        except InputError as error:
            found.refused.append(Refused(f"{source}{place}", reading.score.title, str(error)))
    return found


def _take(found: _Found, source: str, rhythm: str, reading: Reading, stem: str) -> None:
    """Keep the melody of a piece, and say what had to be supplied."""
    score = melody_score(reading)
    if score.note_count < _FEWEST_NOTES:
        raise InputError(f"its melody has {score.note_count} notes, {_FEWEST_NOTES} are needed")
    score = replace(score, title=score.title or stem)
    genre = genre_of_rhythm(rhythm) or genre_of_title(score.title)
    found.rows.append(TuneRow(score, genre=genre or "", source=source))
    remarks = [] if reading.is_key_stated else [f"key estimated: {score.key.name}"]
    remarks += [] if reading.is_meter_stated else [f"meter estimated: {score.meter.name}"]
    remarks += filter(None, (reading.loss, *reading.remarks))
    if len(reading.score.parts) > 1:
        remarks.append(f"melody found among {len(reading.score.parts)} parts")
    if remarks:
        found.remarks.append(f"{source}: {'; '.join(remarks)}")


def readings(
    kind: str, data: bytes
) -> tuple[list[tuple[str, str, Reading]], list[tuple[str, str]]]:
    """Read every tune of a file with what was supplied; runs inside the child process.

    Parameters
    ----------
    kind : str
        A value of ``SUFFIXES``.
    data : bytes

    Returns
    -------
    entries : list of (place, rhythm, Reading)
        The place in the file and the rhythm field, both empty for what has one tune.
    refused : list of (place, reason)

    Raises
    ------
    InputError
        If the whole file cannot be read.
    """
    if kind == "MIDI":
        from melodyai_edu.io.midi_read import midi_reading

        return [("", "", midi_reading(data))], []
    if kind == "MusicXML":
        from melodyai_edu.io.musicxml_read import musicxml_reading
        from melodyai_edu.io.mxl import unpack_mxl

        text = unpack_mxl(data) if data.startswith(b"PK") else data
        return [("", "", musicxml_reading(text))], []
    from melodyai_edu.io.abc_check import decode_abc
    from melodyai_edu.io.abc_read import parse_abc_book

    tunes, refused = parse_abc_book(decode_abc(data))
    entries = [
        (
            f" X:{tune.reference}",
            " ".join(tune.headers.get("R", ())),
            Reading(tune.score, is_meter_stated="M" in tune.headers, remarks=tune.problems),
        )
        for tune in tunes
    ]
    return entries, [(f" X:{tune.reference}", tune.reason) for tune in refused]


def _with_splits(name: str, rows: Sequence[TuneRow]) -> tuple[list[TuneRow], list[Refused]]:
    """Put each tune on the side of the tunes that it resembles, in every corpus there is.

    A tune that resembles tunes on two sides can stand on neither, and is left out.
    """
    others = [load(corpus) for corpus in list_corpora() if corpus != name]
    known = [tune for corpus in others for tune in corpus]
    prints = [hashes for corpus in others for hashes in corpus.fingerprints]
    own = [fingerprint(row.score) for row in rows]
    first = groups([*prints, *own])
    sides = defaultdict(set)
    for tune, group in zip(known, first, strict=False):
        sides[group].add(tune.split)
    kept, clashing = [], []
    for row, group in zip(rows, first[len(known) :], strict=True):
        # A group of the learner's tunes alone is placed by its music, not by its file's number.
        side = sides[group] or set(split_of([_label(own[group - len(known)])]))
        if len(side) > 1:
            reason = f"it resembles tunes of both {' and '.join(sorted(side))}"
            clashing.append(Refused(row.source, row.score.title, reason))
        else:
            kept.append(replace(row, split=next(iter(side))))
    return kept, clashing


def _label(hashes: np.ndarray) -> str:
    return hashes.tobytes().hex()
