"""What panels share that a notebook shows as widgets, and anything else as text.

Conventions
-----------
A panel can do by a call all that its buttons do, for where there are no widgets.

Contents
--------
LETTERS, WidgetPanel, PairPanel
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, ClassVar, Self

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Score

__all__ = ["LETTERS", "PairPanel", "WidgetPanel"]

#: What the two pieces of a pair are called.
LETTERS = ("A", "B")


class WidgetPanel:
    """A panel of widgets that is a line of text where ipywidgets is missing."""

    def _widget(self) -> Any:
        """Build the widgets."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Any = display.display
        if find_spec("ipywidgets") is None:
            show({"text/plain": repr(self)}, raw=True)
            return
        show(self._widget())


class PairPanel(WidgetPanel):
    """Asks about one pair of pieces after the other: two players, two buttons.

    Attributes
    ----------
    buttons : list of ipywidgets.Button
        For A and for B; empty until a notebook shows the panel.
    """

    _asked: ClassVar[str]  # what a letter stands for, in an error
    _said: ClassVar[str]  # what a button says behind its letter

    def __init__(self) -> None:
        self.buttons: list[Any] = []

    def present(self) -> Sequence[Score]:
        """Give the pair that is asked about; nothing when all is answered."""
        raise NotImplementedError

    def answer(self, letter: str) -> Self:
        """Choose a piece of the present pair."""
        raise NotImplementedError

    def _read(self, letter: str) -> str:
        text = str(letter).strip().upper()
        if text not in LETTERS:
            raise ParameterError(f"letter={letter!r} must be A or B: {self._asked}")
        return text

    def __repr__(self) -> str:
        if not self.present():
            return str(self)
        return f"{self} Hear both with .hear(), then say .answer('A') or .answer('B')."

    def hear(self) -> Any:
        """Show the present pair.

        Returns
        -------
        heard : object
            A notebook shows two players; elsewhere it is a line of text.
        """
        return _Heard(self)

    def _widget(self) -> Any:
        """Build the question, the two pieces and the two buttons."""
        import ipywidgets

        title, shown = ipywidgets.HTML(), ipywidgets.HTML()
        self.buttons = [ipywidgets.Button(description=f"{name} {self._said}") for name in LETTERS]

        def update() -> None:
            title.value = f"<b>{html.escape(str(self))}</b>"
            is_over = not self.present()
            shown.value = "" if is_over else self.hear()._repr_html_()
            for button in self.buttons:
                button.disabled = is_over

        def press(letter: str) -> None:
            self.answer(letter)
            update()

        for letter, button in zip(LETTERS, self.buttons, strict=True):
            button.on_click(lambda _, letter=letter: press(letter))
        update()
        return ipywidgets.VBox([title, shown, ipywidgets.HBox(self.buttons)])


class _Heard:
    """The two pieces of the present pair."""

    def __init__(self, panel: PairPanel) -> None:
        self.panel = panel

    def __repr__(self) -> str:
        return str(self.panel)

    def _repr_html_(self) -> str:
        from melodyai_edu.render.show import show

        pair = self.panel.present()
        if not pair:
            return html.escape(str(self.panel))
        heard = [show(score, ["sound"])._repr_html_() for score in pair]
        rows = [f"<p><b>{letter}</b></p>{one}" for letter, one in zip(LETTERS, heard, strict=True)]
        return "\n".join(rows)
