"""The fixed, ordered list of tokens that every model shares.

Conventions
-----------
A token is ``Type_Value``: ``Pitch_67``, ``Duration_12``, ``Bar_line``, ``Genre_jig``. The list is
not learned from data, so a model's weights and a saved sequence mean the same thing for ever. New
tokens may only be added at the end.

A melody is first moved so that its tonic is middle C: ``Pitch_60`` is the tonic, ``Pitch_67`` the
fifth above it, in every key.

Contents
--------
Vocabulary, VOCABULARY, GENRES, METERS, MAX_LENGTH, PITCHES, DURATIONS, MOODS, TONICS, DENSITIES
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.json_text import read_json
from melodyai_edu.score import MODES
from melodyai_edu.score.notation import NOTE_VALUES

__all__ = [
    "DENSITIES",
    "DURATIONS",
    "GENRES",
    "MAX_LENGTH",
    "METERS",
    "MOODS",
    "PITCHES",
    "TONICS",
    "VOCABULARY",
    "Vocabulary",
]

#: Genres that have a token. A genre that `melodyai_edu.io.genre` learns later has none and is
#: unknown to every network, until its token stands at the end of the list and all are trained anew.
GENRES = (
    "air",
    "children's song",
    "Chinese folk",
    "chorale",
    "clog",
    "cotillion",
    "country dance",
    "fling",
    "gavotte",
    "German folk",
    "highland fling",
    "hornpipe",
    "jig",
    "march",
    "minuet",
    "polka",
    "quickstep",
    "reel",
    "slide",
    "slip jig",
    "song",
    "strathspey",
    "walkaround",
    "waltz",
)

#: Meters that have a token; any other bar is ``Meter_other``, and its length says what it holds.
METERS = (
    *(f"{numerator}/2" for numerator in (1, 2, 3, 4, 6)),
    *(f"{numerator}/4" for numerator in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12)),
    *(f"{numerator}/8" for numerator in range(1, 16)),
    *(f"{numerator}/16" for numerator in range(1, 16)),
    "2+3/8",
    "3+2+2/8",
)

#: The longest piece whose length has a token [bars].
MAX_LENGTH = 64

#: Pitches that have a token [MIDI, after the tonic was moved to 60]: three octaves below it and
#: four above.
PITCHES = range(24, 109)

#: Lengths that have a token [ticks]: what one note value can write. Others are held over.
DURATIONS = tuple(sorted(NOTE_VALUES))

#: Moods that have a token: the quarters of the plane of valence and arousal.
MOODS = ("happy", "tense", "sad", "calm")

#: Tonics that have a token, where they sound [MIDI]: a model that sees every key as C hears from
#: them how high the tune lies.
TONICS = range(36, 97)

#: Levels of onset density that have a token, from few notes to many.
DENSITIES = range(1, 6)


def _all_tokens() -> tuple[str, ...]:
    """List every token in its place."""
    return (
        "Sequence_pad",
        "Sequence_end",
        "Bar_line",
        *(f"Genre_{genre}" for genre in ("unknown", *GENRES)),
        *(f"Meter_{meter}" for meter in ("unknown", "other", *METERS)),
        *(f"Mode_{mode}" for mode in ("unknown", *MODES)),
        *(f"Length_{bars}" for bars in ("unknown", *range(1, MAX_LENGTH + 1))),
        *(f"Duration_{ticks}" for ticks in DURATIONS),
        "Pitch_rest",
        "Pitch_hold",
        *(f"Pitch_{pitch}" for pitch in PITCHES),
        *(f"Mood_{mood}" for mood in ("unknown", *MOODS)),
        *(f"Tonic_{pitch}" for pitch in ("unknown", *TONICS)),
        *(f"Density_{level}" for level in ("unknown", *DENSITIES)),
    )


@dataclass(frozen=True)
class Vocabulary:
    """An ordered list of tokens.

    Parameters
    ----------
    tokens : tuple of str, optional
        Each ``Type_Value``; the package's own list when left out.

    Raises
    ------
    ParameterError
        If a token is no ``Type_Value`` or stands there twice.

    Examples
    --------
    >>> vocabulary = Vocabulary()
    >>> len(vocabulary), vocabulary.token(2)
    (333, 'Bar_line')
    >>> vocabulary.token(vocabulary.id("Pitch_60"))
    'Pitch_60'
    """

    tokens: tuple[str, ...] = field(default_factory=_all_tokens)
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for token in self.tokens:
            kind, _, value = token.partition("_")
            if not kind or not value:
                raise ParameterError(f"token={token!r} must look like 'Pitch_60'")
        ids = {token: token_id for token_id, token in enumerate(self.tokens)}
        if len(ids) < len(self.tokens):
            twice = next(token for token in self.tokens if self.tokens.count(token) > 1)
            raise ParameterError(f"token={twice!r} must stand in the vocabulary only once")
        object.__setattr__(self, "_ids", ids)

    def __len__(self) -> int:
        return len(self.tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def id(self, token: str) -> int:
        """Give the token_id of a token.

        Raises
        ------
        ParameterError
            If the vocabulary lacks it; the message lists tokens of the same type.
        """
        if token not in self._ids:
            kind = token.partition("_")[0]
            near = [known for known in self.tokens if known.startswith(kind + "_")]
            shown = near or sorted({known.partition("_")[0] + "_..." for known in self.tokens})
            raise ParameterError(f"token={token!r} must be one of: {', '.join(shown)}")
        return self._ids[token]

    def token(self, token_id: int) -> str:
        """Give the token at a place.

        Raises
        ------
        ParameterError
            If the place lies outside the vocabulary.
        """
        if not 0 <= token_id < len(self.tokens):
            raise ParameterError(f"token_id={token_id} must be from 0 to {len(self.tokens) - 1}")
        return self.tokens[token_id]

    def ids(self, tokens: Iterable[str]) -> tuple[int, ...]:
        """Give the token_ids of several tokens."""
        return tuple(self.id(token) for token in tokens)

    def ids_of(self, kind: str) -> tuple[int, ...]:
        """Give all token_ids of one type.

        Parameters
        ----------
        kind : str
            What stands before the underscore, such as ``"Duration"``.

        Returns
        -------
        token_ids : tuple of int
            In order; empty if no token has that type.

        Examples
        --------
        >>> Vocabulary().ids_of("Bar")
        (2,)
        """
        return tuple(
            token_id
            for token_id, token in enumerate(self.tokens)
            if token.partition("_")[0] == kind
        )

    def to_json(self) -> str:
        """Write the vocabulary as a JSON list."""
        return json.dumps(list(self.tokens))

    @classmethod
    def from_json(cls, text: str) -> Vocabulary:
        """Read what `to_json` wrote.

        Raises
        ------
        ParameterError
            If the text is no JSON list of tokens.

        Examples
        --------
        >>> Vocabulary.from_json(Vocabulary().to_json()) == Vocabulary()
        True
        """
        try:
            tokens = read_json(text)
        except InputError as error:
            raise ParameterError(f"vocabulary must be a JSON list of tokens ({error})") from error
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise ParameterError("vocabulary must be a JSON list of tokens such as 'Pitch_60'")
        return cls(tuple(tokens))


#: The vocabulary of all models of this package.
VOCABULARY = Vocabulary()
