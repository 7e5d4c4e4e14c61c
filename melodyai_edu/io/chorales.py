"""The four voices of every chorale in music21's corpus, and the published split of them.

Conventions
-----------
Some settings have instruments beside the choir; the choir alone is taken. A piece is recognised by
the hash of its voices on a grid of 16ths, so the split is kept without any music. The hash is that
of a piece in the key and the edition of music21's file.

Contents
--------
Chorale, SPLIT_NAMES, read_chorales, split_chorales, hash_grid, sounding
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from melodyai_edu.errors import InputError, MissingDependencyError
from melodyai_edu.io.corpus import load, shipped_folder
from melodyai_edu.io.corpus_sources import music21_folder
from melodyai_edu.io.musicxml_read import parse_musicxml
from melodyai_edu.io.mxl import unpack_mxl
from melodyai_edu.score import Score

__all__ = ["SPLIT_NAMES", "Chorale", "hash_grid", "read_chorales", "sounding", "split_chorales"]

SPLIT_NAMES = ("train", "valid", "test")

_STEP = 6  # ticks of a 16th
_CHOIR = ("Soprano", "Alto", "Tenor", "Bass")


@dataclass(frozen=True, eq=False)
class Chorale:
    """A setting for four voices.

    Parameters
    ----------
    source : str
        The file in music21's corpus.
    score : Score
        Parts soprano, alto, tenor, bass.
    pitches : np.ndarray [shape=(T, 4), int16, MIDI]
        What each voice sounds at each 16th; 0 is silence.
    """

    source: str
    score: Score
    pitches: np.ndarray

    @property
    def hash(self) -> str:
        """What the split knows it by."""
        return hash_grid(self.pitches)


def sounding(score: Score) -> np.ndarray:
    """Give what each part sounds at each 16th.

    Parameters
    ----------
    score : Score
        Each part one voice.

    Returns
    -------
    pitches : np.ndarray [shape=(T, parts), int16, MIDI]
        0 is silence. A note is heard from the first 16th at or after its onset.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> sounding(Score.of_melody(Melody.from_events([(60, 12), (None, 6)]))).ravel()
    array([60, 60,  0], dtype=int16)
    """
    pitches = np.zeros((-(-score.duration // _STEP), len(score.parts)), np.int16)
    for voice, part in enumerate(score.parts):
        for note in part.notes:
            pitches[-(-note.onset // _STEP) : -(-note.end // _STEP), voice] = note.pitch
    return pitches


def hash_grid(pitches: np.ndarray) -> str:
    """Name a piece by its content.

    Parameters
    ----------
    pitches : np.ndarray [shape=(T, 4), int, MIDI]

    Returns
    -------
    hash : str
        The first 24 hexadecimal digits of a SHA-256 of the cells as bytes, step by step.

    Examples
    --------
    >>> hash_grid(np.full((4, 4), 60))
    '8ab75b43137c36fa3e97f4d1'
    """
    data = np.ascontiguousarray(pitches, dtype=np.uint8).tobytes()
    return hashlib.sha256(data).hexdigest()[:24]


@lru_cache(maxsize=1)
def read_chorales() -> tuple[Chorale, ...]:
    """Read all settings for four voices, with or without instruments.

    Returns
    -------
    chorales : tuple of Chorale
        Sorted by file.

    Raises
    ------
    MissingDependencyError
        If music21's corpus folder is missing.
    """
    shipped = {tune.source: tune.score for tune in load("chorales")}
    found = []
    for file in sorted((music21_folder() / "bach").iterdir()):
        if file.suffix not in (".mxl", ".xml"):
            continue
        score = shipped.get(file.name) or _read_choir(file)
        if score is not None:
            found.append(Chorale(file.name, score, sounding(score)))
    return tuple(found)


def _read_choir(file: Path) -> Score | None:
    """Read the four voices of a setting with instruments; None if there are no such voices."""
    data = file.read_bytes()
    try:
        score = parse_musicxml(unpack_mxl(data) if file.suffix == ".mxl" else data)
    except InputError:
        return None
    choir = [_first(score, name) for name in _CHOIR]
    if None in choir:
        return None
    parts = tuple(score.parts[place] for place in choir if place is not None)
    return replace(score, parts=parts, chords=())


def _first(score: Score, name: str) -> int | None:
    found = (i for i, part in enumerate(score.parts) if part.name.startswith(name))
    return next(found, None)


def split_chorales() -> dict[str, tuple[Chorale, ...]]:
    """Sort the chorales into the published train, valid and test pieces.

    Returns
    -------
    split : dict of str to tuple of Chorale
        Pieces on no side, because they are near-duplicates of held-out ones, are left out.

    Raises
    ------
    MissingDependencyError
        If music21's corpus folder or the split is missing, or the corpus is another edition.

    References
    ----------
    Boulanger-Lewandowski, Bengio & Vincent (2012), ICML. The split of 229, 76 and 77 pieces.
    """
    file = shipped_folder() / "bach_split" / "split.json"
    if not file.is_file():
        raise MissingDependencyError(f"{file.name} is missing from the folder of datasets")
    known = json.loads(file.read_text(encoding="utf-8"))["hashes"]
    pieces = {chorale.hash: chorale for chorale in read_chorales()}
    missing = [name for side in SPLIT_NAMES for name in known[side] if name not in pieces]
    if missing:
        raise MissingDependencyError(
            f"{len(missing)} chorales of the split are not in this music21's corpus, which is "
            "another edition; pip install -c constraints.txt music21"
        )
    return {side: tuple(pieces[name] for name in known[side]) for side in SPLIT_NAMES}
