"""What a worker process does: compose, change, harmonise, render.

Conventions
-----------
Each task takes plain values and gives plain values and bytes. The process keeps its last pieces, so
that a picture or a sound of one needs no composing again; any other piece is made again from where
it comes from, bit for bit.

Contents
--------
TASKS, compose_task, regenerate_task, harmonise_task, render_task, serve_tasks
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import traceback
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.api.answers import Refusal, status_of
from melodyai_edu.errors import MelodyAIError, ParameterError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from melodyai_edu.composition import Composition
    from melodyai_edu.score import Score

__all__ = [
    "TASKS",
    "compose_task",
    "harmonise_task",
    "regenerate_task",
    "render_task",
    "serve_tasks",
]

_Plain = dict[str, Any]
_MOST_KEPT = 8
#: Of all parts together [seconds]; while it is made it takes 353 kB a second of the folder for
#: temporary files, and three times that of memory.
_LONGEST_SOUND = 600
_kept: OrderedDict[str, Composition] = OrderedDict()


def _keep(name: str, piece: Composition) -> Composition:
    _kept[name] = piece
    _kept.move_to_end(name)
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return piece


def _piece(name: str, provenance: _Plain) -> Composition:
    """Give a piece that was made before, perhaps by another process."""
    from melodyai_edu.composition import rebuild

    return _keep(name, _kept[name] if name in _kept else rebuild(provenance))


def _saved(piece: Any, suffix: str) -> bytes:
    """Give the bytes that saving writes."""
    with tempfile.TemporaryDirectory(prefix="melodyai-") as folder:
        return Path(piece.save(Path(folder) / f"piece{suffix}")).read_bytes()


def _written(piece: Composition) -> _Plain:
    """Describe a finished piece with plain values."""
    return {
        "title": piece.score.title,
        "facts": _plain(piece.facts),
        "provenance": _plain(piece.provenance),
        "rated": _rated(piece),
        "tokens": len(piece.encoding.token_ids),
        "files": {suffix: _saved(piece, f".{suffix}") for suffix in ("mid", "musicxml")},
    }


def _rated(piece: Any) -> _Plain | None:
    """Give what a rating keeps; not every melody that is sent can be rated."""
    from melodyai_edu.feedback import RatedPiece

    try:
        return RatedPiece.of(piece).to_dict()
    except MelodyAIError:
        return None


def _plain(values: Any) -> Any:
    return json.loads(json.dumps(values, default=str))


def compose_task(payload: _Plain, _: bytes | None) -> _Plain:
    """Compose ``payload["request"]``.

    Raises
    ------
    MelodyAIError
        If it cannot be had.
    """
    from melodyai_edu.composition import CompositionRequest, compose

    request = CompositionRequest.from_dict(payload["request"])
    return _written(_keep(payload["piece"], compose(request)))


def regenerate_task(payload: _Plain, _: bytes | None) -> _Plain:
    """Make ``payload["what"]`` of a piece anew.

    Raises
    ------
    MelodyAIError
        If it cannot be had.
    """
    from melodyai_edu.composition import compose

    piece = _piece(payload["of"], payload["provenance"])
    what, seed = payload["what"], payload.get("seed")
    request = None if seed is None else replace(piece.request, seed=seed, seeds=())
    changed = compose(
        request,
        regenerate=tuple(what) if isinstance(what, list) else what,
        of=piece,
        lock=tuple(payload.get("lock", ())),
    )
    return _written(_keep(payload["piece"], changed))


def harmonise_task(payload: _Plain, upload: bytes | None) -> _Plain:
    """Harmonise a melody that was sent as a file.

    Raises
    ------
    MelodyAIError
        If the file is damaged, or it cannot be had.
    """
    from melodyai_edu.composition import harmonise
    from melodyai_edu.io import read

    with tempfile.TemporaryDirectory(prefix="melodyai-") as folder:
        file = Path(folder) / f"melody{payload['suffix']}"
        file.write_bytes(upload or b"")
        melody = read(file)
    voices = harmonise(melody, **payload["asked"])
    return {
        "title": voices.score.title,
        "facts": _plain(voices.facts),
        "provenance": None,
        "rated": _rated(voices.score),
        "tokens": 0,
        "files": {suffix: _saved(voices, f".{suffix}") for suffix in ("mid", "musicxml")},
    }


def render_task(payload: _Plain, midi: bytes | None) -> None:
    """Write a piece as another file.

    Parameters
    ----------
    payload : dict
        ``format``: wav, svg, stems or player; ``storage`` and ``file``: where to.
    midi : bytes, optional
        Of a piece that was not composed.

    Raises
    ------
    MelodyAIError
        If it cannot be had.
    Refusal
        503 if it cannot be kept.
    """
    from melodyai_edu.api.pieces import piece_storage

    kind = payload["format"]
    if payload["provenance"] is None:
        written = played = _read_midi(midi or b"")
    else:
        piece = _piece(payload["piece"], payload["provenance"])
        written, played = piece.score, piece.performance
    data = _rendered(kind, written, played)
    try:
        piece_storage(payload["storage"]).put(payload["file"], data)
    except MelodyAIError as error:  # the disk is full, or the store does not answer
        raise Refusal(503, "the file cannot be kept; come again later", 60) from error


def _rendered(kind: str, written: Score, played: Score) -> bytes:
    """Give the bytes of a file."""
    from melodyai_edu.composition.saving import save_piece
    from melodyai_edu.render import player_html

    if kind == "player":
        return player_html(played, written).encode()
    if kind in ("wav", "stems"):
        _check_length(played.seconds * (len(played.parts) if kind == "stems" else 1))
    with tempfile.TemporaryDirectory(prefix="melodyai-") as folder:
        if kind == "stems":
            return _zipped(played, Path(folder))
        return save_piece(Path(folder) / f"piece.{kind}", written, played).read_bytes()


def _check_length(seconds: float) -> None:
    if seconds > _LONGEST_SOUND:
        raise ParameterError(
            f"seconds={seconds:.0f} of sound, all parts together: the limit is "
            f"{_LONGEST_SOUND}; take the .mid"
        )


def _read_midi(midi: bytes) -> Score:
    from melodyai_edu.io import read

    with tempfile.TemporaryDirectory(prefix="melodyai-") as folder:
        file = Path(folder) / "piece.mid"
        file.write_bytes(midi)
        return read(file)


def _zipped(score: Score, folder: Path) -> bytes:
    from melodyai_edu.render.stems import save_stems

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in save_stems(score, folder):
            opened.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


#: What a worker can be asked for.
TASKS: dict[str, Callable[[_Plain, bytes | None], Any]] = {
    "compose": compose_task,
    "regenerate": regenerate_task,
    "harmonise": harmonise_task,
    "render": render_task,
}


def serve_tasks(connection: Connection) -> None:
    """Work until the service is gone: the main function of a worker process.

    Parameters
    ----------
    connection : Connection
        Gives (task, payload, upload); takes (outcome, value).
    """
    import signal
    import sys

    if hasattr(os, "nice"):
        os.nice(10)  # answering comes first
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the service's to understand
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # what it started ends with it
    while True:
        try:
            task, payload, upload = connection.recv()
        except (EOFError, OSError):
            return
        outcome = _outcome(task, payload, upload)
        try:
            connection.send(outcome)
        except OSError:
            return


def _outcome(task: str, payload: _Plain, upload: bytes | None) -> tuple[str, Any]:
    try:
        return "done", TASKS[task](payload, upload)
    except Refusal as refusal:
        return "refused", (refusal.status_code, refusal.detail)
    except MelodyAIError as error:
        return "refused", (status_of(error), str(error))
    except Exception:
        return "broken", traceback.format_exc()
