"""Corpora: many tunes with what is known of each, opened in a moment.

Conventions
-----------
A corpus is a folder with ``tunes.npz`` and ``card.md``. Those in the public domain come with the
package; what was built or added on this machine lies in the folder ``MELODYAI_HOME`` (in the home
folder ``.melodyai`` when not set) and has the first word. Scores are built when they are asked for.

Contents
--------
Tune, Corpus, load, corpus_folder, list_corpora, home_folder, shipped_folder
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, overload

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus_columns import Columns
from melodyai_edu.io.estimate import skyline
from melodyai_edu.io.fingerprint import fingerprint
from melodyai_edu.score import Key, Melody, Meter, Score

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = [
    "Corpus",
    "Tune",
    "corpus_folder",
    "home_folder",
    "list_corpora",
    "load",
    "shipped_folder",
]

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class Tune:
    """One tune of a corpus.

    Parameters
    ----------
    name : str
        The corpus and a number, such as ``"oneill-0123"``.
    title : str
    genre : str or None
        ``None`` where its file does not say.
    meter : Meter
        The first, where it changes.
    key : Key
        The first, where it changes.
    corpus : str
    source : str
        The file and the number in it.
    split : str
        ``"train"``, ``"valid"`` or ``"test"``.
    region : str
        Where it was sung, or empty.
    """

    name: str
    title: str
    genre: str | None
    meter: Meter
    key: Key
    corpus: str
    source: str
    split: str
    region: str
    _columns: Columns = field(repr=False, compare=False)
    _index: int = field(repr=False, compare=False)

    @cached_property
    def score(self) -> Score:
        """The whole tune with all its parts."""
        return self._columns.score(self._index)

    @cached_property
    def melody(self) -> Melody:
        """The first part, of notes that sound together the highest."""
        return Melody(skyline(self.score.parts[0].notes), self.score.duration)

    @cached_property
    def melody_score(self) -> Score:
        """The melody alone, between the tune's own bar lines, keys and tempos."""
        part = self.score.parts[0]
        alone = replace(part, notes=self.melody.notes, dynamics=())
        return replace(self.score, parts=(alone,))

    @property
    def pickup(self) -> int:
        """The length of an incomplete first bar [ticks]."""
        return int(self._columns.arrays["pickup"][self._index])

    @property
    def note_count(self) -> int:
        """The number of notes in all parts."""
        return int(self._columns.arrays["note_count"][self._index])

    @property
    def digest(self) -> str:
        """A hash of all that sounds, by which results for this tune are kept [32 hex digits]."""
        return self._columns.digest(self._index)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {
            "text/plain": f"{self.title} ({self.genre or 'genre unknown'}, {self.meter.name}, "
            f"{self.key.name}; {self.name})"
        }


@dataclass(frozen=True, repr=False)
class Corpus(Sequence[Tune]):
    """A named sequence of tunes.

    Parameters
    ----------
    name : str
    tunes : tuple of Tune
    card : str
        What it is, where it comes from and what may be done with it, in Markdown.

    Examples
    --------
    >>> corpus = load("oneill")
    >>> jigs = corpus.filter(genre="jig", split="train")
    >>> {tune.meter.name for tune in jigs[:5]}
    {'6/8'}
    """

    name: str
    tunes: tuple[Tune, ...]
    card: str = ""

    def __len__(self) -> int:
        return len(self.tunes)

    @overload
    def __getitem__(self, index: int) -> Tune: ...
    @overload
    def __getitem__(self, index: slice) -> Corpus: ...
    def __getitem__(self, index: int | slice) -> Tune | Corpus:
        if isinstance(index, slice):
            return Corpus(self.name, self.tunes[index], self.card)
        return self.tunes[index]

    def __iter__(self) -> Iterator[Tune]:
        return iter(self.tunes)

    def __repr__(self) -> str:
        return f"<Corpus {self.name}: {len(self)} tunes>"

    @property
    def genres(self) -> dict[str, int]:
        """How many tunes each genre has, the commonest first; unknown ones are left out."""
        counts = Counter(tune.genre for tune in self.tunes if tune.genre)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @cached_property
    def fingerprints(self) -> tuple[np.ndarray, ...]:
        """The hashes by which each tune's near-duplicates are known; computed once."""
        return tuple(fingerprint(tune.score) for tune in self.tunes)

    def filter(
        self,
        *,
        genre: str | None = None,
        meter: str | None = None,
        mode: str | None = None,
        split: str | None = None,
    ) -> Corpus:
        """Keep the tunes that have everything asked for.

        Parameters
        ----------
        genre : str, optional
        meter : str, optional
            Such as ``"6/8"``.
        mode : str, optional
            Such as ``"dorian"``.
        split : str, optional
            ``"train"``, ``"valid"`` or ``"test"``.

        Returns
        -------
        corpus : Corpus
            Possibly empty.

        Raises
        ------
        ParameterError
            If a value is one that no tune of this corpus has.
        """
        asked = {"genre": genre, "meter": meter, "mode": mode, "split": split}
        kept = self.tunes
        for name, value in asked.items():
            if value is not None:
                known = {_FACTS[name](tune) for tune in self.tunes} - {None}
                if value not in known:
                    raise ParameterError(
                        f"{name}={value!r} has no tune in {self.name}; use one of: "
                        f"{', '.join(sorted(map(str, known)))}"
                    )
                kept = tuple(tune for tune in kept if _FACTS[name](tune) == value)
        return Corpus(self.name, kept, self.card)

    def to_pandas(self) -> pd.DataFrame:
        """Give a table with a row for each tune.

        Returns
        -------
        table : pandas.DataFrame [shape=(tunes, 11)]
            Columns name, title, genre, meter, key, mode, notes, quarters (length [quarter notes]),
            split, region, source. An unknown genre is missing (``None``).
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "name": [tune.name for tune in self.tunes],
                "title": [tune.title for tune in self.tunes],
                "genre": [tune.genre for tune in self.tunes],
                "meter": [tune.meter.name for tune in self.tunes],
                "key": [tune.key.name for tune in self.tunes],
                "mode": [tune.key.mode for tune in self.tunes],
                "notes": [tune.note_count for tune in self.tunes],
                "quarters": [_duration(tune) / 24 for tune in self.tunes],
                "split": [tune.split for tune in self.tunes],
                "region": [tune.region for tune in self.tunes],
                "source": [tune.source for tune in self.tunes],
            }
        )


#: What a corpus can be filtered by.
_FACTS: dict[str, Callable[[Tune], str | None]] = {
    "genre": lambda tune: tune.genre,
    "meter": lambda tune: tune.meter.name,
    "mode": lambda tune: tune.key.mode,
    "split": lambda tune: tune.split,
}


def _duration(tune: Tune) -> int:
    return int(tune._columns.arrays["duration"][tune._index])


def home_folder() -> Path:
    """Give the folder for corpora that were built or added on this machine."""
    home = os.environ.get("MELODYAI_HOME")
    return (Path(home) if home else Path.home() / ".melodyai") / "corpora"


def shipped_folder() -> Path:
    """Give the folder of the corpora that come with the package or lie in its checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "datasets"
    return inside if inside.is_dir() else package.parent / "datasets"


def _folders() -> dict[str, Path]:
    """Find every corpus; the learner's own has the first word."""
    found: dict[str, Path] = {}
    for place in (shipped_folder(), home_folder()):
        for file in sorted(place.glob("*/tunes.npz")):
            found[file.parent.name] = file.parent
    return found


def list_corpora() -> list[str]:
    """List the names that `load` knows.

    Returns
    -------
    names : list of str
        Sorted.

    Examples
    --------
    >>> {"airds", "chorales", "oneill", "ryan"} <= set(list_corpora())
    True
    """
    return sorted(_folders())


def load(name: str) -> Corpus:
    """Open a corpus.

    Parameters
    ----------
    name : str
        One of `list_corpora`; more come with ``melodyai data build`` and ``melodyai data add``.

    Returns
    -------
    corpus : Corpus

    Raises
    ------
    ParameterError
        If there is no such corpus.
    InputError
        If its file is damaged.

    Examples
    --------
    >>> corpus = load("chorales")
    >>> len(corpus[0].score.parts)
    4
    """
    file = corpus_folder(name) / "tunes.npz"
    return _open(name, file, file.stat().st_mtime_ns)


def corpus_folder(name: str) -> Path:
    """Give the folder of a corpus.

    Parameters
    ----------
    name : str
        One of `list_corpora`.

    Returns
    -------
    folder : Path

    Raises
    ------
    ParameterError
        If there is no such corpus.
    """
    folders = _folders()
    if name not in folders:
        more = "; the Essen folk songs are built here by: melodyai data build essen"
        raise ParameterError(
            f"name={name!r} is no corpus on this machine; use one of: {', '.join(sorted(folders))}"
            f"{more if name == 'essen' else ''}"
        )
    return folders[name]


@lru_cache(maxsize=16)
def _open(name: str, file: Path, changed: int) -> Corpus:
    """Read a corpus once until its file changes (`changed`, nanoseconds)."""
    columns = Columns.read(file)
    card = file.with_name("card.md")
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    return Corpus(name, tuple(_tune(name, columns, i) for i in range(len(columns))), text)


def _tune(name: str, columns: Columns, index: int) -> Tune:
    text = {column: str(columns.arrays[column][index]) for column in _TEXTS}
    return Tune(
        name=f"{name}-{index + 1:04d}",
        genre=text.pop("genre") or None,
        meter=_meter(columns.first_text(index, "meter")),
        key=_key(columns.first_text(index, "key")),
        corpus=name,
        _columns=columns,
        _index=index,
        **text,
    )


_TEXTS = ("title", "genre", "source", "region", "split")
_meter = lru_cache(Meter.parse)
_key = lru_cache(Key.parse)
