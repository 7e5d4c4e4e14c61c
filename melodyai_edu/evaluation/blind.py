"""Blind listening: which of two pieces a machine has made.

Conventions
-----------
A pair is one piece by a person and one by a machine, called A and B in an order drawn from the
seed. All that could give a piece away but its notes is taken off: title, composer, instrument,
tempo, loudness, and what comes after the first bars. Who guesses is right half of the time, so a
result is a share beside one half, with its Wilson interval and the sign test's p.

Contents
--------
BlindResult, BlindTest, opening, sign_test, pairs_needed
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.control import Share
from melodyai_edu.render.panels import LETTERS
from melodyai_edu.score import Melody, Score

__all__ = ["BlindResult", "BlindTest", "opening", "pairs_needed", "sign_test"]

_TEMPO = 168.0  # of every piece [quarter notes a minute], brisk enough for a dance; chosen by ear
_MOST_PAIRS = 500


def opening(score: Score, bars: int = 8, title: str = "") -> Score:
    """Give the first bars of a melody with nothing on them that tells who made it.

    Parameters
    ----------
    score : Score
        Its first part is the melody; a pickup is left out.
    bars : int, default 8
        Whole bars.
    title : str, optional

    Returns
    -------
    opening : Score
        Of one part, at one tempo and on one instrument for every piece.

    Raises
    ------
    ParameterError
        If there are fewer bars, or no note in them.

    Examples
    --------
    >>> tune = Score.of_melody(Melody.from_events([(60, 48)] * 12), title="Secret", tempo=90)
    >>> opening(tune, 2).note_count, opening(tune, 2).title
    (4, '')
    """
    first = score.pickup
    last = first + bars * score.meter.bar_duration
    notes = score.parts[0].notes if score.parts else ()
    inside = [note for note in notes if first <= note.onset < last]
    if score.duration < last or not inside:
        raise ParameterError(
            f"bars={bars} must stand in the piece with at least one note; it has {score.bar_count}"
        )
    events: list[tuple[int | None, int]] = []
    time = first
    for note in inside:
        events += [(None, note.onset - time)] * (note.onset > time)
        events.append((note.pitch, min(note.onset + note.duration, last) - note.onset))
        time = note.onset + events[-1][1]
    melody = Melody.from_events(events)
    return Score.of_melody(melody, meter=score.meter, key=score.key, tempo=_TEMPO, title=title)


def sign_test(right: int, number: int) -> float:
    """Say how often a guesser is as far from one half.

    Parameters
    ----------
    right, number : int
        So many right answers of so many.

    Returns
    -------
    p : float [0-1]
        Two-sided, exact.

    Raises
    ------
    ParameterError
        If there are more right answers than answers.

    References
    ----------
    Arbuthnott (1710), Philosophical Transactions 27, 186-190.

    Examples
    --------
    >>> sign_test(5, 10), round(sign_test(9, 10), 3)
    (1.0, 0.021)
    """
    if not 0 <= right <= number:
        raise ParameterError(f"right={right} must be from 0 to number={number}")
    fewer = min(right, number - right)
    tail = sum(comb(number, few) for few in range(fewer + 1))
    return float(min(1.0, 2 * tail / 2**number))


def pairs_needed(share: float, power: float = 0.8, level: float = 0.95) -> int:
    """Count the pairs after which a listener is told from a guesser.

    Parameters
    ----------
    share : float [0.5-1]
        Of the pairs that the listener truly gets right, above one half.
    power : float, default 0.8 [0-1]
        How often the sign test shall find it out.
    level : float, default 0.95 [0-1]
        Who guesses is taken for a listener at most one time in twenty.

    Returns
    -------
    number : int
        The fewest pairs; with a few more the chance may be a little lower, for pairs are whole.

    Raises
    ------
    ParameterError
        If the share is not above one half and at most 1, or more than 500 pairs are needed.

    Examples
    --------
    >>> pairs_needed(0.9), pairs_needed(0.75) > 25
    (12, True)
    """
    if not 0.5 < share <= 1:
        raise ParameterError(f"share={share} must be above 0.5, which is guessing, and at most 1")
    for number in range(1, _MOST_PAIRS + 1):
        found = sum(
            comb(number, right) * share**right * (1 - share) ** (number - right)
            for right in _telling(number, 1 - level)
        )
        if found >= power:
            return number
    raise ParameterError(f"share={share} needs more than {_MOST_PAIRS} pairs; ask for a larger one")


def _telling(number: int, chance: float) -> range:
    """Give the counts of right answers that the sign test does not believe to be luck."""
    right, tail = number + 1, 0
    while 2 * (tail + comb(number, right - 1)) <= chance * 2**number:
        right -= 1
        tail += comb(number, right)
    return range(right, number + 1)


@dataclass(frozen=True, slots=True)
class BlindResult:
    """So many pairs told apart.

    Parameters
    ----------
    right : int
        Answers that named the machine.
    answered : int
    number : int
        Pairs of the test.

    Examples
    --------
    >>> print(BlindResult(7, 10, 10))
    right in 70.0% [39.7%, 89.2%] of 10 pairs; who guesses is as far from half 34% of the time
    """

    right: int
    answered: int
    number: int

    @property
    def share(self) -> Share:
        """Right answers of all answers, with the Wilson interval."""
        return Share(self.right, self.answered)

    @property
    def p(self) -> float:
        """The sign test's p [0-1]."""
        return sign_test(self.right, self.answered)

    def __str__(self) -> str:
        if not self.answered:
            return f"no answer yet, {self.number} pairs to hear"
        guess = f"who guesses is as far from half {self.p:.0%} of the time"
        return f"right in {self.share} pairs; {guess}"


@dataclass(frozen=True)
class BlindTest:
    """Pairs of pieces in a drawn order.

    Parameters
    ----------
    people, machines : sequence of Score
        Equally many, at least one. The first of both make a pair, the second, and so on: let a
        pair have one key and meter, or these will tell.
    bars : int, default 8
        As many are heard of each.
    seed : int, default 0

    Raises
    ------
    ParameterError
        If there is none, the numbers differ, or a piece is too short.

    Examples
    --------
    >>> scale = Score.of_melody(Melody.from_events([(60, 48), (62, 48)] * 4))
    >>> turn = Score.of_melody(Melody.from_events([(60, 48), (59, 48)] * 4))
    >>> test = BlindTest([scale], [turn], bars=2)
    >>> test.machine(0) in LETTERS, test.judge([test.machine(0)]).right
    (True, 1)
    """

    people: Sequence[Score]
    machines: Sequence[Score]
    bars: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.people or len(self.people) != len(self.machines):
            raise ParameterError(
                f"people and machines must be equally many and at least one, have "
                f"{len(self.people)} and {len(self.machines)}"
            )
        _ = self._drawn  # a piece that is too short is told now

    def __len__(self) -> int:
        return len(self.people)

    @cached_property
    def _drawn(self) -> tuple[tuple[str, Score, Score], ...]:
        """Give for each pair the machine's letter, and what is heard as A and as B."""
        random = np.random.default_rng(self.seed)
        pairs = []
        for number in random.permutation(len(self.people)):
            place = int(random.integers(2))
            both = [self.people[number], self.machines[number]]
            first, second = both if place else both[::-1]
            shown = opening(first, self.bars, "A"), opening(second, self.bars, "B")
            pairs.append((LETTERS[place], *shown))
        return tuple(pairs)

    @property
    def fingerprint(self) -> str:
        """A short name of exactly these pairs; answers are kept under it."""
        heard = [
            (score.meter.name, [(note.onset, note.pitch, note.duration) for note in part.notes])
            for _, *both in self._drawn
            for score in both
            for part in score.parts
        ]
        return hashlib.sha256(repr((heard, self.seed)).encode()).hexdigest()[:12]

    def pair(self, number: int) -> tuple[Score, Score]:
        """Give what is heard as A and as B.

        Parameters
        ----------
        number : int
            From 0.

        Raises
        ------
        ParameterError
            If there is no such pair.
        """
        return self._pair(number)[1:]

    def machine(self, number: int) -> str:
        """Give the letter of the machine's piece: the answer."""
        return self._pair(number)[0]

    def _pair(self, number: int) -> tuple[str, Score, Score]:
        if not 0 <= number < len(self):
            raise ParameterError(f"number={number} must be from 0 to {len(self) - 1}")
        return self._drawn[number]

    def judge(self, answers: Sequence[str]) -> BlindResult:
        """Count right answers.

        Parameters
        ----------
        answers : sequence of str
            For the first pairs in order, the letter taken for the machine's.

        Returns
        -------
        result : BlindResult

        Raises
        ------
        ParameterError
            If there are more answers than pairs, or one is no letter of a pair.
        """
        wrong = [answer for answer in answers if answer not in LETTERS]
        if wrong or len(answers) > len(self):
            raise ParameterError(
                f"answers={list(answers)!r} must be at most {len(self)} letters, A or B"
            )
        right = sum(answer == self.machine(place) for place, answer in enumerate(answers))
        return BlindResult(right, len(answers), len(self))
