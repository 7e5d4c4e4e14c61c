"""Where the five corpora come from, and how one of their files becomes rows.

Conventions
-----------
Their files lie in music21's own corpus folder, which is found without importing music21. They are
installed software, not somebody's upload, so they are read in this process.

Contents
--------
CorpusSource, SOURCES, music21_folder, read_file, Refused
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from melodyai_edu.errors import InputError, MissingDependencyError
from melodyai_edu.io.abc_read import AbcTune, parse_abc_book
from melodyai_edu.io.corpus_columns import TuneRow
from melodyai_edu.io.estimate import estimate_mode
from melodyai_edu.io.genre import (
    genre_of_essen,
    genre_of_oneill,
    genre_of_rhythm,
    genre_of_title,
)
from melodyai_edu.score import Key, KeyChange, Score

__all__ = ["SOURCES", "CorpusSource", "Refused", "music21_folder", "read_file"]

#: Music of no more parts than this can be a four-part chorale.
_VOICES = 4


@dataclass(frozen=True, slots=True)
class Refused:
    """A tune, or a whole file, that could not be read, and why."""

    source: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class CorpusSource:
    """One corpus in music21's folder.

    Parameters
    ----------
    name : str
        As `melodyai_edu.load` calls it.
    folder : str
        Inside music21's corpus folder.
    title, origin, editors, licence : str
        For its card.
    is_shipped : bool
        Whether the compiled tunes may be passed on with this package.
    genre_of : callable
        Gives the genre of an ABC tune in a file.
    """

    name: str
    folder: str
    title: str
    origin: str
    editors: str
    licence: str
    is_shipped: bool
    genre_of: Callable[[str, AbcTune], str | None]

    def files(self) -> list[Path]:
        """List its files, sorted by name.

        Raises
        ------
        MissingDependencyError
            If music21 or its corpus folder is missing.
        """
        folder = music21_folder() / self.folder
        kinds = (".mxl", ".xml") if self.name == "chorales" else (".abc",)
        return sorted(file for file in folder.iterdir() if file.suffix in kinds)


@cache
def music21_folder() -> Path:
    """Find music21's corpus folder without importing music21.

    Returns
    -------
    folder : Path

    Raises
    ------
    MissingDependencyError
        If music21 is not installed or came without its corpus, as from some Linux distributions.
    """
    found = find_spec("music21")
    places = list(found.submodule_search_locations or ()) if found else []
    folder = Path(places[0]) / "corpus" if places else Path()
    if not (folder / "oneills1850").is_dir():
        raise MissingDependencyError(
            "music21's corpus folder is not installed; some Linux distributions leave it out: "
            "pip install music21"
        )
    return folder


def _header(tune: AbcTune, letter: str) -> str:
    return " ".join(tune.headers.get(letter, ()))


def _oneill(_: str, tune: AbcTune) -> str | None:
    rhythm = genre_of_rhythm(_header(tune, "R"))
    return rhythm or genre_of_oneill(tune.reference, tune.title)


def _dance(_: str, tune: AbcTune) -> str | None:
    """Read the rhythm field, Aird's group field and all titles, which name the dance."""
    fields = (*tune.headers.get("R", ()), *tune.headers.get("G", ()))
    named = (genre_of_rhythm(text) for text in fields)
    return next(filter(None, named), None) or genre_of_title(_header(tune, "T"))


def _essen(file_name: str, tune: AbcTune) -> str | None:
    return genre_of_essen(file_name, _header(tune, "O"), _header(tune, "R"))


_PUBLIC = (
    "the music is in the public domain: its composers and first editors died long ago. Only notes "
    "are passed on, not the typed files; those come with music21, by permission of {typists}"
)
SOURCES = {
    source.name: source
    for source in (
        CorpusSource(
            "oneill",
            "oneills1850",
            "O'Neill's Music of Ireland",
            "Francis O'Neill, *Music of Ireland* (Chicago, 1903): 1,850 tunes, some here twice",
            "Francis O'Neill (1848-1936); typed as ABC by Henrik Norbeck, Bob Safranek, Trish "
            "O'Neil, John Chambers, Dan G. Petersen, Michael Hogan and others, as each file says",
            _PUBLIC.format(typists="those who typed them"),
            True,
            _oneill,
        ),
        CorpusSource(
            "ryan",
            "ryansMammoth",
            "Ryan's Mammoth Collection",
            "William Bradbury Ryan, *Ryan's Mammoth Collection* (Boston, 1883), reprinted as "
            "*Cole's 1000 Fiddle Tunes*: reels, hornpipes, jigs and clogs of New England",
            "William Bradbury Ryan; typed as ABC by Ray Davies, Bob Puckette, John Walsh and "
            "others, as each file says",
            _PUBLIC.format(typists="those who typed them"),
            True,
            _dance,
        ),
        CorpusSource(
            "airds",
            "airdsAirs",
            "Aird's Airs",
            "James Aird, *A Selection of Scotch, English, Irish and Foreign Airs*, six volumes "
            "(Glasgow, from 1782)",
            "James Aird; typed as ABC by Jack Campin, 2009",
            _PUBLIC.format(typists="Jack Campin"),
            True,
            _dance,
        ),
        CorpusSource(
            "chorales",
            "bach",
            "Bach's four-part chorales",
            "Johann Sebastian Bach, chorale settings; every one in music21's corpus that has "
            "exactly four parts",
            "Johann Sebastian Bach (1685-1750); encoded by Margaret Greentree, 2004, and edited "
            "by music21's authors",
            _PUBLIC.format(typists="Margaret Greentree"),
            True,
            lambda _, __: "chorale",
        ),
        CorpusSource(
            "essen",
            "essenFolksong",
            "Essen folk songs",
            "The Essen Folksong Collection: songs of Germany, its neighbours and China",
            "Helmut Schaffrath (1942-1994) and many others; continued by Ewa Dahlig-Turek; turned "
            "into ABC by Seymour Shlien",
            "unclear, as music21's own note on these files says: many people typed them, and they "
            "were given to music21 for non-commercial use. The tunes are built on your machine "
            "from your own music21 and never come with this package",
            False,
            _essen,
        ),
    )
}


def read_file(name: str, file: Path) -> tuple[list[TuneRow], list[Refused]]:
    """Read every tune of one file.

    Parameters
    ----------
    name : str
        A key of ``SOURCES``.
    file : Path

    Returns
    -------
    rows : list of TuneRow
    refused : list of Refused
    """
    if name == "chorales":
        return _read_chorale(file)
    tunes, refused = parse_abc_book(file.read_text(encoding="utf-8"))
    source = SOURCES[name]
    doubtful = [tune for tune in tunes if name == "essen" and tune.problems]
    rows = [
        TuneRow(
            score=_with_mode(tune.score) if name == "essen" else _titled(tune),
            genre=source.genre_of(file.name, tune) or "",
            source=f"{file.name} X:{tune.reference}",
            region=_header(tune, "O") if name == "essen" else "",
        )
        for tune in tunes
        if tune not in doubtful
    ]
    reasons = [(tune.reference, tune.title, tune.reason) for tune in refused]
    # A German key name there came from a conversion that also lost the notes on the tonic.
    reasons += [(tune.reference, tune.title, "; ".join(tune.problems)) for tune in doubtful]
    return rows, [Refused(f"{file.name} X:{x}", title, reason) for x, title, reason in reasons]


def _titled(tune: AbcTune) -> Score:
    """Drop the kind of dance that Ryan's titles repeat."""
    return replace(tune.score, title=tune.title.partition(" -- ")[0].strip())


def _with_mode(score: Score) -> Score:
    """Correct the mode: Essen's files give the tonic as a major key, and write accidentals."""
    mode = estimate_mode(score.parts, score.key.tonic)
    return replace(score, keys=(KeyChange(0, Key(score.key.tonic, mode)), *score.keys[1:]))


def _read_chorale(file: Path) -> tuple[list[TuneRow], list[Refused]]:
    from melodyai_edu.io.musicxml_read import parse_musicxml
    from melodyai_edu.io.mxl import unpack_mxl

    data = file.read_bytes()
    try:
        score = parse_musicxml(unpack_mxl(data) if file.suffix == ".mxl" else data)
    except InputError as error:
        return [], [Refused(file.name, "", str(error))]
    if len(score.parts) != _VOICES:
        reason = f"it has {len(score.parts)} parts, a chorale here has {_VOICES}"
        return [], [Refused(file.name, score.title, reason)]
    score = replace(score, title=_chorale_title(file.stem), composer="J. S. Bach")
    return [TuneRow(score, genre="chorale", source=file.name)], []


def _chorale_title(stem: str) -> str:
    """Name a chorale by its hymn, where music21's list of them knows it, and its BWV number."""
    number = stem.removeprefix("bwv")
    entry = _hymns().get(number)
    return f"{entry['title']}, BWV {number}" if entry else f"Chorale, BWV {number}"


@cache
def _hymns() -> dict[str, dict[str, str]]:
    from music21.corpus.chorales import ChoraleListRKBWV

    hymns: Any = ChoraleListRKBWV
    return dict(hymns().byBWV)
