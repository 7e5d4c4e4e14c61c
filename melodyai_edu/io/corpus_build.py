"""Make corpora anew from music21's files, on all processors or on a cluster.

Conventions
-----------
All five sources are read at every build, for a tune's group may reach across corpora; only those
asked for are written. Files are read side by side, everything else happens in order in one process:
the result is the same, byte for byte, however many processes worked, here or on a cluster. A file
that cannot be read is refused, with the reason, and the build goes on. A process that reads keeps
nothing of a file; what all have read is gathered in this one, as columns.

Contents
--------
BuildReport, build
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from melodyai_edu.errors import MelodyAIError, OutputError, ParameterError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.corpus_card import card_of
from melodyai_edu.io.corpus_columns import Columns
from melodyai_edu.io.corpus_sources import SOURCES, Refused, read_file
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.fingerprint import fingerprint, groups, split_of
from melodyai_edu.io.processes import LOCAL, map_jobs

__all__ = ["BuildReport", "build"]

#: So many files' columns are joined to one table while others are read.
_JOINED = 256


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build has made of one corpus.

    Parameters
    ----------
    name : str
    tunes : int
    refused : tuple of Refused
    folder : Path
    """

    name: str
    tunes: int
    refused: tuple[Refused, ...]
    folder: Path

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.tunes} tunes, {len(self.refused)} refused"]
        for refused in self.refused:
            title = f" {refused.title!r}" if refused.title else ""
            lines.append(f"  {refused.source}{title}: {refused.reason}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _FileResult:
    columns: Columns
    prints: list[np.ndarray]
    refused: list[Refused]


@dataclass(slots=True)
class _Found:
    """What was read of one corpus so far."""

    tables: list[Columns] = field(default_factory=list)
    prints: list[np.ndarray] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    parts: list[Columns] = field(default_factory=list)

    def take(self, result: _FileResult) -> None:
        self.parts.append(result.columns)
        self.prints += result.prints
        self.refused += result.refused
        if len(self.parts) == _JOINED:
            self._join()

    def _join(self) -> None:
        self.tables.append(Columns.joined(self.parts))
        self.parts = []

    def table(self) -> Columns:
        """Give all tunes; the parts are forgotten."""
        if self.parts:
            self._join()
        self.tables = [Columns.joined(self.tables or [Columns.of([])])]
        return self.tables[0]


def build(
    names: Sequence[str] = (),
    folder: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
) -> list[BuildReport]:
    """Make corpora from the files that music21 brings.

    Parameters
    ----------
    names : sequence of str, optional
        Of ``oneill``, ``ryan``, ``airds``, ``chorales``, ``essen``; all of them when left out.
    folder : path, optional
        Gets a folder for each corpus; `home_folder` when left out, where `load` finds them.
    workers : int, optional [from 1]
        Processes here; as many as processors when left out.
    scheduler : str, optional
        ``"local"``: a dask cluster of the workers is started here for the build. Or the address of
        a scheduler, such as ``tcp://10.0.0.5:8786``: its workers read the files, which are sent to
        them, and ``workers`` is left out. Each needs the same MelodyAI and music21.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    reports : list of BuildReport
        With every tune that was refused and why.

    Raises
    ------
    ParameterError
        If a name is unknown, there is no worker, both ``workers`` and an address are given, or no
        scheduler answers there.
    MissingDependencyError
        If music21's corpus is not installed, or dask is needed and missing.
    MelodyAIError
        If the cluster fails on the way, or one of its workers has other versions.
    OutputError
        If a file cannot be written.
    """
    names = list(names) or list(SOURCES)
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        raise ParameterError(f"names={unknown} must be of: {', '.join(SOURCES)}")
    found = _read_all(workers, scheduler, progress)
    splits = _splits({name: one.prints for name, one in found.items()})
    target = Path(folder) if folder is not None else home_folder()
    reports = []
    for name in names:
        one = found.pop(name)
        table = one.table().with_splits(splits[name])
        _save(name, table, one.refused, target / name)
        reports.append(BuildReport(name, len(table), tuple(one.refused), target / name))
    return reports


def _read_all(workers: int | None, scheduler: str | None, progress: bool) -> dict[str, _Found]:
    """Read every file of every source, in order."""
    from tqdm.auto import tqdm

    jobs = [(name, file) for name in SOURCES for file in SOURCES[name].files()]
    found = {name: _Found() for name in SOURCES}
    with closing(_results(jobs, workers, scheduler)) as done:
        read = tqdm(done, total=len(jobs), desc="reading", unit="file", disable=not progress)
        for (name, _), result in zip(jobs, read, strict=True):
            found[name].take(result)
    return found


def _results(
    jobs: list[tuple[str, Path]], workers: int | None, scheduler: str | None
) -> Generator[_FileResult, None, None]:
    """Read the files here, or send their bytes, so that no worker reads another edition of them."""
    if scheduler in (None, LOCAL):
        return map_jobs(_read_one, jobs, workers=workers, scheduler=scheduler)
    reading = partial(_read_sent, _versions())
    return map_jobs(reading, map(_sent, jobs), workers=workers, scheduler=scheduler)


def _sent(job: tuple[str, Path]) -> tuple[str, str, bytes | _FileResult]:
    """Put a file into the job; one that cannot be opened is refused already."""
    name, file = job
    try:
        return name, file.name, file.read_bytes()
    except OSError as error:
        return name, file.name, _refusal(file, error)


def _read_sent(wanted: dict[str, str], job: tuple[str, str, bytes | _FileResult]) -> _FileResult:
    """Read a file that came with the job, on a worker."""
    if _versions() != wanted:
        raise MelodyAIError(
            f"a worker has {_versions()}, the build needs {wanted}: install the same on each"
        )
    name, file_name, data = job
    if isinstance(data, _FileResult):
        return data
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / file_name
        file.write_bytes(data)
        return _read_one((name, file))


@cache
def _versions() -> dict[str, str]:
    """Say what the result depends on: music21 names the hymns."""
    from melodyai_edu import __version__

    try:
        music21 = version("music21")
    except PackageNotFoundError:
        music21 = "none"
    return {"melodyai-edu": __version__, "music21": music21}


def _read_one(job: tuple[str, Path]) -> _FileResult:
    try:
        rows, refused = read_file(*job)
        return _FileResult(Columns.of(rows), [fingerprint(row.score) for row in rows], refused)
    except (ImportError, MemoryError):
        raise  # not the file's fault
    except Exception as error:  # one bad file never stops a build
        return _refusal(job[1], error)


def _refusal(file: Path, error: Exception) -> _FileResult:
    """Refuse a whole file; the reason holds no path, so that it is the same everywhere."""
    if isinstance(error, OSError):
        reason = f"it cannot be opened: {error.strerror}"
    elif isinstance(error, MelodyAIError):
        reason = str(error)
    else:
        reason = f"it cannot be read: {type(error).__name__}: {error}"
    return _FileResult(Columns.of([]), [], [Refused(file.name, "", reason)])


def _splits(prints: dict[str, list[np.ndarray]]) -> dict[str, list[str]]:
    """Put every tune on the side of its group's first tune."""
    names = [f"{name}-{n:04d}" for name, own in prints.items() for n in range(1, len(own) + 1)]
    first = groups([hashes for own in prints.values() for hashes in own])
    sides = split_of(names[index] for index in first)
    splits: dict[str, list[str]] = {name: [] for name in prints}
    for name, side in zip(names, sides, strict=True):
        splits[name.partition("-")[0]].append(side)
    return splits


def _save(name: str, table: Columns, refused: Iterable[Refused], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error
    save_bytes(table.packed(), folder / "tunes.npz")
    save_bytes(card_of(SOURCES[name], table, list(refused)).encode(), folder / "card.md")
