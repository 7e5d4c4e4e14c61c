"""Make corpora anew from music21's files, on all processors or on a cluster.

Conventions
-----------
All five sources are read at every build, for a tune's group may reach across corpora; only those
asked for are written. Files are read side by side, everything else happens in order in one process:
the result is the same, byte for byte, however many processes worked, here or on a cluster. A file
that cannot be read is refused, with the reason, and the build goes on.

Contents
--------
BuildReport, build
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from melodyai_edu.errors import MelodyAIError, OutputError, ParameterError
from melodyai_edu.io.cluster import map_on_cluster
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
        The address of a dask scheduler, such as ``tcp://10.0.0.5:8786``: its workers read the
        files, which are sent to them, and ``workers`` is left out. Each needs the same MelodyAI
        and music21.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    reports : list of BuildReport
        With every tune that was refused and why.

    Raises
    ------
    ParameterError
        If a name is unknown, there is no worker, both ``workers`` and ``scheduler`` are given, or
        no scheduler answers at its address.
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
    if workers is not None and workers < 1:
        raise ParameterError(f"workers={workers} must be 1 or more")
    if workers is not None and scheduler is not None:
        raise ParameterError(
            f"workers={workers} are processes here and scheduler={scheduler!r} has its own: "
            "give one of the two"
        )
    results = _read_all(workers or os.cpu_count() or 1, scheduler, progress)
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


def _read_all(workers: int, scheduler: str | None, progress: bool) -> dict[str, list[_FileResult]]:
    """Read every file of every source, in order."""
    from tqdm.auto import tqdm

    jobs = [(name, file) for name in SOURCES for file in SOURCES[name].files()]
    done = _results(jobs, workers) if scheduler is None else _results_from(scheduler, jobs)
    read = tqdm(done, total=len(jobs), desc="reading", unit="file", disable=not progress)
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


def _results_from(scheduler: str, jobs: list[tuple[str, Path]]) -> Iterator[_FileResult]:
    """Send the files' bytes, 7 MB in all, so that no worker reads another edition of them."""
    sent: list[tuple[str, str, bytes]] = []
    unread: dict[int, _FileResult] = {}
    for place, (name, file) in enumerate(jobs):
        try:
            sent.append((name, file.name, file.read_bytes()))
        except OSError as error:
            unread[place] = _refusal(file, error)
    with closing(map_on_cluster(partial(_read_sent, _versions()), sent, scheduler)) as results:
        for place in range(len(jobs)):
            yield unread[place] if place in unread else next(results)


def _read_sent(wanted: dict[str, str], job: tuple[str, str, bytes]) -> _FileResult:
    """Read a file that came with the job, on a worker."""
    if _versions() != wanted:
        raise MelodyAIError(
            f"a worker has {_versions()}, the build needs {wanted}: install the same on each"
        )
    name, file_name, data = job
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
