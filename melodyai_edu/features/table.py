"""Features of many pieces as a pandas table: a row for each, measured once and then remembered.

Conventions
-----------
Columns are those of `melodyai_edu.features.columns`, behind a few that say what the row is. Rows
stand in the order in which the pieces were given. Measuring can be interrupted: what is done is
kept.

Contents
--------
symbolic_table, audio_table
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.features.kept import KeptRows, Row
from melodyai_edu.features.symbolic import symbolic_features
from melodyai_edu.io.corpus import Tune
from melodyai_edu.score import Score

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["audio_table", "symbolic_table"]


def symbolic_table(pieces: Iterable[Score | Tune], *, progress: bool = True) -> pd.DataFrame:
    """Measure many scores or tunes.

    Parameters
    ----------
    pieces : iterable of Score or Tune
        Each with at least one note in its first part.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    table : pandas.DataFrame [shape=(pieces, columns)]
        Columns name, title, genre, meter, key, split, then those of
        `melodyai_edu.features.symbolic.symbolic_features`. A score has a title alone: name, genre
        and split are missing (``None``).

    Raises
    ------
    ParameterError
        If a piece is neither, or has no note.

    Examples
    --------
    >>> from melodyai_edu.io.corpus import load
    >>> table = symbolic_table(load("oneill")[:3], progress=False)
    >>> table["meter"].tolist()
    ['2/4', '2/4', '4/4']
    """
    import pandas as pd

    measured = list(pieces)
    rows = []
    with _kept("symbolic") as kept:
        for piece in _shown(measured, progress, "tunes"):
            facts, digest = _facts(piece)
            rows.append({**facts, **_row(kept, digest, partial(_measure, piece))})
    return pd.DataFrame(rows)


def audio_table(files: Iterable[str | os.PathLike[str]], *, progress: bool = True) -> pd.DataFrame:
    """Measure many recordings.

    Parameters
    ----------
    files : iterable of path
        As `melodyai_edu.features.audio.read_audio` reads them.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    table : pandas.DataFrame [shape=(files, columns)]
        Column file, its name without the folder, then those of
        `melodyai_edu.features.audio.AudioFeatures.row`.

    Raises
    ------
    InputError
        If a file is missing, damaged, too large, or no sound.
    MissingDependencyError
        If librosa is not installed.
    """
    import pandas as pd

    from melodyai_edu.features.audio import read_audio
    from melodyai_edu.io.audio_read import audio_digest, audio_path

    def measure(file: str | os.PathLike[str]) -> Row:
        return read_audio(file, progress=False).row()

    rows: list[dict[str, Any]] = []
    with _kept("audio") as kept:
        for path in _shown(list(files), progress, "recordings"):
            digest = audio_digest(audio_path(path))
            row = _row(kept, digest, partial(measure, path))
            rows.append({"file": os.path.basename(os.fspath(path)), **row})  # noqa: PTH119
    return pd.DataFrame(rows)


def _shown(pieces: list[Any], progress: bool, unit: str) -> Iterator[Any]:
    from tqdm.auto import tqdm

    return iter(tqdm(pieces, unit=f" {unit}", disable=not progress, desc="measuring"))


@contextmanager
def _kept(kind: str) -> Iterator[KeptRows]:
    """Save what was measured, also when it was interrupted."""
    kept = KeptRows(kind)
    try:
        yield kept
    finally:
        kept.save()


def _row(kept: KeptRows, digest: str, measure: Callable[[], Row]) -> Row:
    row = kept.get(digest)
    if row is None:
        row = measure()
        kept.put(digest, row)
    return row


def _measure(piece: Score | Tune) -> Row:
    return symbolic_features(piece if isinstance(piece, Score) else piece.melody_score)


def _facts(piece: Score | Tune) -> tuple[dict[str, str | None], str]:
    """Say what a row is, and the hash by which it is kept."""
    if isinstance(piece, Tune):
        own = {"name": piece.name, "title": piece.title, "genre": piece.genre}
        about = {"meter": piece.meter.name, "key": piece.key.name, "split": piece.split}
        return {**own, **about}, piece.digest
    if not isinstance(piece, Score):
        raise ParameterError(f"piece={piece!r:.60} must be a Score or a Tune of a corpus")
    facts: dict[str, str | None] = {"name": None, "title": piece.title, "genre": None}
    facts |= {"meter": piece.meter.name, "key": piece.key.name, "split": None}
    notes = piece.parts[0].notes if piece.parts else ()
    around = (notes, piece.meters, piece.keys, piece.tempos, piece.pickup, piece.duration)
    return facts, blake2b(repr(around).encode(), digest_size=16).hexdigest()
