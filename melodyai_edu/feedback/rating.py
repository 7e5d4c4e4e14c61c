"""What somebody thinks of a piece: one frozen value, checked whoever made it.

Conventions
-----------
A rating says one thing of a piece: a thumb, stars, that it is better than another piece, a free
word, or what was done with it. A word may also go along with the others. The rater is a pseudonym,
the time is UTC. The key is for sending a rating twice without its being counted twice.

Contents
--------
KINDS, ACTIONS, STARS, Rating
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.values import (
    choice,
    fields_of,
    name_text,
    now,
    utc_text,
    whole,
    words,
)

__all__ = ["ACTIONS", "KINDS", "STARS", "Rating"]

#: What a rating can say.
KINDS = ("thumb", "stars", "preference", "word", "action")

#: What can be done with a piece.
ACTIONS = ("shown", "kept", "exported")

#: How many stars there are.
STARS = range(1, 6)

_LONGEST_WORD = 200
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True)
class Rating:
    """What one person thinks of a piece, or did with it.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    value : int, str or None
        1 or -1 for a thumb, 1 to 5 for stars, one of ``ACTIONS`` for an action; ``None`` for a
        preference and for a word.
    piece : RatedPiece
        The one that is rated; of a preference the better one.
    rater : str
        A pseudonym, up to 64 characters.
    other : RatedPiece, optional
        Of a preference the piece that was not preferred.
    word : str, optional
        What the rater says of the piece, up to 200 characters.
    time : str, optional
        In UTC; now when left out.
    key : str, optional
        Who sends a rating again sends the same key, and it counts once; a new one when left out.

    Raises
    ------
    ParameterError
        If a value is impossible, or does not belong to this kind.

    Examples
    --------
    >>> piece = RatedPiece({"genre": "jig"}, (2, 150, 200), "D major", 62, "ngram", (), "0" * 64)
    >>> Rating("stars", 4, piece, "quiet-owl").value
    4
    >>> Rating("stras", 4, piece, "quiet-owl")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: kind='stras' must be one of: ... (perhaps 'stars'?)
    """

    kind: str
    value: int | str | None
    piece: RatedPiece
    rater: str
    other: RatedPiece | None = None
    word: str = ""
    time: str = field(default_factory=now)
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    def __post_init__(self) -> None:
        choice("kind", self.kind, KINDS)
        if not isinstance(self.piece, RatedPiece):
            raise ParameterError(f"piece={str(self.piece)[:60]!r} must be a RatedPiece")
        self._set("value", _value(self.kind, self.value))
        self._set("rater", name_text("rater", self.rater))
        self._set("word", words("word", self.word, _LONGEST_WORD))
        self._set("time", utc_text(self.time))
        if not isinstance(self.key, str) or not _KEY.fullmatch(self.key):
            raise ParameterError(
                f"key={str(self.key)[:70]!r} must be 1 to 64 letters, digits, or any of . _ : -"
            )
        self._check_other()
        if self.kind == "word" and not self.word:
            raise ParameterError("word='' must say something: a rating of the kind word is one")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_other(self) -> None:
        if self.kind != "preference":
            if self.other is not None:
                raise ParameterError(f"other must be left out of a rating of the kind {self.kind}")
            return
        if not isinstance(self.other, RatedPiece):
            raise ParameterError(
                f"other={str(self.other)[:60]!r} must be the RatedPiece that was not preferred"
            )
        if self.other.notes_sha256 == self.piece.notes_sha256:
            raise ParameterError(
                f"other has the same notes as piece ({self.piece.notes_sha256[:12]}...): compare "
                f"two pieces"
            )

    def is_same(self, other: Rating) -> bool:
        """Say whether two ratings say the same; when they were said does not count."""
        return replace(other, time=self.time) == self

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        other = None if self.other is None else self.other.to_dict()
        return values | {"piece": self.piece.to_dict(), "other": other}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Read what `to_dict` gave, from anywhere.

        Raises
        ------
        ParameterError
            If a field is missing, unknown or impossible.
        """
        given = dict(fields_of(cls, "rating", values))
        given["piece"] = RatedPiece.from_dict(given["piece"])
        if given["other"] is not None:
            given["other"] = RatedPiece.from_dict(given["other"])
        return cls(**given)


def _value(kind: str, value: object) -> int | str | None:
    """Give the value that a kind of rating has."""
    if kind == "thumb":
        return whole("thumb", int(value) * 2 - 1 if isinstance(value, bool) else value, (-1, 1))
    if kind == "stars":
        return whole("stars", value, STARS)
    if kind == "action":
        return choice("action", value, ACTIONS)
    if value is not None:
        raise ParameterError(f"value={str(value)[:60]!r} must be left out of a {kind}")
    return None
