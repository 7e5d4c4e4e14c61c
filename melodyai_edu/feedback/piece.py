"""A piece as a rating keeps it.

Conventions
-----------
Plain values only, so that a rating outlives the version of the package that made the piece. The
piece itself is known by what it offers, not by its class: this folder knows no composing.

Contents
--------
RatedPiece
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, Self, cast

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback.values import (
    canonical,
    fields_of,
    name_text,
    plain_object,
    token_numbers,
    whole,
)
from melodyai_edu.score import Key, Score
from melodyai_edu.score.checksum import notes_hash
from melodyai_edu.tokens import Encoding, encode

__all__ = ["RatedPiece"]

_MOST_RULES, _LONGEST_RULE = 100, 500
_SHA256 = re.compile(r"[0-9a-f]{64}")


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
        piece : Composition or Score, or anything with request, encoding and performance
            A rule of your own is kept by its name. Of a score the first part is kept, its melody.

        Returns
        -------
        piece : RatedPiece

        Raises
        ------
        ParameterError
            If it is no piece.
        """
        if isinstance(piece, cls):
            return piece
        if isinstance(piece, Score):
            return cls._of_score(piece)
        lacking = [n for n in ("request", "encoding", "performance") if not hasattr(piece, n)]
        if lacking:
            raise ParameterError(
                f"piece={str(piece)[:60]!r} must be a piece that mai.compose made, or a Score: it "
                f"has no {' and no '.join(lacking)}"
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

    @classmethod
    def _of_score(cls, score: Score) -> Self:
        """Keep the melody of a piece that nobody asked the composer for."""
        if not score.parts:
            raise ParameterError(
                f"score={score.title!r} must have a part: there is nothing to rate"
            )
        encoding = encode(replace(score, parts=score.parts[:1]))
        asked = {"title": score.title[:200]}
        token_ids, key = encoding.token_ids, encoding.key.name
        return cls(asked, token_ids, key, encoding.tonic_pitch, "unknown", (), notes_hash(score))

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
        return cls(**fields_of(cls, "piece", values))


def _rules(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_RULES:
        raise ParameterError(f"rules={str(value)[:60]!r} must be a list of at most {_MOST_RULES}")
    return tuple(name_text("rule", rule, _LONGEST_RULE) for rule in value)
