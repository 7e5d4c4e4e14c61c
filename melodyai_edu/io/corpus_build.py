"""Make corpora anew from music21's files, on as many processes as there are processors.

Conventions
-----------
All five sources are read at every build, for a tune's group may reach across corpora; only those
asked for are written. Files are read side by side, everything else happens in order in one process:
the result is the same, byte for byte, however many processes worked.

Contents
--------
BuildReport, build
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.corpus_card import card_of
from melodyai_edu.io.corpus_columns import Columns
from melodyai_edu.io.corpus_sources import SOURCES, Refused, read_file
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.fingerprint import fingerprint, groups, split_of

__all__ = ["BuildReport", "build"]


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


def build(
    names: Sequence[str] = (),
    folder: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
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
        Processes; as many as processors when left out.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    reports : list of BuildReport
        With every tune that was refused and why.

    Raises
    ------
    ParameterError
        If a name is unknown or there is no worker.
    MissingDependencyError
        If music21's corpus is not installed.
    OutputError
        If a file cannot be written.
    """
    names = list(names) or list(SOURCES)
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        raise ParameterError(f"names={unknown} must be of: {', '.join(SOURCES)}")
    if workers is not None and workers < 1:
        raise ParameterError(f"workers={workers} must be 1 or more")
    results = _read_all(workers or os.cpu_count() or 1, progress)
    tables = {name: Columns.joined([part.columns for part in results[name]]) for name in SOURCES}
    splits = _splits(results)
    target = Path(folder) if folder is not None else home_folder()
    reports = []
    for name in names:
        refused = tuple(refused for part in results[name] for refused in part.refused)
        table = tables[name].with_splits(splits[name])
        _save(name, table, refused, target / name)
        reports.append(BuildReport(name, len(table), refused, target / name))
    return reports


def _read_all(workers: int, progress: bool) -> dict[str, list[_FileResult]]:
    """Read every file of every source, in order."""
    from tqdm.auto import tqdm

    jobs = [(name, file) for name in SOURCES for file in SOURCES[name].files()]
    read = tqdm(
        _results(jobs, workers), total=len(jobs), desc="reading", unit="file", disable=not progress
    )
    results: dict[str, list[_FileResult]] = {name: [] for name in SOURCES}
    for (name, _), result in zip(jobs, read, strict=True):
        results[name].append(result)
    return results


def _results(jobs: list[tuple[str, Path]], workers: int) -> Iterator[_FileResult]:
    if workers == 1:
        yield from map(_read_one, jobs)
        return
    # "spawn" works alike on every system, and in a notebook whose process has threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_read_one, jobs)


def _read_one(job: tuple[str, Path]) -> _FileResult:
    rows, refused = read_file(*job)
    return _FileResult(Columns.of(rows), [fingerprint(row.score) for row in rows], refused)


def _splits(results: dict[str, list[_FileResult]]) -> dict[str, list[str]]:
    """Put every tune on the side of its group's first tune."""
    names, prints = [], []
    for name, parts in results.items():
        own = [hashes for part in parts for hashes in part.prints]
        names += [f"{name}-{number:04d}" for number in range(1, len(own) + 1)]
        prints += own
    sides = split_of(names[first] for first in groups(prints))
    splits: dict[str, list[str]] = {name: [] for name in results}
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
