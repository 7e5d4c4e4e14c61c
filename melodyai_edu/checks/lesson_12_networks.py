"""What the cells of lesson 12 do with networks: copy, measure, mix, judge; and the rules they keep.

Conventions
-----------
Pieces are those of `melodyai_edu.checks.lesson_12_raters.write_pieces`, which no rule holds to
anything. No network is changed but a copy.

Contents
--------
RULES, copy_of, figures_of, walk, guards_of, keeps_rules, free_name

References
----------
Goodhart's law, in the words of Strathern (1997), European Review 5, 305-321: when a measure becomes
a target, it ceases to be a good measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.checks.lesson_12_raters import is_music, leap_size, write_pieces
from melodyai_edu.io.corpus import load
from melodyai_edu.models.presets import build
from melodyai_edu.models.saved import load_model
from melodyai_edu.score import Score
from melodyai_edu.tokens import Encoding
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.guards import bits_per_note_of, distinct_share
from melodyai_edu.training.margins import PairSet, pair_margins
from melodyai_edu.training.preference import next_name

if TYPE_CHECKING:
    from melodyai_edu.decoding.free import FreePiece
    from melodyai_edu.models.neural import Network

__all__ = [
    "RULES",
    "copy_of",
    "figures_of",
    "free_name",
    "guards_of",
    "keeps_rules",
    "walk",
]

#: Hard rules that go against who loves leaps, and that `keeps_rules` looks for in the notes.
RULES = ("in_key", "max_leap=5", "end_on_tonic")


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
    sizes = [leap_size(piece.score) for piece in pieces if piece.score and is_music(piece)]
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
    before, after = ([piece.token_ids for piece in side] for side in written)
    shares = distinct_share(before, after)
    return {
        "bits before": bits_per_note_of(old, examples),
        "bits after": bits_per_note_of(new, examples),
        "distinct before": shares[0],
        "distinct after": shares[1],
        "held-out accuracy": float(moved.mean()),
    }


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
    >>> from melodyai_edu.score import Key, Melody
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


def free_name() -> str:
    """Give a name for a model that learned from simulated raters, so that nobody takes it for one.

    Returns
    -------
    name : str
        ``melody-simulated-1``, or the next number that is not taken.
    """
    return next_name("simulated")
