"""A rating as one flat row, and back: the columns of an exported table.

Conventions
-----------
Columns of the piece begin with ``piece_``, those of the other piece of a preference with
``other_`` and are empty elsewhere. Lists and objects are JSON. In CSV a text that a spreadsheet
could take for a formula has an apostrophe before it, and one that begins with an apostrophe has
one more.

Contents
--------
COLUMNS, COLUMNS_NEEDED, check_columns, flat_row, rating_of, guarded, unguarded
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.rating import Rating
from melodyai_edu.feedback.values import canonical, read_json

__all__ = [
    "COLUMNS",
    "COLUMNS_NEEDED",
    "check_columns",
    "flat_row",
    "guarded",
    "rating_of",
    "unguarded",
]

_OWN = ("key", "time", "rater", "kind", "value", "word")
_PIECE = ("genre", "request", "token_ids", "key", "tonic_pitch", "model", "rules", "notes_sha256")
#: The longest JSON of a cell [characters].
_JSON = {"request": 64_000, "token_ids": 200_000, "rules": 600_000}

#: Of an exported table.
COLUMNS = (*_OWN, *(f"{side}_{name}" for side in ("piece", "other") for name in _PIECE))

#: Those that a table must have to be read.
COLUMNS_NEEDED = tuple(name for name in COLUMNS if not name.endswith("_genre"))

_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")


def check_columns(found: Iterable[object]) -> None:
    """Refuse a table that is no table of ratings.

    Parameters
    ----------
    found : iterable
        The names of its columns.

    Raises
    ------
    InputError
        If one is missing.
    """
    there = {str(name)[:40] for name in found}
    lacking = [name for name in COLUMNS_NEEDED if name not in there]
    if lacking:
        raise InputError(
            f"it is no table that ratings were exported to: it has no column "
            f"{', '.join(lacking[:3])}"
        )


def flat_row(rating: Rating) -> dict[str, str]:
    """Give the cells of a rating, each a text.

    Parameters
    ----------
    rating : Rating

    Returns
    -------
    row : dict of str to str
        By column, all of ``COLUMNS``.
    """
    row = {name: str(getattr(rating, name)) for name in _OWN}
    row["value"] = "" if rating.value is None else row["value"]
    for side, piece in (("piece", rating.piece), ("other", rating.other)):
        row |= {f"{side}_{name}": "" for name in _PIECE} if piece is None else _cells(side, piece)
    return row


def _cells(side: str, piece: RatedPiece) -> dict[str, str]:
    values = piece.to_dict()
    cells = {n: canonical(v) if n in _JSON else str(v) for n, v in values.items()}
    return {f"{side}_{name}": {"genre": piece.genre or "", **cells}[name] for name in _PIECE}


def rating_of(row: Mapping[str, object]) -> Rating:
    """Read a row.

    Parameters
    ----------
    row : mapping of str to str
        At least the columns of ``COLUMNS`` that are no genre, which stands in the request.

    Returns
    -------
    rating : Rating

    Raises
    ------
    ParameterError
        If a cell is missing or impossible.
    """
    cells = {name: row.get(name) for name in COLUMNS}
    for name, value in cells.items():
        if not isinstance(value, str) and not name.endswith("_genre"):
            raise ParameterError(f"{name}={str(value)[:60]} must be text")
    kind, value = str(cells["kind"]), str(cells["value"])
    other = any(cells[f"other_{name}"] for name in _PIECE)
    return Rating(
        kind,
        _number("value", value) if kind in ("thumb", "stars") else value or None,
        _piece_of("piece", cells),
        str(cells["rater"]),
        _piece_of("other", cells) if other else None,
        str(cells["word"]),
        str(cells["time"]),
        str(cells["key"]),
    )


def _piece_of(side: str, cells: Mapping[str, object]) -> RatedPiece:
    values: dict[str, Any] = {n: cells[f"{side}_{n}"] for n in _PIECE if n != "genre"}
    for name, longest in _JSON.items():
        values[name] = read_json(f"{side}_{name}", values[name], longest)
    values["tonic_pitch"] = _number(f"{side}_tonic_pitch", str(values["tonic_pitch"]))
    return RatedPiece.from_dict(values)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 4):
        raise ParameterError(f"{name}={text[:60]!r} must be an integer")
    return int(text)


def guarded(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula.

    Examples
    --------
    >>> guarded("=SUM(A1)"), guarded("lively")
    ("'=SUM(A1)", 'lively')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def unguarded(text: str) -> str:
    """Undo `guarded`.

    Examples
    --------
    >>> unguarded(guarded("'tis lively"))
    "'tis lively"
    """
    return text.removeprefix("'")
