"""What the cells of lesson 12 call: melodies to compare, and raters that are simulated.

Conventions
-----------
Nobody listened. A simulated rater is a formula: it prefers the melody with the wider intervals, or
with the narrower ones, and errs now and then. Pieces are eight bars of a dance or an air in D, by a
network that no rule holds to anything; what is no music is left out where it cannot be rated.

Contents
--------
leap_size, SimulatedRater, CLASS, hand_in, write_pieces, couples_of, is_music, encoding_of, wins,
learning_curve
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.control import Share
from melodyai_edu.feedback import RatedPiece, RatingStore, open_store, rate
from melodyai_edu.models.bradley_terry import fit_merits
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.score import Key, Meter, Score
from melodyai_edu.score.checksum import notes_hash
from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens
from melodyai_edu.training.active import answer_value

if TYPE_CHECKING:
    from melodyai_edu.decoding.free import FreePiece
    from melodyai_edu.models.neural import Network

__all__ = [
    "CLASS",
    "SimulatedRater",
    "couples_of",
    "encoding_of",
    "hand_in",
    "is_music",
    "leap_size",
    "learning_curve",
    "wins",
    "write_pieces",
]

#: What pieces are asked to be, in turn.
_KINDS = (("jig", "6/8"), ("reel", "4/4"), ("hornpipe", "4/4"), ("air", "3/4"))
_BARS, _TONIC, _KEY = 8, 62, Key("D")
_MAX_LENGTH, _BATCH = 256, 32


def leap_size(score: Score) -> float:
    """Say how wide a melody's intervals are.

    Parameters
    ----------
    score : Score

    Returns
    -------
    size : float [semitones]
        From note to note, the mean.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> leap_size(Score.of_melody(Melody.from_events([(60, 24), (64, 24), (62, 24)])))
    3.0
    """
    melody = score.parts[0].melody()
    return float(np.abs(melody.intervals).mean())


@dataclass(frozen=True)
class SimulatedRater:
    """A formula that says which of two melodies is better.

    Parameters
    ----------
    name : str
        The pseudonym under which it rates.
    likes_leaps : bool, default True
        The wider intervals win; the narrower ones if not.
    errors : float, default 0.1 [0-1]
        The share of answers that are turned round.
    """

    name: str
    likes_leaps: bool = True
    errors: float = 0.1

    def truth(
        self, couples: Sequence[tuple[FreePiece, FreePiece]]
    ) -> list[tuple[Encoding, Encoding]]:
        """Say which of two pieces is better, without an error; as `pairs`."""
        return replace(self, errors=0.0).pairs(couples)

    def pairs(
        self, couples: Sequence[tuple[FreePiece, FreePiece]], seed: int = 0
    ) -> list[tuple[Encoding, Encoding]]:
        """Say which of two pieces is better, and keep nothing.

        Parameters
        ----------
        couples : sequence of (FreePiece, FreePiece)
        seed : int, default 0
            Of its errors.

        Returns
        -------
        pairs : list of (Encoding, Encoding)
            The chosen one first.
        """
        answers = self._answers(couples, seed)
        return [(encoding_of(better), encoding_of(worse)) for better, worse in answers]

    def rate(
        self, couples: Sequence[tuple[FreePiece, FreePiece]], store: RatingStore, seed: int = 0
    ) -> int:
        """Say which of two pieces is better, and keep it as a person's ratings are kept.

        Parameters
        ----------
        couples : sequence of (FreePiece, FreePiece)
        store : RatingStore
        seed : int, default 0
            Of its errors.

        Returns
        -------
        answers : int
        """
        answers = self._answers(couples, seed)
        for better, worse in answers:
            rate(_rated(better), better_than=_rated(worse), rater=self.name, store=store)
        return len(answers)

    def _answers(
        self, couples: Sequence[tuple[FreePiece, FreePiece]], seed: int
    ) -> list[tuple[FreePiece, FreePiece]]:
        random = np.random.default_rng(seed)
        return [
            (one, other)
            if self._prefers(one, other) != (random.random() < self.errors)
            else (other, one)
            for one, other in couples
        ]

    def _prefers(self, one: FreePiece, other: FreePiece) -> bool:
        assert one.score is not None
        assert other.score is not None
        return (leap_size(one.score) > leap_size(other.score)) == self.likes_leaps


#: Four people who do not exist: three of one taste, and one of the contrary.
CLASS = (
    SimulatedRater("simulated-ann"),
    SimulatedRater("simulated-ben"),
    SimulatedRater("simulated-cleo"),
    SimulatedRater("simulated-dan", likes_leaps=False),
)


def hand_in(
    rater: SimulatedRater, couples: Sequence[tuple[FreePiece, FreePiece]], table: Path
) -> Path:
    """Let a rater compare pieces on a computer of its own, and hand in the table of its ratings.

    Parameters
    ----------
    rater : SimulatedRater
    couples : sequence of (FreePiece, FreePiece)
    table : Path
        Ends in ``.csv`` or ``.parquet``.

    Returns
    -------
    table : Path
    """
    with TemporaryDirectory() as folder, open_store(Path(folder) / "ratings.sqlite") as store:
        rater.rate(couples, store)
        store.export(table)
    return table


def write_pieces(network: Network, number: int, seed: int = 0) -> list[FreePiece]:
    """Let a network write melodies, in turn a jig, a reel, a hornpipe and an air.

    Parameters
    ----------
    network : Network
    number : int
    seed : int, default 0

    Returns
    -------
    pieces : list of FreePiece
        Held to no rule: some may be no music.
    """
    from melodyai_edu.decoding import Sampler
    from melodyai_edu.decoding.free import draw_free

    asked = [_KINDS[place % len(_KINDS)] for place in range(number)]
    return draw_free(
        network,
        [
            Condition(genre=genre, meter=Meter.parse(meter), mode="major", tonic=_TONIC, bars=_BARS)
            for genre, meter in asked
        ],
        [seed * 1_000_000 + place for place in range(number)],
        Sampler(1.0, top_p=0.97),
        batch=min(_BATCH, number),
        max_length=_MAX_LENGTH,
    )


def couples_of(pieces: Sequence[FreePiece]) -> list[tuple[FreePiece, FreePiece]]:
    """Put two pieces side by side that were asked for alike; what is no music is left out.

    Parameters
    ----------
    pieces : sequence of FreePiece
        As `write_pieces` gives them.

    Returns
    -------
    couples : list of (FreePiece, FreePiece)
    """
    kinds = len(_KINDS)
    blocks = range(0, len(pieces) - 2 * kinds + 1, 2 * kinds)
    couples = [
        (pieces[block + kind], pieces[block + kinds + kind])
        for block in blocks
        for kind in range(kinds)
    ]
    return [couple for couple in couples if all(map(is_music, couple))]


def is_music(piece: FreePiece) -> bool:
    """Say whether a piece can be rated: it is music, and has three notes at least."""
    return piece.score is not None and len(piece.score.parts[0].notes) > 2


def encoding_of(piece: FreePiece) -> Encoding:
    """Write a piece as `melodyai_edu.compose` does, with what was asked for in front.

    Parameters
    ----------
    piece : FreePiece

    Returns
    -------
    encoding : Encoding
    """
    asked = piece.condition
    head = conditioning_tokens(
        genre=asked.genre, meter=asked.meter, mode=asked.mode, bars=asked.bars
    )
    token_ids = (*VOCABULARY.ids(head), *piece.token_ids, VOCABULARY.id("Sequence_end"))
    return Encoding(token_ids, _KEY, _TONIC)


def _rated(piece: FreePiece) -> RatedPiece:
    """Take from a free piece what a rating keeps."""
    assert piece.score is not None
    return RatedPiece(
        {"genre": piece.condition.genre, "bars": _BARS},
        encoding_of(piece).token_ids,
        _KEY.name,
        _TONIC,
        "melody-tiny-transformer, free",
        (),
        notes_hash(piece.score),
    )


def wins(after: Sequence[FreePiece], before: Sequence[FreePiece]) -> Share:
    """Count the pieces with wider intervals than the piece beside them.

    Parameters
    ----------
    after, before : sequence of FreePiece
        Asked for alike, one by one. What is no music loses; ties are left out.

    Returns
    -------
    share : Share
    """
    values = [(_value(a), _value(b)) for a, b in zip(after, before, strict=True)]
    return Share(sum(a > b for a, b in values), sum(a != b for a, b in values))


def _value(piece: FreePiece) -> float:
    return leap_size(piece.score) if piece.score is not None and is_music(piece) else -np.inf


def learning_curve(
    pieces: Sequence[FreePiece], *, is_chosen: bool, ratings: int = 30, rounds: int = 20
) -> np.ndarray:
    """Say how many answers a taste needs, if the next pair is chosen or if any is taken.

    The answers are simulated: the wider intervals win, without error.

    Parameters
    ----------
    pieces : sequence of FreePiece
        In each round one half is asked about, and the other half is foreseen.
    is_chosen : bool
        Ask about the pair of 100 whose answer would tell most.
    ratings, rounds : int

    Returns
    -------
    shares : np.ndarray [shape=(ratings,), float, 0-1]
        Of pairs that are foreseen after each answer: the mean of the rounds.

    Raises
    ------
    ParameterError
        If there are fewer than eight pieces that are music.
    """
    music = [piece for piece in pieces if is_music(piece)]
    if len(music) < 8:
        raise ParameterError(f"pieces={len(music)} must be eight pieces of music at least")
    encodings = [encoding_of(piece) for piece in music]
    known = PreferenceModel.fit(list(zip(encodings[::2], encodings[1::2], strict=False)))
    rows = known.standardised(encodings)
    merits = np.array([_value(piece) for piece in music])
    shares = np.zeros(ratings)
    for seed in range(rounds):
        shares += _one_round(known, rows, merits, is_chosen, ratings, np.random.default_rng(seed))
    return shares / rounds


def _one_round(
    taste: PreferenceModel,
    rows: np.ndarray,
    merits: np.ndarray,
    is_chosen: bool,
    ratings: int,
    random: np.random.Generator,
) -> np.ndarray:
    order = random.permutation(len(rows))
    pool, test = order[: len(order) // 2], order[len(order) // 2 :]
    firsts, seconds = random.choice(test, (2, 200))
    truth = np.sign(merits[firsts] - merits[seconds])
    fit, answers, found = fit_merits(np.zeros((1, rows.shape[1])), 3.0), [], []
    for _ in range(ratings):
        ones, others = random.choice(pool, (2, 100 if is_chosen else 1))
        steps = rows[ones] - rows[others]
        taste = replace(taste, weights=fit.weights, covariance=fit.covariance)
        best = int(answer_value(taste, steps).argmax())
        answers.append(steps[best] * (1 if merits[ones[best]] >= merits[others[best]] else -1))
        fit = fit_merits(np.array(answers), 3.0)
        guess = np.sign((rows[firsts] - rows[seconds]) @ fit.weights)
        found.append(float((guess == truth)[truth != 0].mean()))
    return np.array(found)
