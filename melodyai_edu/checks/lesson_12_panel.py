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

import html
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import combinations
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.blind import LETTERS
from melodyai_edu.feedback import RatingStore, rate
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.training.active import choose_pair

if TYPE_CHECKING:
    from melodyai_edu.composition import Composition

__all__ = ["TastePanel"]

#: How small weights are held while there are few answers.
_RIDGE = 10.0


class TastePanel:
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

    def __init__(self, pieces: Sequence[Composition], store: RatingStore, rater: str) -> None:
        if len(pieces) < 2:
            raise ParameterError(f"pieces={len(pieces)} must be at least two to compare")
        self.pieces, self.store, self.rater = list(pieces), store, rater
        self.encodings = [piece.encoding for piece in self.pieces]
        self.answers = 0
        self.asked: set[frozenset[int]] = set()
        self.buttons: list[Any] = []
        self.pair: tuple[int, int] = self._next()

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
        text = str(letter).strip().upper()
        if text not in LETTERS:
            raise ParameterError(f"letter={letter!r} must be A or B: the piece that you like more")
        better, worse = self.pair if text == "A" else self.pair[::-1]
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

    def __repr__(self) -> str:
        return f"{self} Hear both with .hear(), then say .answer('A') or .answer('B')."

    def hear(self) -> Any:
        """Show the present pair.

        Returns
        -------
        heard : object
            A notebook shows two players; elsewhere it is a line of text.
        """
        return _Heard(self)

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Any = display.display
        if find_spec("ipywidgets") is None:
            show({"text/plain": repr(self)}, raw=True)
            return
        show(self._widget())

    def _widget(self) -> Any:
        """Build the question, the two pieces and the two buttons."""
        import ipywidgets

        title, shown = ipywidgets.HTML(), ipywidgets.HTML()
        self.buttons = [ipywidgets.Button(description=f"{letter} is better") for letter in LETTERS]

        def update() -> None:
            title.value = f"<b>{html.escape(str(self))}</b>"
            shown.value = self.hear()._repr_html_()

        def press(letter: str) -> None:
            self.answer(letter)
            update()

        for letter, button in zip(LETTERS, self.buttons, strict=True):
            button.on_click(lambda _, letter=letter: press(letter))
        update()
        return ipywidgets.VBox([title, shown, ipywidgets.HBox(self.buttons)])


class _Heard:
    """The two pieces of the present pair."""

    def __init__(self, panel: TastePanel) -> None:
        self.panel = panel

    def __repr__(self) -> str:
        return str(self.panel)

    def _repr_html_(self) -> str:
        from melodyai_edu.render.show import show

        pieces = [self.panel.pieces[place] for place in self.panel.pair]
        heard = [show(piece.score, ["sound"])._repr_html_() for piece in pieces]
        rows = [f"<p><b>{letter}</b></p>{one}" for letter, one in zip(LETTERS, heard, strict=True)]
        return "\n".join(rows)
