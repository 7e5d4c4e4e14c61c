"""Many pieces at once, on several processes or a cluster, each the same as alone.

Conventions
-----------
A folder holds the files of each piece and, written last, a ``.json`` beside them: where the piece
comes from (`melodyai_edu.composition.rebuild` reads it), what was asked for, and a checksum of each
file. A piece whose ``.json`` agrees with its files and the request is there already: a batch that
was stopped goes on where it was. Workers send what they made; only this process writes.

Contents
--------
BatchPiece, BatchReport, compose_many
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from melodyai_edu.composition.compose import compose
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.saving import SUFFIXES
from melodyai_edu.composition.voice import name_model
from melodyai_edu.errors import InputError, MelodyAIError, OutputError, ParameterError
from melodyai_edu.io.disk import read_bytes, save_bytes
from melodyai_edu.io.processes import map_jobs
from melodyai_edu.models.tastes import identify_taste
from melodyai_edu.version import __version__

__all__ = ["BatchPiece", "BatchReport", "compose_many"]

_Plain = dict[str, Any]

#: The largest file of a piece that is looked at again [bytes].
_LARGEST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class BatchPiece:
    """What became of one request.

    Parameters
    ----------
    name : str
        The stem of its files.
    state : str
        ``"made"``, ``"kept"`` (it was there already) or ``"refused"``.
    reason : str, optional
        Why it was refused.
    """

    name: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch has made.

    Parameters
    ----------
    folder : Path
    pieces : tuple of BatchPiece
        One for each request, in order.
    """

    folder: Path
    pieces: tuple[BatchPiece, ...]

    @property
    def refused(self) -> tuple[BatchPiece, ...]:
        """The pieces that could not be had."""
        return tuple(piece for piece in self.pieces if piece.state == "refused")

    def __str__(self) -> str:
        states = [piece.state for piece in self.pieces]
        counts = ", ".join(f"{states.count(state)} {state}" for state in _STATES)
        lines = [f"{self.folder}: {len(states)} pieces, {counts}"]
        return "\n".join([*lines, *(f"  {one.name}: {one.reason}" for one in self.refused)])


_STATES = ("made", "kept", "refused")


@dataclass(frozen=True, slots=True)
class _Job:
    """A piece to be made, its request as JSON; one that is wrong has a reason instead."""

    name: str
    asked: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    files: dict[str, bytes]
    provenance: _Plain
    reason: str = ""


def compose_many(
    requests: Iterable[CompositionRequest | Mapping[str, Any]],
    folder: str | os.PathLike[str],
    *,
    formats: Sequence[str] = (".mid",),
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
) -> BatchReport:
    """Compose a piece for each request, into a folder.

    Parameters
    ----------
    requests : iterable of CompositionRequest or mapping
        A mapping holds a request's fields. The best model at hand is this machine's.
    folder : path
        Gets ``piece-000001.mid``, ``piece-000001.json`` and so on; made if it is not there.
    formats : sequence of str, default (".mid",)
        What each piece is saved as; see `Composition.save`.
    workers : int, optional [from 1]
        Processes here; when left out this one, or with ``scheduler="local"`` as many as processors.
    scheduler : str, optional
        ``"local"``: a dask cluster is started here for the batch. Or the address of one, such as
        ``tcp://10.0.0.5:8786``, each of whose workers needs the same MelodyAI, corpora and models;
        ``workers`` is then left out.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    report : BatchReport
        A request that cannot be satisfied is refused in it, and the batch goes on.

    Raises
    ------
    ParameterError
        If a format is unknown, there is no worker, both ``workers`` and an address are given, or
        no scheduler answers there.
    MissingDependencyError
        If a scheduler is asked for and dask is not installed.
    OutputError
        If the folder or a file cannot be written.
    MelodyAIError
        If the workers are lost again and again, or have another version.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> asked = [{"genre": "jig", "bars": 4, "model": "ngram", "seed": seed} for seed in (1, 2)]
    >>> report = compose_many(asked, mkdtemp(), progress=False)
    >>> [(piece.name, piece.state) for piece in report.pieces]
    [('piece-000001', 'made'), ('piece-000002', 'made')]
    """
    from tqdm.auto import tqdm

    target, suffixes = _made_folder(folder), _suffixes(formats)
    jobs = [_job(f"piece-{n:06d}", request) for n, request in enumerate(requests, 1)]
    pieces = {job.name: _before(job, target, suffixes) for job in jobs}
    left = [job for job in jobs if pieces[job.name] is None]
    with closing(_results(left, suffixes, workers, scheduler)) as results:
        for job in tqdm(left, "composing", unit="piece", disable=not progress):
            pieces[job.name] = _kept(job, next(results), target)
    return BatchReport(target, tuple(piece for piece in pieces.values() if piece))


def _made_folder(folder: str | os.PathLike[str]) -> Path:
    target = Path(folder).expanduser()
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target} cannot be made: {error.strerror}") from error
    return target


def _suffixes(formats: Sequence[str]) -> tuple[str, ...]:
    found = tuple(f".{one.strip().lower().removeprefix('.')}" for one in formats)
    unknown = [suffix for suffix in found if suffix not in SUFFIXES]
    if unknown or not found:
        raise ParameterError(f"formats={list(formats)} must be of: {', '.join(SUFFIXES)}")
    return found


def _job(name: str, request: CompositionRequest | Mapping[str, Any]) -> _Job:
    """Write a request down, with the very model and taste that are meant."""
    try:
        asked = request if isinstance(request, CompositionRequest) else _from_fields(request)
        taste = asked.taste and identify_taste(asked.taste)
        named = replace(asked, model=name_model(asked.resolved()), taste=taste)
        return _Job(name, named.to_json())
    except MelodyAIError as error:
        return _Job(name, "", str(error))


def _from_fields(fields: Mapping[str, Any]) -> CompositionRequest:
    if not isinstance(fields, Mapping):
        raise ParameterError(
            f"request={str(fields)[:80]!r} must be a CompositionRequest or a mapping of its fields"
        )
    return CompositionRequest.from_dict(dict(fields))


def _before(job: _Job, folder: Path, suffixes: Sequence[str]) -> BatchPiece | None:
    """Say what is known of a piece before anything is composed; None if it is to be made."""
    if job.reason:
        return BatchPiece(job.name, "refused", job.reason)
    return BatchPiece(job.name, "kept") if _is_there(job, folder, suffixes) else None


def _is_there(job: _Job, folder: Path, suffixes: Sequence[str]) -> bool:
    """Say whether this very piece was made before, and all its files are whole."""
    try:
        written = json.loads(read_bytes(folder / f"{job.name}.json", _LARGEST))
        if (written["asked"], written["version"]) != (json.loads(job.asked), __version__):
            return False
        sums = dict(written["files"])
        return all(
            sums.get(suffix) == _sum(read_bytes(folder / f"{job.name}{suffix}", _LARGEST))
            for suffix in suffixes
        )
    except (InputError, KeyError, TypeError, ValueError):
        return False


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _results(
    jobs: Sequence[_Job], suffixes: tuple[str, ...], workers: int | None, scheduler: str | None
) -> Generator[_Made, None, None]:
    making = partial(_make, __version__, suffixes)
    alone = 1 if workers is None and scheduler is None else workers
    return map_jobs(making, jobs, workers=alone, scheduler=scheduler)


def _make(version: str, suffixes: tuple[str, ...], job: _Job) -> _Made:
    """Compose a piece, on a worker."""
    if version != __version__:
        raise MelodyAIError(
            f"a worker has MelodyAI {__version__}, the batch {version}: install the same on each"
        )
    try:
        piece = compose(CompositionRequest.from_json(job.asked))
        with tempfile.TemporaryDirectory(prefix="melodyai-") as scratch:
            paths = [piece.save(Path(scratch) / f"piece{suffix}") for suffix in suffixes]
            files = {path.suffix: path.read_bytes() for path in paths}
        return _Made(files, piece.provenance)
    except MelodyAIError as error:  # one request never stops a batch
        return _Made({}, {}, str(error))
    except MemoryError:
        raise  # not the request's fault
    except Exception as error:
        return _Made({}, {}, f"{type(error).__name__}: {error}")


def _kept(job: _Job, made: _Made, folder: Path) -> BatchPiece:
    """Write a piece's files, and last that they are whole."""
    if made.reason:
        return BatchPiece(job.name, "refused", made.reason)
    for suffix, data in made.files.items():
        save_bytes(data, folder / f"{job.name}{suffix}")
    sums = {suffix: _sum(data) for suffix, data in made.files.items()}
    written = {**made.provenance, "asked": json.loads(job.asked), "files": sums}
    save_bytes(json.dumps(written, indent=1).encode(), folder / f"{job.name}.json")
    return BatchPiece(job.name, "made")
