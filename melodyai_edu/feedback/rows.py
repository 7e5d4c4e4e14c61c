"""Ratings as rows of the store, and back.

Conventions
-----------
A row is checked like any rating when it is read: the store may have been somebody else's. Lists
and objects are JSON.

Contents
--------
PIECE_COLUMNS, RATING_COLUMNS, SELECT, piece_row, rating_row, read_row, read_piece
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.rating import Rating
from melodyai_edu.feedback.values import canonical, read_json

__all__ = [
    "PIECE_COLUMNS",
    "RATING_COLUMNS",
    "SELECT",
    "piece_row",
    "rating_row",
    "read_piece",
    "read_row",
]

PIECE_COLUMNS = (
    "digest",
    "request",
    "token_ids",
    "music_key",
    "tonic_pitch",
    "model",
    "rules",
    "notes_sha256",
)
RATING_COLUMNS = ("key", "kind", "value", "piece", "other", "word", "rater", "time", "sha256")

_PIECES = ", ".join(f"{side}.{column}" for side in ("p", "o") for column in PIECE_COLUMNS)
#: Whole ratings, in the order in which they were made.
SELECT = (
    f"SELECT {', '.join(f'r.{column}' for column in RATING_COLUMNS)}, {_PIECES} FROM ratings r "
    f"LEFT JOIN pieces p ON p.digest = r.piece LEFT JOIN pieces o ON o.digest = r.other "
    f"{{where}} ORDER BY r.time, r.key"
)

#: A row's token_ids may be longer than other JSON [characters].
_LONGEST_TOKENS, _LONGEST_RULES = 200_000, 600_000


def piece_row(piece: RatedPiece) -> tuple[Any, ...]:
    """Give the row of a piece, in the order of ``PIECE_COLUMNS``."""
    return (
        piece.digest,
        canonical(piece.request),
        canonical(list(piece.token_ids)),
        piece.key,
        piece.tonic_pitch,
        piece.model,
        canonical(list(piece.rules)),
        piece.notes_sha256,
    )


def rating_row(rating: Rating) -> tuple[Any, ...]:
    """Give the row of a rating, in the order of ``RATING_COLUMNS``."""
    values = (
        rating.key,
        rating.kind,
        rating.value,
        rating.piece.digest,
        None if rating.other is None else rating.other.digest,
        rating.word,
        rating.rater,
        rating.time,
    )
    return (*values, _checksum(values))


def _checksum(values: Sequence[Any]) -> str:
    return hashlib.sha256(canonical(list(values)).encode()).hexdigest()


def read_piece(row: Sequence[Any]) -> RatedPiece:
    """Read the row of a piece.

    Raises
    ------
    InputError
        If it is not as it was written.
    """
    digest, request, token_ids, key, tonic_pitch, model, rules, notes = row
    try:
        piece = RatedPiece(
            read_json("request", request),
            read_json("token_ids", token_ids, _LONGEST_TOKENS),
            key,
            tonic_pitch,
            model,
            tuple(read_json("rules", rules, _LONGEST_RULES)),
            notes,
        )
    except (ParameterError, TypeError) as error:
        raise InputError(f"the piece {str(digest)[:12]} is damaged: {error}") from error
    if piece.digest != digest:
        raise InputError(f"the piece {str(digest)[:12]} is damaged: its checksum differs")
    return piece


def read_row(row: Sequence[Any], known: dict[str, RatedPiece]) -> Rating:
    """Read what ``SELECT`` gives.

    Parameters
    ----------
    row : sequence
    known : dict of str to RatedPiece
        Pieces that were read before, by their checksum; those of this row are added.

    Raises
    ------
    InputError
        If it is not as it was written.
    """
    size, width = len(RATING_COLUMNS), len(PIECE_COLUMNS)
    *values, checksum = row[:size]
    key, kind, value, _, other, word, rater, time = values
    try:
        if checksum != _checksum(values):
            raise InputError("its checksum differs")
        piece = _once(row[size : size + width], known)
        rejected = None if other is None else _once(row[size + width :], known)
        return Rating(kind, value, piece, rater, rejected, word, time, key)
    except (ParameterError, InputError, TypeError, ValueError) as error:
        raise InputError(f"the rating {str(key)[:64]!r} is damaged: {error}") from error


def _once(row: Sequence[Any], known: dict[str, RatedPiece]) -> RatedPiece:
    """Read a piece, unless it was read before: many ratings are of the same one."""
    if row[0] not in known:
        known[row[0]] = read_piece(row)
    return known[row[0]]
