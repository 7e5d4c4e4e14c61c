"""What somebody thinks of a piece: one frozen value, checked whoever made it.

Conventions
-----------
A rating says one thing of a piece: a thumb, stars, that it is better than another piece, a free
word, or what was done with it. A word may also go along with the others. The rater is a pseudonym,
the time is UTC. The key is for sending a rating twice without its being counted twice.

Contents
--------
KINDS, ACTIONS, STARS, RatedPiece, Rating
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Protocol, Self, cast

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback.values import (
    canonical,
    choice,
    name_text,
    now,
    plain_object,
    token_numbers,
    utc_text,
    whole,
    words,
)
from melodyai_edu.score import Key, Score
from melodyai_edu.score.checksum import notes_hash
from melodyai_edu.tokens import Encoding

__all__ = ["ACTIONS", "KINDS", "STARS", "RatedPiece", "Rating"]

#: What a rating can say.
KINDS = ("thumb", "stars", "preference", "word", "action")

#: What can be done with a piece.
ACTIONS = ("shown", "kept", "exported")

#: How many stars there are.
STARS = range(1, 6)

_LONGEST_WORD = 200
_MOST_RULES, _LONGEST_RULE = 200, 2_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class _PieceLike(Protocol):
    """What a composed piece offers; `melodyai_edu.Composition` does."""

    @property
    def request(self) -> Any: ...
    @property
    def encoding(self) -> Encoding: ...
    @property
    def performance(self) -> Score: ...


@dataclass(frozen=True)
class RatedPiece:
    """A piece as a rating keeps it: what was asked for, what came out, and who made it.

    Parameters
    ----------
    request : dict
        Plain values, as `CompositionRequest.to_dict` gives them.
    token_ids : tuple of int
        The melody (`melodyai_edu.tokens`).
    key : str
        Of the melody, such as ``"D major"``.
    tonic_pitch : int [MIDI]
        What ``Pitch_60`` stands for; a tonic of the key.
    model : str
        What drew the notes, a network with the beginning of its checksum.
    rules : tuple of str
        What the piece was held to.
    notes_sha256 : str
        Of every note of every part (`melodyai_edu.score.checksum.notes_hash`).

    Raises
    ------
    ParameterError
        If a value is impossible.

    Examples
    --------
    >>> piece = RatedPiece({"genre": "jig"}, (2, 150, 200), "D major", 62, "ngram", (), "0" * 64)
    >>> piece.genre, piece.encoding.key.name
    ('jig', 'D major')
    """

    request: dict[str, Any]
    token_ids: tuple[int, ...]
    key: str
    tonic_pitch: int
    model: str
    rules: tuple[str, ...]
    notes_sha256: str

    def __post_init__(self) -> None:
        checked = {
            "request": plain_object("request", self.request),
            "token_ids": token_numbers(self.token_ids),
            "key": Key.parse(name_text("key", self.key)).name,
            "tonic_pitch": whole("tonic_pitch", self.tonic_pitch, range(128)),
            "model": name_text("model", self.model, 200),
            "rules": _rules(self.rules),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not isinstance(self.notes_sha256, str) or not _SHA256.fullmatch(self.notes_sha256):
            raise ParameterError(
                f"notes_sha256={str(self.notes_sha256)[:70]!r} must be 64 hex digits"
            )
        _ = self.encoding  # refuses a tonic_pitch that is no tonic of the key

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def encoding(self) -> Encoding:
        """The melody, as models see it."""
        return Encoding(self.token_ids, Key.parse(self.key), self.tonic_pitch)

    @property
    def genre(self) -> str | None:
        """The genre that was asked for; ``None`` for all together."""
        genre = self.request.get("genre")
        return genre if isinstance(genre, str) else None

    @property
    def digest(self) -> str:
        """A checksum of everything, by which the store knows the piece."""
        return hashlib.sha256(canonical(self.to_dict()).encode()).hexdigest()

    @classmethod
    def of(cls, piece: object) -> Self:
        """Take from a composed piece what a rating keeps.

        Parameters
        ----------
        piece : Composition, or anything with its request, encoding and performance
            A rule of your own is kept by its name.

        Returns
        -------
        piece : RatedPiece

        Raises
        ------
        ParameterError
            If it is no composed piece.
        """
        if isinstance(piece, cls):
            return piece
        lacking = [n for n in ("request", "encoding", "performance") if not hasattr(piece, n)]
        if lacking:
            raise ParameterError(
                f"piece={str(piece)[:60]!r} must be a piece that mai.compose made: it has no "
                f"{' and no '.join(lacking)}"
            )
        made = cast(_PieceLike, piece)
        request = made.request
        written = tuple(rule for rule in request.rules if isinstance(rule, str))
        return cls(
            replace(request, rules=written).to_dict(),
            made.encoding.token_ids,
            made.encoding.key.name,
            made.encoding.tonic_pitch,
            str(request.model or "unknown"),
            tuple(str(rule)[:_LONGEST_RULE] for rule in request.all_rules),
            notes_hash(made.performance),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self) | {"token_ids": list(self.token_ids), "rules": list(self.rules)}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Read what `to_dict` gave, from anywhere.

        Raises
        ------
        ParameterError
            If a field is missing, unknown or impossible.
        """
        return cls(**_fields_of(cls, "piece", values))


def _rules(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_RULES:
        raise ParameterError(f"rules={str(value)[:60]!r} must be a list of at most {_MOST_RULES}")
    return tuple(name_text("rule", rule, _LONGEST_RULE) for rule in value)


def _fields_of(kind: type, name: str, values: object) -> dict[str, Any]:
    """Give the fields of a value, every one of them and no other."""
    if not isinstance(values, dict):
        raise ParameterError(f"{name}={str(values)[:60]!r} must be a dict")
    known = [each.name for each in fields(kind)]
    for given in values:
        choice(f"field of {name}", given, known)
    lacking = [each for each in known if each not in values]
    if lacking:
        raise ParameterError(f"{name} must also have: {', '.join(lacking)}")
    return values


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
        given = dict(_fields_of(cls, "rating", values))
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
