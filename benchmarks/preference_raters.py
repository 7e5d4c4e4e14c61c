"""Simulated raters: a hidden taste each, and what they would say of pairs.

Nobody listened. A taste is a formula on a melody, which the learner never sees; the rater prefers
the melody with the higher figure, now and then the other one if noisy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from melodyai_edu.decoding.free import FreePiece
from melodyai_edu.score import Key, Meter, Score
from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens

#: What pieces are asked to be, in turn: eight bars in D.
KINDS = (("jig", "6/8"), ("reel", "4/4"), ("hornpipe", "4/4"), ("air", "3/4"))
BARS, TONIC, KEY = 8, 62, Key("D")

Taste = Callable[[Score], float]


def wide_and_busy(score: Score) -> float:
    """Like wide intervals and many notes: half the semitones a step, a third of the notes a bar."""
    melody = score.parts[0].melody()
    return float(np.abs(melody.intervals).mean()) / 2 + len(melody) / score.bar_count / 3


def calm(score: Score) -> float:
    """Like steps, few notes, an ending below the middle of the line."""
    melody = score.parts[0].melody()
    sizes = np.abs(melody.intervals)
    steps = float(((sizes == 1) | (sizes == 2)).mean())
    fall = float(melody.pitches.mean() - melody.pitches[-1])
    return 2 * steps + fall / 8 - len(melody) / score.bar_count / 6


def repetitive(score: Score) -> float:
    """Like figures that come back: share of three notes in a row that the piece had before.

    A figure is two intervals and the three durations; where it stands does not matter.
    """
    melody = score.parts[0].melody()
    steps, durations = melody.intervals.tolist(), melody.durations.tolist()
    figures = [(*steps[i : i + 2], *durations[i : i + 3]) for i in range(len(steps) - 1)]
    return 1 - len(set(figures)) / max(len(figures), 1)


@dataclass(frozen=True)
class Rater:
    """Somebody who compares two melodies.

    ``first`` is the taste, up to pair number ``changes_at`` if there is a ``second``; ``flips`` is
    the share of answers that are turned round.
    """

    name: str
    first: Taste
    second: Taste | None = None
    changes_at: int = 0
    flips: float = 0.0

    @property
    def taste(self) -> Taste:
        """What is liked in the end: by this everything is judged."""
        return self.second or self.first

    def rate(
        self, couples: Sequence[tuple[FreePiece, FreePiece]], seed: int
    ) -> list[tuple[Encoding, Encoding]]:
        """Say which of two is better, couple by couple: the chosen one first."""
        random = np.random.default_rng(seed)
        pairs = []
        for number, (one, other) in enumerate(couples):
            taste = self.first if self.second is None or number < self.changes_at else self.second
            is_first = value(taste, one) > value(taste, other)
            if random.random() < self.flips:
                is_first = not is_first
            pair = encoding_of(one), encoding_of(other)
            pairs.append(pair if is_first else pair[::-1])
        return pairs


def value(taste: Taste, piece: FreePiece) -> float:
    """Give the figure of a piece; what is no music is worse than any."""
    if piece.score is None or len(piece.score.parts[0].notes) < 3:
        return -np.inf
    return taste(piece.score)


def condition(number: int) -> Condition:
    """Give what the piece of a number is asked to be."""
    genre, meter = KINDS[number % len(KINDS)]
    return Condition(genre=genre, meter=Meter.parse(meter), mode="major", tonic=TONIC, bars=BARS)


def encoding_of(piece: FreePiece) -> Encoding:
    """Write a piece as `compose` gives it."""
    asked = piece.condition
    head = conditioning_tokens(
        genre=asked.genre, meter=asked.meter, mode=asked.mode, bars=asked.bars
    )
    end = VOCABULARY.id("Sequence_end")
    return Encoding((*VOCABULARY.ids(head), *piece.token_ids, end), KEY, TONIC)


def couples_of(pieces: Sequence[FreePiece]) -> list[tuple[FreePiece, FreePiece]]:
    """Put pieces that were asked for alike side by side; what is no music is left out."""
    step = len(KINDS)
    found = []
    for block in range(0, len(pieces) - 2 * step + 1, 2 * step):
        for place in range(block, block + step):
            one, other = pieces[place], pieces[place + step]
            if all(value(calm, piece) > -np.inf for piece in (one, other)):
                found.append((one, other))
    return found
