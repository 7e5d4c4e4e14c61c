"""A row of buttons that rates one piece: for the end of a lesson.

Conventions
-----------
A click is on the disk before the answer is shown. Without widgets `RatingPanel.give` does the same.

Contents
--------
RatingPanel, rating_panel
"""

from __future__ import annotations

import html
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import MelodyAIError
from melodyai_edu.feedback.rate import rate
from melodyai_edu.render.panels import WidgetPanel

if TYPE_CHECKING:
    from melodyai_edu.feedback.store import RatingStore

__all__ = ["RatingPanel", "rating_panel"]


class RatingPanel(WidgetPanel):
    """Five stars and a word for a piece.

    Parameters
    ----------
    piece : Composition or Score
    store : RatingStore or path, optional
        This computer's own when left out.

    Attributes
    ----------
    said : str
        What was said last, or why it could not be kept.
    buttons : list of ipywidgets.Button
        One to five stars; empty until a notebook shows the panel.
    """

    def __init__(
        self, piece: object, store: RatingStore | str | os.PathLike[str] | None = None
    ) -> None:
        self.piece, self.store = piece, store
        self.said = ""
        self.buttons: list[Any] = []

    def give(self, stars: int, word: str = "") -> RatingPanel:
        """Rate the piece.

        Parameters
        ----------
        stars : int
            From 1 to 5.
        word : str, optional

        Returns
        -------
        self : RatingPanel
        """
        try:
            kept = rate(self.piece, stars=stars, word=word or None, store=self.store)
        except MelodyAIError as error:
            self.said = str(error)
        else:
            self.said = f"kept: {kept.value} of 5 stars"
        return self

    def __repr__(self) -> str:
        return self.said or "How do you like it? Say .give(stars=1) to .give(stars=5)."

    def _widget(self) -> Any:
        from melodyai_edu.widgets import studio_parts as parts

        answer = parts.html("How do you like it? Ratings stay on this computer.")
        word = parts.text("in a word", hint="if you like", width="320px")

        def press(stars: int) -> None:
            self.give(stars, word.value.strip())
            answer.value = f"<span role='status'>{html.escape(self.said)}</span>"

        self.buttons = [
            parts.button("★" * n, partial(press, n), tip=f"{n} of 5 stars") for n in range(1, 6)
        ]
        return parts.column(parts.row(*self.buttons, word), answer)


def rating_panel(
    piece: object, store: RatingStore | str | os.PathLike[str] | None = None
) -> RatingPanel:
    """Ask how a piece is liked: five buttons, and room for a word.

    Parameters
    ----------
    piece : Composition or Score
    store : RatingStore or path, optional
        This computer's own when left out.

    Returns
    -------
    panel : RatingPanel
        A notebook shows it. Nothing is kept before somebody clicks.

    Examples
    --------
    >>> import tempfile
    >>> from melodyai_edu.score import Melody, Score
    >>> score = Score.of_melody(Melody.from_events([(60, 96)]))
    >>> rating_panel(score, tempfile.mkdtemp() + "/ratings.sqlite").give(4)
    kept: 4 of 5 stars
    """
    return RatingPanel(piece, store)
