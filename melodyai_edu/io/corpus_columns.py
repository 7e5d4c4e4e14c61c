"""Many scores as a few arrays: small on disk, quick to open, one score built at a time.

Conventions
-----------
Column by column, tune after tune; ``*_count`` columns say how many rows of a longer column a tune
owns, so joining tables is joining columns. A file is npz without pickle. Loudness and dynamic
marks are not kept.

Contents
--------
TuneRow, Columns
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.arrays import read_arrays
from melodyai_edu.io.disk import read_bytes
from melodyai_edu.score import (
    Key,
    KeyChange,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)
from melodyai_edu.score.pitch import fifths_of, spell_on_fifths

__all__ = ["Columns", "TuneRow"]

#: What a file may have, packed and unpacked [bytes]: a million tunes.
_LARGEST_FILE, _LARGEST = 1_000_000_000, 4_000_000_000

#: Every column and its type; the columns behind a count belong to the tune in slices of it.
_TUNE = {"title": str, "composer": str, "genre": str, "source": str, "region": str, "split": str}
_TIME = {"pickup": np.int32, "duration": np.int32}
_RAGGED: dict[str, dict[str, Any]] = {
    "part": {"part_name": str, "part_program": np.uint8},
    "note": {
        "note_step": np.int32,
        "note_duration": np.int32,
        "note_pitch": np.uint8,
        "note_fifths": np.int8,
        "note_part": np.uint8,
    },
    "tie": {"tie_note": np.int32, "tie_offset": np.int32},
    "meter": {"meter_onset": np.int32, "meter_name": str},
    "key": {"key_onset": np.int32, "key_name": str},
    "tempo": {"tempo_onset": np.int32, "tempo_value": np.float64},
}
#: What every tune has at least one row of.
_NEEDED = ("meter", "key", "tempo")
_TYPES: dict[str, Any] = {
    **_TUNE,
    **_TIME,
    **{f"{group}_count": np.int32 for group in _RAGGED},
    **{name: kind for columns in _RAGGED.values() for name, kind in columns.items()},
}


@dataclass(frozen=True, slots=True)
class TuneRow:
    """A score and what a corpus knows of it.

    Parameters
    ----------
    score : Score
    genre : str, optional
        Empty where unknown.
    source : str, optional
        The file and the number in it.
    region : str, optional
    split : str, optional
        ``"train"``, ``"valid"`` or ``"test"``.
    """

    score: Score
    genre: str = ""
    source: str = ""
    region: str = ""
    split: str = ""


@dataclass(frozen=True)
class Columns:
    """The tunes of a corpus, column by column.

    Parameters
    ----------
    arrays : dict of str to np.ndarray
        One array for each column, of one dimension.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> score = Score.of_melody(Melody.from_events([(62, 24), (66, 48)]), key=Key("D"), title="Two")
    >>> table = Columns.of([TuneRow(score, genre="air")])
    >>> len(table), table.score(0) == score, str(table.arrays["genre"][0])
    (1, True, 'air')
    """

    arrays: dict[str, np.ndarray]

    @classmethod
    def of(cls, rows: Iterable[TuneRow]) -> Columns:
        """Take scores apart.

        Parameters
        ----------
        rows : iterable of TuneRow

        Returns
        -------
        columns : Columns
        """
        lists: dict[str, list[Any]] = {name: [] for name in _TYPES}
        for row in rows:
            _append(lists, row)
        return cls({name: np.array(lists[name], dtype=kind) for name, kind in _TYPES.items()})

    @classmethod
    def joined(cls, tables: Sequence[Columns]) -> Columns:
        """Put tables one behind the other.

        Parameters
        ----------
        tables : sequence of Columns
            At least one.

        Returns
        -------
        columns : Columns
        """
        return cls(
            {name: np.concatenate([table.arrays[name] for table in tables]) for name in _TYPES}
        )

    @classmethod
    def read(cls, path: Path) -> Columns:
        """Open a file that `packed` has made.

        Parameters
        ----------
        path : Path

        Returns
        -------
        columns : Columns

        Raises
        ------
        InputError
            If the file is damaged or from another version.
        """
        try:
            arrays = read_arrays(read_bytes(path, _LARGEST_FILE), _LARGEST)
            table = cls({name: arrays[name] for name in _TYPES})
            table._check()
        except (ValueError, KeyError, InputError) as error:
            raise InputError(
                f"{path.name} of the corpus {path.parent.name} is damaged or from another version "
                f"({error}); make it again: melodyai data build, or melodyai data add"
            ) from error
        return table

    def _check(self) -> None:
        """Refuse columns of another kind than ours, or that do not fit each other."""
        for name, kind in _TYPES.items():
            array = self.arrays[name]
            if array.ndim != 1 or array.dtype.kind != np.dtype(kind).kind:
                raise ValueError(f"its column {name} must be a list of {kind.__name__}")
        for group in _RAGGED:
            if (self.arrays[f"{group}_count"] < (group in _NEEDED)).any():
                raise ValueError(f"a tune has too few rows of {group}")
        for group, columns in _RAGGED.items():
            rows = int(self.arrays[f"{group}_count"].sum())
            if any(len(self.arrays[name]) != rows for name in columns):
                raise ValueError(f"its {group} columns have not {rows} rows")
        if len({len(self.arrays[name]) for name in (*_TUNE, *_TIME)}) != 1:
            raise ValueError("its columns differ in length")

    def packed(self) -> bytes:
        """Give the contents of an npz file, the same for the same tunes.

        Returns
        -------
        data : bytes
        """
        buffer = BytesIO()
        arrays: dict[str, Any] = self.arrays
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def with_splits(self, splits: Sequence[str]) -> Columns:
        """Give the same tunes with each one's split [shape=(tunes,), str]."""
        return Columns({**self.arrays, "split": np.array(splits, dtype=str)})

    def __len__(self) -> int:
        return len(self.arrays["title"])

    @cached_property
    def _first(self) -> dict[str, np.ndarray]:
        """Where each tune's slice begins, for every group of columns."""
        counts = {group: self.arrays[f"{group}_count"] for group in _RAGGED}
        return {group: np.concatenate(([0], np.cumsum(c))) for group, c in counts.items()}

    def slices(self, index: int, group: str) -> list[list[Any]]:
        """Give a tune's part of each column of a group, as plain Python values.

        Parameters
        ----------
        index : int [from 0]
        group : str
            ``"part"``, ``"note"``, ``"tie"``, ``"meter"``, ``"key"`` or ``"tempo"``.

        Returns
        -------
        columns : list of list
        """
        first, last = self._first[group][index : index + 2]
        return [self.arrays[name][first:last].tolist() for name in _RAGGED[group]]

    def digest(self, index: int) -> str:
        """Hash what sounds in one tune: notes, meters, keys and tempos [32 hex digits].

        Parameters
        ----------
        index : int [from 0]

        Returns
        -------
        digest : str
        """
        sounding = [self.slices(index, group) for group in ("note", "meter", "key", "tempo")]
        times = [int(self.arrays[name][index]) for name in _TIME]
        return blake2b(repr((sounding, times)).encode(), digest_size=16).hexdigest()

    def first_text(self, index: int, group: str) -> str:
        """Give the first meter's or key's name without building the score."""
        return str(self.arrays[f"{group}_name"][self._first[group][index]])

    def score(self, index: int) -> Score:
        """Build one score.

        Parameters
        ----------
        index : int [from 0]

        Returns
        -------
        score : Score

        Raises
        ------
        InputError
            If its rows make no music: the file is damaged.
        """
        try:
            return self._score(index)
        except (ParameterError, IndexError, ValueError) as error:
            raise InputError(f"tune {index + 1} of the corpus is damaged: {error}") from error

    def _score(self, index: int) -> Score:
        array = self.arrays
        return Score(
            parts=self._parts(index),
            meters=tuple(
                MeterChange(onset, Meter.parse(name))
                for onset, name in zip(*self.slices(index, "meter"), strict=True)
            ),
            keys=tuple(
                KeyChange(onset, Key.parse(name))
                for onset, name in zip(*self.slices(index, "key"), strict=True)
            ),
            tempos=tuple(
                TempoChange(onset, value)
                for onset, value in zip(*self.slices(index, "tempo"), strict=True)
            ),
            pickup=int(array["pickup"][index]),
            duration=int(array["duration"][index]),
            title=str(array["title"][index]),
            composer=str(array["composer"][index]),
        )

    def _parts(self, index: int) -> tuple[Part, ...]:
        ties: dict[int, list[int]] = {}
        for note, offset in zip(*self.slices(index, "tie"), strict=True):
            ties.setdefault(note, []).append(offset)
        names, programs = self.slices(index, "part")
        notes: list[list[Note]] = [[] for _ in names]
        onset = 0
        rows = zip(*self.slices(index, "note"), strict=True)
        for place, (step, duration, pitch, fifths, part) in enumerate(rows):
            onset += step
            spelling = _spelling(fifths)
            written = tuple(ties.get(place, ()))
            notes[part].append(Note(onset, duration, pitch, spelling, ties=written))
        return tuple(
            Part(tuple(own), name=name, program=program)
            for own, name, program in zip(notes, names, programs, strict=True)
        )


@cache
def _spelling(fifths: int) -> str:
    return spell_on_fifths(fifths * 7 % 12, centre=fifths)


def _append(lists: dict[str, list[Any]], row: TuneRow) -> None:
    """Add a score to every column."""
    score = row.score
    for name in ("genre", "source", "region", "split"):
        lists[name].append(getattr(row, name))
    for name in ("title", "composer", "pickup", "duration"):
        lists[name].append(getattr(score, name))
    lists["meter_onset"] += [change.onset for change in score.meters]
    lists["meter_name"] += [change.meter.name for change in score.meters]
    lists["key_onset"] += [change.onset for change in score.keys]
    lists["key_name"] += [change.key.name for change in score.keys]
    lists["tempo_onset"] += [change.onset for change in score.tempos]
    lists["tempo_value"] += [change.tempo for change in score.tempos]
    lists["part_name"] += [part.name for part in score.parts]
    lists["part_program"] += [part.program for part in score.parts]
    ties = _append_notes(lists, score)
    for group, count in {
        "part": len(score.parts),
        "note": score.note_count,
        "tie": ties,
        "meter": len(score.meters),
        "key": len(score.keys),
        "tempo": len(score.tempos),
    }.items():
        lists[f"{group}_count"].append(count)


def _append_notes(lists: dict[str, list[Any]], score: Score) -> int:
    """Add the notes part by part, each by its step from the last; give the number of tie breaks."""
    before = place = ties = 0
    for number, part in enumerate(score.parts):
        for note in part.notes:
            lists["note_step"].append(note.onset - before)
            lists["note_duration"].append(note.duration)
            lists["note_pitch"].append(note.pitch)
            lists["note_fifths"].append(fifths_of(note.spelling))
            lists["note_part"].append(number)
            lists["tie_note"] += [place] * len(note.ties)
            lists["tie_offset"] += note.ties
            ties += len(note.ties)
            before, place = note.onset, place + 1
    return ties
