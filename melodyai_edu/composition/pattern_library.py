"""The patterns at hand, and which one an idiom, a genre or a meter asks for.

Conventions
-----------
Patterns of the package lie in ``patterns/``; files in the folder ``patterns`` of ``MELODYAI_HOME``
join them, and have the first word where a name is the same. A name is read in any case, with
spaces, hyphens or underscores.

Contents
--------
list_patterns, find_pattern, choose_pattern, groove_for
"""

from __future__ import annotations

import os
import re
import warnings
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from melodyai_edu.composition.generic_groove import generic_groove
from melodyai_edu.composition.pattern import Groove, Pattern
from melodyai_edu.composition.pattern_file import read_pattern
from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.score import Meter

__all__ = ["choose_pattern", "find_pattern", "groove_for", "list_patterns"]

_OURS = Path(__file__).with_name("patterns")

#: The pattern for a meter that none is usual in.
_LAST_RESORT = "air"


def _folders() -> tuple[Path, Path]:
    return home_folder().parent / "patterns", _OURS


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip().lower())


def _files() -> dict[str, Path]:
    """Find every pattern file by its plain name."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for file in sorted(folder.glob("*.toml")):
            found.setdefault(_plain(file.stem), file)
    return found


def list_patterns() -> tuple[str, ...]:
    """List the names that `find_pattern` knows.

    Returns
    -------
    names : tuple of str

    Examples
    --------
    >>> {"jig", "waltz", "bossa nova", "lo-fi"} <= set(list_patterns())
    True
    """
    return tuple(sorted(file.stem.replace("_", " ") for file in _files().values()))


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> Pattern:
    """Read a file once, until it changes [nanoseconds]."""
    return read_pattern(file)


def _pattern(file: Path) -> Pattern:
    return _read(file, file.stat().st_mtime_ns)


def _readable() -> dict[str, Pattern]:
    """Read all patterns; a broken file of the user's own is passed over with a warning."""
    found = {}
    for name, file in _files().items():
        try:
            found[name] = _pattern(file)
        except InputError as error:
            warnings.warn(f"a pattern is left out: {error}", UserWarning, stacklevel=3)
    return found


def find_pattern(name: str | os.PathLike[str]) -> Pattern:
    """Give a pattern by its name, by a genre that it is for, or by its file.

    Parameters
    ----------
    name : str or path
        ``"jig"``, ``"quickstep"`` (a genre of the jig pattern), or ``"my/tango.toml"``.

    Returns
    -------
    pattern : Pattern

    Raises
    ------
    ParameterError
        If there is none of that name; the message gives the nearest ones.
    InputError
        If the file is missing or no pattern.

    Examples
    --------
    >>> find_pattern("Bossa-Nova").name, find_pattern("quickstep").name
    ('bossa nova', 'jig')
    """
    if not isinstance(name, str):
        return read_pattern(name)
    if name.lower().endswith(".toml"):
        return read_pattern(name)
    plain = _plain(name)
    if plain in _files():
        return _pattern(_files()[plain])
    by_genre = _by_genre()
    if plain in by_genre:
        return by_genre[plain]
    near = get_close_matches(plain, (*_files(), *by_genre), n=3)
    hint = f"; did you mean: {', '.join(near)}?" if near else ""
    raise ParameterError(
        f"pattern={name!r} must be a file ending in .toml or one of: "
        f"{', '.join(list_patterns())}{hint}"
    )


def _by_genre() -> dict[str, Pattern]:
    found: dict[str, Pattern] = {}
    for pattern in _readable().values():
        for genre in pattern.genres:
            found.setdefault(_plain(genre), pattern)
    return found


def choose_pattern(genre: str | None = None, meter: Meter | None = None) -> Pattern:
    """Choose a pattern where none is named.

    Parameters
    ----------
    genre : str, optional
        Has the first word, if a pattern is for it.
    meter : Meter, optional
        4/4 when left out. Decides if no pattern is for the genre.

    Returns
    -------
    pattern : Pattern

    Examples
    --------
    >>> choose_pattern("reel").name, choose_pattern(meter=Meter(3, 4)).name
    ('reel', 'waltz')
    >>> choose_pattern("unheard of", Meter(7, 8)).name
    'air'
    """
    patterns = _readable()
    if genre and _plain(genre) in patterns:
        return patterns[_plain(genre)]
    if genre and (pattern := _by_genre().get(_plain(genre))):
        return pattern
    asked = (meter or Meter(4, 4)).name
    usual = (pattern for pattern in patterns.values() if asked in pattern.usual_in)
    return next(usual, None) or _pattern(_OURS / f"{_LAST_RESORT}.toml")


def groove_for(pattern: Pattern, meter: Meter) -> Groove:
    """Give the bars of a pattern for any meter.

    Parameters
    ----------
    pattern : Pattern
    meter : Meter

    Returns
    -------
    groove : Groove
        The pattern's own, or one derived from the meter's strong and weak places.

    Examples
    --------
    >>> [event.position for event in groove_for(find_pattern("rock"), Meter(7, 8)).bar(
    ...     "bass", "main", 0)]
    [0, 24, 48]
    """
    return pattern.groove(meter) or generic_groove(meter)
