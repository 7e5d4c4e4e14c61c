"""What the cells of lesson 12 call: melodies to compare, and raters that are simulated.

Conventions
-----------
Nobody listened. A simulated rater is a formula: it prefers the melody with the wider intervals, or
with the narrower ones, and errs now and then. Pieces are eight bars of a dance or an air in D, by a
network that no rule holds to anything; what is no music is left out where it cannot be rated.

Contents
--------
RULES, CLASS, leap_size, SimulatedRater, hand_in, write_pieces, couples_of, encoding_of, copy_of,
figures_of, walk, guards_of, wins, keeps_rules, learning_curve, free_name

References
----------
Goodhart's law, in the words of Strathern (1997), European Review 5, 305-321: when a measure becomes
a target, it ceases to be a good measure.
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
from melodyai_edu.io.corpus import load
from melodyai_edu.models.bradley_terry import fit_merits
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.models.saved import list_models, load_model
from melodyai_edu.models.tastes import list_tastes
from melodyai_edu.score import Key, Meter, Score
from melodyai_edu.score.checksum import notes_hash
from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens
from melodyai_edu.training.active import answer_value
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.guards import bits_per_note_of, distinct_share
from melodyai_edu.training.margins import PairSet, pair_margins

if TYPE_CHECKING:
    from melodyai_edu.decoding.free import FreePiece
    from melodyai_edu.models.neural import Network

__all__ = [
    "CLASS",
    "RULES",
    "SimulatedRater",
    "copy_of",
    "couples_of",
    "encoding_of",
    "figures_of",
    "free_name",
    "guards_of",
    "hand_in",
    "keeps_rules",
    "leap_size",
    "learning_curve",
    "walk",
    "wins",
    "write_pieces",
]

#: What pieces are asked to be, in turn.
_KINDS = (("jig", "6/8"), ("reel", "4/4"), ("hornpipe", "4/4"), ("air", "3/4"))
_BARS, _TONIC, _KEY = 8, 62, Key("D")
_MAX_LENGTH, _BATCH = 256, 32

#: Hard rules that go against who loves leaps, and that `keeps_rules` looks for in the notes.
RULES = ("in_key", "max_leap=5", "end_on_tonic")


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
    return [couple for couple in couples if all(map(_is_music, couple))]


def _is_music(piece: FreePiece) -> bool:
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


def copy_of(name: str) -> Network:
    """Open a network of the package as one of its own, which may be changed.

    Parameters
    ----------
    name : str
        Such as ``"melody-tiny-transformer"``.

    Returns
    -------
    network : Network
    """
    from melodyai_edu.models.presets import build

    saved = load_model(name)
    copy = build(saved.card.sizes)
    copy.set_weights(saved.network.get_weights())
    return copy


def figures_of(pieces: Sequence[FreePiece]) -> tuple[float, float, float]:
    """Measure what a network writes.

    Parameters
    ----------
    pieces : sequence of FreePiece
        At least one is music and has four notes.

    Returns
    -------
    leaps : float [semitones]
        The mean `leap_size` of what is music.
    music : float [0-1]
        The share of pieces that are music at all.
    distinct : float [0-1]
        The share of distinct figures of four notes among all of them, pieces that are no music
        included.
    """
    written = [piece.token_ids for piece in pieces]
    sizes = [_value(piece) for piece in pieces if _is_music(piece)]
    share = distinct_share(written, written)[0]
    return float(np.mean(sizes)), len(sizes) / len(pieces), share


def walk(
    old: Network, new: Network, shares: Sequence[float], number: int
) -> list[tuple[float, float, float]]:
    """Measure what is written on the way from one network to another, by mixing their weights.

    Parameters
    ----------
    old, new : Network
        Neither is changed in the end.
    shares : sequence of float [0-1]
        How far to go: 0 is the old network, 1 the new one.
    number : int
        Of pieces at each stop, of the same seeds everywhere.

    Returns
    -------
    figures : list of (float, float, float)
        At each stop, what `figures_of` gives.
    """
    first, last = old.get_weights(), new.get_weights()
    found = []
    for share in shares:
        new.set_weights([(1 - share) * a + share * b for a, b in zip(first, last, strict=True)])
        found.append(figures_of(write_pieces(new, number, seed=3)))
    new.set_weights(last)
    return found


def guards_of(
    old: Network,
    new: Network,
    written: tuple[Sequence[FreePiece], Sequence[FreePiece]],
    exam: Sequence[tuple[Encoding, Encoding]],
    tunes: int = 60,
) -> dict[str, float]:
    """Measure what `melodyai_edu.training.guards.judge_guards` judges.

    Parameters
    ----------
    old, new : Network
    written : (sequence of FreePiece, sequence of FreePiece)
        By the old network and by the new one.
    exam : sequence of (Encoding, Encoding)
        Pairs that the new network has not learned from, the chosen one first.
    tunes : int, default 60
        How many real tunes are to be foreseen.

    Returns
    -------
    guards : dict of str to float
    """
    known = [tune for tune in load("oneill") if tune.split == "valid"][:tunes]
    examples = examples_of(known)
    batch = PairSet(exam).batch(np.arange(len(exam)))
    moved = pair_margins(new, batch) > pair_margins(old, batch)
    shares = distinct_share(*([piece.token_ids for piece in side] for side in written))
    return {
        "bits before": bits_per_note_of(old, examples),
        "bits after": bits_per_note_of(new, examples),
        "distinct before": shares[0],
        "distinct after": shares[1],
        "held-out accuracy": float(moved.mean()),
    }


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
    return leap_size(piece.score) if piece.score is not None and _is_music(piece) else -np.inf


def keeps_rules(score: Score) -> bool:
    """Look whether the notes of a piece keep `RULES`, without asking who wrote them.

    Parameters
    ----------
    score : Score
        Its first part is the melody.

    Returns
    -------
    is_kept : bool

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> line = Melody.from_events([(62, 24), (66, 24), (62, 24)])
    >>> keeps_rules(Score.of_melody(line, key=Key("D")))
    True
    """
    melody = score.parts[0].melody()
    legal = set(score.key.scale.pitch_classes)
    return (
        {int(pitch) % 12 for pitch in melody.pitches} <= legal
        and int(np.abs(melody.intervals).max(initial=0)) <= 5
        and int(melody.pitches[-1]) % 12 == score.key.tonic_pitch_class
    )


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
    music = [piece for piece in pieces if _is_music(piece)]
    if len(music) < 8:
        raise ParameterError(f"pieces={len(music)} must be eight pieces of music at least")
    encodings = [encoding_of(piece) for piece in music]
    known = list(zip(encodings[::2], encodings[1::2], strict=False))
    rows = PreferenceModel.fit(known).standardised(encodings)
    merits = np.array([_value(piece) for piece in music])
    shares = np.zeros(ratings)
    for seed in range(rounds):
        shares += _one_round(rows, merits, is_chosen, ratings, np.random.default_rng(seed))
    return shares / rounds


def _one_round(
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
        known = PreferenceModel("features", *np.zeros((2, 1)), fit.weights, fit.covariance)
        best = int(answer_value(known, steps).argmax())
        answers.append(steps[best] * (1 if merits[ones[best]] >= merits[others[best]] else -1))
        fit = fit_merits(np.array(answers), 3.0)
        guess = np.sign((rows[firsts] - rows[seconds]) @ fit.weights)
        found.append(float((guess == truth)[truth != 0].mean()))
    return np.array(found)


def free_name() -> str:
    """Give a name for a model that learned from simulated raters, so that nobody takes it for one.

    Returns
    -------
    name : str
        ``melody-simulated-1``, or the next number that is not taken.
    """
    taken, number = {*list_models(), *list_tastes()}, 1
    while f"melody-simulated-{number}" in taken:
        number += 1
    return f"melody-simulated-{number}"
