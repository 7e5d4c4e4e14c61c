"""A panel of lesson 12 for comparing pieces: two players, two buttons, a rating on the disk.

Conventions
-----------
Each answer is kept by `melodyai_edu.rate` before the next pair is shown. The first pair is any;
from then on the pair is shown whose answer would tell most. Without widgets the same is done by
`TastePanel.answer`.

Contents
--------
TastePanel
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback import RatingStore, rate
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.render.panels import PairPanel
from melodyai_edu.score import Score
from melodyai_edu.training.active import choose_pair

if TYPE_CHECKING:
    from melodyai_edu.composition import Composition

__all__ = ["TastePanel"]

#: How small weights are held while there are few answers.
_RIDGE = 10.0


class TastePanel(PairPanel):
    """Asks which of two pieces is better, again and again.

    Parameters
    ----------
    pieces : sequence of Composition
        At least two.
    store : RatingStore
        Where answers are kept.
    rater : str
        A pseudonym.

    Attributes
    ----------
    pair : (int, int)
        Places of the pieces that are heard as A and B.

    Raises
    ------
    ParameterError
        If there are fewer than two pieces.
    """

    _asked, _said = "the piece that you like more", "is better"

    def __init__(self, pieces: Sequence[Composition], store: RatingStore, rater: str) -> None:
        if len(pieces) < 2:
            raise ParameterError(f"pieces={len(pieces)} must be at least two to compare")
        super().__init__()
        self.pieces, self.store, self.rater = list(pieces), store, rater
        self.encodings = [piece.encoding for piece in self.pieces]
        self.answers = 0
        self.asked: set[frozenset[int]] = set()
        self.pair: tuple[int, int] = self._next()

    def present(self) -> Sequence[Score]:
        """Give the pair that is asked about."""
        return [self.pieces[place].score for place in self.pair]

    def answer(self, letter: str) -> TastePanel:
        """Say which piece of the present pair is better; it is kept, and the next pair chosen.

        Parameters
        ----------
        letter : str
            ``"A"`` or ``"B"``.

        Returns
        -------
        self : TastePanel

        Raises
        ------
        ParameterError
            If it is no letter of a pair.
        """
        better, worse = self.pair if self._read(letter) == "A" else self.pair[::-1]
        rate(
            self.pieces[better],
            better_than=self.pieces[worse],
            rater=self.rater,
            store=self.store,
        )
        self.answers += 1
        self.asked.add(frozenset(self.pair))
        self.pair = self._next()
        return self

    def _next(self) -> tuple[int, int]:
        """Choose the pair to ask about among pieces that were not compared all round."""
        pairs = [pair for pair in combinations(range(len(self.pieces)), 2) if self._is_new(pair)]
        known = self.store.pairs(self.rater)
        if not known or not pairs:
            return choose_pair(None, self.encodings, seed=self.answers)
        taste = PreferenceModel.fit(known, ridge=_RIDGE)
        first, second = choose_pair(taste, self.encodings, seed=self.answers)
        if self._is_new((first, second)):
            return first, second
        return min(pairs, key=lambda pair: abs(0.5 - self._chance(taste, pair)))

    def _is_new(self, pair: tuple[int, int]) -> bool:
        return (
            frozenset(pair) not in self.asked and self.encodings[pair[0]] != self.encodings[pair[1]]
        )

    def _chance(self, taste: PreferenceModel, pair: tuple[int, int]) -> float:
        return taste.prefers(self.encodings[pair[0]], self.encodings[pair[1]])

    def __str__(self) -> str:
        return f"Pair {self.answers + 1}: which one do you like more?"
